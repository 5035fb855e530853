//! Several nodes over one database: each learns of what the others publish.

use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Instant;

use serde_json::json;

use crate::support::{Client, CommandExt, Folder, within};

/// The edition and the newest title, of a reader who wants an edition at least.
fn newest(reader: &Client, at_least: i64) -> (i64, String) {
    let document =
        "{ edition { number } articles(first: 1, orderBy: {field: UPDATED_AT}) { nodes { title } } }";
    let headers = [("content-type", "application/json"), ("edition-at-least", &*at_least.to_string())];
    let data = reader.post(&headers, json!({"query": document}).to_string()).data();
    let title = data["articles"]["nodes"][0]["title"].as_str().unwrap_or_default().to_owned();
    (data["edition"]["number"].as_i64().unwrap(), title)
}

both! {
    fn whoever_was_told_of_an_edition_sees_it_everywhere(env: &Env) {
        let first = env.server();
        let (second, third) = (first.beside(), first.beside());
        let nodes = [&first, &second, &third];
        std::thread::scope(|scope| {
            for (place, node) in nodes.iter().enumerate() {
                scope.spawn(move || {
                    for round in 0..15 {
                        let article = node.editor.create(json!({"title": format!("N{place} {round}"), "body": "Text."}));
                        let told = node.editor.publish(&article);
                        for other in nodes {
                            let (seen, title) = newest(&other.reader, told);
                            assert!(seen >= told, "{seen} after {told}");
                            assert!(seen > told || title == format!("N{place} {round}"), "{title} in {seen}, told of {told}");
                        }
                    }
                });
            }
        });
    }

    fn what_others_publish_is_seen_without_asking(env: &Env) {
        let first = env.server();
        let second = first.beside();
        for round in 0..5 {
            let article = first.editor.create(json!({"title": format!("A{round}"), "body": "Text."}));
            let told = first.editor.publish(&article);
            within("it is seen on the other node", || (second.reader.edition() == told).then_some(()));
        }
        let folder = Folder::new("beside");
        folder.write("a.md", "---\ntitle: From a file\ndate: 2024-02-03\n---\nText.\n");
        folder.import(first.database(), &[]).succeeded();
        for node in [&first, &second] {
            within("the import is seen", || (node.reader.edition() == 6).then_some(()));
        }
    }

    fn an_edition_that_is_not_there_is_not_answered(env: &Env) {
        let server = env.sample();
        let path = "/graphql?query=%7B__typename%7D&edition-at-least=999999999";
        let late = server.reader.get(path, &[]);
        assert_eq!(late.error(), (503, "EDITION_NOT_REACHED".to_owned(), "edition 999999999 is not known here: the latest is 1; try again in a moment".to_owned()));
        assert_eq!(late.header("retry-after"), Some("1"));
        assert_eq!(late.header("access-control-allow-origin"), Some("*"));
        let rest = server.reader.get("/v1/articles?edition-at-least=999999999", &[]);
        assert_eq!((rest.status, &rest.json()["code"]), (503, &json!("EDITION_NOT_REACHED")));
        for wrong in ["-1", "many", "", "1.5", "99999999999999999999"] {
            for answer in [
                server.reader.get(&format!("/graphql?query=%7B__typename%7D&edition-at-least={wrong}"), &[]),
                server.reader.get("/graphql?query=%7B__typename%7D", &[("edition-at-least", wrong)]),
            ] {
                assert_eq!(answer.error().0, 400, "{wrong}");
                assert!(answer.error().2.contains("must be the number of an edition"), "{answer:?}");
            }
            assert_eq!(server.reader.get(&format!("/v1/edition?edition-at-least={wrong}"), &[]).status, 400);
        }
        let here = server.reader.get("/v1/edition?edition-at-least=1", &[]);
        assert_eq!((here.status, here.header("edition")), (200, Some("1")));
        let again = server.reader.get("/v1/edition?edition-at-least=1", &[("if-none-match", here.header("etag").unwrap())]);
        assert_eq!(again.status, 304);
    }

    fn a_copy_to_read_from_needs_two_servers(env: &Env) {
        let database = env.database();
        let wrong = crate::support::greymatters(&["serve", "--listen", "127.0.0.1:0", "--database-read-url", "sqlite:copy.db"])
            .on(&database)
            .run();
        assert_eq!(wrong.code, Some(1));
        assert!(wrong.stderr.contains("cannot be read from as a copy: both it and the database must be PostgreSQL"), "{}", wrong.stderr);
    }
}

/// Nodes of PostgreSQL are told by the database.
mod postgres {
    use super::*;
    use crate::support::{Env, Kind};

    fn env(test: impl Fn(&Env)) {
        Env::run(Kind::Postgres, test);
    }

    #[test]
    fn a_node_that_is_not_told_looks_for_itself() {
        env(|env| {
            let first = env.server();
            let second = first.beside();
            // Nobody listens any more, and again and again nobody does.
            let stop = AtomicBool::new(false);
            std::thread::scope(|scope| {
                scope.spawn(|| {
                    while !stop.load(Ordering::Relaxed) {
                        first.database().execute(
                            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity
                             WHERE datname = current_database() AND query ILIKE 'LISTEN%'",
                        );
                        std::thread::yield_now();
                    }
                });
                second.wait_for_log(|line| {
                    line["level"] == "WARN"
                        && line["message"].as_str().is_some_and(|text| text.contains("not told of editions"))
                });
                for round in 0..5 {
                    let article = first.editor.create(json!({"title": format!("A{round}"), "body": "Text."}));
                    let told = first.editor.publish(&article);
                    assert!(newest(&second.reader, told).0 >= told);
                    within("it is seen by looking", || (second.reader.edition() >= told).then_some(()));
                }
                stop.store(true, Ordering::Relaxed);
            });
        });
    }

    /// A timing: it is looked at by people, on a machine that does nothing else.
    #[test]
    #[ignore = "tells how long it takes until others see an edition: cargo test -p greymatters --test e2e -- --ignored --nocapture soon_seen"]
    fn an_edition_is_soon_seen_by_others() {
        env(|env| {
            let first = env.server();
            let others = [first.beside(), first.beside()];
            let mut millis = Vec::new();
            for round in 0..200 {
                let article = first.editor.create(json!({"title": format!("A{round}"), "body": "Text."}));
                let told = first.editor.publish(&article);
                let started = Instant::now();
                for other in &others {
                    while other.reader.edition() < told {}
                    millis.push(started.elapsed().as_secs_f64() * 1e3);
                }
            }
            millis.sort_by(f64::total_cmp);
            let quantile = |part: usize| millis[millis.len() * part / 100];
            println!(
                "seen by others: p50 {:.1} ms, p99 {:.1} ms, at most {:.1} ms",
                quantile(50),
                quantile(99),
                millis[millis.len() - 1]
            );
            assert!(quantile(99) < 100.0);
        });
    }
}
