//! Removes arguments and input fields whose variable has no value, as GraphQL requires (3.10 and 6.4.1). The
//! executor would treat them as null, and an update would clear fields that its client did not mention.

use std::collections::HashSet;

use async_graphql::parser::types::{ExecutableDocument, Selection, SelectionSet};
use async_graphql::{Name, Positioned};
use async_graphql_value::Value;
use documents::Variable;
use serde_json::Map;

/// Removes the arguments and input fields whose variable has no value and no default. An entry of a list cannot be
/// removed, so it becomes null.
pub(crate) fn remove(
    document: &mut ExecutableDocument,
    variables: &[Variable],
    given: &Map<String, serde_json::Value>,
) {
    let omitted: HashSet<&str> = variables
        .iter()
        .filter(|variable| variable.may_be_absent() && !given.contains_key(variable.name()))
        .map(Variable::name)
        .collect();
    if omitted.is_empty() {
        return;
    }
    let walk = Walk { omitted };
    if let async_graphql::parser::types::DocumentOperations::Single(operation) = &mut document.operations {
        walk.selections(&mut operation.node.selection_set.node);
    }
    for fragment in document.fragments.values_mut() {
        walk.selections(&mut fragment.node.selection_set.node);
    }
}

struct Walk<'a> {
    omitted: HashSet<&'a str>,
}

impl Walk<'_> {
    /// The parser has bounded the nesting.
    fn selections(&self, set: &mut SelectionSet) {
        for item in &mut set.items {
            match &mut item.node {
                Selection::Field(field) => {
                    self.arguments(&mut field.node.arguments);
                    self.selections(&mut field.node.selection_set.node);
                }
                Selection::InlineFragment(fragment) => {
                    self.selections(&mut fragment.node.selection_set.node);
                }
                Selection::FragmentSpread(_) => {}
            }
        }
    }

    fn arguments(&self, arguments: &mut Vec<(Positioned<Name>, Positioned<Value>)>) {
        arguments.retain(|(_, value)| !self.is_omitted(&value.node));
        arguments.iter_mut().for_each(|(_, value)| self.value(&mut value.node));
    }

    fn value(&self, value: &mut Value) {
        match value {
            Value::Object(fields) => {
                fields.retain(|_, value| !self.is_omitted(value));
                fields.values_mut().for_each(|value| self.value(value));
            }
            Value::List(entries) => {
                for entry in entries {
                    if self.is_omitted(entry) {
                        *entry = Value::Null;
                    }
                    self.value(entry);
                }
            }
            _ => {}
        }
    }

    fn is_omitted(&self, value: &Value) -> bool {
        matches!(value, Value::Variable(name) if self.omitted.contains(name.as_str()))
    }
}
