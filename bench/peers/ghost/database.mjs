// Opens Ghost's SQLite file with the library that comes with Ghost, and generates ids in Ghost's format.
import { createHash } from 'node:crypto'
import { createRequire } from 'node:module'

const home = `${process.env.BENCH_WORK}/ghost`

export function open() {
  const Database = createRequire(`${home}/package/`)('better-sqlite3')
  return new Database(`${home}/ghost.db`, { timeout: 60_000 })
}

/** The id of what the bench has put there. */
export const objectId = (kind, id) => createHash('md5').update(`${kind} ${id}`).digest('hex').slice(0, 24)

/** The keys of the integration through which the bench asks and writes. */
export const CONTENT_KEY = '0123456789abcdef0123456789'
export const ADMIN_KEY = { id: objectId('key', 'admin'), secret: 'ab'.repeat(32) }
