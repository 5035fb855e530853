//! Scalars.

use async_graphql::{InputValueError, InputValueResult, Scalar, ScalarType, Value};
use domain::Timestamp;

use crate::graphql::error::ApiError;

pub(crate) struct DateTime(Result<Timestamp, String>);

impl DateTime {
    /// Returns the instant.
    ///
    /// An invalid value is refused here and not when it is parsed, because here the name of the argument is known.
    pub(crate) fn instant(&self, argument: &str) -> Result<Timestamp, ApiError> {
        self.0.clone().map_err(|reason| ApiError::argument(argument, format!("`{argument}`: {reason}")))
    }
}

impl DateTime {
    /// Returns the instant, or the mistake of an editor.
    pub(crate) fn checked(&self, path: &str) -> Result<Timestamp, domain::UserError> {
        self.0.clone().map_err(|reason| {
            domain::UserError::at(path, domain::UserErrorCode::Invalid, format!("`{path}`: {reason}"))
        })
    }
}

impl From<Timestamp> for DateTime {
    fn from(at: Timestamp) -> Self {
        Self(Ok(at))
    }
}

/// An instant in the format of RFC 3339, with an offset, for example `2024-02-23T09:00:00Z` or
/// `2024-02-23T09:00:00-05:00`. Answers are in UTC, with microseconds.
#[Scalar(specified_by_url = "https://www.rfc-editor.org/rfc/rfc3339")]
impl ScalarType for DateTime {
    fn parse(value: Value) -> InputValueResult<Self> {
        let Value::String(text) = value else { return Err(InputValueError::expected_type(value)) };
        Ok(Self(text.parse::<Timestamp>().map(domain::truncate).map_err(|error| {
            let shown: String = text.chars().take(60).collect();
            format!(
                "`{shown}` is not a valid time ({error}): write a date, a time and an offset, like 2024-02-23T09:00:00Z"
            )
        })))
    }

    fn to_value(&self) -> Value {
        match &self.0 {
            Ok(at) => Value::String(at.to_string()),
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
