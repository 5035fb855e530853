//! Running servers.

use std::io::{BufRead, BufReader};
use std::net::SocketAddr;
use std::path::Path;
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Condvar, Mutex};
use std::time::{Duration, Instant};

use serde_json::Value;

use super::command::CommandExt;
use super::database::Database;
use super::{Client, greymatters, scratch};

/// All scopes of an API key.
pub(crate) const EVERY_SCOPE: [&str; 4] =
    ["content:write", "content:publish", "content:read-drafts", "admin"];

/// Log levels that show each statement and its request.
pub(crate) const STATEMENTS: &str = "info,api=debug,sqlx=debug";

/// The beginning of the statement that sets up a connection to PostgreSQL for short pages.
const SET_UP: &str = "SET plan_cache_mode = force";

/// How long a test waits before it fails.
pub(crate) const TEST_TIMEOUT: Duration = Duration::from_secs(60);

/// A running server. Dropping it kills it, and fails the test if it has logged errors.
pub(crate) struct Server {
    process: Child,
    log: Arc<Log>,
    pub(crate) address: SocketAddr,
    /// A client without a key.
    pub(crate) reader: Client,
    /// A client with a key that has every scope.
    pub(crate) editor: Client,
    database: Option<Arc<Database>>,
    printed: Arc<Log>,
    settings: Vec<(String, String)>,
    /// Whether it may log errors, because the test causes some.
    may_log_errors: AtomicBool,
}

/// The lines that a server has written so far, and whether its output has ended.
#[derive(Default)]
struct Log {
    lines: Mutex<(Vec<String>, bool)>,
    grown: Condvar,
}

impl Server {
    /// Serves the database.
    pub(crate) fn start(database: Database) -> Self {
        Self::start_with(database, &[])
    }

