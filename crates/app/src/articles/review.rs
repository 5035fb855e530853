//! Reviews of working copies before publication, and editorial reviews of published articles.

use std::collections::BTreeSet;

use domain::{
    Article, ArticleId, AuditAction, Remedy, Scope, Timestamp, UserError, UserErrorCode, Verdict, Version,
};
use persistence::{Attempt, WriteKind};

use super::{Saved, load, record, released_slugs, update};
use crate::{App, Caller, WriteResult, env, text};

/// The result of an editorial review that found an article correct.
#[derive(Debug, Clone, Default)]
pub struct EditorialReviewInput {
    /// The author who did the review, by slug.
    pub reviewer: Option<String>,
    /// When the review was done. Without a value, now.
    pub reviewed_at: Option<Timestamp>,
    /// When the next review is due.
    pub due_at: Option<Timestamp>,
    /// A comment.
    pub comment: Option<String>,
}

impl App {
    /// Asks for a review of the working copy.
    ///
    /// # Errors
    /// When the article does not exist or has another version, or there is nothing to review.
    pub async fn submit_article(
        &self,
        caller: &Caller,
        id: ArticleId,
        expected: Version,
        comment: Option<&str>,
    ) -> WriteResult<Saved> {
        caller.require(Scope::ContentWrite)?;
        self.review_step(caller, id, AuditAction::ArticleSubmitted, comment, |article, verdict, _| {
            article.submit(expected, verdict)
        })
        .await
    }

    /// Rejects the working copy and asks for changes.
    ///
    /// # Errors
    /// When the article does not exist, has another version, or was not submitted, or the comment is blank.
    pub async fn request_changes(
        &self,
        caller: &Caller,
        id: ArticleId,
        expected: Version,
        comment: &str,
    ) -> WriteResult<Saved> {
        caller.require(Scope::ContentPublish)?;
        if comment.trim().is_empty() {
            let message = "the comment is blank: say what must change";
            return Err(UserError::at("comment", UserErrorCode::Required, message).into());
        }
        self.review_step(
            caller,
            id,
            AuditAction::ArticleChangesRequested,
            Some(comment),
            |article, verdict, _| article.request_changes(expected, verdict),
        )
        .await
    }

    /// Approves the working copy for publication.
    ///
    /// # Errors
    /// When the article does not exist, has another version, or was not submitted, or when the caller wrote part of it
    /// and the policy requires somebody else.
    pub async fn approve_article(
        &self,
        caller: &Caller,
        id: ArticleId,
        expected: Version,
        comment: Option<&str>,
    ) -> WriteResult<Saved> {
        caller.require(Scope::ContentPublish)?;
        let policy = self.settings().review;
        self.review_step(caller, id, AuditAction::ArticleApproved, comment, |article, verdict, writers| {
            article.approve(expected, verdict, policy, writers)
        })
        .await
    }

    /// Takes one step of a review: submitting, approving or rejecting.
    async fn review_step(
        &self,
        caller: &Caller,
        id: ArticleId,
        action: AuditAction,
        comment: Option<&str>,
        transition: impl Fn(Article, Verdict, &BTreeSet<String>) -> Result<Article, UserError>,
    ) -> WriteResult<Saved> {
        let comment = text::line(comment, "comment")?;
        let (comment, transition) = (&comment, &transition);
        let decide = |mut attempt: Attempt| async move {
            let now = env::now();
            let (article, revision) = load(&mut attempt, id).await?;
            let verdict = Verdict {
                version: article.version,
                by: caller.actor.clone(),
                at: now,
                comment: comment.clone(),
            };
            // Only an approval depends on the writers.
            let writers = if action == AuditAction::ArticleApproved {
                attempt.articles().writers_since(id, article.published_version().unwrap_or(0)).await?
            } else {
                BTreeSet::new()
            };
            let was_scheduled = article.schedule.is_some();
            let article = transition(article, verdict, &writers)?;
            let record = record(&caller.actor, now, action, &article).with("comment", comment.as_ref());
            let mut writes = update(&article, record);
            if was_scheduled && article.schedule.is_none() {
                writes.extend(released_slugs(&attempt, &article, &revision).await?);
            }
            Ok(attempt.commit(writes, Saved::new(article, revision)))
        };
        self.commit(caller.origin(), WriteKind::Private, decide).await
    }

    /// Records that an editorial review found the article correct, and when the next review is due.
    ///
    /// # Errors
    /// When the article or the reviewer does not exist, the article has another version, or a date is wrong.
    pub async fn mark_reviewed(
        &self,
        caller: &Caller,
        id: ArticleId,
        expected: Version,
        input: &EditorialReviewInput,
    ) -> WriteResult<Saved> {
        caller.require(Scope::ContentPublish)?;
        let EditorialReviewInput { reviewer, reviewed_at, due_at, comment } = input;
        let comment = text::line(comment.as_deref(), "comment")?;
        let now = env::now();
        let reviewed_at = domain::truncate(reviewed_at.unwrap_or(now));
        let due_at = due_at.map(domain::truncate);
        if reviewed_at > now {
            let message =
                format!("`reviewedAt` is {reviewed_at}, which is in the future: name a time that has passed");
            return Err(UserError::at("reviewedAt", UserErrorCode::Invalid, message).into());
        }
        if let Some(due) = due_at.filter(|due| *due <= now) {
            let message =
                format!("`dueAt` is {due}, which has passed: name a time in the future, or leave it out");
            return Err(UserError::at("dueAt", UserErrorCode::InPast, message).into());
        }
        let taxonomy = self.current_taxonomy().await?;
        let reviewer = match reviewer.as_deref() {
            None => None,
            Some(slug) => Some(taxonomy.author_by_slug(slug).map(|author| author.id).ok_or_else(|| {
                let message = format!("there is no author `{}`", text::quoted(slug));
                UserError::at("reviewer", UserErrorCode::NotFound, message).with_remedy(Remedy::ListAuthors)
            })?),
        };
        let comment = &comment;
        let decide = |mut attempt: Attempt| async move {
            let (article, revision) = load(&mut attempt, id).await?;
            let article = article.mark_reviewed(expected, reviewed_at, due_at, reviewer)?;
            let record = record(&caller.actor, now, AuditAction::ArticleReviewed, &article)
                .with("reviewer", reviewer)
                .with("dueAt", due_at)
                .with("comment", comment.as_ref());
            let writes = update(&article, record);
            Ok(attempt.commit(writes, Saved::new(article, revision)))
        };
        let saved = self.commit(caller.origin(), WriteKind::Private, decide).await?;
        self.deadlines().changed();
        Ok(saved)
    }
}
