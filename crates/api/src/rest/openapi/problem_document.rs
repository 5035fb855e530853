//! Describes problem documents.

use serde_json::{Map, Value, json};

use super::super::problem;
use super::super::write::VERSION_REQUIRED;
use crate::graphql::ErrorCode;

/// The codes of problems.
fn codes() -> Vec<&'static str> {
    let of_graphql = [
        ErrorCode::BadUserInput,
        ErrorCode::BadRequest,
        ErrorCode::CostExceeded,
        ErrorCode::Unauthenticated,
        ErrorCode::Forbidden,
        ErrorCode::LimitExceeded,
        ErrorCode::IdempotencyKeyReused,
        ErrorCode::UpgradeRequired,
        ErrorCode::OutcomeUnknown,
        ErrorCode::EditionUnknown,
        ErrorCode::RateLimited,
        ErrorCode::ServiceUnavailable,
        ErrorCode::StorageFull,
        ErrorCode::EditionNotReached,
        ErrorCode::Internal,
    ];
    of_graphql
        .map(ErrorCode::as_str)
        .into_iter()
        .chain([problem::NOT_FOUND, problem::GONE, VERSION_REQUIRED])
        .collect()
}

/// Returns the schema of problem documents. `refused` has the members of a refused write.
pub(super) fn schema(refused: Map<String, Value>, user_error_codes: Vec<String>) -> Value {
    let codes: Vec<_> = codes().into_iter().map(str::to_owned).chain(user_error_codes).collect();
    let text = |description: &str| json!({"type": "string", "description": description});
    let mut schema = json!({
        "type": "object",
        "description": "A problem with the request, and how to fix it (RFC 9457).",
        "properties": {
            "type": {"type": "string", "format": "uri-reference", "description": "Always `about:blank`: the code identifies the problem."},
            "title": text("The name of the status."),
            "status": {"type": "integer", "description": "The HTTP status code."},
            "detail": text("The problem and how to fix it, for people."),
            "code": {
                "type": "string",
                "description": "The code of the problem, for programs. Codes do not change; new ones may be added.",
                "examples": codes,
            },
            "parameter": text("The parameter that is wrong."),
            "member": text("The member of the body that is wrong."),
            "note": text("Only with `GONE`: why the article was withdrawn, if an editor has left a note for readers."),
            "cost": cost_schema(),
            "limit": limit_schema(),
            "requestId": text("The id of the request, which is also in the server's log and in the header `X-Request-Id`."),
        },
        "required": ["type", "title", "status", "detail", "code", "requestId"],
    });
    for (name, member) in refused {
        schema["properties"][name] = member;
    }
    schema
}

fn cost_schema() -> Value {
    json!({
        "type": "object",
        "description": "Only with `COST_EXCEEDED`: the cost of the request.",
        "properties": {
            "requested": {"type": "integer", "description": "The cost of the request."},
            "maximum": {"type": "integer", "description": "The maximum cost."},
            "fields": {
                "type": "array",
                "description": "The costs of the parts, the most expensive first.",
                "items": {
                    "type": "object",
                    "properties": {
                        "path": {"type": "array", "items": {"type": "string"}},
                        "cost": {"type": "integer"},
                    },
                },
            },
        },
    })
}

fn limit_schema() -> Value {
    json!({
        "type": "object",
        "description": "The limit that the request exceeds, if there is one.",
        "properties": {
            "name": {"type": "string", "description": "The name of the limit."},
            "value": {"type": "integer", "description": "The maximum."},
            "requested": {"type": ["integer", "null"], "description": "The requested amount. Null if it is not known."},
            "flag": {"type": "string", "description": "The flag of the server that sets the limit."},
        },
        "required": ["name", "value", "requested", "flag"],
    })
}
