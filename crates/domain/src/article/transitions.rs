//! The transitions between the states of an article. Each consumes the article and returns its next state.

use std::collections::BTreeSet;

use jiff::Timestamp;

use super::{Action, Article, ArticleState, Correction, Schedule, Source, WithdrawReason};
use crate::review::{EditorialReview, Review, ReviewPolicy, Verdict};
use crate::{AuthorId, EditionNumber, LIMITS, UserError, UserErrorCode, Version};

impl Article {
    /// Saves a new version of the working copy, based on version `expected`.
    ///
    /// # Errors
    /// `STALE_VERSION` when `expected` is not the current version; `INVALID_STATE` when the article is archived.
    pub fn edit(self, expected: Version, title: String, now: Timestamp) -> Result<Self, UserError> {
        self.expect(expected)?;
        self.require(Action::Update)?;
        let review = self.review.edited();
        Ok(Self { version: self.version + 1, title, review, updated_at: now, ..self })
    }

    /// Asks for a review of the working copy.
    ///
    /// # Errors
    /// `STALE_VERSION`; `INVALID_STATE` when a review is open already, or the working copy is public.
    pub fn submit(self, expected: Version, verdict: Verdict) -> Result<Self, UserError> {
        self.expect(expected)?;
        self.require(Action::Submit)?;
        Ok(Self { review: Review::Requested(verdict), ..self })
    }

    /// Approves the working copy for publication. `writers` are the actors who saved the revisions since the
    /// last publication.
    ///
    /// # Errors
    /// `STALE_VERSION`; `INVALID_STATE` when the working copy was not submitted; `FOUR_EYES` when the policy
    /// requires an approver who is not one of the writers.
    pub fn approve(
        self,
        expected: Version,
        verdict: Verdict,
        policy: ReviewPolicy,
        writers: &BTreeSet<String>,
    ) -> Result<Self, UserError> {
        self.expect(expected)?;
        self.require(Action::Approve)?;
        policy.may_approve(&verdict.by, writers)?;
        Ok(Self { review: Review::Approved(verdict), ..self })
    }

    /// Rejects the working copy and asks for changes. This cancels the schedule when it is for the same version.
    ///
    /// # Errors
    /// `STALE_VERSION`; `INVALID_STATE` when the working copy was not submitted.
    pub fn request_changes(self, expected: Version, verdict: Verdict) -> Result<Self, UserError> {
        self.expect(expected)?;
        self.require(Action::RequestChanges)?;
        let schedule = self.schedule.filter(|schedule| schedule.version != self.version);
        Ok(Self { review: Review::ChangesRequested(verdict), schedule, ..self })
    }

    /// Publishes the working copy in `edition`. `published_at` is the date that its content names for
    /// readers. This cancels a schedule, which would publish an older version later.
    ///
    /// # Errors
    /// `STALE_VERSION`; `INVALID_STATE` when the article is archived.
    pub fn publish(
        self,
        expected: Version,
        published_at: Option<Timestamp>,
        now: Timestamp,
        edition: EditionNumber,
    ) -> Result<Self, UserError> {
        self.expect(expected)?;
        self.require(Action::Publish)?;
        Ok(Self {
            state: ArticleState::Published { version: self.version, edition },
            review: Review::None,
            schedule: None,
            first_published_at: published_at.or(self.first_published_at).or(Some(now)),
            ..self
        })
    }

    /// Checks that the next publication can have a note about what it corrects.
    ///
    /// # Errors
    /// `INVALID` when the article was never public, its working copy is public already, or it has the maximum number of
    /// notes.
    pub fn expect_correctable(&self) -> Result<(), UserError> {
        let reason = if self.state == ArticleState::Draft {
            "the article was never public, so there is nothing to correct: leave out `note`".to_owned()
        } else if self.published_as_is().is_some() {
            "this version is public already: save the correction first, or leave out `note`".to_owned()
        } else if self.corrections.len() >= LIMITS.list {
            format!("the article has {} notes, which is the maximum: leave out `note`", LIMITS.list)
        } else {
            return Ok(());
        };
        Err(UserError::at("note", UserErrorCode::Invalid, reason))
    }

    /// Adds a note about what a publication corrects, if there is one. Beyond the maximum number of notes, the oldest one
    /// is dropped.
    #[must_use]
    pub fn corrected(self, at: Timestamp, note: Option<String>) -> Self {
        let mut corrections = self.corrections;
        corrections.extend(note.map(|note| Correction { at, note }));
        let surplus = corrections.len().saturating_sub(LIMITS.list);
        corrections.drain(..surplus);
        Self { corrections, ..self }
    }

