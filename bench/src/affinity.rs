//! Which processor runs what: the servers have one of their own, apart from what puts them under load.

use std::path::Path;
use std::process::{Command, Stdio};

/// Where servers run.
const SERVERS: &str = "0";
/// Where this program runs, and a database server of our own.
const OTHERS: &str = "1";

/// Whether programs can be told where to run.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Affinity(bool);

impl Affinity {
    /// Nothing is told where to run.
    pub(crate) const ANYWHERE: Self = Self(false);

    /// Puts this process, and the database server whose first process this is, on a processor of their
    /// own. Without a second processor, or `taskset`, everything runs anywhere.
    pub(crate) fn apart(database: Option<u32>) -> Self {
        let processors = std::thread::available_parallelism().map_or(1, usize::from);
        let pinned = processors > 1
            && database.into_iter().chain([std::process::id()]).all(|process| {
                let mut taskset = Command::new("taskset");
                taskset.args(["-a", "-p", "-c", OTHERS, &process.to_string()]);
                taskset.stdout(Stdio::null()).stderr(Stdio::null());
                taskset.status().is_ok_and(|status| status.success())
            });
        Self(pinned)
    }

    /// A server's program.
    pub(crate) fn program(self, program: &Path) -> Command {
        if !self.0 {
            return Command::new(program);
        }
        let mut taskset = Command::new("taskset");
        taskset.args(["-c", SERVERS]).arg(program);
        taskset
    }

    /// How it was, in words.
    pub(crate) fn words(self) -> &'static str {
        if self.0 {
            "servers on processor 0, load and PostgreSQL on processor 1"
        } else {
            "servers, load and databases on any processor"
        }
    }
}
