//! Answers over HTTP: each is built once per edition, and has an ETag and headers for shared caches.

mod encodings;
mod persisted;
mod purging;

use std::sync::Barrier;

use serde_json::{Value, json};

use crate::support::{Answer, Client, STATEMENTS, Server};

const LIST: &str = "{ articles(first: 5) { nodes { id slug title tags { id name } topics { id name } } } }";

/// Percent-encodes a text.
fn encoded(text: &str) -> String {
    text.bytes().map(|byte| format!("%{byte:02X}")).collect()
}

/// The URL of a query with this document.
fn address(document: &str) -> String {
    format!("/graphql?query={}", encoded(document))
}

fn get(client: &Client, document: &str, headers: &[(&str, &str)]) -> Answer {
    client.get(&address(document), headers)
}

/// Calls `ask` with a new request id. Returns the answer, and the number of statements that the request executed.
fn statements(server: &Server, ask: impl Fn(&str) -> Answer) -> (Answer, usize) {
    let id = format!("counted-{}", server.log().len());
    let answer = ask(&id);
    let statements = server.statements_of(&id).len();
    (answer, statements)
}

both! {
    fn a_repeated_query_executes_no_statement(env: &Env) {
        let server = env.sample().beside_logging(STATEMENTS);
        let document = "query Latest($n: Int, $slug: String!) {
            articles(first: $n, where: {tags: {any: [\"accessibility\"]}}) { nodes { title } }
            article(by: {slug: $slug}) { title }
        }";
        let post = |variables: Value| {
            statements(&server, |id| {
                let headers = [("content-type", "application/json"), ("x-request-id", id)];
                server.reader.post(&headers, json!({"query": document, "variables": variables}).to_string())
            })
        };
        let (first, read) = post(json!({"n": 3, "slug": "provider-directory-tips"}));
        assert!(read > 0);
        // The same query, sent in different ways.
        let variables = encoded(r#"{ "slug": "provider-directory-tips", "n": 3 }"#);
        let paths = [
            format!("/graphql?query={}&variables={variables}", encoded(document)),
            format!("/graphql?variables={variables}&operationName=&query={}", encoded(document)),
        ];
        let mut answers = vec![post(json!({"slug": "provider-directory-tips", "n": 3}))];
        for client in [&server.reader, &server.editor] {
            let get = |path: &String| statements(&server, |id| client.get(path, &[("x-request-id", id)]));
            answers.extend(paths.iter().map(get));
        }
        for (place, (again, read)) in answers.into_iter().enumerate() {
            assert_eq!(again.text, first.text);
            // With a key, one statement looks up the key.
            assert_eq!(read, usize::from(place > 2), "{place}");
        }
        // With other variables, it is another query.
        let (other, read) = post(json!({"n": 2, "slug": "provider-directory-tips"}));
        assert!(read > 0 && other.text != first.text);
    }

    fn a_hundred_concurrent_requests_share_one_execution(env: &Env) {
        let server = env.sample().beside_logging(STATEMENTS);
        let document = "{ articles(first: 50) { totalCount nodes { title body { html } tags { name } } } }";
        let start = Barrier::new(100);
        let ask = |number: usize| {
            let id = format!("reader-{number}");
            start.wait();
            let headers = [("content-type", "application/json"), ("x-request-id", id.as_str())];
            server.reader.post(&headers, json!({"query": document}).to_string()).text
        };
        let answers: Vec<String> = std::thread::scope(|scope| {
            let threads: Vec<_> = (0..100).map(|number| scope.spawn(move || ask(number))).collect();
            threads.into_iter().map(|thread| thread.join().unwrap()).collect()
        });
        assert!(answers.iter().all(|answer| *answer == answers[0]));
        let executed = (0..100).filter(|number| !server.statements_of(&format!("reader-{number}")).is_empty());
        assert_eq!(executed.count(), 1);
    }

    fn a_client_with_the_current_answer_gets_304(env: &Env) {
        let server = env.server();
        let article = server.editor.published(json!({"title": "Flu shots"}));
        let first = get(&server.reader, LIST, &[]);
        let etag = first.header("etag").unwrap().to_owned();
        assert!(etag.starts_with('"') && etag.ends_with('"'), "{etag} is not a strong ETag");
        assert_eq!(first.edition(), 1);
        for given in [etag.clone(), format!("W/{etag}"), format!("\"other\", {etag}")] {
            let again = get(&server.reader, LIST, &[("if-none-match", &given)]);
            assert_eq!((again.status, again.text.as_str()), (304, ""), "{given}");
            for name in ["etag", "cache-control", "vary", "edition"] {
                assert_eq!(again.header(name), first.header(name), "{name}");
            }
        }
        for given in ["\"other\"", "*, junk", "", &etag[..etag.len() - 2]] {
            assert_eq!(get(&server.reader, LIST, &[("if-none-match", given)]).status, 200, "{given}");
        }
        // With `If-None-Match: *`, every successful answer is a 304, whether it is cached or new.
        for (document, is_successful) in [(LIST, true), ("{ b: edition { number } }", true), ("{ nothing }", false), ("{ article(by: { slug: \"x\" }) { nothing } }", false)] {
            for _ in 0..2 {
                let answer = get(&server.reader, document, &[("if-none-match", "*")]);
                assert_eq!(answer.status == 304, is_successful, "{document}: {answer:?}");
            }
        }
        for (path, status) in [("/v1/articles", 304), ("/v1/articles/flu-shots", 304), ("/v1/articles/nothing", 404), ("/v1/articles?x=y", 400)] {
            assert_eq!(server.reader.get(path, &[("if-none-match", "*")]).status, status, "{path}");
        }
        // The ETag does not match another query, or another media type.
        assert_eq!(get(&server.reader, "{ edition { number } }", &[("if-none-match", &etag)]).status, 200);
        let typed = [("if-none-match", etag.as_str()), ("accept", "application/graphql-response+json")];
        let other = get(&server.reader, LIST, &typed);
        assert_eq!(other.status, 200);
        assert_ne!(other.header("etag"), Some(etag.as_str()));

        let article = server.editor.update(&article, json!({"title": "Flu shots, again"}));
        assert_eq!(get(&server.reader, LIST, &[("if-none-match", &etag)]).status, 304, "a working copy is not public");
        server.editor.publish(&article);
        let next = get(&server.reader, LIST, &[("if-none-match", &etag)]);
        assert_eq!((next.status, next.edition()), (200, 2));
        assert_ne!(next.header("etag"), Some(etag.as_str()));
        assert_eq!(next.data()["articles"]["nodes"][0]["title"], "Flu shots, again");
        // Another node answers with the same ETag.
        assert_eq!(get(&server.beside().reader, LIST, &[]).header("etag"), next.header("etag"));
    }

    fn nodes_with_different_configurations_have_different_etags(env: &Env) {
        let server = env.server();
        server.editor.published(json!({"title": "Flu shots"}));
        let first = get(&server.reader, LIST, &[]);
        let etag = first.header("etag").unwrap();
        for setting in [
            ("GREYMATTERS_SITE_URL", "https://www.example"),
            ("GREYMATTERS_CACHE_TAGS", "none"),
            ("GREYMATTERS_PUBLIC_URL", "https://www.example/api"),
            ("GREYMATTERS_TIME_ZONE", "America/Chicago"),
        ] {
            let other = server.beside_with("info", &[setting]);
            let answer = get(&other.reader, LIST, &[("if-none-match", etag)]);
            assert_eq!((answer.status, &answer.text), (200, &first.text), "{setting:?}");
            // A node with the same configuration has the same ETag.
            let same = server.beside_with("info", &[setting]);
            let again = get(&same.reader, LIST, &[("if-none-match", answer.header("etag").unwrap())]);
            assert_eq!(again.status, 304, "{setting:?}");
        }
        // Settings that do not affect answers do not change the ETag.
        let others = [
            ("GREYMATTERS_REVIEW", "four-eyes"),
            ("GREYMATTERS_REVIEW_OVERDUE", "withdraw"),
            ("GREYMATTERS_CHECK_WARNINGS", "allow"),
            ("GREYMATTERS_CHECK_MAX_GRADE", "7"),
            ("GREYMATTERS_PREVIEW_URL", "https://www.example/preview?token={token}"),
            ("GREYMATTERS_CACHE_MIB", "1"),
            ("GREYMATTERS_MEMORY", "32MiB"),
            ("GREYMATTERS_SHARED_MAX_AGE", "60"),
            ("GREYMATTERS_STALE_WHILE_REVALIDATE", "60"),
            ("GREYMATTERS_MAX_STALENESS", "60"),
        ];
        let same = server.beside_with("info", &others);
        let again = get(&same.reader, LIST, &[("if-none-match", etag)]);
        assert_eq!((again.status, again.header("etag")), (304, Some(etag)));
        assert_eq!(again.header("cache-control"), Some("public, max-age=0, s-maxage=60, stale-while-revalidate=60"));
    }

    fn cache_headers_say_what_may_be_cached(env: &Env) {
        let server = env.sample();
        let control = |answer: &Answer| answer.header("cache-control").map(str::to_owned);
        let shared = Some("public, max-age=0, s-maxage=10, stale-while-revalidate=30".to_owned());
        let private = Some("private, no-cache".to_owned());
        let no_store = Some("private, no-store".to_owned());

        let public = get(&server.reader, LIST, &[]);
        assert_eq!(control(&public), shared);
        assert_eq!(public.header("vary"), Some("accept, accept-encoding, authorization, x-preview"));
        let known = get(&server.editor, LIST, &[]);
        assert_eq!(control(&known), private);
        assert_eq!(known.header("cache-tag"), None);
        let posted = server.reader.ask(LIST);
        assert_eq!((control(&posted), posted.header("etag")), (private, None));
        assert_eq!(posted.header("edition"), public.header("edition"));

        for uncacheable in [
            get(&server.editor, "{ desk { articles(first: 1) { nodes { title } } } }", &[]),
            server.editor.ask("mutation { __typename }"),
            get(&server.reader, "{ nonsense }", &[]),
            get(&server.reader, "{ articles(first: 1000) { nodes { title } } }", &[]),
            get(&server.reader, "mutation { __typename }", &[]),
            get(&server.reader, LIST, &[("authorization", "Bearer gmk_wrong")]),
            get(&server.reader, LIST, &[("x-preview", "nonsense")]),
            get(&server.reader, "", &[]),
        ] {
            assert_eq!(control(&uncacheable), no_store, "{uncacheable:?}");
            assert_eq!(uncacheable.header("etag"), None);
        }
    }

    fn refusals_are_not_cached(env: &Env) {
        let server = env.server();
        let document = r#"{ article(by: {id: "nonsense"}) { title } }"#;
        let ids: Vec<Value> = (0..3).map(|_| server.reader.ask(document).json()["errors"][0]["extensions"]["requestId"].take()).collect();
        assert!(ids[0] != ids[1] && ids[1] != ids[2], "each refusal is a new answer: {ids:?}");
    }

    fn answers_without_a_cache_are_the_same(env: &Env) {
        let server = env.server_with(&[
            ("GREYMATTERS_CACHE_MIB", "0"),
            ("GREYMATTERS_SHARED_MAX_AGE", "60"),
            ("GREYMATTERS_STALE_WHILE_REVALIDATE", "0"),
            ("GREYMATTERS_CACHE_TAGS", "surrogate-key"),
        ]);
        server.editor.published(json!({"title": "Flu shots"}));
        let (first, again) = (get(&server.reader, LIST, &[]), get(&server.reader, LIST, &[]));
        assert_eq!((&first.text, first.header("etag")), (&again.text, again.header("etag")));
        assert_eq!(first.header("cache-control"), Some("public, max-age=0, s-maxage=60, stale-while-revalidate=0"));
        assert!(first.header("surrogate-key").is_some() && first.header("cache-tag").is_none());
        assert_eq!(get(&server.reader, LIST, &[("if-none-match", first.header("etag").unwrap())]).status, 304);
    }

    fn every_answer_belongs_to_one_edition_during_publishes(env: &Env) {
        for cache_size in ["0", "16"] {
            let server = env.server_with(&[("GREYMATTERS_CACHE_MIB", cache_size)]);
            server.editor.label("tag", json!({"name": "Flu"}));
            let base = server.reader.edition();
            let document = "{
                edition { number } articles(first: 100) { totalCount nodes { title edition { number } } }
                tagged: articles(where: {tags: {any: [\"flu\"]}}, first: 1) { totalCount nodes { title } }
                tag(slug: \"flu\") { articleCount } none: articles(first: 0) { totalCount }
                missing: article(by: {slug: \"none\"}) { title }
            }";
            let published = 40;
            std::thread::scope(|scope| {
                for _ in 0..3 {
                    scope.spawn(|| {
                        let mut seen = base;
                        while seen < base + published {
                            let data = server.reader.data(document);
                            let edition = data["edition"]["number"].as_i64().unwrap();
                            assert!(edition >= seen, "{edition} after {seen}");
                            seen = edition;
                            let count = edition - base;
                            for total in ["/articles/totalCount", "/tagged/totalCount", "/tag/articleCount", "/none/totalCount"] {
                                assert_eq!(data.pointer(total).unwrap(), count, "{total} in {edition}");
                            }
                            let nodes = data["articles"]["nodes"].as_array().unwrap();
                            assert_eq!(nodes.len() as i64, count);
                            if let Some(newest) = nodes.first() {
                                assert_eq!(newest["edition"]["number"], edition);
                                assert_eq!(newest["title"], data["tagged"]["nodes"][0]["title"]);
                            }
                        }
                    });
                }
                for number in 0..published {
                    server.editor.published(json!({"title": format!("Number {number}"), "tags": ["flu"]}));
                }
            });
        }
    }

    fn rest_answers_are_cached_too(env: &Env) {
        let server = env.sample().beside_logging(STATEMENTS);
        let path = "/v1/articles?tag=accessibility&first=3";
        let ask = |headers: &[(&str, &str)]| {
            statements(&server, |id| {
                let headers: Vec<_> = headers.iter().copied().chain([("x-request-id", id)]).collect();
                server.reader.get(path, &headers)
            })
        };
        let (first, read) = ask(&[]);
        assert!(first.status == 200 && read > 0);
        let (again, read) = ask(&[]);
        assert_eq!((again.text, read), (first.text.clone(), 0));
        for name in ["link", "etag", "edition", "cache-tag", "cache-control", "vary"] {
            assert!(first.header(name).is_some() && first.header(name) == again.headers.get(name).map(|value| value.to_str().unwrap()), "{name}");
        }
        let (known, read) = ask(&[("if-none-match", first.header("etag").unwrap())]);
        assert_eq!((known.status, known.text.as_str(), read), (304, "", 0));
        let (compressed, _) = ask(&[("accept-encoding", "br")]);
        assert_eq!((compressed.header("content-encoding"), compressed.header("link")), (Some("br"), first.header("link")));
        // Another path is another request, and a 404 is not cached.
        assert_ne!(server.reader.get("/v1/tags", &[]).text, first.text);
        let missing = server.reader.get("/v1/articles/no-such-article", &[]);
        assert_eq!((missing.status, missing.header("cache-control")), (404, Some("private, no-store")));
        // An answer that was cached for GraphQL is not used for a POST of the same body to REST.
        let body = json!({"query": LIST}).to_string();
        server.reader.ask(LIST).data();
        for (path, status) in [("/v1/tags", 405), ("/v1/articles", 401)] {
            let posted = server.reader.send("POST", path, &[("content-type", "application/json")], body.clone().into());
            assert_eq!(posted.status, status, "{path}");
        }
    }

    fn a_head_has_the_headers_of_a_get(env: &Env) {
        let server = env.sample();
        let first = get(&server.reader, LIST, &[]);
        let head = server.reader.raw(
            format!("HEAD {} HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n", address(LIST)).as_bytes(),
        );
        let (head, body) = head.split_once("\r\n\r\n").unwrap();
        assert_eq!(body, "");
        assert!(head.contains(&format!("etag: {}", first.header("etag").unwrap())), "{head}");
        assert!(head.contains(&format!("content-length: {}", first.text.len())), "{head}");
    }
}
