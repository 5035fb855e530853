//! The flags about how answers are kept on the way.

use std::time::Duration;

use api::{AnswerBasis, CacheTags, DeliveryPolicy};
use clap::builder::PossibleValue;
use clap::{Args, ValueEnum};

/// How answers are kept.
#[derive(Debug, Args)]
#[command(next_help_heading = "Delivery")]
pub(crate) struct DeliveryOptions {
    /// How many seconds a CDN may answer without asking (`s-maxage`). What is withdrawn can be seen there
    /// this long, and as long again as `--stale-while-revalidate` says, unless it is purged.
    #[arg(long, env = "GREYMATTERS_SHARED_MAX_AGE", value_name = "SECONDS", default_value_t = 10)]
    shared_max_age: u32,
    /// How many more seconds a CDN may give an old answer while it asks for the new one.
    #[arg(long, env = "GREYMATTERS_STALE_WHILE_REVALIDATE", value_name = "SECONDS", default_value_t = 30)]
    stale_while_revalidate: u32,
    /// In which headers a CDN is told what an answer tells of, so that it can be purged exactly:
    /// `cache-tag` (Cloudflare, Akamai, Google, Bunny), `surrogate-key` (Fastly, Varnish), `both` or
    /// `none`.
    #[arg(long, env = "GREYMATTERS_CACHE_TAGS", value_name = "HEADERS", value_enum, default_value = "both")]
    cache_tags: Headers,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Headers {
    /// Both headers.
    Both,
    /// `Cache-Tag`.
    CacheTag,
    /// `Surrogate-Key`.
    SurrogateKey,
    /// Neither.
    None,
}

impl DeliveryOptions {
    /// What answers depend on, with those of these flags that shape them.
    pub(crate) fn shape_answers(&self, basis: AnswerBasis) -> AnswerBasis {
        // `Cache-Control` comes with a 304 as well; the names of what an answer tells of do not.
        let Self { shared_max_age: _, stale_while_revalidate: _, cache_tags } = self;
        let cache_tags = cache_tags.to_possible_value();
        basis.with("cache-tags", cache_tags.as_ref().map(PossibleValue::get_name))
    }

    /// How caches on the way keep answers.
    pub(crate) fn policy(&self) -> DeliveryPolicy {
        let Self { shared_max_age, stale_while_revalidate, cache_tags } = self;
        DeliveryPolicy {
            shared_max_age: Duration::from_secs((*shared_max_age).into()),
            stale_while_revalidate: Duration::from_secs((*stale_while_revalidate).into()),
            cache_tags: match cache_tags {
                Headers::Both => CacheTags::Both,
                Headers::CacheTag => CacheTags::CacheTag,
                Headers::SurrogateKey => CacheTags::SurrogateKey,
                Headers::None => CacheTags::None,
            },
        }
    }
}
