import { createHash } from 'node:crypto'
import { ARTICLE, FROM, PAGE, SLUG, TAG, UNTIL, graphql } from '../questions.mjs'

const fields = `documentId slug title excerpt publishedAt
  tags(pagination: { limit: 10 }) { name slug } topic { name } author { name }`
const latest = 'sort: ["publishedAt:desc", "id:desc"]'
/** As in articles.sql. */
const document = (kind, id) => `d${createHash('md5').update(`${kind}${id}`).digest('hex').slice(0, 23)}`
const data = {
  ...ARTICLE,
  topic: document('topic', ARTICLE.topic),
  author: document('author', ARTICLE.author),
  tags: ARTICLE.tags.map((id) => document('tag', id))
}

export default {
  package: '@strapi/strapi',
  about: 'with drafts and its GraphQL plugin, without the admin panel, and with indexes on slug and date; PostgreSQL',
  articles: { q1: '/data/articles', q2: '/data/articles', q3: '/data/articles' },
  slug: '/slug',
  requests: {
    q1: graphql(
      `query Latest($first: Int!) { articles(${latest}, pagination: { limit: $first }) { ${fields} } }`,
      { first: PAGE }
    ),
    q2: graphql(
      `query Tagged($first: Int!, $tag: String!, $from: DateTime!, $until: DateTime!) {
        articles(${latest}, pagination: { limit: $first }, filters: {
          publishedAt: { gte: $from, lt: $until }, tags: { slug: { eq: $tag } }
        }) { ${fields} } }`,
      { first: PAGE, tag: TAG.slug, from: FROM, until: UNTIL }
    ),
    q3: graphql(
      `query One($slug: String!) {
        articles(filters: { slug: { eq: $slug } }, pagination: { limit: 1 }) { ${fields} body } }`,
      { slug: SLUG }
    ),
    create: graphql(
      'mutation Create($data: ArticleInput!) { createArticle(status: DRAFT, data: $data) { documentId slug } }',
      { data },
      { id: '/data/createArticle/documentId' }
    ),
    publish: graphql(
      `mutation Publish($id: ID!) {
        updateArticle(documentId: $id, status: PUBLISHED, data: {}) { documentId slug publishedAt } }`,
      { id: '__ID__' }
    )
  }
}
