//! The limits of concurrent reads: which requests wait, which are refused, and which need no place.

use std::io::Write;
use std::net::{Shutdown, TcpStream};
use std::sync::atomic::{AtomicBool, AtomicU64, AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use serde_json::{Value, json};

use crate::rest::assert_described;
use crate::support::{Answer, Client, Database, Env, GRAPHQL_RESPONSE, Kind, Server, postgres, sql, within};

/// The server trusts `X-Forwarded-For`, so each test client can have its own address.
const PROXY: (&str, &str) = ("GREYMATTERS_TRUSTED_PROXIES", "127.0.0.1");

/// A lock that every preview waits for, until it is dropped.
struct PreviewLock {
    _sqlite: Option<sql::SqliteLock>,
    _postgres: Option<sql::PostgresLock>,
}

impl PreviewLock {
    fn of(database: &Database) -> Self {
        let url = database.url();
        match database.kind {
            Kind::Sqlite => Self { _sqlite: Some(sql::SqliteLock::of(url)), _postgres: None },
            Kind::Postgres => Self { _sqlite: None, _postgres: Some(sql::PostgresLock::of(url, "article")) },
        }
    }
}

/// Sends a document for a client at this address, with additional headers.
fn ask(client: &Client, from: &str, document: &str, headers: &[(&str, &str)]) -> Answer {
    let own = [("content-type", "application/json"), ("accept", GRAPHQL_RESPONSE), ("x-forwarded-for", from)];
    let headers: Vec<_> = own.iter().chain(headers).copied().collect();
    client.post(&headers, json!({"query": document}).to_string())
}

/// A cheap document that no test has sent before.
fn new_document() -> String {
    static COUNT: AtomicU64 = AtomicU64::new(0);
    format!("{{ a{}: articles(first: 1) {{ nodes {{ title }} }} }}", COUNT.fetch_add(1, Ordering::Relaxed))
}

/// The value of a metric.
fn metric(server: &Server, name: &str) -> f64 {
    let text = server.editor.get("/metrics", &[("x-forwarded-for", "198.51.100.1")]).text;
    let line =
        text.lines().find_map(|line| line.strip_prefix(name)).unwrap_or_else(|| panic!("{name}: {text}"));
    line.trim().parse().unwrap()
}

fn running(server: &Server, work: &str) -> f64 {
    metric(server, &format!("greymatters_admission_running{{work=\"{work}\"}}"))
}

fn waiting(server: &Server, work: &str) -> f64 {
    metric(server, &format!("greymatters_admission_waiting{{work=\"{work}\"}}"))
}

fn refused(server: &Server, work: &str, reason: &str) -> f64 {
    metric(server, &format!("greymatters_admission_refused_total{{work=\"{work}\",reason=\"{reason}\"}}"))
}

/// The limit that a refusal names. Asserts that the request was refused because there was no place for it.
#[track_caller]
fn limit_of(answer: &Answer) -> Value {
    assert_eq!((answer.status, answer.header("retry-after")), (503, Some("1")), "{answer:?}");
    let body = answer.json();
    let (code, limit) = match body["errors"][0]["extensions"].as_object() {
        Some(extensions) => (extensions["code"].clone(), extensions.get("limit").cloned()),
        None => (body["code"].clone(), body.get("limit").cloned()),
    };
    assert_eq!(code, "SERVICE_UNAVAILABLE", "{body:#}");
    limit.unwrap_or_default()
}

/// A token for the preview of a draft.
fn preview_token(server: &Server) -> String {
    let draft = server.editor.create(json!({"title": "Draft", "body": "Some text."}));
    let document = "mutation ($id: ID!) { previewCreate(input: { articleId: $id }) { token } }";
    let made = server.editor.data_with(document, &json!({"id": draft.id}));
    made["previewCreate"]["token"].as_str().unwrap().to_owned()
}

/// Stops the threads of a test when it is dropped, even if the test fails.
struct Stop<'a>(&'a AtomicBool);

impl Drop for Stop<'_> {
    fn drop(&mut self) {
        self.0.store(true, Ordering::Relaxed);
    }
}

