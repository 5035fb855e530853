//! The description of the endpoints.

use std::fs;
use std::path::Path;

use serde_json::{Value, json};

use crate::support::{Answer, CommandExt, greymatters};

#[test]
fn openapi_json_is_up_to_date() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../openapi.json");
    let kept = fs::read_to_string(path).unwrap();
    let printed = greymatters(&["openapi"]).run().succeeded();
    assert!(kept == printed, "the file is out of date: run `just generate`");
}

/// Resolves a reference to a schema; returns other schemas as they are.
fn resolved<'a>(description: &'a Value, schema: &'a Value) -> &'a Value {
    match schema["$ref"].as_str() {
        Some(reference) => resolved(description, description.pointer(&reference[1..]).unwrap()),
        None => schema,
    }
}

/// Whether a value has all required fields of its schema, and no fields beyond it.
fn assert_matches(description: &Value, schema: &Value, value: &Value, path: &str) {
    let schema = resolved(description, schema);
    if let Some(choices) = schema["oneOf"].as_array().or_else(|| schema["anyOf"].as_array()) {
        let wanted = choices.iter().find(|choice| (choice["type"] == "null") == value.is_null());
        return assert_matches(description, wanted.unwrap_or_else(|| panic!("{path}: {value}")), value, path);
    }
    if let Some(fields) = value.as_object().filter(|_| schema["properties"].is_object()) {
        for (name, value) in fields {
            let known = &schema["properties"][name];
            assert!(!known.is_null(), "{path}/{name} is not described");
            assert_matches(description, known, value, &format!("{path}/{name}"));
        }
        for required in schema["required"].as_array().into_iter().flatten() {
            assert!(fields.contains_key(required.as_str().unwrap()), "{path} lacks {required}");
        }
    }
    for entry in value.as_array().into_iter().flatten() {
        assert_matches(description, &schema["items"], entry, path);
    }
}

/// Asserts that status, headers, body and code of an answer match the description.
#[track_caller]
pub(crate) fn assert_described(description: &Value, path: &str, answer: &Answer) {
    assert_described_for(description, "get", path, answer);
}

/// Like `assert_described`, for another method, in lower case.
#[track_caller]
pub(crate) fn assert_described_for(description: &Value, method: &str, path: &str, answer: &Answer) {
    let status = answer.status.to_string();
    let response = resolved(description, &description["paths"][path][method]["responses"][&status]);
    assert!(!response.is_null(), "{method} {path}: {status} is not described");
    let headers = response["headers"].as_object().unwrap();
    for name in [
        "edition",
        "etag",
        "link",
        "location",
        "ratelimit",
        "ratelimit-policy",
        "retry-after",
        "www-authenticate",
        "x-request-id",
    ] {
        let assert_described = headers.keys().any(|known| known.eq_ignore_ascii_case(name));
        assert!(
            answer.header(name).is_none() || assert_described,
            "{path}: {name} of {status} is not described"
        );
    }
    if answer.text.is_empty() {
        return;
    }
    let media_type = answer.header("content-type").unwrap().split(';').next().unwrap();
    let schema = &response["content"][media_type]["schema"];
    assert!(!schema.is_null(), "{path}: {media_type} of {status} is not described");
    let body = answer.json();
    assert_matches(description, schema, &body, path);
    if media_type == "application/problem+json" {
        let codes = &description["components"]["schemas"]["Problem"]["properties"]["code"]["examples"];
        assert!(codes.as_array().unwrap().contains(&body["code"]), "{path}: {body}");
    }
}

