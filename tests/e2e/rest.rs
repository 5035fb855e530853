//! REST: the same publication as over GraphQL, as plain JSON.

mod articles;
mod authors;
mod edition;
mod filters;
mod index;
mod links;
mod openapi;
mod previews;
mod redirects;
mod refusals;
mod tags;
mod topics;
mod writes;

pub(crate) use openapi::assert_described;

use serde_json::Value;

use crate::support::{Answer, Client};

/// An answer with status 200.
#[track_caller]
fn get(reader: &Client, path: &str) -> Answer {
    let answer = reader.get(path, &[]);
    assert_eq!(answer.status, 200, "{path}: {answer:?}");
    assert_eq!(answer.header("content-type"), Some("application/json; charset=utf-8"), "{path}");
    answer
}

/// The slugs in a list of an answer.
#[track_caller]
fn slugs(answer: &Value, name: &str) -> Vec<String> {
    let list = answer[name].as_array().unwrap_or_else(|| panic!("{answer:#}"));
    list.iter().map(|entry| entry["slug"].as_str().unwrap().to_owned()).collect()
}

/// The slugs of a list of articles. `query` begins with `?`.
#[track_caller]
fn articles(reader: &Client, query: &str) -> Vec<String> {
    slugs(&get(reader, &format!("/v1/articles{query}")).json(), "articles")
}

/// Checks what all problem documents have in common, and returns the document.
#[track_caller]
fn problem(answer: &Answer) -> Value {
    let problem = answer.json();
    assert_eq!(answer.header("content-type"), Some("application/problem+json"), "{problem:#}");
    assert_eq!(problem["status"], answer.status, "{problem:#}");
    assert_eq!(problem["type"], "about:blank", "{problem:#}");
    assert_eq!(problem["requestId"].as_str(), answer.header("x-request-id"), "{problem:#}");
    for member in ["title", "detail", "code"] {
        assert!(problem[member].as_str().is_some_and(|text| !text.is_empty()), "{problem:#}");
    }
    problem
}

/// Percent-encodes a text for a query string.
fn encoded(text: &str) -> String {
    text.bytes().map(|byte| format!("%{byte:02X}")).collect()
}
