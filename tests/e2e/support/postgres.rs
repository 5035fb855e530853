//! PostgreSQL: the server that `GREYMATTERS_TEST_POSTGRES_URL` names, or a temporary cluster that the installed
//! programs make.

use std::fs;
use std::io::{self, Write};
use std::os::unix::fs::{MetadataExt, chown, symlink};
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::OnceLock;

use super::scratch;

/// A server on which the tests create databases.
pub(crate) struct Postgres {
    /// The URL of its database `postgres`, or the URL that was given.
    pub(crate) url: String,
    /// Whether it continues to run after the tests.
    pub(crate) is_external: bool,
}

/// Returns the server, or `None` when there is none.
pub(crate) fn server() -> Option<&'static Postgres> {
    static SERVER: OnceLock<Option<Postgres>> = OnceLock::new();
    SERVER.get_or_init(find).as_ref()
}

fn find() -> Option<Postgres> {
    if let Ok(url) = std::env::var("GREYMATTERS_TEST_POSTGRES_URL") {
        return Some(Postgres { url, is_external: true });
    }
    let cluster = Cluster::start("postgres")?;
    let url = cluster.url();
    // The child process of the scratch folder stops it.
    std::mem::forget(cluster);
    Some(Postgres { url, is_external: false })
}

/// The folder of `initdb` and `pg_ctl`; `None` when PostgreSQL is not installed.
fn programs() -> Option<PathBuf> {
    let output = Command::new("pg_config").arg("--bindir").stderr(Stdio::null()).output().ok();
    let folder = output.map(|output| PathBuf::from(String::from_utf8_lossy(&output.stdout).trim()));
    let mut candidates: Vec<PathBuf> = folder.into_iter().collect();
    let installed = fs::read_dir("/usr/lib/postgresql").into_iter().flatten().flatten();
    candidates.extend(installed.map(|version| version.path().join("bin")));
    candidates.extend(std::env::var_os("PATH").iter().flat_map(std::env::split_paths));
    let found = candidates
        .into_iter()
        .find(|folder| folder.join("initdb").is_file() && folder.join("pg_ctl").is_file());
    if found.is_none() {
        let missing = "PostgreSQL is not installed: its half of the suite was NOT run";
        assert!(std::env::var_os("GREYMATTERS_TEST_REQUIRE_POSTGRES").is_none(), "{missing}");
        // The test harness captures the output of macros, and shows it only for a failed test.
        let _ = writeln!(io::stderr(), "\n{missing}");
    }
    found
}

/// A temporary cluster. Dropping it stops it.
pub(crate) struct Cluster {
    programs: PathBuf,
    home: PathBuf,
    /// The user of its processes, if the tests run as root: PostgreSQL refuses to run as root.
    user: Option<(u32, u32)>,
}

impl Cluster {
    /// Starts a cluster in a new folder. Returns `None` when PostgreSQL is not installed.
    pub(crate) fn start(name: &str) -> Option<Self> {
        let cluster = Self::folder(name, programs()?);
        let common = ["--username=postgres", "--auth=trust", "--encoding=UTF8", "--locale=C", "--no-sync"];
        // The collation of a natural language, as in production: tests fail when a statement sorts without `COLLATE
        // "C"`.
        let natural = ["--locale-provider=icu", "--icu-locale=en-US"];
        cluster
            .run("initdb", &[common.as_slice(), &natural].concat())
            .or_else(|_| {
                let _ = fs::remove_dir_all(cluster.home.join("data"));
                cluster.run("initdb", &common)
            })
            .unwrap();
        cluster.start_again();
        Some(cluster)
    }

    /// Starts a standby that streams from this cluster.
    pub(crate) fn standby(&self, name: &str) -> Self {
        let standby = Self::folder(name, self.programs.clone());
        let from = format!("host={} user=postgres", self.home.display());
        let data = standby.home.join("data");
        let arguments = ["--write-recovery-conf", "--checkpoint=fast", "--no-sync", "--dbname", &from];
        standby
            .run("pg_basebackup", &[&["--pgdata", data.to_str().unwrap()], arguments.as_slice()].concat())
            .unwrap();
        standby.start_again();
        standby
    }

    /// Starts a stopped cluster.
    pub(crate) fn start_again(&self) {
        let options = format!(
            "-c listen_addresses='' -c unix_socket_directories='{}' -c max_connections=300 -c fsync=off \
             -c synchronous_commit=off -c full_page_writes=off -c autovacuum=off",
            self.home.display()
        );
        self.run("pg_ctl", &["start", "--wait", "--silent", "--log=log", "-o", &options]).unwrap();
    }

