//! Instants with the zone that their editor thinks in.

use async_graphql::{Enum, InputValueError, InputValueResult, Scalar, ScalarType, SimpleObject, Value};

use crate::graphql::types::scalar::DateTime;

/// A text that is read where the argument that it came with has a name.
pub(crate) struct ZonedDateTime(pub(crate) String);

/// A date and a time with a zone, an offset, or both, as RFC 9557 writes them, for example
/// `2026-03-02T09:00:00[Europe/Berlin]`, `2026-03-02T09:00:00+01:00[Europe/Berlin]` or
/// `2026-03-02T08:00:00Z`. Without either it is refused. Where the clocks are put forward over a time, it
/// is taken as much later; where they are put back over it, the first of the two is taken, unless the
/// offset says which: `resolution` tells.
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

/// How a wall-clock time led to an instant.
#[derive(Enum, Copy, Clone, PartialEq, Eq)]
#[graphql(remote = "domain::Resolution")]
pub(crate) enum TimeResolution {
    /// There was only one such time, or the offset said which.
    Exact,
    /// The clocks are put forward over that time: it was taken as much later as they are put forward.
    Gap,
    /// The clocks are put back over that time, so that it comes twice: the first one was taken.
    Overlap,
}

/// An instant, and the zone that its editor thinks in.
#[derive(SimpleObject)]
pub(crate) struct ZonedInstant {
    /// The instant.
    at: DateTime,
    /// The zone: a name of the IANA time zone database, or an offset.
    zone: String,
    /// The wall-clock time in that zone, as RFC 9557 writes it.
    local: ZonedDateTime,
    /// How the wall-clock time that was given led to the instant.
    resolution: TimeResolution,
    /// What there is to say of that, for people; null when it was plain.
    note: Option<String>,
}

impl From<domain::ZonedInstant> for ZonedInstant {
    fn from(instant: domain::ZonedInstant) -> Self {
        let (local, note) = (ZonedDateTime(instant.local()), instant.note());
        let domain::ZonedInstant { at, zone, resolution } = instant;
        Self { at: at.into(), zone, local, resolution: resolution.into(), note }
    }
}
