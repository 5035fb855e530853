//! What becomes of statements whose client has gone.

use std::io::Write;
use std::net::{Shutdown, TcpStream};

use serde_json::json;

use crate::support::postgres::Cluster;
use crate::support::{Client, Database, Server, sql, within};

/// Sends a document and answers the connection, with the answer still to come.
fn sent(server: &Server, client: &Client, document: &str) -> TcpStream {
    let body = json!({"query": document}).to_string();
    let key = client.key().map(|key| format!("authorization: Bearer {key}\r\n")).unwrap_or_default();
    let mut stream = TcpStream::connect(server.address).unwrap();
    let head =
        format!("POST /graphql HTTP/1.1\r\nhost: localhost\r\ncontent-type: application/json\r\n{key}");
    write!(stream, "{head}content-length: {}\r\n\r\n{body}", body.len()).unwrap();
    stream
}

/// How many statements of the server wait for a lock.
fn waiting(cluster: &Cluster) -> i64 {
    let waiting = "SELECT count(*) FROM pg_stat_activity
                   WHERE application_name = 'greymatters' AND wait_event_type = 'Lock'";
    sql::number(&cluster.url(), waiting).unwrap()
}

#[test]
fn a_read_ends_when_the_last_client_that_waits_for_it_has_gone() {
    let Some(cluster) = Cluster::start("vanished") else { return };
    let server = Server::start_with(Database::at(&cluster.url()), &[("GREYMATTERS_READ_TIMEOUT", "600")]);
    server.editor.published(json!({"title": "One"}));
    let lock = sql::PostgresLock::of(&cluster.url(), "publication");
    let document = "{ articles(first: 7) { totalCount } }";
    let clients = [sent(&server, &server.reader, document), sent(&server, &server.reader, document)];
    within("it is read, once for both", || (waiting(&cluster) == 1).then_some(()));
    let [first, second] = clients;
    first.shutdown(Shutdown::Both).unwrap();
    drop(first);
    // It may be begun again by the other one.
    for _ in 0..20 {
        std::thread::park_timeout(std::time::Duration::from_millis(50));
    }
    within("the other one still waits for it", || (waiting(&cluster) == 1).then_some(()));
    second.shutdown(Shutdown::Both).unwrap();
    drop(second);
    within("nobody waits for it any more", || (waiting(&cluster) == 0).then_some(()));
    drop(lock);
    assert_eq!(server.reader.data(document)["articles"]["totalCount"], 1);
}

#[test]
fn a_write_that_has_begun_runs_to_its_end() {
    let Some(cluster) = Cluster::start("written") else { return };
    let server = Server::start(Database::at(&cluster.url()));
    let lock = sql::PostgresLock::of(&cluster.url(), "tag");
    let document = "mutation { tagCreate(input: {name: \"Begun\"}) { tag { id } } }";
    let client = sent(&server, &server.editor, document);
    within("it has begun", || (waiting(&cluster) == 1).then_some(()));
    client.shutdown(Shutdown::Both).unwrap();
    drop(client);
    for _ in 0..20 {
        std::thread::park_timeout(std::time::Duration::from_millis(50));
    }
    assert_eq!(waiting(&cluster), 1);
    drop(lock);
    within("it is done", || {
        (server.reader.data("{ tag(slug: \"begun\") { name } }")["tag"]["name"] == "Begun").then_some(())
    });
}

#[test]
fn a_read_that_takes_too_long_is_given_up() {
    let Some(cluster) = Cluster::start("slow") else { return };
    let server = Server::start_with(Database::at(&cluster.url()), &[("GREYMATTERS_READ_TIMEOUT", "1")]);
    server.editor.published(json!({"title": "One"}));
    let lock = sql::PostgresLock::of(&cluster.url(), "publication");
    let answer = server.reader.ask("{ articles(first: 7) { totalCount } }");
    let (status, code, message) = answer.error();
    assert_eq!((status, &*code), (503, "SERVICE_UNAVAILABLE"));
    assert!(message.contains("takes too long"), "{message}");
    within("nothing is left of it", || (waiting(&cluster) == 0).then_some(()));
    drop(lock);
    assert_eq!(server.reader.data("{ articles(first: 7) { totalCount } }")["articles"]["totalCount"], 1);
}
