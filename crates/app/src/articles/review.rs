//! Reviews: of working copies before they are public, and of what is public after a while.

use std::collections::BTreeSet;

use domain::{Article, ArticleId, AuditAction, Scope, Timestamp, UserError, UserErrorCode, Verdict, Version};

use super::{Saved, keep, load, record, released_slugs};
use persistence::{Attempt, WriteKind};

use crate::labels::line_for;
use crate::{App, Caller, WriteResult, env};

/// What an editor notes of having found that an article holds.
#[derive(Debug, Clone, Default)]
pub struct EditorialReviewInput {
    /// Who looked at it: the slug of an author.
    pub reviewer: Option<String>,
    /// When; now, when nothing is said.
    pub reviewed_at: Option<Timestamp>,
    /// When it is to be looked at again.
    pub due_at: Option<Timestamp>,
    /// What there is to say.
    pub comment: Option<String>,
}

impl App {
    /// Asks for a review of the working copy.
    ///
    /// # Errors
    /// When there is no such article, it has changed since, or there is nothing to review.
    pub async fn submit_article(
        &self,
        caller: &Caller,
        id: ArticleId,
        expected: Version,
        comment: Option<&str>,
    ) -> WriteResult<Saved> {
        caller.require(Scope::ContentWrite)?;
        self.judge(caller, id, AuditAction::ArticleSubmitted, comment, |article, verdict, _| {
            article.submit(expected, verdict)
        })
        .await
    }

    /// Finds that the working copy is not fit to be published yet.
    ///
    /// # Errors
    /// When there is no such article, it has changed since, or was not submitted.
    pub async fn request_changes(
        &self,
        caller: &Caller,
        id: ArticleId,
        expected: Version,
        comment: &str,
    ) -> WriteResult<Saved> {
        caller.require(Scope::ContentPublish)?;
        if comment.trim().is_empty() {
            let message = "the comment is blank: say what is to be changed";
            return Err(UserError::at("comment", UserErrorCode::Required, message).into());
        }
        self.judge(caller, id, AuditAction::ArticleChangesRequested, Some(comment), |article, verdict, _| {
            article.request_changes(expected, verdict)
        })
        .await
    }

    /// Finds the working copy fit to be published.
    ///
    /// # Errors
    /// When there is no such article, it has changed since, was not submitted, or the caller has
    /// written part of it and the policy wants somebody else.
    pub async fn approve_article(
        &self,
        caller: &Caller,
        id: ArticleId,
        expected: Version,
        comment: Option<&str>,
    ) -> WriteResult<Saved> {
        caller.require(Scope::ContentPublish)?;
        let policy = self.settings().review;
        self.judge(caller, id, AuditAction::ArticleApproved, comment, |article, verdict, writers| {
            article.approve(expected, verdict, policy, writers)
        })
        .await
    }

    /// What submitting, approving and asking for changes have in common.
    async fn judge(
        &self,
        caller: &Caller,
        id: ArticleId,
        action: AuditAction,
        comment: Option<&str>,
        step: impl Fn(Article, Verdict, &BTreeSet<String>) -> Result<Article, UserError>,
    ) -> WriteResult<Saved> {
        let comment = line_for(comment, "comment")?;
        let (comment, step) = (&comment, &step);
        let decide = |mut attempt: Attempt| async move {
            let now = env::now();
            let (article, revision) = load(&mut attempt, id).await?;
            let verdict = Verdict {
                version: article.version,
                by: caller.actor.clone(),
                at: now,
                comment: comment.clone(),
            };
            // Only an approval asks who has written what.
            let writers = if action == AuditAction::ArticleApproved {
                attempt.articles().writers_since(id, article.published_version().unwrap_or(0)).await?
            } else {
                BTreeSet::new()
            };
            let was_scheduled = article.schedule.is_some();
            let article = step(article, verdict, &writers)?;
            let record = record(&caller.actor, now, action, &article).with("comment", comment.as_ref());
            let mut writes = keep(&article, record);
            if was_scheduled && article.schedule.is_none() {
                writes.extend(released_slugs(&attempt, &article, &revision).await?);
            }
            Ok(attempt.commit(writes, Saved::new(article, revision)))
        };
        self.commit(caller.origin(), WriteKind::Private, decide).await
    }

    /// Notes that what an article says was found to hold, and when to look again.
    ///
    /// # Errors
    /// When there is no such article or reviewer, it has changed since, or the dates make no sense.
    pub async fn mark_reviewed(
        &self,
        caller: &Caller,
        id: ArticleId,
        expected: Version,
        input: &EditorialReviewInput,
    ) -> WriteResult<Saved> {
        caller.require(Scope::ContentPublish)?;
        let EditorialReviewInput { reviewer, reviewed_at, due_at, comment } = input;
        let comment = line_for(comment.as_deref(), "input.comment")?;
        let now = env::now();
        let reviewed_at = domain::truncate(reviewed_at.unwrap_or(now));
        let due_at = due_at.map(domain::truncate);
        if reviewed_at > now {
            let message =
                format!("`reviewedAt` is {reviewed_at}, which is still to come: name a time that has passed");
            return Err(UserError::at("input.reviewedAt", UserErrorCode::Invalid, message).into());
        }
        if let Some(due) = due_at.filter(|due| *due <= now) {
            let message = format!("`dueAt` is {due}, which has passed: name a time to come, or leave it out");
            return Err(UserError::at("input.dueAt", UserErrorCode::InPast, message).into());
        }
        let taxonomy = self.current_taxonomy().await?;
        let reviewer = match reviewer.as_deref() {
            None => None,
            Some(slug) => Some(taxonomy.author_by_slug(slug).map(|author| author.id).ok_or_else(|| {
                let shown: String = slug.chars().take(100).collect();
                let message =
                    format!("there is no author `{shown}`: `authors` lists them, `authorCreate` makes one");
                UserError::at("input.reviewer", UserErrorCode::NotFound, message)
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
            let writes = keep(&article, record);
            Ok(attempt.commit(writes, Saved::new(article, revision)))
        };
        let saved = self.commit(caller.origin(), WriteKind::Private, decide).await?;
        self.deadlines_changed();
        Ok(saved)
    }
}
