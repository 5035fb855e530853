//! The fuzz targets for requests of clients without a key.

use ::documents::{Limits, Refusal};
use axum::http::{HeaderName, HeaderValue, Request, Uri, header};
use serde_json::{Value, json};

use crate::publication::{EDITION, publication, schema};

const JSON: &str = "application/json";

/// Documents with variables of every kind.
const DOCUMENTS: [&str; 4] = [
    "query ($first: Int, $after: String, $where: ArticleWhere, $orderBy: ArticleOrder, $offset: Int) {
        articles(first: $first, after: $after, where: $where, orderBy: $orderBy, offset: $offset) { totalCount nodes { id } }
    }",
    "query ($by: ArticleBy!) { article(by: $by) { id title body { html } } }",
    "query ($id: ID!, $ids: [ID!]!) { node(id: $id) { id } nodes(ids: $ids) { id } }",
    "query ($slug: String!, $yes: Boolean!) { tag(slug: $slug) { id @include(if: $yes) name @skip(if: $yes) } }",
];

/// Paths that accept parameters.
const PATHS: [&str; 8] = [
    "/v1/articles",
    "/v1/articles/one",
    "/v1/tags",
    "/v1/tags/tag/articles",
    "/v1/authors",
    "/v1/topics",
    "/v1/edition",
    "/graphql",
];

fn post(body: &Value) -> Request<String> {
    Request::post("/graphql").header(header::CONTENT_TYPE, JSON).body(body.to_string()).unwrap()
}

/// Chooses an entry by the first byte of the input. Returns it with the rest of the input as text.
fn chosen<'a, T>(choices: &'a [T], input: &'a [u8]) -> Option<(&'a T, &'a str)> {
    let (first, rest) = input.split_first()?;
    Some((&choices[usize::from(*first) % choices.len()], std::str::from_utf8(rest).ok()?))
}

/// The target for GraphQL documents. Asserts that the validator and the service agree, and that the problems of the
/// validator have short messages and valid locations.
pub(crate) fn documents(input: &[u8]) {
    let Ok(document) = std::str::from_utf8(input) else { return };
    let verdict = ::documents::check(schema(), &Limits::default(), document);
    let problems = match &verdict {
        Ok(valid) => {
            assert_eq!(valid.usage.len(), valid.document.operations().count());
            &[][..]
        }
        Err(Refusal::Syntax(problem)) => std::slice::from_ref(problem),
        Err(Refusal::Invalid(problems)) => &problems[..],
        Err(Refusal::Limit(exceeded)) => {
            assert!(exceeded.requested > exceeded.value, "{exceeded:?}");
            &[]
        }
    };
    assert!(problems.len() <= 16, "{problems:?}");
    let lines = document.split(['\n', '\r']).count();
    for (place, problem) in problems.iter().enumerate() {
        assert!((1..=4 << 10).contains(&problem.message.len()), "{problem:?}");
        assert!(
            problem.locations.iter().all(|at| (1..=lines).contains(&at.line) && at.column >= 1),
            "{problem:?}"
        );
        assert!(!problems[..place].contains(problem), "duplicate: {problem:?}");
    }
    // The service is slower than the validator, so it gets only some of the refused documents.
    if verdict.is_err() && !input.len().is_multiple_of(8) {
        return;
    }
    let answer = publication().ask(post(&json!({"query": document})));
    answer.assert_acceptable();
    if verdict.as_ref().is_ok_and(|valid| valid.usage.len() != 1) {
        // The request does not select one of several operations.
        return;
    }
    let code = answer.code().unwrap_or_default();
    let refused = ["GRAPHQL_PARSE_FAILED", "GRAPHQL_VALIDATION_FAILED", "LIMIT_EXCEEDED"].contains(&&*code);
    let expected = match verdict {
        Ok(_) => refused.then_some("not refused"),
        Err(Refusal::Syntax(_)) => (code != "GRAPHQL_PARSE_FAILED").then_some("GRAPHQL_PARSE_FAILED"),
        Err(Refusal::Invalid(_)) => {
            (code != "GRAPHQL_VALIDATION_FAILED").then_some("GRAPHQL_VALIDATION_FAILED")
        }
        Err(Refusal::Limit(_)) => (code != "LIMIT_EXCEEDED").then_some("LIMIT_EXCEEDED"),
    };
    assert_eq!(expected, None, "{code} for {document:?}");
}

