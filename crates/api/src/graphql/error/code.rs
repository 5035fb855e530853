//! The codes of top-level errors.

use axum::http::{HeaderValue, StatusCode};

use crate::delivery::RETRY_AFTER;

/// The stable `extensions.code` of a top-level error.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum ErrorCode {
    /// An argument has an invalid value; `extensions.argument` names it.
    BadUserInput,
    /// The document has a syntax error.
    ParseFailed,
    /// The document does not match the schema.
    ValidationFailed,
    /// The request exceeds a limit; `extensions.limit` names it.
    LimitExceeded,
    /// The request costs more than allowed; `extensions.cost` has the details.
    CostExceeded,
    /// The HTTP request is malformed.
    BadRequest,
    /// The client sends too many requests; `extensions.limit` says how many are allowed.
    RateLimited,
    /// The body came too slowly.
    RequestTimeout,
    /// The request names a document by its SHA-256 that the server does not know. The client must send the
    /// document.
    PersistedQueryNotFound,
    /// The `Idempotency-Key` was used before with another input, or it has created an API key, whose secret is
    /// shown only once.
    IdempotencyKeyReused,
    /// The API key is missing or invalid.
    Unauthenticated,
    /// The API key lacks a scope.
    Forbidden,
    /// The database does not answer.
    ServiceUnavailable,
    /// The disk of the database is full. Nothing was written.
    StorageFull,
    /// The database did not confirm in time whether a write took effect.
    OutcomeUnknown,
    /// This node does not know the edition yet that the request requires.
    EditionNotReached,
    /// The edition that the request requires, or in which a cursor was returned, belongs to another history.
    EditionUnknown,
    /// The database is newer than this program, which therefore does not write to it.
    UpgradeRequired,
    /// The server failed.
    Internal,
}

impl ErrorCode {
    /// The codes of temporary failures.
    pub(crate) const TEMPORARY: [Self; 4] =
        [Self::ServiceUnavailable, Self::StorageFull, Self::OutcomeUnknown, Self::UpgradeRequired];

    /// Returns the status of the answer when the whole request fails with this code, and not because of its
    /// content.
    pub(crate) fn status(self) -> StatusCode {
        if Self::TEMPORARY.contains(&self) {
            StatusCode::SERVICE_UNAVAILABLE
        } else {
            StatusCode::INTERNAL_SERVER_ERROR
        }
    }

    pub(crate) fn as_str(self) -> &'static str {
        match self {
            Self::BadUserInput => "BAD_USER_INPUT",
            Self::ParseFailed => "GRAPHQL_PARSE_FAILED",
            Self::ValidationFailed => "GRAPHQL_VALIDATION_FAILED",
            Self::LimitExceeded => "LIMIT_EXCEEDED",
            Self::CostExceeded => "COST_EXCEEDED",
            Self::BadRequest => "BAD_REQUEST",
            Self::RateLimited => "RATE_LIMITED",
            Self::RequestTimeout => "REQUEST_TIMEOUT",
            Self::PersistedQueryNotFound => "PERSISTED_QUERY_NOT_FOUND",
            Self::IdempotencyKeyReused => "IDEMPOTENCY_KEY_REUSED",
            Self::Unauthenticated => "UNAUTHENTICATED",
            Self::Forbidden => "FORBIDDEN",
            Self::ServiceUnavailable => "SERVICE_UNAVAILABLE",
            Self::StorageFull => "STORAGE_FULL",
            Self::OutcomeUnknown => "OUTCOME_UNKNOWN",
            Self::EditionNotReached => "EDITION_NOT_REACHED",
            Self::EditionUnknown => "EDITION_UNKNOWN",
            Self::UpgradeRequired => "UPGRADE_REQUIRED",
            Self::Internal => "INTERNAL_SERVER_ERROR",
        }
    }
}

/// What a client should do about a temporary failure.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Retry {
    /// Repeat the request after this number of seconds.
    After(HeaderValue),
    /// Check whether the write took effect before repeating it.
    LookFirst,
    /// Send the request to another node.
    Elsewhere,
}

impl Retry {
    /// Returns `None` for a code that is not temporary.
    pub(crate) fn of(code: &str) -> Option<Self> {
        match ErrorCode::TEMPORARY.into_iter().find(|temporary| temporary.as_str() == code)? {
            ErrorCode::OutcomeUnknown => Some(Self::LookFirst),
            ErrorCode::UpgradeRequired => Some(Self::Elsewhere),
            ErrorCode::StorageFull => Some(Self::After(HeaderValue::from_static("30"))),
            _ => Some(Self::After(RETRY_AFTER)),
        }
    }
}
