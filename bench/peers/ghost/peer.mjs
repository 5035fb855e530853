import { fileURLToPath } from 'node:url'
import { ARTICLE, FROM, PAGE, SLUG, TAG, UNTIL } from '../questions.mjs'
import { CONTENT_KEY, objectId } from './database.mjs'
import { lexical } from './lexical.mjs'

const content = '/ghost/api/content/posts/'
const admin = '/ghost/api/admin/posts/'
const fields = ['id', 'slug', 'title', 'custom_excerpt', 'published_at']
// Ghost writes dates without a zone, in UTC.
const date = (text) => text.slice(0, 19).replace('T', ' ')

function get(path, more, asked = fields) {
  const parameters = new URLSearchParams({ key: CONTENT_KEY, fields: asked.join(), include: 'tags,authors', ...more })
  return { method: 'GET', path: `${path}?${parameters}`, headers: {} }
}

function write(method, path, post, more) {
  return {
    method,
    path,
    headers: { 'content-type': 'application/json' },
    headers_command: [process.execPath, fileURLToPath(new URL('token.mjs', import.meta.url))],
    body: JSON.stringify({ posts: [post] }),
    ...more
  }
}

const latest = { limit: PAGE, order: 'published_at desc,id desc' }
const { title, slug, excerpt, body, tags, topic, author } = ARTICLE

export default {
  package: 'ghost',
  about: 'REST, which gives tags and authors whole; the topic is the primary tag; SQLite with a write-ahead log',
  html: true,
  articles: { q1: '/posts', q2: '/posts', q3: '/posts' },
  slug: '/slug',
  requests: {
    q1: get(content, latest),
    q2: get(content, {
      ...latest,
      filter: `tag:${TAG.slug}+published_at:>='${date(FROM)}'+published_at:<'${date(UNTIL)}'`
    }),
    q3: get(`${content}slug/${SLUG}/`, {}, [...fields, 'html']),
    create: write('POST', admin, {
      title,
      slug,
      custom_excerpt: excerpt,
      lexical: lexical(body),
      status: 'draft',
      authors: [{ id: objectId('author', author) }],
      tags: [{ id: objectId('topic', topic) }, ...tags.map((tag) => ({ id: objectId('tag', tag) }))]
    }, { id: '/posts/0/id', updated: '/posts/0/updated_at' }),
    publish: write('PUT', `${admin}__ID__/`, { status: 'published', updated_at: '__UPDATED__' })
  }
}
