//! Decides whether an operation may be executed. Both APIs take this step before they execute anything.

use app::Caller;
use async_graphql::parser::types::OperationType;
use axum::http::{HeaderMap, StatusCode};

use crate::graphql::error::{ErrorCode, UPGRADE_REQUIRED};
use crate::graphql::execution::prepared::PreparedOperation;
use crate::graphql::protocol::idempotency::IdempotencyKey;
use crate::rejection::Rejection;
use crate::request_id::RequestId;
use crate::{AppState, auth};

/// An operation that may be executed for this caller.
pub(crate) struct Authorized {
    /// The caller, if the request has credentials.
    pub(crate) caller: Option<Caller>,
    /// The idempotency key of a write, if the request has one.
    pub(crate) idempotency_key: Option<IdempotencyKey>,
}

/// Checks that the caller has the scopes of the operation, that this node may write, and the idempotency key.
pub(crate) fn authorize(
    state: &AppState,
    operation: &PreparedOperation,
    caller: Option<Caller>,
    headers: &HeaderMap,
    request_id: &RequestId,
) -> Result<Authorized, Rejection> {
    let (kind, scopes) = (operation.operation().kind, &operation.scopes);
    let is_mutation = kind == OperationType::Mutation;
    let caller = match caller {
        None if is_mutation || !scopes.is_empty() => return Err(auth::missing_credentials(state, kind)),
        None => None,
        Some(caller) => {
            if let Some(missing) = scopes.iter().find_map(|scope| caller.require(*scope).err()) {
                return Err(Rejection::forbidden(missing.to_string(), auth::insufficient_scope(missing.0)));
            }
            Some(Caller { request_id: Some(request_id.to_string()), ..caller })
        }
    };
    if is_mutation && state.app.has_newer_database() {
        let (status, code) = (StatusCode::SERVICE_UNAVAILABLE, ErrorCode::UpgradeRequired);
        return Err(Rejection::request(status, code, UPGRADE_REQUIRED));
    }
    let idempotency_key = IdempotencyKey::of(headers, kind)?;
    Ok(Authorized { caller, idempotency_key })
}
