//! Clients that are slow, silent or gone, and more clients than the server has descriptors.

use std::io::{Read, Write};
use std::net::{Shutdown, SocketAddr, TcpStream};
use std::time::Duration;

use serde_json::json;

use crate::load::Load;
use crate::process::descriptors;
use crate::support::{Server, within};

/// A complete HTTP request with this body.
fn request(body: &str) -> String {
    format!(
        "POST /graphql HTTP/1.1\r\nhost: localhost\r\ncontent-type: application/json\r\ncontent-length: {}\r\n\r\n{body}",
        body.len()
    )
}

fn connect(address: SocketAddr) -> TcpStream {
    let stream = TcpStream::connect(address).unwrap();
    stream.set_write_timeout(Some(Duration::from_millis(50))).unwrap();
    stream
}

both! {
    fn slow_silent_or_gone_clients_do_not_block_others(env: &Env) {
        let server = env.server();
        let mut load = Load::on(&server);
        let before = descriptors(&server);
        let list = request(&json!({"query": "{ articles(first: 100) { nodes { title body { html markdown text } } } }"}).to_string());
        let (progress, ()) = load.during(&server, |progress| {
            progress.wait_for_acknowledged(20);
            let silent: Vec<_> = (0..100).map(|_| connect(server.address)).collect();
            let mut slow: Vec<_> = (0..50).map(|_| connect(server.address)).collect();
            let greedy: Vec<_> = (0..10).map(|_| {
                let mut stream = connect(server.address);
                // It sends requests until the server stops reading them.
                let _ = stream.write_all(list.repeat(200).as_bytes());
                stream
            }).collect();
            for byte in list.as_bytes().chunks(1).take(40) {
                for stream in &mut slow {
                    let _ = stream.write_all(byte);
                }
                for cut in [7, list.len() / 2, list.len()] {
                    let mut gone = connect(server.address);
                    let _ = gone.write_all(&list.as_bytes()[..cut]);
                    // Half of them close their connection properly.
                    if byte[0] % 2 == 0 {
                        let _ = gone.shutdown(Shutdown::Both);
                    }
                }
            }
            progress.wait_for_acknowledged(40);
            progress.wait_for_read(40);
            drop((silent, slow, greedy));
            progress.wait_for_acknowledged(20);
        });
        progress.assert_no_wrong_answers();
        load.settle(&server);
        within("the descriptors of these clients are released", || {
            (descriptors(&server) <= before.map(|count| count + 8)).then_some(())
        });
    }

    fn a_server_out_of_descriptors_recovers(env: &Env) {
        let server = Server::with_descriptors(env.database(), 128);
        server.may_log_errors();
        let mut load = Load::on(&server);
        for _ in 0..2 {
            let (progress, ()) = load.during(&server, |progress| {
                progress.wait_for_acknowledged(10);
                // Some clients may be refused.
                progress.allow_broken_connections();
                let silent: Vec<_> = (0..200).filter_map(|_| TcpStream::connect(server.address).ok()).collect();
                for mut stream in &silent {
                    stream.set_read_timeout(Some(Duration::from_millis(5))).unwrap();
                    let _ = stream.read(&mut [0; 512]);
                }
                drop(silent);
                progress.wait_for_acknowledged(30);
            });
            progress.assert_no_wrong_answers();
            load.settle(&server);
        }
        server.kill();
        load.check(&server.beside());
    }
}