both! {
    fn a_request_without_a_place_is_refused_in_its_own_format(env: &Env) {
        let server = env.server_with(&[
            ("GREYMATTERS_MAX_EXECUTIONS", "1"),
            ("GREYMATTERS_MAX_COUNTS", "1"),
            ("GREYMATTERS_MAX_WAITING", "0"),
        ]);
        server.editor.published(json!({"title": "One"}));
        let done = AtomicBool::new(false);
        let number = AtomicU64::new(0);
        std::thread::scope(|scope| {
            let _stop = Stop(&done);
            for _ in 0..8 {
                let (server, done) = (&server, &done);
                scope.spawn(move || {
                    while !done.load(Ordering::Relaxed) {
                        server.reader.ask(&new_document());
                    }
                });
            }
            let expected = json!({"name": "waiting", "value": 0, "requested": null, "flag": "--max-waiting"});
            let refused = within("GraphQL is refused", || {
                Some(server.reader.ask(&new_document())).filter(|answer| answer.status != 200)
            });
            assert_eq!(limit_of(&refused), expected);
            let refused = within("REST is refused", || {
                let at = number.fetch_add(1, Ordering::Relaxed);
                let path = format!("/v1/articles?first=1&publishedAt.gte=2001-01-01T00:00:00.{at:06}Z");
                Some(server.reader.get(&path, &[])).filter(|answer| answer.status != 200)
            });
            assert_eq!(refused.header("content-type"), Some("application/problem+json"));
            assert_eq!(limit_of(&refused), expected);
            let description = server.reader.get("/openapi.json", &[]).json();
            assert_described(&description, "/v1/articles", &refused);
            let refused = within("the desk is refused", || {
                Some(server.editor.ask("{ desk { articles { nodes { id } } } }")).filter(|answer| answer.status != 200)
            });
            assert_eq!(limit_of(&refused), expected);
            // Counts have their own places, and no other client counts.
            for first in 1..=20 {
                assert_eq!(server.reader.data(&format!("{{ articles(first: {first}) {{ totalCount }} }}"))["articles"]["totalCount"], 1);
            }
        });
        assert!(refused(&server, "execution", "queue_full") >= 3.0);
        assert_eq!(refused(&server, "count", "queue_full"), 0.0);
        assert_eq!(running(&server, "execution"), 0.0);
    }

    fn cached_answers_and_writes_do_not_wait(env: &Env) {
        let server = env.server_with(&[
            PROXY,
            ("GREYMATTERS_MAX_PREVIEWS", "1"),
            ("GREYMATTERS_MAX_WAITING", "2"),
            ("GREYMATTERS_MAX_WAITING_PER_CLIENT", "1"),
            ("GREYMATTERS_MAX_WAIT", "60s"),
        ]);
        server.editor.published(json!({"title": "One"}));
        let token = preview_token(&server);
        let document = "{ articles(first: 5) { nodes { title } } }";
        let path = "/graphql?query=%7Barticles(first%3A5)%7Bnodes%7Btitle%7D%7D%7D";
        let cached = server.reader.data(document);
        let etag = server.reader.get(path, &[]).header("etag").unwrap().to_owned();
        let preview = |from: &str, id: &str| {
            ask(&server.reader, from, document, &[("x-preview", &token), ("x-request-id", id)])
        };
        let done = AtomicBool::new(false);
        let lock = PreviewLock::of(server.database());
        std::thread::scope(|scope| {
            let _stop = Stop(&done);
            for _ in 0..4 {
                let (preview, done) = (&preview, &done);
                scope.spawn(move || {
                    while !done.load(Ordering::Relaxed) {
                        preview("203.0.113.1", "many");
                    }
                });
            }
            // One client takes all places that one client may have.
            within("the client has all places that one client may have", || (refused(&server, "preview", "client_share") >= 1.0).then_some(()));
            let refusal = within("the client is refused", || {
                Some(preview("203.0.113.1", "refused")).filter(|answer| answer.text.contains("waitingPerClient"))
            });
            assert_eq!(
                limit_of(&refusal),
                json!({"name": "waitingPerClient", "value": 1, "requested": null, "flag": "--max-waiting-per-client"})
            );
            // Meanwhile, another client waits for a place.
            let others = scope.spawn(|| within("another client is served", || {
                Some(preview("203.0.113.2", "other")).filter(|answer| answer.status == 200)
            }));
            within("both wait", || (waiting(&server, "preview") == 2.0).then_some(()));
            // Cached answers and reads without a preview do not wait.
            assert_eq!(server.reader.data(document), cached);
            assert_eq!(server.reader.get(path, &[("if-none-match", &etag)]).status, 304);
            assert_eq!(server.editor.get(path, &[("if-none-match", &etag)]).status, 304);
            assert_eq!(server.reader.get("/healthz", &[]).status, 200);
            assert_eq!(server.reader.get("/readyz", &[]).status, 200);
            assert_eq!(server.reader.ask(&new_document()).status, 200);
            drop(lock);
            let served = others.join().unwrap();
            assert_eq!(served.json()["data"]["articles"]["nodes"].as_array().unwrap().len(), 2, "{served:?}");
        });
        within("the queue is empty", || {
            (running(&server, "preview") == 0.0 && waiting(&server, "preview") == 0.0).then_some(())
        });
        server.wait_for_log(|line| line["id"] == "other" && line["status"] == 200 && line["waited"].is_u64());
    }

    fn many_lists_are_read_during_many_publishes(env: &Env) {
        const LISTS: usize = 200;
        const CONNECTIONS: usize = 64;
        const PUBLISHES: usize = 30;
        let server = env.server();
        let drafts: Vec<_> = (0..PUBLISHES)
            .map(|number| server.editor.create(json!({"title": format!("A {number}"), "body": "Some text."})))
            .collect();
        let lists: Vec<String> = (0..LISTS)
            .map(|list| {
                let (first, field) = (1 + list % 50, ["id", "slug", "title", "excerpt"][list / 50]);
                format!("/graphql?query=%7Barticles(first%3A{first})%7Bnodes%7B{field}%7D%7D%7D")
            })
            .collect();
        let (done, next, answered) = (AtomicBool::new(false), AtomicUsize::new(0), AtomicUsize::new(0));
        std::thread::scope(|scope| {
            let _stop = Stop(&done);
            let readers: Vec<_> = (0..CONNECTIONS)
                .map(|_| scope.spawn(|| {
                    while !done.load(Ordering::Relaxed) {
                        let list = &lists[next.fetch_add(1, Ordering::Relaxed) % LISTS];
                        let answer = server.reader.get(list, &[]);
                        assert_eq!(answer.status, 200, "{list}: {answer:?}");
                        answered.fetch_add(1, Ordering::Relaxed);
                    }
                }))
                .collect();
            let began = Instant::now();
            for (number, draft) in drafts.iter().enumerate() {
                server.editor.publish(draft);
                let next = began + Duration::from_millis(100) * (number as u32 + 1);
                while let Some(left) = next.checked_duration_since(Instant::now()).filter(|left| !left.is_zero()) {
                    std::thread::park_timeout(left);
                }
            }
            done.store(true, Ordering::Relaxed);
            for reader in readers {
                reader.join().unwrap();
            }
        });
        assert!(answered.into_inner() >= LISTS);
        let reasons = ["queue_full", "client_share", "too_long", "client_gone"];
        assert_eq!(reasons.map(|reason| refused(&server, "execution", reason)), [0.0; 4]);
    }
}

