//! Refusals and their messages.

use serde_json::json;

both! {
    fn an_unknown_parameter_is_named(env: &Env) {
        let reader = &env.sample().reader;
        let refused = reader.get("/v1/articles?tags=seo", &[]);
        assert_eq!(refused.header("content-type"), Some("application/problem+json"));
        let problem = refused.json();
        assert_eq!((refused.status, &problem["code"], &problem["parameter"]), (400, &json!("BAD_USER_INPUT"), &json!("tags")));
        assert!(problem["detail"].as_str().unwrap().contains("`tag`"), "{problem}");
        assert!(problem["requestId"].is_string());
    }

    fn hostile_addresses_are_refused(env: &Env) {
        let reader = &env.sample().reader;
        let long = format!("/v1/articles?tag={}", "a".repeat(12_000));
        let many = format!("/v1/articles?{}", "tag=a&".repeat(1_000));
        for path in [
            long.as_str(),
            many.as_str(),
            "/v1/articles?first=-1",
            "/v1/articles?first=101",
            "/v1/articles?first=1&first=2",
            "/v1/articles?first=",
            "/v1/articles?offset=99999999999999999999",
            "/v1/articles?publishedAt.gte=yesterday",
            "/v1/articles?after=nonsense",
            "/v1/articles?orderBy=price",
            "/v1/articles?tag=%00",
            "/v1/articles?tag=%FF",
            "/v1/articles?count=maybe",
            "/v1/articles/%FF",
            "/v1/articles/..%2F..%2Fetc",
            "/v1/nothing",
            "/v1/articles/a/b",
            "/v1/",
        ] {
            let answer = reader.get(path, &[]);
            assert!((400..500).contains(&answer.status) || answer.status == 200, "{path}: {answer:?}");
            if answer.status != 200 {
                assert_eq!(answer.header("content-type"), Some("application/problem+json"), "{path}");
                assert_eq!(answer.header("cache-control"), Some("private, no-store"), "{path}");
                assert_eq!(answer.json()["status"], answer.status, "{path}");
            }
        }
        // A head of more than 16 KiB is refused before it is parsed.
        let beyond = format!("/v1/articles?tag={}", "a".repeat(60_000));
        assert!([414, 431].contains(&reader.get(&beyond, &[]).status));
    }

    fn a_wrong_method_gets_the_allowed_methods(env: &Env) {
        for (method, path, allowed) in [
            ("PUT", "/v1/articles", "GET, HEAD, POST"),
            ("DELETE", "/v1/articles", "GET, HEAD, POST"),
            ("POST", "/v1/articles/some-slug", "GET, HEAD, PATCH, DELETE"),
            ("GET", "/v1/articles/article_1/publish", "POST"),
            ("PATCH", "/v1/desk/articles/article_1", "GET, HEAD"),
            ("POST", "/v1/tags", "GET, HEAD"),
            ("POST", "/v1", "GET, HEAD"),
        ] {
            let answer = env.sample().editor.send(method, path, &[], Vec::new());
            assert_eq!((answer.status, answer.header("allow")), (405, Some(allowed)), "{method} {path}");
            assert!(answer.json()["detail"].as_str().unwrap().contains(allowed), "{answer:?}");
        }
    }

    fn invalid_keys_previews_and_media_types_are_refused(env: &Env) {
        let server = env.sample();
        let status = |headers: &[(&str, &str)]| server.reader.get("/v1/articles", headers).status;
        assert_eq!(status(&[("accept", "text/html")]), 406);
        assert_eq!(status(&[("authorization", "Bearer gmk_wrong")]), 401);
        assert_eq!(status(&[("x-preview", "token")]), 403);
        assert_eq!(server.reader.get("/v1/articles?preview=token", &[]).status, 403);
        // Only what the public can read has previews.
        for (method, path) in [("POST", "/v1/articles"), ("GET", "/v1/desk/articles/article_1")] {
            let refused = server.editor.send(method, path, &[("x-preview", "token")], Vec::new());
            assert_eq!((refused.status, refused.json()["parameter"].as_str()), (400, Some("preview")), "{refused:?}");
        }
        let known = server.editor.get("/v1/articles", &[]);
        assert_eq!((known.status, known.header("cache-control")), (200, Some("private, no-cache")));
    }
}
