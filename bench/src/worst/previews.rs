//! Publishes articles while previews run, and measures how long a publish waits for them.

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

/// The number of connections that read, each one request after the other.
const READERS: usize = 4;
/// The pause before each publish, so that previews are running by then.
const PAUSE: Duration = Duration::from_millis(60);

/// A page that is slow, because no index supports it.
const SLOW_PAGE: &str = "{ articles(first: 100, where: { locale: \"xx\" }, orderBy: { field: TITLE }) { totalCount nodes { id title } } }";

const CREATE: &str = "mutation($input: ArticleInput!) { articleCreate(input: $input) { article { id: articleId } userErrors { message } } }";
const PUBLISH: &str = "mutation($id: ID!) { articlePublish(id: $id, expectedVersion: 1) { edition { number } userErrors { message } } }";
const PREVIEW: &str =
    "mutation($id: ID!) { previewCreate(input: { articleId: $id }) { token userErrors { message } } }";

/// The readers while articles are published.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Readers {
    None,
    /// They read the same page without a preview.
    Public,
    Previews,
}

impl Readers {
    fn name(self) -> &'static str {
        match self {
            Self::None => "alone",
            Self::Public => "beside readers of the same page",
            Self::Previews => "beside previews of the same page",
        }
    }
}

/// Publishes `count` articles, alone and beside readers. The database must be a copy.
pub(crate) fn measure(program: &Path, url: &str, log: &Path, count: u64, title: &str) -> Result<Grid> {
    let key = make_key(program, url)?;
    let server = Server::start(program, url, log, Setting::UNCACHED)?;
    let mut editor = Editor { connection: Connection::open(server.address)?, key, created: 0 };
    let draft = editor.create()?;
    let made = editor.ask(PREVIEW, &json!({ "id": draft }))?;
    let token = text(&made, "/data/previewCreate/token")?;
    let heads = ["publishing", "p50, ms", "p99, ms", "slowest, ms", "answered", "503"];
    let mut grid = Grid::new(format!("{title}: {count} articles published, one after the other"), &heads);
    for readers in [Readers::None, Readers::Public, Readers::Previews, Readers::None] {
        let counts = Arc::new(ReaderCounts::default());
        let threads = if readers == Readers::None { 0 } else { READERS };
        let token = (readers == Readers::Previews).then(|| token.clone());
        let handles: Vec<_> = (0..threads)
            .map(|_| {
                let (counts, token, address) = (Arc::clone(&counts), token.clone(), server.address);
                thread::spawn(move || read(address, token.as_deref(), &counts))
            })
            .collect();
        let published = editor.publish_many(count);
        counts.is_over.store(true, Ordering::Relaxed);
        for handle in handles {
            handle.join().map_err(|_| Failure("a reader panicked".to_owned()))??;
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
            number(&counts.answered),
            number(&counts.refused),
        ]);
    }
    grid.note(format!(
        "the time from sending `articlePublish` to its answer; {READERS} connections read, each of which sends its next request \
         after the answer to the one before"
    ));
    grid.note("answered: the number of answers to readers; 503: the number of previews that were refused, because they had to give way to writers twice");
    Ok(grid)
}

/// The numbers of answers to the readers.
#[derive(Debug, Default)]
struct ReaderCounts {
    is_over: AtomicBool,
    answered: AtomicU64,
    refused: AtomicU64,
}

fn read(address: SocketAddr, token: Option<&str>, counts: &ReaderCounts) -> Result<()> {
    let mut headers = vec![("Content-Type", "application/json"), ("Accept", "application/json")];
    headers.extend(token.map(|token| ("X-Preview", token)));
    let request =
        Request::new("POST", "/graphql", &headers, Some(&json!({ "query": SLOW_PAGE }).to_string()));
    let mut connection = Connection::open(address)?;
    while !counts.is_over.load(Ordering::Relaxed) {
        let answer = connection.exchange(&request)?;
        match answer.status {
            200 => counts.answered.fetch_add(1, Ordering::Relaxed),
            503 => counts.refused.fetch_add(1, Ordering::Relaxed),
            status => {
                let body = String::from_utf8_lossy(&answer.body).chars().take(300).collect::<String>();
                return failed(format_args!("a reader got the status {status}: {body}"));
            }
        };
    }
    Ok(())
}

struct Editor {
    connection: Connection,
    key: String,
    created: u64,
}

impl Editor {
    /// Creates a draft, and returns its id.
    fn create(&mut self) -> Result<String> {
        self.created += 1;
        let number = self.created;
        let input = json!({ "slug": format!("bench-preview-{number}"), "title": format!("Article {number}"),
            "excerpt": "It is about nothing in particular.", "body": "A text of a few words." });
        let made = self.ask(CREATE, &json!({ "input": input }))?;
        text(&made, "/data/articleCreate/article/id")
    }

    /// Publishes articles. Returns the time that each publish took, the shortest first.
    fn publish_many(&mut self, count: u64) -> Result<Vec<Duration>> {
        let mut latencies = Vec::new();
        for _ in 0..count {
            let id = self.create()?;
            thread::sleep(PAUSE);
            let start = Instant::now();
            let published = self.ask(PUBLISH, &json!({ "id": id }))?;
            latencies.push(start.elapsed());
            if published["data"]["articlePublish"]["edition"].is_null() {
                return failed(format_args!("an article was not published: {published}"));
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
    found.map(str::to_owned).ok_or_else(|| Failure(format!("there is no text at `{pointer}` in {answer}")))
}
