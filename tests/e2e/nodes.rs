//! Several nodes with one database: each node shows what the others publish.

use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Instant;

use serde_json::json;

use crate::support::{Client, CommandExt, Folder, within};

/// The edition and the latest title, from a request that requires an edition.
fn newest(reader: &Client, at_least: i64) -> (i64, String) {
    let document =
        "{ edition { number } articles(first: 1, orderBy: {field: UPDATED_AT}) { nodes { title } } }";
    let headers = [("content-type", "application/json"), ("edition-at-least", &*at_least.to_string())];
    let data = reader.post(&headers, json!({"query": document}).to_string()).data();
    let title = data["articles"]["nodes"][0]["title"].as_str().unwrap_or_default().to_owned();
    (data["edition"]["number"].as_i64().unwrap(), title)
}

both! {
    fn a_known_edition_can_be_required_at_every_node(env: &Env) {
        let first = env.server();
        let (second, third) = (first.beside(), first.beside());
        let nodes = [&first, &second, &third];
        std::thread::scope(|scope| {
            for (place, node) in nodes.iter().enumerate() {
                scope.spawn(move || {
                    for round in 0..15 {
                        let article = node.editor.create(json!({"title": format!("N{place} {round}"), "body": "Text."}));
                        let published = node.editor.publish(&article);
                        for other in nodes {
                            let (seen, title) = newest(&other.reader, published);
                            assert!(seen >= published, "{seen} after {published}");
                            assert!(seen > published || title == format!("N{place} {round}"), "{title} in {seen}, required {published}");
                        }
                    }
                });
            }
        });
    }

    fn editions_of_other_nodes_arrive_without_polling(env: &Env) {
        let first = env.server();
        let second = first.beside();
        for round in 0..5 {
            let article = first.editor.create(json!({"title": format!("A{round}"), "body": "Text."}));
            let published = first.editor.publish(&article);
            within("the other node shows the edition", || (second.reader.edition() == published).then_some(()));
        }
        let folder = Folder::new("beside");
        folder.write("a.md", "---\ntitle: From a file\ndate: 2024-02-03\n---\nText.\n");
        folder.import(first.database(), &[]).succeeded();
        for node in [&first, &second] {
            within("the node shows the import", || (node.reader.edition() == 6).then_some(()));
        }
    }

    fn a_future_edition_is_answered_503(env: &Env) {
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
        assert_eq!((here.status, here.edition()), (200, 1));
        let again = server.reader.get("/v1/edition?edition-at-least=1", &[("if-none-match", here.header("etag").unwrap())]);
        assert_eq!(again.status, 304);
    }

    fn a_replica_needs_postgresql(env: &Env) {
        let database = env.database();
        let wrong = crate::support::greymatters(&["serve", "--listen", "127.0.0.1:0", "--database-read-url", "sqlite:copy.db"])
            .on(&database)
            .run();
        assert_eq!(wrong.code, Some(1));
        assert!(wrong.stderr.contains("cannot be the replica: both it and the database must be PostgreSQL"), "{}", wrong.stderr);
    }
}

/// On PostgreSQL, the database notifies the nodes.
mod postgres {
    use super::*;
    use crate::support::postgres::Cluster;
    use crate::support::{Database, Env, Kind, Server, sql};

    fn env(test: impl Fn(&Env)) {
        Env::run(Kind::Postgres, test);
    }

