//! Reading at the desk: articles in every state, their revisions, and the audit log.

use std::collections::{BTreeSet, HashMap};

use domain::{
    Article, ArticleId, AuditEntry, Cursor, CursorList, DeskFilter, DeskOrder, DeskPredicate, EditionId,
    FilterError, Revision, Scope, SortKey, Span, Version,
};
use editorial::diff::RevisionDiff;
use persistence::{AuditFilter, StoreError};

use crate::{App, Caller, Forbidden, View, env};

/// The desk: reads what is not public, for a caller who has the scope for it.
#[derive(Debug, Clone, Copy)]
pub struct Desk<'a>(&'a View);

impl View {
    /// Returns the desk.
    ///
    /// # Errors
    /// When the caller may not read drafts.
    pub fn desk(&self, caller: &Caller) -> Result<Desk<'_>, Forbidden> {
        caller.require(Scope::ReadDrafts)?;
        Ok(Desk(self))
    }

    /// Reads the working copies of articles, which are given with their current versions.
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

impl View {
    /// Reads who has saved revisions of these articles, each after the version that is given with it.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn writers_of(
        &self,
        articles: &[(ArticleId, Version)],
    ) -> Result<HashMap<ArticleId, BTreeSet<String>>, StoreError> {
        self.snapshot()?.articles().writers_of(articles).await
    }

    /// Reads the names of API keys and of people, by their names in the audit log.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn actor_names(&self) -> Result<HashMap<String, String>, StoreError> {
        self.snapshot()?.actors().names().await
    }
}

impl Desk<'_> {
    /// Resolves the slugs of a filter to ids.
    ///
    /// # Errors
    /// When the filter holds an empty list or is too large.
    pub fn resolve(&self, filter: &DeskFilter) -> Result<DeskPredicate, FilterError> {
        filter.resolve(self.0.taxonomy(), env::now())
    }

    /// Reads a page of the matching articles, and whether more follow.
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

    /// Counts the matching articles.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn count(&self, predicate: &DeskPredicate) -> Result<i64, StoreError> {
        self.0.snapshot()?.articles().count(predicate).await
    }

    /// Finds an article.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn article(&self, id: ArticleId) -> Result<Option<Article>, StoreError> {
        self.0.snapshot()?.articles().find(id).await
    }

    /// Finds articles, in no particular order. Unknown ids are skipped.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn articles(&self, ids: &[ArticleId]) -> Result<Vec<Article>, StoreError> {
        self.0.snapshot()?.articles().find_all(ids).await
    }

    /// Finds a revision.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn revision(&self, id: ArticleId, version: Version) -> Result<Option<Revision>, StoreError> {
        self.0.snapshot()?.articles().revision(id, version).await
    }

    /// Reads a page of the revisions of an article, the newest first, and whether more follow.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn revisions(&self, id: ArticleId, span: &Span) -> Result<(Vec<Revision>, bool), StoreError> {
        self.0.snapshot()?.articles().revisions(id, span).await
    }

    /// Returns the latest committed edition. A preview shows another one.
    ///
    /// # Errors
    /// When the view reads without a transaction.
    pub fn latest_edition(&self) -> Result<EditionId, StoreError> {
        Ok(self.0.snapshot()?.latest())
    }

    /// Whether the database contains this edition.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn holds(&self, edition: EditionId) -> Result<bool, StoreError> {
        self.0.snapshot()?.holds(edition).await
    }

    /// Reads a page of the audit log, the newest entry first, and whether more follow.
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
    /// Reads the entries that follow an entry of the audit log, the oldest first. For the command line.
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
        let cursor = Cursor { list: CursorList::Audit, key, id: uuid::Uuid::nil() };
        // The list has the newest entry first, so later entries are before the cursor.
        let span = Span { after: None, before: Some(cursor), limit, backward: true, offset: 0 };
        let settled = self.store().settled_audit().await?;
        let (mut entries, _) = settled.audit().page(filter, &span).await?;
        entries.reverse();
        Ok(entries)
    }

    /// Compares two revisions of an article. `None` when one of them does not exist.
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

/// Compares two revisions, on a blocking thread because long bodies take a while.
pub async fn compare(from: Revision, to: Revision) -> RevisionDiff {
    let compared =
        tokio::task::spawn_blocking(move || editorial::diff::diff(&from.content, &to.content)).await;
    match compared {
        Ok(diff) => diff,
        // The task is never cancelled, so it panicked.
        Err(error) => std::panic::resume_unwind(error.into_panic()),
    }
}
