//! The server under test. It sends requests to it, and measures the CPU time of the server and the database.

use std::path::PathBuf;
use std::thread;
use std::time::{Duration, Instant};

use serde_json::Value;

use super::probe::ProbeRequest;
use crate::answer::Answer;
use crate::cpu::Meter;
use crate::failure::{Result, While};
use crate::http::Connection;
use crate::server::{Server, Setting};

/// The maximum size of an answer that is parsed, in bytes. Only the status of a longer answer counts.
const MAX_PARSED: usize = 4 << 20;
/// The server may cancel a request after this time. Its work may then go on for a moment after the answer.
const SLOW: Duration = Duration::from_millis(500);
/// The time to wait for the end of cancelled work.
const CANCEL_TIME: Duration = Duration::from_millis(300);

/// The server under test, and a connection to it.
pub(crate) struct Target {
    pub(crate) program: PathBuf,
    pub(crate) url: String,
    pub(crate) log: PathBuf,
    /// The main process of our own database server.
    pub(crate) database: Option<u32>,
    pub(crate) server: Server,
    connection: Option<Connection>,
    /// The number of times that the server ended unexpectedly.
    pub(crate) crashes: u32,
}

/// The outcome of a request.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Verdict {
    /// The request was executed.
    Accepted,
    /// The request was refused.
    Refused,
    /// The server gave up, because no earlier limit refused the request.
    Failed,
}

impl Verdict {
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Accepted => "accepted",
            Self::Refused => "refused",
            Self::Failed => "failed",
        }
    }
}

/// The measurement of a request.
#[derive(Debug, Clone)]
pub(crate) struct Trial {
    pub(crate) verdict: Verdict,
    pub(crate) server: Duration,
    pub(crate) database: Duration,
    pub(crate) latency: Duration,
    pub(crate) status: u16,
    /// The code of the first error.
    pub(crate) code: Option<String>,
    /// The cost that the server reports, if it does.
    pub(crate) cost: Option<f64>,
    /// The size of the answer's body, in bytes.
    pub(crate) answer_bytes: usize,
}

impl Trial {
    /// The CPU time of the server and the database together.
    pub(crate) fn cpu(&self) -> Duration {
        self.server + self.database
    }
}

impl Target {
    pub(crate) fn start(program: PathBuf, url: String, log: PathBuf, database: Option<u32>) -> Result<Self> {
        let server = Server::start(&program, &url, &log, Setting::UNCACHED)?;
        Ok(Self { program, url, log, database, server, connection: None, crashes: 0 })
    }

    /// Returns the connection, which it opens if needed.
    pub(crate) fn connection(&mut self) -> Result<&mut Connection> {
        match &mut self.connection {
            Some(connection) => Ok(connection),
            none => Ok(none.insert(Connection::open(self.server.address)?)),
        }
    }

    /// Sends a request and measures it. If the server ends because of it, it is started again.
    pub(crate) fn send(&mut self, request: &ProbeRequest) -> Result<Trial> {
        let request = request.to_http();
        self.connection()?;
        let database = self.database.map(Meter::start).transpose()?;
        let server = Meter::start(self.server.pid())?;
        let start = Instant::now();
        let answered = self.connection()?.exchange(&request);
        let latency = start.elapsed();
        if latency > SLOW {
            thread::sleep(CANCEL_TIME);
        }
        let Ok(answer) = answered else {
            self.connection = None;
            return self.unanswered(&server, database.as_ref(), latency);
        };
        if answer.header("connection").is_some_and(|value| value.eq_ignore_ascii_case("close")) {
            self.connection = None;
        }
        let (server, database) = (server.spent()?, spent(database.as_ref())?);
        let Answer { status, body, .. } = answer;
        let facts = AnswerFacts::of(&body);
        let verdict = match status {
            200..=399 if facts.code.is_none() || facts.has_data => Verdict::Accepted,
            500.. => Verdict::Failed,
            _ => Verdict::Refused,
        };
        let AnswerFacts { code, cost, has_data: _ } = facts;
        Ok(Trial { verdict, server, database, latency, status, code, cost, answer_bytes: body.len() })
    }

    /// Returns the measurement of a request that was not answered.
    fn unanswered(&mut self, server: &Meter, database: Option<&Meter>, latency: Duration) -> Result<Trial> {
        let runs = self.server.runs();
        if runs && latency < SLOW {
            // The server refuses a request that is too large before it has arrived completely.
            return Ok(Trial {
                verdict: Verdict::Refused,
                server: server.spent()?,
                database: spent(database)?,
                latency,
                status: 0,
                code: Some("closed".to_owned()),
                cost: None,
                answer_bytes: 0,
            });
        }
        let code = if runs { "no answer" } else { "the server ended" };
        let trial = Trial {
            verdict: Verdict::Failed,
            server: if runs { server.spent()? } else { latency },
            database: spent(database)?,
            latency,
            status: 0,
            code: Some(code.to_owned()),
            cost: None,
            answer_bytes: 0,
        };
        // Otherwise, unfinished work would count for the next request.
        self.crashes += u32::from(!runs);
        self.server = Server::start(&self.program, &self.url, &self.log, Setting::UNCACHED)?;
        Ok(trial)
    }
}

fn spent(meter: Option<&Meter>) -> Result<Duration> {
    meter.map_or(Ok(Duration::ZERO), Meter::spent)
}

/// The facts in an answer that the search uses.
#[derive(Debug, Default)]
struct AnswerFacts {
    code: Option<String>,
    cost: Option<f64>,
    has_data: bool,
}

impl AnswerFacts {
    fn of(body: &[u8]) -> Self {
        if body.len() > MAX_PARSED {
            return Self::default();
        }
        let Ok(answer) = serde_json::from_slice::<Value>(body).during("an answer") else {
            return Self::default();
        };
        let error = &answer["errors"][0]["extensions"];
        // The code is in a GraphQL error, or in a problem document of REST.
        let code = error["code"].as_str().or(answer["code"].as_str());
        let costs = [
            &answer["extensions"]["cost"]["requested"],
            &error["cost"]["requested"],
            &error["limit"]["requested"],
        ];
        Self {
            code: code.map(str::to_owned),
            cost: costs.into_iter().find_map(Value::as_f64),
            has_data: answer["data"].is_object(),
        }
    }
}
