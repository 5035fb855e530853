//! Authentication with API keys and with tokens of an OpenID provider, both sent as bearer tokens (RFC 6750).

use std::borrow::Cow;
use std::sync::Arc;

use app::{App, Caller, KeyError, StoreError};
use async_graphql::parser::types::OperationType;
use axum::http::HeaderValue;
use domain::Scope;
use oidc::{Refusal, Verifier};

use crate::AppState;
use crate::admission::{RateLimited, Ticket};
use crate::graphql::error::ApiError;
use crate::rejection::Rejection;
use crate::visibility::Credentials;

/// The challenge for a request without credentials.
pub(crate) const CHALLENGE: HeaderValue = HeaderValue::from_static("Bearer realm=\"greymatters\"");

/// Returns the challenge for invalid credentials (RFC 6750, 3.1).
fn invalid_token(why: &str) -> HeaderValue {
    challenge(&format!("error=\"invalid_token\", error_description=\"{}\"", printable(why)))
}

/// Returns the challenge for credentials that lack a scope (RFC 6750, 3.1).
pub(crate) fn insufficient_scope(scope: Scope) -> HeaderValue {
    challenge(&format!("error=\"insufficient_scope\", scope=\"{scope}\""))
}

fn challenge(parameters: &str) -> HeaderValue {
    let text = format!("Bearer realm=\"greymatters\", {parameters}");
    HeaderValue::try_from(text).unwrap_or(CHALLENGE)
}

/// Keeps only the characters that are allowed in `error_description`: printable ASCII without quotes and
/// backslashes.
fn printable(text: &str) -> String {
    let text = text.replace('…', "...").replace('`', "'");
    text.chars().filter(|c| (' '..='~').contains(c) && *c != '"' && *c != '\\').collect()
}

/// Returns the rejection of a request that needs credentials and has none.
pub(crate) fn missing_credentials(state: &AppState, kind: OperationType) -> Rejection {
    let what = if kind == OperationType::Mutation { "mutations need" } else { "this query needs" };
    let message = if state.identity.is_some() {
        format!(
            "{what} an access token of the OpenID provider, or an API key: send it as `Authorization: Bearer …`"
        )
    } else {
        format!(
            "{what} an API key: send it as `Authorization: Bearer gmk_…`; `greymatters key create` makes one"
        )
    };
    Rejection::unauthenticated(message, CHALLENGE)
}

/// The result of authentication.
pub(crate) enum Authentication {
    /// The request has no credentials.
    None,
    /// The API key or the token is valid.
    Known(Caller),
    /// The API key was valid shortly before, but cannot be checked now. It gives access only to public answers
    /// that are cached. `cause` is the reason.
    Recognised { caller: Caller, cause: StoreError },
    /// The credentials are valid, but their owner sends too many requests.
    Limited { name: Arc<str>, limited: RateLimited },
    /// The credentials are invalid. The message is for the client.
    Refused(Cow<'static, str>),
    /// The credentials cannot be checked, because the database or the OpenID provider does not answer.
    Unavailable(ApiError),
}

impl Authentication {
    /// Returns the name of the caller, if it is known.
    pub(crate) fn name(&self) -> Option<Arc<str>> {
        match self {
            Self::Known(caller) | Self::Recognised { caller, .. } => Some(caller.name.as_str().into()),
            Self::Limited { name, .. } => Some(Arc::clone(name)),
            Self::None | Self::Refused(_) | Self::Unavailable(_) => None,
        }
    }

    /// Returns the caller, if the request has credentials. `reads_public` says that the request only reads public
    /// content.
    pub(crate) fn into_caller(self, reads_public: bool) -> Result<Option<Caller>, Rejection> {
        match self {
            Self::None => Ok(None),
            Self::Known(caller) => Ok(Some(caller)),
            Self::Recognised { caller, cause: _ } if reads_public => Ok(Some(caller)),
            Self::Recognised { caller: _, cause } => Err(ApiError::from(cause).into()),
            Self::Limited { name: _, limited } => Err(limited.rejection()),
            Self::Refused(message) => {
                let challenge = invalid_token(&message);
                Err(Rejection::unauthenticated(message, challenge))
            }
            Self::Unavailable(error) => Err(error.into()),
        }
    }
}

/// Authenticates the request, and counts it against the quota of its caller.
pub(crate) async fn authenticate(
    state: &AppState,
    credentials: &Credentials,
    ticket: &Ticket,
) -> Authentication {
    let authentication = identify(state, credentials).await;
    if let Authentication::Known(caller) | Authentication::Recognised { caller, .. } = &authentication
        && let Err(limited) = state.rates.count(&ticket.of_caller(caller))
    {
        return Authentication::Limited { name: caller.name.as_str().into(), limited };
    }
    authentication
}

async fn identify(state: &AppState, credentials: &Credentials) -> Authentication {
    let token = match credentials {
        Credentials::None => return Authentication::None,
        Credentials::Bearer(token) => token,
        Credentials::NoBearer => return Authentication::Refused(KeyError::Unknown.to_string().into()),
        Credentials::Several => {
            let message = "the request has several `Authorization` headers: send one";
            return Authentication::Refused(message.into());
        }
    };
    match &state.identity {
        Some(verifier) if is_jwt(token) => by_token(verifier, token).await,
        _ => by_key(&state.app, token).await,
    }
}

async fn by_key(app: &App, key: &str) -> Authentication {
    match app.authenticate(key).await {
        Ok(caller) => Authentication::Known(caller),
        Err(KeyError::Store(cause)) => match app.recognise(key) {
            Some(caller) => Authentication::Recognised { caller, cause },
            None => Authentication::Unavailable(cause.into()),
        },
        Err(refused) => Authentication::Refused(refused.to_string().into()),
    }
}

/// Whether a token looks like a signed JWT: three parts with dots between them. API keys contain no dots.
fn is_jwt(token: &str) -> bool {
    !token.starts_with("gmk_") && token.bytes().filter(|byte| *byte == b'.').count() == 2
}

async fn by_token(verifier: &Verifier, token: &str) -> Authentication {
    match verifier.verify(token, App::now()).await {
        Ok(identity) => {
            let actor = identity.actor();
            // Databases cannot store every character, and control characters are no part of a name.
            let person = identity.name.filter(|name| !name.chars().any(char::is_control));
            let (name, scopes) = (actor.clone(), identity.scopes);
            Authentication::Known(Caller { actor, name, person, scopes, request_id: None })
        }
        Err(Refusal::Unavailable) => Authentication::Unavailable(ApiError::unavailable(Refusal::Unavailable)),
        Err(refusal) => Authentication::Refused(refusal.to_string().into()),
    }
}
