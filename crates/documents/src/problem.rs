//! The reasons why a document is refused.

use crate::Exceeded;
use crate::shown::{MAX_MESSAGE, cut};

/// The maximum number of problems that are reported for one document.
const MAX_PROBLEMS: usize = 16;
/// The maximum number of locations of one problem.
const MAX_LOCATIONS: usize = 16;

/// A position in a document. Line and column count from 1. Columns count UTF-16 code units, as editors do.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Position {
    /// The line.
    pub line: usize,
    /// The column.
    pub column: usize,
}

/// One error of a document.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Problem {
    /// What is wrong, and how to fix it.
    pub message: String,
    /// The locations of the error, the most relevant first.
    pub locations: Vec<Position>,
}

impl Problem {
    pub(crate) fn new(message: impl Into<String>, locations: impl IntoIterator<Item = Position>) -> Self {
        let message = cut(&message.into(), MAX_MESSAGE).into_owned();
        Self { message, locations: locations.into_iter().take(MAX_LOCATIONS).collect() }
    }
}

/// Why a document is refused.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Refusal {
    /// The document is not GraphQL.
    Syntax(Problem),
    /// The document is invalid for the schema.
    Invalid(Vec<Problem>),
    /// The document exceeds a limit.
    Limit(Exceeded),
}

impl From<Exceeded> for Refusal {
    fn from(exceeded: Exceeded) -> Self {
        Self::Limit(exceeded)
    }
}

/// Collects problems without duplicates, at most [`MAX_PROBLEMS`].
#[derive(Debug, Default)]
pub(crate) struct Problems(Vec<Problem>);

impl Problems {
    /// Adds a problem, unless it is a duplicate or the maximum is reached.
    pub(crate) fn add(&mut self, message: impl Into<String>, locations: impl IntoIterator<Item = Position>) {
        if self.is_full() {
            return;
        }
        let problem = Problem::new(message, locations);
        if !self.0.contains(&problem) {
            self.0.push(problem);
        }
    }

    /// Whether the maximum is reached, so that the search can stop.
    pub(crate) fn is_full(&self) -> bool {
        self.0.len() >= MAX_PROBLEMS
    }

    /// Returns the problems as an error, if there are any.
    pub(crate) fn into_result(self) -> Result<(), Vec<Problem>> {
        if self.0.is_empty() { Ok(()) } else { Err(self.0) }
    }
}
