//! Caches valid documents by their SHA-256. A document that is sent again is neither parsed nor validated again,
//! and a client may send only the hash (automatic persisted queries).

use std::sync::Arc;

use documents::{Limits, Refusal, Schema};
use moka::future::Cache;

use crate::delivery::Digest;
use crate::graphql::document::valid_document::Document;
use crate::graphql::protocol::persisted;
use crate::rejection::Rejection;

/// The cache checks its size after a number of insertions or some time. After a document of this size or more, in
/// bytes, it checks at once.
const LARGE: u32 = 32 << 10;

/// The cache. Documents that are requested often stay, however many others are added.
pub(crate) struct DocumentCache {
    schema: Schema,
    limits: Limits,
    valid: Cache<Digest, Arc<Document>>,
}

impl DocumentCache {
    /// Makes a cache that takes at most this many bytes.
    pub(crate) fn new(schema: Schema, limits: Limits, bytes: u64) -> Self {
        let weigh = |_: &Digest, document: &Arc<Document>| document.weight();
        Self { schema, limits, valid: Cache::builder().max_capacity(bytes).weigher(weigh).build() }
    }

    /// Returns the limits on documents and on the values of their variables.
    pub(crate) fn limits(&self) -> &Limits {
        &self.limits
    }

    /// Returns the schema against which documents are validated.
    pub(crate) fn schema(&self) -> &Schema {
        &self.schema
    }

    /// Returns how many documents are cached, and about how many bytes they take.
    pub(crate) fn size(&self) -> (u64, u64) {
        (self.valid.entry_count(), self.valid.weighted_size())
    }

    /// Returns the document with this digest, if it is cached.
    pub(crate) async fn known(&self, digest: &Digest) -> Option<Arc<Document>> {
        self.valid.get(digest).await
    }

    /// Returns the document with this text. It is parsed and validated unless it is cached.
    pub(crate) async fn document(&self, text: &str) -> Result<Arc<Document>, Rejection> {
        self.within(text, &self.limits).await
    }

    /// Returns a document of the server itself.
    pub(crate) async fn stored(&self, text: &'static str) -> Result<Arc<Document>, Rejection> {
        // The limits are for documents of clients.
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
