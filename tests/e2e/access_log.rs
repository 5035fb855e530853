//! The access log: one line for each request.

use serde_json::{Value, json};

use crate::support::Server;

/// Waits for the line of the request with this id.
fn line(server: &Server, id: &str) -> Value {
    server.wait_for_log(|line| line["target"] == "access" && line["id"] == id)
}

both! {
    fn each_request_has_one_line(env: &Env) {
        let server = env.server();
        server.editor.published(json!({"title": "One"}));
        let id = |id| ("x-request-id", id);
        let path = "/graphql?query=query%20Latest%7Barticles%7Bnodes%7Btitle%7D%7D%7D";
        let first = server.reader.get(path, &[id("a")]);
        let again = server.reader.get(path, &[id("b")]);
        assert_eq!(first.text, again.text);
        let etag = first.header("etag").unwrap().to_owned();
        assert_eq!(server.reader.get(path, &[id("c"), ("if-none-match", &etag)]).status, 304);
        for (id, status, cache, bytes) in
            [("a", 200, "miss", first.bytes.len()), ("b", 200, "hit", first.bytes.len()), ("c", 304, "not_modified", 0)]
        {
            let line = line(&server, id);
            for (field, expected) in [
                ("level", json!("INFO")),
                ("message", json!("answered")),
                ("method", json!("GET")),
                ("path", json!("/graphql")),
                ("operation", json!("Latest")),
                ("status", json!(status)),
                ("cache", json!(cache)),
                ("bytes", json!(bytes)),
                ("client", json!("127.0.0.1")),
                ("code", Value::Null),
                ("key", Value::Null),
            ] {
                assert_eq!(line[field], expected, "{field}: {line}");
            }
            assert!(line["micros"].is_u64() && line["timestamp"].is_string(), "{line}");
        }
    }

    fn a_line_names_the_client_and_the_error(env: &Env) {
        let server = env.server();
        let ask = |client: &crate::support::Client, id: &str, query: &str| {
            let headers = [("content-type", "application/json"), ("x-request-id", id)];
            client.post(&headers, json!({"query": query}).to_string());
        };
        ask(&server.editor, "a", "mutation Make { tagCreate(input: { name: \"A\" }) { tag { id } } }");
        let made = line(&server, "a");
        assert_eq!((&made["key"], &made["operation"], &made["cache"]), (&json!("tests"), &json!("Make"), &json!("bypass")));
        assert_eq!(made["code"], Value::Null);
        ask(&server.reader, "b", "mutation Make { tagCreate(input: { name: \"A\" }) { tag { id } } }");
        assert_eq!(line(&server, "b")["code"], "UNAUTHENTICATED");
        ask(&server.reader, "c", "query Wrong { nothing }");
        let wrong = line(&server, "c");
        assert_eq!((&wrong["code"], &wrong["operation"]), (&json!("GRAPHQL_VALIDATION_FAILED"), &Value::Null));
        server.editor.get("/v1/tags/none", &[("x-request-id", "d")]);
        let missing = line(&server, "d");
        assert_eq!((&missing["code"], &missing["key"]), (&json!("NOT_FOUND"), &json!("tests")));
        // The path of a line cannot end the line early, and contains no query string, which may have secrets.
        server.reader.get("/a%22b?preview=opensesame", &[("x-request-id", "e")]);
        assert_eq!(line(&server, "e")["path"], "/a%22b");
        // A key that a client puts into the path, or into the request id, is not logged.
        let key = server.editor.key().unwrap();
        server.reader.get(&format!("/{key}"), &[("x-request-id", "f")]);
        assert_eq!(line(&server, "f")["path"], "/gmk_");
        let answer = server.reader.get("/nowhere", &[("x-request-id", key)]);
        assert_ne!(answer.header("x-request-id"), Some(key));
        line(&server, answer.header("x-request-id").unwrap());
        let log = server.log().join("\n");
        let secret = &server.editor.key().unwrap()["gmk_".len()..];
        assert!(!log.contains("opensesame") && !log.contains(secret), "{log}");
    }

    fn an_unreadable_head_is_logged_and_counted(env: &Env) {
        use std::io::{Read, Write};
        let server = env.server();
        for (head, status) in [
            ("GET / HTTP/1.1\r\nhost: x\r\ncontent-length: -5\r\n\r\n".to_owned(), 400),
            (format!("GET / HTTP/1.1\r\nhost: x\r\nx: {}\r\n\r\n", "a".repeat(17 << 10)), 431),
        ] {
            let mut stream = std::net::TcpStream::connect(server.address).unwrap();
            stream.write_all(head.as_bytes()).unwrap();
            let mut answer = String::new();
            stream.read_to_string(&mut answer).unwrap();
            assert!(answer.starts_with(&format!("HTTP/1.1 {status} ")), "{answer}");
            let line = server.wait_for_log(|line| line["target"] == "access" && line["status"] == status);
            assert_eq!((&line["client"], &line["code"]), (&json!("127.0.0.1"), &json!("BAD_REQUEST")));
            let metrics = server.editor.get("/metrics", &[]).text;
            assert!(metrics.contains(&format!("status=\"{status}\"")), "{metrics}");
        }
    }

    fn health_checks_are_logged_at_debug_and_access_lines_can_be_turned_off(env: &Env) {
        let server = env.server();
        let quiet = server.beside_logging("info,access=off");
        for server in [&server, &quiet] {
            for path in ["/healthz", "/readyz", "/metrics"] {
                server.editor.get(path, &[("x-request-id", "routine")]);
            }
            server.reader.get("/nowhere", &[("x-request-id", "last")]);
        }
        line(&server, "last");
        assert!(!server.log().iter().any(|line| line.contains("\"routine\"")), "{:?}", server.log());
        quiet.terminate();
        quiet.wait_for_log(|line| line["message"] == "stopped");
        assert!(!quiet.log().iter().any(|line| line.contains("\"access\"")), "{:?}", quiet.log());
    }

    fn a_repeated_line_is_written_once_a_second(env: &Env) {
        // Clients can cause the same warning many times: the server has no place for another connection.
        let server = env.server_with(&[
            ("GREYMATTERS_MAX_CONNECTIONS", "4"),
            ("GREYMATTERS_MAX_CONNECTIONS_PER_ADDRESS", "4"),
        ]);
        let head = "POST /graphql HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\ncontent-length: 9\r\n\
                    expect: 100-continue\r\n\r\n";
        let connect = || std::net::TcpStream::connect(server.address).unwrap();
        let mut busy: Vec<_> = (0..4).map(|_| connect()).collect();
        for stream in &mut busy {
            std::io::Write::write_all(stream, head.as_bytes()).unwrap();
            // After this answer, the request is in progress.
            std::io::Read::read_exact(stream, &mut [0; 25]).unwrap();
        }
        // The server closes each of these connections at once.
        let mut refused = 0;
        crate::support::within("the server closes new connections", || {
            let mut stream = connect();
            stream.set_read_timeout(Some(std::time::Duration::from_millis(100))).unwrap();
            refused += usize::from(std::io::Read::read(&mut stream, &mut [0]).is_ok_and(|read| read == 0));
            (refused >= 50).then_some(())
        });
        let expected = "repeated: a connection was closed at once";
        server.wait_for_log(|line| line["message"].as_str().is_some_and(|text| text.starts_with(expected)));
        let lines = server.log().iter().filter(|line| line.contains("a connection was closed at once")).count();
        assert!(lines < 25, "{lines} lines for {refused} connections");
    }
}