    /// Stops the cluster cleanly. A crash would lose commits, because they do not wait for the disk.
    pub(crate) fn stop(&self) {
        self.run("pg_ctl", &["stop", "--wait", "--silent", "--mode=fast"]).unwrap();
    }

    /// Promotes a standby: it becomes a primary with the data that it has received.
    pub(crate) fn promote(&self) {
        self.run("pg_ctl", &["promote", "--wait", "--silent"]).unwrap();
    }

    /// The URL of its database `postgres`.
    pub(crate) fn url(&self) -> String {
        self.url_as("postgres", "postgres")
    }

    /// The URL of a database, for a role.
    pub(crate) fn url_as(&self, role: &str, database: &str) -> String {
        format!("postgres://{role}@localhost/{database}?host={}", self.home.display())
    }

    /// Pauses all its processes until the returned value is dropped. Its connections stay open, and nothing answers.
    pub(crate) fn pause(&self) -> Paused {
        let running = fs::read_to_string(self.home.join("data/postmaster.pid")).unwrap();
        let postmaster = running.lines().next().unwrap().to_owned();
        // The postmaster first, so that it starts no more children.
        signal("-STOP", [&postmaster]);
        let children = format!("/proc/{postmaster}/task/{postmaster}/children");
        let children = fs::read_to_string(children).unwrap();
        let children: Vec<_> = children.split_whitespace().map(ToOwned::to_owned).collect();
        signal("-STOP", &children);
        Paused(children.into_iter().chain([postmaster]).collect())
    }

    /// The folder of its socket.
    pub(crate) fn home(&self) -> &Path {
        &self.home
    }

    /// The user of its processes, if it is not the user of the tests.
    pub(crate) fn user(&self) -> Option<(u32, u32)> {
        self.user
    }

    /// Creates a symbolic link to this cluster, or moves it here from another cluster. Returns the URL of the database
    /// `postgres` through the link.
    pub(crate) fn url_by(&self, link: &Path) -> String {
        let next = link.with_extension("next");
        symlink(&self.home, &next).unwrap();
        fs::rename(&next, link).unwrap();
        format!("postgres://postgres@localhost/postgres?host={}", link.display())
    }

    fn folder(name: &str, programs: PathBuf) -> Self {
        let home = scratch::root().join(name);
        fs::create_dir(&home).unwrap();
        let user =
            (fs::metadata(&home).unwrap().uid() == 0).then(|| user("postgres").or(user("nobody")).unwrap());
        if let Some((uid, gid)) = user {
            chown(&home, Some(uid), Some(gid)).unwrap();
        }
        Self { programs, home, user }
    }

    fn run(&self, program: &str, arguments: &[&str]) -> Result<(), String> {
        let mut command = Command::new(self.programs.join(program));
        command.args(arguments).current_dir(&self.home).env("PGDATA", self.home.join("data"));
        if let Some((uid, gid)) = self.user {
            command.uid(uid).gid(gid);
        }
        let output = command.stdin(Stdio::null()).stdout(Stdio::null()).output().unwrap();
        let failure = || format!("{program}: {}", String::from_utf8_lossy(&output.stderr));
        output.status.success().then_some(()).ok_or_else(failure)
    }
}

/// A cluster whose processes are paused. Dropping this resumes them.
pub(crate) struct Paused(Vec<String>);

impl Drop for Paused {
    fn drop(&mut self) {
        signal("-CONT", &self.0);
    }
}

fn signal<'a>(signal: &str, processes: impl IntoIterator<Item = &'a String>) {
    // A process may have ended meanwhile.
    let _ = Command::new("kill").arg(signal).args(processes).stderr(Stdio::null()).status();
}

impl Drop for Cluster {
    fn drop(&mut self) {
        let _ = self.run("pg_ctl", &["stop", "--wait", "--silent", "--mode=immediate"]);
    }
}

fn user(name: &str) -> Option<(u32, u32)> {
    let number = |which: &str| {
        let output = Command::new("id").args([which, name]).stderr(Stdio::null()).output().ok()?;
        String::from_utf8_lossy(&output.stdout).trim().parse().ok()
    };
    Some((number("-u")?, number("-g")?))
}

impl Postgres {
    /// The URL of another database on this server.
    pub(crate) fn url_of(&self, database: &str) -> String {
        let (address, parameters) = self.url.split_once('?').unwrap_or((&self.url, ""));
        let (server, _) = address.rsplit_once('/').unwrap();
        let mark = if parameters.is_empty() { "" } else { "?" };
        format!("{server}/{database}{mark}{parameters}")
    }
}
