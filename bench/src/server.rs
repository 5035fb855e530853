//! The server that is measured.

use std::fs;
use std::net::{SocketAddr, TcpListener};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use serde_json::Value;

use crate::affinity::Affinity;
use crate::failure::{Result, While, failed};
use crate::held::Held;
use crate::http;

/// How long it may take to start.
const START: Duration = Duration::from_secs(60);
/// What the key of the bench may do.
const SCOPES: &str = "content:write,content:publish";

/// A server that runs until this is dropped.
pub(crate) struct Server {
    held: Held,
    pub(crate) address: SocketAddr,
    pub(crate) log: PathBuf,
}

/// How a server is started.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Setting<'a> {
    /// What it logs, by level.
    pub(crate) levels: &'a str,
    /// Whether it keeps its answers; if not, each is made anew.
    pub(crate) cache: bool,
    pub(crate) affinity: Affinity,
}

impl Setting<'_> {
    /// Each answer is made anew, anywhere, quietly.
    pub(crate) const UNCACHED: Setting<'static> =
        Setting { levels: "warn", cache: false, affinity: Affinity::ANYWHERE };
}

impl Server {
    /// Starts the server on a database, and waits until it is ready.
    pub(crate) fn start(program: &Path, url: &str, log: &Path, setting: Setting<'_>) -> Result<Self> {
        let mut server = Self::spawn(program, url, log, setting)?;
        let deadline = Instant::now() + START;
        while !http::ready(server.address) {
            if !server.runs() || Instant::now() > deadline {
                return failed(format_args!("the server does not start: see {}", log.display()));
            }
            thread::sleep(Duration::from_millis(20));
        }
        Ok(server)
    }

    /// Starts the server, and waits for nothing.
    pub(crate) fn spawn(program: &Path, url: &str, log: &Path, setting: Setting<'_>) -> Result<Self> {
        let Setting { levels, cache, affinity } = setting;
        if log.exists() {
            fs::remove_file(log).during(log.display())?;
        }
        let address = free_address()?;
        let mut command = affinity.program(program);
        command
            .args(["serve", "--listen", &address.to_string()])
            .env("GREYMATTERS_DATABASE_URL", url)
            .env("GREYMATTERS_LOG", levels)
            .env("GREYMATTERS_LOG_FORMAT", "json")
            // The texts are made of random words, which are hard to read.
            .env("GREYMATTERS_CHECK_WARNINGS", "allow")
            .env_remove("GREYMATTERS_CACHE_MIB");
        if !cache {
            command.env("GREYMATTERS_CACHE_MIB", "0");
        }
        Ok(Self { held: Held::start(&command, "TERM", log, None)?, address, log: log.to_owned() })
    }

    /// The process, which ends when it is dropped, and where it listens.
    pub(crate) fn into_parts(self) -> (Held, SocketAddr) {
        (self.held, self.address)
    }

    /// Its process id.
    pub(crate) fn pid(&self) -> u32 {
        self.held.pid
    }

    /// Whether it is still there.
    pub(crate) fn runs(&mut self) -> bool {
        self.held.runs()
    }
}

/// What the server has logged so far.
pub(crate) fn events(log: &Path) -> Result<Vec<Value>> {
    let text = fs::read(log).during(log.display())?;
    Ok(String::from_utf8_lossy(&text).lines().filter_map(|line| serde_json::from_str(line).ok()).collect())
}

/// An address on the loopback interface that nobody listens on.
pub(crate) fn free_address() -> Result<SocketAddr> {
    let listener = TcpListener::bind("127.0.0.1:0").during("finding a free port")?;
    listener.local_addr().during("finding a free port")
}

/// Makes a key, without which the server does not start.
pub(crate) fn make_key(program: &Path, url: &str) -> Result<String> {
    let output = Command::new(program)
        .args(["key", "create", "--name", "bench", "--scope", SCOPES])
        .env("GREYMATTERS_DATABASE_URL", url)
        .env("GREYMATTERS_LOG", "warn")
        .stderr(Stdio::inherit())
        .output()
        .during(program.display())?;
    if !output.status.success() {
        return failed("the server does not make a key");
    }
    Ok(String::from_utf8_lossy(&output.stdout).trim().to_owned())
}
