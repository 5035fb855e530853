//! Null, where a value is never null and may be left out.

use serde_json::{Map, Value};

use crate::Position;
use crate::shown::short;

/// How to mend a null that stands for something that has a default.
pub(crate) const FOR_ITS_DEFAULT: &str = ": leave it out for its default";

/// A place whose value is never null, where a variable stands that may be. The place or the variable has a default, so
/// the document is valid, and the variable can be left out. A null for it is an error of the field (GraphQL, 6.4.1).
#[derive(Debug, Clone)]
pub struct NullableUse {
    pub(crate) variable: String,
    pub(crate) argument: Position,
    pub(crate) what: String,
    pub(crate) expected: String,
}

impl NullableUse {
    /// Where the value of the argument begins that the place is in.
    #[must_use]
    pub fn argument(&self) -> Position {
        self.argument
    }

    /// What is wrong, if the variable is null.
    #[must_use]
    pub fn problem(&self, variables: &Map<String, Value>) -> Option<String> {
        let Self { variable, argument: _, what, expected } = self;
        variables.get(variable).is_some_and(Value::is_null).then(|| {
            format!(
                "{what} must be a `{expected}`, but the variable `${}` is null{FOR_ITS_DEFAULT}",
                short(variable)
            )
        })
    }

    /// How many bytes it takes in memory, roughly.
    #[must_use]
    pub fn weight(&self) -> usize {
        let Self { variable, argument: _, what, expected } = self;
        size_of::<Self>() + variable.len() + what.len() + expected.len()
    }
}
