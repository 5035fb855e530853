//! Uses of nullable variables at positions that must not be null but have a default value.

use serde_json::{Map, Value};

use crate::Position;
use crate::shown::short;

/// The remedy for a null at a position that has a default value.
pub(crate) const OMIT_FOR_DEFAULT: &str = ": leave it out for its default";

/// A use of a nullable variable at a non-null position. The document is valid, because the position or the variable has
/// a default value, so a client can leave the variable out. If a client sends null, the field fails (GraphQL
/// specification, section 6.4.1).
#[derive(Debug, Clone)]
pub struct NullableUse {
    pub(crate) variable: String,
    pub(crate) argument: Position,
    pub(crate) what: String,
    pub(crate) expected: String,
}

impl NullableUse {
    /// Returns the position of the value of the argument that contains the use.
    #[must_use]
    pub fn argument(&self) -> Position {
        self.argument
    }

    /// Returns the error message, if the variable is null.
    #[must_use]
    pub fn problem(&self, variables: &Map<String, Value>) -> Option<String> {
        let Self { variable, argument: _, what, expected } = self;
        variables.get(variable).is_some_and(Value::is_null).then(|| {
            format!(
                "{what} must be a `{expected}`, but the variable `${}` is null{OMIT_FOR_DEFAULT}",
                short(variable)
            )
        })
    }

    /// Returns the approximate size in memory, in bytes.
    #[must_use]
    pub fn weight(&self) -> usize {
        let Self { variable, argument: _, what, expected } = self;
        size_of::<Self>() + variable.len() + what.len() + expected.len()
    }
}
