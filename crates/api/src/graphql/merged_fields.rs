//! Whether a document asks for something twice under one name. What is then answered is merged (GraphQL,
//! 6.3.2), field by field, and so must not be JSON yet.

use std::collections::HashSet;

use async_graphql::Name;
use async_graphql::parser::types::{ExecutableDocument, Selection, SelectionSet};

/// Whether two fields anywhere may be answered under one name. Says so too when they only could be, in
/// fragments for different types.
pub(crate) fn merges(document: &ExecutableDocument) -> bool {
    let operations = document.operations.iter().map(|(_, operation)| &operation.node.selection_set.node);
    let fragments = document.fragments.values().map(|fragment| &fragment.node.selection_set.node);
    let mut open: Vec<&SelectionSet> = operations.chain(fragments).collect();
    while let Some(set) = open.pop() {
        let mut level =
            Level { document, names: HashSet::new(), fragments: HashSet::new(), below: Vec::new() };
        if level.repeats(set) {
            return true;
        }
        open.append(&mut level.below);
    }
    false
}

/// The fields that are answered side by side.
struct Level<'a> {
    document: &'a ExecutableDocument,
    names: HashSet<&'a Name>,
    fragments: HashSet<&'a Name>,
    /// What is asked of each of them. Fragments are looked into by themselves.
    below: Vec<&'a SelectionSet>,
}

impl<'a> Level<'a> {
    fn repeats(&mut self, set: &'a SelectionSet) -> bool {
        set.items.iter().any(|item| match &item.node {
            Selection::Field(field) => {
                self.below.push(&field.node.selection_set.node);
                !self.names.insert(&field.node.response_key().node)
            }
            Selection::InlineFragment(fragment) => self.repeats(&fragment.node.selection_set.node),
            Selection::FragmentSpread(spread) => {
                let name = &spread.node.fragment_name.node;
                // The same one twice repeats its fields; in a circle it is refused before it is executed.
                let Some(fragment) = self.document.fragments.get(name) else { return false };
                !self.fragments.insert(name) || self.repeats(&fragment.node.selection_set.node)
            }
        })
    }
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
    }
}
