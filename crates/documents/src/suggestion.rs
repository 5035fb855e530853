//! What somebody may have meant who wrote a name that there is not.

use crate::shown::{either, is_short};

/// How many names are suggested.
const MAX_SUGGESTED: usize = 3;
/// How many names are few enough to list them all.
const FEW: usize = 8;

/// The end of a sentence about a name that is unknown: the nearest names there are, or all of them when
/// they are few.
pub(crate) fn instead_of<'a>(name: &str, known: impl IntoIterator<Item = &'a str>) -> String {
    let known: Vec<&str> = known.into_iter().collect();
    let near = nearest(name, &known);
    if !near.is_empty() {
        return format!(": did you mean {}?", either(near));
    }
    match known.len() {
        0 => String::new(),
        1..=FEW => format!(": there is {}", either(known)),
        _ => String::new(),
    }
}

/// The names that are spelt almost alike, the nearest first.
fn nearest<'a>(name: &str, known: &[&'a str]) -> Vec<&'a str> {
    if !is_short(name) {
        return Vec::new();
    }
    let threshold = (name.len() / 3).max(1);
    let written = name.to_lowercase();
    let mut near: Vec<(usize, &str)> = known
        .iter()
        .map(|known| (strsim::osa_distance(&written, &known.to_lowercase()), *known))
        .filter(|(distance, known)| *distance <= threshold && *distance < known.len())
        .collect();
    near.sort_unstable();
    near.into_iter().map(|(_, known)| known).take(MAX_SUGGESTED).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_that_are_spelt_almost_alike_are_suggested() {
        let known = ["title", "slug", "tags", "topics", "body", "deck", "excerpt", "seo", "version"];
        assert_eq!(instead_of("titel", known), ": did you mean `title`?");
        assert_eq!(instead_of("Slug", known), ": did you mean `slug`?");
        assert_eq!(instead_of("nothing", known), "");
        assert_eq!(instead_of("DOWN", ["ASC", "DESC"]), ": there is `ASC` or `DESC`");
        assert_eq!(instead_of(&"t".repeat(81), known), "");
    }
}
