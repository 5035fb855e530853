//! The program as a server.

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

/// What an editor's key may do.
pub(crate) const EVERY_SCOPE: [&str; 4] =
    ["content:write", "content:publish", "content:read-drafts", "admin"];

/// What a server logs that tells its statements, and which request each was for.
pub(crate) const STATEMENTS: &str = "info,api=debug,sqlx=debug";

/// How the statement begins that sets up a connection to PostgreSQL for short pages.
const SET_UP: &str = "SET plan_cache_mode = force";

/// How long a test waits for what must happen.
pub(crate) const PATIENCE: Duration = Duration::from_secs(60);

/// A running server. It is killed when the test is over.
pub(crate) struct Server {
    process: Child,
    log: Arc<Log>,
    pub(crate) address: SocketAddr,
    /// Without a key.
    pub(crate) reader: Client,
    /// With a key that has every scope.
    pub(crate) editor: Client,
    database: Option<Arc<Database>>,
    printed: Arc<Log>,
    settings: Vec<(String, String)>,
    /// Whether it may log faults that are not its own: the test is about those.
    may_log_errors: AtomicBool,
}

/// What a server has logged so far.
#[derive(Default)]
struct Log {
    lines: Mutex<(Vec<String>, bool)>,
    grown: Condvar,
}

impl Server {
    /// Makes a key and serves the database.
    pub(crate) fn start(database: Database) -> Self {
        Self::start_with(database, &[])
    }

