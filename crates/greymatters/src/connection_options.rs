//! The flags about connections: how many, of whom, and how they end.

use std::time::Duration;

use api::{TrustedProxies, TrustedProxy};
use clap::Args;

use crate::listen::ListenAddress;
use crate::span::span;

/// How connections are taken and ended.
#[derive(Debug, Clone, Args)]
#[command(next_help_heading = "Connections")]
pub(crate) struct ConnectionOptions {
    /// How many connections are open at once. There are fewer when the system gives fewer descriptors
    /// (`ulimit -n`). Beyond that, the connection that has waited longest for a request gives way to a new
    /// one; if all are busy, the new one is closed.
    #[arg(
        long,
        env = "GREYMATTERS_MAX_CONNECTIONS",
        value_name = "COUNT",
        default_value_t = 10_000,
        value_parser = clap::value_parser!(u32).range(1..)
    )]
    max_connections: u32,
    /// How many of them one address may have (for IPv6, one /64 network). A quarter of all when nothing is
    /// said. Trusted proxies may have as many as there are.
    #[arg(
        long,
        env = "GREYMATTERS_MAX_CONNECTIONS_PER_ADDRESS",
        value_name = "COUNT",
        value_parser = clap::value_parser!(u32).range(1..)
    )]
    max_connections_per_address: Option<u32>,
    /// The proxies in front of this server, as addresses and networks: `10.0.0.0/8,192.0.2.7`. What they say
    /// in `Forwarded` or `X-Forwarded-For` is believed; nobody else is.
    #[arg(long, env = "GREYMATTERS_TRUSTED_PROXIES", value_name = "ADDRESSES", value_delimiter = ',')]
    trusted_proxies: Vec<TrustedProxy>,
    /// How long the server goes on after SIGTERM before it stops listening, so that load balancers learn from
    /// /readyz that it is about to. On Ctrl-C it stops listening at once.
    #[arg(long, env = "GREYMATTERS_DRAIN", value_name = "SPAN", default_value = "5s", value_parser = span)]
    pub(crate) drain: Duration,
    /// Where to answer /metrics without a key: an address that only those who collect metrics reach. At the
    /// address of `--listen`, /metrics needs a key, any one.
    #[arg(long, env = "GREYMATTERS_METRICS_LISTEN", value_name = "ADDR:PORT")]
    pub(crate) metrics_listen: Option<ListenAddress>,
}

/// How many connections there may be.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct ConnectionLimits {
    /// In all.
    pub(crate) total: usize,
    /// Of one address.
    pub(crate) per_address: usize,
}

impl ConnectionOptions {
    /// How many connections there may be, where a process may have so many descriptors.
    pub(crate) fn limits(&self, descriptors: u64) -> ConnectionLimits {
        let asked = self.max_connections as usize;
        let left = usize::try_from(descriptors - reserve(descriptors)).unwrap_or(usize::MAX);
        if left < asked {
            tracing::warn!(
                descriptors,
                connections = left,
                "fewer connections than --max-connections: raise the limit of open files (`ulimit -n`)"
            );
        }
        let total = asked.min(left).max(1);
        let per_address = self.max_connections_per_address.map_or(total / 4, |count| count as usize);
        ConnectionLimits { total, per_address: per_address.clamp(1, total) }
    }

    /// The proxies that are believed.
    pub(crate) fn proxies(&self) -> TrustedProxies {
        self.trusted_proxies.iter().copied().collect()
    }
}

/// How many descriptors are kept for the database, for files and for what listens.
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
    fn there_are_as_many_connections_as_descriptors_allow() {
        assert_eq!(limits(&[], 1 << 20), (10_000, 2_500));
        assert_eq!(limits(&[], 1_024), (896, 224));
        assert_eq!(limits(&[], 300), (172, 43));
        assert_eq!(limits(&[], 20), (10, 2));
        assert_eq!(limits(&["--max-connections", "50"], 1_024), (50, 12));
        assert_eq!(limits(&["--max-connections-per-address", "7"], 1_024), (896, 7));
        assert_eq!(limits(&["--max-connections-per-address", "7000"], 1_024), (896, 896));
    }
}
