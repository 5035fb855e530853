# shellcheck shell=bash
DATABASE_URL=$(database_url bench_strapi)
export DATABASE_URL NODE_ENV=production STRAPI_TELEMETRY_DISABLED=true
