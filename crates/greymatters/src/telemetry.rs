//! The log, on standard error.

use std::io::IsTerminal;

use tracing_subscriber::filter::{LevelFilter, Targets};
use tracing_subscriber::layer::SubscriberExt;
use tracing_subscriber::util::SubscriberInitExt;
use tracing_subscriber::{Layer, fmt};

use crate::cli::{LogFormat, LogOptions};
use crate::failure::Failure;

/// Begins to log.
pub(crate) fn start(options: &LogOptions) -> Result<(), Failure> {
    let LogOptions { levels, format } = options;
    // A word alone must be a level; the parser would take any other for the name of a part.
    let words = levels.split(',').filter(|part| !part.contains('='));
    if words.map(str::trim).any(|word| word.parse::<LevelFilter>().is_err()) {
        return Err(Failure::Levels(levels.clone()));
    }
    let mut targets: Targets = levels.parse().map_err(|_| Failure::Levels(levels.clone()))?;
    // These tell of every step at `info`; that is for those who ask.
    for talkative in ["sea_orm_migration", "sqlx"] {
        if targets.iter().all(|(target, _)| !target.starts_with(talkative)) {
            targets = targets.with_target(talkative, tracing::Level::WARN);
        }
    }
    let layer = match format {
        LogFormat::Pretty => fmt::layer()
            .with_writer(std::io::stderr)
            .with_ansi(std::io::stderr().is_terminal())
            .with_target(false)
            .compact()
            .boxed(),
        LogFormat::Json => fmt::layer()
            .with_writer(std::io::stderr)
            .json()
            .flatten_event(true)
            .with_current_span(true)
            .with_span_list(false)
            .boxed(),
    };
    // A second start, as in tests, keeps the first log.
    // The filter is for all: a filter of the layer's own loses events after sqlx has asked for a level.
    let _ = tracing_subscriber::registry().with(targets).with(layer).try_init();
    Ok(())
}
