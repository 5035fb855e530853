# shellcheck shell=bash
# shellcheck source=environment.sh
. "$peers/strapi/environment.sh"
exec node node_modules/@strapi/strapi/bin/strapi.js start
