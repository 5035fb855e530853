//! Sends many refused requests, and measures their CPU time, the memory of the server, and the latencies of another
//! client.

use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use indicatif::ProgressBar;
use serde_json::json;

use crate::answer::Answer;
use crate::cpu::{self, Meter};
use crate::failure::{Result, failed};
use crate::figures::{micros, quantile};
use crate::grid::Grid;
use crate::http::{Connection, Request};
use crate::query::Query;
use crate::server::{Server, Setting};

/// The duration of a measurement without refused requests.
const QUIET: Duration = Duration::from_secs(2);
/// The interval between two requests of the other client.
const EVERY: Duration = Duration::from_millis(2);
/// The time that the server has to return memory to the system.
const SETTLE: Duration = Duration::from_millis(1_500);

/// A class of requests that are refused.
struct Class {
    name: &'static str,
    /// The expected status.
    status: u16,
    request: fn(u64) -> Request,
}

/// All classes. Each request differs from the one before, so that the server has not cached anything of it.
const CLASSES: [Class; 12] = [
    Class {
        name: "syntax",
        status: 400,
        request: |n| graphql(&format!("{{articles(first:1){{nodes{{id}} #{n}")),
    },
    Class {
        name: "unknown field",
        status: 400,
        request: |n| graphql(&format!("{{articles{{nodes{{titel{n}}}}}}}")),
    },
    Class {
        name: "3,000 unknown fields",
        status: 400,
        request: |n| {
            graphql(&format!(
                "{{{}}}",
                (0..3_000).map(|place| format!("articel{n}x{place} ")).collect::<String>()
            ))
        },
    },
    Class {
        name: "limit: 15,001 tokens",
        status: 400,
        request: |n| graphql(&format!("{{{}}}#{n}", "id ".repeat(15_000))),
    },
    Class {
        name: "limit: 201 aliases",
        status: 400,
        request: |n| {
            graphql(&format!(
                "{{articles{{nodes{{{}}}}}}}#{n}",
                (0..201).map(|place| format!("a{place}:id ")).collect::<String>()
            ))
        },
    },
    Class {
        name: "limit: fragments that double",
        status: 400,
        request: |n| {
            let chain =
                (0..30).map(|place| format!("fragment F{place} on Query{{...F{0} ...F{0}}}", place + 1));
            graphql(&format!("{{...F0}}{}fragment F30 on Query{{__typename}}#{n}", chain.collect::<String>()))
        },
    },
    Class {
        name: "conflicting answers",
        status: 400,
        request: |n| {
            let fields = (0..2_000).map(|place| if place % 2 == 0 { "x:id " } else { "x:title " });
            graphql(&format!("{{articles{{nodes{{{}}}}}}}#{n}", fields.collect::<String>()))
        },
    },
    Class {
        name: "body of 300 KB",
        status: 413,
        request: |n| graphql(&format!("{{__typename}}#{n}{}", "x".repeat(300_000))),
    },
    Class { name: "bad cursor", status: 400, request: |n| get(&format!("/v1/articles?after=bad{n}")) },
    Class { name: "bad query string", status: 400, request: |n| get(&format!("/v1/articles?frist={n}")) },
    Class { name: "bad key", status: 401, request: |n| with(&format!("Bearer gmk_{n:043}")) },
    Class {
        name: "bad variables",
        status: 400,
        request: |n| {
            let ids: Vec<_> = (0..5_000).map(|place| json!({"x": place})).collect();
            let body =
                json!({"query": "query($n:[ID!]!){nodes(ids:$n){id}}", "variables": {"n": ids, "m": n}});
            post(&body.to_string(), &[])
        },
    },
];

/// The measurements of a class.
struct Measured {
    cpu: Duration,
    slowest: Duration,
    memory: (u64, u64),
    /// The median and the 99th percentile of the other client's latencies: before, during and after the refusals.
    beside: [(f64, f64); 3],
}

