//! Instants with a time zone.

use async_graphql::{Enum, InputValueError, InputValueResult, Scalar, ScalarType, SimpleObject, Value};

use crate::graphql::types::scalar::DateTime;

/// A text that is parsed later, where the name of its argument is known.
pub(crate) struct ZonedDateTime(pub(crate) String);

/// A date and a time with a zone, an offset, or both, in the format of RFC 9557, for example
/// `2026-03-02T09:00:00[Europe/Berlin]`, `2026-03-02T09:00:00+01:00[Europe/Berlin]` or `2026-03-02T08:00:00Z`. One
/// of the two is required. If the clocks are put forward over the time, it is moved forward by the same amount. If
/// they are put back over it, the earlier of the two instants is used, unless the offset selects the other one.
/// `resolution` says which case it was.
#[Scalar(specified_by_url = "https://www.rfc-editor.org/rfc/rfc9557")]
impl ScalarType for ZonedDateTime {
    fn parse(value: Value) -> InputValueResult<Self> {
        match value {
            Value::String(text) => Ok(Self(text)),
            other => Err(InputValueError::expected_type(other)),
        }
    }

    fn to_value(&self) -> Value {
        Value::String(self.0.clone())
    }
}

/// How a local time was converted to an instant.
#[derive(Enum, Copy, Clone, PartialEq, Eq)]
#[graphql(remote = "domain::Resolution")]
pub(crate) enum TimeResolution {
    /// The local time is unique, or its offset selected the instant.
    Exact,
    /// The clocks are put forward over the local time. It was moved forward by the same amount.
    Gap,
    /// The clocks are put back over the local time, so it occurs twice. The earlier instant was used.
    Overlap,
}

/// An instant with a time zone.
#[derive(SimpleObject)]
pub(crate) struct ZonedInstant {
    /// The instant.
    at: DateTime,
    /// The time zone: a name of the IANA time zone database, or an offset.
    zone: String,
    /// The local time in that zone, in the format of RFC 9557.
    local: ZonedDateTime,
    /// How the local time was converted to the instant.
    resolution: TimeResolution,
    /// An explanation of the conversion, for people. Null if there was nothing special.
    note: Option<String>,
}

impl From<domain::ZonedInstant> for ZonedInstant {
    fn from(instant: domain::ZonedInstant) -> Self {
        let (local, note) = (ZonedDateTime(instant.local()), instant.note());
        let domain::ZonedInstant { at, zone, resolution } = instant;
        Self { at: at.into(), zone, local, resolution: resolution.into(), note }
    }
}
