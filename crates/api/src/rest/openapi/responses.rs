//! Describes the responses that several endpoints share.

use serde_json::{Value, json};

use super::super::problem;
use super::super::write::VERSION_REQUIRED;
use super::headers::{header, headers};
use crate::graphql::ErrorCode;

/// Returns the descriptions by name.
pub(super) fn all() -> Value {
    let problem = |description: &str, example: Value| {
        json!({
            "description": description,
            "headers": headers(&["X-Request-Id", "RateLimit", "RateLimit-Policy"]),
            "content": {problem::MEDIA_TYPE: {
                "schema": {"$ref": "#/components/schemas/Problem"},
                "example": example,
            }},
        })
    };
    let example = |title: &str, status: u16, code: &str, detail: &str| {
        json!({
            "type": "about:blank",
            "title": title,
            "status": status,
            "detail": detail,
            "code": code,
            "requestId": "5f2b8c7d9e014a36",
        })
    };
    let mut unknown = example(
        "Bad Request",
        400,
        "BAD_USER_INPUT",
        "/v1/articles has no parameter `tags`: did you mean `tag`?",
    );
    unknown["parameter"] = "tags".into();
    let mut unauthenticated = problem(
        "The API key is unknown, expired or revoked. This request needs no API key.",
        example(
            "Unauthorized",
            401,
            "UNAUTHENTICATED",
            "the API key is not known: make one with `greymatters key create`",
        ),
    );
    unauthenticated["headers"]["WWW-Authenticate"] =
        json!({"description": "The problem with the API key (RFC 6750).", "schema": {"type": "string"}});
    let mut key_needed = problem(
        "The API key is missing, unknown, expired or revoked.",
        example(
            "Unauthorized",
            401,
            "UNAUTHENTICATED",
            "mutations need an API key: send it as `Authorization: Bearer gmk_…`",
        ),
    );
    key_needed["headers"]["WWW-Authenticate"] = unauthenticated["headers"]["WWW-Authenticate"].clone();
    let mut forbidden = problem(
        "The API key lacks the required scope.",
        example(
            "Forbidden",
            403,
            ErrorCode::Forbidden.as_str(),
            "this needs the scope `content:publish`, which the key or token does not have",
        ),
    );
    forbidden["headers"]["WWW-Authenticate"] = unauthenticated["headers"]["WWW-Authenticate"].clone();
    let mut stale = problem(
        "Somebody else has saved the article since. `conflict` has the current version and the changes, and \
         `ETag` has the version to send next.",
        example(
            "Precondition Failed",
            412,
            "STALE_VERSION",
            "the article was saved since: it has version 4 now",
        ),
    );
    stale["headers"]["ETag"] =
        json!({"description": "The current version.", "schema": {"type": "string"}, "example": "\"4\""});
    let unavailable =
        |code: ErrorCode, detail: &str| example("Service Unavailable", 503, code.as_str(), detail);
    let limited = |mut example: Value, name: &str, value: u32, flag: &str| {
        example["limit"] = json!({"name": name, "value": value, "requested": null, "flag": flag});
        example
    };
    let away =
        unavailable(ErrorCode::ServiceUnavailable, "the database does not answer: try again in a moment");
    let busy = unavailable(
        ErrorCode::ServiceUnavailable,
        "the server is busy: no place was free within 2000 ms (`--max-wait`): try again in a moment",
    );
    let mut unavailable = problem(
        "The server cannot answer now. The database does not answer (`SERVICE_UNAVAILABLE`), its disk is full \
         (`STORAGE_FULL`), too many requests are running (`SERVICE_UNAVAILABLE`, with the `limit`), or this node \
         does not know the required edition yet (`EDITION_NOT_REACHED`).",
        Value::Null,
    );
    unavailable["content"][problem::MEDIA_TYPE] = json!({
        "schema": {"$ref": "#/components/schemas/Problem"},
        "examples": {
            "away": {"value": away},
            "busy": {"value": limited(busy, "executions", 16, "--max-executions")},
            "late": {"value": unavailable_edition(&example)},
        },
    });
    let mut rate_limited = problem(
        "The client sends too many requests.",
        limited(
            example(
                "Too Many Requests",
                429,
                ErrorCode::RateLimited.as_str(),
                "this address has sent more than 100 requests in a second (`--rate-limit`): try again in 1 s",
            ),
            "rate",
            100,
            "--rate-limit",
        ),
    );
    for found in [&mut unavailable, &mut rate_limited] {
        found["headers"]["Retry-After"] = header("Retry-After");
    }
    json!({
        "BadRequest": problem("A parameter is unknown or has an invalid value, or the request costs more than allowed (`COST_EXCEEDED`).", unknown),
        "Unauthenticated": unauthenticated,
        "PreviewRefused": problem(
            "The preview link is invalid, expired or revoked.",
            example("Forbidden", 403, ErrorCode::Forbidden.as_str(), "the preview link has expired: ask its author for a new one"),
        ),
        "NotFound": problem(
            "The object does not exist or is not published.",
            example("Not Found", 404, "NOT_FOUND", "`no-such-article` is not the slug of anything that is published"),
        ),
        "NotModified": {
            "description": "The client already has the answer: `If-None-Match` contains its `ETag`.",
            "headers": headers(&["X-Request-Id", "Edition", "ETag"]),
        },
        "EditionUnknown": problem(
            "The required edition belongs to another history: the database was restored, or failed over to \
             a replica that lagged. Discard your data, and read again without requiring an edition.",
            example(
                "Conflict",
                409,
                ErrorCode::EditionUnknown.as_str(),
                "edition 100 has another mark here: it is of another history; drop what you hold, and read again",
            ),
        ),
        "RateLimited": rate_limited,
        "NotAcceptable": problem(
            "`Accept` does not allow JSON.",
            example("Not Acceptable", 406, "BAD_REQUEST", "answers are `application/json` or `application/problem+json`: accept both"),
        ),
        "Gone": problem(
            "The article was withdrawn for good.",
            example("Gone", 410, "GONE", "`visiting-hours-2020` was withdrawn and not replaced"),
        ),
        "TooLong": problem(
            "The query string is too long.",
            example("URI Too Long", 414, "BAD_REQUEST", "the query string is longer than 8192 bytes: send several requests"),
        ),
        "Internal": problem(
            "The server failed.",
            example("Internal Server Error", 500, "INTERNAL_SERVER_ERROR", "the server failed: its log has the details under this request id"),
        ),
        "Unavailable": unavailable,
        "KeyNeeded": key_needed,
        "Forbidden": forbidden,
        "NoSuchArticle": problem(
            "There is no article with this id.",
            example("Not Found", 404, "NOT_FOUND", "there is no such article"),
        ),
        "BadBody": problem(
            "The body, a parameter or a header is invalid.",
            example("Bad Request", 400, "BAD_USER_INPUT", "`title` must be a `String`, but is the number 1"),
        ),
        "WrongState": problem(
            "The action is not possible in the current state of the article.",
            example("Conflict", 409, "INVALID_STATE", "the article is not public, so it cannot be withdrawn"),
        ),
        "Stale": stale,
        "BodyTooLong": problem(
            "The body is too long (`--max-body`).",
            example("Content Too Large", 413, "LIMIT_EXCEEDED", "the request is longer than 8388608 bytes (`--max-body`): send less at once"),
        ),
        "WrongType": problem(
            "The body has another media type.",
            example("Unsupported Media Type", 415, "BAD_REQUEST", "send the body as `application/json`, in UTF-8"),
        ),
        "Refused": problem(
            "The write was refused, and nothing was written. `userErrors` says why.",
            example("Unprocessable Content", 422, "REQUIRED", "an article needs a title"),
        ),
        "VersionRequired": problem(
            "The header `If-Match` is missing.",
            example("Precondition Required", 428, VERSION_REQUIRED, "`If-Match` is missing: send the `ETag` of the article, for example `If-Match: \"3\"`"),
        ),
        "Moved": {
            "description": "The object has another URL now.",
            "headers": {
                "X-Request-Id": header("X-Request-Id"),
                "Edition": header("Edition"),
                "ETag": header("ETag"),
                "Location": {
                    "description": "The current URL of the object, or the URL of its replacement.",
                    "schema": {"type": "string", "format": "uri-reference"},
                },
            },
        },
    })
}

fn unavailable_edition(example: &impl Fn(&str, u16, &str, &str) -> Value) -> Value {
    let detail = "this node does not know edition 100 yet; try again in a moment";
    example("Service Unavailable", 503, ErrorCode::EditionNotReached.as_str(), detail)
}
