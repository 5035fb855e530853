//! Describes the endpoints that need an API key.

use axum::http::Method;
use serde_json::{Value, json};

use super::super::write::{KeyedEndpoint, MERGE_PATCH, Success};
use super::headers::headers;
use super::parameters;
use super::schemas::Schemas;

/// Describes an endpoint.
pub(super) fn operation(schemas: &mut Schemas, endpoint: &KeyedEndpoint) -> Option<Value> {
    let KeyedEndpoint {
        name,
        method,
        path,
        summary,
        description,
        document: _,
        body: _,
        needs_version,
        success,
    } = endpoint;
    let mut parameters = Vec::new();
    if path.contains("{id}") {
        parameters.push(parameters::id_in_path());
    }
    if *needs_version {
        parameters.push(json!({
            "name": "If-Match",
            "in": "header",
            "required": true,
            "description": "The version on which the write is based: the `ETag` of the article.",
            "schema": {
                "type": "string",
                "pattern": "^\"[1-9][0-9]{0,8}\"$",
                "minLength": 3,
                "maxLength": 11,
                "examples": ["\"3\""],
            },
        }));
    }
    if *success == Success::Created {
        parameters.push(json!({
            "name": "Idempotency-Key",
            "in": "header",
            "description": "Makes the request safe to repeat. 1 to 255 printable ASCII characters, different for each article.",
            "schema": {"type": "string", "minLength": 1, "maxLength": 255, "pattern": "^[ -~]+$"},
        }));
    }
    let mut responses = json!({});
    let headers = headers(&["X-Request-Id", "Edition", "RateLimit", "RateLimit-Policy"]);
    let (status, what) = match success {
        Success::Created => ("201", "The article was created."),
        Success::Deleted => ("204", "The article was deleted."),
        Success::Article => ("200", "The write succeeded."),
        Success::Found => ("200", "The article."),
    };
    responses[status] = json!({"description": what, "headers": headers});
    if let Some(answer) = schemas.written(endpoint) {
        responses[status]["content"] = json!({"application/json": {"schema": answer}});
        responses[status]["headers"]["ETag"] = json!({
            "description": "The version of the article. Send it as `If-Match` with the next write.",
            "schema": {"type": "string"},
            "example": "\"3\"",
        });
    }
    if *success == Success::Created {
        responses[status]["headers"]["Location"] =
            json!({"description": "The URL of the article at the desk.", "schema": {"type": "string"}});
    }
    let mut refer = |status: &str, name: &str| {
        responses[status] = json!({"$ref": format!("#/components/responses/{name}")});
    };
    for (status, name) in [
        ("401", "KeyNeeded"),
        ("403", "Forbidden"),
        ("406", "NotAcceptable"),
        ("429", "RateLimited"),
        ("500", "Internal"),
        ("503", "Unavailable"),
    ] {
        refer(status, name);
    }
    if path.contains("{id}") {
        refer("404", "NoSuchArticle");
    }
    match success {
        Success::Found => {
            refer("400", "BadRequest");
        }
        _ => {
            for (status, name) in [
                ("400", "BadBody"),
                ("409", "WrongState"),
                ("413", "BodyTooLong"),
                ("415", "WrongType"),
                ("422", "Refused"),
            ] {
                refer(status, name);
            }
        }
    }
    if *needs_version {
        refer("412", "Stale");
        refer("428", "VersionRequired");
    }
    let mut operation = json!({
        "operationId": name,
        "tags": ["desk"],
        "summary": summary,
        "description": description,
        "security": [{"key": []}],
        "parameters": parameters,
        "responses": responses,
    });
    if let Some((schema, is_required)) = schemas.body(endpoint) {
        let mut content = json!({"application/json": {"schema": schema}});
        if *method == Method::PATCH {
            content[MERGE_PATCH] = content["application/json"].clone();
        }
        operation["requestBody"] = json!({"required": is_required, "content": content});
    }
    Some(operation)
}
