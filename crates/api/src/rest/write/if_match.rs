//! The request header `If-Match` with the version on which a write is based (RFC 9110, 13.1.1; RFC 6585, 3).

use axum::http::{HeaderMap, StatusCode, header};
use domain::Version;

use super::super::problem::Problem;
use crate::graphql::ErrorCode;

/// The code of the problem for a write without `If-Match`.
pub(crate) const VERSION_REQUIRED: &str = "VERSION_REQUIRED";

/// Returns the version in `If-Match`, which must be a single strong entity tag.
pub(super) fn version(headers: &HeaderMap) -> Result<Version, Problem> {
    let mut values = headers.get_all(header::IF_MATCH).iter();
    let (Some(value), more) = (values.next(), values.next()) else {
        return Err(Problem::new(
            StatusCode::PRECONDITION_REQUIRED,
            VERSION_REQUIRED,
            "`If-Match` is missing: send the `ETag` of the article, for example `If-Match: \"3\"`",
        ));
    };
    let value = value.to_str().unwrap_or_default().trim();
    if value == "*" {
        return Err(refused(
            "`If-Match: *` is not allowed, because it would overwrite what others have saved",
        ));
    }
    let tag = value.strip_prefix('"').and_then(|rest| rest.strip_suffix('"'));
    let version = tag.and_then(|tag| {
        let version = tag.parse::<Version>().ok()?;
        // Entity tags are compared byte by byte: `"01"` is not `"1"`.
        (version > 0 && version.to_string() == tag).then_some(version)
    });
    match version {
        Some(version) if more.is_none() => Ok(version),
        _ => Err(refused("`If-Match` is not a single version")),
    }
}

fn refused(what: &str) -> Problem {
    let detail = format!("{what}: send the `ETag` of the article, for example `If-Match: \"3\"`");
    Problem::new(StatusCode::BAD_REQUEST, ErrorCode::BadRequest.as_str(), detail)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn if_match_must_be_one_version() {
        let read = |values: &[&'static str]| {
            let mut headers = HeaderMap::new();
            for value in values {
                headers.append(header::IF_MATCH, value.parse().unwrap());
            }
            version(&headers).map_err(|problem| problem.status())
        };
        assert_eq!(read(&["\"3\""]), Ok(3));
        assert_eq!(read(&[" \"2147483647\" "]), Ok(i32::MAX));
        assert_eq!(read(&["\"03\""]), Err(StatusCode::BAD_REQUEST));
        assert_eq!(read(&["\"+3\""]), Err(StatusCode::BAD_REQUEST));
        assert_eq!(read(&[]), Err(StatusCode::PRECONDITION_REQUIRED));
        for wrong in ["*", "3", "W/\"3\"", "\"3\", \"4\"", "\"\"", "\"0\"", "\"-1\"", "\"2147483648\"", "\"3"]
        {
            assert_eq!(read(&[wrong]), Err(StatusCode::BAD_REQUEST), "{wrong}");
        }
        assert_eq!(read(&["\"3\"", "\"3\""]), Err(StatusCode::BAD_REQUEST));
    }
}
