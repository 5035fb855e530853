//! The flags for connections.

use std::time::Duration;

use api::{TrustedProxies, TrustedProxy};
use clap::Args;

use crate::duration::duration;
use crate::listen::ListenAddress;

/// Connections of clients.
#[derive(Debug, Clone, Args)]
#[command(next_help_heading = "Connections")]
pub(crate) struct ConnectionOptions {
    /// Maximum number of open connections
    ///
    /// The number is lower if the system allows fewer file descriptors (`ulimit -n`). At the limit, a new connection
    /// replaces the one that has been idle longest. If none is idle, the new connection is closed.
    #[arg(
        long,
        env = "GREYMATTERS_MAX_CONNECTIONS",
        value_name = "COUNT",
        default_value_t = 10_000,
        value_parser = clap::value_parser!(u32).range(1..)
    )]
    max_connections: u32,
    /// Maximum number of open connections per IP address (IPv6: per /64 network) (default: a quarter of --max-connections)
    ///
    /// This does not limit trusted proxies.
    #[arg(
        long,
        env = "GREYMATTERS_MAX_CONNECTIONS_PER_ADDRESS",
        value_name = "COUNT",
        value_parser = clap::value_parser!(u32).range(1..)
    )]
    max_connections_per_address: Option<u32>,
    /// Addresses and networks of the proxies in front of this server, for example `10.0.0.0/8,192.0.2.7`
    ///
    /// Only from these are the headers `Forwarded` and `X-Forwarded-For` accepted.
    #[arg(long, env = "GREYMATTERS_TRUSTED_PROXIES", value_name = "ADDRESSES", value_delimiter = ',')]
    trusted_proxies: Vec<TrustedProxy>,
    /// How long the server keeps listening after SIGTERM
    ///
    /// Meanwhile /readyz returns 503, so that load balancers send no more requests. After Ctrl-C, the server stops
    /// listening at once.
    #[arg(long, env = "GREYMATTERS_DRAIN", value_name = "DURATION", default_value = "5s", value_parser = duration)]
    pub(crate) drain: Duration,
    /// Address and port that serve /metrics without an API key
    ///
    /// Only the collectors of your metrics should be able to reach it. At the address of --listen, /metrics needs an API
    /// key with any scope.
    #[arg(long, env = "GREYMATTERS_METRICS_LISTEN", value_name = "ADDR:PORT")]
    pub(crate) metrics_listen: Option<ListenAddress>,
}

/// The maximum numbers of open connections.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct ConnectionLimits {
    /// In total.
    pub(crate) total: usize,
    /// Per address.
    pub(crate) per_address: usize,
}

impl ConnectionOptions {
    /// Returns the limits for a process that may open this number of file descriptors.
    pub(crate) fn limits(&self, descriptors: u64) -> ConnectionLimits {
        let requested = self.max_connections as usize;
        let available = usize::try_from(descriptors - reserve(descriptors)).unwrap_or(usize::MAX);
        if available < requested {
            tracing::warn!(
                descriptors,
                connections = available,
                "the limit of open files allows fewer connections than --max-connections: raise it (`ulimit -n`)"
            );
        }
        let total = requested.min(available).max(1);
        let per_address = self.max_connections_per_address.map_or(total / 4, |count| count as usize);
        ConnectionLimits { total, per_address: per_address.clamp(1, total) }
    }

    /// Returns the trusted proxies.
    pub(crate) fn proxies(&self) -> TrustedProxies {
        self.trusted_proxies.iter().copied().collect()
    }
}

/// Returns the number of file descriptors to reserve for the database, files and listeners.
fn reserve(descriptors: u64) -> u64 {
    (descriptors / 2).min(128)
}

#[cfg(test)]
mod tests {
    use clap::Parser;

    use super::*;

    #[derive(Parser)]
    struct Line {
        #[command(flatten)]
        options: ConnectionOptions,
    }

    fn limits(flags: &[&str], descriptors: u64) -> (usize, usize) {
        let line = Line::parse_from(["x"].iter().chain(flags));
        let ConnectionLimits { total, per_address } = line.options.limits(descriptors);
        (total, per_address)
    }

    #[test]
    fn descriptors_and_flags_limit_the_connections() {
        assert_eq!(limits(&[], 1 << 20), (10_000, 2_500));
        assert_eq!(limits(&[], 1_024), (896, 224));
        assert_eq!(limits(&[], 300), (172, 43));
        assert_eq!(limits(&[], 20), (10, 2));
        assert_eq!(limits(&["--max-connections", "50"], 1_024), (50, 12));
        assert_eq!(limits(&["--max-connections-per-address", "7"], 1_024), (896, 7));
        assert_eq!(limits(&["--max-connections-per-address", "7000"], 1_024), (896, 896));
    }
}
