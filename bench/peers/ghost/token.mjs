// Prints the headers that let the bench write: a token is good for five minutes.
import { createHmac } from 'node:crypto'
import { ADMIN_KEY } from './database.mjs'

const encoded = (object) => Buffer.from(JSON.stringify(object)).toString('base64url')
const now = Math.floor(Date.now() / 1000)
const claims = `${encoded({ alg: 'HS256', typ: 'JWT', kid: ADMIN_KEY.id })}.${encoded({ iat: now, exp: now + 300, aud: '/admin/' })}`
const signature = createHmac('sha256', Buffer.from(ADMIN_KEY.secret, 'hex')).update(claims).digest('base64url')
console.log(JSON.stringify({ authorization: `Ghost ${claims}.${signature}` }))
