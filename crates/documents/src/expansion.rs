//! Computes the size of the expansion of a document, in which every fragment is copied to wherever it is
//! spread. It sums up the sizes of the fragments, and does not build the expansion.

use std::collections::HashMap;

use crate::tree::{Document, Selection, SelectionSet};
use crate::{Exceeded, Limit, Limits};

/// The size of the expansion of a selection set.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Expanded {
    /// The number of fields and fragments.
    pub(crate) selections: u64,
    /// The number of aliases.
    pub(crate) aliases: u64,
    /// The number of levels of fields.
    pub(crate) depth: u64,
    /// The number of levels of fields and fragments.
    pub(crate) nesting: u64,
    /// The number of root fields.
    pub(crate) root_fields: u64,
}

/// Returns the size of the expansion of each operation, or the limit that one exceeds.
pub(crate) fn check(document: &Document<'_>, limits: &Limits) -> Result<Vec<Expanded>, Exceeded> {
    let fragments = fragments(document);
    let mut found = Vec::new();
    let (mut selections, mut aliases) = (0u64, 0u64);
    for operation in document.operations() {
        let expanded = expand(&operation.selections, &fragments);
        // These limits apply to all operations together, because validation visits all of them.
        selections = selections.saturating_add(expanded.selections);
        aliases = aliases.saturating_add(expanded.aliases);
        limits.check(Limit::Selections, selections, operation.at)?;
        limits.check(Limit::Aliases, aliases, operation.at)?;
        limits.check(Limit::Depth, expanded.depth, operation.at)?;
        limits.check(Limit::Nesting, expanded.nesting, operation.at)?;
        limits.check(Limit::RootFields, expanded.root_fields, operation.at)?;
        found.push(expanded);
    }
    Ok(found)
}

/// Returns the size of the expansion of each fragment. A fragment that spreads itself counts once; validation
/// refuses it later.
fn fragments<'d>(document: &'d Document<'_>) -> HashMap<&'d str, Expanded> {
    let by_name: HashMap<&str, &SelectionSet<'_>> =
        document.fragments().map(|fragment| (fragment.name.text, &fragment.selections)).collect();
    let mut known = HashMap::with_capacity(by_name.len());
    let mut begun: HashMap<&str, ()> = HashMap::with_capacity(by_name.len());
    for fragment in document.fragments() {
        // A depth-first search that visits the spread fragments first. It is not recursive, because chains of
        // fragments can be as long as the document.
        let mut open = vec![(fragment.name.text, false)];
        while let Some((name, are_spread_ones_known)) = open.pop() {
            let Some(set) = by_name.get(name) else { continue };
            if are_spread_ones_known {
                known.insert(name, expand(set, &known));
            } else if begun.insert(name, ()).is_none() {
                open.push((name, true));
                spreads(set, &mut |name| open.push((name, false)));
            }
        }
    }
    known
}

/// Calls `visit` with the name of every fragment that a selection set spreads directly.
fn spreads<'d>(set: &'d SelectionSet<'_>, visit: &mut impl FnMut(&'d str)) {
    for item in &set.items {
        match item {
            Selection::Field(field) => field.selections.iter().for_each(|set| spreads(set, visit)),
            Selection::Inline(inline) => spreads(&inline.selections, visit),
            Selection::Spread(spread) => visit(spread.name.text),
        }
    }
}

fn expand(set: &SelectionSet<'_>, fragments: &HashMap<&str, Expanded>) -> Expanded {
    let mut all = Expanded::default();
    for item in &set.items {
        let (own, inner) = match item {
            Selection::Field(field) => {
                let inner = field.selections.as_ref().map(|set| expand(set, fragments)).unwrap_or_default();
                let own = Expanded {
                    selections: 1,
                    aliases: u64::from(field.alias.is_some()),
                    depth: 1 + inner.depth,
                    nesting: 1 + inner.nesting,
                    root_fields: 1,
                };
                (own, Expanded { depth: 0, nesting: 0, root_fields: 0, ..inner })
            }
            Selection::Inline(inline) => {
                let inner = expand(&inline.selections, fragments);
                (Expanded { selections: 1, nesting: 1 + inner.nesting, ..Expanded::default() }, inner)
            }
            Selection::Spread(spread) => {
                let inner = fragments.get(spread.name.text).copied().unwrap_or_default();
                let nesting = inner.nesting.saturating_add(1);
                (Expanded { selections: 1, nesting, ..Expanded::default() }, inner)
            }
        };
        all = Expanded {
            selections: all.selections.saturating_add(own.selections).saturating_add(inner.selections),
            aliases: all.aliases.saturating_add(own.aliases).saturating_add(inner.aliases),
            depth: all.depth.max(own.depth).max(inner.depth),
            nesting: all.nesting.max(own.nesting).max(inner.nesting),
            root_fields: all.root_fields.saturating_add(own.root_fields).saturating_add(inner.root_fields),
        };
    }
    all
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::parser::parse;

    fn expanded(text: &str) -> Expanded {
        let limits = Limits::default();
        let document = parse(text, &limits).unwrap();
        let operation = document.operations().next().unwrap();
        expand(&operation.selections, &fragments(&document))
    }

    #[test]
    fn fragments_count_wherever_they_are_spread() {
        let found = expanded(
            "{ a { ...F ...on A { ...F } } b } fragment F on A { y: c { d } ...G } fragment G on A { e }",
        );
        assert_eq!(found, Expanded { selections: 13, aliases: 2, depth: 3, nesting: 5, root_fields: 2 });
        assert_eq!(expanded("{ ...F b } fragment F on A { a { b } c }").root_fields, 3);
    }

    #[test]
    fn exponential_expansions_are_counted_in_linear_time() {
        let doubling: String =
            (0..200).map(|n| format!("fragment F{n} on A {{ ...F{0} ...F{0} }} ", n + 1)).collect();
        let found = expanded(&format!("{{ ...F0 }} {doubling} fragment F200 on A {{ a }}"));
        assert_eq!((found.selections, found.root_fields, found.nesting), (u64::MAX, u64::MAX, 202));
    }

    #[test]
    fn cyclic_fragments_are_counted_once() {
        expanded("{ ...F } fragment F on A { ...G ...F } fragment G on A { ...F ...H }");
    }
}
