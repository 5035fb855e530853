import * as articles from './articles.mjs'
import * as writes from './writes.mjs'

export const schema = `
  type Tag { id: ID! name: String! slug: String! }
  type Topic { id: ID! name: String! slug: String! }
  type Author { id: ID! name: String! slug: String! }
  type Article {
    id: ID!
    slug: String!
    title: String!
    excerpt: String
    body: String
    status: String!
    publishedAt: String
    tags: [Tag!]!
    topic: Topic!
    author: Author!
  }
  input NewArticle {
    slug: String!
    title: String!
    excerpt: String
    body: String
    topicId: Int!
    authorId: Int!
    tagIds: [Int!]!
  }
  type Query {
    articles(first: Int = 20, tag: String, from: String, until: String): [Article!]!
    article(slug: String!): Article
  }
  type Mutation {
    createArticle(input: NewArticle!): Article!
    publishArticle(id: ID!): Article
  }
`

export const resolvers = {
  Query: {
    articles: (_, { first, tag, from, until }) => tag ? articles.tagged(first, tag, from, until) : articles.latest(first),
    article: (_, { slug }) => articles.bySlug(slug)
  },
  Mutation: {
    createArticle: (_, { input }) => writes.create(input),
    publishArticle: (_, { id }) => writes.publish(id)
  }
}

const loader = (load) => ({ loader: (queries) => load(queries.map(({ obj }) => obj)), opts: { cache: false } })
export const loaders = {
  Article: { tags: loader(articles.tags), topic: loader(articles.topics), author: loader(articles.authors) }
}
