//! The program: the command line, its configuration, what it logs, and how it stops.

mod answer_basis;
mod audit;
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
mod node_options;
mod oidc_options;
mod sample;
mod serve;
mod server;
mod span;
mod telemetry;
mod web_address;

use std::process::ExitCode;

use clap::{CommandFactory, Parser};
use cli::{Cli, Command, ImportCommand};
use failure::Failure;

/// Answers are many small allocations: with this one they take a fifth less time than with the system's.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> ExitCode {
    let unknown = environment::unknown(&Cli::command(), std::env::vars_os());
    let cli = match (Cli::try_parse(), &unknown) {
        // A flag may well be missing because its variable is misspelt.
        (Err(error), Err(misspelt)) if error.use_stderr() => return failed(misspelt),
        (Err(error), _) => error.exit(),
        (Ok(cli), _) => cli,
    };
    let unknown = match unknown {
        Ok(unknown) => unknown,
        Err(misspelt) => return failed(&misspelt),
    };
    let runtime = match tokio::runtime::Builder::new_multi_thread().enable_all().build() {
        Ok(runtime) => runtime,
        Err(error) => {
            eprintln!("error: the runtime does not start: {error}");
            return ExitCode::FAILURE;
        }
    };
    match runtime.block_on(run(cli, &unknown)) {
        Ok(code) => code,
        Err(failure) => failed(&failure),
    }
}

fn failed(failure: &Failure) -> ExitCode {
    eprintln!("error: {failure}");
    ExitCode::FAILURE
}

async fn run(cli: Cli, unknown_variables: &[String]) -> Result<ExitCode, Failure> {
    let Cli { log, command } = cli;
    telemetry::start(&log)?;
    for variable in unknown_variables {
        tracing::warn!(
            variable,
            "this variable is unknown and has no effect; `greymatters help` tells which there are"
        );
    }
    match command {
        Command::Dev(options) => dev::run(options).await?,
        Command::Serve(options) => serve::run(options).await?,
        Command::Migrate(options) => database::migrate(&options).await?,
        Command::Backup(options) => backup::back_up(options).await?,
        Command::Restore(options) => backup::restore(options).await?,
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
