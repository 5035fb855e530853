//! A server that stops finishes its requests first. After a second signal, it stops at once.

use std::io::{ErrorKind, Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use crate::support::{Server, within};

/// The number of answered requests before the server is stopped, on each database.
const ANSWERED_BEFORE: u64 = 10_000;
/// The number of concurrent clients.
const CLIENTS: usize = 8;

/// A persistent connection.
struct Connection(TcpStream);

impl Connection {
    /// Sends a request, and returns whether the server keeps the connection open. Fails if the answer is not
    /// complete.
    fn send(&mut self) -> std::io::Result<bool> {
        self.0.write_all(b"GET /v1/edition HTTP/1.1\r\nhost: x\r\n\r\n")?;
        let mut answer = Vec::new();
        let mut buffer = [0; 4096];
        loop {
            let length = self.0.read(&mut buffer)?;
            if length == 0 {
                return Err(ErrorKind::UnexpectedEof.into());
            }
            answer.extend_from_slice(&buffer[..length]);
            let text = String::from_utf8_lossy(&answer);
            let Some((head, body)) = text.split_once("\r\n\r\n") else { continue };
            assert!(head.starts_with("HTTP/1.1 200 "), "{head}");
            let header = |name: &str| head.lines().find_map(|line| line.strip_prefix(name)).map(str::trim);
            if body.len() == header("content-length:").unwrap().parse::<usize>().unwrap() {
                return Ok(header("connection:") != Some("close"));
            }
        }
    }
}

/// Sends requests on one connection after the other, until the server stops listening. Returns the failures.
fn send_until_refused(server: SocketAddr, answered: &AtomicU64) -> Vec<String> {
    let mut failures = Vec::new();
    loop {
        let mut connection = match TcpStream::connect(server) {
            Ok(stream) => Connection(stream),
            Err(error) if error.kind() == ErrorKind::ConnectionRefused => return failures,
            Err(error) => {
                failures.push(format!("connecting: {error}"));
                continue;
            }
        };
        connection.0.set_read_timeout(Some(Duration::from_secs(60))).unwrap();
        loop {
            match connection.send() {
                Ok(is_kept) => {
                    answered.fetch_add(1, Ordering::Relaxed);
                    if !is_kept {
                        break;
                    }
                }
                Err(error) => {
                    failures.push(format!("asking: {error}"));
                    break;
                }
            }
        }
    }
}

both! {
    fn no_request_fails_during_a_shutdown_under_load(env: &Env) {
        let mut server = env.server_with(&[("GREYMATTERS_DRAIN", "1s")]);
        let answered = AtomicU64::new(0);
        let failures = std::thread::scope(|scope| {
            let clients: Vec<_> =
                (0..CLIENTS).map(|_| scope.spawn(|| send_until_refused(server.address, &answered))).collect();
            within("the requests are answered", || {
                (answered.load(Ordering::Relaxed) >= ANSWERED_BEFORE).then_some(())
            });
            server.terminate();
            clients.into_iter().flat_map(|client| client.join().unwrap()).collect::<Vec<_>>()
        });
        let answered = answered.into_inner();
        assert!(failures.is_empty(), "{} of {answered} requests failed: {failures:?}", failures.len());
        assert!(server.ended().success());
    }

    fn a_draining_server_announces_its_end_and_still_answers(env: &Env) {
        let mut server = env.server_with(&[("GREYMATTERS_DRAIN", "3s")]);
        let before = server.reader.get("/readyz", &[]);
        assert_eq!((before.status, before.header("connection")), (200, None));
        server.terminate();
        server.wait_for_log(|line| line["message"] == "stopping");
        let ready = server.reader.get("/readyz", &[]);
        assert_eq!(ready.status, 503);
        assert_eq!(ready.json()["reason"], "the server is stopping");
        for path in ["/healthz", "/v1/edition", "/graphql?query={__typename}", "/nowhere"] {
            let answer = server.reader.get(path, &[]);
            assert_ne!(answer.status, 503, "{path}");
            assert_eq!(answer.header("connection"), Some("close"), "{path}");
        }
        assert!(server.ended().success());
        server.wait_for_log(|line| line["message"] == "stopped");
    }

    fn a_second_signal_stops_it_at_once(env: &Env) {
        let mut server = env.server_with(&[("GREYMATTERS_DRAIN", "1h")]);
        server.terminate();
        server.wait_for_log(|line| line["message"] == "stopping");
        server.terminate();
        assert!(server.ended().success());
    }

    fn ctrl_c_skips_the_drain(env: &Env) {
        let mut server = env.server_with(&[("GREYMATTERS_DRAIN", "1h")]);
        server.interrupt();
        assert!(server.ended().success());
    }

    fn sighup_stops_the_server_except_under_nohup(env: &Env) {
        let mut server = Server::heeding_sighup(env.migrated_database());
        server.hang_up();
        assert!(server.ended().success());
        server.wait_for_log(|line| line["message"] == "stopped");

        let mut server = Server::ignoring_sighup(env.migrated_database());
        server.hang_up();
        assert_eq!(server.reader.get("/healthz", &[]).status, 200);
        server.terminate();
        assert!(server.ended().success());
    }

    fn silent_connections_do_not_delay_a_shutdown(env: &Env) {
        let mut server = env.server();
        let mut idle = Connection(TcpStream::connect(server.address).unwrap());
        assert!(idle.send().unwrap());
        let silent = TcpStream::connect(server.address).unwrap();
        server.terminate();
        assert!(server.ended().success());
        let log = server.log().join("\n");
        assert!(!log.contains("cut off"), "{log}");
        drop((idle, silent));
    }
}
