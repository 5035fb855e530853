//! Benchmarks GreyMatters. `README.md` in this folder explains how.

mod affinity;
mod answer;
#[cfg(test)]
mod as_published;
mod body;
mod cli;
mod cluster;
mod cpu;
mod dataset;
mod delivery;
mod failure;
mod figures;
mod generate;
mod grid;
mod growth;
mod growth_report;
mod held;
mod http;
mod load;
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
mod storage;
mod svg;
mod table;
mod words;
mod worst;
mod writer;

use std::process::ExitCode;

use clap::Parser;
use cli::{Cli, Command};

/// The allocator of GreyMatters, so that the baselines in this program use the same one.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> ExitCode {
    let done = match Cli::parse().command {
        Command::Generate(options) => generate::run(&options).map(|()| ExitCode::SUCCESS),
        Command::Run(options) => run::run(&options).map(|()| ExitCode::SUCCESS),
        Command::Worst(options) => worst::run(&options),
        Command::Bare(options) => delivery::bare::run(&options).map(|()| ExitCode::SUCCESS),
        Command::HandSql(options) => delivery::hand_sql::run(&options).map(|()| ExitCode::SUCCESS),
        Command::Hold(options) => held::hold(&options),
    };
    done.unwrap_or_else(|failure| {
        eprintln!("error: {failure}");
        ExitCode::FAILURE
    })
}
