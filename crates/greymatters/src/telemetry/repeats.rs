//! Lines that repeat. What comes from outside can cause the same line any number of times: it is written once a
//! second, and then it is told how often it was not.
//!
//! Two lines are the same if they have the same words and values. The field `cause` is not looked at: it tells in the
//! words of somebody else what led to the line, and may differ each time.

use std::collections::HashMap;
use std::collections::hash_map::Entry;
use std::fmt::{self, Write};
use std::hash::{DefaultHasher, Hash, Hasher};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use tracing::field::{Field, Visit};
use tracing::{Event, Level};

/// How often the same line is written.
const EACH: Duration = Duration::from_secs(1);
/// The field that may differ between two lines that are the same.
const CAUSE: &str = "cause";
/// How many different lines are remembered.
const REMEMBERED: usize = 1_000;

/// The lines of the last second.
#[derive(Default)]
pub(super) struct Repeats(Mutex<HashMap<u64, Repeat>>);

struct Repeat {
    written: Instant,
    /// How often it was not written since.
    count: u64,
    level: Level,
    message: String,
}

impl Repeats {
    /// Whether an event says anything new: it has other words or values than those of the last second.
    pub(super) fn is_news(&self, event: &Event<'_>) -> bool {
        let mut words = Words(DefaultHasher::new());
        event.metadata().callsite().hash(&mut words.0);
        event.record(&mut words);
        let mut known = self.known();
        if known.len() >= REMEMBERED {
            known.retain(|_, repeat| repeat.count > 0 || repeat.written.elapsed() < EACH);
        }
        let has_room = known.len() < REMEMBERED;
        match known.entry(words.0.finish()) {
            Entry::Occupied(mut repeat) => {
                let repeat = repeat.get_mut();
                // Those that were not written are told of first.
                if repeat.written.elapsed() >= EACH && repeat.count == 0 {
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

    /// The lines that were not written in the last second, and how often each.
    pub(super) fn take(&self) -> Vec<(Level, String, u64)> {
        let mut known = self.known();
        let mut taken = Vec::new();
        for repeat in known.values_mut().filter(|repeat| repeat.count > 0) {
            taken.push((repeat.level, repeat.message.clone(), std::mem::take(&mut repeat.count)));
            repeat.written = Instant::now();
        }
        known.retain(|_, repeat| repeat.written.elapsed() < EACH);
        taken
    }

    fn known(&self) -> MutexGuard<'_, HashMap<u64, Repeat>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Digests the words and values of an event.
struct Words(DefaultHasher);

impl Visit for Words {
    fn record_debug(&mut self, field: &Field, value: &dyn fmt::Debug) {
        if field.name() == CAUSE {
            return;
        }
        field.name().hash(&mut self.0);
        let _ = write!(self, "{value:?}");
    }
}

impl Write for Words {
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
