# shellcheck shell=bash
DATABASE_URL=$(database_url bench_mercurius)
export DATABASE_URL
exec node server.mjs
