import Fastify from 'fastify'
import mercurius from 'mercurius'
import { loaders, resolvers, schema } from './schema.mjs'

const app = Fastify()
// Compiled at the second time that a document comes. The loaders group by article, and need no cache
// within a request, whose keys would cost more than they spare.
app.register(mercurius, { schema, resolvers, loaders, jit: 1 })
await app.listen({ host: '127.0.0.1', port: Number(process.env.PORT) })
