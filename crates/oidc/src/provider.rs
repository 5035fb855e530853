//! The provider, over HTTP: where its keys are (OpenID Connect Discovery 1.0), and the keys.

use std::time::Duration;

use serde::Deserialize;
use serde::de::DeserializeOwned;
use ureq::Agent;

use crate::config::{Config, ConfigError, Transport};
use crate::keys::KeySet;

/// How long an answer may take.
const PATIENCE: Duration = Duration::from_secs(5);
/// How long an answer may be.
const MAX_LENGTH: u64 = 1 << 20;

/// The provider.
#[derive(Debug)]
pub(crate) struct Provider {
    issuer: String,
    transport: Transport,
    agent: Agent,
}

/// Why there are no keys, for the log.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Failure {
    #[error("{address}: {cause}")]
    Request { address: String, cause: ureq::Error },
    #[error("{address} does not answer with what OpenID Connect says: {cause}")]
    Document { address: String, cause: serde_json::Error },
    #[error("the provider calls itself `{told}`, not `{issuer}`: configure the issuer exactly as it does")]
    Issuer { told: String, issuer: String },
    #[error("the provider's keys: {0}")]
    Address(String),
    #[error("the request was given up")]
    GivenUp,
}

impl Provider {
    pub(crate) fn new(config: &Config) -> Result<Self, ConfigError> {
        config.check()?;
        let transport = Transport::of(&config.issuer).map_err(ConfigError::Issuer)?;
        let agent = Agent::config_builder()
            .timeout_global(Some(PATIENCE))
            .https_only(transport == Transport::Https)
            // Who is trusted is configured; an answer from elsewhere is not theirs.
            .max_redirects(0)
            .max_idle_connections(0);
        // A proxy has another idea of what this machine is.
        let agent = if transport == Transport::Loopback { agent.proxy(None) } else { agent };
        Ok(Self { issuer: config.issuer.clone(), transport, agent: agent.build().into() })
    }

    pub(crate) fn issuer(&self) -> &str {
        &self.issuer
    }

    /// Gets the keys. Blocks.
    pub(crate) fn keys(&self) -> Result<KeySet, Failure> {
        let Self { issuer, transport, agent: _ } = self;
        let address = format!("{}/.well-known/openid-configuration", issuer.trim_end_matches('/'));
        let Discovery { issuer: told, jwks_uri } = self.get(&address)?;
        if told != *issuer {
            return Err(Failure::Issuer { told, issuer: issuer.clone() });
        }
        // A provider elsewhere has no business on this machine.
        let reached = Transport::of(&jwks_uri).map_err(Failure::Address)?;
        if reached == Transport::Loopback && *transport != Transport::Loopback {
            return Err(Failure::Address(format!("`{jwks_uri}` is this machine, the provider is not")));
        }
        Ok(KeySet::from(self.get::<Published>(&jwks_uri)?.keys))
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

/// What is needed of the provider's description of itself.
#[derive(Deserialize)]
struct Discovery {
    issuer: String,
    jwks_uri: String,
}

/// A JWK Set (RFC 7517). Each key is read on its own: one that is strange takes no other along.
#[derive(Deserialize)]
struct Published {
    keys: Vec<serde_json::Value>,
}
