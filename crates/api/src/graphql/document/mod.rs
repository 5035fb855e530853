//! Analyses valid documents before they are executed: their scopes, counts and variables, and the executor's tree.

pub(crate) mod counting;
pub(crate) mod executable;
pub(crate) mod omitted_variables;
pub(crate) mod scope;
pub(crate) mod valid_document;
pub(crate) mod variable;