/// Sends a count that waits for a lock. Returns the connection, so that a test can close it.
fn send_count(server: &Server, first: usize) -> TcpStream {
    let body = json!({"query": format!("{{ articles(first: {first}) {{ totalCount }} }}")}).to_string();
    let mut stream = TcpStream::connect(server.address).unwrap();
    let head = "POST /graphql HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\nx-forwarded-for: 203.0.113.1\r\n";
    write!(stream, "{head}content-length: {}\r\n\r\n{body}", body.len()).unwrap();
    stream
}

#[test]
fn a_client_with_hanging_reads_delays_no_other_client() {
    let env = Env { kind: Kind::Postgres };
    if postgres::server().is_none() {
        return;
    }
    let server = env.server_with(&[
        PROXY,
        ("GREYMATTERS_MAX_COUNTS", "3"),
        ("GREYMATTERS_MAX_WAITING", "4"),
        ("GREYMATTERS_MAX_WAITING_PER_CLIENT", "3"),
        ("GREYMATTERS_MAX_WAIT", "60s"),
        ("GREYMATTERS_READ_TIMEOUT", "600"),
    ]);
    server.editor.published(json!({"title": "One"}));
    server.editor.label("tag", json!({"name": "A tag"}));
    let lock = sql::PostgresLock::of(server.database().url(), "publication");
    let mut hanging: Vec<_> = (1..=2).map(|first| send_count(&server, first)).collect();
    within("two counts run", || (running(&server, "count") == 2.0).then_some(()));
    hanging.extend((3..=5).map(|first| send_count(&server, first)));
    within("the client has all places that one client may have", || {
        (running(&server, "count") == 2.0 && waiting(&server, "count") == 3.0).then_some(())
    });
    let refused_one = ask(&server.reader, "203.0.113.1", "{ articles(first: 20) { totalCount } }", &[]);
    assert_eq!(limit_of(&refused_one)["name"], "waitingPerClient");
    // Other clients still get a place. This count does not need the locked table.
    let other = ask(&server.reader, "203.0.113.2", "{ tags(first: 1) { totalCount } }", &[]);
    assert_eq!(other.data()["tags"]["totalCount"], 1);
    // A waiting client that disconnects leaves the queue at once.
    let disconnected = hanging.pop().unwrap();
    disconnected.shutdown(Shutdown::Both).unwrap();
    drop(disconnected);
    within("the client has left the queue", || (waiting(&server, "count") == 2.0).then_some(()));
    assert_eq!(refused(&server, "count", "client_gone"), 1.0);
    // A client that disconnects while its count runs gives its place to a waiting client.
    let disconnected = hanging.remove(0);
    disconnected.shutdown(Shutdown::Both).unwrap();
    drop(disconnected);
    within("a waiting count runs", || {
        (running(&server, "count") == 2.0 && waiting(&server, "count") == 1.0).then_some(())
    });
    drop(lock);
    within("all counts have ended", || (running(&server, "count") == 0.0).then_some(()));
    assert_eq!(server.reader.data("{ articles(first: 5) { totalCount } }")["articles"]["totalCount"], 1);
}

