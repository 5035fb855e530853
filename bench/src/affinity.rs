//! CPU pinning: the measured servers get their own processor, separate from the load generator.

use std::path::Path;
use std::process::{Command, Stdio};

/// The processor of the measured servers.
const SERVERS: &str = "0";
/// The processor of this program and of our own database server.
const OTHERS: &str = "1";

/// Whether processes are pinned to processors.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Affinity(bool);

impl Affinity {
    /// No process is pinned.
    pub(crate) const ANYWHERE: Self = Self(false);

    /// Pins this process, and the database server with the main process `database`, to the second processor.
    /// Without a second processor or `taskset`, nothing is pinned.
    pub(crate) fn pin(database: Option<u32>) -> Self {
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

    /// Returns the command that starts a server, pinned to its processor.
    pub(crate) fn program(self, program: &Path) -> Command {
        if !self.0 {
            return Command::new(program);
        }
        let mut taskset = Command::new("taskset");
        taskset.args(["-c", SERVERS]).arg(program);
        taskset
    }

    /// Describes the pinning for the report.
    pub(crate) fn words(self) -> &'static str {
        if self.0 {
            "servers on processor 0, load and PostgreSQL on processor 1"
        } else {
            "servers, load and databases on any processor"
        }
    }
}
