//! Starts the measured server.

use std::fs;
use std::net::{SocketAddr, TcpListener};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use serde_json::Value;

use crate::affinity::Affinity;
use crate::failure::{Result, While, failed};
use crate::held::HeldProcess;
use crate::http;

/// The time that the server has to start.
const START_TIMEOUT: Duration = Duration::from_secs(60);
/// The scopes of the API key of the bench.
const SCOPES: &str = "content:write,content:publish,content:read-drafts";

/// A server that runs until this is dropped.
pub(crate) struct Server {
    held: HeldProcess,
    pub(crate) address: SocketAddr,
    pub(crate) log: PathBuf,
}

/// The settings of a server.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Setting<'a> {
    /// The log levels.
    pub(crate) levels: &'a str,
    /// Whether it caches answers.
    pub(crate) cache: bool,
    pub(crate) affinity: Affinity,
}

impl Setting<'_> {
    /// Without the cache, unpinned, with few log lines.
    pub(crate) const UNCACHED: Setting<'static> =
        Setting { levels: "warn", cache: false, affinity: Affinity::ANYWHERE };
}

impl Server {
    /// Starts the server on a database, and waits until it is ready.
    pub(crate) fn start(program: &Path, url: &str, log: &Path, setting: Setting<'_>) -> Result<Self> {
        let mut server = Self::spawn(program, url, log, setting)?;
        let deadline = Instant::now() + START_TIMEOUT;
        while !http::ready(server.address) {
            if !server.runs() || Instant::now() > deadline {
                return failed(format_args!("the server does not start: see {}", log.display()));
            }
            thread::sleep(Duration::from_millis(20));
        }
        Ok(server)
    }

    /// Starts the server without waiting until it is ready.
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
            // The generated texts are hard to read, which causes warnings.
            .env("GREYMATTERS_CHECK_WARNINGS", "allow")
            .env_remove("GREYMATTERS_CACHE_MIB");
        if !cache {
            command.env("GREYMATTERS_CACHE_MIB", "0");
        }
        Ok(Self { held: HeldProcess::start(&command, "TERM", log, None)?, address, log: log.to_owned() })
    }

    /// Returns the process, which ends when it is dropped, and the address that it listens on.
    pub(crate) fn into_parts(self) -> (HeldProcess, SocketAddr) {
        (self.held, self.address)
    }

    /// Returns the process id of the server.
    pub(crate) fn pid(&self) -> u32 {
        self.held.pid
    }

    /// Whether the server still runs.
    pub(crate) fn runs(&mut self) -> bool {
        self.held.runs()
    }
}

/// Reads the events that the server has logged so far.
pub(crate) fn events(log: &Path) -> Result<Vec<Value>> {
    let text = fs::read(log).during(log.display())?;
    Ok(String::from_utf8_lossy(&text).lines().filter_map(|line| serde_json::from_str(line).ok()).collect())
}

/// Returns a free address on the loopback interface.
pub(crate) fn free_address() -> Result<SocketAddr> {
    let listener = TcpListener::bind("127.0.0.1:0").during("finding a free port")?;
    listener.local_addr().during("finding a free port")
}

/// Creates an API key, without which the server does not start.
pub(crate) fn make_key(program: &Path, url: &str) -> Result<String> {
    let output = Command::new(program)
        .args(["key", "create", "--name", "bench", "--scope", SCOPES])
        .env("GREYMATTERS_DATABASE_URL", url)
        .env("GREYMATTERS_LOG", "warn")
        .stderr(Stdio::inherit())
        .output()
        .during(program.display())?;
    if !output.status.success() {
        return failed("the server could not create an API key");
    }
    Ok(String::from_utf8_lossy(&output.stdout).trim().to_owned())
}
