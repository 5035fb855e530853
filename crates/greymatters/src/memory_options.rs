//! The flags for memory, and the division of one budget among all caches of the process.

use api::{AnswerBasis, CacheBytes};
use clap::Args;

use crate::size::size;

/// The smallest budget. With less, the caches are too small to be useful.
const MIN_BUDGET: u64 = 16 << 20;
/// The largest budget. A greater value is a mistake in the unit.
const MAX_BUDGET: u64 = 1 << 50;

/// Memory for caches.
#[derive(Debug, Args)]
#[command(next_help_heading = "Memory")]
pub(crate) struct MemoryOptions {
    /// Memory for all caches of this node together, for example `256MiB` or `1GiB`; at least 16MiB
    ///
    /// A half is for answers, a quarter for the caches of database connections, and the rest for validated documents and
    /// requests. The program itself, open connections and answers in progress need additional memory.
    #[arg(
        long,
        env = "GREYMATTERS_MEMORY",
        value_name = "SIZE",
        default_value = "64MiB",
        value_parser = budget
    )]
    memory: u64,
    /// Memory for cached answers in MiB, instead of half of --memory; 0 turns the cache off
    ///
    /// An answer is cached until the next edition. The other caches keep their shares of --memory.
    #[arg(
        long,
        env = "GREYMATTERS_CACHE_MIB",
        value_name = "MIB",
        value_parser = clap::value_parser!(u64).range(0..=1 << 20)
    )]
    cache_mib: Option<u64>,
}

/// The maximum size of each cache in bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Shares {
    /// Answers. 0 turns the cache off.
    pub(crate) answers: u64,
    /// Parsed requests.
    pub(crate) requests: u64,
    /// Validated documents.
    pub(crate) documents: u64,
    /// The caches of database connections: pages and prepared statements.
    pub(crate) database: u64,
}

impl MemoryOptions {
    /// Adds the flags that affect answers to the answer basis.
    pub(crate) fn shape_answers(&self, basis: AnswerBasis) -> AnswerBasis {
        // Cached answers equal new ones.
        let Self { memory: _, cache_mib: _ } = self;
        basis
    }

    /// Divides the budget among the caches.
    pub(crate) fn shares(&self) -> Shares {
        let Self { memory, cache_mib } = self;
        Shares {
            answers: cache_mib.map_or(memory / 2, |mib| mib << 20),
            requests: memory / 16,
            documents: memory / 8,
            database: memory / 4,
        }
    }
}

impl Shares {
    /// Returns the sizes of the caches of the API.
    pub(crate) fn caches(&self) -> CacheBytes {
        let Self { answers, requests, documents, database: _ } = *self;
        CacheBytes { answers, requests, documents }
    }
}

fn budget(text: &str) -> Result<u64, String> {
    let bytes = size(text)?;
    if bytes < MIN_BUDGET {
        return Err("it is less than 16MiB, which the caches need at least".to_owned());
    }
    if bytes > MAX_BUDGET {
        return Err("it is more than any machine has".to_owned());
    }
    Ok(bytes)
}

#[cfg(test)]
mod tests {
    use clap::Parser;

    use super::*;

    #[derive(Parser)]
    struct Line {
        #[command(flatten)]
        options: MemoryOptions,
    }

    fn shares(flags: &[&str]) -> Shares {
        Line::parse_from(["x"].iter().chain(flags)).options.shares()
    }

    #[test]
    fn all_caches_together_stay_within_the_budget() {
        for (memory, bytes) in [("16MiB", 16 << 20), ("256MiB", 256 << 20), ("1GiB", 1 << 30)] {
            let Shares { answers, requests, documents, database } = shares(&["--memory", memory]);
            assert!(answers + requests + documents + database <= bytes, "{memory}");
            assert!([answers, requests, documents, database].iter().all(|share| *share > 0), "{memory}");
        }
        assert_eq!(shares(&[]), shares(&["--memory", "64MiB"]));
    }

    #[test]
    fn the_flag_for_answers_changes_no_other_cache() {
        let usual = shares(&[]);
        assert_eq!(shares(&["--cache-mib", "0"]), Shares { answers: 0, ..usual });
        assert_eq!(shares(&["--cache-mib", "512"]), Shares { answers: 512 << 20, ..usual });
    }
}
