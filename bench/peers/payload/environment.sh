# shellcheck shell=bash
DATABASE_URL=$(database_url bench_payload)
export DATABASE_URL NODE_ENV=production NEXT_TELEMETRY_DISABLED=1 PAYLOAD_CONFIG_PATH=payload.config.ts
