//! A valid document, with everything that is known about it before it is executed.

use std::collections::{HashMap, HashSet};

use async_graphql::parser::types::{
    DocumentOperations, ExecutableDocument, FragmentDefinition, OperationDefinition, OperationType, Selection,
};
use async_graphql::{Name, Positioned};
use async_graphql_value::Value as ArgumentValue;
use documents::{NullableUse, Position, Schema, Usage, Valid, Variable};
use domain::Scope;
use serde_json::{Map, Value};

use crate::delivery::Digest;
use crate::graphql::document::counting;
use crate::graphql::document::executable::Converter;
use crate::graphql::document::omitted_variables;
use crate::graphql::document::scope;
use crate::graphql::document::variable::Given;

/// A document that is valid and within the limits.
pub(crate) struct Document {
    pub(crate) digest: Digest,
    operations: Vec<Operation>,
    fragments: HashMap<Name, Positioned<FragmentDefinition>>,
    weight: u32,
}

/// An operation of a valid document.
pub(crate) struct Operation {
    pub(crate) name: Option<Name>,
    pub(crate) kind: OperationType,
    /// The scopes that its root fields need, whatever the variables are.
    scopes: Vec<Scope>,
    /// The arguments of `node` and `nodes`.
    ids: Vec<ArgumentValue>,
    pub(crate) variables: Vec<Variable>,
    /// How much of the limits it uses.
    pub(crate) usage: Usage,
    /// The places where a variable must not be null.
    nullable: Vec<NullableUse>,
    executable: Positioned<OperationDefinition>,
}

impl Document {
    pub(crate) fn new(digest: Digest, schema: &Schema, valid: &Valid<'_>) -> Self {
        let Valid { document, usage, nullable } = valid;
        let mut converter = Converter::default();
        let fragments = document.fragments().map(|fragment| converter.fragment(fragment)).collect();
        let weight_of_nullable = nullable.iter().flatten().map(NullableUse::weight).sum::<usize>();
        let operations =
            document.operations().zip(usage).zip(nullable).map(|((operation, usage), nullable)| {
                let executable = converter.operation(operation);
                let (scopes, ids) = scopes(&executable.node, &fragments);
                Operation {
                    name: operation.name.map(|name| converter.name(name.text)),
                    kind: executable.node.ty,
                    scopes,
                    ids,
                    variables: documents::variables(schema, operation),
                    usage: *usage,
                    nullable: nullable.clone(),
                    executable,
                }
            });
        let operations = operations.collect();
        let weight = converter.weight().saturating_add(u32::try_from(weight_of_nullable).unwrap_or(u32::MAX));
        Self { digest, operations, fragments, weight }
    }

    /// The operations, in the order of the document. There is at least one.
    pub(crate) fn operations(&self) -> &[Operation] {
        &self.operations
    }

    /// The names of the variables of the first operation, without `$`.
    pub(crate) fn variables(&self) -> impl Iterator<Item = &str> {
        self.operations
            .first()
            .into_iter()
            .flat_map(|operation| operation.variables.iter().map(Variable::name))
    }

    /// Whether an operation counts articles, with these variables.
    pub(crate) fn counts(&self, operation: &Operation, given: &Map<String, Value>) -> bool {
        counting::counts(operation.given(given), &self.fragments)
    }

    /// The memory that the document takes, in bytes, roughly.
    pub(crate) fn weight(&self) -> u32 {
        self.weight
    }

    /// Returns an operation for the executor, without the arguments whose variables have no value.
    pub(crate) fn executable(&self, operation: &Operation, given: &Map<String, Value>) -> ExecutableDocument {
        let mut executable = ExecutableDocument {
            operations: DocumentOperations::Single(operation.executable.clone()),
            fragments: self.fragments.clone(),
        };
        omitted_variables::remove(&mut executable, &operation.variables, given);
        executable
    }
}

impl Operation {
    fn given<'a>(&'a self, values: &'a Map<String, Value>) -> Given<'a> {
        Given { operation: &self.executable.node, values }
    }

    /// Whether a variable may be null in a place where null is not allowed.
    pub(crate) fn has_nullable(&self) -> bool {
        !self.nullable.is_empty()
    }

    /// Returns the message about the argument whose value begins at this position, if a variable in it is null and
    /// must not be.
    pub(crate) fn null_at(&self, line: usize, column: usize, given: &Map<String, Value>) -> Option<String> {
        let of_argument = self.nullable.iter().filter(|usage| usage.argument() == Position { line, column });
        of_argument.filter_map(|usage| usage.problem(given)).next()
    }

    /// Returns the scopes that the operation needs, with these variables.
    pub(crate) fn scopes(&self, given: &Map<String, Value>) -> Vec<Scope> {
        let mut scopes = self.scopes.clone();
        let given = self.given(given);
        let asks_for_drafts = self.ids.iter().any(|id| scope::contains_desk_id(id, given));
        if asks_for_drafts && !scopes.contains(&Scope::ReadDrafts) {
            scopes.push(Scope::ReadDrafts);
        }
        scopes
    }
}

/// Returns the scopes that the root fields of an operation need, including those in fragments, and the arguments
/// of `node` and `nodes`.
fn scopes(
    operation: &OperationDefinition,
    fragments: &HashMap<Name, Positioned<FragmentDefinition>>,
) -> (Vec<Scope>, Vec<ArgumentValue>) {
    let (mut scopes, mut ids) = (Vec::new(), Vec::new());
    let mut seen = HashSet::new();
    let mut open = vec![&operation.selection_set.node];
    while let Some(set) = open.pop() {
        for item in &set.items {
            match &item.node {
                Selection::Field(field) => {
                    let name = field.node.name.node.as_str();
                    let scope = scope::required(operation.ty, name);
                    scopes.extend(scope.filter(|scope| !scopes.contains(scope)));
                    if matches!(name, "node" | "nodes") {
                        ids.extend(field.node.arguments.iter().map(|(_, value)| value.node.clone()));
                    }
                }
                Selection::InlineFragment(fragment) => open.push(&fragment.node.selection_set.node),
                Selection::FragmentSpread(spread) => {
                    let name = &spread.node.fragment_name.node;
                    if let Some(fragment) = fragments.get(name)
                        && seen.insert(name)
                    {
                        open.push(&fragment.node.selection_set.node);
                    }
                }
            }
        }
    }
    (scopes, ids)
}
