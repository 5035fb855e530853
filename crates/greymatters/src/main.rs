//! The program: command line, configuration, log, and shutdown.

mod admission_options;
mod answer_basis;
mod audit;
mod backup;
mod backup_options;
mod cli;
mod connection_options;
mod database;
mod database_options;
mod delivery_options;
mod dev;
mod duration;
mod editorial_options;
mod environment;
mod failure;
mod health;
mod import;
mod import_options;
mod key;
mod key_options;
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
mod telemetry;
mod web_address;

use std::process::ExitCode;
use std::time::Duration;

use clap::{CommandFactory, FromArgMatches};
use cli::{Cli, Command};
use failure::Failure;
use import_options::ImportCommand;
use telemetry::LogQueue;

/// Making an answer allocates many small blocks. With this allocator, it takes a fifth less time than with the system's.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

/// How long the program waits at its end until the log is written.
const LOG_FLUSH_TIMEOUT: Duration = Duration::from_secs(2);

/// The stack size of a thread in bytes. In a debug build, a document with the maximum depth needs almost 2 MiB. Unused
/// stack takes no memory.
const STACK: usize = 8 << 20;

/// The maximum number of threads for long work: rendering, comparing, compressing. Each takes some MB while it works.
const MAX_BLOCKING_THREADS: usize = 16;

fn main() -> ExitCode {
    let unknown = environment::unknown(&Cli::command(), std::env::vars_os());
    let parsed = environment::without_empty_variables(Cli::command()).try_get_matches();
    let parsed = parsed.and_then(|matches| Cli::from_arg_matches(&matches));
    let cli = match (parsed, &unknown) {
        // The misspelt variable is perhaps the reason for the error, for example for a missing flag.
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
            "this environment variable is unknown and has no effect; `--help` lists the variables of each command"
        );
    }
    let result = run_to_end(cli.command, &log);
    // The log is written before the error message.
    log.flush(LOG_FLUSH_TIMEOUT);
    result.unwrap_or_else(|failure| failed(&failure))
}

/// Runs a command to its end.
fn run_to_end(command: Command, log: &LogQueue) -> Result<ExitCode, Failure> {
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .thread_stack_size(STACK)
        .max_blocking_threads(MAX_BLOCKING_THREADS)
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
        Command::Openapi => print!("{}", api::openapi(&api::PublicUrl::default())),
    }
    Ok(ExitCode::SUCCESS)
}
