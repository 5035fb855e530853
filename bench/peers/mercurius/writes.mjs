import { SUMMARY } from './articles.mjs'
import { rows, transaction } from './db.mjs'

export const create = ({ slug, title, excerpt, body, topicId, authorId, tagIds }) => transaction(async (rows) => {
  const [article] = await rows('insert', `
    insert into articles (slug, title, excerpt, body, topic_id, author_id) values ($1, $2, $3, $4, $5, $6)
    returning ${SUMMARY}`, [slug, title, excerpt, body, topicId, authorId])
  await rows('insert_tags', `
    insert into article_tags select $1, tag, place from unnest($2::int[]) with ordinality given (tag, place)`,
  [article.id, tagIds])
  return article
})

export const publish = async (id) => (await rows('publish', `
  update articles set status = 'published', published_at = now(), updated_at = now() where id = $1
  returning ${SUMMARY}`, [id]))[0]
