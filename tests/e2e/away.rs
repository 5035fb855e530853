//! The database does not answer, or has no connection left. Cached answers are still sent. Every other request gets
//! the same refusal within a short time.

mod clients;
mod connections;
mod gone;
mod pooler;

use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use serde_json::json;

use crate::support::{Answer, Client};

/// The maximum time of an answer. The server promises two seconds; a machine that runs all tests at once may need more.
const MAX_ANSWER_TIME: Duration = Duration::from_secs(6);

/// The kinds of requests.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum RequestKind {
    GraphQl,
    Rest,
    Write,
    ReadWithKey,
}

impl RequestKind {
    const ALL: [Self; 4] = [Self::GraphQl, Self::Rest, Self::Write, Self::ReadWithKey];

    /// Sends a request of this kind that was never sent before. Returns the answer, and the time that it took.
    fn send(self, reader: &Client, editor: &Client) -> (Answer, Duration) {
        static COUNT: AtomicU64 = AtomicU64::new(0);
        let number = COUNT.fetch_add(1, Ordering::Relaxed);
        let started = Instant::now();
        let answer = match self {
            Self::GraphQl => {
                reader.ask(&format!("{{ a{number}: articles(first: 3) {{ totalCount nodes {{ title }} }} }}"))
            }
            Self::Rest => reader.get(
                &format!(
                    "/v1/articles?first=3&count=true&publishedAt.gte=20{:02}-01-01T00:00:00.{number:06}Z",
                    number % 20
                ),
                &[],
            ),
            Self::Write => {
                let document = "mutation ($name: String!) { tagCreate(input: {name: $name}) { tag { id } userErrors { message } } }";
                editor.ask_with(document, &json!({"name": format!("Tag {number}")}))
            }
            Self::ReadWithKey => {
                editor.ask(&format!("{{ a{number}: desk {{ articles(first: 3) {{ nodes {{ id }} }} }} }}"))
            }
        };
        (answer, started.elapsed())
    }
}

/// Whether a request was executed. If not, asserts that the answer is the refusal of an unavailable database.
#[track_caller]
fn is_executed(kind: RequestKind, answer: &Answer) -> bool {
    if answer.status == 200 {
        assert!(answer.json().get("errors").is_none(), "{kind:?}: {answer:?}");
        return true;
    }
    assert_eq!(answer.status, 503, "{kind:?}: {answer:?}");
    let body = answer.json();
    let code =
        if kind == RequestKind::Rest { &body["code"] } else { &body["errors"][0]["extensions"]["code"] };
    if kind == RequestKind::Write && code == "OUTCOME_UNKNOWN" {
        // The database stopped answering during the commit.
        assert!(answer.header("retry-after").is_none(), "{answer:?}");
        return false;
    }
    assert_eq!(code, "SERVICE_UNAVAILABLE", "{kind:?}: {answer:?}");
    assert!(answer.header("retry-after").is_some(), "{kind:?}: {answer:?}");
    false
}
