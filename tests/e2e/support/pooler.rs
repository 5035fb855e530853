//! PgBouncer with Debian's configuration, in front of a cluster.

use std::fs;
use std::io::{self, Write};
use std::os::unix::fs::chown;
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

use super::postgres::Cluster;
use super::{scratch, within};

/// The path of the installed program.
const PROGRAM: &str = "/usr/sbin/pgbouncer";

/// A pooler in transaction mode. Dropping it stops it.
pub(crate) struct Pooler {
    process: Child,
    home: PathBuf,
}

impl Pooler {
    /// Starts a pooler in front of this cluster. Returns `None` when it is not installed.
    pub(crate) fn start(cluster: &Cluster) -> Option<Self> {
        if !Path::new(PROGRAM).is_file() {
            let missing = "PgBouncer is not installed: its tests were NOT run";
            assert!(std::env::var_os("GREYMATTERS_TEST_REQUIRE_POSTGRES").is_none(), "{missing}");
            let _ = writeln!(io::stderr(), "\n{missing}");
            return None;
        }
        let home = cluster.home().join("pooler");
        fs::create_dir(&home).unwrap();
        let file = home.join("pgbouncer.ini");
        let (server, folder) = (cluster.home().display(), home.display());
        let settings = format!(
            "[databases]
             * = host={server} user=postgres
             [pgbouncer]
             listen_addr =
             listen_port = 5432
             unix_socket_dir = {folder}
             auth_type = any
             pool_mode = transaction
             default_pool_size = 4
             max_client_conn = 100
             logfile = {folder}/log"
        );
        let settings: Vec<_> = settings.lines().map(str::trim).collect();
        fs::write(&file, settings.join("\n")).unwrap();
        let mut command = Command::new(PROGRAM);
        command.arg(&file).stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
        if let Some((uid, gid)) = cluster.user() {
            chown(&home, Some(uid), Some(gid)).unwrap();
            chown(&file, Some(uid), Some(gid)).unwrap();
            command.uid(uid).gid(gid);
        }
        let process = command.spawn().unwrap();
        scratch::watch(process.id());
        let pooler = Self { process, home };
        within("the pooler listens", || pooler.home.join(".s.PGSQL.5432").exists().then_some(()));
        Some(pooler)
    }

    /// The URL of the database `postgres` through the pooler.
    pub(crate) fn url(&self) -> String {
        format!("postgres://postgres@localhost/postgres?host={}", self.home.display())
    }
}

impl Drop for Pooler {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
        scratch::forget(self.process.id());
    }
}
