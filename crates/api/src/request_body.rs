//! The body of a request, as a whole and within a limit.

use axum::body::Body;
use http_body_util::BodyExt;

use crate::graphql::Rejection;

/// How many bytes of a body that is too long are read, and forgotten, before it is refused.
const FORGOTTEN: usize = 64 << 20;

/// Why a body cannot be used.
pub(crate) enum Unreadable {
    /// It is longer than the limit. Holds its length in bytes, if it was read to its end.
    TooLong(Option<u64>),
    /// The client stopped before the end.
    BrokenOff,
}

impl Unreadable {
    /// The refusal of a body that may have `limit` bytes, which `flag` sets.
    pub(crate) fn rejection(self, limit: usize, flag: &'static str) -> Rejection {
        match self {
            Self::TooLong(length) => Rejection::too_long(limit, length, flag),
            Self::BrokenOff => Rejection::bad_request("the request broke off before its end"),
        }
    }
}

/// Reads a body of at most `limit` bytes.
pub(crate) async fn whole(mut body: Body, limit: usize) -> Result<Vec<u8>, Unreadable> {
    let mut kept = Vec::new();
    let mut length = 0;
    while let Some(frame) = body.frame().await {
        let Ok(data) = frame.map_err(|_| Unreadable::BrokenOff)?.into_data() else { continue };
        length += data.len();
        if length <= limit {
            kept.extend_from_slice(&data);
        } else if length > FORGOTTEN {
            return Err(Unreadable::TooLong(None));
        } else {
            kept = Vec::new();
        }
    }
    if length <= limit { Ok(kept) } else { Err(Unreadable::TooLong(Some(length as u64))) }
}
