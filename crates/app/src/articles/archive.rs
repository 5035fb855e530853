//! Archiving articles, and deleting drafts.

use domain::{Action, Article, ArticleId, AuditAction, Scope, UserError, Version};
use persistence::{Attempt, Write, WriteKind, WriteSet};

use super::{Saved, load, record, update};
use crate::{App, Caller, WriteResult, env};

impl App {
    /// Archives an article.
    ///
    /// # Errors
    /// When the article does not exist, has another version, or is public or scheduled.
    pub async fn archive_article(
        &self,
        caller: &Caller,
        id: ArticleId,
        expected: Version,
    ) -> WriteResult<Saved> {
        let now = env::now();
        self.apply_transition(caller, id, AuditAction::ArticleArchived, |article| {
            article.archive(expected, now)
        })
        .await
    }

    /// Takes an article out of the archive.
    ///
    /// # Errors
    /// When the article does not exist, has another version, or is not archived.
    pub async fn unarchive_article(
        &self,
        caller: &Caller,
        id: ArticleId,
        expected: Version,
    ) -> WriteResult<Saved> {
        self.apply_transition(caller, id, AuditAction::ArticleUnarchived, |article| {
            article.unarchive(expected)
        })
        .await
    }

    async fn apply_transition(
        &self,
        caller: &Caller,
        id: ArticleId,
        action: AuditAction,
        transition: impl Fn(Article) -> Result<Article, UserError>,
    ) -> WriteResult<Saved> {
        caller.require(Scope::ContentWrite)?;
        let transition = &transition;
        let decide = |mut attempt: Attempt| async move {
            let (article, revision) = load(&mut attempt, id).await?;
            let article = transition(article)?;
            let record = record(&caller.actor, env::now(), action, &article);
            let writes = update(&article, record);
            Ok(attempt.commit(writes, Saved::new(article, revision)))
        };
        self.commit(caller.origin(), WriteKind::Private, decide).await
    }

    /// Deletes an article that was never published, and all its revisions. Its entries in the audit log stay.
    ///
    /// # Errors
    /// When the article does not exist, has another version, was ever published, or is scheduled.
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
