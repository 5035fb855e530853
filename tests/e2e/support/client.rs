//! A client of the API.

use std::io::{Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};

use serde_json::{Value, json};
use ureq::Agent;
use ureq::http::{HeaderMap, Request};

use super::Json;
use super::server::TEST_TIMEOUT;

/// The media type whose status says whether a document was executed.
pub(crate) const GRAPHQL_RESPONSE: &str = "application/graphql-response+json";

/// A client, with or without a key.
#[derive(Clone)]
pub(crate) struct Client {
    agent: Agent,
    address: SocketAddr,
    key: Option<String>,
    /// The edition that answers must have reached; 0 for any.
    at_least: Arc<AtomicI64>,
}

/// An answer of the server.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) headers: HeaderMap,
    /// The body, if it is text.
    pub(crate) text: String,
    pub(crate) bytes: Vec<u8>,
}

impl Client {
    pub(crate) fn new(address: SocketAddr, at_least: Arc<AtomicI64>) -> Self {
        // Each request gets a new connection, because the server may close a connection without reading the body of a
        // request.
        let config = Agent::config_builder()
            .http_status_as_error(false)
            .timeout_global(Some(TEST_TIMEOUT))
            .max_idle_connections(0)
            .max_redirects(0)
            .max_redirects_will_error(false);
        Self { agent: config.build().into(), address, key: None, at_least }
    }

    pub(crate) fn with_key(&self, key: &str) -> Self {
        Self { key: Some(key.to_owned()), ..self.clone() }
    }

    /// The same client for another address.
    pub(crate) fn at(&self, address: SocketAddr) -> Self {
        Self { address, ..self.clone() }
    }

    pub(crate) fn key(&self) -> Option<&str> {
        self.key.as_deref()
    }

    /// Sends a document without variables.
    pub(crate) fn ask(&self, document: &str) -> Answer {
        self.ask_with(document, &json!({}))
    }

    /// Sends a document with variables.
    pub(crate) fn ask_with(&self, document: &str, variables: &Value) -> Answer {
        let body = json!({"query": document, "variables": variables}).to_string();
        self.post(&[("content-type", "application/json"), ("accept", GRAPHQL_RESPONSE)], body)
    }

    /// Sends a document. Returns `None` if the server accepts no more requests.
    pub(crate) fn try_ask(&self, document: &str) -> Option<Answer> {
        self.try_ask_with(document, &json!({}))
    }

    /// Like [`Client::try_ask`], with variables.
    pub(crate) fn try_ask_with(&self, document: &str, variables: &Value) -> Option<Answer> {
        let body = json!({"query": document, "variables": variables}).to_string();
        self.try_send("POST", "/graphql", &[("content-type", "application/json")], body.into()).ok()
    }

    /// Sends a document. Returns an error if the connection fails.
    pub(crate) fn attempt(&self, document: &str, variables: &Value) -> Result<Answer, ureq::Error> {
        let body = json!({"query": document, "variables": variables}).to_string();
        let headers = [("content-type", "application/json"), ("accept", GRAPHQL_RESPONSE)];
        self.try_send("POST", "/graphql", &headers, body.into())
    }

    /// Sends a document, asserts that the answer has no errors, and returns the data.
    #[track_caller]
    pub(crate) fn data(&self, document: &str) -> Value {
        self.ask(document).data()
    }

    /// Like [`Client::data`], with variables.
    #[track_caller]
    pub(crate) fn data_with(&self, document: &str, variables: &Value) -> Value {
        self.ask_with(document, variables).data()
    }

    /// Sends any POST to `/graphql`.
    pub(crate) fn post(&self, headers: &[(&str, &str)], body: impl Into<Vec<u8>>) -> Answer {
        self.send("POST", "/graphql", headers, body.into())
    }

    /// Like [`Client::post`]. Returns `None` if the server accepts no more requests.
    pub(crate) fn try_post(&self, headers: &[(&str, &str)], body: impl Into<Vec<u8>>) -> Option<Answer> {
        self.try_send("POST", "/graphql", headers, body.into()).ok()
    }

