import { ARTICLE, FROM, PAGE, SLUG, TAG, UNTIL, graphql as post } from '../questions.mjs'

const graphql = (document, variables, more) => post(document, variables, { path: '/api/graphql', ...more })
const fields = 'id slug title excerpt publishedAt tags { name slug } topic { name } author { name }'
// Without the count of all pages, which nobody asks for.
const latest = 'sort: "-publishedAt", pagination: false'

export default {
  package: 'payload',
  about: 'within Next.js, with drafts and versions; GraphQL finds a tag by its id; PostgreSQL',
  articles: { q1: '/data/Articles/docs', q2: '/data/Articles/docs', q3: '/data/Articles/docs' },
  slug: '/slug',
  requests: {
    q1: graphql(
      `query Latest($first: Int!) { Articles(limit: $first, ${latest}) { docs { ${fields} } } }`,
      { first: PAGE }
    ),
    // Its GraphQL has no filter on a field of what is related.
    q2: graphql(
      `query Tagged($first: Int!, $tag: JSON!, $from: DateTime!, $until: DateTime!) {
        Articles(limit: $first, ${latest}, where: {
          publishedAt: { greater_than_equal: $from, less_than: $until }, tags: { in: [$tag] }
        }) { docs { ${fields} } } }`,
      { first: PAGE, tag: TAG.id, from: FROM, until: UNTIL }
    ),
    q3: graphql(
      `query One($slug: String!) {
        Articles(limit: 1, pagination: false, where: { slug: { equals: $slug } }) { docs { ${fields} body } } }`,
      { slug: SLUG }
    ),
    create: graphql(
      'mutation Create($data: mutationArticleInput!) { createArticle(draft: true, data: $data) { id slug _status } }',
      { data: ARTICLE },
      { id: '/data/createArticle/id' }
    ),
    publish: asNumber(graphql(
      `mutation Publish($id: Int!, $data: mutationArticleUpdateInput!) {
        updateArticle(id: $id, data: $data) { id slug _status publishedAt } }`,
      { id: '__ID__', data: { _status: 'published' } }
    ))
  }
}

// The type is Int!: the number is written into the text of the variables.
function asNumber(request) {
  return { ...request, body: request.body.replace('"__ID__"', '__ID__') }
}
