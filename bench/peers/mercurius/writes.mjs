import { SUMMARY, pool, rows } from './articles.mjs'

export const create = async ({ slug, title, excerpt, body, topicId, authorId, tagIds }) => {
  const client = await pool.connect()
  try {
    await client.query('begin')
    const [article] = await rows('insert', `
      insert into articles (slug, title, excerpt, body, topic_id, author_id) values ($1, $2, $3, $4, $5, $6)
      returning ${SUMMARY}`, [slug, title, excerpt, body, topicId, authorId], client)
    await rows('insert_tags', `
      insert into article_tags select $1, tag, place from unnest($2::int[]) with ordinality given (tag, place)`,
    [article.id, tagIds], client)
    await client.query('commit')
    return article
  } catch (error) {
    await client.query('rollback')
    throw error
  } finally {
    client.release()
  }
}

export const publish = async (id) => (await rows('publish', `
  update articles set status = 'published', published_at = now(), updated_at = now() where id = $1
  returning ${SUMMARY}`, [id]))[0]
