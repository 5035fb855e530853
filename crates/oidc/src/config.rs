//! The configuration of a provider.

use std::net::IpAddr;
use std::time::Duration;

use domain::Scope;
use ureq::http::Uri;

/// Which provider to trust, and how to map its claims.
#[derive(Debug, Clone)]
pub struct Config {
    /// The issuer URL of the provider, exactly as the provider writes it, including a slash at the end if it has one.
    pub issuer: String,
    /// The audience (`aud`): the name under which the provider knows this API.
    pub audience: String,
    /// The claim that grants scopes: its name, or a path into nested claims (`realm_access.roles`). Its value is a
    /// list of strings, or a string of words separated by spaces.
    pub scopes_claim: String,
    /// Pairs of a value of the claim and the scope that it grants. When empty, the values must be names of scopes.
    pub scope_map: Vec<(String, Scope)>,
    /// The tolerated clock difference for `exp` and `nbf`.
    pub leeway: Duration,
}

impl Config {
    /// Makes a configuration with the claim `scope`, no map, and a leeway of one minute.
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

    /// Checks the configuration.
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

/// Why a configuration is invalid.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ConfigError {
    /// The issuer URL is invalid.
    #[error("{0}")]
    Issuer(String),
    /// The audience is blank.
    #[error("the audience is blank: use the provider's name for this API")]
    Audience,
    /// The name of the claim is invalid.
    #[error("`{0}` is not the name of a claim: use one like `scope` or `realm_access.roles`")]
    ScopesClaim(String),
}

/// How a URL is reached.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Transport {
    /// Over TLS.
    Https,
    /// Unencrypted, on this machine.
    Loopback,
}

impl Transport {
    /// Returns the transport of a URL from which keys can be fetched safely, or a message for other URLs.
    pub(crate) fn of(address: &str) -> Result<Self, String> {
        let uri: Uri = address.parse().unwrap_or_default();
        match (uri.scheme_str(), uri.host()) {
            (Some("https"), Some(_)) => Ok(Self::Https),
            (Some("http"), Some(host)) if is_loopback(host) => Ok(Self::Loopback),
            (Some("http"), Some(_)) => Err(format!(
                "`{address}` is not encrypted, so others on the network could forge tokens: use https"
            )),
            _ => Err(format!("`{address}` is not a URL: use one like `https://login.example.org`")),
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
    fn an_issuer_must_use_https_or_be_on_this_machine() {
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
    fn the_audience_and_the_claim_must_not_be_blank() {
        assert_eq!(Config::new("https://a", " ").check(), Err(ConfigError::Audience));
        let config = Config { scopes_claim: "a..b".to_owned(), ..Config::new("https://a", "b") };
        assert!(matches!(config.check(), Err(ConfigError::ScopesClaim(_))));
    }
}
