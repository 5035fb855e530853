//! PostgreSQL has fewer connections than there are concurrent readers and writers.

use std::sync::atomic::{AtomicUsize, Ordering};

use serde_json::json;

use crate::support::postgres::Cluster;
use crate::support::{Database, Server, sql};

/// The number of concurrent readers, and of concurrent writers.
const CLIENTS_OF_EACH_KIND: usize = 16;
/// The number of requests of each client.
const REQUESTS_EACH: usize = 15;

#[test]
fn readers_and_writers_both_finish_on_five_connections() {
    let Some(cluster) = Cluster::start("fair") else { return };
    sql::postgres(&cluster.url(), "CREATE ROLE few LOGIN CONNECTION LIMIT 5").unwrap();
    sql::postgres(&cluster.url(), "CREATE DATABASE few OWNER few").unwrap();
    // No answers are cached, so that all requests need the database.
    let settings = [
        ("GREYMATTERS_CACHE_MIB", "0"),
        ("GREYMATTERS_MAX_EXECUTIONS", "64"),
        ("GREYMATTERS_MAX_COUNTS", "64"),
    ];
    let server = Server::start_with(Database::at(&cluster.url_as("few", "few")), &settings);
    let (read, written) = (AtomicUsize::new(0), AtomicUsize::new(0));
    std::thread::scope(|scope| {
        for number in 0..CLIENTS_OF_EACH_KIND {
            let (server, read, written) = (&server, &read, &written);
            scope.spawn(move || {
                for turn in 0..REQUESTS_EACH {
                    let document = format!(
                        "{{ a{number}x{turn}: articles(first: 3) {{ totalCount nodes {{ title }} }} }}"
                    );
                    let answer = server.reader.ask(&document);
                    assert_eq!(answer.status, 200, "{answer:?}");
                    read.fetch_add(1, Ordering::Relaxed);
                }
            });
            scope.spawn(move || {
                for turn in 0..REQUESTS_EACH {
                    let document = "mutation ($name: String!) { tagCreate(input: { name: $name }) { tag { id } userErrors { message } } }";
                    let answer = server.editor.ask_with(document, &json!({"name": format!("Tag {number} {turn}")}));
                    assert_eq!(answer.data()["tagCreate"]["userErrors"], json!([]), "{answer:?}");
                    written.fetch_add(1, Ordering::Relaxed);
                }
            });
        }
    });
    assert_eq!(
        (read.into_inner(), written.into_inner()),
        (CLIENTS_OF_EACH_KIND * REQUESTS_EACH, CLIENTS_OF_EACH_KIND * REQUESTS_EACH)
    );
    assert_eq!(
        server.reader.data("{ tags { totalCount } }")["tags"]["totalCount"],
        CLIENTS_OF_EACH_KIND * REQUESTS_EACH
    );
}
