//! What is said of a document that is refused.

use crate::Exceeded;
use crate::shown::{MAX_MESSAGE, cut};

/// How many problems of one document are told.
const MAX_PROBLEMS: usize = 16;
/// How many places one problem names.
const MAX_LOCATIONS: usize = 16;

/// A place in a document. Both count from one; a column is a UTF-16 code unit, as editors count them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Position {
    /// The line.
    pub line: usize,
    /// The column.
    pub column: usize,
}

/// One thing that is wrong with a document.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Problem {
    /// What is wrong, and how to mend it.
    pub message: String,
    /// Where, the most telling place first.
    pub locations: Vec<Position>,
}

impl Problem {
    pub(crate) fn new(message: impl Into<String>, locations: impl IntoIterator<Item = Position>) -> Self {
        let message = cut(&message.into(), MAX_MESSAGE).into_owned();
        Self { message, locations: locations.into_iter().take(MAX_LOCATIONS).collect() }
    }
}

/// Why a document cannot be executed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Refusal {
    /// It is not GraphQL.
    Syntax(Problem),
    /// It does not fit the schema.
    Invalid(Vec<Problem>),
    /// It is beyond a limit.
    Limit(Exceeded),
}

impl From<Exceeded> for Refusal {
    fn from(exceeded: Exceeded) -> Self {
        Self::Limit(exceeded)
    }
}

/// The problems found so far: each once, and no more than anybody reads.
#[derive(Debug, Default)]
pub(crate) struct Problems(Vec<Problem>);

impl Problems {
    /// Adds a problem, unless it is known or there are enough.
    pub(crate) fn add(&mut self, message: impl Into<String>, locations: impl IntoIterator<Item = Position>) {
        if self.is_full() {
            return;
        }
        let problem = Problem::new(message, locations);
        if !self.0.contains(&problem) {
            self.0.push(problem);
        }
    }

    /// Whether there are enough: nothing more needs to be looked for.
    pub(crate) fn is_full(&self) -> bool {
        self.0.len() >= MAX_PROBLEMS
    }

    pub(crate) fn found(self) -> Result<(), Vec<Problem>> {
        if self.0.is_empty() { Ok(()) } else { Err(self.0) }
    }
}
