//! The description of the endpoints.

use std::fs;
use std::path::Path;

use serde_json::Value;

use crate::support::{CommandExt, greymatters};

#[test]
fn the_description_in_the_repository_is_that_of_the_program() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../openapi.json");
    let kept = fs::read_to_string(path).unwrap();
    let printed = greymatters(&["openapi"]).run().succeeded();
    assert!(kept == printed, "it is stale: run `cargo run -- openapi > openapi.json`");
}

/// The schema that a reference leads to, or the schema itself.
fn resolved<'a>(description: &'a Value, schema: &'a Value) -> &'a Value {
    match schema["$ref"].as_str() {
        Some(reference) => resolved(description, description.pointer(&reference[1..]).unwrap()),
        None => schema,
    }
}

/// Whether a value has the fields that its schema lists, all of the required ones and no others.
fn fits(description: &Value, schema: &Value, value: &Value, path: &str) {
    let schema = resolved(description, schema);
    if let Some(choices) = schema["oneOf"].as_array().or_else(|| schema["anyOf"].as_array()) {
        let wanted = choices.iter().find(|choice| (choice["type"] == "null") == value.is_null());
        return fits(description, wanted.unwrap_or_else(|| panic!("{path}: {value}")), value, path);
    }
    if let Some(fields) = value.as_object().filter(|_| schema["properties"].is_object()) {
        for (name, value) in fields {
            let known = &schema["properties"][name];
            assert!(!known.is_null(), "{path}/{name} is not described");
            fits(description, known, value, &format!("{path}/{name}"));
        }
        for required in schema["required"].as_array().into_iter().flatten() {
            assert!(fields.contains_key(required.as_str().unwrap()), "{path} lacks {required}");
        }
    }
    for entry in value.as_array().into_iter().flatten() {
        fits(description, &schema["items"], entry, path);
    }
}

both! {
    fn answers_are_as_they_are_described(env: &Env) {
        let reader = &env.sample().reader;
        let description = reader.get("/openapi.json", &[]).json();
        assert!(description["openapi"].as_str().unwrap().starts_with("3.1"));
        let examples = [
            ("/v1/articles", "/v1/articles?count=true&include=body"),
            ("/v1/articles/{slug}", "/v1/articles/find-a-doctor-is-a-data-problem"),
            ("/v1/tags", "/v1/tags"),
            ("/v1/tags/{slug}", "/v1/tags/accessibility"),
            ("/v1/topics", "/v1/topics"),
            ("/v1/topics/{slug}", "/v1/topics/multilingual-content"),
            ("/v1/authors", "/v1/authors"),
            ("/v1/authors/{slug}", "/v1/authors/renee-kowalczyk"),
            ("/v1/edition", "/v1/edition"),
        ];
        let described: Vec<&str> = description["paths"].as_object().unwrap().keys().map(String::as_str).filter(|path| path.starts_with("/v1/")).collect();
        assert_eq!(described.len(), examples.len(), "{described:?}");
        for (path, address) in examples {
            let answer = super::get(reader, address).json();
            let schema = description["paths"][path]["get"]["responses"]["200"]["content"]["application/json"]["schema"].clone();
            assert!(!schema.is_null(), "{path}");
            fits(&description, &schema, &answer, path);
        }
    }
}
