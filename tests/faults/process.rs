//! What is asked of processes, and what is said of tests that do not run.

use std::fs;
use std::io::{self, Write};

use crate::support::Server;

/// Says, past the test harness, that something is not tested here, and why.
pub(crate) fn not_run(what: &str, why: &str) {
    let _ = writeln!(io::stderr(), "\n{what}: NOT run: {why}");
}

/// How many KiB of memory a server holds. `None` where the system does not tell.
pub(crate) fn memory(server: &Server) -> Option<u64> {
    let status = fs::read_to_string(format!("/proc/{}/status", server.pid())).ok()?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"))?;
    line.trim().strip_suffix(" kB")?.parse().ok()
}

/// How many descriptors a server holds.
pub(crate) fn descriptors(server: &Server) -> Option<usize> {
    Some(fs::read_dir(format!("/proc/{}/fd", server.pid())).ok()?.count())
}