    /// Sends a GET for any path.
    pub(crate) fn get(&self, path: &str, headers: &[(&str, &str)]) -> Answer {
        self.send("GET", path, headers, Vec::new())
    }

    /// Sends any request.
    pub(crate) fn send(&self, method: &str, path: &str, headers: &[(&str, &str)], body: Vec<u8>) -> Answer {
        let sent = self.try_send(method, path, headers, body);
        sent.unwrap_or_else(|error| panic!("{method} {path}: {error}"))
    }

    fn try_send(
        &self,
        method: &str,
        path: &str,
        headers: &[(&str, &str)],
        body: Vec<u8>,
    ) -> Result<Answer, ureq::Error> {
        let mut request = Request::builder().method(method).uri(format!("http://{}{path}", self.address));
        if let Some(key) = &self.key {
            request = request.header("authorization", format!("Bearer {key}"));
        }
        let at_least = self.at_least.load(Ordering::Relaxed);
        if at_least > 0 && !headers.iter().any(|(name, _)| *name == "edition-at-least") {
            request = request.header("edition-at-least", at_least);
        }
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        let mut response = match method {
            "GET" | "HEAD" | "OPTIONS" => self.agent.run(request.body(()).unwrap()),
            _ => self.agent.run(request.body(body).unwrap()),
        }?;
        let bytes = response.body_mut().with_config().limit(64 << 20).read_to_vec()?;
        let text = String::from_utf8(bytes.clone()).unwrap_or_default();
        Ok(Answer { status: response.status().as_u16(), headers: response.headers().clone(), text, bytes })
    }

    /// Sends raw bytes, and returns everything that the server sends until it closes the connection.
    pub(crate) fn raw(&self, bytes: &[u8]) -> String {
        let mut stream = TcpStream::connect(self.address).unwrap();
        stream.set_read_timeout(Some(TEST_TIMEOUT)).unwrap();
        // The server may have closed the connection already.
        let _ = stream.write_all(bytes);
        let mut answer = Vec::new();
        let _ = stream.read_to_end(&mut answer);
        String::from_utf8_lossy(&answer).into_owned()
    }
}

impl Answer {
    /// The body as JSON.
    #[track_caller]
    pub(crate) fn json(&self) -> Value {
        serde_json::from_str(&self.text).unwrap_or_else(|error| panic!("{error}: {self:?}"))
    }

    /// Asserts that there are no errors, and returns the data.
    #[track_caller]
    pub(crate) fn data(&self) -> Value {
        let mut body = self.json();
        assert_eq!(self.status, 200, "{body:#}");
        assert!(body.get("errors").is_none(), "{body:#}");
        body["data"].take()
    }

    /// Asserts that there is exactly one error, and returns the status, the code and the message.
    #[track_caller]
    pub(crate) fn error(&self) -> (u16, String, String) {
        let body = self.json();
        let errors = body["errors"].as_array().unwrap_or_else(|| panic!("no error: {body:#}"));
        assert_eq!(errors.len(), 1, "{body:#}");
        let text = |value: &Value| value.as_str().unwrap_or_else(|| panic!("{body:#}")).to_owned();
        (self.status, text(&errors[0]["extensions"]["code"]), text(&errors[0]["message"]))
    }

    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name).map(|value| value.to_str().unwrap())
    }

    /// The number of the edition in the header `Edition`.
    #[track_caller]
    pub(crate) fn edition(&self) -> i64 {
        let header = self.header("edition").unwrap_or_else(|| panic!("no edition: {self:?}"));
        let (number, mark) = header.split_once(";mark=").unwrap_or_else(|| panic!("no mark: {self:?}"));
        assert_eq!(mark.len(), 13, "{self:?}");
        number.parse().unwrap()
    }

    /// The body for a snapshot, without values that differ between test runs.
    #[track_caller]
    pub(crate) fn shown(&self) -> String {
        let body: Json = serde_json::from_str(&self.text).unwrap_or_else(|error| panic!("{error}: {self:?}"));
        body.elided().to_string()
    }
}
