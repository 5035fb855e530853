// Removes the posts that the bench has created. Ghost may be running.
import { open } from './database.mjs'

const database = open()
database.pragma('foreign_keys = off')
database.transaction(() => {
  const made = "(select id from posts where slug like 'bench-%')"
  for (const { name } of database.prepare("select name from sqlite_schema where type = 'table'").all()) {
    const columns = database.pragma(`table_info(${name})`).map((column) => column.name)
    if (columns.includes('post_id')) database.exec(`delete from ${name} where post_id in ${made}`)
  }
  database.exec("delete from actions where resource_type = 'post'")
  database.exec("delete from posts where slug like 'bench-%'")
})()
database.exec('analyze')
database.close()
