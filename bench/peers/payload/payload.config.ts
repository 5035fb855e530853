import { postgresAdapter } from '@payloadcms/db-postgres'
import { buildConfig, type CollectionConfig } from 'payload'

const everyone = () => true
const access = { read: everyone, create: everyone, update: everyone, delete: everyone }

const named = (slug: string): CollectionConfig => ({
  slug,
  access,
  fields: [
    { name: 'name', type: 'text', required: true },
    { name: 'slug', type: 'text', unique: true, index: true }
  ]
})

export default buildConfig({
  secret: 'bench-secret-of-the-loopback-interface',
  telemetry: false,
  typescript: { autoGenerate: false },
  graphQL: { disablePlaygroundInProduction: true },
  db: postgresAdapter({
    pool: { connectionString: process.env.DATABASE_URL, max: 10 },
    push: false,
    migrationDir: './migrations'
  }),
  collections: [
    { slug: 'users', auth: true, fields: [] },
    named('tags'),
    named('topics'),
    named('authors'),
    {
      slug: 'articles',
      access: { ...access, read: () => ({ _status: { equals: 'published' } }) },
      versions: { drafts: true },
      indexes: [{ fields: ['_status', 'publishedAt'] }],
      fields: [
        { name: 'title', type: 'text', required: true },
        { name: 'slug', type: 'text', unique: true, index: true },
        { name: 'excerpt', type: 'textarea' },
        { name: 'body', type: 'textarea' },
        {
          name: 'publishedAt',
          type: 'date',
          index: true,
          // As in Payload's own template of a website.
          hooks: {
            beforeChange: [({ siblingData, value }) => value ?? (siblingData._status === 'published' ? new Date() : value)]
          }
        },
        { name: 'tags', type: 'relationship', relationTo: 'tags', hasMany: true },
        { name: 'topic', type: 'relationship', relationTo: 'topics' },
        { name: 'author', type: 'relationship', relationTo: 'authors' }
      ]
    }
  ]
})