/// The target for the variables of a request, as JSON. The first byte chooses the document.
pub(crate) fn variables(input: &[u8]) {
    let Some((document, text)) = chosen(&DOCUMENTS, input) else { return };
    // The text is inserted unchanged, so that the server also gets malformed JSON and duplicate keys.
    let body = format!("{{\"query\":{},\"variables\":{text}}}", Value::from(*document));
    let request = Request::post("/graphql").header(header::CONTENT_TYPE, JSON).body(body).unwrap();
    publication().ask(request).assert_acceptable();
}

/// The target for the query string of a URL.
pub(crate) fn query_strings(input: &[u8]) {
    let Some((path, text)) = chosen(&PATHS, input) else { return };
    // A malformed URL cannot reach the server.
    let Ok(uri) = format!("{path}?{text}").parse::<Uri>() else { return };
    if waits(uri.query().unwrap_or_default()) {
        return;
    }
    publication().ask(Request::get(uri).body(String::new()).unwrap()).assert_acceptable();
}

/// The target for headers: one per line, with the name before the first colon.
pub(crate) fn headers(input: &[u8]) {
    let Some((path, text)) = chosen(&PATHS, input) else { return };
    let path = if *path == "/graphql" { "/graphql?query=%7Bedition%7Bnumber%7D%7D" } else { path };
    let mut request = Request::get(path);
    for line in text.lines() {
        let Some((name, value)) = line.split_once(':') else { continue };
        let (Ok(name), Ok(value)) = (name.trim().parse::<HeaderName>(), value.trim().parse::<HeaderValue>())
        else {
            continue;
        };
        if name.as_str() == "edition-at-least" && waits(value.to_str().unwrap_or_default()) {
            return;
        }
        request = request.header(name, value);
    }
    publication().ask(request.body(String::new()).unwrap()).assert_acceptable();
}

/// The target for the token of a preview link, in a URL and in a header. Asserts that a forged token is refused.
pub(crate) fn preview_tokens(input: &[u8]) {
    let Ok(token) = std::str::from_utf8(input) else { return };
    if token.is_empty() {
        return;
    }
    let encoded: String = input.iter().map(|byte| format!("%{byte:02X}")).collect();
    let by_address = Request::get(format!("/graphql?query=%7B__typename%7D&preview={encoded}"));
    let mut requests = vec![by_address.body(String::new()).unwrap()];
    if let Ok(value) = HeaderValue::from_str(token) {
        let mut request = post(&json!({"query": "{__typename}"}));
        request.headers_mut().insert("x-preview", value);
        requests.push(request);
    }
    for request in requests {
        let answer = publication().ask(request);
        answer.assert_acceptable();
        assert_ne!(answer.status, 200, "{token:?} was accepted as a preview token");
    }
}

/// The target for bearer tokens. Asserts that a forged token is refused.
pub(crate) fn bearer_tokens(input: &[u8]) {
    let Ok(token) = std::str::from_utf8(input) else { return };
    let Ok(value) = HeaderValue::from_str(&format!("Bearer {token}")) else { return };
    let mut request = post(&json!({"query": "{ desk { articles(first: 1) { nodes { id } } } }"}));
    request.headers_mut().insert(header::AUTHORIZATION, value);
    let answer = publication().ask(request);
    assert_ne!(answer.status, 200, "{token:?} was accepted as a token");
    // The provider does not answer, so 503 is expected for plausible tokens.
    if answer.status != 503 {
        answer.assert_acceptable();
    }
}

/// Whether a request would wait for a future edition, which would only slow the target down.
fn waits(text: &str) -> bool {
    text.split(|c: char| !c.is_ascii_digit())
        .any(|digits| digits.parse().map_or(digits.len() > 4, |n: u64| n > EDITION))
        && (text.contains("edition") || !text.contains('='))
}