    #[test]
    fn a_node_without_notifications_polls() {
        env(|env| {
            let first = env.server();
            let second = first.beside();
            // The listening connections are terminated again and again.
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
                        && line["message"]
                            .as_str()
                            .is_some_and(|text| text.contains("no longer announces editions"))
                });
                for round in 0..5 {
                    let article = first.editor.create(json!({"title": format!("A{round}"), "body": "Text."}));
                    let published = first.editor.publish(&article);
                    assert!(newest(&second.reader, published).0 >= published);
                    within("the node finds the edition by polling", || {
                        (second.reader.edition() >= published).then_some(())
                    });
                }
                stop.store(true, Ordering::Relaxed);
            });
        });
    }

    /// The number of scans of the table of publications on a database server.
    fn reads(url: &str) -> i64 {
        let query =
            "SELECT coalesce(sum(seq_scan + coalesce(idx_scan, 0)), 0)::bigint FROM pg_stat_user_tables
                     WHERE relname = 'publication'";
        sql::number(url, query).unwrap()
    }

    #[test]
    fn a_replica_is_used_only_when_it_is_up_to_date() {
        let Some(primary) = Cluster::start("primary") else { return };
        let standby = primary.standby("standby");
        let (url, replica) = (primary.url(), standby.url());
        let first = Server::start(Database::at(&url));
        let settings = [("GREYMATTERS_DATABASE_READ_URL", &*replica), ("GREYMATTERS_CACHE_MIB", "0")];
        let second = first.beside_with("info", &settings);
        second.wait_for_log(|line| {
            line["message"] == "the replica of the database answers: public reads use it"
        });
        let publish = |title: &str| {
            let article = first.editor.create(json!({"title": title, "body": "Text."}));
            first.editor.publish(&article)
        };

        // The standby has the edition, so the node reads from it.
        let published = publish("On both");
        assert_eq!(newest(&second.reader, published).1, "On both");
        within("the standby is read from", || {
            let before = reads(&replica);
            assert_eq!(newest(&second.reader, published).1, "On both");
            (reads(&replica) > before).then_some(())
        });

        // The standby lags behind, so the node does not read newer editions from it.
        sql::postgres(&replica, "SELECT pg_wal_replay_pause()").unwrap();
        within("the standby is paused", || {
            let paused = "SELECT (pg_get_wal_replay_pause_state() = 'paused')::int::bigint";
            (sql::number(&replica, paused).unwrap() == 1).then_some(())
        });
        for round in 0..5 {
            let published = publish(&format!("Only on the first {round}"));
            let (seen, title) = newest(&second.reader, published);
            assert_eq!((seen, title), (published, format!("Only on the first {round}")));
        }

        // The standby catches up, and is used again.
        sql::postgres(&replica, "SELECT pg_wal_replay_resume()").unwrap();
        within("the standby is read from again", || {
            let before = reads(&replica);
            assert_eq!(newest(&second.reader, 0).1, "Only on the first 4");
            (reads(&replica) > before).then_some(())
        });

        // The standby fails. Clients do not notice; only the log reports it.
        standby.stop();
        for round in 0..5 {
            assert_eq!(
                newest(&second.reader, 0),
                (published + 5, "Only on the first 4".to_owned()),
                "{round}"
            );
        }
        let published = publish("Without a standby");
        assert_eq!(newest(&second.reader, published), (published, "Without a standby".to_owned()));
        standby.start_again();
        within("the standby is read from once more", || {
            let before = reads(&replica);
            assert_eq!(newest(&second.reader, published).1, "Without a standby");
            (reads(&replica) > before).then_some(())
        });
    }

    #[test]
    fn a_node_without_its_database_reports_stale_answers() {
        let Some(cluster) = Cluster::start("cut-off") else { return };
        let server = Server::start_with(Database::at(&cluster.url()), &[("GREYMATTERS_MAX_STALENESS", "1")]);
        let article = server.editor.create(json!({"title": "Here to stay", "body": "Text."}));
        server.editor.publish(&article);
        let path = "/graphql?query=%7Barticles%7Bnodes%7Btitle%7D%7D%7D";
        let fresh = server.reader.get(path, &[]);
        assert_eq!((fresh.status, fresh.header("stale")), (200, None));
        assert_eq!(server.reader.get("/readyz", &[]).status, 200);

        cluster.stop();
        let stale = within("the node reports a stale answer", || {
            let answer = server.reader.get(path, &[]);
            answer.header("stale").is_some().then_some(answer)
        });
        assert_eq!((stale.status, &stale.text), (200, &fresh.text));
        assert_eq!(stale.header("cache-control"), Some("private, no-store"));
        assert!(stale.header("stale").unwrap().parse::<u64>().unwrap() >= 1, "{stale:?}");
        let ready = server.reader.get("/readyz", &[]);
        assert_eq!(ready.status, 503);
        assert!(ready.text.contains("the database has not answered for"), "{}", ready.text);
        assert_eq!(server.reader.get("/healthz", &[]).status, 200);

        cluster.start_again();
        within("the node is ready again", || (server.reader.get("/readyz", &[]).status == 200).then_some(()));
        let answer = server.reader.get(path, &[]);
        assert_eq!((answer.status, answer.header("stale"), &answer.text), (200, None, &fresh.text));
        let article = server.editor.create(json!({"title": "Afterwards", "body": "Text."}));
        let published = server.editor.publish(&article);
        assert_eq!(newest(&server.reader, published), (2, "Afterwards".to_owned()));
        within("the node listens for editions again", || {
            let listening = "SELECT count(*) FROM pg_stat_activity WHERE query ILIKE 'LISTEN%'";
            (sql::number(&cluster.url(), listening).unwrap() > 0).then_some(())
        });
    }

    /// This test measures time, so it does not run by default. Run it on an idle machine, and look at the result.
    #[test]
    #[ignore = "measures the time until other nodes show an edition: cargo test -p greymatters --test e2e -- --ignored --nocapture edition_soon"]
    fn other_nodes_see_an_edition_soon() {
        env(|env| {
            let first = env.server();
            let others = [first.beside(), first.beside()];
            let mut millis = Vec::new();
            for round in 0..200 {
                let article = first.editor.create(json!({"title": format!("A{round}"), "body": "Text."}));
                let published = first.editor.publish(&article);
                let started = Instant::now();
                for other in &others {
                    while other.reader.edition() < published {}
                    millis.push(started.elapsed().as_secs_f64() * 1e3);
                }
            }
            millis.sort_by(f64::total_cmp);
            let quantile = |part: usize| millis[millis.len() * part / 100];
            println!(
                "shown by other nodes: p50 {:.1} ms, p99 {:.1} ms, at most {:.1} ms",
                quantile(50),
                quantile(99),
                millis[millis.len() - 1]
            );
            assert!(quantile(99) < 100.0);
        });
    }
}
