//! Putting articles away, and removing drafts.

use domain::{Action, Article, ArticleId, AuditAction, AuditRecord, AuditSubject, Scope, UserError, Version};

use super::{Saved, load};
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
            let tx = self.store().begin().await?;
            let (article, revision) = load(&tx.articles(), id).await?;
            let article = step(article)?;
            tx.articles().update(&article).await?;
            let record = AuditRecord::new(env::now(), &caller.actor, action, AuditSubject::Article(id));
            tx.audit().record(&record.of_version(article.version)).await?;
            tx.commit().await?;
            Ok(Saved::new(article, revision))
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
            let tx = self.store().begin().await?;
            let (article, _) = load(&tx.articles(), id).await?;
            article.expect(expected)?;
            article.require(Action::Delete)?;
            tx.articles().delete(&article).await?;
            let record = AuditRecord::new(
                env::now(),
                &caller.actor,
                AuditAction::ArticleDeleted,
                AuditSubject::Article(id),
            );
            let record = record.of_version(article.version).with("title", Some(&article.title));
            tx.audit().record(&record).await?;
            tx.commit().await?;
            Ok(id)
        })
    }
}
