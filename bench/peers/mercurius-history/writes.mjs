// The writes of the same server, but with a full history: it keeps each version of an article, every publication
// gets a consecutive number in commit order, an outbox announces it to other systems, and an audit log records who
// did what.
import { SUMMARY } from './articles.mjs'
import { transaction } from './db.mjs'

const ACTOR = 'editor'

const audit = (rows, action, id, version) => rows('insert_audit', `
  insert into audit (actor, action, article_id, version) values ($1, $2, $3, $4)`, [ACTOR, action, id, version])

export const create = ({ slug, title, excerpt, body, topicId, authorId, tagIds }) => transaction(async (rows) => {
  const [article] = await rows('insert', `
    insert into articles (slug, title, excerpt, body, topic_id, author_id) values ($1, $2, $3, $4, $5, $6)
    returning ${SUMMARY}`, [slug, title, excerpt, body, topicId, authorId])
  await rows('insert_tags', `
    insert into article_tags select $1, tag, place from unnest($2::int[]) with ordinality given (tag, place)`,
  [article.id, tagIds])
  await rows('insert_revision', `
    insert into revisions (article_id, version, actor, slug, title, excerpt, body, topic_id, author_id, tag_ids)
    values ($1, 1, $2, $3, $4, $5, $6, $7, $8, $9)`,
  [article.id, ACTOR, slug, title, excerpt, body, topicId, authorId, tagIds])
  await audit(rows, 'created', article.id, 1)
  return article
})

export const publish = (id) => transaction(async (rows) => {
  // The lock on the counter makes the edition numbers consecutive and in commit order.
  const [{ number }] = await rows('next_edition', 'update edition_counter set number = number + 1 returning number', [])
  const [article] = await rows('publish', `
    update articles set status = 'published', published_version = version, published_at = now(), updated_at = now()
    where id = $1 returning ${SUMMARY}, version`, [id])
  await rows('insert_edition', 'insert into editions (number, actor) values ($1, $2)', [number, ACTOR])
  await rows('insert_outbox', `
    insert into outbox (edition, kind, article_id) values ($1, 'article.published', $2)`, [number, id])
  await audit(rows, 'published', id, article.version)
  return article
})
