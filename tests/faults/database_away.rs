//! PostgreSQL stops answering, terminates connections, has few connections, or fails over.

use std::thread;
use std::time::{Duration, Instant};

use crate::load::Load;
use crate::support::postgres::Cluster;
use crate::support::{Database, Env, Kind, Server, scratch, sql, within};

/// How long PostgreSQL is paused.
const PAUSE: Duration = Duration::from_secs(8);
/// The server promises an answer within 2 seconds. A busy test machine may need more.
const RECOVERY_TIME: Duration = Duration::from_secs(4);

/// An answer that is cached before the database goes away.
const CACHED_PATH: &str = "/v1/articles?first=7";

#[test]
fn a_stopped_database_delays_only_while_it_is_stopped() {
    let Some(cluster) = Cluster::start("stopped") else { return };
    let server = Server::start(Database::at(&cluster.url()));
    server.may_log_errors();
    let mut load = Load::on(&server);
    load.write(&server, 10).assert_no_wrong_answers();
    load.settle(&server);
    let fresh = server.reader.get(CACHED_PATH, &[]);
    assert_eq!(fresh.status, 200);
    {
        let _paused = cluster.pause();
        for _ in 0..5 {
            let cached = server.reader.get(CACHED_PATH, &[]);
            assert_eq!((cached.status, &cached.text), (200, &fresh.text));
        }
    }
    let (progress, ()) = load.during(&server, |progress| {
        progress.wait_for_acknowledged(20);
        let paused = cluster.pause();
        let since = Instant::now();
        while since.elapsed() < PAUSE {
            let started = Instant::now();
            let ready = server.reader.get("/readyz", &[]);
            assert!(started.elapsed() < RECOVERY_TIME / 2, "/readyz took {:?}", started.elapsed());
            assert!(matches!(ready.status, 200 | 503), "{ready:?}");
            thread::park_timeout(Duration::from_millis(100));
        }
        assert_eq!(server.reader.get("/readyz", &[]).status, 503);
        drop(paused);
        let since = Instant::now();
        progress.wait_for_acknowledged(1);
        progress.wait_for_read(1);
        assert!(since.elapsed() < RECOVERY_TIME, "the server recovered after {:?}", since.elapsed());
        progress.wait_for_acknowledged(20);
    });
    progress.assert_no_wrong_answers();
    assert!(progress.longest() < RECOVERY_TIME, "an answer took {:?}", progress.longest());
    load.settle(&server);
}

#[test]
fn terminated_connections_lose_no_acknowledged_write() {
    Env::run(Kind::Postgres, |env| {
        let server = env.server();
        server.may_log_errors();
        let mut load = Load::on(&server);
        let (progress, ()) = load.during(&server, |progress| {
            for _ in 0..20 {
                progress.wait_for_acknowledged(5);
                server.database().execute(
                    "SELECT pg_terminate_backend(pid) FROM pg_stat_activity
                     WHERE datname = current_database() AND pid <> pg_backend_pid()",
                );
            }
            progress.wait_for_acknowledged(20);
        });
        progress.assert_no_wrong_answers();
        load.settle(&server);
    });
}

#[test]
fn five_connections_are_enough_for_a_load_and_a_burst() {
    let Some(cluster) = Cluster::start("five") else { return };
    // The sixth connection is for the test itself.
    sql::postgres(&cluster.url(), "CREATE ROLE few LOGIN CONNECTION LIMIT 6").unwrap();
    sql::postgres(&cluster.url(), "CREATE DATABASE few OWNER few").unwrap();
    let settings = [("GREYMATTERS_DATABASE_CONNECTIONS", "5")];
    let server = Server::start_with(Database::at(&cluster.url_as("few", "few")), &settings);
    let mut load = Load::on(&server);
    for _ in 0..3 {
        // A burst of uncached reads, with writes during and after it.
        let (progress, ()) = load.during(&server, |progress| {
            thread::scope(|scope| {
                for reader in 0..32 {
                    let server = &server;
                    scope.spawn(move || {
                        for first in 1..=10 {
                            let path = format!("/v1/articles?first={first}&offset={reader}&count=true");
                            let answer = server.reader.get(&path, &[]);
                            // On a slow machine, some requests may wait too long.
                            assert!(matches!(answer.status, 200 | 503), "{answer:?}");
                        }
                    });
                }
            });
            progress.wait_for_acknowledged(20);
        });
        progress.assert_no_wrong_answers();
        let (acknowledged, refused, unknown) = progress.writes();
        assert_eq!(
            (refused, unknown),
            (0, 0),
            "{acknowledged} writes were acknowledged, and others were not: {:?}",
            progress.codes()
        );
        load.settle(&server);
    }
}

#[test]
fn the_history_of_a_lagging_standby_continues_after_a_failover() {
    let Some(primary) = Cluster::start("failing") else { return };
    let standby = primary.standby("lagging");
    let link = scratch::path("current");
    let server = Server::start(Database::at(&primary.url_by(&link)));
    server.may_log_errors();
    let mut load = Load::on(&server);
    load.settle(&server);
    within("the standby has everything", || {
        let number = sql::number(&standby.url(), "SELECT number FROM edition_counter");
        (number.ok() == Some(server.reader.edition())).then_some(())
    });
    standby.stop();
    let mut replicated = load.clone();
    // The standby does not get these writes, so they are lost with the primary.
    load.write(&server, 60).assert_no_wrong_answers();
    let lost = server.reader.edition();

    primary.stop();
    standby.start_again();
    standby.promote();
    standby.url_by(&link);
    replicated.settle(&server);
    // Writes until the numbers of the lost editions are used again.
    while server.reader.edition() <= lost {
        replicated.write(&server, 20).assert_no_wrong_answers();
    }
    replicated.settle(&server);
    let beside = server.beside();
    replicated.check(&beside);
    replicated.write(&beside, 20).assert_no_wrong_answers();
    replicated.settle(&server);
}