    /// The same, with these variables in its environment.
    pub(crate) fn start_with(database: Database, settings: &[(&str, &str)]) -> Self {
        let key = database.key();
        let settings = settings.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned()));
        Self::serve(Arc::new(database), &key, "info", settings.collect())
    }

    /// Serves a database that has this key already.
    pub(crate) fn with_key(database: Database, key: &str) -> Self {
        Self::serve(Arc::new(database), key, "info", Vec::new())
    }

    /// Serves the database with these flags, and makes no key.
    pub(crate) fn with_flags(database: Database, flags: &[&str]) -> Self {
        Self::started(greymatters(&["serve", "--listen", "127.0.0.1:0"]).args(flags), database)
    }

    /// Makes a key and serves the database with at most so many open files and connections.
    pub(crate) fn with_descriptors(database: Database, descriptors: u32) -> Self {
        Self::after(&format!("ulimit -n {descriptors}"), database)
    }

    /// Makes a key and serves the database, as `nohup` would.
    pub(crate) fn ignoring_hang_up(database: Database) -> Self {
        Self::after("trap '' HUP", database)
    }

    /// Makes a key and serves the database, as a terminal would, even when the tests themselves run under `nohup`.
    pub(crate) fn heeding_hang_up(database: Database) -> Self {
        Self::after("export GREYMATTERS_DRAIN=1h; set -- env --default-signal=HUP \"$@\"", database)
    }

    /// Makes a key and serves the database, in the place of a shell that has done something before.
    fn after(done: &str, database: Database) -> Self {
        let key = database.key();
        let serve = greymatters(&["serve", "--listen", "127.0.0.1:0"]);
        let mut command = Command::new("sh");
        command.arg("-c").arg(format!("{done}; exec \"$@\"")).arg("sh");
        command.arg(serve.get_program()).args(serve.get_args());
        for (name, value) in serve.get_envs() {
            match value {
                Some(value) => command.env(name, value),
                None => command.env_remove(name),
            };
        }
        Self::spawn(command.on(&database), Some(&key), Some(Arc::new(database)))
    }

    /// Makes a key and serves the database with these flags, which say where to listen.
    pub(crate) fn listening(database: Database, flags: &[&str]) -> Self {
        let key = database.key();
        let mut command = greymatters(&["serve"]);
        command.args(flags).on(&database);
        Self::spawn(&mut command, Some(&key), Some(Arc::new(database)))
    }

    /// Starts a command that serves, and makes no key.
    pub(crate) fn started(command: &mut Command, database: Database) -> Self {
        Self::spawn(command.on(&database), None, Some(Arc::new(database)))
    }

    /// Makes a key, and starts a command that serves the database.
    pub(crate) fn start_command(command: &mut Command, database: Database) -> Self {
        let key = database.key();
        Self::spawn(command.on(&database), Some(&key), Some(Arc::new(database)))
    }

    /// Another server of the same database.
    pub(crate) fn beside(&self) -> Self {
        self.beside_logging("info")
    }

    /// The same, logging this much.
    pub(crate) fn beside_logging(&self, levels: &str) -> Self {
        let (database, key) = (Arc::clone(self.database.as_ref().unwrap()), self.editor.key().unwrap());
        Self::serve(database, key, levels, self.settings.clone())
    }

    /// The same, with these variables besides.
    pub(crate) fn beside_with(&self, levels: &str, settings: &[(&str, &str)]) -> Self {
        let (database, key) = (Arc::clone(self.database.as_ref().unwrap()), self.editor.key().unwrap());
        let more = settings.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned()));
        Self::serve(database, key, levels, self.settings.iter().cloned().chain(more).collect())
    }

    /// The same, of a server that was started without a key; its editor has this one.
    pub(crate) fn beside_with_key(&self, key: &str) -> Self {
        Self::serve(Arc::clone(self.database.as_ref().unwrap()), key, "info", Vec::new())
    }

    /// Faults that it has logged are no failure of the test, which is about them.
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

    /// Starts it and waits until it listens.
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

    /// What it serves.
    pub(crate) fn database(&self) -> &Database {
        self.database.as_ref().unwrap()
    }

    /// A client with a key that has these scopes.
    pub(crate) fn client_with(&self, scopes: &[&str]) -> Client {
        self.reader.with_key(&key(self.database(), scopes))
    }

    /// `greymatters dev` in a folder.
    pub(crate) fn dev(url: &str, folder: &Path) -> Self {
        let mut command = greymatters(&["dev", "--listen", "127.0.0.1:0", "--database-url", url]);
        let server = Self::spawn(command.current_dir(folder), None, None);
        within("the banner is printed", || server.banner().contains("Ctrl-C stops it.").then_some(()));
        server
    }

    /// A server with this command line.
    pub(crate) fn serving(arguments: &str, url: &str) -> Self {
        let words: Vec<_> = arguments.split_whitespace().collect();
        Self::spawn(greymatters(&words).env("GREYMATTERS_DATABASE_URL", url), None, None)
    }

    /// What `dev` printed.
    pub(crate) fn banner(&self) -> String {
        self.printed.lines.lock().unwrap().0.join("\n")
    }

    /// The key that `dev` printed.
    pub(crate) fn banner_key(&self) -> String {
        let banner = self.banner();
        let key = banner.lines().find_map(|line| line.trim().strip_prefix("Key"));
        key.unwrap().trim().to_owned()
    }

    /// Everything logged so far.
    pub(crate) fn log(&self) -> Vec<String> {
        self.log.lines.lock().unwrap().0.clone()
    }

    /// What it logged of faults of its own.
    pub(crate) fn faults(&self) -> Vec<String> {
        let error = |line: &String| {
            line.contains(r#""level":"ERROR""#) && !self.may_log_errors.load(Ordering::Relaxed)
        };
        let fault = |line: &String| line.contains("panicked at") || error(line);
        self.log().into_iter().filter(fault).collect()
    }

    /// From here on it may log errors: the test causes some. It still may not panic.
    pub(crate) fn may_log_errors(&self) {
        self.may_log_errors.store(true, Ordering::Relaxed);
    }

    /// The statements that a request of this id has cost, in their order, once it was answered. The server
    /// must log [`STATEMENTS`].
    pub(crate) fn statements_of(&self, request_id: &str) -> Vec<String> {
        self.wait_for_log(|line| line["message"] == "answered" && line["id"] == request_id);
        self.reader.data("{ __typename }");
        let mut statements = self.statements(|line| line["span"]["id"] == request_id);
        // A connection that is opened on the way is set up; that is not the request's.
        // Nor is where a transaction begins and ends.
        let beside = ["PRAGMA", "SET ", "SELECT current_setting", "BEGIN", "COMMIT", "ROLLBACK"];
        statements.retain(|statement| !beside.iter().any(|beside| statement.starts_with(beside)));
        statements
    }

    /// What it sets on the connections to PostgreSQL that it reads short pages from, once it has read one. The
    /// server must log [`STATEMENTS`].
    pub(crate) fn setting_for_short_pages(&self) -> String {
        self.statements(|_| true).into_iter().find(|statement| statement.starts_with(SET_UP)).unwrap()
    }

    /// The statements that were logged in these lines, in their order.
    fn statements(&self, wanted: impl Fn(&Value) -> bool) -> Vec<String> {
        let log = self.log();
        let logged = log.iter().map(|line| serde_json::from_str::<Value>(line).unwrap());
        logged
            .filter(|line| line["target"] == "sqlx::query" && wanted(line))
            .map(|line| match line["db.statement"].as_str() {
                // A short statement is logged as its own summary.
                None | Some("") => line["summary"].as_str().unwrap().trim().to_owned(),
                Some(statement) => statement.trim().to_owned(),
            })
            .collect()
    }

    /// Waits until a line is logged, and answers it.
    pub(crate) fn wait_for_log(&self, wanted: impl Fn(&Value) -> bool) -> Value {
        self.log.wait_for(wanted)
    }

    /// Ends it without a warning.
    pub(crate) fn kill(&self) {
        self.signal("-KILL");
    }

    /// Tells it to stop.
    pub(crate) fn terminate(&self) {
        self.signal("-TERM");
    }

    /// The number of its process.
    pub(crate) fn pid(&self) -> u32 {
        self.process.id()
    }

    /// What somebody at a terminal does.
    pub(crate) fn interrupt(&self) {
        self.signal("-INT");
    }

    /// What the system does when a terminal is closed.
    pub(crate) fn hang_up(&self) {
        self.signal("-HUP");
    }

    /// How many bytes of memory it takes.
    pub(crate) fn resident(&self) -> u64 {
        self.resident_kib().unwrap() << 10
    }

    /// How many KiB of memory it takes. `None` where the system does not tell.
    pub(crate) fn resident_kib(&self) -> Option<u64> {
        let status = std::fs::read_to_string(format!("/proc/{}/status", self.pid())).ok()?;
        let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"))?;
        line.trim().strip_suffix(" kB")?.parse().ok()
    }

    fn signal(&self, signal: &str) {
        let pid = self.process.id().to_string();
        assert!(Command::new("kill").args([signal, &pid]).status().unwrap().success());
    }

    /// Waits until it has stopped by itself.
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
        let deadline = Instant::now() + PATIENCE;
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
            assert!(!lines.1 && !left.is_zero(), "it never logged that: {:#?}", lines.0);
            lines = self.grown.wait_timeout(lines, left).unwrap().0;
        }
    }
}

/// Makes a key.
pub(crate) fn key(database: &Database, scopes: &[&str]) -> String {
    let mut command = greymatters(&["key", "create", "--name", "tests"]);
    command.args(scopes.iter().flat_map(|scope| ["--scope", scope]));
    command.on(database).run().succeeded().trim().to_owned()
}

/// Asks again and again until there is an answer, for a while.
pub(crate) fn within<T>(what: &str, mut attempt: impl FnMut() -> Option<T>) -> T {
    let deadline = Instant::now() + PATIENCE;
    loop {
        if let Some(found) = attempt() {
            return found;
        }
        assert!(Instant::now() < deadline, "it did not come to pass that {what}");
        std::thread::park_timeout(Duration::from_millis(10));
    }
}
