//! Who asks: API keys, and tokens of an OpenID provider, as bearer tokens (RFC 6750).

use std::borrow::Cow;
use std::sync::Arc;

use app::{App, Caller, KeyError, StoreError};
use async_graphql::parser::types::OperationType;
use axum::http::HeaderValue;
use domain::Scope;
use oidc::{Refusal, Verifier};

use crate::AppState;
use crate::admission::{RateLimited, Ticket};
use crate::graphql::ApiError;
use crate::visibility::Credentials;

/// Tells a client how to show a key.
pub(crate) const CHALLENGE: HeaderValue = HeaderValue::from_static("Bearer realm=\"greymatters\"");

/// Tells a client that what it showed is no good, and why (RFC 6750, 3.1).
pub(crate) fn invalid_token(why: &str) -> HeaderValue {
    challenge(&format!("error=\"invalid_token\", error_description=\"{}\"", plain(why)))
}

/// Tells a client that what it showed does not allow this, and what would (RFC 6750, 3.1).
pub(crate) fn insufficient_scope(scope: Scope) -> HeaderValue {
    challenge(&format!("error=\"insufficient_scope\", scope=\"{scope}\""))
}

fn challenge(parameters: &str) -> HeaderValue {
    let text = format!("Bearer realm=\"greymatters\", {parameters}");
    HeaderValue::try_from(text).unwrap_or(CHALLENGE)
}

/// A text as `error_description` may hold it: printable ASCII without quotes and backslashes.
fn plain(text: &str) -> String {
    let text = text.replace('…', "...").replace('`', "'");
    text.chars().filter(|c| (' '..='~').contains(c) && *c != '"' && *c != '\\').collect()
}

/// What is missing from a request that shows nothing.
pub(crate) fn missing(state: &AppState, kind: OperationType) -> String {
    let what = if kind == OperationType::Mutation { "mutations need" } else { "this query needs" };
    if state.identity.is_some() {
        return format!(
            "{what} an access token of the OpenID provider, or an API key: send it as `Authorization: Bearer …`"
        );
    }
    format!("{what} an API key: send it as `Authorization: Bearer gmk_…`; `greymatters key create` makes one")
}

/// What a request says of who sends it.
pub(crate) enum Authentication {
    /// Nothing.
    None,
    /// A key of ours, or a token of the provider's.
    Known(Caller),
    /// A key that cannot be checked now, and worked when it was checked shortly before. It gives access to public
    /// answers that are at hand, and to nothing else; why, for the client.
    Recognised { caller: Caller, cause: StoreError },
    /// Somebody who is known, and asks more often than may be.
    Limited { name: Arc<str>, limited: RateLimited },
    /// Something else; why, for the client.
    Refused(Cow<'static, str>),
    /// It cannot be told, for somebody does not answer; who, for the client.
    Unavailable(ApiError),
}

impl Authentication {
    /// What the one who asks is called, if it is known.
    pub(crate) fn name(&self) -> Option<Arc<str>> {
        match self {
            Self::Known(caller) | Self::Recognised { caller, .. } => Some(caller.name.as_str().into()),
            Self::Limited { name, .. } => Some(Arc::clone(name)),
            Self::None | Self::Refused(_) | Self::Unavailable(_) => None,
        }
    }
}

/// Finds out who shows these credentials, and counts the request for them.
pub(crate) async fn authenticate(
    state: &AppState,
    credentials: &Credentials,
    ticket: &Ticket,
) -> Authentication {
    let authentication = known(state, credentials).await;
    if let Authentication::Known(caller) | Authentication::Recognised { caller, .. } = &authentication
        && let Err(limited) = state.rates.count(&ticket.of_caller(caller))
    {
        return Authentication::Limited { name: caller.name.as_str().into(), limited };
    }
    authentication
}

async fn known(state: &AppState, credentials: &Credentials) -> Authentication {
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

/// Whether it looks like a signed JWT: three parts with dots between, which no key has.
fn is_jwt(token: &str) -> bool {
    !token.starts_with("gmk_") && token.bytes().filter(|byte| *byte == b'.').count() == 2
}

async fn by_token(verifier: &Verifier, token: &str) -> Authentication {
    match verifier.verify(token, App::now()).await {
        Ok(identity) => {
            let actor = identity.actor();
            let (name, scopes) = (actor.clone(), identity.scopes);
            Authentication::Known(Caller { actor, name, scopes, request_id: None })
        }
        Err(Refusal::Unavailable) => Authentication::Unavailable(ApiError::unavailable(Refusal::Unavailable)),
        Err(refusal) => Authentication::Refused(refusal.to_string().into()),
    }
}
