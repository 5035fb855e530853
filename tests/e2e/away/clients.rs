//! Statements of clients that have disconnected are cancelled.

use std::io::{Read, Write};
use std::net::{Shutdown, TcpStream};
use std::time::{Duration, Instant};

use serde_json::json;

use crate::support::postgres::Cluster;
use crate::support::{Client, Database, Server, sql, within};

/// The maximum time until a read without clients is cancelled. The server promises one second; a machine that runs all
/// tests at once may need more.
const MAX_CANCEL_TIME: Duration = Duration::from_secs(6);

/// Sends a document. Returns the connection, on which the answer will arrive.
fn send(server: &Server, client: &Client, document: &str) -> TcpStream {
    let body = json!({"query": document}).to_string();
    let key = client.key().map(|key| format!("authorization: Bearer {key}\r\n")).unwrap_or_default();
    let mut stream = TcpStream::connect(server.address).unwrap();
    let head =
        format!("POST /graphql HTTP/1.1\r\nhost: localhost\r\ncontent-type: application/json\r\n{key}");
    write!(stream, "{head}content-length: {}\r\n\r\n{body}", body.len()).unwrap();
    stream
}

/// The number of statements of the server that wait for a lock.
fn waiting(cluster: &Cluster) -> i64 {
    let waiting = "SELECT count(*) FROM pg_stat_activity
                   WHERE application_name = 'greymatters' AND wait_event_type = 'Lock'";
    sql::number(&cluster.url(), waiting).unwrap()
}

#[test]
fn a_read_is_cancelled_when_its_last_client_disconnects() {
    let Some(cluster) = Cluster::start("vanished") else { return };
    let server = Server::start_with(Database::at(&cluster.url()), &[("GREYMATTERS_READ_TIMEOUT", "600")]);
    server.editor.published(json!({"title": "One"}));
    let lock = sql::PostgresLock::of(&cluster.url(), "publication");
    let document = "{ articles(first: 7) { totalCount } }";
    let clients = [send(&server, &server.reader, document), send(&server, &server.reader, document)];
    within("one statement runs for both", || (waiting(&cluster) == 1).then_some(()));
    let [first, second] = clients;
    first.shutdown(Shutdown::Both).unwrap();
    drop(first);
    // The statement may start again for the second client.
    for _ in 0..20 {
        std::thread::park_timeout(std::time::Duration::from_millis(50));
    }
    within("the statement still runs for the second client", || (waiting(&cluster) == 1).then_some(()));
    second.shutdown(Shutdown::Both).unwrap();
    drop(second);
    within("the statement has ended", || (waiting(&cluster) == 0).then_some(()));
    drop(lock);
    // The access log has lines for requests whose client did not get the answer.
    let line = server.wait_for_log(|line| line["target"] == "access" && line["status"] == 499);
    assert_eq!((&line["path"], &line["method"]), (&json!("/graphql"), &json!("POST")));
    assert_eq!(server.reader.data(document)["articles"]["totalCount"], 1);
}

#[test]
fn every_kind_of_read_is_cancelled_soon_after_its_client_disconnects() {
    let Some(cluster) = Cluster::start("soon") else { return };
    let server = Server::start_with(Database::at(&cluster.url()), &[("GREYMATTERS_READ_TIMEOUT", "600")]);
    server.editor.published(json!({"title": "One"}));
    let lock = sql::PostgresLock::of(&cluster.url(), "publication");
    let rest = || {
        let mut stream = TcpStream::connect(server.address).unwrap();
        stream.write_all(b"GET /v1/articles?first=7&count=true HTTP/1.1\r\nhost: x\r\n\r\n").unwrap();
        stream
    };
    let reads: [&dyn Fn() -> TcpStream; 3] = [
        &|| send(&server, &server.reader, "{ articles(first: 7) { totalCount } }"),
        &|| {
            send(
                &server,
                &server.editor,
                "{ desk { articles(first: 7) { nodes { publication { slug } } } } }",
            )
        },
        &rest,
    ];
    for (number, read) in reads.into_iter().enumerate() {
        let client = read();
        within("the statement runs", || (waiting(&cluster) > 0).then_some(()));
        let began = Instant::now();
        client.shutdown(Shutdown::Both).unwrap();
        drop(client);
        within("the statement has ended", || (waiting(&cluster) == 0).then_some(()));
        assert!(began.elapsed() < MAX_CANCEL_TIME, "{number}: {:?}", began.elapsed());
    }
    drop(lock);
}

