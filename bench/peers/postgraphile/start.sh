# shellcheck shell=bash
DATABASE_URL=$(database_url bench_postgraphile)
export DATABASE_URL GRAPHILE_ENV=production
exec node server.mjs