both! {
    fn refusals_match_their_description(env: &Env) {
        let server = env.server_with(&[
            ("GREYMATTERS_TRUSTED_PROXIES", "127.0.0.1"),
            ("GREYMATTERS_RATE_LIMIT", "1/h"),
        ]);
        let article = server.editor.published(json!({"title": "One", "tags": [], "slug": "one"}));
        let description = server.reader.get("/openapi.json", &[]).json();
        let withdraw = "mutation ($id: ID!) { articleWithdraw(id: $id, expectedVersion: 1) { userErrors { message } } }";
        server.editor.data_with(withdraw, &json!({"id": article.id}));
        let etag = server.reader.get("/v1/articles", &[]).header("etag").unwrap().to_owned();
        let other = ("x-forwarded-for", "203.0.113.1");
        assert_eq!(server.reader.get("/v1/articles", &[other]).status, 200);
        let (articles, one) = ("/v1/articles", "/v1/articles/{id}");
        let mut seen = Vec::new();
        for (path, address, headers) in [
            (articles, "/v1/articles", &[("edition-at-least", "1")][..]),
            (articles, "/v1/articles?edition-at-least=1", &[]),
            (articles, "/v1/articles", &[("if-none-match", &*etag), ("edition-at-least", "0")]),
            (articles, "/v1/articles?tags=a", &[]),
            (articles, "/v1/articles?edition-at-least=x", &[]),
            (articles, "/v1/articles", &[("authorization", "Bearer gmk_x")]),
            (articles, "/v1/articles", &[("accept", "text/html")]),
            (articles, "/v1/articles?edition-at-least=1;mark=aaaaaaaaaaaaa", &[]),
            (articles, "/v1/articles", &[("edition-at-least", "1;mark=aaaaaaaaaaaaa")]),
            (articles, "/v1/articles", &[other]),
            (articles, "/v1/articles", &[("edition-at-least", "1000")]),
            (one, "/v1/articles/none", &[]),
            (one, "/v1/articles/one", &[]),
        ] {
            let answer = server.reader.get(address, headers);
            assert_described(&description, path, &answer);
            let code = if answer.status >= 400 { answer.json()["code"].as_str().unwrap().to_owned() } else { String::new() };
            seen.push(format!("{} {code}", answer.status));
        }
        for expected in [
            "200 ", "400 BAD_USER_INPUT", "400 BAD_REQUEST", "401 UNAUTHENTICATED", "406 BAD_REQUEST",
            "304 ", "409 EDITION_UNKNOWN", "410 GONE", "429 RATE_LIMITED", "503 EDITION_NOT_REACHED", "404 NOT_FOUND",
        ] {
            assert!(seen.iter().any(|seen| seen == expected), "{expected}: {seen:?}");
        }
    }

    fn answers_match_their_description(env: &Env) {
        let reader = &env.sample().reader;
        let description = reader.get("/openapi.json", &[]).json();
        assert!(description["openapi"].as_str().unwrap().starts_with("3.1"));
        let examples = [
            ("/v1/articles", "/v1/articles?count=true&include=body"),
            ("/v1/articles/{id}", "/v1/articles/find-a-doctor-is-a-data-problem"),
            ("/v1/tags", "/v1/tags"),
            ("/v1/tags/{slug}", "/v1/tags/accessibility"),
            ("/v1/topics", "/v1/topics"),
            ("/v1/topics/{slug}", "/v1/topics/multilingual-content"),
            ("/v1/authors", "/v1/authors"),
            ("/v1/authors/{slug}", "/v1/authors/renee-kowalczyk"),
            ("/v1/edition", "/v1/edition"),
        ];
        let is_public = |operations: &Value| operations["get"].is_object() && operations["get"]["security"].is_null();
        let paths = description["paths"].as_object().unwrap().iter();
        let described: Vec<&str> = paths.filter(|(_, operations)| is_public(operations)).map(|(path, _)| path.as_str()).collect();
        assert_eq!(described.len(), examples.len(), "{described:?}");
        for (path, address) in examples {
            let answer = super::get(reader, address).json();
            let schema = description["paths"][path]["get"]["responses"]["200"]["content"]["application/json"]["schema"].clone();
            assert!(!schema.is_null(), "{path}");
            assert_matches(&description, &schema, &answer, path);
        }
    }
}
