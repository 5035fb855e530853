//! Bearer tokens of an OpenID provider: JWTs, verified against the provider's published keys.
//!
//! The provider's keys are found through OpenID Connect Discovery 1.0 and kept for a while. The time is
//! an argument, as everywhere.

mod claims;
mod config;
mod header;
mod keys;
mod provider;
mod refusal;
mod signature;

use std::sync::Arc;

use domain::{Scope, Timestamp};

pub use config::{Config, ConfigError};
pub use refusal::Refusal;

/// Whom a token speaks for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Identity {
    /// Who, as the provider knows them: never reassigned to somebody else.
    pub subject: String,
    /// The provider.
    pub issuer: String,
    /// What they are called, if the token tells.
    pub name: Option<String>,
    /// What they may do here.
    pub scopes: Vec<Scope>,
    /// Until when the token is good.
    pub expires_at: Timestamp,
}

impl Identity {
    /// What editions and revisions are signed with: `oidc:` and the subject, or a hash of it when it
    /// has characters that have no place in a log.
    #[must_use]
    pub fn actor(&self) -> String {
        claims::actor(&self.subject)
    }
}

/// Verifies tokens. Cheap to clone.
#[derive(Debug, Clone)]
pub struct Verifier {
    config: Arc<Config>,
    keys: Arc<keys::Keys>,
}

impl Verifier {
    /// Asks nobody yet.
    ///
    /// # Errors
    /// When the configuration cannot work.
    pub fn new(config: Config) -> Result<Self, ConfigError> {
        let provider = provider::Provider::new(&config)?;
        signature::install();
        Ok(Self { config: Arc::new(config), keys: Arc::new(keys::Keys::new(provider)) })
    }

    /// Gets the provider's keys beforehand, so that the first request need not wait. A failure is
    /// logged, and made good by a later request.
    pub async fn warm_up(&self, now: Timestamp) {
        self.keys.refresh(now).await;
    }

    /// Whom this token speaks for.
    ///
    /// What the token says is judged first: that costs nothing, tells the client the real reason, and
    /// spares the provider questions about tokens that are not for us. It is believed only once the
    /// signature is right.
    ///
    /// # Errors
    /// When the token is not to be believed, or that cannot be told.
    pub async fn verify(&self, token: &str, now: Timestamp) -> Result<Identity, Refusal> {
        let (header, claims) = header::read(token)?;
        let identity = claims::judge(&claims, &self.config, now)?;
        let keys = self.keys.find(&header, now).await?;
        signature::check(token, &header, &keys, &self.config)?;
        Ok(identity)
    }
}
