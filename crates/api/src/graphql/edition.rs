//! Editions.

use async_graphql::SimpleObject;

use super::scalar::DateTime;

/// A state of everything that the public can see. Each change to it makes the next one; whoever has
/// seen edition N has seen every change up to N.
#[derive(SimpleObject)]
pub(crate) struct Edition {
    /// Its number: dense, from 1. 0 is the empty publication before the first edition.
    number: i64,
    /// When it was made.
    at: DateTime,
}

impl From<domain::Edition> for Edition {
    fn from(edition: domain::Edition) -> Self {
        let domain::Edition { number, at } = edition;
        Self { number, at: at.into() }
    }
}
