//! While the database is away, or has no connection left: what is at hand is answered, everything else is said to
//! be unavailable, soon and always in the same way.

mod clients;
mod connections;
mod gone;
mod pooler;

use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use serde_json::json;

use crate::support::{Answer, Client};

/// How soon everything is answered. The bound is two seconds; a machine that runs all tests at once may need more.
const SOON: Duration = Duration::from_secs(6);

/// What is asked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum RequestKind {
    GraphQl,
    Rest,
    Write,
    ReadWithKey,
}

impl RequestKind {
    const ALL: [Self; 4] = [Self::GraphQl, Self::Rest, Self::Write, Self::ReadWithKey];

    /// Asks what was never asked before, and answers how long that took.
    fn ask(self, reader: &Client, editor: &Client) -> (Answer, Duration) {
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

/// Whether it was answered; if not, it is said to be unavailable, and nothing else.
#[track_caller]
fn is_answered(asked: RequestKind, answer: &Answer) -> bool {
    if answer.status == 200 {
        assert!(answer.json().get("errors").is_none(), "{asked:?}: {answer:?}");
        return true;
    }
    assert_eq!(answer.status, 503, "{asked:?}: {answer:?}");
    let body = answer.json();
    let code =
        if asked == RequestKind::Rest { &body["code"] } else { &body["errors"][0]["extensions"]["code"] };
    if asked == RequestKind::Write && code == "OUTCOME_UNKNOWN" {
        // It was being committed when the database went away.
        assert!(answer.header("retry-after").is_none(), "{answer:?}");
        return false;
    }
    assert_eq!(code, "SERVICE_UNAVAILABLE", "{asked:?}: {answer:?}");
    assert!(answer.header("retry-after").is_some(), "{asked:?}: {answer:?}");
    false
}
