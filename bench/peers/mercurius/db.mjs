import pg from 'pg'

// Formats dates as the API returns them.
pg.types.setTypeParser(pg.types.builtins.TIMESTAMPTZ, (text) => new Date(text).toISOString())

const pool = new pg.Pool({ connectionString: process.env.DATABASE_URL, max: 10 })

/** A statement with a name is parsed and planned once for each connection. */
export const rows = async (name, text, values, on = pool) => (await on.query({ name, text, values })).rows

/** What `work` answers, which is given `rows` within a transaction. */
export const transaction = async (work) => {
  const client = await pool.connect()
  try {
    await client.query('begin')
    const done = await work((name, text, values) => rows(name, text, values, client))
    await client.query('commit')
    return done
  } catch (error) {
    await client.query('rollback')
    throw error
  } finally {
    client.release()
  }
}
