import { ARTICLE, FROM, PAGE, SLUG, TAG, UNTIL, graphql } from '../questions.mjs'

const fields = 'id slug title excerpt publishedAt tags { name slug } topic { name } author { name }'
const { topic, author, tags, ...article } = ARTICLE
const input = { ...article, topicId: topic, authorId: author, tagIds: tags }

export default {
  package: 'mercurius',
  about: 'hand-written on Fastify, Mercurius with its JIT, and pg with named prepared statements; PostgreSQL',
  articles: { q1: '/data/articles', q2: '/data/articles', q3: '/data/article' },
  slug: '/slug',
  requests: {
    q1: graphql(`query Latest($first: Int!) { articles(first: $first) { ${fields} } }`, { first: PAGE }),
    q2: graphql(
      `query Tagged($first: Int!, $tag: String!, $from: String!, $until: String!) {
        articles(first: $first, tag: $tag, from: $from, until: $until) { ${fields} } }`,
      { first: PAGE, tag: TAG.slug, from: FROM, until: UNTIL }
    ),
    q3: graphql(`query One($slug: String!) { article(slug: $slug) { ${fields} body } }`, { slug: SLUG }),
    create: graphql('mutation Create($input: NewArticle!) { createArticle(input: $input) { id slug status } }', { input }, { id: '/data/createArticle/id' }),
    publish: graphql('mutation Publish($id: ID!) { publishArticle(id: $id) { id slug status publishedAt } }', { id: '__ID__' })
  }
}
