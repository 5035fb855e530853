//! Describes the endpoints that read public content.

use serde_json::{Value, json};

use super::super::read::endpoint::{Endpoint, Shape};
use super::headers::{header, headers};
use super::parameters;

/// Describes an endpoint.
pub(super) fn operation(endpoint: &Endpoint, answer: &Value) -> Option<Value> {
    let Endpoint { name, path, summary, description, document: _, parameters, shape, example } = endpoint;
    let example: Value = serde_json::from_str(example).ok()?;
    let slug = endpoint.has_slug().then(|| match endpoint.has_id() {
        true => parameters::slug_or_id_in_path(),
        false => parameters::slug_in_path(),
    });
    let of_every_endpoint = ["EditionAtLeast", "EditionAtLeastHeader", "Preview", "PreviewHeader"]
        .map(|name| json!({"$ref": format!("#/components/parameters/{name}")}));
    let parameters: Vec<_> = slug
        .into_iter()
        .chain(parameters.iter().map(parameters::in_query))
        .chain(of_every_endpoint)
        .collect();
    let mut found = json!({
        "description": "The requested data.",
        "headers": headers(&["X-Request-Id", "Edition", "ETag", "RateLimit", "RateLimit-Policy"]),
        "content": {"application/json": {"schema": answer, "example": example}},
    });
    if matches!(shape, Shape::List(_) | Shape::Editions) {
        found["headers"]["Link"] = header("Link");
    }
    let mut responses = json!({"200": found});
    let mut problem = |status: &str, name: &str| {
        responses[status] = json!({"$ref": format!("#/components/responses/{name}")});
    };
    for (status, name) in RESPONSES {
        problem(status, name);
    }
    if endpoint.has_slug() {
        problem("404", "NotFound");
    }
    if matches!(*name, "article" | "tag") {
        problem("308", "Moved");
    }
    if *name == "article" {
        problem("410", "Gone");
    }
    let mut operation = json!({
        "operationId": name,
        "tags": [tag(path)?],
        "summary": summary,
        "parameters": parameters,
        "responses": responses,
    });
    if !description.is_empty() {
        operation["description"] = (*description).into();
    }
    Some(operation)
}

/// Returns the tag that groups an endpoint with others: the first part of its path, in the plural.
fn tag(path: &str) -> Option<&str> {
    Some(match path.split('/').nth(2)? {
        "edition" => "editions",
        "redirect" => "redirects",
        plural => plural,
    })
}

/// The responses that every endpoint may return, in the order of their statuses.
const RESPONSES: [(&str, &str); 10] = [
    ("304", "NotModified"),
    ("400", "BadRequest"),
    ("401", "Unauthenticated"),
    ("403", "PreviewRefused"),
    ("406", "NotAcceptable"),
    ("409", "EditionUnknown"),
    ("414", "TooLong"),
    ("429", "RateLimited"),
    ("500", "Internal"),
    ("503", "Unavailable"),
];
