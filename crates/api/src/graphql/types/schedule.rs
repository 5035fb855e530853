//! Scheduled publications.

use async_graphql::SimpleObject;

use crate::graphql::types::zoned_instant::ZonedInstant;

/// A version that will be published at a scheduled time. Later edits do not change it.
#[derive(SimpleObject)]
pub(crate) struct Schedule {
    /// The number of the version.
    version: i32,
    /// The time at which the version becomes public.
    publish: ZonedInstant,
    /// The time at which the publication expires. Null if it does not expire.
    expires: Option<ZonedInstant>,
    /// The actor who scheduled the version.
    by: String,
    /// A note for readers that becomes public with the version: what it corrects. Null if there is none.
    note: Option<String>,
}

impl From<domain::Schedule> for Schedule {
    fn from(schedule: domain::Schedule) -> Self {
        let domain::Schedule { version, publish, expires, by, note } = schedule;
        Self { version, publish: publish.into(), expires: expires.map(ZonedInstant::from), by, note }
    }
}
