//! Rate limits per address and per key.

use serde_json::{Value, json};

use crate::support::{Answer, CommandExt, GRAPHQL_RESPONSE, Server, greymatters};

const PROXY: (&str, &str) = ("GREYMATTERS_TRUSTED_PROXIES", "127.0.0.1");

/// Sends a query for a client at this address, over POST.
fn ask(server: &Server, from: &str) -> Answer {
    let headers =
        [("content-type", "application/json"), ("accept", GRAPHQL_RESPONSE), ("x-forwarded-for", from)];
    server.reader.post(&headers, json!({"query": "{ articles(first: 1) { nodes { title } } }"}).to_string())
}

/// The two headers about rate limits.
fn headers(answer: &Answer) -> [Option<&str>; 2] {
    [answer.header("ratelimit-policy"), answer.header("ratelimit")]
}

/// The code, the limit and the seconds to wait of a refusal.
#[track_caller]
fn refusal(answer: &Answer) -> (Value, Value, u64) {
    assert_eq!(answer.status, 429, "{answer:?}");
    let body = answer.json();
    let reported = if body["errors"].is_array() { &body["errors"][0]["extensions"] } else { &body };
    (
        reported["code"].clone(),
        reported["limit"].clone(),
        answer.header("retry-after").unwrap().parse().unwrap(),
    )
}

