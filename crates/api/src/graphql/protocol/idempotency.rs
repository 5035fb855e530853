//! The request header `Idempotency-Key`, which makes creating an object safe to repeat
//! (<https://datatracker.ietf.org/doc/draft-ietf-httpapi-idempotency-key-header/>).

use app::Idempotency;
use async_graphql::Context;
use async_graphql::parser::types::OperationType;
use axum::http::{HeaderMap, HeaderName};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;

use crate::delivery::digest;
use crate::graphql::error::ApiError;
use crate::rejection::Rejection;

/// The maximum length of a key, and of a stored response key, in bytes.
const MAX_LENGTH: usize = 255;

/// The key that the client has chosen for a request and its repetitions.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct IdempotencyKey(String);

impl IdempotencyKey {
    /// The name of the header.
    pub(crate) const HEADER: HeaderName = HeaderName::from_static("idempotency-key");

    /// Returns the key of a request that writes, if it has one. Reads are safe to repeat without a key.
    pub(crate) fn of(headers: &HeaderMap, kind: OperationType) -> Result<Option<Self>, Rejection> {
        if kind != OperationType::Mutation {
            return Ok(None);
        }
        let mut values = headers.get_all(Self::HEADER).iter();
        let (Some(value), more) = (values.next(), values.next()) else { return Ok(None) };
        let key = value.to_str().unwrap_or_default();
        let is_printable = key.bytes().all(|byte| (b' '..=b'~').contains(&byte));
        if more.is_some() || !is_printable || !(1..=MAX_LENGTH).contains(&key.len()) {
            return Err(Rejection::bad_request(format!(
                "`Idempotency-Key` is not a valid key: send one header with 1 to {MAX_LENGTH} printable ASCII characters, or leave it out"
            )));
        }
        Ok(Some(Self(key.to_owned())))
    }
}

/// Returns the identity of the field in this request, if the request has a key.
pub(crate) fn idempotency(ctx: &Context<'_>) -> Result<Option<Idempotency>, ApiError> {
    let Some(IdempotencyKey(key)) = ctx.data_opt::<IdempotencyKey>() else { return Ok(None) };
    let field = ctx.field();
    let arguments = field.arguments().map_err(|error| ApiError::internal(&error))?;
    // The keys of objects are sorted, so equal inputs give equal texts.
    let arguments: serde_json::Map<_, _> = arguments
        .into_iter()
        .map(|(name, value)| (name.to_string(), value.into_json().unwrap_or_default()))
        .collect();
    let arguments = serde_json::Value::Object(arguments).to_string();
    Ok(Some(Idempotency {
        key: key.clone(),
        path: place(field.alias().unwrap_or(field.name())),
        fingerprint: digest(&[field.name().as_bytes(), arguments.as_bytes()]),
    }))
}

/// Returns the response key of a field, or its digest if it is too long for an index of the database.
fn place(name: &str) -> String {
    if name.len() <= MAX_LENGTH {
        return name.to_owned();
    }
    // GraphQL names contain no colon, so this differs from every response key.
    format!("sha256:{}", URL_SAFE_NO_PAD.encode(digest(&[name.as_bytes()])))
}

#[cfg(test)]
mod tests {
    use axum::http::HeaderValue;

    use super::*;

    #[test]
    fn a_key_must_be_short_printable_and_unique() {
        let read = |values: &[&[u8]]| {
            let mut headers = HeaderMap::new();
            for value in values {
                headers.append(IdempotencyKey::HEADER, HeaderValue::from_bytes(value).unwrap());
            }
            IdempotencyKey::of(&headers, OperationType::Mutation)
                .map(|key| key.map(|IdempotencyKey(key)| key))
                .map_err(|_| ())
        };
        assert_eq!(read(&[]), Ok(None));
        assert_eq!(read(&[b"\"8e03978e\""]), Ok(Some("\"8e03978e\"".to_owned())));
        assert_eq!(read(&[&[b'~'; 255]]), Ok(Some("~".repeat(255))));
        let long = [b'a'; 256];
        let refused: [&[&[u8]]; 5] = [&[b""], &[b"a\xff"], &[b"a\tb"], &[&long], &[b"a", b"a"]];
        for refused in refused {
            assert_eq!(read(refused), Err(()), "{refused:?}");
        }
    }
}
