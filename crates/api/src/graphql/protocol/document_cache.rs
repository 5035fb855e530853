//! Documents that came before, found again by their SHA-256: for whoever sends them again, and for whoever
//! sends nothing but that (automatic persisted queries). All of them are valid: nothing about them is
//! looked at twice.

use std::sync::Arc;

use documents::{Limits, Refusal, Schema};
use moka::future::Cache;

use crate::delivery::Digest;
use crate::graphql::document::valid_document::Document;
use crate::graphql::protocol::persisted;
use crate::graphql::protocol::rejection::Rejection;

/// A cache notices that it is full when so and so many entries were added, or after a while. With trees of this many
/// bytes or more it looks each time.
const LARGE: u32 = 32 << 10;

/// Valid documents by their SHA-256. Those that are asked for often stay, however many others come.
pub(crate) struct DocumentCache {
    schema: Schema,
    limits: Limits,
    valid: Cache<Digest, Arc<Document>>,
}

impl DocumentCache {
    /// Keeps documents in so many bytes, as trees.
    pub(crate) fn new(schema: Schema, limits: Limits, bytes: u64) -> Self {
        let weigh = |_: &Digest, document: &Arc<Document>| document.weight();
        Self { schema, limits, valid: Cache::builder().max_capacity(bytes).weigher(weigh).build() }
    }

    /// The schema that documents are validated against.
    pub(crate) fn schema(&self) -> &Schema {
        &self.schema
    }

    /// How many documents are kept, and about how many bytes they take.
    pub(crate) fn kept(&self) -> (u64, u64) {
        (self.valid.entry_count(), self.valid.weighted_size())
    }

    /// The document with this digest, if it came before.
    pub(crate) async fn known(&self, digest: &Digest) -> Option<Arc<Document>> {
        self.valid.get(digest).await
    }

    /// The document of this text: parsed and validated, unless it came before.
    pub(crate) async fn document(&self, text: &str) -> Result<Arc<Document>, Rejection> {
        self.within(text, &self.limits).await
    }

    /// A document of ours.
    pub(crate) async fn stored(&self, text: &'static str) -> Result<Arc<Document>, Rejection> {
        // The limits are for what comes from outside.
        self.within(text, &Limits::default()).await
    }

    async fn within(&self, text: &str, limits: &Limits) -> Result<Arc<Document>, Rejection> {
        let digest = persisted::digest(text);
        if let Some(known) = self.valid.get(&digest).await {
            return Ok(known);
        }
        let valid = documents::check(&self.schema, limits, text).map_err(|refusal| match refusal {
            Refusal::Syntax(problem) => Rejection::syntax(problem),
            Refusal::Invalid(problems) => Rejection::invalid(problems),
            Refusal::Limit(exceeded) => Rejection::limit(exceeded),
        })?;
        let document = Arc::new(Document::new(digest, &self.schema, &valid));
        self.valid.insert(digest, Arc::clone(&document)).await;
        if document.weight() >= LARGE {
            self.valid.run_pending_tasks().await;
        }
        Ok(document)
    }
}
