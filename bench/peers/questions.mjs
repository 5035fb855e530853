// The parts of the queries that are the same for every peer.
import { readFileSync } from 'node:fs'

const { BENCH_WORK } = process.env
/** Ids and slugs that the data decides: see data.sql. */
export const facts = JSON.parse(readFileSync(`${BENCH_WORK}/data/facts.json`))

export const PAGE = 20
/** The most popular tag, and the year of the second query. */
export const TAG = { id: facts.tag, slug: 'patient-outreach' }
export const FROM = '2024-01-01T00:00:00.000Z'
export const UNTIL = '2025-01-01T00:00:00.000Z'
/** The hundredth of the latest articles. */
export const SLUG = facts.slug

/** Later than all dates of the data: what a client sends to peers that do not date articles themselves. */
export const PUBLISHED = '2027-01-01T00:00:00.000Z'

/** The article that is created; the ids are those of data.sql. */
const sentence = 'A nurse answers the *questions* that patients ask most, and [links](/faq) to more answers. '
const paragraph = sentence.repeat(5).trim()
export const ARTICLE = {
  title: 'Bench __SLUG__',
  slug: '__SLUG__',
  excerpt: 'What patients ask most, and how a hospital answers them on its website, in its letters and on the phone.',
  body: `${Array(8).fill(paragraph).join('\n\n## Questions\n\n')}`.slice(0, 3000),
  tags: [20, 60, 100, 140],
  topic: 3,
  author: 7
}

/** A POST of a GraphQL document. */
export function graphql(document, variables, { path = '/graphql', headers = {}, ...rest } = {}) {
  return {
    method: 'POST',
    path,
    headers: { 'content-type': 'application/json', ...headers },
    body: JSON.stringify({ query: document.replace(/\s+/g, ' ').trim(), variables }),
    ...rest
  }
}
