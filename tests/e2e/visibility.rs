//! An answer depends only on the request, and never on earlier requests of other clients.

use serde_json::{Value, json};

use crate::support::{Answer, Client, GRAPHQL_RESPONSE, Server};

const DOCUMENT: &str = "{ articles { nodes { title slug } } }";

/// A request, which can have the same header twice.
#[derive(Debug)]
struct SentRequest {
    method: &'static str,
    path: String,
    headers: Vec<(&'static str, String)>,
    body: String,
}

impl SentRequest {
    fn send(&self, client: &Client) -> Answer {
        let headers: Vec<_> = self.headers.iter().map(|(name, value)| (*name, value.as_str())).collect();
        client.send(self.method, &self.path, &headers, self.body.clone().into())
    }

    /// This request with additional parameters and headers.
    fn with(&self, query: &str, headers: &[(&'static str, String)]) -> Self {
        let Self { method, path, headers: own, body } = self;
        let joint = if path.contains('?') { "&" } else { "?" };
        let path = if query.is_empty() { path.clone() } else { format!("{path}{joint}{query}") };
        let headers = own.iter().chain(headers).cloned().collect();
        Self { method, path, headers, body: body.clone() }
    }
}

/// The requests that every kind of client sends.
fn plain_requests() -> Vec<SentRequest> {
    let encoded = DOCUMENT.replace(' ', "%20").replace('{', "%7B").replace('}', "%7D");
    let get = format!("/graphql?query={encoded}");
    let post = json!({"query": DOCUMENT}).to_string();
    let json = ("content-type", "application/json".to_owned());
    let request = |method, path: &str, headers: &[(&'static str, String)], body: &str| {
        // All requests have the same id, because errors contain it.
        let id = ("x-request-id", "same".to_owned());
        let headers = headers.iter().cloned().chain([id]).collect();
        SentRequest { method, path: path.to_owned(), headers, body: body.to_owned() }
    };
    let accept = |value: &str| ("accept", value.to_owned());
    vec![
        request("POST", "/graphql", std::slice::from_ref(&json), &post),
        request("POST", "/graphql", &[json, accept(GRAPHQL_RESPONSE)], &post),
        request(
            "POST",
            "/graphql",
            &[("content-type", "application/json; charset=utf-16".to_owned())],
            &post,
        ),
        request("GET", &get, &[], ""),
        request("HEAD", &get, &[], ""),
        request("GET", &get, &[accept("text/html, */*;q=0.1")], ""),
        request("GET", "/v1/articles?first=5", &[], ""),
        request("HEAD", "/v1/articles?first=5", &[], ""),
        request("GET", "/v1/articles/shown", &[], ""),
        request("GET", "/v1/articles/draft", &[], ""),
    ]
}

fn preview(editor: &Client, article: &str) -> String {
    let document = "mutation ($id: ID!) { previewCreate(input: { articleId: $id }) { token } }";
    let made = editor.data_with(document, &json!({"id": article}));
    made["previewCreate"]["token"].as_str().unwrap().to_owned()
}

/// Everything in an answer that a client can see, except for times.
fn visible(answer: &Answer) -> (u16, Vec<(String, String)>, String) {
    // What a preview shows has an edition of its own, even where it shows nothing of the draft.
    let is_preview = answer.status == 200 && answer.header("cache-control") == Some("private, no-store");
    let headers = answer.headers.iter().filter(|(name, _)| *name != "date");
    let headers = headers.filter(|(name, _)| !is_preview || *name != "content-length");
    let headers = headers.map(|(name, value)| (name.to_string(), value.to_str().unwrap().to_owned()));
    let mut headers: Vec<_> = headers.collect();
    headers.sort();
    let text = match answer.text.is_empty() {
        false if is_preview => without_times(answer.json()).to_string(),
        _ => answer.text.clone(),
    };
    (answer.status, headers, text)
}

/// Removes what differs each time a preview is read: its edition, and the time at which it is read.
fn without_times(mut value: Value) -> Value {
    match &mut value {
        Value::Object(fields) => {
            // A cursor contains the date.
            ["edition", "publishedAt", "updatedAt", "pageInfo"]
                .iter()
                .for_each(|name| drop(fields.remove(*name)));
            fields.values_mut().for_each(|field| *field = without_times(field.take()));
        }
        Value::Array(entries) => entries.iter_mut().for_each(|entry| *entry = without_times(entry.take())),
        _ => {}
    }
    value
}

both! {
    fn no_answer_depends_on_earlier_requests_of_others(env: &Env) {
        let server = env.server();
        let uncached = server.beside_with("info", &[("GREYMATTERS_CACHE_MIB", "0")]);
        let Server { editor, reader, .. } = &server;
        let shown = editor.create(json!({"title": "Shown", "body": "x"}));
        editor.publish(&shown);
        let draft = editor.create(json!({"title": "Draft", "body": "x"}));
        let token = preview(editor, &draft.id);
        let key = editor.key().unwrap();

        // First, every kind of client sends every request.
        let mut sent_before = 0;
        for request in plain_requests() {
            for _ in 0..2 {
                assert!(!request.send(reader).text.contains("Draft"), "{request:?}");
                sent_before += 1;
            }
        }
        assert_eq!(sent_before, 20);

        let queries = [
            String::new(), format!("preview={token}"), "preview=bad".into(), "preview=".into(), "preview".into(),
            format!("%70review={token}"), format!("previe%77={token}"), format!("preview={token}&preview={token}"),
            "preview=bad&preview=worse".into(), "Preview=bad".into(), "query=%7Bedition%7Bnumber%7D%7D".into(),
            "operationName=Other".into(), "variables=%7B%7D".into(), "%71uery=x".into(), "utm=1".into(),
            "edition-at-least=x".into(), "edition%2Dat%2Dleast=x".into(), "edition-at-least=0".into(),
        ];
        let bearer = |token: &str| ("authorization", format!("Bearer {token}"));
        let preview_header = |token: &str| ("x-preview", token.to_owned());
        let headers: Vec<Vec<(&'static str, String)>> = vec![
            vec![], vec![preview_header(&token)], vec![preview_header("bad")], vec![preview_header("")], vec![preview_header(&token), preview_header(&token)],
            vec![bearer(key)], vec![bearer("gmk_wrong")], vec![("authorization", String::new())],
            vec![("authorization", "Basic eDp5".into())], vec![bearer(key), bearer(key)],
            vec![bearer(key), preview_header(&token)], vec![bearer("gmk_wrong"), preview_header(&token)],
            vec![("if-none-match", "*".into())],
        ];
        let (mut previews, mut refused) = (0, 0);
        // Every query is combined with all headers. Each pair is sent in a third of the possible ways.
        for (way, plain) in plain_requests().into_iter().enumerate() {
            for (place, query) in queries.iter().enumerate() {
                for (number, headers) in headers.iter().enumerate() {
                    if (way + place + number) % 3 != 0 {
                        continue;
                    }
                    let request = plain.with(query, headers);
                    let (answer, uncached_answer) = (request.send(reader), request.send(&uncached.reader));
                    assert_eq!(visible(&answer), visible(&uncached_answer), "{request:?}");
                    assert!(answer.status < 500, "{request:?}: {answer:?}");
                    previews += usize::from(answer.text.contains("Draft"));
                    refused += usize::from([401, 403].contains(&answer.status));
                }
            }
        }
        assert!(previews > 10 && refused > 150, "{previews} previews, {refused} refusals");
    }

    fn a_preview_token_in_the_address_works_for_posts(env: &Env) {
        let server = env.server();
        let Server { editor, reader, .. } = &server;
        let draft = editor.create(json!({"title": "Draft", "body": "x"}));
        let token = preview(editor, &draft.id);
        let body = json!({"query": DOCUMENT}).to_string();
        let post = |query: &str| {
            let headers = [("content-type", "application/json"), ("accept", GRAPHQL_RESPONSE)];
            reader.send("POST", &format!("/graphql{query}"), &headers, body.clone().into())
        };
        let titles = |answer: &Answer| answer.data()["articles"]["nodes"].clone();
        for _ in 0..3 {
            assert_eq!(titles(&post("")), json!([]));
        }
        for name in ["preview", "%70review"] {
            let answer = post(&format!("?{name}={token}"));
            assert_eq!(titles(&answer), json!([{"title": "Draft", "slug": "draft"}]), "{name}");
            assert_eq!(answer.header("cache-control"), Some("private, no-store"));
        }
        for query in ["?preview=bad", "?preview=", "?preview", "?x=y&preview=bad"] {
            let (status, code, _) = post(query).error();
            assert_eq!((status, code.as_str()), (403, "FORBIDDEN"), "{query}");
        }
        // Two tokens are refused, even if they are equal.
        let (status, _, message) = post(&format!("?preview={token}&preview={token}")).error();
        assert_eq!(status, 403);
        assert!(message.contains("several preview tokens"), "{message}");
        assert_eq!(titles(&post("")), json!([]));
    }

    fn graphql_parameters_in_the_address_of_a_post_are_refused(env: &Env) {
        let server = env.server();
        let body = json!({"query": "{ edition { number } }"}).to_string();
        for _ in 0..2 {
            for (query, name) in [
                ("query=%7Barticles%7BtotalCount%7D%7D", "query"), ("operationName=A", "operationName"),
                ("variables=%7B%7D", "variables"), ("a=b&extension%73=%7B%7D", "extensions"),
            ] {
                let headers = [("content-type", "application/json")];
                let answer = server.reader.send("POST", &format!("/graphql?{query}"), &headers, body.clone().into());
                let (status, code, message) = answer.error();
                assert_eq!((status, code.as_str()), (400, "BAD_REQUEST"));
                assert!(message.starts_with(&format!("`{name}` is in the query string")), "{message}");
            }
            let plain = server.reader.send("POST", "/graphql?utm=x", &[("content-type", "application/json")], body.clone().into());
            assert_ne!(plain.data()["edition"]["number"], Value::Null);
        }
    }

    fn two_keys_in_one_request_are_refused(env: &Env) {
        let server = env.server();
        let bearer = format!("Bearer {}", server.editor.key().unwrap());
        for other in [bearer.as_str(), "Bearer gmk_wrong", "Basic eDp5", ""] {
            for pair in [[bearer.as_str(), other], [other, bearer.as_str()]] {
                let headers = [("authorization", pair[0]), ("authorization", pair[1])];
                let over_rest = server.reader.get("/v1/tags", &headers);
                assert_eq!(over_rest.status, 401, "{pair:?}");
                let body = json!({"query": "{ edition { number } }"}).to_string();
                let headers = [headers[0], headers[1], ("content-type", "application/json")];
                let (status, code, message) = server.reader.post(&headers, body).error();
                assert_eq!((status, code.as_str()), (401, "UNAUTHENTICATED"));
                assert_eq!(message, "the request has several `Authorization` headers: send one");
            }
        }
    }

    fn the_edition_parameter_works_in_every_encoding(env: &Env) {
        let server = env.server();
        for path in ["/v1/tags?edition-at-least=x", "/v1/tags?edition%2Dat%2Dleast=x", "/v1/tags?%65dition-at-least=-1"] {
            assert_eq!(server.reader.get(path, &[]).status, 400, "{path}");
        }
    }
}