#[test]
fn clients_that_wait_for_the_answer_of_a_refused_client_are_not_refused() {
    let env = Env { kind: Kind::Postgres };
    if postgres::server().is_none() {
        return;
    }
    let server = env.server_with(&[
        PROXY,
        ("GREYMATTERS_MAX_COUNTS", "2"),
        ("GREYMATTERS_MAX_WAITING_PER_CLIENT", "1"),
        ("GREYMATTERS_MAX_WAIT", "1s"),
        ("GREYMATTERS_READ_TIMEOUT", "600"),
    ]);
    server.editor.published(json!({"title": "One"}));
    server.editor.label("tag", json!({"name": "A tag"}));
    let lock = sql::PostgresLock::of(server.database().url(), "publication");
    let hanging = send_count(&server, 1);
    within("the read hangs", || (running(&server, "count") == 1.0).then_some(()));
    let document = "{ tags(first: 1) { totalCount } }";
    std::thread::scope(|scope| {
        let first = scope.spawn(|| ask(&server.reader, "203.0.113.1", document, &[]));
        within("the request waits", || (waiting(&server, "count") == 1.0).then_some(()));
        // This client requests the same, and may have a place. It gets an answer after the first client was refused.
        let second = scope.spawn(|| ask(&server.reader, "203.0.113.2", document, &[]));
        assert_eq!(limit_of(&first.join().unwrap())["name"], "counts");
        assert_eq!(second.join().unwrap().data()["tags"]["totalCount"], 1);
    });
    drop((lock, hanging));
}
