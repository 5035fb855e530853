//! Putting articles away, and removing drafts.

use domain::{Action, Article, ArticleId, AuditAction, Scope, UserError, Version};

use super::{Saved, keep, load, record};
use crate::error::retry;
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
        retry!({
            let tx = self.store().begin(caller.origin()).await?;
            let (article, revision) = load(&tx.articles(), id).await?;
            let article = step(article)?;
            let record = record(&caller.actor, env::now(), action, &article);
            keep(tx, article, revision, &record).await
        })
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
        retry!({
            let tx = self.store().begin(caller.origin()).await?;
            let (article, _) = load(&tx.articles(), id).await?;
            article.expect(expected)?;
            article.require(Action::Delete)?;
            tx.articles().delete(&article).await?;
            let record = record(&caller.actor, env::now(), AuditAction::ArticleDeleted, &article);
            tx.audit().record(&record.with("title", Some(&article.title))).await?;
            tx.commit().await?;
            Ok(id)
        })
    }
}
