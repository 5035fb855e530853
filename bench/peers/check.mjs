// check.mjs NAME: starts a peer that is set up, compares its answers to Q1-Q3 with the database that
// they came from, creates and publishes an article, sees it come first, removes it, and stops the peer.
import { spawn, execFileSync, execSync } from 'node:child_process'
import { createWriteStream, readFileSync } from 'node:fs'
import { dirname } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { ARTICLE, FROM, PAGE, SLUG, TAG, UNTIL } from './questions.mjs'

const name = process.argv[2]
const peers = dirname(fileURLToPath(import.meta.url))
const { BENCH_WORK, BENCH_SOURCE, PORT } = process.env
const peer = JSON.parse(readFileSync(`${BENCH_WORK}/${name}/peer.json`))

/** What JSON pointer `pointer` names in `value`. */
const at = (value, pointer) => pointer.split('/').slice(1).reduce((inner, key) => inner?.[key], value)

async function ask(request, replaced = {}) {
  const fill = (text) => Object.entries(replaced).reduce((filled, [mark, value]) => filled.replaceAll(mark, value), text)
  const more = request.headers_command && JSON.parse(execFileSync(request.headers_command[0], request.headers_command.slice(1)))
  const began = performance.now()
  const answer = await fetch(`http://127.0.0.1:${PORT}${fill(request.path)}`, {
    method: request.method,
    headers: { ...request.headers, ...more },
    body: request.body === undefined ? undefined : fill(request.body)
  })
  const text = await answer.text()
  const took = performance.now() - began
  const json = JSON.parse(text)
  if (!answer.ok || json.errors) throw new Error(`${answer.status}: ${text.slice(0, 500)}`)
  return { json, bytes: text.length, took }
}

const found = (query, json) => [at(json, peer.articles[query])].flat()

/** The articles that a query should answer, with what they should show. */
function expected(where) {
  const statement = `select coalesce(json_agg(row), '[]') from (
    select p.slug, p.title, p.deck, convert_from(convert_to(b.markdown, 'utf8'), 'utf8') as body,
      (select json_agg(t.slug) from tag t where position(decode(replace(t.id::text, '-', ''), 'hex') in p.tags) > 0) as tags,
      (select name from topic where decode(replace(id::text, '-', ''), 'hex') = substring(p.topics for 16)) as topic,
      (select name from author where decode(replace(id::text, '-', ''), 'hex') = substring(p.authors for 16)) as author
    from publication p join publication_body b on b.publication = p.id
    where p.until_edition is null and ${where} order by p.published_at desc, p.article desc limit ${PAGE}) row`
  return JSON.parse(execFileSync('psql', ['-XAt', BENCH_SOURCE, '-c', statement], { maxBuffer: 1e8 }))
}
const micros = (date) => Date.parse(date) * 1000
const wanted = {
  q1: expected('true'),
  q2: expected(`p.published_at >= ${micros(FROM)} and p.published_at < ${micros(UNTIL)} and exists (
    select from listing l join tag t on t.id = l.label where l.article = p.article and t.slug = '${TAG.slug}')`),
  q3: expected(`p.slug = '${SLUG}'`)
}

/** Says where an answer differs from what is wanted. */
function compare(query, json) {
  const articles = found(query, json)
  const slugs = articles.map((article) => at(article, peer.slug))
  const want = wanted[query].map(({ slug }) => slug)
  if (JSON.stringify(slugs) !== JSON.stringify(want)) throw new Error(`${query}: ${slugs} instead of ${want}`)
  articles.forEach((article, place) => {
    const text = JSON.stringify(article)
    const { title, deck, tags, topic, author, body } = wanted[query][place]
    const shown = [title, deck ?? '', topic, author, ...tags]
    // A peer that keeps HTML shows the body's words, though not its marks.
    if (query === 'q3') shown.push(...(peer.html ? body.match(/^\w[\w ,.]{20,}$/mg) ?? [] : [body]))
    for (const word of shown) {
      if (!text.includes(JSON.stringify(word).slice(1, -1))) throw new Error(`${query}: ${word} is missing in ${text.slice(0, 800)}`)
    }
  })
}

const log = createWriteStream(`${BENCH_WORK}/${name}/check.log`)
const began = performance.now()
const server = spawn(`${peers}/start`, [name], { stdio: ['ignore', 'pipe', 'pipe'] })
server.stdout.pipe(log)
server.stderr.pipe(log)
const ended = new Promise((resolve) => server.once('exit', (code, signal) => resolve(signal ?? code)))
let failed = false
let refusals = 0
try {
  for (;;) {
    if (server.exitCode !== null) throw new Error(`it ended with ${server.exitCode}, see check.log`)
    try {
      if (found('q1', (await ask(peer.requests.q1)).json).length === PAGE) break
      throw new Error('Q1 is answered with too few articles')
    } catch (error) {
      // What listens may still be starting.
      if (error.cause === undefined) refusals += 1
      if (refusals > 60 || performance.now() - began > 180_000) throw error
    }
    await sleep(200)
  }
  console.log(`${name} ${peer.version}: answers after ${((performance.now() - began) / 1000).toFixed(1)} s`)
  for (const query of ['q1', 'q2', 'q3']) {
    const { json, bytes, took } = await ask(peer.requests[query])
    compare(query, json)
    console.log(`  ${query}: ${found(query, json).length} as expected, ${bytes} bytes, ${took.toFixed(0)} ms`)
  }
  const slug = `bench-check-${Date.now()}`
  const { create, publish } = peer.requests
  const made = await ask(create, { __SLUG__: slug })
  const seen = async () => found('q1', (await ask(peer.requests.q1)).json)[0]
  if (at(await seen(), peer.slug) === slug) throw new Error('a draft is shown')
  const id = at(made.json, create.id)
  const updated = create.updated && at(made.json, create.updated)
  const published = await ask(publish, { __SLUG__: slug, __ID__: id, __UPDATED__: updated })
  const first = await seen()
  if (at(first, peer.slug) !== slug) throw new Error(`${JSON.stringify(first)} comes first instead of ${slug}`)
  const tags = new Set(JSON.stringify(first).match(/"slug":\s*"[^"]+"/g)).size - 1
  console.log(`  created in ${made.took.toFixed(0)} ms, published in ${published.took.toFixed(0)} ms, ` +
    `comes first, with ${tags} slugs of tags (of ${ARTICLE.tags.length}): ${JSON.stringify(first).slice(0, 1500)}`)
} catch (error) {
  failed = true
  console.error(`${name}: ${error.message}`)
} finally {
  if (peer.clean) execSync(peer.clean)
  server.kill('SIGTERM')
  const late = setTimeout(() => server.kill('SIGKILL'), 20_000)
  console.log(`  stopped with ${await ended}`)
  clearTimeout(late)
}
process.exit(failed ? 1 : 0)
