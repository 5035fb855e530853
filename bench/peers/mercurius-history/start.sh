# shellcheck shell=bash
DATABASE_URL=$(database_url bench_mercurius_history)
export DATABASE_URL
exec node server.mjs
