//! Variables that are not given: what stands for one is then not given either (GraphQL, 3.10 and 6.4.1).
//! Left to itself, the executor would take it for null, and an update would clear what its client did not
//! mention.

use std::collections::HashSet;

use async_graphql::parser::types::{
    DocumentOperations, ExecutableDocument, OperationDefinition, Selection, SelectionSet,
};
use async_graphql::{Name, Positioned};
use async_graphql_value::Value;
use serde_json::Map;

/// Takes out the arguments and input fields that stand for variables of the operation that are not given
/// and have no default. Within a list they are null, as there is no leaving out.
pub(crate) fn take_out(
    document: &mut ExecutableDocument,
    operation_name: Option<&str>,
    variables: &Map<String, serde_json::Value>,
) {
    let Some(operation) = meant(&mut document.operations, operation_name) else { return };
    let absent: HashSet<Name> = operation
        .variable_definitions
        .iter()
        .map(|definition| &definition.node)
        .filter(|definition| definition.default_value.is_none() && definition.var_type.node.nullable)
        .map(|definition| &definition.name.node)
        .filter(|name| !variables.contains_key(name.as_str()))
        .cloned()
        .collect();
    if absent.is_empty() {
        return;
    }
    let mut walk = Walk { absent: &absent, kept: HashSet::new() };
    walk.selections(&mut operation.selection_set.node);
    for fragment in document.fragments.values_mut() {
        walk.selections(&mut fragment.node.selection_set.node);
    }
    // A definition without a use would be a mistake of the document's.
    let kept = walk.kept;
    if let Some(operation) = meant(&mut document.operations, operation_name) {
        operation.variable_definitions.retain(|definition| {
            let name = &definition.node.name.node;
            !absent.contains(name) || kept.contains(name)
        });
    }
}

/// The operation that is executed.
fn meant<'a>(
    operations: &'a mut DocumentOperations,
    name: Option<&str>,
) -> Option<&'a mut OperationDefinition> {
    let found = match (operations, name) {
        (DocumentOperations::Single(operation), _) => Some(operation),
        (DocumentOperations::Multiple(operations), Some(name)) => {
            operations.iter_mut().find(|(known, _)| known.as_str() == name).map(|(_, operation)| operation)
        }
        (DocumentOperations::Multiple(operations), None) => operations.values_mut().next(),
    };
    found.map(|operation| &mut operation.node)
}

struct Walk<'a> {
    absent: &'a HashSet<Name>,
    /// Those that are still mentioned somewhere.
    kept: HashSet<Name>,
}

impl Walk<'_> {
    /// Nesting is bounded before a document is parsed.
    fn selections(&mut self, set: &mut SelectionSet) {
        for item in &mut set.items {
            let directives = match &mut item.node {
                Selection::Field(field) => {
                    self.arguments(&mut field.node.arguments);
                    self.selections(&mut field.node.selection_set.node);
                    &field.node.directives
                }
                Selection::InlineFragment(fragment) => {
                    self.selections(&mut fragment.node.selection_set.node);
                    &fragment.node.directives
                }
                Selection::FragmentSpread(spread) => &spread.node.directives,
            };
            for (_, value) in directives.iter().flat_map(|directive| &directive.node.arguments) {
                if let Value::Variable(name) = &value.node {
                    self.kept.insert(name.clone());
                }
            }
        }
    }

    fn arguments(&mut self, arguments: &mut Vec<(Positioned<Name>, Positioned<Value>)>) {
        arguments.retain(|(_, value)| !self.is_absent(&value.node));
        arguments.iter_mut().for_each(|(_, value)| self.value(&mut value.node));
    }

    fn value(&mut self, value: &mut Value) {
        match value {
            Value::Object(fields) => {
                fields.retain(|_, value| !self.is_absent(value));
                fields.values_mut().for_each(|value| self.value(value));
            }
            Value::List(entries) => {
                for entry in entries {
                    if self.is_absent(entry) {
                        *entry = Value::Null;
                    }
                    self.value(entry);
                }
            }
            _ => {}
        }
    }

    fn is_absent(&self, value: &Value) -> bool {
        matches!(value, Value::Variable(name) if self.absent.contains(name))
    }
}
