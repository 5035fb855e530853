//! The work of the databases for a query, in their own units: steps of SQLite's virtual machine, and buffers
//! of PostgreSQL. These numbers do not depend on the load of the machine. They are omitted when a needed
//! program is missing.

use std::fs;
use std::io::Write;
use std::path::Path;
use std::process::{Command, Stdio};

use domain::Timestamp;
use serde::Serialize;

use crate::cluster::Cluster;
use crate::dataset::Dataset;
use crate::failure::{Result, While, failed};
use crate::http::Connection;
use crate::postgres::ask;
use crate::query::{PAGE, Query, YEAR};
use crate::server::{Server, Setting, events};

/// The number of times that a query is sent before its plan is read. PostgreSQL may switch to a generic plan at the
/// sixth time.
const REPETITIONS: usize = 12;

/// The work of one statement.
#[derive(Debug, Clone, Serialize)]
pub(crate) struct Work {
    /// The unit of `count`.
    pub(crate) unit: &'static str,
    pub(crate) count: u64,
    /// The query plan.
    pub(crate) plan: String,
}

/// Measures the work of each query on a SQLite file. The statements come from the log of the server, and `sqlite3`
/// executes them again.
pub(crate) fn sqlite(program: &Path, file: &Path, queries: &[Query]) -> Result<Vec<Option<Work>>> {
    let url = format!("sqlite:{}", file.display());
    let setting = Setting { levels: "sqlx=debug", ..Setting::UNCACHED };
    let server = Server::start(program, &url, &file.with_extension("log"), setting)?;
    let mut connection = Connection::open(server.address)?;
    let mut works = Vec::new();
    for query in queries {
        connection.send(&query.request)?;
        let statements = events(&server.log)?;
        let statements = statements.iter().rev().filter_map(statement);
        let page = statements.into_iter().find(|sql| reads_a_page(sql));
        let bound = page.and_then(|sql| bind(&sql, file).ok());
        works.push(bound.and_then(|sql| steps(file, &sql).ok()));
    }
    Ok(works)
}

/// Measures the work of each query on a database of our own cluster, with `auto_explain`.
pub(crate) fn postgres(
    program: &Path,
    cluster: &Cluster,
    database: &str,
    log: &Path,
    queries: &[Query],
) -> Result<Vec<Option<Work>>> {
    let url = cluster.url(database);
    let settings = [
        "session_preload_libraries = 'auto_explain'",
        "auto_explain.log_min_duration = 0",
        "auto_explain.log_analyze = on",
        "auto_explain.log_timing = off",
        "auto_explain.log_buffers = on",
    ];
    for setting in settings {
        ask(&url, &format!("ALTER DATABASE {database} SET {setting}"))?;
    }
    let works = explained(program, &url, cluster, log, queries);
    ask(&url, &format!("ALTER DATABASE {database} RESET ALL"))?;
    // Without the library, connections fail and these numbers are missing. The rest of the report is complete.
    Ok(works.unwrap_or_else(|_| queries.iter().map(|_| None).collect()))
}

fn explained(
    program: &Path,
    url: &str,
    cluster: &Cluster,
    log: &Path,
    queries: &[Query],
) -> Result<Vec<Option<Work>>> {
    let server = Server::start(program, url, log, Setting::UNCACHED)?;
    let mut connection = Connection::open(server.address)?;
    let mut works = Vec::new();
    for query in queries {
        let before = fs::read(&cluster.log).during("the log")?.len();
        for _ in 0..REPETITIONS {
            connection.send(&query.request)?;
        }
        let log = fs::read(&cluster.log).during("the log")?;
        let plans = plans(&String::from_utf8_lossy(&log[before..]));
        let plan = plans.into_iter().rev().find(|plan| reads_a_page(plan));
        works.push(plan.and_then(|plan| Some(Work { unit: "buffers", count: buffers(&plan)?, plan })));
    }
    Ok(works)
}

fn statement(event: &serde_json::Value) -> Option<String> {
    let whole =
        event.get("db.statement").and_then(|text| text.as_str()).filter(|text| !text.trim().is_empty());
    Some(whole.or_else(|| event.get("summary")?.as_str())?.trim().to_owned())
}

