//! Validation: whether a document fits the schema (GraphQL, chapter 5).
//!
//! Every definition is walked once, whoever spreads it. What depends on the operation (which variables
//! it defines, which answers meet under one name) is looked at afterwards, operation by operation.

mod arguments;
mod directives;
mod fragments;
mod merging;
mod operations;
mod selections;
mod values;
mod variables;

use crate::problem::Problems;
use crate::schema::Schema;
use crate::tree::{Definition, Document};
use crate::{Position, Refusal, TypeRef};

/// Validates a document. Answers, for each of its operations, whether two fields are answered under one name.
pub(crate) fn validate(schema: &Schema, document: &Document<'_>) -> Result<Vec<bool>, Refusal> {
    let graph = fragments::Graph::of(document);
    let mut walk = Walk { schema, graph: &graph, problems: Problems::default(), usages: Vec::new() };
    operations::names(document, &mut walk.problems);
    let mut usages = Vec::with_capacity(document.definitions.len());
    for definition in &document.definitions {
        match definition {
            Definition::Operation(operation) => walk.operation(operation),
            Definition::Fragment(fragment) => walk.fragment(fragment),
        }
        usages.push(std::mem::take(&mut walk.usages));
    }
    let mut problems = walk.problems;
    let is_acyclic = graph.cycles(&mut problems);
    variables::usages(schema, document, &graph, &usages, &mut problems);
    let mut merges = Vec::new();
    if is_acyclic {
        for operation in document.operations() {
            merges.push(merging::check(schema, &graph, operation, &mut problems));
        }
    }
    graph.unused(document, &mut problems);
    problems.found().map_err(Refusal::Invalid)?;
    Ok(merges)
}

/// What is known while a definition is walked.
struct Walk<'s, 'd, 'a> {
    schema: &'s Schema,
    graph: &'s fragments::Graph<'d, 'a>,
    problems: Problems,
    /// Where variables stand in this definition.
    usages: Vec<Usage<'s, 'd>>,
}

/// A variable that stands for a value.
#[derive(Debug, Clone, Copy)]
struct Usage<'s, 'd> {
    name: &'d str,
    at: Position,
    place: Option<Place<'s>>,
}

/// Where a value stands.
#[derive(Debug, Clone, Copy)]
struct Place<'s> {
    /// The type that is expected there.
    ty: &'s TypeRef,
    /// Whether the schema has a default for it.
    has_default: bool,
    /// Whether it is the one field of an input object of which exactly one is given.
    is_one_of: bool,
}
