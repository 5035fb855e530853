//! Measures GreyMatters: see `README.md` beside this crate.

#[cfg(test)]
mod as_published;
mod body;
mod cli;
mod cluster;
mod cpu;
mod dataset;
mod failure;
mod generate;
mod held;
mod http;
mod measure;
mod plan;
mod postgres;
mod publish;
mod query;
mod random;
mod report;
mod run;
mod server;
mod sqlite;
mod table;
mod words;

use std::process::ExitCode;

use clap::Parser;
use cli::{Cli, Command};

fn main() -> ExitCode {
    let done = match Cli::parse().command {
        Command::Generate(options) => generate::run(&options).map(|()| ExitCode::SUCCESS),
        Command::Run(options) => run::run(&options).map(|()| ExitCode::SUCCESS),
        Command::Hold(options) => held::hold(&options),
    };
    done.unwrap_or_else(|failure| {
        eprintln!("error: {failure}");
        ExitCode::FAILURE
    })
}
