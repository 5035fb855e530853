//! Reads the body of a request within a limit.

use axum::body::Body;
use http_body_util::BodyExt;

use crate::rejection::Rejection;

/// How much of a body that is too long is read and discarded before it is refused, in bytes.
const MAX_DISCARDED: usize = 64 << 20;

/// Why a body cannot be used.
pub(crate) enum Unreadable {
    /// It is longer than the limit. Contains its length in bytes if it was read completely.
    TooLong(Option<u64>),
    /// The client disconnected before the end.
    BrokenOff,
}

impl Unreadable {
    /// Returns the refusal of a body. `flag` is the flag that sets `limit`.
    pub(crate) fn rejection(self, limit: usize, flag: &'static str) -> Rejection {
        match self {
            Self::TooLong(length) => Rejection::too_long(limit, length, flag),
            Self::BrokenOff => Rejection::bad_request("the request ended before its body was complete"),
        }
    }
}

/// Reads a body of at most `limit` bytes.
pub(crate) async fn whole(mut body: Body, limit: usize) -> Result<Vec<u8>, Unreadable> {
    let mut received = Vec::new();
    let mut length = 0;
    while let Some(frame) = body.frame().await {
        let Ok(data) = frame.map_err(|_| Unreadable::BrokenOff)?.into_data() else { continue };
        length += data.len();
        if length <= limit {
            received.extend_from_slice(&data);
        } else if length > MAX_DISCARDED {
            return Err(Unreadable::TooLong(None));
        } else {
            received = Vec::new();
        }
    }
    if length <= limit { Ok(received) } else { Err(Unreadable::TooLong(Some(length as u64))) }
}
