# shellcheck shell=bash
# Ghost reads its configuration from variables like these.
export NODE_ENV=production
export url=http://127.0.0.1:${PORT:-2368} server__host=127.0.0.1 server__port=${PORT:-2368}
export database__client=better-sqlite3 database__useNullAsDefault=true
export database__connection__filename=$BENCH_WORK/ghost/ghost.db
export paths__contentPath=$BENCH_WORK/ghost/content/
export mail__transport=Direct logging__level=error logging__transports='["stdout"]'
export privacy__useUpdateCheck=false privacy__useGravatar=false privacy__useRpcPing=false
# Nobody is turned away for asking often.
export spam__content_api_key__freeRetries=1000000000
