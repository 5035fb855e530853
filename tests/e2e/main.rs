//! End-to-end tests of the program, over HTTP and on the command line, on SQLite and on PostgreSQL.
//!
//! Each test starts the real binary with its own database. Tests that only read share a server of the sample
//! publication. `GREYMATTERS_TEST_POSTGRES_URL` names a PostgreSQL server to use; otherwise, the tests start a
//! temporary cluster with the installed programs. With `GREYMATTERS_TEST_REQUIRE_POSTGRES=1`, the tests fail when
//! there is neither.

#![expect(clippy::unwrap_used, reason = "a test fails on every unexpected value")]

#[macro_use]
#[allow(dead_code, reason = "`tests/faults` uses the rest")]
mod support;

mod access_log;
mod admission;
mod articles;
mod audit;
mod auth;
mod away;
mod backups;
mod bad_input;
mod checks;
mod cli;
mod concurrency;
mod connections;
mod costs;
mod cross_origin;
mod delivery;
mod desk;
mod documentation;
mod documents;
mod editions;
mod filters;
mod headers;
mod histories;
mod hostile;
mod idempotency;
mod ids;
mod import;
mod keys;
mod leaks;
mod memory;
mod metrics;
mod migrations;
mod nodes;
mod oidc;
mod paging;
mod plans;
mod previews;
mod properties;
mod public_url;
mod publishing;
mod rates;
mod readme;
mod redirects;
mod rest;
mod revisions;
mod sample;
mod schedules;
mod schema;
mod shutdown;
mod taxonomy;
mod transport;
mod upgrades;
mod visibility;
mod workflow;
