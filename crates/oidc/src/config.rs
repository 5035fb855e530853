//! What is to be known of a provider.

use std::net::IpAddr;
use std::time::Duration;

use domain::Scope;
use ureq::http::Uri;

/// Whom to trust, and what for.
#[derive(Debug, Clone)]
pub struct Config {
    /// The provider's address, exactly as it writes it itself, with or without a slash at the end.
    pub issuer: String,
    /// What the provider calls this API.
    pub audience: String,
    /// The claim that tells what somebody may do: its name, or a path into nested claims
    /// (`realm_access.roles`). Its value is a list, or words in a string.
    pub scopes_claim: String,
    /// Which of the claim's values give which scope. When empty, values that are names of scopes are
    /// taken as they are.
    pub scope_map: Vec<(String, Scope)>,
    /// How far clocks may be apart.
    pub leeway: Duration,
}

impl Config {
    /// With the usual claim, scopes as they are, and a minute between clocks.
    #[must_use]
    pub fn new(issuer: impl Into<String>, audience: impl Into<String>) -> Self {
        Self {
            issuer: issuer.into(),
            audience: audience.into(),
            scopes_claim: "scope".to_owned(),
            scope_map: Vec::new(),
            leeway: Duration::from_secs(60),
        }
    }

    /// Makes sure that it can work.
    pub(crate) fn check(&self) -> Result<(), ConfigError> {
        let Self { issuer, audience, scopes_claim, scope_map: _, leeway: _ } = self;
        Transport::of(issuer).map_err(ConfigError::Issuer)?;
        if issuer.contains(['?', '#']) {
            return Err(ConfigError::Issuer(format!("`{issuer}` has a query or a fragment: leave it out")));
        }
        if audience.trim().is_empty() {
            return Err(ConfigError::Audience);
        }
        if scopes_claim.split('.').any(str::is_empty) {
            return Err(ConfigError::ScopesClaim(scopes_claim.clone()));
        }
        Ok(())
    }
}

/// A configuration that cannot work.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ConfigError {
    /// The issuer.
    #[error("{0}")]
    Issuer(String),
    /// The audience.
    #[error("the audience is blank: give the name that the provider has for this API")]
    Audience,
    /// The claim.
    #[error("`{0}` is not the name of a claim: use one like `scope` or `realm_access.roles`")]
    ScopesClaim(String),
}

/// How an address is reached.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Transport {
    /// Nobody can listen in or answer instead.
    Https,
    /// This very machine.
    Loopback,
}

impl Transport {
    /// Of an address that is fit to get keys from.
    pub(crate) fn of(address: &str) -> Result<Self, String> {
        let uri: Uri = address.parse().unwrap_or_default();
        match (uri.scheme_str(), uri.host()) {
            (Some("https"), Some(_)) => Ok(Self::Https),
            (Some("http"), Some(host)) if is_loopback(host) => Ok(Self::Loopback),
            (Some("http"), Some(_)) => Err(format!(
                "`{address}` is not encrypted, so anybody on the way could sign tokens: use https"
            )),
            _ => Err(format!("`{address}` is not an address: use one like `https://login.example.org`")),
        }
    }
}

fn is_loopback(host: &str) -> bool {
    let address: Option<IpAddr> = host.trim_matches(['[', ']']).parse().ok();
    host == "localhost" || address.is_some_and(|address| address.is_loopback())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_issuer_is_encrypted_or_on_this_machine() {
        for good in [
            "https://login.example.org",
            "https://example.org/realms/a/",
            "http://127.0.0.1:80",
            "http://[::1]:1/x",
            "http://localhost",
        ] {
            assert_eq!(Config::new(good, "a").check(), Ok(()), "{good}");
        }
        for bad in [
            "",
            "login.example.org",
            "http://login.example.org",
            "http://127.0.0.1.example.org",
            "ftp://localhost",
            "https://a/?b",
            "https://a/#b",
            "/x",
        ] {
            assert!(matches!(Config::new(bad, "a").check(), Err(ConfigError::Issuer(_))), "{bad}");
        }
    }

    #[test]
    fn the_audience_and_the_claim_have_names() {
        assert_eq!(Config::new("https://a", " ").check(), Err(ConfigError::Audience));
        let config = Config { scopes_claim: "a..b".to_owned(), ..Config::new("https://a", "b") };
        assert!(matches!(config.check(), Err(ConfigError::ScopesClaim(_))));
    }
}
