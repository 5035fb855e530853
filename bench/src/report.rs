//! The report of a run: tables, JSON and a chart.

use std::fs;
use std::path::Path;

use domain::Timestamp;
use serde::Serialize;

use crate::delivery::{self, Bound, DeliveryReport};
use crate::failure::{Result, While};
use crate::grid::Grid;
use crate::growth_report::DatabaseReport;
use crate::svg::{self, Picture};

/// The report of one run.
#[derive(Debug, Serialize)]
pub(crate) struct Report {
    date: String,
    command: String,
    machine: String,
    processors: usize,
    /// The one-minute load average before and after the run.
    load: (String, String),
    server: String,
    pub(crate) growth: Vec<DatabaseReport>,
    pub(crate) delivery: Option<DeliveryReport>,
    pub(crate) reach: Vec<Bound>,
}

impl Report {
    pub(crate) fn begin(now: Timestamp, server: &Path) -> Self {
        let profile = server.parent().map(name).unwrap_or_default();
        Self {
            date: now.to_string().chars().take(10).collect(),
            command: command(),
            machine: machine(),
            processors: std::thread::available_parallelism().map_or(1, usize::from),
            load: (load(), String::new()),
            server: format!("{profile}/{}", name(server)),
            growth: Vec::new(),
            delivery: None,
            reach: Vec::new(),
        }
    }

    pub(crate) fn end(&mut self) {
        self.load.1 = load();
    }

    pub(crate) fn json(&self) -> Result<String> {
        serde_json::to_string_pretty(self).during("the report")
    }

    /// Formats the report for a terminal.
    pub(crate) fn text(&self) -> String {
        let tables: Vec<String> = self.grids().iter().map(Grid::text).collect();
        format!("{}\n\n{}", self.circumstances().join("\n"), tables.join("\n"))
    }

    /// Formats the report as Markdown.
    pub(crate) fn markdown(&self) -> String {
        let tables: Vec<String> = self.grids().iter().map(Grid::markdown).collect();
        let [when, how, command] = self.circumstances();
        format!("{when}  \n{how}  \nCommand: `{command}`\n\n{}", tables.join("\n"))
    }

    /// Draws the chart of the delivery part, if that was measured.
    pub(crate) fn picture(&self) -> Option<String> {
        let delivery = self.delivery.as_ref()?;
        let title = "Processor time of the server per request".to_owned();
        let [when, how, command] = self.circumstances();
        let what = format!(
            "{} articles; the median pass of {}, with the least and the most; logarithmic",
            delivery.articles, delivery.passes
        );
        let lines = vec![what, when, how, command];
        Some(svg::draw(&Picture { title, lines, groups: delivery::picture(delivery) }))
    }

    fn grids(&self) -> Vec<Grid> {
        let growth = self.growth.iter().flat_map(DatabaseReport::grids);
        let delivery = self.delivery.iter().flat_map(DeliveryReport::grids);
        growth.chain(delivery).chain([delivery::reach_grid(&self.reach)]).collect()
    }

    /// Returns the circumstances of the run: date and machine, method, and command.
    fn circumstances(&self) -> [String; 3] {
        let Self { date, command, machine, processors, load, server, delivery, .. } = self;
        let when = format!(
            "{date}, {machine}, {processors} processors, load {} before and {} after, server {server}",
            load.0, load.1
        );
        let how = delivery.as_ref().map_or_else(
            || "one request after the other, on one connection".to_owned(),
            |delivery| {
                let DeliveryReport { articles, passes, seconds, operations, processors, .. } = delivery;
                format!(
                    "delivery: {articles} articles, passes: {passes}, each of at most {operations} requests or {seconds} s, {processors}"
                )
            },
        );
        [when, how, command.clone()]
    }
}

/// Returns the one-minute load average.
pub(crate) fn load() -> String {
    let text = fs::read_to_string("/proc/loadavg").unwrap_or_default();
    text.split(' ').next().unwrap_or_default().to_owned()
}

/// Returns the circumstances of a run that began with this load average.
pub(crate) fn circumstances(server: &Path, load_before: &str) -> String {
    #[expect(clippy::disallowed_methods, reason = "a report tells its date")]
    let now = Timestamp::now();
    let mut report = Report::begin(now, server);
    load_before.clone_into(&mut report.load.0);
    report.end();
    let [when, _, command] = report.circumstances();
    format!("{when}  \nCommand: `{command}`")
}

/// Returns the model name of the processor.
fn machine() -> String {
    let text = fs::read_to_string("/proc/cpuinfo").unwrap_or_default();
    let model = text.lines().find_map(|line| line.strip_prefix("model name")?.split_once(':'));
    model.map_or("an unknown processor", |(_, model)| model.trim()).to_owned()
}

/// Returns the last component of a path.
fn name(path: &Path) -> String {
    path.file_name().map(|name| name.display().to_string()).unwrap_or_default()
}

/// Returns the command line of this run. URLs are hidden, because they may contain a password. Folders are shortened.
fn command() -> String {
    let mut words: Vec<String> = std::env::args().skip(1).collect();
    for word in &mut words {
        if word.contains("://") {
            "URL".clone_into(word);
        } else if word.starts_with('/') {
            *word = format!("…/{}", name(Path::new(word)));
        }
    }
    let own = std::env::current_exe().ok();
    let profile = own.as_deref().and_then(Path::parent).map(name).unwrap_or_default();
    format!("target/{profile}/greymatters-bench {}", words.join(" "))
}
