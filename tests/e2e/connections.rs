//! Slow, silent or very many connections: other clients are still served.

use std::io::{Read, Write};
use std::net::{Ipv4Addr, SocketAddr, TcpStream};
use std::time::{Duration, Instant};

use serde_json::json;
use socket2::{Domain, Socket, Type};

use crate::support::{Client, Folder, Server, within};

/// The maximum waiting time of other clients: much less than the timeout of the attackers.
const MAX_WAIT: Duration = Duration::from_secs(5);

/// Connects from one of many loopback addresses.
fn connect(server: SocketAddr, from: u8) -> TcpStream {
    let socket = Socket::new(Domain::IPV4, Type::STREAM, None).unwrap();
    socket.bind(&SocketAddr::new(Ipv4Addr::new(127, 0, 1, from).into(), 0).into()).unwrap();
    socket.connect(&server.into()).unwrap();
    socket.into()
}

/// Asserts that other clients are answered on new connections.
#[track_caller]
fn assert_others_are_served(reader: &Client) {
    for _ in 0..20 {
        let began = Instant::now();
        assert_eq!(reader.data("{ __typename }")["__typename"], "Query");
        let took = began.elapsed();
        assert!(took < MAX_WAIT, "another client was answered after {took:?}");
    }
}

/// Reads until the server closes the connection.
fn read_to_end(stream: &mut TcpStream) -> String {
    stream.set_read_timeout(Some(Duration::from_secs(60))).unwrap();
    let mut answer = Vec::new();
    let _ = stream.read_to_end(&mut answer);
    String::from_utf8_lossy(&answer).into_owned()
}

