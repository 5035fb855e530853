//! The flags about an OpenID provider.

use api::AnswerBasis;
use clap::Args;
use domain::{Scope, UnknownScope};
use oidc::{Config, ConfigError, Verifier};

use crate::failure::Failure;

/// Whose tokens are taken beside API keys.
#[derive(Debug, Clone, Args)]
#[command(next_help_heading = "People who sign in with an OpenID provider")]
pub(crate) struct OidcOptions {
    /// Take access tokens (JWTs) of this OpenID provider beside API keys.
    ///
    /// Its address, exactly as the provider writes it as `issuer` in the document at
    /// ISSUER/.well-known/openid-configuration, which tells where its keys are. Requests carry the token
    /// as `Authorization: Bearer eyJ…`; what they write is signed `oidc:SUBJECT`.
    #[arg(long = "oidc-issuer", env = "GREYMATTERS_OIDC_ISSUER", value_name = "URL", requires = "audience")]
    issuer: Option<String>,
    /// What the provider calls this API. Tokens for anybody else are refused.
    #[arg(
        long = "oidc-audience",
        env = "GREYMATTERS_OIDC_AUDIENCE",
        value_name = "NAME",
        requires = "issuer"
    )]
    audience: Option<String>,
    /// The claim that tells what somebody may do: words in a string, or a list. With dots it is a path
    /// into nested claims, like `realm_access.roles`.
    #[arg(
        long = "oidc-scopes-claim",
        env = "GREYMATTERS_OIDC_SCOPES_CLAIM",
        value_name = "CLAIM",
        requires = "issuer",
        default_value = "scope"
    )]
    scopes_claim: String,
    /// Give a scope to whoever has this value in the claim: `editor=content:publish`. May be given
    /// several times (in the variable, with `;` between).
    ///
    /// When nothing is said, values that are names of scopes are taken as they are: `content:write`
    /// gives `content:write`.
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
    /// What answers depend on, with those of these flags that shape them.
    pub(crate) fn shape_answers(&self, basis: AnswerBasis) -> AnswerBasis {
        // They decide who may ask for what is not public, and such answers have no ETags.
        let Self { issuer: _, audience: _, scopes_claim: _, scopes: _ } = self;
        basis
    }

    /// What verifies tokens, if there is a provider.
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
    // From the right: no scope has an equals sign, and who knows what the claim has.
    let (value, scope) = text
        .rsplit_once('=')
        .filter(|(value, _)| !value.is_empty())
        .ok_or("write the claim's value and the scope that it gives, like `editor=content:publish`")?;
    let scope = scope.parse().map_err(|error: UnknownScope| error.to_string())?;
    Ok((value.to_owned(), scope))
}
