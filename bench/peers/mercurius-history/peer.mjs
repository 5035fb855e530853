import peer from '../mercurius/peer.mjs'

export default {
  ...peer,
  about: 'the same server, whose writes keep revisions, editions, an outbox and an audit log; PostgreSQL'
}
