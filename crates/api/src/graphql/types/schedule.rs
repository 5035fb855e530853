//! Scheduled publications.

use std::sync::Arc;

use async_graphql::{ComplexObject, SimpleObject};

use crate::graphql::error::ApiError;
use crate::graphql::execution::context::Reader;
use crate::graphql::types::zoned_instant::ZonedInstant;

/// A version that will be published at a scheduled time. Later edits do not change it.
#[derive(SimpleObject)]
#[graphql(complex)]
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
    #[graphql(skip)]
    reader: Arc<Reader>,
}

#[ComplexObject]
impl Schedule {
    /// The name of that actor: of the API key, or of the person. Null if it is not known.
    async fn by_name(&self) -> Result<Option<String>, ApiError> {
        Ok(self.reader.actor_name(&self.by).await?)
    }
}

impl Schedule {
    pub(crate) fn new(schedule: domain::Schedule, reader: &Arc<Reader>) -> Self {
        let domain::Schedule { version, publish, expires, by, note } = schedule;
        let (publish, expires) = (publish.into(), expires.map(ZonedInstant::from));
        Self { version, publish, expires, by, note, reader: Arc::clone(reader) }
    }
}
