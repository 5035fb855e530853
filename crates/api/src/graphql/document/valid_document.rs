//! A valid document, as the executor wants it.

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
    /// The scopes that the fields at its top need, whatever the variables are.
    scopes: Vec<Scope>,
    /// The ids that `node` and `nodes` ask for.
    ids: Vec<ArgumentValue>,
    pub(crate) variables: Vec<Variable>,
    /// What it uses of the limits.
    pub(crate) usage: Usage,
    /// Where it must not have null as the value of a variable.
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

    /// Its operations, in the order of the document. There is at least one.
    pub(crate) fn operations(&self) -> &[Operation] {
        &self.operations
    }

    /// The names of the variables of its first operation, without `$`.
    pub(crate) fn variables(&self) -> impl Iterator<Item = &str> {
        self.operations
            .first()
            .into_iter()
            .flat_map(|operation| operation.variables.iter().map(Variable::name))
    }

    /// Whether one of its operations counts articles with these variables.
    pub(crate) fn counts(&self, operation: &Operation, given: &Map<String, Value>) -> bool {
        counting::counts(operation.given(given), &self.fragments)
    }

    /// How many bytes it takes in memory, roughly.
    pub(crate) fn weight(&self) -> u32 {
        self.weight
    }

    /// One of its operations, for the executor: without what stands for variables that are not given.
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

    /// Whether null may stand as the value of a variable where it must not.
    pub(crate) fn has_nullable(&self) -> bool {
        !self.nullable.is_empty()
    }

    /// What is wrong with the argument whose value begins here, if a variable in it is null that must not be.
    pub(crate) fn null_at(&self, line: usize, column: usize, given: &Map<String, Value>) -> Option<String> {
        let of_argument = self.nullable.iter().filter(|usage| usage.argument() == Position { line, column });
        of_argument.filter_map(|usage| usage.problem(given)).next()
    }

    /// The scopes that it needs with these variables.
    pub(crate) fn scopes(&self, given: &Map<String, Value>) -> Vec<Scope> {
        let mut scopes = self.scopes.clone();
        let given = self.given(given);
        let asks_for_drafts = self.ids.iter().any(|id| scope::names_the_desk(id, given));
        if asks_for_drafts && !scopes.contains(&Scope::ReadDrafts) {
            scopes.push(Scope::ReadDrafts);
        }
        scopes
    }
}

/// The scopes that the fields at the top of an operation need, fragments included, and the ids that `node` and
/// `nodes` ask for there.
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
