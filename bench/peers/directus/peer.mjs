import { ARTICLE, FROM, PAGE, PUBLISHED, SLUG, TAG, UNTIL, graphql } from '../questions.mjs'

const fields = `id slug title excerpt published_at
  tags { tag_id { name slug } } topic_id { name } author_id { name }`
const latest = 'sort: ["-published_at", "-id"]'
const headers = { authorization: 'Bearer bench-admin-token' }
const { topic, author, tags, ...article } = ARTICLE
const data = {
  ...article,
  status: 'draft',
  topic_id: { id: topic },
  author_id: { id: author },
  tags: tags.map((id) => ({ tag_id: { id } }))
}

export default {
  package: 'directus',
  about: 'above plain tables, with cache and limiters off; writes with a token; PostgreSQL',
  articles: { q1: '/data/articles', q2: '/data/articles', q3: '/data/articles' },
  slug: '/slug',
  requests: {
    q1: graphql(
      `query Latest($first: Int!) {
        articles(limit: $first, ${latest}, filter: { status: { _eq: "published" } }) { ${fields} } }`,
      { first: PAGE }
    ),
    q2: graphql(
      `query Tagged($first: Int!, $tag: String!, $from: String!, $until: String!) {
        articles(limit: $first, ${latest}, filter: {
          status: { _eq: "published" }, published_at: { _gte: $from, _lt: $until },
          tags: { tag_id: { slug: { _eq: $tag } } }
        }) { ${fields} } }`,
      { first: PAGE, tag: TAG.slug, from: FROM, until: UNTIL }
    ),
    q3: graphql(
      `query One($slug: String!) {
        articles(limit: 1, filter: { slug: { _eq: $slug }, status: { _eq: "published" } }) { ${fields} body } }`,
      { slug: SLUG }
    ),
    create: graphql(
      'mutation Create($data: create_articles_input!) { create_articles_item(data: $data) { id slug status } }',
      { data },
      { headers, id: '/data/create_articles_item/id' }
    ),
    publish: graphql(
      `mutation Publish($id: ID!, $data: update_articles_input!) {
        update_articles_item(id: $id, data: $data) { id slug status published_at } }`,
      { id: '__ID__', data: { status: 'published', published_at: PUBLISHED } },
      { headers }
    )
  }
}
