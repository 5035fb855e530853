//! The database is stopped or paused, or its connections are terminated.

use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use serde_json::json;

use super::{MAX_ANSWER_TIME, RequestKind, is_executed};
use crate::support::postgres::Cluster;
use crate::support::{CommandExt, Database, Env, Kind, Server, ahead, greymatters, sql, within};

const REST: &str = "/v1/articles?first=7";
const CACHED: &str = "/graphql?query=%7Barticles%7Bnodes%7Btitle%7D%7D%7D";

fn server(cluster: &Cluster) -> Server {
    let server = Server::start(Database::at(&cluster.url()));
    server.editor.published(json!({"title": "Here to stay"}));
    server
}

/// Sends all kinds of requests until `stop` is true.
fn load<'a>(
    scope: &'a std::thread::Scope<'a, '_>,
    server: &'a Server,
    stop: &'a AtomicBool,
    answered: &'a AtomicUsize,
) {
    for kind in RequestKind::ALL {
        for _ in 0..2 {
            scope.spawn(move || {
                while !stop.load(Ordering::Relaxed) {
                    let (answer, took) = kind.send(&server.reader, &server.editor);
                    // Before the server reports an unknown outcome, it tries to find the outcome for two more seconds.
                    let max_time = if answer.text.contains("OUTCOME_UNKNOWN") {
                        MAX_ANSWER_TIME * 2
                    } else {
                        MAX_ANSWER_TIME
                    };
                    assert!(took < max_time, "{kind:?} took {took:?}: {answer:?}");
                    if is_executed(kind, &answer) {
                        answered.fetch_add(1, Ordering::Relaxed);
                    } else {
                        // The refusal asks the client to wait.
                        std::thread::park_timeout(Duration::from_millis(50));
                    }
                }
            });
        }
    }
}

/// Stops the load when it is dropped, even if the test fails.
struct Stop<'a>(&'a AtomicBool);

impl Drop for Stop<'_> {
    fn drop(&mut self) {
        self.0.store(true, Ordering::Relaxed);
    }
}

#[test]
fn a_database_that_neither_answers_nor_disconnects_counts_as_away() {
    let Some(cluster) = Cluster::start("paused") else { return };
    let server = server(&cluster);
    let fresh = server.reader.get(CACHED, &[]);
    let etag = fresh.header("etag").unwrap().to_owned();
    let (stop, answered) = (AtomicBool::new(false), AtomicUsize::new(0));
    std::thread::scope(|scope| {
        let _stop = Stop(&stop);
        load(scope, &server, &stop, &answered);
        within("the server is under load", || (answered.load(Ordering::Relaxed) > 50).then_some(()));

        let pause = cluster.pause();
        let paused = Instant::now();
        while paused.elapsed() < Duration::from_secs(8) {
            let started = Instant::now();
            assert_eq!(server.reader.get("/healthz", &[]).status, 200);
            let ready = server.reader.get("/readyz", &[]);
            assert!(started.elapsed() < MAX_ANSWER_TIME, "{:?}", started.elapsed());
            // The server needs some time to notice the pause.
            assert!(paused.elapsed() < MAX_ANSWER_TIME || ready.status == 503, "{ready:?}");
            std::thread::park_timeout(Duration::from_millis(100));
        }
        // The writes under load may have replaced the cached answer in the meantime.
        let cached = server.reader.get(CACHED, &[("if-none-match", &etag)]);
        assert!([200, 304, 503].contains(&cached.status), "{cached:?}");

        drop(pause);
        let back = Instant::now();
        within("the database is back", || {
            let all_executed = RequestKind::ALL.into_iter().all(|kind| {
                let (answer, _) = kind.send(&server.reader, &server.editor);
                is_executed(kind, &answer)
            });
            all_executed.then_some(())
        });
        assert!(back.elapsed() < MAX_ANSWER_TIME, "{:?}", back.elapsed());
    });
    assert_eq!(server.reader.get("/readyz", &[]).status, 200);
    let repeated = server.log().iter().filter(|line| line.contains("does not answer")).count();
    assert!(repeated < 30, "{repeated} lines report this");
}