both! {
    fn each_address_has_its_own_quota(env: &Env) {
        let server = env.server_with(&[PROXY, ("GREYMATTERS_RATE_LIMIT", "3/h")]);
        for left in [2, 1, 0] {
            let answer = ask(&server, "203.0.113.1");
            let wait = (3 - left) * 1200;
            assert_eq!(answer.status, 200, "{answer:?}");
            assert_eq!(
                headers(&answer),
                [Some("\"address\";q=3;w=3600"), Some(&*format!("\"address\";r={left};t={wait}"))]
            );
        }
        let limit = json!({"name": "rate", "value": 3, "requested": null, "flag": "--rate-limit"});
        let beyond = ask(&server, "203.0.113.1");
        let (code, reported, wait) = refusal(&beyond);
        assert_eq!((code, reported), (json!("RATE_LIMITED"), limit.clone()));
        assert!((1..=1200).contains(&wait), "{wait}");
        assert_eq!(beyond.header("ratelimit"), Some(&*format!("\"address\";r=0;t={wait}")));
        assert_eq!(beyond.header("cache-control"), Some("private, no-store"));
        let rest = server.reader.get("/v1/articles", &[("x-forwarded-for", "203.0.113.1")]);
        assert_eq!(rest.header("content-type"), Some("application/problem+json"));
        let (code, reported, _) = refusal(&rest);
        assert_eq!((code, reported), (json!("RATE_LIMITED"), limit));
        // All requests count, except for health checks.
        for path in ["/graphiql", "/openapi.json", "/metrics", "/nowhere"] {
            refusal(&server.editor.get(path, &[("x-forwarded-for", "203.0.113.1")]));
        }
        for path in ["/healthz", "/readyz"] {
            let answer = server.reader.get(path, &[("x-forwarded-for", "203.0.113.1")]);
            assert_eq!((answer.status, headers(&answer)), (200, [None, None]));
        }
        // Other addresses have their own quotas.
        assert_eq!(ask(&server, "203.0.113.2").header("ratelimit"), Some("\"address\";r=2;t=1200"));
        // The addresses of one IPv6 network count as one client.
        for (from, left) in [("2001:db8::1", 2), ("2001:db8::2", 1), ("2001:db8:0:1::1", 2)] {
            let answer = ask(&server, from);
            assert!(answer.header("ratelimit").unwrap().starts_with(&format!("\"address\";r={left};")), "{from}");
        }
        // A request of the proxy that names no client is not counted.
        for _ in 0..5 {
            let answer = server.reader.ask("{ __typename }");
            assert_eq!((answer.status, headers(&answer)), (200, [None, None]));
        }
        let metrics = server.editor.get("/metrics", &[]).text;
        assert!(metrics.contains("greymatters_http_refusals_total{code=\"RATE_LIMITED\"} 6\n"), "{metrics}");
        // A client cannot get a new quota by sending `Forwarded`. All requests with both headers count as one client.
        let hidden = |number: usize| {
            let forwarded = format!("for=198.51.100.{number}");
            let headers = [("x-forwarded-for", "203.0.113.9"), ("forwarded", forwarded.as_str())];
            server.reader.get("/graphql?query=%7B__typename%7D", &headers).status
        };
        assert_eq!([1, 2, 3, 4].map(hidden), [200, 200, 200, 429]);
    }

    fn publicly_cacheable_answers_have_no_rate_headers(env: &Env) {
        let server = env.server_with(&[PROXY, ("GREYMATTERS_RATE_LIMIT", "100/h")]);
        for _ in 0..2 {
            for path in ["/graphql?query=%7Barticles%7Bnodes%7Btitle%7D%7D%7D", "/v1/articles"] {
                let answer = server.reader.get(path, &[("x-forwarded-for", "203.0.113.1")]);
                assert!(answer.header("cache-control").unwrap().starts_with("public"), "{answer:?}");
                assert_eq!(headers(&answer), [None, None]);
                // Shared caches do not store answers to requests with a key, so these have the headers.
                let answer = server.editor.get(path, &[("x-forwarded-for", "203.0.113.1")]);
                assert!(headers(&answer)[1].is_some(), "{answer:?}");
            }
        }
        assert!(ask(&server, "203.0.113.1").header("ratelimit").unwrap().starts_with("\"address\";r=91;"));
    }

    fn each_key_has_its_own_quota(env: &Env) {
        let server = env.server_with(&[PROXY, ("GREYMATTERS_KEY_RATE_LIMIT", "4/h"), ("GREYMATTERS_RATE_LIMIT", "50/h")]);
        let from = ("x-forwarded-for", "203.0.113.1");
        let post = |from| {
            let headers = [("content-type", "application/json"), ("accept", GRAPHQL_RESPONSE), from];
            server.editor.post(&headers, json!({"query": "{ edition { number } }"}).to_string())
        };
        let answer = post(from);
        assert_eq!(
            headers(&answer),
            [
                Some("\"address\";q=50;w=3600, \"key\";q=4;w=3600"),
                Some("\"address\";r=49;t=72, \"key\";r=3;t=900")
            ]
        );
        // The quota of a key does not depend on the address, or on the kind of request.
        assert_eq!(server.editor.get("/v1/edition", &[("x-forwarded-for", "203.0.113.2")]).status, 200);
        assert_eq!(server.editor.get("/metrics", &[("x-forwarded-for", "203.0.113.3")]).status, 200);
        assert_eq!(post(("x-forwarded-for", "203.0.113.4")).status, 200);
        let limit = json!({"name": "keyRate", "value": 4, "requested": null, "flag": "--key-rate-limit"});
        for answer in [
            post(from),
            server.editor.get("/graphql?query=%7B__typename%7D", &[from]),
            server.editor.get("/v1/edition", &[from]),
            server.editor.get("/metrics", &[from]),
        ] {
            let (code, reported, wait) = refusal(&answer);
            assert_eq!((code, reported), (json!("RATE_LIMITED"), limit.clone()));
            assert!((1..=900).contains(&wait), "{wait}");
        }
        // Another key and requests without a key are still answered.
        assert_eq!(server.client_with(&["content:write"]).get("/v1/edition", &[from]).status, 200);
        assert_eq!(ask(&server, "203.0.113.1").status, 200);
    }

    fn there_is_no_rate_limit_by_default(env: &Env) {
        let server = env.server();
        for _ in 0..20 {
            assert_eq!(headers(&ask(&server, "203.0.113.1")), [None, None]);
        }
        let refused = greymatters(&["serve", "--rate-limit", "100"]).run();
        assert!(refused.stderr.contains("write it like 100/s"), "{}", refused.stderr);
    }
}
