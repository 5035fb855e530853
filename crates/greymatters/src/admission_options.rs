//! The flags for concurrent reads, waiting requests and rate limits.

use std::num::NonZero;
use std::thread::available_parallelism;
use std::time::Duration;

use api::{AdmissionLimits, Rate, RateLimits};
use clap::Args;

use crate::duration::duration;

/// Limits of reads that are not answered from memory. When all slots are taken, a request waits for a short time, and
/// is then refused with `SERVICE_UNAVAILABLE` (503). Writes never wait here.
#[derive(Debug, Args)]
#[command(next_help_heading = "Concurrency")]
pub(crate) struct AdmissionOptions {
    /// Maximum number of concurrent reads that do not count articles (default: 8 per core, and at most two thirds of
    /// --database-connections)
    #[arg(
        long,
        env = "GREYMATTERS_MAX_EXECUTIONS",
        value_name = "COUNT",
        value_parser = clap::value_parser!(u32).range(1..=100_000)
    )]
    max_executions: Option<u32>,
    /// Maximum number of concurrent reads that count articles (`totalCount`) (default: 2 per core, and at most a sixth of
    /// --database-connections)
    #[arg(
        long,
        env = "GREYMATTERS_MAX_COUNTS",
        value_name = "COUNT",
        value_parser = clap::value_parser!(u32).range(1..=100_000)
    )]
    max_counts: Option<u32>,
    /// Maximum number of concurrent previews
    #[arg(
        long,
        env = "GREYMATTERS_MAX_PREVIEWS",
        value_name = "COUNT",
        default_value_t = 2,
        value_parser = clap::value_parser!(u32).range(1..=100_000)
    )]
    max_previews: u32,
    /// Maximum number of waiting requests, for each kind of read. Further requests are refused at once
    #[arg(
        long,
        env = "GREYMATTERS_MAX_WAITING",
        value_name = "COUNT",
        default_value_t = 256,
        value_parser = clap::value_parser!(u32).range(0..=100_000)
    )]
    max_waiting: u32,
    /// Maximum number of waiting requests per client: per API key, or per IP address (IPv6: per /64 network)
    /// (default: a quarter of --max-waiting)
    #[arg(
        long,
        env = "GREYMATTERS_MAX_WAITING_PER_CLIENT",
        value_name = "COUNT",
        value_parser = clap::value_parser!(u32).range(0..=100_000)
    )]
    max_waiting_per_client: Option<u32>,
    /// How long a request waits for a slot
    #[arg(long, env = "GREYMATTERS_MAX_WAIT", value_name = "DURATION", default_value = "2s", value_parser = duration)]
    max_wait: Duration,
    /// Rate limit per IP address (IPv6: per /64 network), for example `100/s`, `600/m`, `5000/h` or `20/10s`
    ///
    /// Requests beyond the limit are refused with `RATE_LIMITED` (429). Health checks do not count, and neither do
    /// requests of trusted proxies that do not name their client. Without this flag, there is no limit.
    #[arg(long, env = "GREYMATTERS_RATE_LIMIT", value_name = "RATE")]
    rate_limit: Option<Rate>,
    /// Rate limit per API key or user of the OpenID provider
    ///
    /// The requests also count for their IP address. Without this flag, there is no limit.
    #[arg(long, env = "GREYMATTERS_KEY_RATE_LIMIT", value_name = "RATE")]
    key_rate_limit: Option<Rate>,
}

impl AdmissionOptions {
    /// Returns the limits of reads for a number of database connections.
    pub(crate) fn limits(&self, connections: usize) -> AdmissionLimits {
        self.limits_on(available_parallelism().map_or(1, NonZero::get), connections)
    }

    /// Returns the rate limits.
    pub(crate) fn rates(&self) -> RateLimits {
        RateLimits { per_address: self.rate_limit, per_key: self.key_rate_limit }
    }

    fn limits_on(&self, cores: usize, connections: usize) -> AdmissionLimits {
        let Self {
            max_executions,
            max_counts,
            max_previews,
            max_waiting,
            max_waiting_per_client,
            max_wait,
            rate_limit: _,
            key_rate_limit: _,
        } = *self;
        let count = |count: u32| count as usize;
        let (executions, counts) = (connections * 2 / 3, connections / 6);
        AdmissionLimits {
            executions: max_executions.map_or((8 * cores).min(executions).max(1), count),
            counts: max_counts.map_or((2 * cores).min(counts).max(1), count),
            previews: count(max_previews),
            waiting: count(max_waiting),
            waiting_per_client: max_waiting_per_client.map_or(count(max_waiting).div_ceil(4), count),
            wait: max_wait,
        }
    }
}

#[cfg(test)]
mod tests {
    use clap::Parser;

    use super::*;

    #[derive(Parser)]
    struct Flags {
        #[command(flatten)]
        options: AdmissionOptions,
    }

    fn limits(flags: &[&str], cores: usize, connections: usize) -> [usize; 5] {
        let flags = ["test"].iter().chain(flags);
        let AdmissionLimits { executions, counts, previews, waiting, waiting_per_client, wait: _ } =
            Flags::parse_from(flags).options.limits_on(cores, connections);
        [executions, counts, previews, waiting, waiting_per_client]
    }

    #[test]
    fn the_defaults_depend_on_cores_and_database_connections() {
        assert_eq!(limits(&[], 2, 24), [16, 4, 2, 256, 64]);
        assert_eq!(limits(&[], 1, 24), [8, 2, 2, 256, 64]);
        assert_eq!(limits(&[], 64, 24), [16, 4, 2, 256, 64]);
        assert_eq!(limits(&[], 64, 600), [400, 100, 2, 256, 64]);
        assert_eq!(limits(&[], 2, 4), [2, 1, 2, 256, 64]);
        assert_eq!(limits(&["--max-executions", "3", "--max-counts", "1"], 2, 24), [3, 1, 2, 256, 64]);
        assert_eq!(limits(&["--max-waiting", "10"], 2, 24), [16, 4, 2, 10, 3]);
        assert_eq!(limits(&["--max-waiting-per-client", "9"], 2, 24), [16, 4, 2, 256, 9]);
    }
}
