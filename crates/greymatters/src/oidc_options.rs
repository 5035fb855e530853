//! The flags for an OpenID provider.

use api::AnswerBasis;
use clap::Args;
use domain::{Scope, UnknownScope};
use oidc::{Config, ConfigError, Verifier};

use crate::failure::Failure;

/// Access tokens of an OpenID provider.
#[derive(Debug, Clone, Args)]
#[command(next_help_heading = "OpenID provider")]
pub(crate) struct OidcOptions {
    /// URL of an OpenID provider whose access tokens (JWTs) are accepted in addition to API keys
    ///
    /// The URL must equal the `issuer` in the document at URL/.well-known/openid-configuration. Requests send the token as
    /// `Authorization: Bearer eyJ…`. The audit log names their actor `oidc:SUBJECT`.
    #[arg(long = "oidc-issuer", env = "GREYMATTERS_OIDC_ISSUER", value_name = "URL", requires = "audience")]
    issuer: Option<String>,
    /// Name of this API at the provider. Tokens for another audience are refused
    #[arg(
        long = "oidc-audience",
        env = "GREYMATTERS_OIDC_AUDIENCE",
        value_name = "NAME",
        requires = "issuer"
    )]
    audience: Option<String>,
    /// Claim that says what the user may do: a text with words, or a list. Dots lead into nested claims, for example
    /// `realm_access.roles`
    #[arg(
        long = "oidc-scopes-claim",
        env = "GREYMATTERS_OIDC_SCOPES_CLAIM",
        value_name = "CLAIM",
        requires = "issuer",
        default_value = "scope"
    )]
    scopes_claim: String,
    /// Scope for users who have this value in the claim, for example `editor=content:publish`; can be repeated
    ///
    /// In the environment variable, separate several mappings with `;`. Without this flag, the values must be the names
    /// of scopes: `content:write` gives the scope `content:write`.
    #[arg(
        long = "oidc-scope",
        env = "GREYMATTERS_OIDC_SCOPE",
        value_name = "VALUE=SCOPE",
        requires = "issuer",
        value_delimiter = ';',
        value_parser = mapping
    )]
    scopes: Vec<(String, Scope)>,
}

impl OidcOptions {
    /// Adds the flags that affect answers to the answer basis.
    pub(crate) fn shape_answers(&self, basis: AnswerBasis) -> AnswerBasis {
        // They affect only answers that are not public, and those have no ETags.
        let Self { issuer: _, audience: _, scopes_claim: _, scopes: _ } = self;
        basis
    }

    /// Returns the verifier of tokens, if there is a provider.
    pub(crate) fn verifier(&self) -> Result<Option<Verifier>, Failure> {
        let Self { issuer, audience, scopes_claim, scopes } = self.clone();
        let (Some(issuer), Some(audience)) = (issuer, audience) else { return Ok(None) };
        let config = Config { scopes_claim, scope_map: scopes, ..Config::new(issuer, audience) };
        let verifier = Verifier::new(config).map_err(|cause| {
            let flag = match cause {
                ConfigError::Issuer(_) => "--oidc-issuer",
                ConfigError::Audience => "--oidc-audience",
                ConfigError::ScopesClaim(_) => "--oidc-scopes-claim",
            };
            Failure::Oidc { flag, cause }
        })?;
        Ok(Some(verifier))
    }
}

fn mapping(text: &str) -> Result<(String, Scope), String> {
    // Split at the last `=`: the value can contain one, the scope cannot.
    let (value, scope) = text
        .rsplit_once('=')
        .filter(|(value, _)| !value.is_empty())
        .ok_or("write the claim's value and the scope that it gives, like `editor=content:publish`")?;
    let scope = scope.parse().map_err(|error: UnknownScope| error.to_string())?;
    Ok((value.to_owned(), scope))
}
