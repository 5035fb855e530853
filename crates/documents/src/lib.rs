//! Parses GraphQL documents, checks them against limits, validates them, and coerces the values of their
//! variables, according to the specification of September 2025. It executes nothing.
//!
//! The running time of every step is linear in the length of the document. The size of the expansion is
//! computed fragment by fragment before anything visits the expansion.

mod coercion;
mod duplicates;
mod expansion;
mod lexer;
mod limits;
mod nullable;
mod parser;
mod problem;
mod schema;
mod shown;
mod suggestion;
mod text;
pub mod tree;
mod validation;

pub use coercion::{Variable, check_values, coerce};
pub use limits::{Exceeded, Limit, Limits};
pub use nullable::NullableUse;
pub use problem::{Position, Problem, Refusal};
pub use schema::{Schema, SchemaError, TypeRef};

use tree::Document;

/// A document that is valid and respects the limits.
#[derive(Debug)]
pub struct Valid<'a> {
    /// The document.
    pub document: Document<'a>,
    /// The usage of each operation, in the order of the document.
    pub usage: Vec<Usage>,
    /// For each operation, the uses of nullable variables that must not be null, in the order of the document.
    pub nullable: Vec<Vec<NullableUse>>,
}

/// How much of the limits one operation uses. Every fragment counts wherever it is spread.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Usage {
    /// The number of fields and fragments.
    pub selections: u64,
    /// The number of fields with an alias.
    pub aliases: u64,
    /// The number of levels of fields.
    pub depth: u64,
    /// The number of root fields.
    pub root_fields: u64,
    /// Whether two fields have the same response name, so that their results are merged.
    pub merges: bool,
}

/// Parses a document, checks it against the limits and validates it.
///
/// # Errors
/// [`Refusal`] when the document is not GraphQL, exceeds a limit, or is invalid for the schema.
pub fn check<'a>(schema: &Schema, limits: &Limits, text: &'a str) -> Result<Valid<'a>, Refusal> {
    let document = parser::parse(text, limits)?;
    let expanded = expansion::check(&document, limits)?;
    let found = validation::validate(schema, &document)?;
    let (usage, nullable) = expanded
        .into_iter()
        .zip(found)
        .map(|(expanded, found)| {
            let expansion::Expanded { selections, aliases, depth, nesting: _, root_fields } = expanded;
            let validation::Found { merges, nullable } = found;
            (Usage { selections, aliases, depth, root_fields, merges }, nullable)
        })
        .unzip();
    Ok(Valid { document, usage, nullable })
}

/// Returns the variables that an operation of a valid document defines.
pub fn variables(schema: &Schema, operation: &tree::Operation<'_>) -> Vec<Variable> {
    operation.variables.iter().filter_map(|definition| Variable::of(schema, definition)).collect()
}