    /// Serves the database, with these variables in the environment.
    pub(crate) fn start_with(database: Database, settings: &[(&str, &str)]) -> Self {
        let key = database.key();
        let settings = settings.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned()));
        Self::serve(Arc::new(database), &key, "info", settings.collect())
    }

    /// Serves a database that already has this key.
    pub(crate) fn with_key(database: Database, key: &str) -> Self {
        Self::serve(Arc::new(database), key, "info", Vec::new())
    }

    /// Serves the database with these flags, without an editor.
    pub(crate) fn with_flags(database: Database, flags: &[&str]) -> Self {
        Self::started(greymatters(&["serve", "--listen", "127.0.0.1:0"]).args(flags), database)
    }

    /// Serves the database with at most this many descriptors.
    pub(crate) fn with_descriptors(database: Database, descriptors: u32) -> Self {
        Self::after(&format!("ulimit -n {descriptors}"), database)
    }

    /// Serves the database, and ignores SIGHUP, as under `nohup`.
    pub(crate) fn ignoring_sighup(database: Database) -> Self {
        Self::after("trap '' HUP", database)
    }

    /// Serves the database, and does not ignore SIGHUP, even when the tests run under `nohup`.
    pub(crate) fn heeding_sighup(database: Database) -> Self {
        Self::after("export GREYMATTERS_DRAIN=1h; set -- env --default-signal=HUP \"$@\"", database)
    }

    /// Serves the database from a shell that has run a command before.
    fn after(command_before: &str, database: Database) -> Self {
        let key = database.key();
        let serve = greymatters(&["serve", "--listen", "127.0.0.1:0"]);
        let mut command = Command::new("sh");
        command.arg("-c").arg(format!("{command_before}; exec \"$@\"")).arg("sh");
        command.arg(serve.get_program()).args(serve.get_args());
        for (name, value) in serve.get_envs() {
            match value {
                Some(value) => command.env(name, value),
                None => command.env_remove(name),
            };
        }
        Self::spawn(command.on(&database), Some(&key), Some(Arc::new(database)))
    }

    /// Serves the database with these flags, which include the address.
    pub(crate) fn listening(database: Database, flags: &[&str]) -> Self {
        let key = database.key();
        let mut command = greymatters(&["serve"]);
        command.args(flags).on(&database);
        Self::spawn(&mut command, Some(&key), Some(Arc::new(database)))
    }

    /// Runs a command that serves the database, without an editor.
    pub(crate) fn started(command: &mut Command, database: Database) -> Self {
        Self::spawn(command.on(&database), None, Some(Arc::new(database)))
    }

    /// Runs a command that serves the database.
    pub(crate) fn start_command(command: &mut Command, database: Database) -> Self {
        let key = database.key();
        Self::spawn(command.on(&database), Some(&key), Some(Arc::new(database)))
    }

    /// Starts another server of the same database.
    pub(crate) fn beside(&self) -> Self {
        self.beside_logging("info")
    }

    /// Starts another server of the same database, with these log levels.
    pub(crate) fn beside_logging(&self, levels: &str) -> Self {
        let (database, key) = (Arc::clone(self.database.as_ref().unwrap()), self.editor.key().unwrap());
        Self::serve(database, key, levels, self.settings.clone())
    }

    /// Starts another server of the same database, with these additional variables.
    pub(crate) fn beside_with(&self, levels: &str, settings: &[(&str, &str)]) -> Self {
        let (database, key) = (Arc::clone(self.database.as_ref().unwrap()), self.editor.key().unwrap());
        let more = settings.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned()));
        Self::serve(database, key, levels, self.settings.iter().cloned().chain(more).collect())
    }

    /// Starts another server of the same database, whose editor has this key.
    pub(crate) fn beside_with_key(&self, key: &str) -> Self {
        Self::serve(Arc::clone(self.database.as_ref().unwrap()), key, "info", Vec::new())
    }

    /// Ignores the errors that the server has logged so far: the test has caused them.
    pub(crate) fn expect_faults(&self) {
        self.log.lines.lock().unwrap().0.clear();
    }

    fn serve(database: Arc<Database>, key: &str, levels: &str, settings: Vec<(String, String)>) -> Self {
        let mut command = greymatters(&["serve", "--listen", "127.0.0.1:0"]);
        command.on(&database).env("GREYMATTERS_LOG", levels);
        command.envs(settings.iter().map(|(name, value)| (name, value)));
        let mut server = Self::spawn(&mut command, Some(key), Some(database));
        server.settings = settings;
        server
    }

    /// Starts the command and waits until it listens.
    fn spawn(command: &mut Command, key: Option<&str>, database: Option<Arc<Database>>) -> Self {
        let mut process = command
            .env("GREYMATTERS_LOG_FORMAT", "json")
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        scratch::watch(process.id());
        let log = Log::of(process.stderr.take().unwrap());
        let printed = Log::of(process.stdout.take().unwrap());
        let listening = log.wait_for(|line| line["message"] == "listening");
        let address = listening["address"].as_str().unwrap().parse().unwrap();
        let at_least = database.as_ref().map(|database| database.at_least()).unwrap_or_default();
        let reader = Client::new(address, at_least);
        let editor = key.map_or_else(|| reader.clone(), |key| reader.with_key(key));
        let may_log_errors = AtomicBool::new(false);
        Self {
            process,
            log,
            printed,
            address,
            editor,
            reader,
            database,
            settings: Vec::new(),
            may_log_errors,
        }
    }

    /// The database of the server.
    pub(crate) fn database(&self) -> &Database {
        self.database.as_ref().unwrap()
    }

    /// A client with a key that has these scopes.
    pub(crate) fn client_with(&self, scopes: &[&str]) -> Client {
        self.reader.with_key(&key(self.database(), scopes))
    }

    /// Runs `greymatters dev` in a folder.
    pub(crate) fn dev(url: &str, folder: &Path) -> Self {
        let mut command = greymatters(&["dev", "--listen", "127.0.0.1:0", "--database-url", url]);
        let server = Self::spawn(command.current_dir(folder), None, None);
        within("the banner is printed", || server.banner().contains("Ctrl-C stops it.").then_some(()));
        server
    }

    /// Runs the program with this command line, which serves the database.
    pub(crate) fn serving(arguments: &str, url: &str) -> Self {
        let words: Vec<_> = arguments.split_whitespace().collect();
        Self::spawn(greymatters(&words).env("GREYMATTERS_DATABASE_URL", url), None, None)
    }

    /// What `dev` has printed.
    pub(crate) fn banner(&self) -> String {
        self.printed.lines.lock().unwrap().0.join("\n")
    }

    /// The key that `dev` has printed.
    pub(crate) fn banner_key(&self) -> String {
        let banner = self.banner();
        let key = banner.lines().find_map(|line| line.trim().strip_prefix("Key"));
        key.unwrap().trim().to_owned()
    }

    /// All log lines so far.
    pub(crate) fn log(&self) -> Vec<String> {
        self.log.lines.lock().unwrap().0.clone()
    }

    /// The panics and errors in the log.
    pub(crate) fn faults(&self) -> Vec<String> {
        let error = |line: &String| {
            line.contains(r#""level":"ERROR""#) && !self.may_log_errors.load(Ordering::Relaxed)
        };
        let fault = |line: &String| line.contains("panicked at") || error(line);
        self.log().into_iter().filter(fault).collect()
    }

    /// From now on, the server may log errors, because the test causes some. It must not panic.
    pub(crate) fn may_log_errors(&self) {
        self.may_log_errors.store(true, Ordering::Relaxed);
    }

    /// Waits for the answer to the request with this id, and returns its statements in order. The server must log
    /// [`STATEMENTS`].
    pub(crate) fn statements_of(&self, request_id: &str) -> Vec<String> {
        self.wait_for_log(|line| line["message"] == "answered" && line["id"] == request_id);
        self.reader.data("{ __typename }");
        let mut statements = self.statements(|line| line["span"]["id"] == request_id);
        // Statements that set up connections, or begin and end transactions, do not count.
        let beside = ["PRAGMA", "SET ", "SELECT current_setting", "BEGIN", "COMMIT", "ROLLBACK"];
        statements.retain(|statement| !beside.iter().any(|beside| statement.starts_with(beside)));
        statements
    }

    /// The settings of the connections to PostgreSQL for short pages. The server must have read such a page, and must
    /// log [`STATEMENTS`].
    pub(crate) fn setting_for_short_pages(&self) -> String {
        self.statements(|_| true).into_iter().find(|statement| statement.starts_with(SET_UP)).unwrap()
    }

    /// The statements in the wanted log lines, in order.
    fn statements(&self, wanted: impl Fn(&Value) -> bool) -> Vec<String> {
        let log = self.log();
        let logged = log.iter().map(|line| serde_json::from_str::<Value>(line).unwrap());
        logged
            .filter(|line| line["target"] == "sqlx::query" && wanted(line))
            .map(|line| match line["db.statement"].as_str() {
                // Of a short statement, only the summary is logged.
                None | Some("") => line["summary"].as_str().unwrap().trim().to_owned(),
                Some(statement) => statement.trim().to_owned(),
            })
            .collect()
    }

    /// Waits for a log line, and returns it.
    pub(crate) fn wait_for_log(&self, wanted: impl Fn(&Value) -> bool) -> Value {
        self.log.wait_for(wanted)
    }

    /// Kills the server (SIGKILL).
    pub(crate) fn kill(&self) {
        self.signal("-KILL");
    }

    /// Sends SIGTERM.
    pub(crate) fn terminate(&self) {
        self.signal("-TERM");
    }

    /// The id of its process.
    pub(crate) fn pid(&self) -> u32 {
        self.process.id()
    }

    /// Sends SIGINT, as Ctrl-C does.
    pub(crate) fn interrupt(&self) {
        self.signal("-INT");
    }

    /// Sends SIGHUP, as a closing terminal does.
    pub(crate) fn hang_up(&self) {
        self.signal("-HUP");
    }

    /// Its resident memory in bytes.
    pub(crate) fn resident(&self) -> u64 {
        self.resident_kib().unwrap() << 10
    }

    /// Its resident memory in KiB, or `None` if the system does not report it.
    pub(crate) fn resident_kib(&self) -> Option<u64> {
        let status = std::fs::read_to_string(format!("/proc/{}/status", self.pid())).ok()?;
        let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"))?;
        line.trim().strip_suffix(" kB")?.parse().ok()
    }

    fn signal(&self, signal: &str) {
        let pid = self.process.id().to_string();
        assert!(Command::new("kill").args([signal, &pid]).status().unwrap().success());
    }

    /// Waits until the server has ended.
    pub(crate) fn ended(&mut self) -> ExitStatus {
        within("the server ends", || self.process.try_wait().unwrap())
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
        scratch::forget(self.process.id());
        if std::thread::panicking() {
            self.may_log_errors.store(false, Ordering::Relaxed);
        }
        let faults = self.faults();
        if std::thread::panicking() {
            eprintln!("faults of the server: {faults:#?}");
        } else {
            assert!(faults.is_empty(), "faults of the server: {faults:#?}");
        }
    }
}

