//! What the names of tags stand for.

use std::collections::BTreeMap;

use super::media::SERVICES;

/// What a tag can be mapped to, beside the names of services such as `youtube`.
const KINDS: [&str; 8] = ["picture", "video", "link", "quote", "box", "heading", "text", "drop"];

/// Maps the names of tags and components to what they stand for. The comparison ignores upper case.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct TagMap(BTreeMap<String, String>);

impl TagMap {
    /// Makes a map from entries of the form `tag=kind`, for example `button=link`.
    ///
    /// # Errors
    /// [`TagMapError`] when an entry is malformed.
    pub fn new<I>(entries: I) -> Result<Self, TagMapError>
    where
        I: IntoIterator,
        I::Item: AsRef<str>,
    {
        let mut map = BTreeMap::new();
        for entry in entries {
            let entry = entry.as_ref();
            let shape = || TagMapError::Shape(entry.to_owned());
            let (tag, kind) = entry.split_once('=').ok_or_else(shape)?;
            let (tag, kind) = (tag.trim().to_ascii_lowercase(), kind.trim().to_ascii_lowercase());
            if tag.is_empty() || kind.is_empty() {
                return Err(shape());
            }
            if !KINDS.contains(&kind.as_str()) && !SERVICES.contains(&kind.as_str()) {
                return Err(TagMapError::UnknownKind(kind));
            }
            if map.insert(tag.clone(), kind).is_some() {
                return Err(TagMapError::Twice(tag));
            }
        }
        Ok(Self(map))
    }

    /// Iterates over the mapped names and what they stand for, in alphabetical order.
    pub fn entries(&self) -> impl Iterator<Item = (&str, &str)> {
        self.0.iter().map(|(tag, kind)| (tag.as_str(), kind.as_str()))
    }

    /// Returns what a tag stands for, in lower case: its own name, if it is not mapped.
    pub(crate) fn kind_of(&self, tag: &str) -> String {
        let tag = tag.to_ascii_lowercase();
        self.0.get(&tag).cloned().unwrap_or(tag)
    }
}

/// Why an entry is malformed.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum TagMapError {
    /// The entry is not of the form `tag=kind`.
    #[error("`{0}` is not of the form `tag=kind`: write for example `button=link`")]
    Shape(String),
    /// The kind does not exist.
    #[error(
        "`{0}` is not a kind of tag: the kinds are {kinds}, and the services {services}",
        kinds = KINDS.join(", "),
        services = SERVICES.join(", ")
    )]
    UnknownKind(String),
    /// Two entries have the same tag.
    #[error("the tag `{0}` is mapped twice: keep one of the two")]
    Twice(String),
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_mapped_without_regard_to_upper_case() {
        let map = TagMap::new(["Button=link", "clip = youtube"]).unwrap();
        assert_eq!(map.kind_of("BUTTON"), "link");
        assert_eq!(map.kind_of("clip"), "youtube");
        assert_eq!(map.kind_of("Other"), "other");
        let message = |entries: &[&str]| TagMap::new(entries).unwrap_err().to_string();
        assert!(message(&["button"]).contains("`button=link`"));
        assert!(message(&["button=knob"]).contains("the kinds are picture, video, link"));
        assert!(message(&["a=link", "A=text"]).contains("twice"));
    }
}
