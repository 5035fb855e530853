//! Bodies that are rendered before anybody has to wait for them: nothing is rendered while the edition counter is held.

use std::collections::HashMap;

use domain::{ArticleId, Body, Version};
use persistence::Articles;

use crate::{StoreError, render};

/// Bodies of revisions.
#[derive(Debug, Default)]
pub(crate) struct Rendered {
    bodies: HashMap<(ArticleId, Version), Body>,
    bytes: usize,
}

impl Rendered {
    /// Renders a revision, if there is one.
    pub(crate) async fn add<C: persistence::Connection>(
        &mut self,
        articles: &Articles<'_, C>,
        id: ArticleId,
        version: Version,
    ) -> Result<(), StoreError> {
        let Some(revision) = articles.revision(id, version).await? else { return Ok(()) };
        let body = render::body(&revision.content.body).await;
        self.bytes += body.markdown.len() + body.html.len() + body.text.len();
        self.bodies.insert((id, version), body);
        Ok(())
    }

    /// Renders what is scheduled of an article, if anything is.
    pub(crate) async fn add_scheduled<C: persistence::Connection>(
        &mut self,
        articles: &Articles<'_, C>,
        id: ArticleId,
    ) -> Result<(), StoreError> {
        let article = articles.find(id).await?;
        match article.and_then(|article| article.schedule) {
            Some(schedule) => self.add(articles, id, schedule.version).await,
            None => Ok(()),
        }
    }

    /// About how much memory they take.
    pub(crate) fn bytes(&self) -> usize {
        self.bytes
    }

    /// A body.
    ///
    /// # Errors
    /// [`StoreError::Conflict`] when another one is wanted by now: whoever asks begins again.
    pub(crate) fn body(&self, id: ArticleId, version: Version) -> Result<&Body, StoreError> {
        let changed = || StoreError::Conflict(format!("{id} has changed: version {version} is wanted now"));
        self.bodies.get(&(id, version)).ok_or_else(changed)
    }
}
