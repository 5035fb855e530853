//! The number of connections to PostgreSQL is limited, and all requests still get one.

use std::sync::atomic::{AtomicBool, AtomicI64, Ordering};

use super::{RequestKind, is_executed};
use crate::support::postgres::Cluster;
use crate::support::{Database, Server, sql};

/// Sends many reads concurrently, together with writes. Asserts that all are executed.
fn burst(server: &Server) {
    std::thread::scope(|scope| {
        for thread in 0..24 {
            let kind = RequestKind::ALL[thread % 2];
            scope.spawn(move || {
                for _ in 0..10 {
                    let (answer, took) = kind.send(&server.reader, &server.editor);
                    assert!(is_executed(kind, &answer), "{took:?} {answer:?}");
                }
            });
        }
        for _ in 0..10 {
            let (answer, took) = RequestKind::Write.send(&server.reader, &server.editor);
            assert!(is_executed(RequestKind::Write, &answer), "{took:?} {answer:?}");
        }
    });
    for _ in 0..10 {
        for kind in RequestKind::ALL {
            let (answer, took) = kind.send(&server.reader, &server.editor);
            assert!(is_executed(kind, &answer), "{took:?} {answer:?}");
        }
    }
}

#[test]
fn five_connections_are_enough() {
    let Some(cluster) = Cluster::start("five") else { return };
    sql::postgres(&cluster.url(), "CREATE ROLE few LOGIN CONNECTION LIMIT 5").unwrap();
    sql::postgres(&cluster.url(), "CREATE DATABASE few OWNER few").unwrap();
    let server = Server::start(Database::at(&cluster.url_as("few", "few")));
    burst(&server);
}

#[test]
fn a_node_stays_within_its_connection_limit() {
    let Some(cluster) = Cluster::start("bounded") else { return };
    let settings = [("GREYMATTERS_DATABASE_CONNECTIONS", "6"), ("GREYMATTERS_CACHE_MIB", "0")];
    let server = Server::start_with(Database::at(&cluster.url()), &settings);
    let (done, max_connections) = (AtomicBool::new(false), AtomicI64::new(0));
    std::thread::scope(|scope| {
        scope.spawn(|| {
            let count = "SELECT count(*) FROM pg_stat_activity WHERE application_name = 'greymatters'";
            while !done.load(Ordering::Relaxed) {
                max_connections.fetch_max(sql::number(&cluster.url(), count).unwrap(), Ordering::Relaxed);
            }
        });
        burst(&server);
        done.store(true, Ordering::Relaxed);
    });
    let max_connections = max_connections.into_inner();
    assert!((3..=6).contains(&max_connections), "{max_connections} connections");
}
