# Shortcuts; `just` lists them.

_default:
    @just --list

# Serve the sample publication
dev *options:
    cargo run -- dev {{options}}

# Everything that must pass
check:
    .ci/run

# Formatting and lints
lint:
    cargo fmt --all --check
    cargo clippy --workspace --all-targets -- -D warnings

# All tests, on SQLite and on PostgreSQL
test *filter:
    cargo test --workspace {{filter}}

# Write every generated file
generate:
    cargo build --quiet --workspace --bin greymatters
    "${CARGO_TARGET_DIR:-target}/debug/greymatters" schema > schema.graphql.new && mv schema.graphql.new schema.graphql
    "${CARGO_TARGET_DIR:-target}/debug/greymatters" openapi > openapi.json.new && mv openapi.json.new openapi.json
