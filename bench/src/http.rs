//! A minimal HTTP client, so that its own cost is small: one persistent connection, one request at a time.

use std::fmt::Write as _;
use std::io::{Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::time::Duration;

use crate::answer::{Answer, Incoming};
use crate::failure::{Result, While, failed};

/// The timeout of a response.
const RESPONSE_TIMEOUT: Duration = Duration::from_secs(60);

pub(crate) struct Connection {
    stream: TcpStream,
    incoming: Incoming,
}

/// A request that is sent many times.
#[derive(Debug, Clone)]
pub(crate) struct Request(Vec<u8>);

impl Request {
    pub(crate) fn new(
        method: &str,
        path: &str,
        headers: &[(impl AsRef<str>, impl AsRef<str>)],
        body: Option<&str>,
    ) -> Self {
        let mut text = format!("{method} {path} HTTP/1.1\r\n");
        if !headers.iter().any(|(name, _)| name.as_ref().eq_ignore_ascii_case("host")) {
            text.push_str("Host: bench\r\n");
        }
        for (name, value) in headers {
            // Writing to a string does not fail.
            let _ = write!(text, "{}: {}\r\n", name.as_ref(), value.as_ref());
        }
        if let Some(body) = body {
            let _ = write!(text, "Content-Length: {}\r\n", body.len());
        }
        text.push_str("\r\n");
        text.push_str(body.unwrap_or_default());
        Self(text.into_bytes())
    }

    /// A GraphQL request.
    pub(crate) fn graphql(query: &str) -> Self {
        let body = serde_json::json!({ "query": query }).to_string();
        let headers = [("Content-Type", "application/json"), ("Accept", "application/graphql-response+json")];
        Self::new("POST", "/graphql", &headers, Some(&body))
    }

    pub(crate) fn bytes(&self) -> &[u8] {
        &self.0
    }
}

/// Whether a server reports that it is ready.
pub(crate) fn ready(address: SocketAddr) -> bool {
    let none: [(&str, &str); 0] = [];
    let get = Request::new("GET", "/readyz", &none, None);
    Connection::open(address).is_ok_and(|mut connection| connection.send(&get).is_ok())
}

impl Connection {
    pub(crate) fn open(address: SocketAddr) -> Result<Self> {
        let stream =
            TcpStream::connect_timeout(&address, RESPONSE_TIMEOUT).during("connecting to the server")?;
        stream.set_nodelay(true).during("connecting to the server")?;
        stream.set_read_timeout(Some(RESPONSE_TIMEOUT)).during("connecting to the server")?;
        stream.set_write_timeout(Some(RESPONSE_TIMEOUT)).during("connecting to the server")?;
        Ok(Self { stream, incoming: Incoming::new() })
    }

    /// Sends a request and waits for a response with status 200, whose body it ignores.
    pub(crate) fn send(&mut self, request: &Request) -> Result<()> {
        let status = self.receive(request)?;
        if status == 200 {
            return Ok(());
        }
        let Answer { body, .. } = self.incoming.read()?;
        failed(format_args!("the server answers {status}: {}", String::from_utf8_lossy(&body)))
    }

    /// Sends a request and returns the response, whatever its status is.
    pub(crate) fn exchange(&mut self, request: &Request) -> Result<Answer> {
        self.receive(request)?;
        self.incoming.read()
    }

    /// Sends a request, waits for the response, and returns its status.
    fn receive(&mut self, request: &Request) -> Result<u16> {
        self.incoming.clear();
        // The server may refuse a request that is too large before all of it is sent.
        let written = self.stream.write_all(request.bytes());
        loop {
            let read = self.stream.read(self.incoming.free_space()).during("reading an answer")?;
            if read == 0 {
                written.during("sending a request")?;
                return failed("the server has closed the connection");
            }
            self.incoming.grow(read);
            if let Some(arrived) = self.incoming.arrived()? {
                return Ok(arrived.status);
            }
        }
    }

    /// Sends a request and returns the response, which must have status 200.
    pub(crate) fn ask(&mut self, request: &Request) -> Result<Answer> {
        self.send(request)?;
        self.incoming.read()
    }
}
