//! `--public-url`: addresses in answers, as clients behind a proxy need them.

use serde_json::json;

use crate::support::{CommandExt, Env, Server, greymatters};

const URL: &str = "https://www.example/api";

fn server(env: &Env, url: &str) -> Server {
    env.server_with(&[("GREYMATTERS_PUBLIC_URL", url)])
}

both! {
    fn redirects_lead_to_the_public_url(env: &Env) {
        for url in [URL, "https://www.example/api/"] {
            let server = server(env, url);
            let article = server.editor.published(json!({"title": "A", "slug": "a1"}));
            let article = server.editor.update(&article, json!({"slug": "a2"}));
            server.editor.publish(&article);
            let html = [("accept", "text/html")];
            for (path, headers, location) in [
                ("/", &[][..], "/graphiql"),
                ("/graphql", &html[..], "/graphiql"),
                ("/graphql?preview=x", &html[..], "/graphiql?preview=x"),
                ("/v1/articles/a1", &[], "/v1/articles/a2"),
                ("/v1/articles/a1?excerpt.maxLength=9", &[], "/v1/articles/a2?excerpt.maxLength=9"),
            ] {
                // A cached answer says the same.
                for _ in 0..2 {
                    let answer = server.reader.get(path, headers);
                    assert!([307, 308].contains(&answer.status), "{path}: {answer:?}");
                    assert_eq!(answer.header("location"), Some(&*format!("{URL}{location}")), "{path}");
                }
            }
        }
    }

    fn links_and_new_addresses_have_the_public_url(env: &Env) {
        let server = server(env, URL);
        for title in ["A", "B", "C"] {
            server.editor.published(json!({"title": title}));
        }
        for (path, names) in [("/v1/articles", "next"), ("/v1/editions", "next")] {
            let link = server.reader.get(&format!("{path}?first=2"), &[]).header("link").unwrap().to_owned();
            assert!(link.starts_with(&format!("<{URL}{path}?first=2&after=")), "{link}");
            assert!(link.ends_with(&format!(">; rel=\"{names}\"")), "{link}");
        }
        let json = [("content-type", "application/json")];
        let created = server.editor.send("POST", "/v1/articles", &json, br#"{"title": "D"}"#.to_vec());
        assert_eq!(created.status, 201);
        let location = created.header("location").unwrap().to_owned();
        let path = location.strip_prefix(URL).unwrap();
        assert_eq!(server.editor.get(path, &[]).status, 200, "{location}");
        let document = format!(
            r#"mutation {{ previewCreate(input: {{articleId: "{}"}}) {{ url token }} }}"#,
            created.json()["article"]["articleId"].as_str().unwrap()
        );
        let preview = server.editor.data(&document)["previewCreate"].take();
        assert_eq!(preview["url"], format!("{URL}/graphql?preview={}", preview["token"].as_str().unwrap()));
    }

    fn descriptions_name_the_public_url(env: &Env) {
        let server = server(env, URL);
        let index = server.reader.get("/v1", &[]);
        let described = index.json();
        assert_eq!(described["endpoints"]["articles"], format!("{URL}/v1/articles"));
        for (name, path) in [("graphql", "/graphql"), ("graphiql", "/graphiql"), ("openapi", "/openapi.json")] {
            assert_eq!(described[name], format!("{URL}{path}"));
        }
        let openapi = server.reader.get("/openapi.json", &[]);
        assert_eq!(openapi.json()["servers"], json!([{"url": URL}]));
        assert!(server.reader.get("/nothing", &[]).text.contains(&format!("{URL}/v1")));
        // Another URL is another description.
        let plain = env.server();
        assert_eq!(plain.reader.get("/openapi.json", &[]).json()["servers"], json!([{"url": "/"}]));
        for (path, other) in [("/v1", index), ("/openapi.json", openapi)] {
            let known = other.header("etag").unwrap();
            assert_eq!(plain.reader.get(path, &[("if-none-match", known)]).status, 200, "{path}");
            assert_eq!(server.reader.get(path, &[("if-none-match", known)]).status, 304, "{path}");
        }
    }

    fn without_a_public_url_addresses_begin_with_their_path(env: &Env) {
        let reader = &env.sample().reader;
        assert_eq!(reader.get("/", &[]).header("location"), Some("/graphiql"));
        // The header `Host` decides nothing: it would change what other clients get from a cache.
        let link = reader.get("/v1/articles?first=1", &[]).header("link").unwrap().to_owned();
        assert!(link.starts_with("</v1/articles?first=1&after="), "{link}");
    }

    fn a_public_url_must_be_complete(env: &Env) {
        let database = env.migrated_database();
        for (url, problem) in [
            ("www.example", "https://"),
            ("ftp://www.example", "https://"),
            ("https://www.example/?a=b", "`?`"),
            ("https://user:secret@www.example", "password"),
        ] {
            let ended = greymatters(&["serve", "--public-url", url]).on(&database).run();
            let error = ended.failed();
            assert!(error.contains("--public-url") && error.contains(problem), "{url}: {error}");
        }
    }
}
