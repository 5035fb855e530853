//! Notes about corrections.

use async_graphql::SimpleObject;

use crate::graphql::types::scalar::DateTime;

/// A note for readers: what a publication of the article has corrected.
#[derive(SimpleObject)]
pub(crate) struct Correction {
    /// The time at which the correction became public.
    at: DateTime,
    /// What was corrected, as plain text.
    note: String,
}

impl From<domain::Correction> for Correction {
    fn from(correction: domain::Correction) -> Self {
        let domain::Correction { at, note } = correction;
        Self { at: at.into(), note }
    }
}
