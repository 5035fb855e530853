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

/// Begins to log.
pub(crate) fn start(options: &LogOptions) -> Result<LogQueue, Failure> {
    let LogOptions { levels, format } = options;
    // A word alone must be a level; the parser would take any other for the name of a part.
    let words = levels.split(',').filter(|part| !part.contains('='));
    if words.map(str::trim).any(|word| word.is_empty() || word.parse::<LevelFilter>().is_err()) {
        return Err(Failure::Levels(levels.clone()));
    }
    let mut targets: Targets = levels.parse().map_err(|_| Failure::Levels(levels.clone()))?;
    // These tell of every step at `info`; that is for those who ask.
    for talkative in ["sea_orm_migration", "sqlx"] {
        if targets.iter().all(|(target, _)| !target.starts_with(talkative)) {
            targets = targets.with_target(talkative, Level::WARN);
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
    let addition = move |lost| addition(is_json, &repeats, lost);
    queue.start(std::io::stderr(), addition).map_err(Failure::Log)?;
    // A second start, as in tests, keeps the first log.
    // The filter is for all: a filter of the layer's own loses events after sqlx has asked for a level.
    let _ = tracing_subscriber::registry().with(targets).with(layer).try_init();
    Ok(queue)
}

/// The lines that tell of other lines: how often one was left out, and how many were lost.
fn addition(is_json: bool, repeats: &Repeats, lost: u64) -> Vec<u8> {
    let mut lines = Vec::new();
    for (level, message, count) in repeats.take() {
        lines.extend(format::plain(is_json, level, &format!("repeated: {message}"), count));
    }
    if lost > 0 {
        lines.extend(format::plain(
            is_json,
            Level::WARN,
            "lines were lost: they came faster than they were read",
            lost,
        ));
    }
    lines
}
