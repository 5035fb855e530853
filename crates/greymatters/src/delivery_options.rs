//! The flags for caches between the server and its clients.

use std::time::Duration;

use api::{AnswerBasis, CacheTags, DeliveryPolicy};
use clap::builder::PossibleValue;
use clap::{Args, ValueEnum};

/// Caches between the server and its clients.
#[derive(Debug, Args)]
#[command(next_help_heading = "Delivery")]
pub(crate) struct DeliveryOptions {
    /// How many seconds a CDN may use an answer without asking the server (`s-maxage`)
    ///
    /// Withdrawn content can stay visible there for this time and the time of --stale-while-revalidate, unless the CDN is
    /// purged.
    #[arg(long, env = "GREYMATTERS_SHARED_MAX_AGE", value_name = "SECONDS", default_value_t = 10)]
    shared_max_age: u32,
    /// How many more seconds a CDN may use an old answer while it fetches the new one
    #[arg(long, env = "GREYMATTERS_STALE_WHILE_REVALIDATE", value_name = "SECONDS", default_value_t = 30)]
    stale_while_revalidate: u32,
    /// Headers that name the objects in an answer, so that exactly the affected answers can be purged from a CDN
    ///
    /// `cache-tag` (Cloudflare, Akamai, Google, Bunny), `surrogate-key` (Fastly, Varnish), `both` or `none`.
    #[arg(long, env = "GREYMATTERS_CACHE_TAGS", value_name = "HEADERS", value_enum, default_value = "both")]
    cache_tags: CacheTagHeaders,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum CacheTagHeaders {
    /// Both headers
    Both,
    /// `Cache-Tag`
    CacheTag,
    /// `Surrogate-Key`
    SurrogateKey,
    /// Neither header
    None,
}

impl DeliveryOptions {
    /// Adds the flags that affect answers to the answer basis.
    pub(crate) fn shape_answers(&self, basis: AnswerBasis) -> AnswerBasis {
        // A 304 answer carries `Cache-Control` too, so clients get its new value. It does not carry cache tags.
        let Self { shared_max_age: _, stale_while_revalidate: _, cache_tags } = self;
        let cache_tags = cache_tags.to_possible_value();
        basis.with("cache-tags", cache_tags.as_ref().map(PossibleValue::get_name))
    }

    /// Returns the policy for caches.
    pub(crate) fn policy(&self) -> DeliveryPolicy {
        let Self { shared_max_age, stale_while_revalidate, cache_tags } = self;
        DeliveryPolicy {
            shared_max_age: Duration::from_secs((*shared_max_age).into()),
            stale_while_revalidate: Duration::from_secs((*stale_while_revalidate).into()),
            cache_tags: match cache_tags {
                CacheTagHeaders::Both => CacheTags::Both,
                CacheTagHeaders::CacheTag => CacheTags::CacheTag,
                CacheTagHeaders::SurrogateKey => CacheTags::SurrogateKey,
                CacheTagHeaders::None => CacheTags::None,
            },
        }
    }
}
