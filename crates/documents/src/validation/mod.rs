//! Validates a document against the schema (GraphQL specification, chapter 5).
//!
//! The walk visits every definition once, however often it is spread. The checks that depend on the
//! operation (defined variables, merging of fields) run afterwards for each operation.

mod arguments;
mod directives;
mod fragments;
mod merging;
mod operations;
mod selections;
mod values;
mod variables;

use crate::nullable::NullableUse;
use crate::problem::Problems;
use crate::schema::Schema;
use crate::tree::{Definition, Document};
use crate::{Position, Refusal, TypeRef};

/// The results of validation for an operation of a valid document.
pub(crate) struct Found {
    /// Whether two fields have the same response name.
    pub(crate) merges: bool,
    /// The positions where a nullable variable must not be null.
    pub(crate) nullable: Vec<NullableUse>,
}

/// Validates a document. Returns the results for each of its operations.
pub(crate) fn validate(schema: &Schema, document: &Document<'_>) -> Result<Vec<Found>, Refusal> {
    let graph = fragments::Graph::of(document);
    let mut walk =
        Walk { schema, graph: &graph, problems: Problems::default(), uses: Vec::new(), argument: None };
    operations::names(document, &mut walk.problems);
    let mut uses = Vec::with_capacity(document.definitions.len());
    for definition in &document.definitions {
        match definition {
            Definition::Operation(operation) => walk.operation(operation),
            Definition::Fragment(fragment) => walk.fragment(fragment),
        }
        uses.push(std::mem::take(&mut walk.uses));
    }
    let mut problems = walk.problems;
    let is_acyclic = graph.check_cycles(&mut problems);
    let nullable = variables::check_uses(schema, document, &graph, &uses, &mut problems);
    let mut found = Vec::new();
    if is_acyclic {
        for (operation, nullable) in document.operations().zip(nullable) {
            let merges = merging::check(schema, &graph, operation, &mut problems);
            found.push(Found { merges, nullable });
        }
    }
    graph.check_unused(document, &mut problems);
    problems.into_result().map_err(Refusal::Invalid)?;
    Ok(found)
}

/// The state of the walk over a definition.
struct Walk<'s, 'd, 'a> {
    schema: &'s Schema,
    graph: &'s fragments::Graph<'d, 'a>,
    problems: Problems,
    /// The uses of variables in this definition.
    uses: Vec<VariableUse<'s, 'd>>,
    /// The position of the value of the argument that the walk is in.
    argument: Option<Position>,
}

/// A use of a variable.
#[derive(Debug)]
struct VariableUse<'s, 'd> {
    name: &'d str,
    at: Position,
    place: Option<InputPosition<'s>>,
    /// Set if the position must not be null: a description of the position, and the position of the argument's value.
    never_null: Option<(String, Position)>,
}

/// The input position of a value.
#[derive(Debug, Clone, Copy)]
struct InputPosition<'s> {
    /// The expected type.
    ty: &'s TypeRef,
    /// Whether the schema has a default value for the position.
    has_default: bool,
    /// Whether it is a field of a `@oneOf` input object.
    is_one_of: bool,
}
