// Writes the articles into the tables that Ghost has made at its first start. The topic is the first tag
// of a post, which Ghost calls its primary tag.
import { randomUUID } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { ADMIN_KEY, CONTENT_KEY, objectId, open } from './database.mjs'
import { lexical } from './lexical.mjs'

const escapes = { '\\n': '\n', '\\t': '\t', '\\r': '\r', '\\\\': '\\' }
const unescape = (text) => text.replace(/\\[ntr\\]/g, (escape) => escapes[escape])
const rows = (file) => readFileSync(`${process.env.BENCH_WORK}/data/${file}.tsv`, 'utf8')
  .split('\n').slice(0, -1).map((line) => line.split('\t').map(unescape))

const database = open()
const now = '2021-01-01 00:00:00'

function insert(table, objects) {
  const known = new Set(database.pragma(`table_info(${table})`).map(({ name }) => name))
  const columns = Object.keys(objects[0]).filter((column) => known.has(column))
  const statement = database.prepare(
    `insert into ${table} (${columns.join(', ')}) values (${columns.map((column) => `@${column}`).join(', ')})`)
  for (const object of objects) statement.run(object)
}

const named = (kind, [id, name, slug]) =>
  ({ id: objectId(kind, id), name, slug, visibility: 'public', created_at: now, updated_at: now })

database.transaction(() => {
  for (const table of ['posts_tags', 'posts_authors', 'posts_meta', 'posts', 'tags']) database.exec(`delete from ${table}`)
  const role = (name) => database.prepare('select id from roles where name = ?').pluck().get(name)

  const authors = rows('authors')
  insert('users', authors.map((author) => ({
    ...named('author', author), email: `${author[2]}@hospital.example`, password: 'x'.repeat(60), status: 'active'
  })))
  insert('roles_users', authors.map(([id]) =>
    ({ id: objectId('role', id), role_id: role('Author'), user_id: objectId('author', id) })))
  // A topic may have the slug of a tag, and both are tags here.
  insert('tags', [
    ...rows('tags').map((tag) => named('tag', tag)),
    ...rows('topics').map(([id, name, slug]) => named('topic', [id, name, `topic-${slug}`]))
  ])

  const rendered = new Map(rows('rendered').map(([id, html, text]) => [id, { html, text }]))
  const articles = rows('articles')
  insert('posts', articles.map(([id, slug, title, excerpt, body, publishedAt]) => {
    const date = publishedAt.slice(0, 19)
    return {
      id: objectId('article', id), uuid: randomUUID(), comment_id: objectId('article', id), slug, title,
      custom_excerpt: excerpt, lexical: lexical(body), html: rendered.get(id).html, plaintext: rendered.get(id).text,
      type: 'post', status: 'published', visibility: 'public', email_recipient_filter: 'all', featured: 0,
      show_title_and_feature_image: 1, created_at: date, updated_at: date, published_at: date
    }
  }))
  insert('posts_authors', articles.map(([id, , , , , , , author]) => ({
    id: objectId('post author', id), post_id: objectId('article', id), author_id: objectId('author', author), sort_order: 0
  })))
  insert('posts_tags', [
    ...articles.map(([id, , , , , , topic]) => ({
      id: objectId('post topic', id), post_id: objectId('article', id), tag_id: objectId('topic', topic), sort_order: 0
    })),
    ...rows('article_tags').map(([article, tag, position]) => ({
      id: objectId('post tag', `${article} ${tag}`), post_id: objectId('article', article),
      tag_id: objectId('tag', tag), sort_order: Number(position) + 1
    }))
  ])

  const integration = objectId('integration', 'bench')
  insert('integrations', [
    { id: integration, type: 'custom', name: 'bench', slug: 'bench', created_at: now, updated_at: now }
  ])
  const key = { integration_id: integration, created_at: now, updated_at: now }
  insert('api_keys', [
    { ...key, id: objectId('key', 'content'), type: 'content', secret: CONTENT_KEY, role_id: null },
    { ...key, id: ADMIN_KEY.id, type: 'admin', secret: ADMIN_KEY.secret, role_id: role('Admin Integration') }
  ])
})()
// Readers and a writer do not wait for each other.
database.pragma('journal_mode = wal')
// What its queries filter and sort by, and those that MySQL makes by itself, of keys that refer to others.
database.exec('create index bench_posts_latest on posts (type, status, published_at, id)')
database.exec('create index bench_posts_tags on posts_tags (tag_id, post_id)')
database.exec('create index bench_posts_authors on posts_authors (post_id, author_id)')
database.exec('create index bench_authors_posts on posts_authors (author_id, post_id)')
database.exec('analyze')
database.close()
