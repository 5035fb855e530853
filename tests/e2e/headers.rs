//! Every answer has `X-Content-Type-Options` and `Cache-Control`. Answers that change only with the program have an
//! ETag.

use serde_json::json;

use crate::support::{Client, Server};

/// The paths of answers that change only with the program.
fn static_pages(reader: &Client) -> Vec<String> {
    let page = reader.get("/graphiql", &[]).text;
    let assets = page.split('"').filter(|text| text.starts_with("graphiql/")).map(|path| format!("/{path}"));
    let mut paths: Vec<_> = assets.collect();
    assert!(paths.len() > 5, "{paths:?}");
    paths.extend(["/openapi.json", "/graphiql", "/v1"].map(str::to_owned));
    paths
}

/// Sends a raw request, and checks the headers that every answer must have.
#[track_caller]
fn check_headers(reader: &Client, method: &str, path: &str, headers: &str, body: &str) -> String {
    let length = if body.is_empty() { String::new() } else { format!("content-length: {}\r\n", body.len()) };
    let request =
        format!("{method} {path} HTTP/1.1\r\nhost: x\r\nconnection: close\r\n{headers}{length}\r\n{body}");
    let answer = reader.raw(request.as_bytes());
    let head = answer.split("\r\n\r\n").next().unwrap().to_lowercase();
    let values = |name: &str| {
        let lines = head.lines().filter_map(|line| line.split_once(": "));
        lines.filter(|(given, _)| *given == name).map(|(_, value)| value.to_owned()).collect::<Vec<_>>()
    };
    assert_eq!(values("x-content-type-options"), ["nosniff"], "{method} {path} {headers}: {head}");
    let control = values("cache-control");
    assert_eq!(control.len(), 1, "{method} {path} {headers}: {head}");
    let status: u16 = head.split(' ').nth(1).unwrap().parse().unwrap();
    if !matches!(status, 200 | 304 | 308) {
        assert_eq!(control, ["private, no-store"], "{method} {path} {headers}: {head}");
    }
    format!("{status}")
}