/// Whether this is the statement that reads a page of articles.
fn reads_a_page(sql: &str) -> bool {
    sql.contains("\"publication\"") && sql.contains("LIMIT") && sql.contains("ORDER BY")
}

/// Replaces the placeholders by the values that the server bound. Its log does not contain them.
fn bind(sql: &str, file: &Path) -> Result<String> {
    let limit = (PAGE + 1).to_string();
    let micros =
        |text: &str| text.parse::<Timestamp>().map(|at| at.as_microsecond().to_string()).during(text);
    let values = match sql.matches('?').count() {
        1 => vec![limit],
        4 => {
            let tag = shell(
                file,
                &format!("SELECT hex(id) FROM tag WHERE slug = '{}';\n", Dataset::most_popular_tag()),
            )?;
            vec![format!("X'{}'", tag.trim()), micros(YEAR.0)?, micros(YEAR.1)?, limit]
        }
        _ => return failed("a statement with other values than are known here"),
    };
    let mut values = values.into_iter();
    Ok(sql.split('?').map(|part| part.to_owned() + &values.next().unwrap_or_default()).collect())
}

fn steps(file: &Path, sql: &str) -> Result<Work> {
    let output = shell(file, &format!(".stats vmstep\n{sql};\n"))?;
    let count = output.lines().find_map(|line| line.strip_prefix("VM-steps:")?.trim().parse().ok());
    let plan = shell(file, &format!("EXPLAIN QUERY PLAN {sql};\n"))?;
    match count {
        Some(count) => Ok(Work { unit: "steps", count, plan: format!("{sql}\n\n{plan}") }),
        None => failed("sqlite3 counts no steps"),
    }
}

/// Runs these lines in the `sqlite3` program, and returns its output.
fn shell(file: &Path, lines: &str) -> Result<String> {
    let mut sqlite3 = Command::new("sqlite3");
    sqlite3.arg("-batch").arg(file).stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::null());
    let mut child = sqlite3.spawn().during("starting sqlite3")?;
    if let Some(mut input) = child.stdin.take() {
        input.write_all(lines.as_bytes()).during("writing to sqlite3")?;
    }
    let output = child.wait_with_output().during("sqlite3")?;
    Ok(String::from_utf8_lossy(&output.stdout).into_owned())
}

/// Extracts the plans from PostgreSQL's log, each with its statement. Indented lines belong to one plan.
fn plans(log: &str) -> Vec<String> {
    let mut plans: Vec<String> = Vec::new();
    let mut within = false;
    for line in log.lines() {
        match line.strip_prefix('\t') {
            Some(line) if within => {
                if let Some(plan) = plans.last_mut() {
                    plan.push_str(line);
                    plan.push('\n');
                }
            }
            _ => {
                within = line.ends_with("plan:");
                if within {
                    plans.push(String::new());
                }
            }
        }
    }
    plans
}

/// Returns the buffers of the topmost step of a plan, which include those of all other steps.
fn buffers(plan: &str) -> Option<u64> {
    let line = plan.lines().find_map(|line| line.trim().strip_prefix("Buffers: shared "))?;
    let pages = line.split_whitespace().filter_map(|part| {
        let (kind, pages) = part.split_once('=')?;
        matches!(kind, "hit" | "read").then(|| pages.parse::<u64>().ok())?
    });
    Some(pages.sum())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_plan_is_found_in_the_log() {
        let log = "2026 LOG:  duration: 0.1 ms  plan:\n\tQuery Text: SELECT 1\n\tLimit  (cost=1)\n\t  Buffers: shared hit=4 read=3\n\
                   \t  ->  Index Scan\n\t        Buffers: shared hit=2\n2026 LOG:  other\n\tmore\n";
        let plans = plans(log);
        assert_eq!(plans.len(), 1);
        assert!(plans[0].starts_with("Query Text: SELECT 1\n"));
        assert!(!plans[0].contains("more"));
        assert_eq!(buffers(&plans[0]), Some(7));
    }
}
