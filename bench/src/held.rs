//! Programs that end when this one does, however it ends.
//!
//! Each is started by a holder: this program once more, which ends what it holds as soon as the pipe
//! to it closes. That happens when a [`Held`] is dropped, and also when this process is killed. The
//! holder is in a process group of its own, so that Ctrl-C ends us and not it.

use std::fs::File;
use std::io::{BufRead, BufReader, Read, Write};
use std::os::unix::process::CommandExt;
use std::path::Path;
use std::process::{Child, Command, ExitCode, Stdio};
use std::sync::mpsc;
use std::thread;
use std::time::{Duration, Instant};

use crate::cli::HoldOptions;
use crate::failure::{Failure, Result, While, failed};

/// How long a program may take to end once it is asked to.
const GRACE: Duration = Duration::from_secs(15);

/// A program that runs until this is dropped.
pub(crate) struct Held {
    holder: Child,
    /// Its process id.
    pub(crate) pid: u32,
}

impl Held {
    /// Starts a program with its output in `log`.
    pub(crate) fn start(
        program: &Command,
        signal: &str,
        log: &Path,
        user: Option<(u32, u32)>,
    ) -> Result<Self> {
        let own = std::env::current_exe().during("finding this program")?;
        let mut holder = Command::new(own);
        holder.args(["hold", "--signal", signal, "--log"]).arg(log);
        if let Some((uid, gid)) = user {
            holder.args(["--user", &format!("{uid}:{gid}")]);
        }
        holder.arg("--").arg(program.get_program()).args(program.get_args());
        for (name, value) in program.get_envs() {
            match value {
                Some(value) => holder.env(name, value),
                None => holder.env_remove(name),
            };
        }
        if let Some(dir) = program.get_current_dir() {
            holder.current_dir(dir);
        }
        let what = format!("starting `{}`", program.get_program().display());
        let mut holder =
            holder.stdin(Stdio::piped()).stdout(Stdio::piped()).process_group(0).spawn().during(&what)?;
        let mut line = String::new();
        if let Some(output) = holder.stdout.take() {
            BufReader::new(output).read_line(&mut line).during(&what)?;
        }
        let pid = line.trim().parse().map_err(|_| Failure(format!("{what}: it does not start")))?;
        Ok(Self { holder, pid })
    }

    /// Whether it is still there.
    pub(crate) fn runs(&mut self) -> bool {
        matches!(self.holder.try_wait(), Ok(None))
    }

    /// Waits until it ends by itself, and answers whether it succeeded.
    pub(crate) fn succeeds(&mut self, patience: Duration) -> Result<bool> {
        let deadline = Instant::now() + patience;
        loop {
            if let Some(status) = self.holder.try_wait().during("waiting")? {
                return Ok(status.success());
            }
            if Instant::now() > deadline {
                return failed(format_args!("it takes longer than {} minutes", patience.as_secs() / 60));
            }
            thread::sleep(Duration::from_millis(200));
        }
    }
}

impl Drop for Held {
    fn drop(&mut self) {
        drop(self.holder.stdin.take());
        // The holder waits no longer than its grace.
        let _ = self.holder.wait();
    }
}

/// Holds a program: the other end of [`Held::start`].
pub(crate) fn hold(options: &HoldOptions) -> Result<ExitCode> {
    let HoldOptions { signal, log, user, program } = options;
    let Some((name, arguments)) = program.split_first() else { return failed("no program") };
    let log = File::options().create(true).append(true).open(log).during("opening the log")?;
    let mut command = Command::new(name);
    command.args(arguments).stdin(Stdio::null());
    command.stdout(log.try_clone().during("opening the log")?).stderr(log);
    if let Some((uid, gid)) = user.as_ref().and_then(|user| user.split_once(':')) {
        command.uid(uid.parse().during("the user")?).gid(gid.parse().during("the group")?);
    }
    // What it starts itself ends with it.
    command.process_group(0);
    let mut held = command.spawn().during(format_args!("starting `{name}`"))?;
    let told = writeln!(std::io::stdout(), "{}", held.id());
    let (ended, end) = mpsc::channel();
    thread::spawn(move || {
        let _ = std::io::stdin().read_to_end(&mut Vec::new());
        let _ = ended.send(());
    });
    while told.is_ok() {
        if let Some(status) = held.try_wait().during("waiting")? {
            return Ok(if status.success() { ExitCode::SUCCESS } else { ExitCode::FAILURE });
        }
        if end.recv_timeout(Duration::from_millis(200)) != Err(mpsc::RecvTimeoutError::Timeout) {
            break;
        }
    }
    end_child(&mut held, signal)?;
    Ok(ExitCode::SUCCESS)
}

/// Asks a child and what it has started to end, and makes it when it does not. As long as nobody has
/// waited for it, its id is its own.
fn end_child(child: &mut Child, signal: &str) -> Result<()> {
    let id = child.id().to_string();
    let kill =
        |signal: &str| Command::new("sh").args(["-c", "kill -s \"$0\" -- \"-$1\"", signal, &id]).status();
    let asked = kill(signal);
    let deadline = Instant::now() + GRACE;
    while asked.is_ok() && Instant::now() < deadline {
        if child.try_wait().during("waiting")?.is_some() {
            return Ok(());
        }
        thread::sleep(Duration::from_millis(20));
    }
    kill("KILL").during("ending a program")?;
    child.wait().during("ending a program")?;
    Ok(())
}