#[test]
fn cached_answers_are_sent_while_the_database_is_away() {
    let Some(cluster) = Cluster::start("at-hand") else { return };
    let server = server(&cluster);
    let fresh = server.reader.get(CACHED, &[]);
    let etag = fresh.header("etag").unwrap().to_owned();
    assert_eq!(server.reader.get(REST, &[]).status, 200);
    let (known, unused) = (server.client_with(&["content:write"]), server.client_with(&["content:write"]));
    let revoked = server.client_with(&["content:write"]);
    for client in [&known, &revoked] {
        assert_eq!(client.get(CACHED, &[]).text, fresh.text);
    }
    let prefix = &revoked.key().unwrap()[..12];
    greymatters(&["key", "revoke", prefix]).on(server.database()).run().succeeded();
    assert_eq!(revoked.get(CACHED, &[]).status, 401);
    let pause = cluster.pause();
    within("the server notices the pause", || {
        (server.reader.get("/readyz", &[]).status == 503).then_some(())
    });
    for _ in 0..20 {
        let cached = server.reader.get(CACHED, &[]);
        assert_eq!((cached.status, &cached.text), (200, &fresh.text));
        assert_eq!(server.reader.get(CACHED, &[("if-none-match", &etag)]).status, 304);
    }
    for kind in RequestKind::ALL {
        let (answer, took) = kind.send(&server.reader, &server.editor);
        assert!(!is_executed(kind, &answer));
        assert!(took < MAX_ANSWER_TIME, "{kind:?} took {took:?}");
    }
    let later = server.reader.get("/v1/articles?edition-at-least=999999", &[]);
    assert_eq!(later.status, 503);
    // A key that was checked before still works for cached public answers and metrics, but not for writes.
    assert_eq!(known.get(CACHED, &[]).text, fresh.text);
    assert_eq!(known.get(REST, &[]).status, 200);
    assert_eq!(known.get("/metrics", &[]).status, 200);
    let mutation = known.ask("mutation { tagCreate(input: { name: \"x\" }) { tag { id } } }");
    assert_eq!((mutation.error().0, mutation.error().1.as_str()), (503, "SERVICE_UNAVAILABLE"));
    let written = known.send(
        "POST",
        "/v1/articles",
        &[("content-type", "application/json")],
        b"{\"title\": \"x\"}".to_vec(),
    );
    assert_eq!(
        (written.status, &written.json()["code"]),
        (503, &json!("SERVICE_UNAVAILABLE")),
        "{written:?}"
    );
    for path in [CACHED, REST, "/metrics"] {
        for other in [&unused, &server.reader.with_key("gmk_wrong")] {
            assert!([401, 503].contains(&other.get(path, &[]).status), "{path}");
        }
        assert_eq!(unused.get(path, &[]).status, 503, "{path}");
        // This key was refused when it was last checked.
        assert_eq!(revoked.get(path, &[]).status, 503, "{path}");
    }
    drop(pause);
    within("the database is back", || (server.reader.get("/readyz", &[]).status == 200).then_some(()));
}

/// Publishes an article that ends soon, and puts an answer with it into the cache.
fn server_with_ending_article(cluster: &Cluster) -> Server {
    let server = server(cluster);
    let article = server.editor.create(json!({"title": "Ends soon", "body": "x"}));
    let publish = "mutation ($id: ID!, $ends: ZonedDateTime) {
        articlePublish(id: $id, expectedVersion: 1, expiresAt: $ends) { userErrors { message } }
    }";
    let published = server.editor.data_with(publish, &json!({"id": article.id, "ends": ahead(3_000)}));
    assert_eq!(published["articlePublish"]["userErrors"], json!([]));
    assert!(server.reader.get(CACHED, &[]).text.contains("Ends soon"));
    server
}

#[test]
fn an_article_that_ends_while_the_database_is_away_is_not_sent_from_the_cache() {
    let Some(cluster) = Cluster::start("ends-away") else { return };
    let server = server_with_ending_article(&cluster);
    let etag = server.reader.get(CACHED, &[]).header("etag").unwrap().to_owned();
    let pause = cluster.pause();
    within("the article has ended", || {
        (!server.reader.get(CACHED, &[]).text.contains("Ends soon")).then_some(())
    });
    for headers in [&[][..], &[("if-none-match", etag.as_str())]] {
        let answer = server.reader.get(CACHED, headers);
        assert_eq!(answer.status, 503, "{answer:?}");
        assert!(answer.header("cache-control").unwrap().contains("no-store"), "{answer:?}");
    }
    drop(pause);
    within("the other articles are answered again", || {
        let answer = server.reader.get(CACHED, &[]);
        assert!(!answer.text.contains("Ends soon"), "{answer:?}");
        (answer.status == 200 && answer.header("etag").is_some()).then_some(())
    });
}

