//! PgBouncer in transaction mode: settings and prepared statements last only for a transaction.

use serde_json::json;

use super::{RequestKind, is_executed};
use crate::support::pooler::Pooler;
use crate::support::postgres::Cluster;
use crate::support::{CommandExt, Database, Kind, Server, greymatters, scratch, sql};

#[test]
fn two_nodes_behind_a_pooler_read_and_write() {
    let Some(cluster) = Cluster::start("pooled") else { return };
    let Some(pooler) = Pooler::start(&cluster) else { return };
    let first = Server::start(Database::at(&pooler.url()));
    let second = first.beside();
    std::thread::scope(|scope| {
        for (thread, node) in (0..8).zip([&first, &second].into_iter().cycle()) {
            scope.spawn(move || {
                for round in 0..5 {
                    let article =
                        node.editor.create(json!({"title": format!("A{thread} {round}"), "body": "Text."}));
                    let published = node.editor.publish(&article);
                    assert!(node.reader.edition() >= published);
                    for kind in RequestKind::ALL {
                        let (answer, took) = kind.send(&node.reader, &node.editor);
                        assert!(is_executed(kind, &answer), "{took:?} {answer:?}");
                    }
                }
            });
        }
    });
    let published = first.reader.edition();
    let headers = [("edition-at-least", &*published.to_string())];
    for node in [&first, &second] {
        let page = node.reader.get("/v1/articles?first=1&count=true", &headers).json();
        assert_eq!(page["totalCount"], 40, "{page:#}");
    }
    // Backups and restores work, too.
    let (database, other) = (Database::at(&pooler.url()), Database::create(Kind::Sqlite));
    let backup = scratch::path("pooled.backup");
    let backup = backup.to_str().unwrap();
    greymatters(&["backup", backup]).on(&database).run().succeeded();
    greymatters(&["restore", backup]).on(&other).run().succeeded();
    // The server has not changed settings of the sessions that other clients share.
    let settings = "SELECT (current_setting('statement_timeout') = '0' AND current_setting('enable_sort') = 'on')::int::bigint";
    for _ in 0..8 {
        assert_eq!(sql::number(&cluster.url(), settings).unwrap(), 1);
    }
}
