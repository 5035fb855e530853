import { ARTICLE, FROM, PAGE, SLUG, TAG, UNTIL, graphql } from '../questions.mjs'

const fields = `rowId slug title excerpt publishedAt
  articleTagsByArticleId { nodes { tagByTagId { name slug } } } topicByTopicId { name } authorByAuthorId { name }`
const latest = 'orderBy: [PUBLISHED_AT_DESC, ROW_ID_DESC]'
const { topic, author, tags, ...article } = ARTICLE
const input = { ...article, topicId: topic, authorId: author, tagIds: tags }

export default {
  package: 'postgraphile',
  about: 'GraphQL made from plain tables, with connection-filter and two SQL functions as mutations; PostgreSQL',
  articles: { q1: '/data/allArticles/nodes', q2: '/data/allArticles/nodes', q3: '/data/articleBySlug' },
  slug: '/slug',
  tags: '/articleTagsByArticleId',
  requests: {
    q1: graphql(
      `query Latest($first: Int!) {
        allArticles(first: $first, condition: { status: "published" }, ${latest}) { nodes { ${fields} } } }`,
      { first: PAGE }
    ),
    // By the tag's id: through the slug, PostgreSQL guesses that few articles carry it, and sorts them all.
    q2: graphql(
      `query Tagged($first: Int!, $tag: Int!, $from: Datetime!, $until: Datetime!) {
        allArticles(first: $first, ${latest}, filter: {
          status: { equalTo: "published" }, publishedAt: { greaterThanOrEqualTo: $from, lessThan: $until },
          articleTagsByArticleId: { some: { tagId: { equalTo: $tag } } }
        }) { nodes { ${fields} } } }`,
      { first: PAGE, tag: TAG.id, from: FROM, until: UNTIL }
    ),
    q3: graphql(`query One($slug: String!) { articleBySlug(slug: $slug) { ${fields} body } }`, { slug: SLUG }),
    create: graphql(
      `mutation Create($input: CreateArticleWithTagsInput!) {
        createArticleWithTags(input: $input) { result { rowId slug status } } }`,
      { input },
      { id: '/data/createArticleWithTags/result/rowId' }
    ),
    // The type is Int!: the number is written into the text of the variables.
    publish: asNumber(graphql(
      'mutation Publish($id: Int!) { publishArticle(input: { id: $id }) { result { rowId slug status publishedAt } } }',
      { id: '__ID__' }
    ))
  }
}

function asNumber(request) {
  return { ...request, body: request.body.replace('"__ID__"', '__ID__') }
}