both! {
    fn every_answer_has_caching_and_content_headers(env: &Env) {
        let server = env.server();
        let Server { editor, reader, .. } = &server;
        let article = editor.create(json!({"title": "Shown", "body": "x"}));
        editor.publish(&article);
        let key = format!("authorization: Bearer {}\r\n", editor.key().unwrap());
        let mut paths = static_pages(reader);
        let others = [
            "/", "/graphql", "/graphql?query=%7Barticles%7BtotalCount%7D%7D", "/graphql?query=%7B", "/graphiql/",
            "/graphql?query=mutation%7BtagCreate%7B__typename%7D%7D", "/graphql?preview=x", "/graphiql/x.js", "/v1/",
            "/v1/articles", "/v1/articles/shown", "/v1/articles/nothing", "/v1/articles?x=y", "/v1/articles?preview=x",
            "/v1/articles/%FF", "/v1/tags", "/v1/topics", "/v1/authors", "/v1/edition", "/v1/x", "/healthz", "/readyz",
            "/v1/tags?edition-at-least=x", "/nothing", "//", "/%00",
        ];
        paths.extend(others.map(str::to_owned));
        paths.push(format!("/v1/articles?tag={}", "x".repeat(9_000)));
        let mut statuses = std::collections::BTreeSet::new();
        for path in &paths {
            for method in ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE", "BREW"] {
                for headers in [
                    "", key.as_str(), "authorization: Bearer gmk_wrong\r\n", "accept: text/plain\r\n", "x-preview: x\r\n",
                    "origin: https://www.example\r\naccess-control-request-method: POST\r\n",
                ] {
                    statuses.insert(check_headers(reader, method, path, headers, ""));
                }
            }
        }
        let json = "content-type: application/json\r\n";
        for (headers, body) in [
            (json, "{"), (json, "[]"), (json, r#"{"query": "{ edition { number } }"}"#), (json, r#"{"query": "{ nothing }"}"#),
            ("content-type: text/plain\r\n", "x"), (json, r#"{"query": "mutation { tagCreate(input: { name: \"x\" }) { __typename } }"}"#),
            (json, r#"{"query": "{ edition { number } }"}"#), (json, r#"{"query": "{ desk { audit { totalCount } } }"}"#),
        ] {
            statuses.insert(check_headers(reader, "POST", "/graphql", headers, body));
            let accept = format!("{headers}accept: application/graphql-response+json\r\n");
            statuses.insert(check_headers(reader, "POST", "/graphql", &accept, body));
            statuses.insert(check_headers(reader, "POST", "/graphql", &format!("{headers}{key}"), body));
        }
        let long = format!(r#"{{"query": "{{ edition {{ number }} }} # {}"}}"#, "x".repeat(300_000));
        statuses.insert(check_headers(reader, "POST", "/graphql", json, &long));
        let list = reader.get("/v1/articles", &[]);
        let known = format!("if-none-match: {}\r\n", list.header("etag").unwrap());
        assert_eq!(check_headers(reader, "GET", "/v1/articles", &known, ""), "304");
        statuses.insert("304".to_owned());
        let seen: Vec<_> = statuses.iter().map(String::as_str).collect();
        assert_eq!(seen, ["200", "304", "307", "308", "400", "401", "403", "404", "405", "406", "413", "414", "415", "428"]);
    }

    fn answers_to_unreadable_heads_have_these_headers_too(env: &Env) {
        let server = env.server();
        let long = format!("GET / HTTP/1.1\r\nhost: x\r\nx: {}\r\n\r\n", "x".repeat(20_000));
        for (head, status) in [
            ("GET / HTTP/1.1\r\nhost x\r\n\r\n", "400"),
            ("G@T / HTTP/1.1\r\nhost: x\r\n\r\n", "400"),
            ("GET / HTTP/9.9\r\nhost: x\r\n\r\n", "400"),
            ("GET /\u{7f} HTTP/1.1\r\nhost: x\r\n\r\n", "400"),
            ("POST / HTTP/1.1\r\nhost: x\r\ncontent-length: one\r\n\r\n", "400"),
            (&long, "431"),
            (&format!("GET /{} HTTP/1.1\r\nhost: x\r\n\r\n", "x".repeat(20_000)), "431"),
        ] {
            // The head is sent alone, and after a valid request on the same connection.
            for before in ["", "GET /healthz HTTP/1.1\r\nhost: x\r\n\r\n"] {
                let answers = server.reader.raw(format!("{before}{head}").as_bytes());
                let parts: Vec<_> = answers.split("HTTP/1.1 ").skip(1).collect();
                assert_eq!(parts.len(), if before.is_empty() { 1 } else { 2 }, "{head}: {answers}");
                let answer = parts.last().unwrap();
                assert!(answer.starts_with(status), "{head}: {answer}");
                for header in ["x-content-type-options: nosniff", "cache-control: private, no-store", "connection: close", "content-length: 0", "date: "] {
                    assert_eq!(answer.matches(&format!("\r\n{header}")).count(), 1, "{head}: {answer}");
                }
                assert!(answer.ends_with("\r\n\r\n"), "{head}: {answer}");
            }
        }
    }

    fn static_pages_are_answered_304(env: &Env) {
        let reader = &env.sample().reader;
        for path in static_pages(reader) {
            let first = reader.get(&path, &[]);
            let etag = first.header("etag").unwrap_or_else(|| panic!("{path} has no ETag")).to_owned();
            let bare = etag.strip_prefix("W/").unwrap_or(&etag).to_owned();
            for known in [etag.clone(), bare.clone(), format!("W/{bare}"), format!("\"x\", {etag}"), "*".to_owned()] {
                let again = reader.get(&path, &[("if-none-match", &known)]);
                assert_eq!((again.status, again.bytes.len()), (304, 0), "{path}: {known}");
                assert_eq!(again.header("etag"), Some(etag.as_str()), "{path}");
                assert_eq!(again.header("cache-control"), first.header("cache-control"), "{path}");
                // A 304 has no policy: the cached page keeps the policy that it came with.
                assert_eq!(again.header("content-security-policy"), None, "{path}");
            }
            for other in ["\"x\"", "*, \"x\"", "", bare.trim_matches('"')] {
                assert_eq!(reader.get(&path, &[("if-none-match", other)]).status, 200, "{path}: {other}");
            }
        }
    }
}
