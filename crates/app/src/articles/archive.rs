//! Putting articles away, and removing drafts.

use domain::{Action, Article, ArticleId, AuditAction, Scope, UserError, Version};
use persistence::{Attempt, Write, WriteKind, WriteSet};

use super::{Saved, keep, load, record};
use crate::{App, Caller, WriteResult, env};

impl App {
    /// Puts an article away that is not public.
    ///
    /// # Errors
    /// When there is no such article, it has changed since, or it is public or will be.
    pub async fn archive_article(
        &self,
        caller: &Caller,
        id: ArticleId,
        expected: Version,
    ) -> WriteResult<Saved> {
        let now = env::now();
        self.put(caller, id, AuditAction::ArticleArchived, |article| article.archive(expected, now)).await
    }

    /// Takes an article out of the archive.
    ///
    /// # Errors
    /// When there is no such article, it has changed since, or is not archived.
    pub async fn unarchive_article(
        &self,
        caller: &Caller,
        id: ArticleId,
        expected: Version,
    ) -> WriteResult<Saved> {
        self.put(caller, id, AuditAction::ArticleUnarchived, |article| article.unarchive(expected)).await
    }

    async fn put(
        &self,
        caller: &Caller,
        id: ArticleId,
        action: AuditAction,
        step: impl Fn(Article) -> Result<Article, UserError>,
    ) -> WriteResult<Saved> {
        caller.require(Scope::ContentWrite)?;
        let step = &step;
        let decide = |mut attempt: Attempt| async move {
            let (article, revision) = load(&mut attempt, id).await?;
            let article = step(article)?;
            let record = record(&caller.actor, env::now(), action, &article);
            let writes = keep(&article, record);
            Ok(attempt.commit(writes, Saved::new(article, revision)))
        };
        self.commit(caller.origin(), WriteKind::Private, decide).await
    }

    /// Removes an article that was never published, with every version of it. Only the audit log
    /// remembers it.
    ///
    /// # Errors
    /// When there is no such article, it has changed since, was published or is scheduled.
    pub async fn delete_article(
        &self,
        caller: &Caller,
        id: ArticleId,
        expected: Version,
    ) -> WriteResult<ArticleId> {
        caller.require(Scope::ContentWrite)?;
        let decide = |mut attempt: Attempt| async move {
            let (article, _) = load(&mut attempt, id).await?;
            article.expect(expected)?;
            article.require(Action::Delete)?;
            let record = record(&caller.actor, env::now(), AuditAction::ArticleDeleted, &article);
            let record = record.with("title", Some(&article.title));
            let writes = WriteSet::new().with(Write::ArticleRemoved(id)).audit(record);
            Ok(attempt.commit(writes, id))
        };
        self.commit(caller.origin(), WriteKind::Private, decide).await
    }
}
