//! Whether a document asks for something twice under one name. What is then answered is merged (GraphQL,
//! 6.3.2), field by field, and so must not be JSON yet.

use std::collections::HashSet;

use async_graphql::parser::types::{ExecutableDocument, Selection, SelectionSet};

/// How many selections are looked at. What is longer is left to the executor, which bounds it.
const MAX_STEPS: usize = 20_000;

/// Whether two fields anywhere may be answered under one name. Says so too when they only could be, in
/// fragments for different types.
pub(crate) fn merges(document: &ExecutableDocument) -> bool {
    let operations = document.operations.iter().map(|(_, operation)| &operation.node.selection_set.node);
    let fragments = document.fragments.values().map(|fragment| &fragment.node.selection_set.node);
    let mut open: Vec<&SelectionSet> = operations.chain(fragments).collect();
    let mut steps = MAX_STEPS;
    while let Some(set) = open.pop() {
        if repeats(document, set, &mut open, &mut steps) {
            return true;
        }
    }
    false
}

/// Whether fields that are answered side by side have one name. What is asked of each of them is put on
/// `open`, but for those in fragments, which are looked into by themselves. Without recursion: documents can
/// be nested, and fragments spread in one another, as deep as their length allows.
fn repeats<'a>(
    document: &'a ExecutableDocument,
    set: &'a SelectionSet,
    open: &mut Vec<&'a SelectionSet>,
    steps: &mut usize,
) -> bool {
    let (mut names, mut spread) = (HashSet::new(), HashSet::new());
    let mut level = vec![(set, true)];
    while let Some((set, is_own)) = level.pop() {
        for item in &set.items {
            *steps = steps.saturating_sub(1);
            if *steps == 0 {
                return true;
            }
            match &item.node {
                Selection::Field(field) => {
                    if is_own {
                        open.push(&field.node.selection_set.node);
                    }
                    if !names.insert(&field.node.response_key().node) {
                        return true;
                    }
                }
                Selection::InlineFragment(fragment) => {
                    level.push((&fragment.node.selection_set.node, is_own));
                }
                Selection::FragmentSpread(fragment) => {
                    let name = &fragment.node.fragment_name.node;
                    let Some(fragment) = document.fragments.get(name) else { continue };
                    // The same one twice repeats its fields.
                    if !spread.insert(name) {
                        return true;
                    }
                    level.push((&fragment.node.selection_set.node, false));
                }
            }
        }
    }
    false
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_that_meet_are_found() {
        for (document, expected) in [
            ("{ a { b } c { b } }", false),
            ("{ a { b } a { c } }", true),
            ("{ x: a { b } a { c } }", false),
            ("{ x: a { b } x: a { c } }", true),
            ("{ a { b ... on A { b } } }", true),
            ("{ a { b ... F } } fragment F on A { c { b } }", false),
            ("{ a { b ... F } } fragment F on A { b }", true),
            ("{ a { ... F } d { ... F } } fragment F on A { c }", false),
            ("{ a { ... F ... F } } fragment F on A { c }", true),
            ("{ a { ... F } } fragment F on A { a { ... F } }", false),
            ("query A { a } query B { a }", false),
            ("{ a { e { f } } ... F } fragment F on A { a { g } }", true),
        ] {
            let parsed = async_graphql::parser::parse_query(document).unwrap();
            assert_eq!(merges(&parsed), expected, "{document}");
        }
        // Every field spreads every fragment again.
        let spread: String = (0..500).map(|n| format!("fragment F{n} on A {{ ...F{} }} ", n + 1)).collect();
        let fields: String = (0..500).map(|n| format!("a{n} {{ ...F0 }} ")).collect();
        let long = async_graphql::parser::parse_query(format!("{{ {fields} }} {spread}")).unwrap();
        assert!(merges(&long));
    }
}
