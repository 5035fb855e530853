//! Texts that are rendered before anybody has to wait for them: nothing is rendered while the edition counter is held.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use domain::{ArticleId, Body, Revision, Version};
use persistence::Attempt;
use richtext::RichText;

use crate::{StoreError, render};

/// The rendered texts of revisions, which never change.
#[derive(Debug, Default)]
pub(crate) struct Rendered(Mutex<Texts>);

#[derive(Debug, Default)]
struct Texts {
    by_revision: HashMap<(ArticleId, Version), Arc<RichText>>,
    bytes: usize,
}

impl Rendered {
    /// Renders the text of a revision.
    pub(crate) async fn add(&self, revision: &Revision) {
        self.keep(revision, render::markdown(&revision.content.body).await);
    }

    fn keep(&self, revision: &Revision, text: RichText) -> Arc<RichText> {
        let text = Arc::new(text);
        let mut texts = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        texts.bytes += revision.content.body.len() + text.html.len() + text.text.len();
        texts.by_revision.insert((revision.article, revision.version), Arc::clone(&text));
        text
    }

    /// About how much memory they take.
    pub(crate) fn bytes(&self) -> usize {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).bytes
    }

    /// The text of a revision. `None` when others would have to wait while it is rendered: then the attempt is let go
    /// of, the text is added, and the decision is made again.
    pub(crate) fn text(&self, attempt: &Attempt, revision: &Revision) -> Option<Arc<RichText>> {
        let markdown = &revision.content.body;
        let is_quick = !attempt.is_held() && markdown.len() <= render::INLINE;
        if let Some(found) = self.find(revision) {
            return Some(found);
        }
        is_quick.then(|| self.keep(revision, richtext::render(markdown)))
    }

    /// The body of a revision.
    ///
    /// # Errors
    /// [`StoreError::Conflict`] when it was not rendered, as another one was wanted then: whoever asks begins again.
    pub(crate) fn body(&self, revision: &Revision) -> Result<Body, StoreError> {
        let Revision { article, version, content, .. } = revision;
        let text = self.find(revision).ok_or_else(|| {
            StoreError::Conflict(format!("{article} has changed: version {version} is wanted now"))
        })?;
        Ok(render::into_body(&content.body, RichText::clone(&text)))
    }

    fn find(&self, revision: &Revision) -> Option<Arc<RichText>> {
        let texts = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        texts.by_revision.get(&(revision.article, revision.version)).map(Arc::clone)
    }
}
