//! Scalars.

use async_graphql::{InputValueError, InputValueResult, Scalar, ScalarType, Value};
use domain::{TimeBound, TimeBounds, TimeZone, Timestamp, parse_date};

use crate::graphql::error::ApiError;

/// An instant, a day, or the reason why a text is neither.
///
/// An invalid value is refused only when it is used, because then the name of the argument is known.
pub(crate) struct DateTime(Result<TimeBound, String>);

impl DateTime {
    /// Returns the instant or the day that bounds a range.
    pub(crate) fn bound(&self, argument: &str) -> Result<TimeBound, ApiError> {
        let bound = self.0.as_ref().copied();
        bound.map_err(|reason| {
            ApiError::argument(argument, format!("`{argument}`: {reason}, or a date alone, like 2024-02-23"))
        })
    }

    /// Returns the instant, or the first instant of the day in this zone.
    pub(crate) fn start(&self, argument: &str, zone: &TimeZone) -> Result<Timestamp, ApiError> {
        let bounds = TimeBounds { gte: Some(self.bound(argument)?), ..TimeBounds::default() };
        Ok(bounds.within(zone).gte.unwrap_or(Timestamp::MIN))
    }

    /// Returns the instant, or the mistake of an editor.
    pub(crate) fn checked(&self, path: &str) -> Result<Timestamp, domain::UserError> {
        self.timestamp().map_err(|reason| {
            domain::UserError::at(path, domain::UserErrorCode::Invalid, format!("`{path}`: {reason}"))
        })
    }

    fn timestamp(&self) -> Result<Timestamp, String> {
        match &self.0 {
            Ok(TimeBound::Instant(at)) => Ok(*at),
            Ok(TimeBound::Day(day)) => Err(format!("`{day}` has no time: {}", Self::FORM)),
            Err(reason) => Err(reason.clone()),
        }
    }

    /// How to write an instant.
    const FORM: &str = "write a date, a time and an offset, like 2024-02-23T09:00:00Z";
}

impl From<Timestamp> for DateTime {
    fn from(at: Timestamp) -> Self {
        Self(Ok(TimeBound::Instant(at)))
    }
}

/// An instant in the format of RFC 3339, with an offset, for example `2024-02-23T09:00:00Z` or
/// `2024-02-23T09:00:00-05:00`. Answers are in UTC, with microseconds. The bounds of a range can also be dates without a
/// time, for example `2024-02-23`.
#[Scalar(specified_by_url = "https://www.rfc-editor.org/rfc/rfc3339")]
impl ScalarType for DateTime {
    fn parse(value: Value) -> InputValueResult<Self> {
        let Value::String(text) = value else { return Err(InputValueError::expected_type(value)) };
        let parsed = match (text.parse::<Timestamp>(), parse_date(&text)) {
            (Ok(at), _) => Ok(TimeBound::Instant(domain::truncate(at))),
            (Err(_), Some(day)) => Ok(TimeBound::Day(day)),
            (Err(error), None) => {
                let shown: String = text.chars().take(60).collect();
                Err(format!("`{shown}` is not a valid time ({error}): {}", Self::FORM))
            }
        };
        Ok(Self(parsed))
    }

    fn to_value(&self) -> Value {
        match &self.0 {
            Ok(TimeBound::Instant(at)) => Value::String(at.to_string()),
            Ok(TimeBound::Day(day)) => Value::String(day.to_string()),
            Err(_) => Value::Null,
        }
    }
}

pub(crate) struct Slug(pub(crate) String);

/// The name of an article, tag, topic or author in web addresses. It consists of lower-case letters and digits of any
/// script, and single hyphens, for example `patient-portals`.
#[Scalar]
impl ScalarType for Slug {
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

impl From<&domain::Slug> for Slug {
    fn from(slug: &domain::Slug) -> Self {
        Self(slug.to_string())
    }
}

/// Returns the texts of slugs.
pub(crate) fn slugs(list: Vec<Slug>) -> Vec<String> {
    list.into_iter().map(|Slug(text)| text).collect()
}

pub(crate) struct Locale(pub(crate) String);

/// A language tag (BCP 47) of a language, an optional script and an optional region, for example `en-US`.
#[Scalar(specified_by_url = "https://www.rfc-editor.org/info/bcp47")]
impl ScalarType for Locale {
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
