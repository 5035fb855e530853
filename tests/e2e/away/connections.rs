//! How many connections to PostgreSQL there are, and who gets them.

use std::sync::atomic::{AtomicBool, AtomicI64, Ordering};

use super::{RequestKind, is_answered};
use crate::support::postgres::Cluster;
use crate::support::{Database, Server, sql};

/// Many readers at once, and then writers: all are answered.
fn burst(server: &Server) {
    std::thread::scope(|scope| {
        for thread in 0..24 {
            let asked = RequestKind::ALL[thread % 2];
            scope.spawn(move || {
                for _ in 0..10 {
                    let (answer, took) = asked.ask(&server.reader, &server.editor);
                    assert!(is_answered(asked, &answer), "{took:?} {answer:?}");
                }
            });
        }
        for _ in 0..10 {
            let (answer, took) = RequestKind::Write.ask(&server.reader, &server.editor);
            assert!(is_answered(RequestKind::Write, &answer), "{took:?} {answer:?}");
        }
    });
    for _ in 0..10 {
        for asked in RequestKind::ALL {
            let (answer, took) = asked.ask(&server.reader, &server.editor);
            assert!(is_answered(asked, &answer), "{took:?} {answer:?}");
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
    let (done, most) = (AtomicBool::new(false), AtomicI64::new(0));
    std::thread::scope(|scope| {
        scope.spawn(|| {
            let count = "SELECT count(*) FROM pg_stat_activity WHERE application_name = 'greymatters'";
            while !done.load(Ordering::Relaxed) {
                most.fetch_max(sql::number(&cluster.url(), count).unwrap(), Ordering::Relaxed);
            }
        });
        burst(&server);
        done.store(true, Ordering::Relaxed);
    });
    let most = most.into_inner();
    assert!((3..=6).contains(&most), "{most} connections");
}
