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
            (articles, "/v1/articles?preview=gmp_x", &[]),
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
            "200 ", "400 BAD_USER_INPUT", "400 BAD_REQUEST", "401 UNAUTHENTICATED", "403 FORBIDDEN", "406 BAD_REQUEST",
            "304 ", "409 EDITION_UNKNOWN", "410 GONE", "429 RATE_LIMITED", "503 EDITION_NOT_REACHED", "404 NOT_FOUND",
        ] {
            assert!(seen.iter().any(|seen| seen == expected), "{expected}: {seen:?}");
        }
    }

    fn every_declared_default_can_be_sent(env: &Env) {
        let reader = &env.sample().reader;
        let description = reader.get("/openapi.json", &[]).json();
        let mut sent = 0;
        for (path, operations) in description["paths"].as_object().unwrap() {
            if !operations["get"].is_object() || !operations["get"]["security"].is_null() {
                continue;
            }
            let parameters = operations["get"]["parameters"].as_array().unwrap();
            let defaults: Vec<_> = parameters.iter().filter(|parameter| !parameter["schema"]["default"].is_null()).map(|parameter| {
                let default = match &parameter["schema"]["default"] {
                    Value::String(text) => text.clone(),
                    other => other.to_string(),
                };
                format!("{}={default}", parameter["name"].as_str().unwrap())
            }).collect();
            let plain = path.replace("{id}", "first-hour-of-a-crisis").replace("/topics/{slug}", "/topics/content")
                .replace("/tags/{slug}", "/tags/seo").replace("/authors/{slug}", "/authors/renee-kowalczyk");
            let base = if plain == "/v1/redirect" { "/v1/redirect?path=/x".to_owned() } else { format!("{plain}?") };
            let without = super::get(reader, base.trim_end_matches('?')).json();
            for query in defaults.iter().cloned().chain([defaults.join("&")]).filter(|query| !query.is_empty()) {
                assert_eq!(super::get(reader, &format!("{base}{query}")).json(), without, "{query}");
                sent += 1;
            }
            // Also on the next page.
            let next = without["pageInfo"]["endCursor"].as_str().filter(|_| !defaults.is_empty());
            if let Some(cursor) = next {
                super::get(reader, &format!("{base}after={cursor}&{}", defaults.join("&")));
            }
        }
        assert!(sent > 15, "{sent}");
    }

    fn every_text_parameter_declares_its_limits(env: &Env) {
        let description = env.sample().reader.get("/openapi.json", &[]).json();
        let mut checked = 0;
        for (path, operations) in description["paths"].as_object().unwrap() {
            for (method, operation) in operations.as_object().unwrap() {
                assert!(operation["description"].as_str().is_some_and(|text| !text.is_empty()), "{method} {path}");
                for parameter in operation["parameters"].as_array().unwrap() {
                    let parameter = resolved(&description, parameter);
                    let mut schema = &parameter["schema"];
                    if schema["type"] == "array" {
                        assert!(schema["maxItems"].is_u64(), "{path}: {parameter}");
                        schema = &schema["items"];
                    }
                    if schema["type"] == "string" && schema["enum"].is_null() {
                        assert!(schema["minLength"].as_u64() > Some(0) && schema["maxLength"].is_u64(), "{path}: {parameter}");
                        checked += 1;
                    }
                }
            }
        }
        assert!(checked > 60, "{checked}");
    }

    fn limits_are_those_that_are_declared(env: &Env) {
        let reader = &env.sample().reader;
        let tags = |count: usize| format!("/v1/articles?tag={}", vec!["seo"; count].join(","));
        for (allowed, refused, parameter) in [
            (tags(100), tags(101), "tag"),
            (format!("/v1/tags?nameContains={}", "a".repeat(300)), format!("/v1/tags?nameContains={}", "a".repeat(301)), "nameContains"),
            (format!("/v1/redirect?path=/{}", "a".repeat(2_047)), format!("/v1/redirect?path=/{}", "a".repeat(2_048)), "path"),
        ] {
            assert_eq!(reader.get(&allowed, &[]).status, 200, "{parameter}");
            let problem = super::problem(&reader.get(&refused, &[]));
            assert_eq!((&problem["status"], &problem["parameter"]), (&json!(400), &json!(parameter)), "{problem}");
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
            ("/v1/editions", "/v1/editions"),
            ("/v1/redirects", "/v1/redirects"),
            ("/v1/redirect", "/v1/redirect?path=/nothing"),
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