impl Log {
    fn of(stderr: impl std::io::Read + Send + 'static) -> Arc<Self> {
        let log = Arc::new(Self::default());
        let kept = Arc::clone(&log);
        std::thread::spawn(move || {
            for line in BufReader::new(stderr).lines().map_while(Result::ok) {
                kept.lines.lock().unwrap().0.push(line);
                kept.grown.notify_all();
            }
            kept.lines.lock().unwrap().1 = true;
            kept.grown.notify_all();
        });
        log
    }

    fn wait_for(&self, wanted: impl Fn(&Value) -> bool) -> Value {
        let deadline = Instant::now() + TEST_TIMEOUT;
        let mut lines = self.lines.lock().unwrap();
        let mut seen = 0;
        loop {
            for line in &lines.0[seen..] {
                if let Some(found) = serde_json::from_str(line).ok().filter(&wanted) {
                    return found;
                }
            }
            seen = lines.0.len();
            let left = deadline.saturating_duration_since(Instant::now());
            assert!(!lines.1 && !left.is_zero(), "the line was not logged: {:#?}", lines.0);
            lines = self.grown.wait_timeout(lines, left).unwrap().0;
        }
    }
}

/// Creates an API key with these scopes.
pub(crate) fn key(database: &Database, scopes: &[&str]) -> String {
    let mut command = greymatters(&["key", "create", "--name", "tests"]);
    command.args(scopes.iter().flat_map(|scope| ["--scope", scope]));
    command.on(database).run().succeeded().trim().to_owned()
}

/// Repeats an attempt until it returns a value. Fails after [`TEST_TIMEOUT`].
pub(crate) fn within<T>(what: &str, mut attempt: impl FnMut() -> Option<T>) -> T {
    let deadline = Instant::now() + TEST_TIMEOUT;
    loop {
        if let Some(found) = attempt() {
            return found;
        }
        assert!(Instant::now() < deadline, "this did not happen in time: {what}");
        std::thread::park_timeout(Duration::from_millis(10));
    }
}
