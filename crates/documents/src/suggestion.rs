//! Suggests known names for an unknown one.

use crate::shown::{either, is_short};

/// The maximum number of suggested names.
const MAX_SUGGESTED: usize = 3;
/// The maximum number of known names that are all listed when none is similar.
const FEW: usize = 8;

/// Returns the end of a message about an unknown name: the most similar known names, or all known names when
/// there are at most [`FEW`]. Empty when there is nothing to suggest.
pub(crate) fn suggest<'a>(name: &str, known: impl IntoIterator<Item = &'a str>) -> String {
    let known: Vec<&str> = known.into_iter().collect();
    let near = nearest(name, &known);
    if !near.is_empty() {
        return format!(": did you mean {}?", either(near));
    }
    match known.len() {
        0 => String::new(),
        1..=FEW => format!(": use {}", either(known)),
        _ => String::new(),
    }
}

/// Returns the known names whose spelling is similar, the most similar first.
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
    fn similar_names_are_suggested() {
        let known = ["title", "slug", "tags", "topics", "body", "deck", "excerpt", "seo", "version"];
        assert_eq!(suggest("titel", known), ": did you mean `title`?");
        assert_eq!(suggest("Slug", known), ": did you mean `slug`?");
        assert_eq!(suggest("nothing", known), "");
        assert_eq!(suggest("DOWN", ["ASC", "DESC"]), ": use `ASC` or `DESC`");
        assert_eq!(suggest(&"t".repeat(81), known), "");
    }
}
