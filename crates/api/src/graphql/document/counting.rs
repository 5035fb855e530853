//! Finds operations that count articles, which may take the database longer than reading a page of them.

use std::collections::{HashMap, HashSet};

use async_graphql::parser::types::{FragmentDefinition, Selection};
use async_graphql::{Name, Positioned};

use crate::graphql::document::variable::Given;

/// The field that counts.
const FIELD: &str = "totalCount";

/// Whether an operation selects a count that is not excluded by `@skip` or `@include`.
pub(crate) fn counts(given: Given<'_>, fragments: &HashMap<Name, Positioned<FragmentDefinition>>) -> bool {
    let mut seen = HashSet::new();
    let mut open = vec![&given.operation.selection_set.node];
    while let Some(set) = open.pop() {
        for item in &set.items {
            if given.is_left_out(item.node.directives()) {
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

#[cfg(test)]
mod tests {
    use serde_json::json;

    use crate::admission::Work;
    use crate::graphql::{DocumentCache, PreparedOperation, schema};

    #[tokio::test]
    async fn an_excluded_count_does_not_count() {
        let documents = DocumentCache::new(schema().unwrap(), documents::Limits::default(), 1 << 20);
        let work = async |text: &str, variables: serde_json::Value| {
            let document = documents.document(text).await.unwrap();
            let variables = variables.as_object().unwrap().clone();
            PreparedOperation::new(&documents, document, None, variables).unwrap().work()
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
