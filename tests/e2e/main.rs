//! The program from end to end: over HTTP and on the command line, on SQLite and on PostgreSQL.
//!
//! Each test starts the real binary on a database of its own; tests that only read share a server of
//! the sample publication. PostgreSQL is the one that `GREYMATTERS_TEST_POSTGRES_URL` names, or a
//! throw-away cluster out of the installed programs; `GREYMATTERS_TEST_REQUIRE_POSTGRES=1` makes it a
//! failure when there is neither.

#![expect(clippy::unwrap_used, reason = "in a test, a surprise is a failure")]

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
mod delivery;
mod desk;
mod documents;
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
mod publishing;
mod rates;
mod readme;
mod redirects;
mod rest;
mod revisions;
mod schedules;
mod schema;
mod shutdown;
mod taxonomy;
mod transport;
mod upgrades;
mod visibility;
mod workflow;
