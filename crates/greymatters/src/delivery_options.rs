//! The flags for caches between the server and its clients.

use std::time::Duration;

use api::{AnswerBasis, CacheTags, DeliveryPolicy, PublicUrl};
use app::Settings;
use clap::builder::PossibleValue;
use clap::{Args, ValueEnum};

use crate::web_address;

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
    /// URL under which clients reach this server, for example `https://www.example.org/api`
    ///
    /// Addresses in answers begin with it: redirects, `Link` and `Location` headers, preview links, /v1 and /openapi.json.
    /// A proxy that serves a prefix must remove it before it forwards a request. Without this flag, addresses begin with
    /// their path.
    #[arg(long, env = "GREYMATTERS_PUBLIC_URL", value_name = "URL", value_parser = web_address::public)]
    public_url: Option<String>,
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
        let Self { shared_max_age: _, stale_while_revalidate: _, cache_tags, public_url } = self;
        let cache_tags = cache_tags.to_possible_value();
        basis
            .with("cache-tags", cache_tags.as_ref().map(PossibleValue::get_name))
            .with("public-url", public_url.as_deref())
    }

    /// Returns the URL under which clients reach this server.
    pub(crate) fn public_url(&self) -> PublicUrl {
        self.public_url.as_deref().map(PublicUrl::new).unwrap_or_default()
    }

    /// Applies these flags to the settings.
    pub(crate) fn applied(&self, settings: Settings) -> Settings {
        // Without a page for previews, their links lead to GraphiQL at this server.
        let preview_url =
            settings.preview_url.unwrap_or_else(|| self.public_url().address("/graphql?preview={token}"));
        Settings { preview_url: Some(preview_url), ..settings }
    }

    /// Returns the policy for caches.
    pub(crate) fn policy(&self) -> DeliveryPolicy {
        let Self { shared_max_age, stale_while_revalidate, cache_tags, public_url: _ } = self;
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
