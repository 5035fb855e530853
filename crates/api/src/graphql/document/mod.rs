//! What is known of a valid document before it is executed: scopes, counts, variables, the tree that the executor takes.

pub(crate) mod counting;
pub(crate) mod executable;
pub(crate) mod omitted_variables;
pub(crate) mod scope;
pub(crate) mod valid_document;
pub(crate) mod variable;
