//! Reading at the desk: articles in whatever state, their history, and the audit log.

use std::collections::HashMap;

use domain::{
    Article, ArticleId, AuditEntry, Cursor, CursorList, DeskFilter, DeskOrder, DeskPredicate, EditionId,
    Revision, Scope, SortKey, Span, UserError, Version,
};
use editorial::diff::RevisionDiff;
use persistence::{AuditFilter, StoreError};

use crate::{App, Caller, Forbidden, View, env};

/// The desk, for somebody who may read there.
#[derive(Debug, Clone, Copy)]
pub struct Desk<'a>(&'a View);

impl View {
    /// The desk.
    ///
    /// # Errors
    /// When the caller may not read drafts.
    pub fn desk(&self, caller: &Caller) -> Result<Desk<'_>, Forbidden> {
        caller.require(Scope::ReadDrafts)?;
        Ok(Desk(self))
    }

    /// The working copies of articles that the caller has at hand already.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn working_copies(
        &self,
        articles: &[(ArticleId, Version)],
    ) -> Result<HashMap<ArticleId, Revision>, StoreError> {
        self.snapshot()?.articles().working_copies(articles).await
    }
}

impl Desk<'_> {
    /// What a filter means now.
    ///
    /// # Errors
    /// When the filter holds an empty list or is too large.
    pub fn resolve(&self, filter: &DeskFilter) -> Result<DeskPredicate, UserError> {
        filter.resolve(self.0.taxonomy(), env::now())
    }

    /// A part of the ordered list of matching articles, and whether there are more beyond its end.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn page(
        &self,
        predicate: &DeskPredicate,
        order: DeskOrder,
        span: &Span,
    ) -> Result<(Vec<Article>, bool), StoreError> {
        self.0.snapshot()?.articles().page(predicate, order, span).await
    }

    /// How many articles match.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn count(&self, predicate: &DeskPredicate) -> Result<i64, StoreError> {
        self.0.snapshot()?.articles().count(predicate).await
    }

    /// The article.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn article(&self, id: ArticleId) -> Result<Option<Article>, StoreError> {
        self.0.snapshot()?.articles().find(id).await
    }

    /// Those of these articles that exist, in no order.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn articles(&self, ids: &[ArticleId]) -> Result<Vec<Article>, StoreError> {
        self.0.snapshot()?.articles().find_all(ids).await
    }

    /// One revision.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn revision(&self, id: ArticleId, version: Version) -> Result<Option<Revision>, StoreError> {
        self.0.snapshot()?.articles().revision(id, version).await
    }

    /// A part of the revisions of an article, the newest first, and whether there are more beyond.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn revisions(&self, id: ArticleId, span: &Span) -> Result<(Vec<Revision>, bool), StoreError> {
        self.0.snapshot()?.articles().revisions(id, span).await
    }

    /// The latest edition that there is. In a preview it is not the one that is shown.
    ///
    /// # Errors
    /// When there is no transaction to read from.
    pub fn latest_edition(&self) -> Result<EditionId, StoreError> {
        Ok(self.0.snapshot()?.latest())
    }

    /// Whether there is this edition.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn holds(&self, edition: EditionId) -> Result<bool, StoreError> {
        self.0.snapshot()?.holds(edition).await
    }

    /// A part of the audit log, the newest first, and whether there is more beyond.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn audit(
        &self,
        filter: &AuditFilter,
        span: &Span,
    ) -> Result<(Vec<AuditEntry>, bool), StoreError> {
        self.0.snapshot()?.audit().page(filter, span).await
    }
}

impl App {
    /// What comes after an entry of the audit log, the oldest first, for whoever runs the program.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn audit_after(
        &self,
        filter: &AuditFilter,
        after: i64,
        limit: usize,
    ) -> Result<Vec<AuditEntry>, StoreError> {
        let key = SortKey::LogEntry { number: after, edition: self.latest().edition.id() };
        let place = Cursor { list: CursorList::Audit, key, id: uuid::Uuid::nil() };
        // The log is read from its newest entry on: what follows a place is what comes before it.
        let span = Span { after: None, before: Some(place), limit, backward: true, offset: 0 };
        let tx = self.store().begin_without_writing().await?;
        // Nothing that is added later comes before what is read now, so that nothing is missed.
        tx.settle_audit().await?;
        let (mut entries, _) = tx.audit().page(filter, &span).await?;
        entries.reverse();
        Ok(entries)
    }

    /// What was saved between two versions of an article.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn diff(
        &self,
        id: ArticleId,
        from: Version,
        to: Version,
    ) -> Result<Option<RevisionDiff>, StoreError> {
        let snapshot = self.store().snapshot().await?;
        let (from, to) =
            (snapshot.articles().revision(id, from).await?, snapshot.articles().revision(id, to).await?);
        match (from, to) {
            (Some(from), Some(to)) => Ok(Some(compare(from, to).await)),
            _ => Ok(None),
        }
    }
}

/// The difference between two revisions. The largest take a while: that is not for the threads that
/// answer requests.
pub async fn compare(from: Revision, to: Revision) -> RevisionDiff {
    let compared =
        tokio::task::spawn_blocking(move || editorial::diff::diff(&from.content, &to.content)).await;
    match compared {
        Ok(diff) => diff,
        // It is never cancelled, so it can only have panicked.
        Err(error) => std::panic::resume_unwind(error.into_panic()),
    }
}
