//! A temporary PostgreSQL cluster that uses the installed programs. It listens only on the loopback
//! interface, accepts every connection without a password, and is not crash-safe.

use std::fs;
use std::os::unix::fs::{MetadataExt, chown};
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::thread;
use std::time::{Duration, Instant};

use crate::failure::{Failure, Result, While, failed};
use crate::held::HeldProcess;
use crate::postgres::{ask, bindir};
use crate::server::free_address;

/// The time that PostgreSQL has to start, which includes recovery after a crash.
const START_TIMEOUT: Duration = Duration::from_secs(120);
/// The settings that differ from the defaults. Commits never wait for the disk, which is the same for all
/// systems.
const SETTINGS: [&str; 12] = [
    "listen_addresses=127.0.0.1",
    "unix_socket_directories=",
    "fsync=off",
    "full_page_writes=off",
    "wal_level=minimal",
    "max_wal_senders=0",
    "max_wal_size=4GB",
    "shared_buffers=512MB",
    // Every compared system has its own connection pool.
    "max_connections=300",
    "maintenance_work_mem=256MB",
    "default_toast_compression=lz4",
    // Generated databases are vacuumed and analysed once. Nothing may run during a measurement.
    "autovacuum=off",
];

/// A cluster that runs until this is dropped.
pub(crate) struct Cluster {
    held: HeldProcess,
    port: u16,
    /// The log of the server.
    pub(crate) log: PathBuf,
}

impl Cluster {
    /// Starts the cluster in `dir`, and creates it first if it does not exist.
    pub(crate) fn start(dir: &Path) -> Result<Self> {
        let hint = "install PostgreSQL, name a server with `--postgres-url`, or leave it out with `--databases sqlite`";
        let bin = bindir().filter(|bin| bin.join("postgres").exists());
        let bin = bin.ok_or_else(|| Failure(format!("the programs of PostgreSQL are not found: {hint}")))?;
        let user = user()?;
        let data = dir.join("data");
        fs::create_dir_all(dir).during(dir.display())?;
        if let Some((uid, gid)) = user {
            chown(dir, Some(uid), Some(gid)).during(dir.display())?;
        }
        if !data.join("PG_VERSION").exists() {
            init(&bin, &data, user)?;
        }
        let port = free_address()?.port();
        let log = dir.join("log");
        let mut program = Command::new(bin.join("postgres"));
        program.current_dir(dir).arg("-D").arg(&data).args(["-p", &port.to_string()]);
        program.args(SETTINGS.iter().flat_map(|setting| ["-c", setting]));
        let mut cluster = Self { held: HeldProcess::start(&program, "INT", &log, user)?, port, log };
        let deadline = Instant::now() + START_TIMEOUT;
        while ask(&cluster.url("postgres"), "SELECT 1").is_err() {
            if !cluster.held.runs() || Instant::now() > deadline {
                return failed(format_args!("PostgreSQL does not start: see {}", cluster.log.display()));
            }
            thread::sleep(Duration::from_millis(100));
        }
        Ok(cluster)
    }

    /// Returns the URL of one of its databases.
    pub(crate) fn url(&self, database: &str) -> String {
        format!("postgres://greymatters@127.0.0.1:{}/{database}", self.port)
    }

    /// Returns the process id of its main process.
    pub(crate) fn pid(&self) -> u32 {
        self.held.pid
    }
}

fn init(bin: &Path, data: &Path, user: Option<(u32, u32)>) -> Result<()> {
    let mut initdb = Command::new(bin.join("initdb"));
    initdb.args([
        "--auth=trust",
        "--username=greymatters",
        "--encoding=UTF8",
        "--locale=C",
        "--no-sync",
        "-D",
    ]);
    initdb.arg(data).current_dir(data.parent().unwrap_or(data));
    if let Some((uid, gid)) = user {
        initdb.uid(uid).gid(gid);
    }
    let output = initdb.output().during("starting initdb")?;
    if output.status.success() {
        return Ok(());
    }
    let words = String::from_utf8_lossy(&output.stderr);
    failed(format_args!("initdb: {}; it writes below `--work-dir`, which its user must reach", words.trim()))
}

/// Returns the user and group that PostgreSQL runs as when this program runs as root, which PostgreSQL refuses.
fn user() -> Result<Option<(u32, u32)>> {
    if fs::metadata("/proc/self").during("/proc/self")?.uid() != 0 {
        return Ok(None);
    }
    let id = |flag: &str| -> Result<u32> {
        let output = Command::new("id").args([flag, "postgres"]).output().during("starting id")?;
        String::from_utf8_lossy(&output.stdout).trim().parse().during("as root this needs a user `postgres`")
    };
    Ok(Some((id("-u")?, id("-g")?)))
}
