//! Verifies bearer tokens of an OpenID provider: JWTs (RFC 7519) that are signed with the provider's published keys.
//!
//! The keys are located through OpenID Connect Discovery 1.0 and cached. The current time is an argument of
//! every function.

mod claims;
mod config;
mod header;
mod key_cache;
mod key_set;
mod provider;
mod refusal;
mod signature;

use std::sync::Arc;

use domain::{Scope, Timestamp};

pub use config::{Config, ConfigError};
pub use refusal::Refusal;

/// The verified identity of the bearer of a token.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Identity {
    /// The subject (`sub`): the provider's identifier of the person, which is never reassigned.
    pub subject: String,
    /// The issuer (`iss`): the provider.
    pub issuer: String,
    /// The display name, if the token has one.
    pub name: Option<String>,
    /// The scopes that the token grants.
    pub scopes: Vec<Scope>,
    /// When the token expires.
    pub expires_at: Timestamp,
}

impl Identity {
    /// Returns the actor for the audit log and for revisions: `oidc:` followed by the subject, or by a hash of
    /// the subject when that has characters that are unsafe in a log.
    #[must_use]
    pub fn actor(&self) -> String {
        claims::actor(&self.subject)
    }
}

/// Verifies tokens. Cheap to clone.
#[derive(Debug, Clone)]
pub struct Verifier {
    config: Arc<Config>,
    keys: Arc<key_cache::KeyCache>,
}

impl Verifier {
    /// Makes a verifier. It does not contact the provider yet.
    ///
    /// # Errors
    /// [`ConfigError`] when the configuration is invalid.
    pub fn new(config: Config) -> Result<Self, ConfigError> {
        let provider = provider::Provider::new(&config)?;
        signature::install();
        Ok(Self { config: Arc::new(config), keys: Arc::new(key_cache::KeyCache::new(provider)) })
    }

    /// Fetches the provider's keys in advance, so that the first request does not wait for them. A failure is
    /// logged, and a later request tries again.
    pub async fn warm_up(&self, now: Timestamp) {
        self.keys.refresh(now).await;
    }

    /// Verifies a token and returns the identity of its bearer.
    ///
    /// It checks the claims before the signature: that is cheap, gives the client the most specific reason, and
    /// avoids requests to the provider because of tokens for somebody else. It returns the identity only
    /// if the signature is valid.
    ///
    /// # Errors
    /// [`Refusal`] when the token is invalid, or when it cannot be verified because the provider does not answer.
    pub async fn verify(&self, token: &str, now: Timestamp) -> Result<Identity, Refusal> {
        let (header, claims) = header::read(token)?;
        let identity = claims::check(&claims, &self.config, now)?;
        let keys = self.keys.find(&header, now).await?;
        signature::check(token, &header, &keys, &self.config)?;
        Ok(identity)
    }
}
