//! A small test publication, served in this process.

use std::sync::OnceLock;

use app::{App, Caller, KeyInput, Settings, WarningPolicy};
use axum::body::{Body, Bytes};
use axum::http::{HeaderMap, HeaderValue, Request, header};
use documents::Schema;
use domain::Scope;
use http_body_util::BodyExt;
use oidc::{Config, Verifier};
use persistence::Store;
use serde_json::{Value, json};
use tokio::runtime::Runtime;
use tower_service::Service;

/// A word that occurs only in a draft.
const UNPUBLISHED: &str = "Xylophone";
/// The number of the latest edition.
pub(crate) const EDITION: u64 = 6;

/// The publication and its service.
pub(crate) struct Publication {
    runtime: Runtime,
    front: api::Front,
}

/// A response.
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) headers: HeaderMap,
    pub(crate) body: Bytes,
}

/// Returns the schema that documents are validated against.
pub(crate) fn schema() -> &'static Schema {
    static SCHEMA: OnceLock<Schema> = OnceLock::new();
    SCHEMA.get_or_init(|| {
        let request = Request::post("/graphql")
            .header(header::CONTENT_TYPE, "application/json")
            .body(json!({"query": Schema::INTROSPECTION}).to_string());
        let answer: Value = serde_json::from_slice(&publication().ask(request.unwrap()).body).unwrap();
        Schema::from_introspection(&answer["data"]).unwrap()
    })
}

/// Returns the publication. The first call creates it.
pub(crate) fn publication() -> &'static Publication {
    static PUBLICATION: OnceLock<Publication> = OnceLock::new();
    PUBLICATION.get_or_init(Publication::make)
}

/// Removes the files of the database.
pub(crate) fn remove_file() {
    for end in ["", "-wal", "-shm", "-reserve", ".backup", ".changed"] {
        let _ = std::fs::remove_file(format!("{}{end}", file()));
    }
}

/// Returns the path of the database file.
pub(crate) fn file() -> String {
    let name = format!("greymatters-fuzz-{}.db", std::process::id());
    std::env::temp_dir().join(name).display().to_string()
}

impl Publication {
    fn make() -> Self {
        let runtime =
            tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build().unwrap();
        let (front, key) = runtime.block_on(async {
            let store = Store::connect(&format!("sqlite:{}", file())).await.unwrap();
            store.migrate().await.unwrap();
            let app = App::new(store, Settings { warnings: WarningPolicy::Allow, ..Settings::default() });
            let input = KeyInput { name: "fuzz".to_owned(), scopes: Scope::ALL.to_vec(), expires_at: None };
            let made = app.create_key(&Caller::operator(), &input, None).await.unwrap();
            // Nothing listens on that port, so every token that needs the provider's keys is refused.
            let identity = Verifier::new(Config::new("http://127.0.0.1:9", "greymatters")).unwrap();
            let options = api::Options { identity: Some(identity), ..api::Options::default() };
            (api::service(app, options).unwrap(), made.secret)
        });
        let publication = Self { runtime, front };
        publication.fill(&key);
        publication
    }

