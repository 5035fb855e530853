//! The log, on standard error.

mod format;
mod queue;
mod repeats;

use std::io::IsTerminal;
use std::sync::Arc;

use tracing::Level;
use tracing_subscriber::filter::{LevelFilter, Targets};
use tracing_subscriber::fmt::format::JsonFields;
use tracing_subscriber::layer::SubscriberExt;
use tracing_subscriber::util::SubscriberInitExt;
use tracing_subscriber::{Layer, fmt};

use crate::cli::{LogFormat, LogOptions};
use crate::failure::Failure;

use format::Lines;
use repeats::Repeats;

pub(crate) use queue::LogQueue;

/// Starts the log.
pub(crate) fn start(options: &LogOptions) -> Result<LogQueue, Failure> {
    let LogOptions { levels, format } = options;
    // A word without `=` must be a level. The parser would accept any other word as the name of a module.
    let words = levels.split(',').filter(|part| !part.contains('='));
    if words.map(str::trim).any(|word| word.is_empty() || word.parse::<LevelFilter>().is_err()) {
        return Err(Failure::Levels(levels.clone()));
    }
    let mut targets: Targets = levels.parse().map_err(|_| Failure::Levels(levels.clone()))?;
    // These modules log every step at the level INFO, so their default level is WARN.
    for verbose in ["sea_orm_migration", "sqlx"] {
        if targets.iter().all(|(target, _)| !target.starts_with(verbose)) {
            targets = targets.with_target(verbose, Level::WARN);
        }
    }
    let queue = LogQueue::default();
    let repeats = Arc::<Repeats>::default();
    let layer = match format {
        LogFormat::Pretty => fmt::layer()
            .with_writer(queue.clone())
            .with_ansi(std::io::stderr().is_terminal())
            .event_format(Lines::new(fmt::format().with_target(false).compact(), Arc::clone(&repeats)))
            .boxed(),
        LogFormat::Json => {
            let json = fmt::format().json().flatten_event(true).with_current_span(true).with_span_list(false);
            fmt::layer()
                .with_writer(queue.clone())
                .with_ansi(false)
                .fmt_fields(JsonFields::new())
                .event_format(Lines::new(json, Arc::clone(&repeats)))
                .boxed()
        }
    };
    let is_json = *format == LogFormat::Json;
    let summary = move |dropped| summary(is_json, &repeats, dropped);
    queue.start(std::io::stderr(), summary).map_err(Failure::Log)?;
    // If a log was started before, as in tests, that one stays.
    // The filter is global, because a filter of the layer loses events after sqlx has queried a level.
    let _ = tracing_subscriber::registry().with(targets).with(layer).try_init();
    Ok(queue)
}

/// Makes lines about other lines: how often a line was repeated, and how many lines were dropped.
fn summary(is_json: bool, repeats: &Repeats, dropped: u64) -> Vec<u8> {
    let mut lines = Vec::new();
    for (level, message, count) in repeats.take() {
        lines.extend(format::format_line(is_json, level, &format!("repeated: {message}"), count));
    }
    if dropped > 0 {
        lines.extend(format::format_line(
            is_json,
            Level::WARN,
            "log lines were dropped: they came faster than they were written",
            dropped,
        ));
    }
    lines
}
