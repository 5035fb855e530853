//! Looks up values of variables before a document is executed.

use async_graphql::parser::types::{Directive, OperationDefinition};
use async_graphql::{Name, Positioned};
use async_graphql_value::{ConstValue, Value as ArgumentValue};
use serde_json::{Map, Value};

/// An operation with the values of its variables.
#[derive(Clone, Copy)]
pub(crate) struct Given<'a> {
    pub(crate) operation: &'a OperationDefinition,
    pub(crate) values: &'a Map<String, Value>,
}

impl Given<'_> {
    /// Returns the value of a variable, or its default. `None` if it has neither.
    pub(crate) fn value(&self, name: &Name) -> Option<ConstValue> {
        if let Some(given) = self.values.get(name.as_str()) {
            return ConstValue::from_json(given.clone()).ok();
        }
        let mut definitions = self.operation.variable_definitions.iter();
        let definition = definitions.find(|definition| definition.node.name.node == *name)?;
        definition.node.default_value.as_ref().map(|default| default.node.clone())
    }

    /// Whether `@skip` or `@include` excludes a selection. If that is not known, it does not.
    pub(crate) fn is_left_out(&self, directives: &[Positioned<Directive>]) -> bool {
        directives.iter().any(|directive| {
            let excluded_by = match directive.node.name.node.as_str() {
                "skip" => true,
                "include" => false,
                _ => return false,
            };
            let condition = match directive.node.get_argument("if").map(|value| &value.node) {
                Some(ArgumentValue::Boolean(condition)) => Some(ConstValue::Boolean(*condition)),
                Some(ArgumentValue::Variable(name)) => self.value(name),
                _ => None,
            };
            condition == Some(ConstValue::Boolean(excluded_by))
        })
    }
}