    /// Creates three published articles and a draft.
    fn fill(&self, key: &str) {
        let write = |document: &str, variables: Value| {
            let request = Request::post("/graphql")
                .header(header::CONTENT_TYPE, "application/json")
                .header(header::AUTHORIZATION, format!("Bearer {key}"))
                .body(json!({"query": document, "variables": variables}).to_string());
            let answer = self.ask(request.unwrap());
            let body: Value = serde_json::from_slice(&answer.body).unwrap();
            assert!(body.get("errors").is_none(), "{body:#}");
            body["data"].clone()
        };
        for kind in ["tag", "topic", "author"] {
            let mut input = kind.to_owned();
            input[..1].make_ascii_uppercase();
            let document = format!(
                "mutation ($input: {input}Input!) {{ {kind}Create(input: $input) {{ userErrors {{ message }} }} }}"
            );
            write(&document, json!({"input": {"name": kind}}));
        }
        let create =
            "mutation ($input: ArticleInput!) { made: articleCreate(input: $input) { article { id } } }";
        for title in ["One", "Two", "Three"] {
            let input = json!({
                "title": title, "body": "# Part\n\nSome *text* with a [link](/a).", "tags": ["tag"],
                "topics": ["topic"], "authors": ["author"],
            });
            let made = write(create, json!({"input": input}));
            let publish =
                "mutation ($id: ID!) { articlePublish(id: $id, expectedVersion: 1) { edition { number } } }";
            write(publish, json!({"id": made["made"]["article"]["id"]}));
        }
        write(create, json!({"input": {"title": UNPUBLISHED, "body": UNPUBLISHED}}));
        assert_eq!(write("{ edition { number } }", json!({})), json!({"edition": {"number": EDITION}}));
    }

    /// Runs a future on a thread of the runtime, and waits for it.
    pub(crate) fn wait_for<T: Send + 'static>(&self, future: impl Future<Output = T> + Send + 'static) -> T {
        self.runtime.block_on(self.runtime.spawn(future)).unwrap()
    }

    /// Runs a future on this thread.
    pub(crate) fn wait_here_for<T>(&self, future: impl Future<Output = T>) -> T {
        self.runtime.block_on(future)
    }

    /// Sends a request on a thread of the runtime, so that it has the same stack as a request from a connection.
    pub(crate) fn ask(&self, request: Request<impl Into<Body>>) -> Answer {
        let mut front = self.front.clone();
        let mut request: Request<Body> = request.map(Into::into);
        request.headers_mut().entry(header::HOST).or_insert(HeaderValue::from_static("localhost"));
        self.wait_for(async move {
            let response = front.call(request).await.unwrap();
            let (parts, body) = response.into_parts();
            let body = body.collect().await.unwrap().to_bytes();
            Answer { status: parts.status.as_u16(), headers: parts.headers, body }
        })
    }
}

impl Answer {
    /// Returns the code of the first error, if there is one.
    pub(crate) fn code(&self) -> Option<String> {
        let body: Value = serde_json::from_slice(&self.body).ok()?;
        body["errors"][0]["extensions"]["code"].as_str().map(ToOwned::to_owned)
    }

    /// Asserts that the response is acceptable for a client without a key: it is not a server error, its body matches its
    /// content type, and it contains nothing of the draft.
    pub(crate) fn assert_acceptable(&self) {
        let text = String::from_utf8_lossy(&self.body);
        assert!(self.status < 500, "{}: {text}", self.status);
        assert!(!text.contains(UNPUBLISHED), "the response contains a draft: {text}");
        assert!(self.status < 400 || self.body.len() <= 64 << 10, "a refusal of {} bytes", self.body.len());
        let kind =
            self.headers.get(header::CONTENT_TYPE).and_then(|kind| kind.to_str().ok()).unwrap_or_default();
        if self.body.is_empty()
            || !kind.contains("json")
            || self.headers.contains_key(header::CONTENT_ENCODING)
        {
            return;
        }
        let body: Value =
            serde_json::from_slice(&self.body).unwrap_or_else(|error| panic!("{error}: {text}"));
        let errors = body["errors"].as_array();
        if self.status >= 400 && errors.is_none() {
            assert_explained(&body["detail"], &body["code"], &text);
        }
        for error in errors.into_iter().flatten() {
            assert_explained(&error["message"], &error["extensions"]["code"], &text);
        }
    }
}

/// Asserts that a refusal has a message of acceptable length, and a code that is not for server errors.
fn assert_explained(message: &Value, code: &Value, answer: &str) {
    let length = message.as_str().unwrap_or_default().len();
    assert!((1..=4 << 10).contains(&length), "a message of {length} bytes: {answer}");
    assert!(code.is_string() && code != "INTERNAL_SERVER_ERROR", "{answer}");
}