    /// Schedules a version for publication. It replaces an earlier schedule.
    ///
    /// # Errors
    /// `STALE_VERSION`; `INVALID_STATE` when the article is archived, or the version is already public.
    pub fn schedule(self, expected: Version, schedule: Schedule) -> Result<Self, UserError> {
        self.expect(expected)?;
        self.require(Action::Publish)?;
        if self.published_as_is().is_some() {
            let message = format!(
                "the article is {}, and version {expected} is already public: save a change first; {}",
                self.stage(),
                self.allowed_actions_text()
            );
            return Err(UserError::at("at", UserErrorCode::InvalidState, message));
        }
        Ok(Self { schedule: Some(schedule), ..self })
    }

    /// Publishes the scheduled version in `edition`, when its time has come. This clears the schedule, and
    /// also the review when it is of that version.
    #[must_use]
    pub fn publish_scheduled(
        self,
        schedule: Schedule,
        published_at: Option<Timestamp>,
        edition: EditionNumber,
    ) -> Self {
        let Schedule { version, publish, expires, by: _, note } = schedule;
        let first_published_at = published_at.or(self.first_published_at).or(Some(publish.at));
        let corrected = self.corrected(publish.at, note);
        let review = if version == corrected.version { Review::None } else { corrected.review };
        Self {
            state: ArticleState::Published { version, edition },
            review,
            schedule: None,
            expires,
            first_published_at,
            ..corrected
        }
    }

    /// Cancels the schedule.
    ///
    /// # Errors
    /// `STALE_VERSION`; `INVALID_STATE` when nothing is scheduled.
    pub fn cancel_schedule(self, expected: Version) -> Result<Self, UserError> {
        self.expect(expected)?;
        self.require(Action::CancelSchedule)?;
        Ok(Self { schedule: None, ..self })
    }

    /// Withdraws the article from the public and cancels its schedule. `note` tells readers why.
    ///
    /// # Errors
    /// `STALE_VERSION`; `INVALID_STATE` when the article is not published.
    pub fn withdraw(
        self,
        expected: Version,
        reason: WithdrawReason,
        note: Option<String>,
        now: Timestamp,
    ) -> Result<Self, UserError> {
        self.expect(expected)?;
        self.require(Action::Withdraw)?;
        let withdrawn = self.withdraw_when_due(reason.clone(), now);
        Ok(Self { schedule: None, state: ArticleState::Withdrawn { reason, at: now, note }, ..withdrawn })
    }

    /// Withdraws the article because its publication has expired or its editorial review is overdue. A
    /// schedule stays.
    #[must_use]
    pub fn withdraw_when_due(self, reason: WithdrawReason, now: Timestamp) -> Self {
        let source = self.source.map(|source| Source { version: 0, ..source });
        let state = ArticleState::Withdrawn { reason, at: now, note: None };
        Self { state, expires: None, source, ..self }
    }

    /// Records that an editorial review found the article correct.
    ///
    /// # Errors
    /// `STALE_VERSION`; `INVALID_STATE` when the article is archived.
    pub fn mark_reviewed(
        self,
        expected: Version,
        at: Timestamp,
        due_at: Option<Timestamp>,
        reviewer: Option<AuthorId>,
    ) -> Result<Self, UserError> {
        self.expect(expected)?;
        self.require(Action::MarkReviewed)?;
        Ok(Self { editorial: EditorialReview { last_reviewed_at: Some(at), due_at, reviewer }, ..self })
    }

    /// Archives the article.
    ///
    /// # Errors
    /// `STALE_VERSION`; `INVALID_STATE` when the article is public or scheduled.
    pub fn archive(self, expected: Version, now: Timestamp) -> Result<Self, UserError> {
        self.expect(expected)?;
        self.require(Action::Archive)?;
        Ok(Self { review: Review::None, archived_at: Some(now), ..self })
    }

    /// Takes the article out of the archive.
    ///
    /// # Errors
    /// `STALE_VERSION`; `INVALID_STATE` when the article is not archived.
    pub fn unarchive(self, expected: Version) -> Result<Self, UserError> {
        self.expect(expected)?;
        self.require(Action::Unarchive)?;
        Ok(Self { archived_at: None, ..self })
    }
}
