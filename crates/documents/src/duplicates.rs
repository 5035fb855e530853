//! Names that are there twice.

use std::collections::HashMap;

use crate::Position;
use crate::tree::Name;

/// The names that occur more than once, and everywhere they do, in the order in which they first occur.
pub(crate) fn duplicates<'a>(names: impl Iterator<Item = Name<'a>> + Clone) -> Vec<(&'a str, Vec<Position>)> {
    if names.clone().nth(1).is_none() {
        return Vec::new();
    }
    let mut places: HashMap<&str, Vec<Position>> = HashMap::new();
    for name in names.clone() {
        places.entry(name.text).or_default().push(name.at);
    }
    if places.values().all(|places| places.len() == 1) {
        return Vec::new();
    }
    let found = names.filter_map(|name| {
        let places = places.remove(name.text)?;
        (places.len() > 1).then_some((name.text, places))
    });
    found.collect()
}
