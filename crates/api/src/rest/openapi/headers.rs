//! Describes the headers of answers.

use serde_json::{Map, Value, json};

/// Returns references to headers.
pub(super) fn headers(names: &[&str]) -> Value {
    names.iter().map(|name| ((*name).to_owned(), header(name))).collect::<Map<_, _>>().into()
}

/// Returns a reference to a header.
pub(super) fn header(name: &str) -> Value {
    json!({"$ref": format!("#/components/headers/{name}")})
}

/// The headers of answers.
pub(super) fn all() -> Value {
    let text = |description: &str, example: &str| json!({"description": description, "schema": {"type": "string"}, "example": example});
    json!({
        "Link": link_header(),
        "X-Request-Id": request_id_header(),
        "Edition": text("The edition to which the answer belongs: its number and its mark (RFC 8941).", "100;mark=c5ujmnomdtrvk"),
        "ETag": text("The entity tag of the answer. Send it as `If-None-Match` to check whether the answer has changed.", "\"100.c5ujmnomdtrvk.0x3VJ0Zq3mC1TtXe\""),
        "Retry-After": {"description": "The number of seconds to wait.", "schema": {"type": "integer"}, "example": 1},
        "RateLimit-Policy": text(
            "The quotas of the client, if there are any (draft-ietf-httpapi-ratelimit-headers-10). Answers that shared caches may store do not have it.",
            "\"address\";q=100;w=1",
        ),
        "RateLimit": text(
            "The remaining quotas (draft-ietf-httpapi-ratelimit-headers-10).",
            "\"address\";r=99;t=1",
        ),
    })
}

fn link_header() -> Value {
    json!({
        "description": "The URLs of the next page (`rel=\"next\"`) and the previous one (`rel=\"prev\"`) (RFC 8288). A page at the end of the list has no link in that direction.",
        "schema": {"type": "string"},
        "example": "</v1/articles?tag=accessibility&first=20&after=cAGPpmSx>; rel=\"next\"",
    })
}

fn request_id_header() -> Value {
    json!({"description": "The id of the request: the one that the client sent, or a new one.", "schema": {"type": "string"}})
}
