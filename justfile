# Shortcuts; `just` lists them.

_default:
    @just --list

# Serve the sample publication
dev *options:
    cargo run -- dev {{options}}

# Everything that must pass
check:
    bash .ci/run

# Formatting and lints
lint:
    cargo fmt --all --check
    cargo clippy --workspace --all-targets -- -D warnings

# All tests, on SQLite and on PostgreSQL
test *filter:
    cargo test --workspace {{filter}}

# Write the generated files anew
generate:
    cargo run -- schema > schema.graphql
