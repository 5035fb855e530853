//! A preview needs the same lock as writers, and gives way to them.

use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use serde_json::json;

use super::{ask, link};
use crate::support::postgres::Cluster;
use crate::support::{Client, Database, Server, sql, within};

both! {
    fn previews_do_not_stop_publishing(env: &Env) {
        let server = env.server();
        let article = server.editor.create(json!({"title": "Draft", "body": "Some text.".repeat(500)}));
        let (_, token) = link(&server.editor, json!({"articleId": article.id}));
        let fields: String = (0..4).map(|n| format!("a{n}: articles(first: 20) {{ totalCount nodes {{ body {{ html text }} }} }} ")).collect();
        let document = format!("{{ {fields} }}");
        let stop = AtomicBool::new(false);
        std::thread::scope(|scope| {
            for _ in 0..3 {
                scope.spawn(|| {
                    while !stop.load(Ordering::Relaxed) {
                        let answer = ask(&server.reader, &token, &document);
                        let is_busy = answer.status == 503 && answer.header("retry-after").is_some();
                        assert!(answer.status == 200 || is_busy, "{answer:?}");
                    }
                });
            }
            for number in 0..25 {
                let article = server.editor.create(json!({"title": format!("T{number}"), "body": "Text."}));
                server.editor.publish(&article);
            }
            stop.store(true, Ordering::Relaxed);
        });
        // Without other clients, the preview is shown.
        assert_eq!(ask(&server.reader, &token, "{ articles { totalCount } }").data()["articles"]["totalCount"], 26);
    }
}

#[test]
fn a_writer_does_not_wait_for_a_long_preview() {
    let Some(cluster) = Cluster::start("preview") else { return };
    assert_writer_does_not_wait(&cluster, |server| server.editor.clone());
}

#[test]
fn a_writer_does_not_wait_for_a_preview_at_another_node() {
    let Some(cluster) = Cluster::start("preview-beside") else { return };
    let other = std::cell::OnceCell::new();
    assert_writer_does_not_wait(&cluster, |server| other.get_or_init(|| server.beside()).editor.clone());
}

/// Asserts that this editor can write while a node executes a long preview.
fn assert_writer_does_not_wait(cluster: &Cluster, editor: impl FnOnce(&Server) -> Client) {
    let server = Server::start(Database::at(&cluster.url()));
    let editor = editor(&server);
    let article = server.editor.create(json!({"title": "Draft", "body": "Text."}));
    let (_, token) = link(&server.editor, json!({"articleId": article.id}));
    // The preview has the lock of the edition counter, and waits for another lock.
    let lock = sql::PostgresLock::of(&cluster.url(), "publication");
    let waiting = || {
        let waiting = "SELECT count(*) FROM pg_stat_activity
                       WHERE application_name = 'greymatters' AND wait_event_type = 'Lock'";
        sql::number(&cluster.url(), waiting).unwrap()
    };
    std::thread::scope(|scope| {
        let preview = scope.spawn(|| {
            let started = Instant::now();
            (ask(&server.reader, &token, "{ articles { totalCount } }"), started.elapsed())
        });
        within("the preview is running", || (waiting() > 0).then_some(()));
        for number in 0..5 {
            let started = Instant::now();
            editor.label("tag", json!({"name": format!("T{number}")}));
            assert!(started.elapsed() < Duration::from_secs(1), "{:?}", started.elapsed());
        }
        let (answer, took) = preview.join().unwrap();
        assert_eq!((answer.status, answer.header("retry-after")), (503, Some("1")), "{answer:?}");
        assert!(took < Duration::from_secs(8), "{took:?}");
    });
    within("the preview has ended", || (waiting() == 0).then_some(()));
    drop(lock);
    assert_eq!(
        ask(&server.reader, &token, "{ articles { totalCount } }").data()["articles"]["totalCount"],
        1
    );
}