/// Measures all classes on a server with the answer cache.
pub(crate) fn measure(
    program: &Path,
    url: &str,
    log: &Path,
    database: Option<u32>,
    count: u64,
    title: &str,
) -> Result<Grid> {
    let setting = Setting { cache: true, ..Setting::UNCACHED };
    let server = Server::start(program, url, log, setting)?;
    let heads = [
        "1,000 of each",
        "CPU, ms",
        "slowest, ms",
        "MB before",
        "MB after",
        "p50 meanwhile",
        "null control",
        "p99 meanwhile",
        "null control",
    ];
    let mut grid = Grid::new(format!("{title}: {count} refused requests in turn"), &heads);
    let bar = ProgressBar::new_spinner();
    bar.enable_steady_tick(Duration::from_millis(500));
    for class in &CLASSES {
        bar.set_message(format!("refusals: {}", class.name));
        let measured = match measure_class(class, &server, database, count) {
            Ok(measured) => measured,
            Err(failure) => {
                grid.missing(class.name, &failure.to_string());
                continue;
            }
        };
        let Measured { cpu, slowest, memory: (before, after), beside: [first, meanwhile, last] } = measured;
        let megabytes = |bytes: u64| format!("{:.0}", bytes as f64 / 1e6);
        let quiet = (f64::midpoint(first.0, last.0), f64::midpoint(first.1, last.1));
        let ratio = |of: f64, to: f64| format!("{:.2}", of / to);
        grid.row([
            class.name.to_owned(),
            format!("{:.2}", cpu.as_secs_f64() * 1e3),
            format!("{:.1}", slowest.as_secs_f64() * 1e3),
            megabytes(before),
            megabytes(after),
            ratio(meanwhile.0, quiet.0),
            ratio(last.0, first.0),
            ratio(meanwhile.1, quiet.1),
            ratio(last.1, first.1),
        ]);
    }
    bar.finish_and_clear();
    grid.note(
        "CPU: the average of the server and the database together; p50 and p99: the latencies of another client during the refusals, divided by those without refusals",
    );
    grid.note("null control: the latencies after the refusals, divided by those before them");
    Ok(grid)
}

fn measure_class(class: &Class, server: &Server, database: Option<u32>, count: u64) -> Result<Measured> {
    let before = beside(server, || {
        thread::sleep(QUIET);
        Ok(())
    })?;
    let memory_before = cpu::resident(server.pid())?;
    let mut connection = Connection::open(server.address)?;
    let mut slowest = Duration::ZERO;
    let mut cpu = Duration::ZERO;
    let meanwhile = beside(server, || {
        for number in 0..count {
            let request = (class.request)(number);
            let start = Instant::now();
            let Ok(answer) = connection.exchange(&request) else {
                return failed(format_args!("{}: the server does not answer", class.name));
            };
            slowest = slowest.max(start.elapsed());
            if answer.status != class.status {
                let body = String::from_utf8_lossy(&answer.body).chars().take(300).collect::<String>();
                return failed(format_args!("{} is answered with {}: {body}", class.name, answer.status));
            }
            if closes(&answer) {
                connection = Connection::open(server.address)?;
            }
        }
        Ok(())
    })?;
    thread::sleep(SETTLE);
    let after = beside(server, || {
        thread::sleep(QUIET);
        Ok(())
    })?;
    let memory_after = cpu::resident(server.pid())?;
    // The CPU time is measured without the other client, whose requests also take CPU time.
    let sample = count.min(200);
    let meters = (Meter::start(server.pid())?, database.map(Meter::start).transpose()?);
    for number in 0..sample {
        let answer = connection.exchange(&(class.request)(count + number));
        if answer.is_ok_and(|answer| !closes(&answer)) {
            continue;
        }
        connection = Connection::open(server.address)?;
    }
    cpu += meters.0.spent()?;
    if let Some(database) = &meters.1 {
        cpu += database.spent()?;
    }
    cpu /= u32::try_from(sample).unwrap_or(1).max(1);
    Ok(Measured { cpu, slowest, memory: (memory_before, memory_after), beside: [before, meanwhile, after] })
}

/// Whether the server closes the connection after an answer.
fn closes(answer: &Answer) -> bool {
    answer.header("connection").is_some_and(|value| value.eq_ignore_ascii_case("close"))
}

/// Returns the latencies of another client during `work`: the median and the 99th percentile, in µs.
fn beside(server: &Server, mut work: impl FnMut() -> Result<()>) -> Result<(f64, f64)> {
    let over = Arc::new(AtomicBool::new(false));
    let (end, address) = (Arc::clone(&over), server.address);
    let other = thread::spawn(move || {
        let [latest, _] = Query::all();
        let mut connection = Connection::open(address)?;
        let mut latencies = Vec::new();
        while !end.load(Ordering::Relaxed) {
            let start = Instant::now();
            connection.send(&latest.request)?;
            latencies.push(start.elapsed());
            thread::sleep(EVERY);
        }
        latencies.sort_unstable();
        Ok(latencies)
    });
    let worked = work();
    over.store(true, Ordering::Relaxed);
    let latencies: Vec<Duration> = match other.join() {
        Ok(latencies) => latencies?,
        Err(_) => return failed("the other client panicked"),
    };
    worked?;
    let part = |part| quantile(&latencies, part).map_or(f64::NAN, micros);
    Ok((part(0.5), part(0.99)))
}

fn graphql(document: &str) -> Request {
    post(&json!({ "query": document }).to_string(), &[])
}

fn post(body: &str, more: &[(&str, &str)]) -> Request {
    let mut headers =
        vec![("Content-Type", "application/json"), ("Accept", "application/graphql-response+json")];
    headers.extend(more);
    Request::new("POST", "/graphql", &headers, Some(body))
}

fn with(authorization: &str) -> Request {
    post(r#"{"query":"{__typename}"}"#, &[("Authorization", authorization)])
}

fn get(path: &str) -> Request {
    Request::new("GET", path, &[("Accept", "application/json")], None)
}
