# shellcheck shell=bash
at=$(cluster)
user=$(database_user)
export DB_CLIENT=pg DB_HOST=${at%:*} DB_PORT=${at#*:} DB_DATABASE=bench_directus DB_USER=$user DB_PASSWORD=''
export DB_POOL__MIN=2 DB_POOL__MAX=10
export HOST=127.0.0.1 PUBLIC_URL=http://127.0.0.1:${PORT:-8055}
export KEY=bench-key SECRET=bench-secret-of-the-loopback-interface
export ADMIN_EMAIL=admin@example.com ADMIN_PASSWORD=bench-Passw0rd ADMIN_TOKEN=bench-admin-token
export NODE_ENV=production LOG_LEVEL=warn TELEMETRY=false SERVE_APP=false WEBSOCKETS_ENABLED=false
# Nothing is kept from one request to the next, and none is turned away.
export CACHE_ENABLED=false RATE_LIMITER_ENABLED=false PRESSURE_LIMITER_ENABLED=false
