//! Child processes that end when this program ends, even if it is killed.
//!
//! A holder starts each child. The holder is a second process of this program. It ends its child as soon as the pipe to
//! it closes. The pipe closes when a [`HeldProcess`] is dropped, and also when this process is killed. The holder has
//! its own process group, so that Ctrl-C does not end it before this process.

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

/// The time after the signal until a program is killed.
const END_TIMEOUT: Duration = Duration::from_secs(15);

/// A program that runs until this is dropped.
pub(crate) struct HeldProcess {
    holder: Child,
    /// The process id of the program.
    pub(crate) pid: u32,
}

impl HeldProcess {
    /// Starts a program, and writes its output to `log`.
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

    /// Whether the program still runs.
    pub(crate) fn runs(&mut self) -> bool {
        matches!(self.holder.try_wait(), Ok(None))
    }

    /// Waits until the program ends, for at most `timeout`. Returns whether it succeeded.
    pub(crate) fn succeeds(&mut self, timeout: Duration) -> Result<bool> {
        let deadline = Instant::now() + timeout;
        loop {
            if let Some(status) = self.holder.try_wait().during("waiting")? {
                return Ok(status.success());
            }
            if Instant::now() > deadline {
                return failed(format_args!("it takes longer than {} minutes", timeout.as_secs() / 60));
            }
            thread::sleep(Duration::from_millis(200));
        }
    }
}

impl Drop for HeldProcess {
    fn drop(&mut self) {
        drop(self.holder.stdin.take());
        // The holder ends within its timeout.
        let _ = self.holder.wait();
    }
}

/// The subcommand `hold`: the holder process that [`HeldProcess::start`] starts.
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
    // The child gets its own process group, so that its children end with it.
    command.process_group(0);
    let mut held = command.spawn().during(format_args!("starting `{name}`"))?;
    let reported = writeln!(std::io::stdout(), "{}", held.id());
    let (ended, end) = mpsc::channel();
    thread::spawn(move || {
        let _ = std::io::stdin().read_to_end(&mut Vec::new());
        let _ = ended.send(());
    });
    while reported.is_ok() {
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

/// Sends the signal to the process group of a child, and kills it after the timeout. The process id stays
/// valid until `wait` is called.
fn end_child(child: &mut Child, signal: &str) -> Result<()> {
    let id = child.id().to_string();
    let kill =
        |signal: &str| Command::new("sh").args(["-c", "kill -s \"$0\" -- \"-$1\"", signal, &id]).status();
    let signalled = kill(signal);
    let deadline = Instant::now() + END_TIMEOUT;
    while signalled.is_ok() && Instant::now() < deadline {
        if child.try_wait().during("waiting")?.is_some() {
            return Ok(());
        }
        thread::sleep(Duration::from_millis(20));
    }
    kill("KILL").during("ending a program")?;
    child.wait().during("ending a program")?;
    Ok(())
}
