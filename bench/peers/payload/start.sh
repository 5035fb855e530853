# shellcheck shell=bash
# shellcheck source=environment.sh
. "$peers/payload/environment.sh"
exec node node_modules/next/dist/bin/next start -H 127.0.0.1 -p "$PORT"
