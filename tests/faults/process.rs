//! Information about processes, and messages about tests that cannot run.

use std::fs;
use std::io::{self, Write};

use crate::support::Server;

/// Prints that something is not tested and why. The test harness does not capture the message.
pub(crate) fn not_run(what: &str, why: &str) {
    let _ = writeln!(io::stderr(), "\n{what}: NOT run: {why}");
}

/// The number of open descriptors of a server.
pub(crate) fn descriptors(server: &Server) -> Option<usize> {
    Some(fs::read_dir(format!("/proc/{}/fd", server.pid())).ok()?.count())
}
