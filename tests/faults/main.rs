//! Faults: tests in which the disk, the database, the network, the clock or the process fails.
//!
//! Each test causes one fault under a load of reads and writes. Afterwards, no acknowledged write is lost,
//! no write is partial, editions have no gaps, and the server is ready again. The tests use the support of
//! the end-to-end suite.
//!
//! Some tests need Linux, a C compiler, root or PostgreSQL. Without them, a test prints that and does not run.

#![expect(clippy::unwrap_used, reason = "a test fails on every unexpected value")]

#[macro_use]
#[allow(dead_code, unused_imports, unused_macros, reason = "`tests/e2e` uses the rest")]
#[path = "../e2e/support/mod.rs"]
mod support;

mod backup;
mod clients;
mod clock;
mod database_away;
mod device;
mod few_connections;
mod file;
mod full_disk;
mod full_tables;
mod journal;
mod killed;
mod late_ends;
#[allow(dead_code, reason = "each fault needs some of it")]
mod load;
mod outcome;
#[allow(dead_code, reason = "each fault needs some of it")]
mod process;
#[allow(dead_code, reason = "each fault needs some of it")]
mod shim;
mod soak;
mod stopping;
#[allow(dead_code, reason = "each fault needs some of it")]
mod tmpfs;