#[test]
fn an_article_that_ends_during_a_long_write_is_left_out() {
    let Some(cluster) = Cluster::start("ends-held") else { return };
    let server = server_with_ending_article(&cluster);
    let lock = sql::PostgresLock::of_writers(&cluster.url());
    within("the article has ended", || {
        (!server.reader.get(CACHED, &[]).text.contains("Ends soon")).then_some(())
    });
    let answer = server.reader.get(CACHED, &[]);
    assert_eq!(answer.data()["articles"]["nodes"], json!([{"title": "Here to stay"}]));
    assert!(answer.header("cache-control").unwrap().contains("no-store"), "{answer:?}");
    drop(lock);
    within("answers are cached again", || server.reader.get(CACHED, &[]).header("etag").map(drop));
    assert!(!server.reader.get(CACHED, &[]).text.contains("Ends soon"));
}

#[test]
fn a_restarted_database_is_used_again() {
    let Some(cluster) = Cluster::start("stopped") else { return };
    let server = server(&cluster);
    let fresh = server.reader.get(CACHED, &[]);
    for _ in 0..2 {
        cluster.stop();
        for kind in RequestKind::ALL {
            let (answer, took) = kind.send(&server.reader, &server.editor);
            assert!(!is_executed(kind, &answer), "{answer:?}");
            assert!(took < MAX_ANSWER_TIME, "{kind:?} took {took:?}");
        }
        assert_eq!(server.reader.get(CACHED, &[]).text, fresh.text);
        cluster.start_again();
        let back = Instant::now();
        for kind in RequestKind::ALL {
            within("the database is back", || {
                is_executed(kind, &kind.send(&server.reader, &server.editor).0).then_some(())
            });
        }
        assert!(back.elapsed() < MAX_ANSWER_TIME, "{:?}", back.elapsed());
        // The requests created tags, so the edition is a later one, but the list is the same.
        assert_eq!(server.reader.get(CACHED, &[]).text, fresh.text);
    }
}

#[test]
fn terminated_connections_are_replaced() {
    let Some(cluster) = Cluster::start("ended") else { return };
    let server = server(&cluster);
    let (stop, answered) = (AtomicBool::new(false), AtomicUsize::new(0));
    std::thread::scope(|scope| {
        let _stop = Stop(&stop);
        load(scope, &server, &stop, &answered);
        for _ in 0..15 {
            let before = answered.load(Ordering::Relaxed);
            let all = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity
                       WHERE pid <> pg_backend_pid() AND backend_type = 'client backend'";
            sql::postgres(&cluster.url(), all).unwrap();
            within("the server works again", || {
                (answered.load(Ordering::Relaxed) > before + 30).then_some(())
            });
        }
    });
    // When reads are sent one after the other, no read fails.
    for _ in 0..20 {
        sql::postgres(
            &cluster.url(),
            "SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity
             WHERE pid <> pg_backend_pid() AND backend_type = 'client backend'",
        )
        .unwrap();
        for kind in [RequestKind::GraphQl, RequestKind::Rest, RequestKind::ReadWithKey] {
            let (answer, _) = kind.send(&server.reader, &server.editor);
            assert!(is_executed(kind, &answer), "{answer:?}");
        }
    }
}

#[test]
fn a_file_is_readable_during_a_long_write_of_another_process() {
    let database = Database::create(Kind::Sqlite);
    let url = database.url().to_owned();
    let server = Server::start(database);
    server.editor.published(json!({"title": "Here to stay"}));
    let lock = sql::SqliteLock::of(&url);
    std::thread::scope(|scope| {
        for _ in 0..6 {
            scope.spawn(|| {
                let (answer, took) = RequestKind::Write.send(&server.reader, &server.editor);
                assert!(!is_executed(RequestKind::Write, &answer));
                assert!(took < MAX_ANSWER_TIME, "{took:?}");
            });
        }
        for _ in 0..20 {
            for kind in [RequestKind::GraphQl, RequestKind::Rest, RequestKind::ReadWithKey] {
                let (answer, took) = kind.send(&server.reader, &server.editor);
                assert!(is_executed(kind, &answer) && took < MAX_ANSWER_TIME, "{took:?} {answer:?}");
            }
        }
    });
    drop(lock);
    let (answer, _) = RequestKind::Write.send(&server.reader, &server.editor);
    assert!(is_executed(RequestKind::Write, &answer), "{answer:?}");
}

#[test]
fn a_database_of_either_kind_counts_as_available() {
    for kind in [Kind::Sqlite, Kind::Postgres] {
        Env::run(kind, |env| {
            let server = env.server();
            assert_eq!(server.reader.get("/readyz", &[]).status, 200);
        });
    }
}
