//! Requests of pages of other sites (CORS).

use crate::support::{Answer, Client};

const ORIGIN: (&str, &str) = ("origin", "https://hospital.example");

/// Asks, as a browser does, whether a page may send a request with these headers.
fn preflight(reader: &Client, path: &str, asked: &str) -> Answer {
    let headers =
        [ORIGIN, ("access-control-request-method", "POST"), ("access-control-request-headers", asked)];
    reader.send("OPTIONS", path, &headers, Vec::new())
}

/// The headers that a page may send.
fn allowed(answer: &Answer) -> Vec<String> {
    let allowed = answer.header("access-control-allow-headers").unwrap();
    allowed.split(',').map(str::to_owned).collect()
}

both! {
    fn a_page_may_send_the_headers_that_its_client_adds(env: &Env) {
        let reader = &env.sample().reader;
        for asked in [
            "authorization,content-type",
            "apollographql-client-name,apollographql-client-version,content-type",
            "apollo-require-preflight",
            "traceparent, tracestate,\tbaggage",
            "X-Client-Version",
        ] {
            for path in ["/graphql", "/v1/articles", "/v1/articles/x"] {
                let answer = preflight(reader, path, asked);
                assert_eq!(answer.status, 200, "{asked}");
                assert_eq!(answer.header("access-control-allow-origin"), Some("*"));
                assert!(answer.header("access-control-allow-methods").unwrap().contains("POST"));
                assert_eq!(answer.header("vary"), Some("access-control-request-headers"));
                assert_eq!(answer.header("access-control-allow-credentials"), None, "cookies stay forbidden");
                let allowed = allowed(&answer);
                for name in asked.split(',').map(|name| name.trim().to_lowercase()) {
                    assert_eq!(allowed.iter().filter(|known| **known == name).count(), 1, "{name}: {allowed:?}");
                }
            }
        }
    }

    fn the_headers_of_this_api_are_always_allowed(env: &Env) {
        let reader = &env.sample().reader;
        let asks_for_nothing = reader.send("OPTIONS", "/graphql", &[ORIGIN], Vec::new());
        for answer in [asks_for_nothing, preflight(reader, "/graphql", ""), preflight(reader, "/graphql", "x-other")] {
            let allowed = allowed(&answer);
            for name in ["authorization", "content-type", "x-preview", "if-match", "idempotency-key", "edition-at-least"] {
                assert!(allowed.iter().any(|known| known == name), "{name}: {allowed:?}");
            }
        }
    }

    fn a_preflight_answer_names_valid_headers_and_stays_short(env: &Env) {
        let reader = &env.sample().reader;
        let usual = allowed(&preflight(reader, "/graphql", ""));
        for asked in ["a b", "x:y", ",,", "\"x\"", "x\u{e9}", &"x-long,".repeat(1_000)] {
            assert_eq!(allowed(&preflight(reader, "/graphql", asked)), usual, "{asked}");
        }
        // A header that cannot exist does not forbid the others.
        assert!(allowed(&preflight(reader, "/graphql", "a b,traceparent")).contains(&"traceparent".to_owned()));
    }

    fn a_page_may_read_answers_without_credentials(env: &Env) {
        let reader = &env.sample().reader;
        for path in ["/v1/articles?first=1", "/v1/articles?first=x", "/graphql?query=%7B__typename%7D", "/nothing"] {
            let answer = reader.get(path, &[ORIGIN]);
            assert_eq!(answer.header("access-control-allow-origin"), Some("*"), "{path}");
            assert_eq!(answer.header("access-control-allow-credentials"), None, "{path}");
        }
    }
}
