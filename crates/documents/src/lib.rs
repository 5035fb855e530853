//! GraphQL documents: parsed, bounded and validated, and the values of their variables coerced, as the
//! specification of September 2025 says. Nothing is executed here.
//!
//! Every step takes time in proportion to the length of the document, whatever it says: what a document
//! expands to is counted fragment by fragment before anything walks the expansion.

mod coercion;
mod duplicates;
mod expansion;
mod lexer;
mod limits;
mod parser;
mod problem;
mod schema;
mod shown;
mod suggestion;
mod text;
pub mod tree;
mod validation;

pub use coercion::{Variable, coerce};
pub use limits::{Exceeded, Limit, Limits};
pub use problem::{Position, Problem, Refusal};
pub use schema::{Schema, SchemaError, TypeRef};

use tree::Document;

/// A document that is valid and within the limits.
#[derive(Debug)]
pub struct Valid<'a> {
    /// The document.
    pub document: Document<'a>,
    /// What each of its operations uses of the limits, in the order of the document.
    pub usage: Vec<Usage>,
}

/// What one operation uses of the limits, with every fragment expanded wherever it is spread.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Usage {
    /// Fields and fragments.
    pub selections: u64,
    /// Fields under another name.
    pub aliases: u64,
    /// Levels of fields.
    pub depth: u64,
    /// Fields at the top.
    pub root_fields: u64,
    /// Whether two fields are answered under one name, so that their answers are merged.
    pub merges: bool,
}

/// Parses a document, bounds it and validates it.
pub fn check<'a>(schema: &Schema, limits: &Limits, text: &'a str) -> Result<Valid<'a>, Refusal> {
    let document = parser::parse(text, limits)?;
    let expanded = expansion::bounded(&document, limits)?;
    let merges = validation::validate(schema, &document)?;
    let usage = expanded
        .into_iter()
        .zip(merges)
        .map(|(expanded, merges)| {
            let expansion::Expanded { selections, aliases, depth, nesting: _, root_fields } = expanded;
            Usage { selections, aliases, depth, root_fields, merges }
        })
        .collect();
    Ok(Valid { document, usage })
}

/// The variables that an operation of a valid document defines.
pub fn variables(schema: &Schema, operation: &tree::Operation<'_>) -> Vec<Variable> {
    operation.variables.iter().filter_map(|definition| Variable::of(schema, definition)).collect()
}
