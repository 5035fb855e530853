//! Documents that were parsed before, found again by their SHA-256: for whoever sends them again, and for
//! whoever sends nothing but that (automatic persisted queries).

use std::sync::Arc;

use async_graphql::parser::types::ExecutableDocument;
use moka::future::Cache;

use super::merged_fields::merges;
use super::persisted;
use super::request::{Rejection, parse};
use crate::delivery::Digest;

/// How many bytes of documents are kept, as text.
const KEPT: u64 = 2 << 20;
/// A short one takes more than its text.
const OVERHEAD: usize = 500;

/// A document, parsed. Whether it fits the schema depends on the variables as well, so that is looked at
/// each time.
#[derive(Debug)]
pub(crate) struct Document {
    pub(crate) parsed: ExecutableDocument,
    /// Whether something is asked for twice under one name.
    pub(crate) merges: bool,
    length: usize,
}

/// Documents by their SHA-256. Those that are asked for often stay, however many others come.
pub(crate) struct Documents(Cache<Digest, Arc<Document>>);

impl Default for Documents {
    fn default() -> Self {
        let weigh = |_: &Digest, document: &Arc<Document>| {
            u32::try_from(document.length + OVERHEAD).unwrap_or(u32::MAX)
        };
        Self(Cache::builder().max_capacity(KEPT).weigher(weigh).build())
    }
}

impl Documents {
    /// The document with this digest, if it came before.
    pub(crate) async fn known(&self, digest: &Digest) -> Option<Arc<Document>> {
        self.0.get(digest).await
    }

    /// A document of ours.
    pub(crate) async fn stored(&self, text: &'static str) -> Result<Arc<Document>, Rejection> {
        self.parsed(persisted::digest(text), text, parse).await
    }

    /// The document of this text, parsed unless it came before.
    pub(crate) async fn parsed(
        &self,
        digest: Digest,
        text: &str,
        parse: impl FnOnce(&str) -> Result<ExecutableDocument, Rejection>,
    ) -> Result<Arc<Document>, Rejection> {
        if let Some(known) = self.0.get(&digest).await {
            return Ok(known);
        }
        let parsed = parse(text)?;
        let document = Arc::new(Document { merges: merges(&parsed), parsed, length: text.len() });
        self.0.insert(digest, Arc::clone(&document)).await;
        Ok(document)
    }
}
