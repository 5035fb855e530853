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

/// How many questions that fit the schema are remembered.
const FITTING: u64 = 10_000;

/// A document, parsed. Whether it fits the schema depends on the variables as well: see
/// [`Documents::fits`].
#[derive(Debug)]
pub(crate) struct Document {
    pub(crate) digest: Digest,
    pub(crate) parsed: ExecutableDocument,
    /// Whether something is asked for twice under one name.
    pub(crate) merges: bool,
    length: usize,
}

/// Documents by their SHA-256. Those that are asked for often stay, however many others come.
pub(crate) struct Documents {
    parsed: Cache<Digest, Arc<Document>>,
    fitting: Cache<Digest, ()>,
}

impl Default for Documents {
    fn default() -> Self {
        let weigh = |_: &Digest, document: &Arc<Document>| {
            u32::try_from(document.length + OVERHEAD).unwrap_or(u32::MAX)
        };
        Self {
            parsed: Cache::builder().max_capacity(KEPT).weigher(weigh).build(),
            fitting: Cache::new(FITTING),
        }
    }
}

impl Documents {
    /// The document with this digest, if it came before.
    pub(crate) async fn known(&self, digest: &Digest) -> Option<Arc<Document>> {
        self.parsed.get(digest).await
    }

    /// Whether a question (a document, an operation of it and variables) is known to fit the schema.
    pub(crate) async fn fits(&self, question: &Digest) -> bool {
        self.fitting.get(question).await.is_some()
    }

    /// Remembers that it does.
    pub(crate) async fn remember_that_it_fits(&self, question: Digest) {
        self.fitting.insert(question, ()).await;
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
        if let Some(known) = self.parsed.get(&digest).await {
            return Ok(known);
        }
        let parsed = parse(text)?;
        let document = Arc::new(Document { digest, merges: merges(&parsed), parsed, length: text.len() });
        self.parsed.insert(digest, Arc::clone(&document)).await;
        Ok(document)
    }
}