both! {
    fn silent_connections_do_not_block_other_clients(env: &Env) {
        // The connections exceed the limit of all addresses together, and then the limit of one address.
        let server = Server::with_descriptors(env.migrated_database(), 300);
        let many: Vec<_> = (0..400).map(|n| connect(server.address, 2 + (n % 20) as u8)).collect();
        assert_others_are_served(&server.reader);
        let of_one: Vec<_> = (0..100).map(|_| connect(server.address, 1)).collect();
        assert_others_are_served(&server.reader);
        drop((many, of_one));
        assert_others_are_served(&server.reader);
    }

    fn unfinished_heads_do_not_block_other_clients(env: &Env) {
        let server = Server::with_descriptors(env.migrated_database(), 300);
        let mut many: Vec<_> = (0..400).map(|n| connect(server.address, 2 + (n % 20) as u8)).collect();
        for stream in &mut many {
            // The server may have closed the connection already.
            let _ = stream.write_all(b"GET /healthz HTTP/1.1\r\nhost: x\r\nx-slow: ");
        }
        assert_others_are_served(&server.reader);
    }

    fn busy_connections_are_not_closed_for_new_ones(env: &Env) {
        let server = Server::with_descriptors(env.migrated_database(), 300);
        // The body of this request is still missing.
        let mut busy = connect(server.address, 1);
        let body = r#"{"query":"{ __typename }"}"#;
        let head = format!(
            "POST /graphql HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\ncontent-length: {}\r\n\
             expect: 100-continue\r\nconnection: close\r\n\r\n",
            body.len()
        );
        busy.write_all(head.as_bytes()).unwrap();
        // After this answer, the request is in progress.
        let mut go_on = [0; 25];
        busy.read_exact(&mut go_on).unwrap();
        assert_eq!(&go_on, b"HTTP/1.1 100 Continue\r\n\r\n");
        let many: Vec<_> = (0..400).map(|n| connect(server.address, 1 + (n % 20) as u8)).collect();
        assert_others_are_served(&server.reader);
        busy.write_all(body.as_bytes()).unwrap();
        let answer = read_to_end(&mut busy);
        assert!(answer.starts_with("HTTP/1.1 200") && answer.contains("Query"), "{answer}");
        drop(many);
    }

    fn an_unfinished_head_is_answered_408(env: &Env) {
        let server = env.server();
        let mut stream = TcpStream::connect(server.address).unwrap();
        stream.write_all(b"GET /healthz HTTP/1.1\r\nhost: x\r\n").unwrap();
        let answer = read_to_end(&mut stream);
        assert!(answer.starts_with("HTTP/1.1 408 ") && answer.contains("connection: close"), "{answer}");
    }

    fn an_oversized_head_is_answered_431(env: &Env) {
        let reader = &env.sample().reader;
        let filler = |length: usize| format!("GET /healthz HTTP/1.1\r\nhost: x\r\nconnection: close\r\nx-filler: {}\r\n\r\n", "a".repeat(length));
        let answer = reader.raw(filler(15 << 10).as_bytes());
        assert!(answer.starts_with("HTTP/1.1 200 "), "{answer}");
        for length in [17 << 10, 200 << 10] {
            let answer = reader.raw(filler(length).as_bytes());
            assert!(answer.starts_with("HTTP/1.1 431 "), "{length}: {answer}");
        }
    }

    fn a_slow_body_is_answered_408(env: &Env) {
        let server = env.server();
        std::thread::scope(|scope| {
            for is_silent in [true, false] {
                let address = server.address;
                scope.spawn(move || {
                    let mut stream = TcpStream::connect(address).unwrap();
                    stream
                        .write_all(
                            b"POST /graphql HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\n\
                              content-length: 1000\r\n\r\n{",
                        )
                        .unwrap();
                    let mut drip = stream.try_clone().unwrap();
                    let dripping = std::thread::spawn(move || {
                        while !is_silent && drip.write_all(b" ").is_ok() {
                            std::thread::park_timeout(Duration::from_millis(200));
                        }
                    });
                    let answer = read_to_end(&mut stream);
                    assert!(answer.starts_with("HTTP/1.1 408 "), "{is_silent}: {answer}");
                    assert!(answer.contains("REQUEST_TIMEOUT"), "{answer}");
                    let _ = stream.shutdown(std::net::Shutdown::Both);
                    dripping.join().unwrap();
                });
            }
            assert_others_are_served(&server.reader);
        });
    }

    fn clients_that_never_read_take_little_memory_and_are_disconnected(env: &Env) {
        let database = env.migrated_database();
        Folder::sample().import(&database, &[]).succeeded();
        let server = Server::start(database);
        let query = "{ articles(first: 100) { nodes { title body { html markdown text } } } }";
        let complete = server.reader.ask(query);
        assert!(complete.bytes.len() > 100 << 10, "{}", complete.bytes.len());
        let body = json!({"query": query}).to_string();
        let request = format!(
            "POST /graphql HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\ncontent-length: {}\r\n\r\n{body}",
            body.len()
        );
        let pipelined = request.repeat(2_000);
        let before = server.resident();
        let mut clients: Vec<_> = (0..200).map(|_| TcpStream::connect(server.address).unwrap()).collect();
        for client in &mut clients {
            client.set_write_timeout(Some(Duration::from_millis(20))).unwrap();
            let _ = client.write_all(pipelined.as_bytes());
        }
        assert_others_are_served(&server.reader);
        let grown = server.resident().saturating_sub(before);
        assert!(grown < 48 << 20, "200 clients that do not read take {} MiB", grown >> 20);
        // Each connection is closed after 30 seconds; then writing fails.
        for mut client in clients {
            within("a client that never reads is disconnected", || {
                let written = client.write(b"x");
                written.is_err_and(|error| error.kind() != std::io::ErrorKind::WouldBlock).then_some(())
            });
        }
        assert_others_are_served(&server.reader);
    }

    fn a_request_needs_exactly_one_host(env: &Env) {
        let reader = &env.sample().reader;
        let send_head = |line: &str, hosts: &str| reader.raw(format!("GET {line}\r\n{hosts}connection: close\r\n\r\n").as_bytes());
        for (line, hosts) in [
            ("/healthz HTTP/1.1", ""),
            ("/healthz HTTP/1.1", "host: a\r\nhost: a\r\n"),
            ("/healthz HTTP/1.1", "host: a\r\nhost: b\r\n"),
            ("/healthz HTTP/1.1", "host: \r\n"),
            ("/healthz HTTP/1.1", "host: a/b\r\n"),
            ("/healthz HTTP/1.1", "host: user@a\r\n"),
            ("/healthz HTTP/1.1", "host: a, b\r\n"),
            ("/healthz HTTP/1.1", "host: a:port\r\n"),
            ("/healthz HTTP/1.0", "host: a\r\nhost: b\r\n"),
            ("/healthz HTTP/1.0", "host: a b\r\n"),
            ("http://a/healthz HTTP/1.1", ""),
            ("/v1/articles HTTP/1.1", ""),
            ("/graphql?query={__typename} HTTP/1.1", "host: a\r\nhost: b\r\n"),
        ] {
            let answer = send_head(line, hosts);
            assert!(answer.starts_with("HTTP/1.1 400 ") || answer.starts_with("HTTP/1.0 400 "), "{line} {hosts}: {answer}");
            assert!(answer.contains("BAD_REQUEST") && answer.contains("Host"), "{line} {hosts}: {answer}");
        }
        for (line, hosts) in [
            ("/healthz HTTP/1.1", "host: example.org\r\n"),
            ("/healthz HTTP/1.1", "host: [::1]:8080\r\n"),
            ("http://example.org/healthz HTTP/1.1", "host: example.org\r\n"),
            ("/healthz HTTP/1.0", ""),
        ] {
            let answer = send_head(line, hosts);
            assert!(answer.contains(" 200 OK\r\n"), "{line} {hosts}: {answer}");
        }
    }

    fn forwarded_addresses_are_used_only_from_trusted_proxies(env: &Env) {
        let server = env.server_with(&[("GREYMATTERS_TRUSTED_PROXIES", "127.0.0.1,10.0.0.0/8")]);
        let client = |id: &str, name: &str, value: &str| {
            server.reader.get("/nowhere", &[("x-request-id", id), (name, value)]);
            let line = server.wait_for_log(|line| line["message"] == "answered" && line["id"] == id);
            line["client"].as_str().unwrap().to_owned()
        };
        assert_eq!(client("a", "x-forwarded-for", "1.1.1.1, 203.0.113.9, 10.1.2.3"), "203.0.113.9");
        assert_eq!(client("b", "forwarded", "for=1.1.1.1, for=\"[2001:db8::7]:4711\";proto=https"), "2001:db8::7");
        assert_eq!(client("c", "x-forwarded-for", "nonsense"), "127.0.0.1");
        let server = env.server();
        server.reader.get("/nowhere", &[("x-request-id", "d"), ("x-forwarded-for", "203.0.113.9")]);
        let line = server.wait_for_log(|line| line["message"] == "answered" && line["id"] == "d");
        assert_eq!(line["client"], "127.0.0.1");
    }
}
