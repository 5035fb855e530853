//! Publishing while previews run: how long whoever publishes waits for them.

use std::net::SocketAddr;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use serde_json::{Value, json};

use crate::failure::{Failure, Result, While, failed};
use crate::figures::{micros, quantile};
use crate::grid::Grid;
use crate::http::{Connection, Request};
use crate::server::{Server, Setting, make_key};

/// How many connections ask for previews, one request after the other.
const READERS: usize = 4;
/// How long whoever publishes waits between two articles, so that previews get under way.
const PAUSE: Duration = Duration::from_millis(60);

/// A page that takes a while, and that no index answers.
const DEAR: &str = "{ articles(first: 100, where: { locale: \"xx\" }, orderBy: { field: TITLE }) { totalCount nodes { id title } } }";

const CREATE: &str = "mutation($input: ArticleInput!) { articleCreate(input: $input) { article { id: articleId } userErrors { message } } }";
const PUBLISH: &str = "mutation($id: ID!) { articlePublish(id: $id, expectedVersion: 1) { edition { number } userErrors { message } } }";
const PREVIEW: &str =
    "mutation($id: ID!) { previewCreate(input: { articleId: $id }) { token userErrors { message } } }";

/// What readers do while articles are published.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Readers {
    Nobody,
    /// They ask the same, but of what is published.
    Public,
    Previews,
}

impl Readers {
    fn name(self) -> &'static str {
        match self {
            Self::Nobody => "alone",
            Self::Public => "beside readers of what is published",
            Self::Previews => "beside previews of the same",
        }
    }
}

/// Publishes so many articles, alone and beside readers, on a publication that may be written to.
pub(crate) fn measure(program: &Path, url: &str, log: &Path, count: u64, title: &str) -> Result<Grid> {
    let key = make_key(program, url)?;
    let server = Server::start(program, url, log, Setting::UNCACHED)?;
    let mut editor = Editor { connection: Connection::open(server.address)?, key, made: 0 };
    let draft = editor.create()?;
    let made = editor.ask(PREVIEW, &json!({ "id": draft }))?;
    let token = text(&made, "/data/previewCreate/token")?;
    let heads = ["publishing", "p50, ms", "p99, ms", "slowest, ms", "answered", "503"];
    let mut grid = Grid::new(format!("{title}: {count} articles published, one after the other"), &heads);
    for readers in [Readers::Nobody, Readers::Public, Readers::Previews, Readers::Nobody] {
        let asked = Arc::new(Asked::default());
        let threads = if readers == Readers::Nobody { 0 } else { READERS };
        let token = (readers == Readers::Previews).then(|| token.clone());
        let handles: Vec<_> = (0..threads)
            .map(|_| {
                let (asked, token, address) = (Arc::clone(&asked), token.clone(), server.address);
                thread::spawn(move || read(address, token.as_deref(), &asked))
            })
            .collect();
        let published = editor.publish_many(count);
        asked.is_over.store(true, Ordering::Relaxed);
        for handle in handles {
            handle.join().map_err(|_| Failure("a reader has ended".to_owned()))??;
        }
        let latencies = published?;
        let millis = |part| quantile(&latencies, part).map_or(f64::NAN, micros) / 1e3;
        let number = |counter: &AtomicU64| {
            if threads == 0 { "-".to_owned() } else { counter.load(Ordering::Relaxed).to_string() }
        };
        grid.row([
            readers.name().to_owned(),
            format!("{:.1}", millis(0.5)),
            format!("{:.1}", millis(0.99)),
            format!("{:.1}", millis(1.0)),
            number(&asked.answered),
            number(&asked.refused),
        ]);
    }
    grid.note(format!(
        "the time from sending `articlePublish` to its answer; {READERS} connections read, each of which sends the next request \
         when it has the answer to the last"
    ));
    grid.note("answered, 503: how often the readers were answered, and how often a preview gave way twice");
    Ok(grid)
}

/// What readers were answered.
#[derive(Debug, Default)]
struct Asked {
    is_over: AtomicBool,
    answered: AtomicU64,
    refused: AtomicU64,
}

fn read(address: SocketAddr, token: Option<&str>, asked: &Asked) -> Result<()> {
    let mut headers = vec![("Content-Type", "application/json"), ("Accept", "application/json")];
    headers.extend(token.map(|token| ("X-Preview", token)));
    let request = Request::new("POST", "/graphql", &headers, Some(&json!({ "query": DEAR }).to_string()));
    let mut connection = Connection::open(address)?;
    while !asked.is_over.load(Ordering::Relaxed) {
        let answer = connection.exchange(&request)?;
        match answer.status {
            200 => asked.answered.fetch_add(1, Ordering::Relaxed),
            503 => asked.refused.fetch_add(1, Ordering::Relaxed),
            status => {
                let body = String::from_utf8_lossy(&answer.body).chars().take(300).collect::<String>();
                return failed(format_args!("a reader is answered with {status}: {body}"));
            }
        };
    }
    Ok(())
}

struct Editor {
    connection: Connection,
    key: String,
    made: u64,
}

impl Editor {
    /// Makes a draft, and answers its id.
    fn create(&mut self) -> Result<String> {
        self.made += 1;
        let number = self.made;
        let input = json!({ "slug": format!("bench-preview-{number}"), "title": format!("Article {number}"),
            "excerpt": "It is about nothing in particular.", "body": "A text of a few words." });
        let made = self.ask(CREATE, &json!({ "input": input }))?;
        text(&made, "/data/articleCreate/article/id")
    }

    /// How long publishing took each time, the shortest first.
    fn publish_many(&mut self, count: u64) -> Result<Vec<Duration>> {
        let mut latencies = Vec::new();
        for _ in 0..count {
            let id = self.create()?;
            thread::sleep(PAUSE);
            let start = Instant::now();
            let published = self.ask(PUBLISH, &json!({ "id": id }))?;
            latencies.push(start.elapsed());
            if published["data"]["articlePublish"]["edition"].is_null() {
                return failed(format_args!("an article is not published: {published}"));
            }
        }
        latencies.sort_unstable();
        Ok(latencies)
    }

    fn ask(&mut self, document: &str, variables: &Value) -> Result<Value> {
        let body = json!({ "query": document, "variables": variables }).to_string();
        let authorization = format!("Bearer {}", self.key);
        let headers = [
            ("Content-Type", "application/json"),
            ("Accept", "application/json"),
            ("Authorization", authorization.as_str()),
        ];
        let answer = self.connection.exchange(&Request::new("POST", "/graphql", &headers, Some(&body)))?;
        serde_json::from_slice(&answer.body).during("an answer")
    }
}

fn text(answer: &Value, pointer: &str) -> Result<String> {
    let found = answer.pointer(pointer).and_then(Value::as_str);
    found.map(str::to_owned).ok_or_else(|| Failure(format!("nothing at `{pointer}` of {answer}")))
}
