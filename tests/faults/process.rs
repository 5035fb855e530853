//! What is asked of processes, and what is said of tests that do not run.

use std::fs;
use std::io::{self, Write};

use crate::support::Server;

/// Says, past the test harness, that something is not tested here, and why.
pub(crate) fn not_run(what: &str, why: &str) {
    let _ = writeln!(io::stderr(), "\n{what}: NOT run: {why}");
}

/// How many descriptors a server holds.
pub(crate) fn descriptors(server: &Server) -> Option<usize> {
    Some(fs::read_dir(format!("/proc/{}/fd", server.pid())).ok()?.count())
}
