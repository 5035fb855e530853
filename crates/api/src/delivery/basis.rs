//! What answers depend on besides the request and the edition.

use super::digest::{Digest, digest};

/// What answers depend on besides the request and the edition: the program, and those of its settings that affect
/// answers. It is part of every ETag, so that after an upgrade or a change of the configuration, clients do not
/// keep old answers. Nodes with the same version and configuration have the same basis.
#[derive(Debug, Clone, Default)]
pub struct AnswerBasis {
    parts: Vec<(&'static str, String)>,
}

impl AnswerBasis {
    /// Makes the basis of a program that was built from these sources.
    #[must_use]
    pub fn of_program(sources: &str) -> Self {
        Self { parts: vec![("sources", sources.to_owned())] }
    }

    /// Adds a setting that affects answers.
    #[must_use]
    pub fn with(mut self, name: &'static str, value: Option<&str>) -> Self {
        // A missing setting differs from an empty one.
        let value = value.map_or_else(String::new, |value| format!("={value}"));
        self.parts.push((name, value));
        self
    }

    pub(super) fn digest(&self) -> Digest {
        let parts: Vec<_> =
            self.parts.iter().flat_map(|(name, value)| [name.as_bytes(), value.as_bytes()]).collect();
        digest(&parts)
    }
}
