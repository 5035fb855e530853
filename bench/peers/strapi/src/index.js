'use strict'

const actions = ['find', 'findOne', 'create', 'update', 'delete']

/** Whoever asks may read and write: the bench sends no token. */
async function grantToPublic(strapi) {
  const { id: role } = await strapi.db.query('plugin::users-permissions.role').findOne({ where: { type: 'public' } })
  const permissions = strapi.db.query('plugin::users-permissions.permission')
  for (const name of ['article', 'tag', 'topic', 'author']) {
    for (const action of actions.map((verb) => `api::${name}.${name}.${verb}`)) {
      const granted = await permissions.findOne({ where: { action, role } })
      if (!granted) await permissions.create({ data: { action, role } })
    }
  }
}

module.exports = {
  register() {},
  async bootstrap({ strapi }) {
    await grantToPublic(strapi)
  }
}