#[test]
fn a_client_that_still_waits_gets_its_answer() {
    let Some(cluster) = Cluster::start("stayed") else { return };
    let server = Server::start_with(Database::at(&cluster.url()), &[("GREYMATTERS_READ_TIMEOUT", "600")]);
    server.editor.published(json!({"title": "One"}));
    let lock = sql::PostgresLock::of(&cluster.url(), "publication");
    let document = "{ articles(first: 7) { totalCount } }";
    let disconnected = send(&server, &server.reader, document);
    within("the statement runs", || (waiting(&cluster) == 1).then_some(()));
    let mut waiting_client = send(&server, &server.reader, document);
    disconnected.shutdown(Shutdown::Both).unwrap();
    drop(disconnected);
    drop(lock);
    waiting_client.set_read_timeout(Some(Duration::from_secs(60))).unwrap();
    let mut answer = String::new();
    while !answer.contains("totalCount") {
        let mut buffer = [0; 4096];
        let length = waiting_client.read(&mut buffer).unwrap();
        assert!(length > 0, "{answer}");
        answer.push_str(&String::from_utf8_lossy(&buffer[..length]));
    }
    assert!(answer.starts_with("HTTP/1.1 200 OK") && answer.contains("\"totalCount\":1"), "{answer}");
}

#[test]
fn a_stopped_server_leaves_no_running_statement() {
    let Some(cluster) = Cluster::start("ended-mid-read") else { return };
    let settings = [("GREYMATTERS_READ_TIMEOUT", "600"), ("GREYMATTERS_DRAIN", "0s")];
    let mut server = Server::start_with(Database::at(&cluster.url()), &settings);
    server.editor.published(json!({"title": "One"}));
    let lock = sql::PostgresLock::of(&cluster.url(), "publication");
    let client = send(&server, &server.reader, "{ articles(first: 7) { totalCount } }");
    within("the statement runs", || (waiting(&cluster) == 1).then_some(()));
    server.terminate();
    server.ended();
    let began = Instant::now();
    let left = "SELECT count(*) FROM pg_stat_activity WHERE application_name = 'greymatters'";
    within("all statements have ended", || (sql::number(&cluster.url(), left).unwrap() == 0).then_some(()));
    assert!(began.elapsed() < MAX_CANCEL_TIME, "{:?}", began.elapsed());
    drop((lock, client));
}

#[test]
fn a_started_write_runs_to_its_end() {
    let Some(cluster) = Cluster::start("written") else { return };
    let server = Server::start(Database::at(&cluster.url()));
    let lock = sql::PostgresLock::of(&cluster.url(), "tag");
    let document = "mutation { tagCreate(input: {name: \"Begun\"}) { tag { id } } }";
    let client = send(&server, &server.editor, document);
    within("the write has started", || (waiting(&cluster) == 1).then_some(()));
    client.shutdown(Shutdown::Both).unwrap();
    drop(client);
    for _ in 0..20 {
        std::thread::park_timeout(std::time::Duration::from_millis(50));
    }
    assert_eq!(waiting(&cluster), 1);
    drop(lock);
    within("the write is done", || {
        (server.reader.data("{ tag(slug: \"begun\") { name } }")["tag"]["name"] == "Begun").then_some(())
    });
}

#[test]
fn a_read_that_takes_too_long_is_cancelled() {
    let Some(cluster) = Cluster::start("slow") else { return };
    let server = Server::start_with(Database::at(&cluster.url()), &[("GREYMATTERS_READ_TIMEOUT", "1")]);
    server.editor.published(json!({"title": "One"}));
    let lock = sql::PostgresLock::of(&cluster.url(), "publication");
    let answer = server.reader.ask("{ articles(first: 7) { totalCount } }");
    let (status, code, message) = answer.error();
    assert_eq!((status, &*code), (503, "SERVICE_UNAVAILABLE"));
    assert!(message.contains("takes too long"), "{message}");
    within("the statement has ended", || (waiting(&cluster) == 0).then_some(()));
    drop(lock);
    assert_eq!(server.reader.data("{ articles(first: 7) { totalCount } }")["articles"]["totalCount"], 1);
}
