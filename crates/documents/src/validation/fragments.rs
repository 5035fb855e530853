//! The graph of fragment spreads.

use std::collections::{HashMap, HashSet};

use crate::Position;
use crate::problem::Problems;
use crate::shown::short;
use crate::tree::{Definition, Document, Fragment, Selection, SelectionSet};

/// The index of a definition in the document.
type DefinitionIndex = usize;

/// The definitions of a document, and the fragments that each of them spreads.
pub(super) struct Graph<'d, 'a> {
    fragments: HashMap<&'d str, (DefinitionIndex, &'d Fragment<'a>)>,
    /// For each definition, the positions and names of the fragments that it spreads directly.
    spreads: Vec<Vec<(Position, &'d str)>>,
}

impl<'d, 'a> Graph<'d, 'a> {
    pub(super) fn of(document: &'d Document<'a>) -> Self {
        let mut fragments = HashMap::new();
        let mut spreads = Vec::with_capacity(document.definitions.len());
        for (place, definition) in document.definitions.iter().enumerate() {
            let mut found = Vec::new();
            match definition {
                Definition::Operation(operation) => collect(&operation.selections, &mut found),
                Definition::Fragment(fragment) => {
                    collect(&fragment.selections, &mut found);
                    fragments.insert(fragment.name.text, (place, fragment));
                }
            }
            spreads.push(found);
        }
        Self { fragments, spreads }
    }

    pub(super) fn find(&self, name: &str) -> Option<&'d Fragment<'a>> {
        self.fragments.get(name).map(|(_, fragment)| *fragment)
    }

    pub(super) fn names(&self) -> impl Iterator<Item = &'d str> {
        self.fragments.keys().copied()
    }

    /// Returns the fragments that a definition spreads directly or indirectly.
    pub(super) fn reached_from(&self, place: DefinitionIndex) -> Vec<DefinitionIndex> {
        let mut reached = Vec::new();
        let mut seen = HashSet::new();
        let mut open = vec![place];
        while let Some(place) = open.pop() {
            for (_, name) in &self.spreads[place] {
                if let Some((place, _)) = self.fragments.get(name)
                    && seen.insert(*place)
                {
                    reached.push(*place);
                    open.push(*place);
                }
            }
        }
        reached
    }

    /// Finds fragments that spread themselves. Returns `true` when there are none.
    pub(super) fn check_cycles(&self, problems: &mut Problems) -> bool {
        let mut is_acyclic = true;
        let mut done = vec![false; self.spreads.len()];
        let mut starts: Vec<DefinitionIndex> = self.fragments.values().map(|(place, _)| *place).collect();
        starts.sort_unstable();
        for start in starts {
            // The path from `start`: each fragment, and the number of its spreads that were followed. The
            // search is not recursive, because the path can be as long as the document.
            let mut path: Vec<(DefinitionIndex, usize)> = vec![(start, 0)];
            let mut on_path: HashMap<DefinitionIndex, usize> = HashMap::from([(start, 0)]);
            if std::mem::replace(&mut done[start], true) {
                continue;
            }
            while let Some((place, followed)) = path.last_mut() {
                let Some((_, name)) = self.spreads[*place].get(*followed) else {
                    on_path.remove(place);
                    path.pop();
                    continue;
                };
                *followed += 1;
                let Some((next, _)) = self.fragments.get(name) else { continue };
                if let Some(begin) = on_path.get(next) {
                    is_acyclic = false;
                    let places =
                        path[*begin..].iter().map(|(place, followed)| self.spreads[*place][followed - 1].0);
                    let message =
                        format!("the fragment `{}` spreads itself, directly or through others", short(name));
                    problems.add(message, places);
                } else if !std::mem::replace(&mut done[*next], true) {
                    on_path.insert(*next, path.len());
                    path.push((*next, 0));
                }
            }
        }
        is_acyclic
    }

    /// Finds fragments that no operation spreads.
    pub(super) fn check_unused(&self, document: &Document<'_>, problems: &mut Problems) {
        let mut used = HashSet::new();
        let mut open: Vec<DefinitionIndex> = Vec::new();
        for (place, definition) in document.definitions.iter().enumerate() {
            if matches!(definition, Definition::Operation(_)) {
                open.push(place);
            }
        }
        while let Some(place) = open.pop() {
            for (_, name) in &self.spreads[place] {
                if let Some((next, _)) = self.fragments.get(name)
                    && used.insert(*name)
                {
                    open.push(*next);
                }
            }
        }
        for fragment in document.fragments().filter(|fragment| !used.contains(fragment.name.text)) {
            let name = short(fragment.name.text);
            problems.add(format!("the fragment `{name}` is never spread: remove it"), [fragment.at]);
        }
    }
}

/// Collects the fragments that a selection set spreads directly, in document order.
fn collect<'d>(set: &'d SelectionSet<'_>, found: &mut Vec<(Position, &'d str)>) {
    for item in &set.items {
        match item {
            Selection::Field(field) => field.selections.iter().for_each(|set| collect(set, found)),
            Selection::Inline(inline) => collect(&inline.selections, found),
            Selection::Spread(spread) => found.push((spread.at, spread.name.text)),
        }
    }
}
