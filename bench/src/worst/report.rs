//! What a search found, as a table, and as files that can be sent again.

use std::fs;
use std::path::Path;
use std::time::Duration;

use super::question::{Family, Sent};
use super::search::{Finding, Found};
use super::trial::Verdict;
use crate::failure::{Result, While};
use crate::grid::Grid;

/// What a request may cost that is refused.
pub(crate) const REFUSED: Duration = Duration::from_millis(10);

/// What a request may cost that is accepted, on a publication of so many articles.
pub(crate) fn bound(articles: u32) -> Duration {
    Duration::from_millis(if articles > 10_000 { 300 } else { 50 })
}

/// Whether everything stayed within its bound.
pub(crate) fn holds(found: &Found, articles: u32) -> bool {
    found.findings.iter().all(|finding| finding.trial.cpu() <= allowed(finding, articles))
}

fn allowed(finding: &Finding, articles: u32) -> Duration {
    match finding.verdict {
        Verdict::Accepted | Verdict::Failed => bound(articles),
        Verdict::Refused => REFUSED,
    }
}

/// The table. Requests are written to `folder`, in files that begin with `name`.
pub(crate) fn table(found: &Found, articles: u32, title: &str, folder: &Path, name: &str) -> Result<Grid> {
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
        let Finding { family, verdict, code, trial, sent } = finding;
        let file =
            write(sent, *family, folder, &format!("{name}-{}-{}-{code}", family.name(), verdict.name()))?;
        let millis = |time: Duration| format!("{:.1}", time.as_secs_f64() * 1e3);
        grid.row([
            format!("{} {}", family.name(), verdict.name()),
            millis(trial.server),
            millis(trial.database),
            millis(trial.cpu()),
            millis(allowed(finding, articles)),
            trial.cost.map_or_else(|| "-".to_owned(), |cost| format!("{cost:.0}")),
            sent.bytes().to_string(),
            trial.answered.to_string(),
            trial.status.to_string(),
            [trial.code.as_deref(), sent.encoding, Some(file.as_str())]
                .into_iter()
                .flatten()
                .collect::<Vec<_>>()
                .join(" "),
        ]);
    }
    let Found { requests, accepted, deaths, .. } = found;
    grid.note(format!(
        "{requests} requests, {accepted} of them accepted; the server had to be started again {deaths} times"
    ));
    grid.note("CPU of the median of 5 trials of the dearest; each document is new to the server, which keeps no answers");
    Ok(grid)
}

/// Writes a request to a file, and answers how to send it again.
fn write(sent: &Sent, family: Family, folder: &Path, name: &str) -> Result<String> {
    let plain = |char: char| if char.is_ascii_alphanumeric() || char == '-' { char } else { '_' };
    let name: String = name.trim_end_matches('-').chars().map(plain).collect();
    let (ending, text) = match &sent.body {
        Some(body) => ("json", body),
        None => ("txt", &sent.path),
    };
    debug_assert_eq!(family == Family::Rest, sent.body.is_none());
    let file = format!("{name}.{ending}");
    let path = folder.join(&file);
    fs::write(&path, text).during(path.display())?;
    Ok(file)
}
