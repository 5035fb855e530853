//! The report of a search: a table, and a file for each request in it.

use std::fs;
use std::path::Path;
use std::time::Duration;

use super::probe::{Family, ProbeRequest};
use super::search::{Finding, SearchResult};
use super::target::Verdict;
use crate::failure::{Result, While};
use crate::grid::Grid;

/// The maximum CPU time of a refused request.
pub(crate) const MAX_REFUSED: Duration = Duration::from_millis(10);

/// The maximum CPU time of an accepted request, on a publication of this size.
pub(crate) fn max_accepted(articles: u32) -> Duration {
    Duration::from_millis(if articles > 10_000 { 300 } else { 50 })
}

/// Whether every request stayed within its maximum CPU time.
pub(crate) fn is_within_limits(found: &SearchResult, articles: u32) -> bool {
    found.findings.iter().all(|finding| finding.trial.cpu() <= max_cpu(finding, articles))
}

fn max_cpu(finding: &Finding, articles: u32) -> Duration {
    match finding.verdict {
        Verdict::Accepted | Verdict::Failed => max_accepted(articles),
        Verdict::Refused => MAX_REFUSED,
    }
}

/// Returns the table, and writes each request to a file in `folder`. The names of the files begin with `name`.
pub(crate) fn table(
    found: &SearchResult,
    articles: u32,
    title: &str,
    folder: &Path,
    name: &str,
) -> Result<Grid> {
    let heads = [
        "kind",
        "server, ms",
        "database, ms",
        "sum",
        "bound",
        "cost",
        "bytes",
        "answered",
        "status",
        "code, encoding, file",
    ];
    let mut grid = Grid::ending_in_words(title, &heads);
    for finding in &found.findings {
        let Finding { family, verdict, code, trial, request } = finding;
        let file =
            write(request, *family, folder, &format!("{name}-{}-{}-{code}", family.name(), verdict.name()))?;
        let millis = |time: Duration| format!("{:.1}", time.as_secs_f64() * 1e3);
        grid.row([
            format!("{} {}", family.name(), verdict.name()),
            millis(trial.server),
            millis(trial.database),
            millis(trial.cpu()),
            millis(max_cpu(finding, articles)),
            trial.cost.map_or_else(|| "-".to_owned(), |cost| format!("{cost:.0}")),
            request.bytes().to_string(),
            trial.answer_bytes.to_string(),
            trial.status.to_string(),
            [trial.code.as_deref(), request.encoding, Some(file.as_str())]
                .into_iter()
                .flatten()
                .collect::<Vec<_>>()
                .join(" "),
        ]);
    }
    let SearchResult { requests, accepted, crashes, .. } = found;
    grid.note(format!(
        "{requests} requests, {accepted} of them accepted; the server crashed {crashes} times"
    ));
    grid.note("CPU time: the median of 5 trials of the most expensive request; the server caches no answers, and each document is new to it");
    Ok(grid)
}

/// Writes a request to a file, and returns the name of the file.
fn write(request: &ProbeRequest, family: Family, folder: &Path, name: &str) -> Result<String> {
    let plain = |char: char| if char.is_ascii_alphanumeric() || char == '-' { char } else { '_' };
    let name: String = name.trim_end_matches('-').chars().map(plain).collect();
    let (ending, text) = match &request.body {
        Some(body) => ("json", body),
        None => ("txt", &request.path),
    };
    debug_assert_eq!(family == Family::Rest, request.body.is_none());
    let file = format!("{name}.{ending}");
    let path = folder.join(&file);
    fs::write(&path, text).during(path.display())?;
    Ok(file)
}
