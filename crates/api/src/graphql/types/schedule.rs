//! What becomes public by itself.

use async_graphql::SimpleObject;

use crate::graphql::types::zoned_instant::ZonedInstant;

/// A version that is to become public by itself. Later edits do not change it.
#[derive(SimpleObject)]
pub(crate) struct Schedule {
    /// The version.
    version: i32,
    /// When it becomes public.
    publish: ZonedInstant,
    /// When it ends again; null when it does not.
    expires: Option<ZonedInstant>,
    /// Who scheduled it.
    by: String,
}

impl From<domain::Schedule> for Schedule {
    fn from(schedule: domain::Schedule) -> Self {
        let domain::Schedule { version, publish, expires, by } = schedule;
        Self { version, publish: publish.into(), expires: expires.map(ZonedInstant::from), by }
    }
}
