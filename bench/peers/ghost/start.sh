# shellcheck shell=bash
# shellcheck source=environment.sh
. "$peers/ghost/environment.sh"
cd package
exec node index.js
