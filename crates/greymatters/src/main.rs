//! The program: the command line, its configuration, what it logs, and how it stops.

mod admission_options;
mod answer_basis;
mod audit;
mod background;
mod backup;
mod backup_options;
mod cli;
mod connection_options;
mod database;
mod delivery_options;
mod dev;
mod editorial_options;
mod environment;
mod failure;
mod health;
mod import;
mod key;
mod limit_options;
mod listen;
mod memory_options;
mod metrics;
mod node_options;
mod oidc_options;
mod sample;
mod serve;
mod server;
mod size;
mod span;
mod telemetry;
mod web_address;

use std::process::ExitCode;
use std::time::Duration;

use clap::{CommandFactory, FromArgMatches};
use cli::{Cli, Command, ImportCommand};
use failure::Failure;
use telemetry::LogQueue;

/// Answers are many small allocations: with this one they take a fifth less time than with the system's.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

/// How long the program waits, at its end, for what was logged to be written.
const LOG_PATIENCE: Duration = Duration::from_secs(2);

/// How many bytes of stack a thread has. A document as deep as is allowed takes most of 2 MiB in a build that is not
/// optimised; memory is taken only where it is used.
const STACK: usize = 8 << 20;

/// How many threads there are at most for long work: rendering, comparing, compressing. Each takes some MB while it
/// works, and there are no more processors to work on.
const ASIDE: usize = 16;

fn main() -> ExitCode {
    let unknown = environment::unknown(&Cli::command(), std::env::vars_os());
    let parsed = environment::without_empty_variables(Cli::command()).try_get_matches();
    let parsed = parsed.and_then(|matches| Cli::from_arg_matches(&matches));
    let cli = match (parsed, &unknown) {
        // A flag may well be missing because its variable is misspelt.
        (Err(error), Err(misspelt)) if error.use_stderr() => return failed(misspelt),
        (Err(error), _) => error.exit(),
        (Ok(cli), _) => cli,
    };
    let unknown = match unknown {
        Ok(unknown) => unknown,
        Err(misspelt) => return failed(&misspelt),
    };
    let log = match telemetry::start(&cli.log) {
        Ok(log) => log,
        Err(failure) => return failed(&failure),
    };
    for variable in &unknown {
        tracing::warn!(
            variable,
            "this variable is unknown and has no effect; `greymatters help` tells which there are"
        );
    }
    let ended = ran(cli.command, &log);
    // What is printed comes after what was logged.
    log.flush(LOG_PATIENCE);
    ended.unwrap_or_else(|failure| failed(&failure))
}

/// Runs a command to its end.
fn ran(command: Command, log: &LogQueue) -> Result<ExitCode, Failure> {
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .thread_stack_size(STACK)
        .max_blocking_threads(ASIDE)
        .build();
    runtime.map_err(Failure::Runtime)?.block_on(run(command, log))
}

fn failed(failure: &Failure) -> ExitCode {
    eprintln!("error: {failure}");
    ExitCode::FAILURE
}

async fn run(command: Command, log: &LogQueue) -> Result<ExitCode, Failure> {
    match command {
        Command::Dev(options) => dev::run(options, log).await?,
        Command::Serve(options) => serve::run(options, log).await?,
        Command::Migrate(options) => database::migrate(&options).await?,
        Command::Backup(options) => Box::pin(backup::back_up(options)).await?,
        Command::Restore(options) => Box::pin(backup::restore(options)).await?,
        Command::Import(ImportCommand::Markdown(options)) => return import::run(options).await,
        Command::Key(command) => key::run(command).await?,
        Command::Audit(options) => audit::run(options).await?,
        Command::Health(options) => health::run(options).await?,
        Command::Completions { shell } => {
            clap_complete::generate(shell, &mut Cli::command(), "greymatters", &mut std::io::stdout());
        }
        Command::Schema => print!("{}", api::sdl()),
        Command::Openapi => print!("{}", api::openapi()),
    }
    Ok(ExitCode::SUCCESS)
}
