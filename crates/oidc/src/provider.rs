//! The HTTP client of the provider: fetches the discovery document (OpenID Connect Discovery 1.0) and the keys.

use std::time::Duration;

use serde::Deserialize;
use serde::de::DeserializeOwned;
use ureq::Agent;

use crate::config::{Config, ConfigError, Transport};
use crate::key_set::KeySet;

/// The timeout of a request to the provider.
const REQUEST_TIMEOUT: Duration = Duration::from_secs(5);
/// The maximum size of a response, in bytes.
const MAX_LENGTH: u64 = 1 << 20;

/// A provider, as its issuer URL names it.
#[derive(Debug)]
pub(crate) struct Provider {
    issuer: String,
    transport: Transport,
    agent: Agent,
}

/// Why the keys could not be fetched, for the log.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Failure {
    #[error("{address}: {cause}")]
    Request { address: String, cause: ureq::Error },
    #[error("{address}: the response is not what OpenID Connect requires: {cause}")]
    Document { address: String, cause: serde_json::Error },
    #[error(
        "the provider's issuer is `{actual}`, not `{issuer}`: configure the issuer exactly as the provider writes it"
    )]
    Issuer { actual: String, issuer: String },
    #[error("the URL of the provider's keys: {0}")]
    Address(String),
    #[error("the request was aborted")]
    Aborted,
}

impl Provider {
    pub(crate) fn new(config: &Config) -> Result<Self, ConfigError> {
        config.check()?;
        let transport = Transport::of(&config.issuer).map_err(ConfigError::Issuer)?;
        let agent = Agent::config_builder()
            .timeout_global(Some(REQUEST_TIMEOUT))
            .https_only(transport == Transport::Https)
            // Only the configured provider is trusted. A redirect could lead elsewhere.
            .max_redirects(0)
            .max_idle_connections(0);
        // For a proxy, a loopback address would be the proxy's own machine.
        let agent = if transport == Transport::Loopback { agent.proxy(None) } else { agent };
        Ok(Self { issuer: config.issuer.clone(), transport, agent: agent.build().into() })
    }

    pub(crate) fn issuer(&self) -> &str {
        &self.issuer
    }

    /// Fetches the keys. This blocks the thread.
    pub(crate) fn keys(&self) -> Result<KeySet, Failure> {
        let Self { issuer, transport, agent: _ } = self;
        let address = format!("{}/.well-known/openid-configuration", issuer.trim_end_matches('/'));
        let Discovery { issuer: actual, jwks_uri } = self.get(&address)?;
        if actual != *issuer {
            return Err(Failure::Issuer { actual, issuer: issuer.clone() });
        }
        // A remote provider must not direct requests to this machine.
        let reached = Transport::of(&jwks_uri).map_err(Failure::Address)?;
        if reached == Transport::Loopback && *transport != Transport::Loopback {
            return Err(Failure::Address(format!(
                "`{jwks_uri}` is on this machine, but the provider is not"
            )));
        }
        Ok(KeySet::from(self.get::<JwkSet>(&jwks_uri)?.keys))
    }

    fn get<T: DeserializeOwned>(&self, address: &str) -> Result<T, Failure> {
        let failed = |cause| Failure::Request { address: address.to_owned(), cause };
        let mut response =
            self.agent.get(address).header("accept", "application/json").call().map_err(failed)?;
        let body = response.body_mut().with_config().limit(MAX_LENGTH).read_to_vec().map_err(failed)?;
        serde_json::from_slice(&body)
            .map_err(|cause| Failure::Document { address: address.to_owned(), cause })
    }
}

/// The needed fields of the discovery document.
#[derive(Deserialize)]
struct Discovery {
    issuer: String,
    jwks_uri: String,
}

/// A JWK Set (RFC 7517). Its keys are parsed one by one, so that a malformed key does not affect the others.
#[derive(Deserialize)]
struct JwkSet {
    keys: Vec<serde_json::Value>,
}
