//! The flags about memory. All caches of the process are here, with their shares of one budget.

use api::{AnswerBasis, CacheBytes};
use clap::Args;

use crate::size::size;

/// The smallest budget: below it, a cache holds next to nothing.
const LEAST: u64 = 16 << 20;
/// The largest budget, which is there to find units that were forgotten or mixed up.
const MOST: u64 = 1 << 50;

/// How much is kept in memory.
#[derive(Debug, Args)]
#[command(next_help_heading = "Memory")]
pub(crate) struct MemoryOptions {
    /// How much memory all caches of this node take together, like `256MiB` or `1GiB`: half of it answers, a
    /// quarter what connections to the database keep, the rest valid documents and what requests ask. At least
    /// 16MiB. The program itself, each connection and what is being answered come on top.
    #[arg(
        long,
        env = "GREYMATTERS_MEMORY",
        value_name = "SIZE",
        default_value = "64MiB",
        value_parser = budget
    )]
    memory: u64,
    /// How many MiB of answers are kept, each until the next edition; 0 keeps none. Answers then take this instead
    /// of their share of `--memory`; the other caches keep theirs.
    #[arg(
        long,
        env = "GREYMATTERS_CACHE_MIB",
        value_name = "MIB",
        value_parser = clap::value_parser!(u64).range(0..=1 << 20)
    )]
    cache_mib: Option<u64>,
}

/// What each cache may take, in bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Shares {
    /// Answers; 0 to keep none.
    pub(crate) answers: u64,
    /// What requests ask that came before.
    pub(crate) requests: u64,
    /// Valid documents.
    pub(crate) documents: u64,
    /// What connections to the database keep: pages and prepared statements.
    pub(crate) database: u64,
}

impl MemoryOptions {
    /// What answers depend on, with those of these flags that shape them.
    pub(crate) fn shape_answers(&self, basis: AnswerBasis) -> AnswerBasis {
        // What is kept is what would be made.
        let Self { memory: _, cache_mib: _ } = self;
        basis
    }

    /// Divides the budget.
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
    /// What the caches of the service may take.
    pub(crate) fn caches(&self) -> CacheBytes {
        let Self { answers, requests, documents, database: _ } = *self;
        CacheBytes { answers, requests, documents }
    }
}

fn budget(text: &str) -> Result<u64, String> {
    let bytes = size(text)?;
    if bytes < LEAST {
        return Err("it is less than 16MiB, the least that the caches can do with".to_owned());
    }
    if bytes > MOST {
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
    fn the_flag_for_answers_is_for_answers_alone() {
        let usual = shares(&[]);
        assert_eq!(shares(&["--cache-mib", "0"]), Shares { answers: 0, ..usual });
        assert_eq!(shares(&["--cache-mib", "512"]), Shares { answers: 512 << 20, ..usual });
    }
}
