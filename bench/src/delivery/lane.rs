//! A lane: a measured server with its process and its requests.

use std::net::SocketAddr;
use std::sync::Arc;
use std::thread;
use std::time::{Duration, Instant};

use super::graphql_query::{Pointers, READS};
use super::pass::Pass;
use crate::answer::Answer;
use crate::cpu;
use crate::failure::{Result, failed};
use crate::held::HeldProcess;
use crate::http::{Connection, Request};
use crate::load::Operation;
use crate::writer::Writer;

/// The pause between two attempts to get a first answer.
const PAUSE: Duration = Duration::from_millis(2);

/// The kind of a lane.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    /// Bare axum.
    Bare,
    /// The null control: bare axum a second time. Differences between the two are noise.
    Control,
    Nginx,
    HandSql,
    /// GreyMatters with its default settings.
    Ours,
    /// GreyMatters without the answer cache.
    Uncached,
    Peer,
}

/// How a read is sent.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Way {
    Get,
    Post,
    /// A conditional GET, which gets 304.
    Unchanged,
}

impl Way {
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Get => "GET",
            Self::Post => "POST",
            Self::Unchanged => "304",
        }
    }
}

/// A measured server, or the reason why it could not be started.
pub(crate) struct Lane {
    pub(crate) kind: Kind,
    pub(crate) name: String,
    /// A description for the report.
    pub(crate) about: String,
    pub(crate) process: std::result::Result<Process, String>,
    /// The kind of database that it reads, if it is one of ours.
    pub(crate) database: Option<&'static str>,
    pub(crate) pointers: Pointers,
    pub(crate) rows: Vec<Row>,
    /// Writes articles to this server.
    pub(crate) writer: Option<Arc<Writer>>,
    /// Makes a new writer, for systems whose credentials expire soon.
    pub(crate) renew: Option<Renew>,
    pub(crate) start: Option<Duration>,
    pub(crate) idle: Option<u64>,
    pub(crate) loaded: Option<u64>,
}

/// Makes a writer.
pub(crate) type Renew = Box<dyn Fn() -> Result<Writer>>;

/// A running server.
pub(crate) struct Process {
    pub(crate) held: HeldProcess,
    pub(crate) address: SocketAddr,
}

/// One read, sent in one way.
pub(crate) struct Row {
    /// The index in [`READS`].
    pub(crate) read: usize,
    pub(crate) way: Way,
    pub(crate) request: Request,
    /// The reason why it is not measured.
    pub(crate) missing: Option<String>,
    /// The passes, for each number of connections.
    pub(crate) passes: Vec<Vec<Pass>>,
}

impl Row {
    pub(crate) fn new(read: usize, way: Way, request: Request) -> Self {
        Self { read, way, request, missing: None, passes: Vec::new() }
    }

    pub(crate) fn operation(&self) -> Operation {
        let status = if self.way == Way::Unchanged { 304 } else { 200 };
        Operation::Read { request: Arc::new(self.request.clone()), status }
    }
}

impl Lane {
    pub(crate) fn new(kind: Kind, name: &str, about: &str) -> Self {
        Self {
            kind,
            name: name.to_owned(),
            about: about.to_owned(),
            process: Err("not started".to_owned()),
            database: None,
            pointers: Pointers::ours(),
            rows: Vec::new(),
            writer: None,
            renew: None,
            start: None,
            idle: None,
            loaded: None,
        }
    }

    /// Waits until the process that was just started answers its first request. If it does not, the lane is reported as
    /// missing.
    pub(crate) fn started(&mut self, started: Result<Process>, first: &Request, timeout: Duration) {
        let answered = started.and_then(|mut process| {
            let took = first_answer(&mut process, first, timeout)?;
            Ok((process, took))
        });
        match answered {
            Ok((process, took)) => {
                self.start = Some(took);
                self.idle = cpu::resident(process.held.pid).ok();
                self.process = Ok(process);
            }
            Err(failure) => self.process = Err(format!("not set up: {failure}")),
        }
    }

    /// Renews the writer, for systems whose credentials expire soon.
    pub(crate) fn renew_writer(&mut self) -> Result<()> {
        if let Some(renew) = &self.renew {
            self.writer = Some(Arc::new(renew()?));
        }
        Ok(())
    }

    /// Checks that the answer to every read has the expected articles. Otherwise the lane is no longer measured.
    pub(crate) fn check(&mut self, expected: &[Vec<String>; 3]) {
        let Ok(process) = &self.process else { return };
        let address = process.address;
        let mut seen: Vec<usize> = Vec::new();
        let mut wrong = None;
        for row in self.rows.iter().filter(|row| row.way != Way::Unchanged && row.missing.is_none()) {
            let read = row.read;
            let slugs = ask(address, &row.request).and_then(|answer| self.pointers.slugs(read, &answer));
            match slugs {
                Ok(slugs) if slugs == expected[read] => seen.push(read),
                Ok(slugs) => wrong = Some(difference(read, &slugs, &expected[read])),
                Err(failure) => wrong = Some(format!("{}: {failure}", READS[read])),
            }
            if wrong.is_some() {
                break;
            }
        }
        if let Some(wrong) = wrong {
            self.process = Err(format!("not measured: {wrong}"));
        }
    }
}

/// Describes the first difference of two lists of slugs.
fn difference(read: usize, found: &[String], expected: &[String]) -> String {
    let index = found.iter().zip(expected).take_while(|(found, expected)| found == expected).count();
    let at = |list: &[String]| list.get(index).cloned().unwrap_or_else(|| "nothing".to_owned());
    format!("{} is answered with {} in place {}, not {}", READS[read], at(found), index + 1, at(expected))
}

/// Sends one request on a new connection.
pub(crate) fn ask(address: SocketAddr, request: &Request) -> Result<Answer> {
    Connection::open(address)?.ask(request)
}

/// Repeats a request until there is an answer. Returns the time until then.
pub(crate) fn first_answer(process: &mut Process, first: &Request, timeout: Duration) -> Result<Duration> {
    let begin = Instant::now();
    loop {
        let answer = ask(process.address, first);
        let took = begin.elapsed();
        match answer {
            Ok(_) => return Ok(took),
            Err(_) if !process.held.runs() => return failed("it ended before its first answer"),
            Err(failure) if took > timeout => {
                return failed(format_args!("it does not answer within {} s: {failure}", timeout.as_secs()));
            }
            Err(_) => thread::sleep(PAUSE),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_difference_is_described() {
        let list = |slugs: &[&str]| slugs.iter().map(|slug| (*slug).to_owned()).collect::<Vec<_>>();
        assert_eq!(
            difference(0, &list(&["a", "x"]), &list(&["a", "b"])),
            "Q1 is answered with x in place 2, not b"
        );
        assert_eq!(
            difference(1, &list(&["a"]), &list(&["a", "b"])),
            "Q2 is answered with nothing in place 2, not b"
        );
    }
}
