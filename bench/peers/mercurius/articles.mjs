import { rows } from './db.mjs'

export const SUMMARY = 'id, slug, title, excerpt, status, published_at as "publishedAt", topic_id, author_id'

export const latest = (first) => rows('latest', `
  select ${SUMMARY} from articles where status = 'published'
  order by published_at desc, id desc limit $1`, [first])

// `offset 0` keeps the planner from making a join of it, which it would sort: it follows the dates instead,
// and ends with the page.
export const tagged = (first, tag, from, until) => rows('tagged', `
  select ${SUMMARY} from articles
  where status = 'published' and published_at >= $2 and published_at < $3 and exists (
    select from article_tags x
    where x.article_id = articles.id and x.tag_id = (select id from tags where slug = $4) offset 0)
  order by published_at desc, id desc limit $1`, [first, from, until, tag])

export const bySlug = async (slug) => (await rows('by_slug', `
  select ${SUMMARY}, body from articles where slug = $1 and status = 'published'`, [slug]))[0]

/** For each article, the row that its `key` names. */
const named = (table, key) => async (articles) => {
  const ids = [...new Set(articles.map((article) => article[key]))]
  const found = await rows(table, `select id, name, slug from ${table} where id = any($1)`, [ids])
  const byId = new Map(found.map((row) => [row.id, row]))
  return articles.map((article) => byId.get(article[key]))
}
export const topics = named('topics', 'topic_id')
export const authors = named('authors', 'author_id')

export const tags = async (articles) => {
  const found = await rows('tags', `
    select x.article_id, t.id, t.name, t.slug from article_tags x join tags t on t.id = x.tag_id
    where x.article_id = any($1) order by x.article_id, x.position`, [articles.map(({ id }) => id)])
  const byArticle = new Map(articles.map(({ id }) => [id, []]))
  for (const tag of found) byArticle.get(tag.article_id).push(tag)
  return articles.map(({ id }) => byArticle.get(id))
}
