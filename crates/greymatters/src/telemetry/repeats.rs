//! Suppresses repeated lines. Requests can cause the same line any number of times. It is written once per second, followed
//! by a line with the number of repetitions.
//!
//! Two lines are the same if they have the same message and fields. The field `cause` is ignored, because it contains text
//! from other systems, which may differ each time.

use std::collections::HashMap;
use std::collections::hash_map::Entry;
use std::fmt::{self, Write};
use std::hash::{DefaultHasher, Hash, Hasher};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use tracing::field::{Field, Visit};
use tracing::{Event, Level};

/// How often the same line is written.
const REPEAT_INTERVAL: Duration = Duration::from_secs(1);
/// The field that may differ between two lines that are the same.
const CAUSE: &str = "cause";
/// The maximum number of different lines in memory.
const MAX_LINES: usize = 1_000;

/// The lines that were written in the last second.
#[derive(Default)]
pub(super) struct Repeats(Mutex<HashMap<u64, Repeat>>);

struct Repeat {
    written: Instant,
    /// How often the line was suppressed since.
    count: u64,
    level: Level,
    message: String,
}

impl Repeats {
    /// Whether an event must be written, because no equal event was written in the last second.
    pub(super) fn is_news(&self, event: &Event<'_>) -> bool {
        let mut hasher = EventHasher(DefaultHasher::new());
        event.metadata().callsite().hash(&mut hasher.0);
        event.record(&mut hasher);
        let mut known = self.known();
        if known.len() >= MAX_LINES {
            known.retain(|_, repeat| repeat.count > 0 || repeat.written.elapsed() < REPEAT_INTERVAL);
        }
        let has_room = known.len() < MAX_LINES;
        match known.entry(hasher.0.finish()) {
            Entry::Occupied(mut repeat) => {
                let repeat = repeat.get_mut();
                // Suppressed lines are reported before the line is written again.
                if repeat.written.elapsed() >= REPEAT_INTERVAL && repeat.count == 0 {
                    repeat.written = Instant::now();
                    return true;
                }
                if repeat.message.is_empty() {
                    event.record(&mut Message(&mut repeat.message));
                }
                repeat.count += 1;
                false
            }
            Entry::Vacant(place) if has_room => {
                let level = *event.metadata().level();
                place.insert(Repeat { written: Instant::now(), count: 0, level, message: String::new() });
                true
            }
            Entry::Vacant(_) => true,
        }
    }

    /// Returns the lines that were suppressed, with the number of repetitions.
    pub(super) fn take(&self) -> Vec<(Level, String, u64)> {
        let mut known = self.known();
        let mut taken = Vec::new();
        for repeat in known.values_mut().filter(|repeat| repeat.count > 0) {
            taken.push((repeat.level, repeat.message.clone(), std::mem::take(&mut repeat.count)));
            repeat.written = Instant::now();
        }
        known.retain(|_, repeat| repeat.written.elapsed() < REPEAT_INTERVAL);
        taken
    }

    fn known(&self) -> MutexGuard<'_, HashMap<u64, Repeat>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Hashes the message and the fields of an event.
struct EventHasher(DefaultHasher);

impl Visit for EventHasher {
    fn record_debug(&mut self, field: &Field, value: &dyn fmt::Debug) {
        if field.name() == CAUSE {
            return;
        }
        field.name().hash(&mut self.0);
        let _ = write!(self, "{value:?}");
    }
}

impl Write for EventHasher {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        self.0.write(text.as_bytes());
        Ok(())
    }
}

/// Copies the message of an event.
struct Message<'a>(&'a mut String);

impl Visit for Message<'_> {
    fn record_debug(&mut self, field: &Field, value: &dyn fmt::Debug) {
        if field.name() == "message" {
            let _ = write!(self.0, "{value:?}");
        }
    }
}
