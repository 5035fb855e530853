//! Finds duplicate names.

use std::collections::HashMap;

use crate::Position;
use crate::tree::Name;

/// Returns the names that occur more than once, each with all its positions, in the order of the first occurrence.
pub(crate) fn duplicates<'a>(names: impl Iterator<Item = Name<'a>> + Clone) -> Vec<(&'a str, Vec<Position>)> {
    if names.clone().nth(1).is_none() {
        return Vec::new();
    }
    let mut positions: HashMap<&str, Vec<Position>> = HashMap::new();
    for name in names.clone() {
        positions.entry(name.text).or_default().push(name.at);
    }
    if positions.values().all(|positions| positions.len() == 1) {
        return Vec::new();
    }
    let found = names.filter_map(|name| {
        let positions = positions.remove(name.text)?;
        (positions.len() > 1).then_some((name.text, positions))
    });
    found.collect()
}
