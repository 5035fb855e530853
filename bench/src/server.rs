//! The server that is measured.

use std::fs;
use std::net::{SocketAddr, TcpListener};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use serde_json::Value;

use crate::failure::{Result, While, failed};
use crate::held::Held;
use crate::http;

/// How long it may take to start.
const START: Duration = Duration::from_secs(60);

/// A server that runs until this is dropped.
pub(crate) struct Server {
    held: Held,
    pub(crate) address: SocketAddr,
    pub(crate) log: PathBuf,
}

impl Server {
    /// Starts the server on a database. It logs to `log` what `levels` says.
    pub(crate) fn start(program: &Path, url: &str, log: &Path, levels: &str) -> Result<Self> {
        if log.exists() {
            fs::remove_file(log).during(log.display())?;
        }
        let address = free_address()?;
        let mut command = Command::new(program);
        command
            .args(["serve", "--listen", &address.to_string()])
            .env("GREYMATTERS_DATABASE_URL", url)
            .env("GREYMATTERS_LOG", levels)
            .env("GREYMATTERS_LOG_FORMAT", "json");
        let mut held = Held::start(&command, "TERM", log, None)?;
        let deadline = Instant::now() + START;
        while !http::ready(address) {
            if !held.runs() || Instant::now() > deadline {
                return failed(format_args!("the server does not start: see {}", log.display()));
            }
            thread::sleep(Duration::from_millis(20));
        }
        Ok(Self { held, address, log: log.to_owned() })
    }

    /// Its process id.
    pub(crate) fn pid(&self) -> u32 {
        self.held.pid
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
pub(crate) fn make_key(program: &Path, url: &str) -> Result<()> {
    let status = Command::new(program)
        .args(["key", "create", "--name", "bench", "--scope", "content:write"])
        .env("GREYMATTERS_DATABASE_URL", url)
        .env("GREYMATTERS_LOG", "warn")
        .stdout(Stdio::null())
        .status()
        .during(program.display())?;
    if status.success() { Ok(()) } else { failed("the server does not make a key") }
}
