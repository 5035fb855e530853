//! One measurement of a lane under load.

use std::time::Duration;

use serde::Serialize;

use super::lane::Process;
use crate::cpu::Meter;
use crate::failure::{Failure, Result};
use crate::figures::{Summary, micros, quantile};
use crate::load::{Burst, Generator, Limits, Operation};

/// The measurements of one pass.
#[derive(Debug, Clone, Serialize)]
pub(crate) struct Pass {
    pub(crate) operations: usize,
    pub(crate) errors: u64,
    pub(crate) seconds: f64,
    /// CPU time of the server and its child processes per operation.
    pub(crate) cpu_us: f64,
    /// CPU time of our own database server per operation.
    pub(crate) database_cpu_us: Option<f64>,
    pub(crate) p50_us: f64,
    pub(crate) p99_us: f64,
    /// Bytes of the response bodies per operation.
    pub(crate) bytes: f64,
}

/// Measures one pass. `database` is the main process of our own database server.
pub(crate) fn measure(
    generator: &Generator,
    process: &Process,
    operation: &Operation,
    connections: usize,
    limits: Limits,
    database: Option<u32>,
) -> Result<Pass> {
    let clients = generator.open(process.address, operation, connections)?;
    let database = database.map(Meter::start).transpose()?;
    let server = Meter::start(process.held.pid)?;
    let burst = generator.run(clients, operation, limits);
    let cpu = server.spent()?;
    let database_cpu = database.as_ref().map(Meter::spent).transpose()?;
    Pass::of(burst, cpu, database_cpu)
}

impl Pass {
    pub(crate) fn of(burst: Burst, cpu: Duration, database_cpu: Option<Duration>) -> Result<Self> {
        let Burst { mut latencies, errors, error, bytes, elapsed } = burst;
        if latencies.is_empty() {
            return Err(error.unwrap_or_else(|| Failure("nothing was answered".to_owned())));
        }
        latencies.sort_unstable();
        let operations = latencies.len();
        let each = |sum: Duration| micros(sum) / operations as f64;
        Ok(Self {
            operations,
            errors,
            seconds: elapsed.as_secs_f64(),
            cpu_us: each(cpu),
            database_cpu_us: database_cpu.map(each),
            p50_us: quantile(&latencies, 0.5).map_or(0.0, micros),
            p99_us: quantile(&latencies, 0.99).map_or(0.0, micros),
            bytes: bytes as f64 / operations as f64,
        })
    }

    pub(crate) fn rate(&self) -> f64 {
        self.operations as f64 / self.seconds
    }
}

/// The summary of several passes.
#[derive(Debug, Clone, Serialize)]
pub(crate) struct Cell {
    pub(crate) cpu_us: Summary,
    pub(crate) database_cpu_us: Option<Summary>,
    pub(crate) rate: Summary,
    pub(crate) p50_us: Summary,
    pub(crate) p99_us: Summary,
    pub(crate) bytes: f64,
    pub(crate) operations: usize,
    pub(crate) errors: u64,
    pub(crate) passes: Vec<Pass>,
}

impl Cell {
    pub(crate) fn of(passes: &[Pass]) -> Option<Self> {
        let seen = |value: &dyn Fn(&Pass) -> f64| Summary::of(passes.iter().map(value));
        Some(Self {
            cpu_us: seen(&|pass| pass.cpu_us)?,
            database_cpu_us: seen(&|pass| pass.database_cpu_us.unwrap_or(f64::NAN)),
            rate: seen(&Pass::rate)?,
            p50_us: seen(&|pass| pass.p50_us)?,
            p99_us: seen(&|pass| pass.p99_us)?,
            bytes: seen(&|pass| pass.bytes)?.median,
            operations: passes.iter().map(|pass| pass.operations).sum(),
            errors: passes.iter().map(|pass| pass.errors).sum(),
            passes: passes.to_vec(),
        })
    }

    /// Returns the CPU time per operation of each pass.
    pub(crate) fn cpus(&self) -> Vec<f64> {
        self.passes.iter().map(|pass| pass.cpu_us).collect()
    }

    /// Returns the CPU time per operation of the server and the database server together.
    pub(crate) fn whole_cpu_us(&self) -> f64 {
        self.cpu_us.median + self.database_cpu_us.map_or(0.0, |seen| seen.median)
    }
}
