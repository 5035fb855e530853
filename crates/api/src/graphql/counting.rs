//! Whether an operation counts articles, which may take the database longer than a page of them.

use std::collections::{HashMap, HashSet};

use async_graphql::parser::types::{Directive, FragmentDefinition, OperationDefinition, Selection};
use async_graphql::{Name, Positioned};
use async_graphql_value::{ConstValue, Value as ArgumentValue};
use serde_json::{Map, Value};

/// The field that counts.
const FIELD: &str = "totalCount";

/// Whether an operation selects a count that the directives `@skip` and `@include` let through.
pub(super) fn counts(
    operation: &OperationDefinition,
    fragments: &HashMap<Name, Positioned<FragmentDefinition>>,
    given: &Map<String, Value>,
) -> bool {
    let mut seen = HashSet::new();
    let mut open = vec![&operation.selection_set.node];
    while let Some(set) = open.pop() {
        for item in &set.items {
            if is_left_out(item.node.directives(), operation, given) {
                continue;
            }
            match &item.node {
                Selection::Field(field) if field.node.name.node == FIELD => return true,
                Selection::Field(field) => open.push(&field.node.selection_set.node),
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
    false
}

fn is_left_out(
    directives: &[Positioned<Directive>],
    operation: &OperationDefinition,
    given: &Map<String, Value>,
) -> bool {
    directives.iter().any(|directive| {
        let condition = match directive.node.get_argument("if").map(|value| &value.node) {
            Some(ArgumentValue::Boolean(condition)) => Some(*condition),
            Some(ArgumentValue::Variable(name)) => variable(operation, name, given),
            _ => None,
        };
        match directive.node.name.node.as_str() {
            "skip" => condition == Some(true),
            "include" => condition == Some(false),
            _ => false,
        }
    })
}

/// The value of a variable, or its default.
fn variable(operation: &OperationDefinition, name: &Name, given: &Map<String, Value>) -> Option<bool> {
    if let Some(value) = given.get(name.as_str()) {
        return value.as_bool();
    }
    let mut definitions = operation.variable_definitions.iter();
    let definition = definitions.find(|definition| definition.node.name.node == *name)?;
    match definition.node.default_value.as_ref()?.node {
        ConstValue::Boolean(condition) => Some(condition),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use crate::admission::Work;
    use crate::graphql::{Asked, DocumentCache, schema};

    #[tokio::test]
    async fn a_count_that_is_left_out_is_none() {
        let documents = DocumentCache::new(schema().unwrap(), documents::Limits::default(), 1 << 20);
        let work = async |text: &str, variables: serde_json::Value| {
            let document = documents.document(text).await.unwrap();
            let variables = variables.as_object().unwrap().clone();
            Asked::new(&documents, document, None, variables).unwrap().work()
        };
        let by_variable = "query ($count: Boolean! = false) { articles { ...A } } fragment A on ArticleConnection { totalCount @include(if: $count) }";
        let skipped = "query ($plain: Boolean! = true) { articles { nodes { id } ... @skip(if: $plain) { totalCount } } }";
        for (text, variables, expected) in [
            ("{ articles { nodes { id } } }", json!({}), Work::Execution),
            ("{ articles { nodes { id } totalCount } }", json!({}), Work::Count),
            ("{ articles { n: totalCount @skip(if: false) } }", json!({}), Work::Count),
            (by_variable, json!({}), Work::Execution),
            (by_variable, json!({"count": false}), Work::Execution),
            (by_variable, json!({"count": true}), Work::Count),
            (skipped, json!({}), Work::Execution),
            (skipped, json!({"plain": false}), Work::Count),
        ] {
            assert_eq!(work(text, variables.clone()).await, expected, "{text} {variables}");
        }
    }
}
