//! The least of an HTTP client: one connection, kept alive, one request at a time, so that what is
//! measured is the server.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::time::Duration;

use crate::failure::{Failure, Result, While, failed};

/// How long an answer may take.
const PATIENCE: Duration = Duration::from_secs(60);

pub(crate) struct Connection {
    stream: BufReader<TcpStream>,
    body: Vec<u8>,
}

/// A request that is sent many times.
pub(crate) struct Request(Vec<u8>);

impl Request {
    /// A GraphQL request.
    pub(crate) fn graphql(query: &str) -> Self {
        let body = serde_json::json!({ "query": query }).to_string();
        let head = format!(
            "POST /graphql HTTP/1.1\r\nHost: bench\r\nContent-Type: application/json\r\n\
             Accept: application/graphql-response+json\r\nContent-Length: {}\r\n\r\n",
            body.len()
        );
        Self([head.into_bytes(), body.into_bytes()].concat())
    }
}

/// Whether a server is there and says that it is ready.
pub(crate) fn ready(address: SocketAddr) -> bool {
    let get = Request(b"GET /readyz HTTP/1.1\r\nHost: bench\r\n\r\n".to_vec());
    Connection::open(address).is_ok_and(|mut connection| connection.send(&get).is_ok())
}

impl Connection {
    pub(crate) fn open(address: SocketAddr) -> Result<Self> {
        let stream = TcpStream::connect_timeout(&address, PATIENCE).during("connecting to the server")?;
        stream.set_nodelay(true).during("connecting to the server")?;
        stream.set_read_timeout(Some(PATIENCE)).during("connecting to the server")?;
        stream.set_write_timeout(Some(PATIENCE)).during("connecting to the server")?;
        Ok(Self { stream: BufReader::with_capacity(64 << 10, stream), body: Vec::new() })
    }

    /// Sends a request and answers the body of the answer, which must be a success.
    pub(crate) fn send(&mut self, request: &Request) -> Result<&[u8]> {
        self.stream.get_mut().write_all(&request.0).during("sending a request")?;
        let mut status = String::new();
        let mut length = None;
        loop {
            let mut line = String::new();
            if self.stream.read_line(&mut line).during("reading an answer")? == 0 {
                return failed("the server has closed the connection");
            }
            let line = line.trim_end();
            if status.is_empty() {
                line.clone_into(&mut status);
            } else if line.is_empty() {
                break;
            } else if let Some((name, value)) = line.split_once(':')
                && name.eq_ignore_ascii_case("content-length")
            {
                length = Some(value.trim().parse::<usize>().during("the length of an answer")?);
            }
        }
        let length = length.ok_or_else(|| Failure("an answer does not tell its length".to_owned()))?;
        self.body.resize(length, 0);
        self.stream.read_exact(&mut self.body).during("reading an answer")?;
        if status.starts_with("HTTP/1.1 200") {
            return Ok(&self.body);
        }
        failed(format_args!("the server answers {status}: {}", String::from_utf8_lossy(&self.body)))
    }
}
