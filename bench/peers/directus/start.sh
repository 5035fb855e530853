# shellcheck shell=bash
# shellcheck source=environment.sh
. "$peers/directus/environment.sh"
exec node node_modules/directus/cli.js start
