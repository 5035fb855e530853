//! Rendered bodies. They are rendered before a transaction holds the edition counter, so that no other writer waits.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use domain::{ArticleId, Body, Revision, Version};
use persistence::Attempt;
use richtext::RichText;

use crate::{StoreError, render};

/// The rendered bodies of revisions. Revisions never change, so an entry stays valid.
#[derive(Debug, Default)]
pub(crate) struct Rendered(Mutex<Texts>);

#[derive(Debug, Default)]
struct Texts {
    by_revision: HashMap<(ArticleId, Version), Arc<RichText>>,
    bytes: usize,
}

impl Rendered {
    /// Renders the body of a revision.
    pub(crate) async fn add(&self, revision: &Revision) {
        self.insert(revision, render::markdown(&revision.content.body).await);
    }

    fn insert(&self, revision: &Revision, text: RichText) -> Arc<RichText> {
        let text = Arc::new(text);
        let mut texts = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        texts.bytes += revision.content.body.len() + text.html.len() + text.text.len();
        texts.by_revision.insert((revision.article, revision.version), Arc::clone(&text));
        text
    }

    /// Returns about how much memory the bodies take.
    pub(crate) fn bytes(&self) -> usize {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).bytes
    }

    /// Returns the rendered body of a revision. Renders it now if it is short and nobody waits for the attempt. Otherwise
    /// returns `None`: the caller then drops the attempt, adds the body, and decides again.
    pub(crate) fn text(&self, attempt: &Attempt, revision: &Revision) -> Option<Arc<RichText>> {
        let markdown = &revision.content.body;
        let is_quick = !attempt.holds_locks() && markdown.len() <= render::INLINE;
        if let Some(found) = self.find(revision) {
            return Some(found);
        }
        is_quick.then(|| self.insert(revision, richtext::render(markdown)))
    }

    /// Returns the body of a revision for its publication.
    ///
    /// # Errors
    /// [`StoreError::Conflict`] when the body was not rendered, because another version was current at that time. The
    /// caller begins again.
    pub(crate) fn body(&self, revision: &Revision) -> Result<Body, StoreError> {
        let Revision { article, version, content, .. } = revision;
        let text = self.find(revision).ok_or_else(|| {
            StoreError::Conflict(format!(
                "{article} has changed to version {version}, whose body is not rendered"
            ))
        })?;
        Ok(render::into_body(&content.body, RichText::clone(&text)))
    }

    fn find(&self, revision: &Revision) -> Option<Arc<RichText>> {
        let texts = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        texts.by_revision.get(&(revision.article, revision.version)).map(Arc::clone)
    }
}
