//! Sending a request, and measuring what it costs the server and the database.

use std::path::PathBuf;
use std::thread;
use std::time::{Duration, Instant};

use serde_json::Value;

use super::question::Sent;
use crate::answer::Answer;
use crate::cpu::Meter;
use crate::failure::{Result, While};
use crate::http::Connection;
use crate::server::{Server, Setting};

/// How long an answer is that is looked into for errors; longer ones are taken by their status.
const LOOKED_INTO: usize = 4 << 20;
/// What takes this long may be given up, and still be under way for a moment when the answer is there.
const LONG: Duration = Duration::from_millis(500);
/// How long what was given up may go on.
const AFTERMATH: Duration = Duration::from_millis(300);

/// A server, and the way to it.
pub(crate) struct Target {
    pub(crate) program: PathBuf,
    pub(crate) url: String,
    pub(crate) log: PathBuf,
    /// The first process of a database server of our own.
    pub(crate) database: Option<u32>,
    pub(crate) server: Server,
    connection: Option<Connection>,
    /// How often the server had to be started again.
    pub(crate) deaths: u32,
}

/// What became of a request.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Verdict {
    /// It was executed.
    Accepted,
    /// It was refused.
    Refused,
    /// It was given up: there is a limit that came too late.
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

/// What a request cost.
#[derive(Debug, Clone)]
pub(crate) struct Trial {
    pub(crate) verdict: Verdict,
    pub(crate) server: Duration,
    pub(crate) database: Duration,
    pub(crate) latency: Duration,
    pub(crate) status: u16,
    /// The code of the first error.
    pub(crate) code: Option<String>,
    /// What it costs by the server's own reckoning, if that tells.
    pub(crate) cost: Option<f64>,
    /// Bytes of the body that was answered.
    pub(crate) answered: usize,
}

impl Trial {
    /// Of server and database together.
    pub(crate) fn cpu(&self) -> Duration {
        self.server + self.database
    }
}

impl Target {
    pub(crate) fn start(program: PathBuf, url: String, log: PathBuf, database: Option<u32>) -> Result<Self> {
        let server = Server::start(&program, &url, &log, Setting::UNCACHED)?;
        Ok(Self { program, url, log, database, server, connection: None, deaths: 0 })
    }

    /// A connection that is open.
    pub(crate) fn connection(&mut self) -> Result<&mut Connection> {
        match &mut self.connection {
            Some(connection) => Ok(connection),
            none => Ok(none.insert(Connection::open(self.server.address)?)),
        }
    }

    /// Sends a request and measures what it costs. A server that dies of it is started again.
    pub(crate) fn send(&mut self, sent: &Sent) -> Result<Trial> {
        let request = sent.request();
        self.connection()?;
        let database = self.database.map(Meter::start).transpose()?;
        let server = Meter::start(self.server.pid())?;
        let start = Instant::now();
        let answered = self.connection()?.exchange(&request);
        let latency = start.elapsed();
        if latency > LONG {
            thread::sleep(AFTERMATH);
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
        let told = told(&body);
        let verdict = match status {
            200..=399 if told.code.is_none() || told.has_data => Verdict::Accepted,
            500.. => Verdict::Failed,
            _ => Verdict::Refused,
        };
        let Told { code, cost, has_data: _ } = told;
        Ok(Trial { verdict, server, database, latency, status, code, cost, answered: body.len() })
    }

    /// What is known of a request that was not answered.
    fn unanswered(&mut self, server: &Meter, database: Option<&Meter>, latency: Duration) -> Result<Trial> {
        let runs = self.server.runs();
        if runs && latency < LONG {
            // A request that is too large is refused while it is still being sent.
            return Ok(Trial {
                verdict: Verdict::Refused,
                server: server.spent()?,
                database: spent(database)?,
                latency,
                status: 0,
                code: Some("closed".to_owned()),
                cost: None,
                answered: 0,
            });
        }
        let code = if runs { "no answer" } else { "the server has died" };
        let trial = Trial {
            verdict: Verdict::Failed,
            server: if runs { server.spent()? } else { latency },
            database: spent(database)?,
            latency,
            status: 0,
            code: Some(code.to_owned()),
            cost: None,
            answered: 0,
        };
        // What occupies it would be counted for the next request.
        self.deaths += u32::from(!runs);
        self.server = Server::start(&self.program, &self.url, &self.log, Setting::UNCACHED)?;
        Ok(trial)
    }
}

fn spent(meter: Option<&Meter>) -> Result<Duration> {
    meter.map_or(Ok(Duration::ZERO), Meter::spent)
}

/// What an answer tells of itself.
#[derive(Debug, Default)]
struct Told {
    code: Option<String>,
    cost: Option<f64>,
    has_data: bool,
}

fn told(body: &[u8]) -> Told {
    if body.len() > LOOKED_INTO {
        return Told::default();
    }
    let Ok(answer) = serde_json::from_slice::<Value>(body).during("an answer") else {
        return Told::default();
    };
    let error = &answer["errors"][0]["extensions"];
    // A GraphQL error, or a problem document of REST.
    let code = error["code"].as_str().or(answer["code"].as_str());
    let costs = [
        &answer["extensions"]["cost"]["requested"],
        &error["cost"]["requested"],
        &error["limit"]["requested"],
    ];
    Told {
        code: code.map(str::to_owned),
        cost: costs.into_iter().find_map(Value::as_f64),
        has_data: answer["data"].is_object(),
    }
}
