//! The ways from one state of an article to the next: each consumes it, and answers it as it is then.

use std::collections::BTreeSet;

use jiff::Timestamp;

use super::{Action, Article, ArticleState, Schedule, Source, Version, WithdrawReason};
use crate::review::{EditorialReview, Review, ReviewPolicy, Verdict};
use crate::{AuthorId, EditionNumber, UserError, UserErrorCode};

impl Article {
    /// A new working copy on top of the `expected` one.
    ///
    /// # Errors
    /// `STALE_VERSION` when somebody has saved since; `INVALID_STATE` when it is archived.
    pub fn edit(self, expected: Version, title: String, now: Timestamp) -> Result<Self, UserError> {
        self.expect(expected)?;
        self.require(Action::Update)?;
        let review = self.review.edited();
        Ok(Self { version: self.version + 1, title, review, updated_at: now, ..self })
    }

    /// Asks for a review of the working copy.
    ///
    /// # Errors
    /// `STALE_VERSION`; `INVALID_STATE` when there is nothing to review.
    pub fn submit(self, expected: Version, verdict: Verdict) -> Result<Self, UserError> {
        self.expect(expected)?;
        self.require(Action::Submit)?;
        Ok(Self { review: Review::Requested(verdict), ..self })
    }

    /// Finds the working copy fit to be published. `writers` are those who saved what is not public
    /// yet.
    ///
    /// # Errors
    /// `STALE_VERSION`; `INVALID_STATE` when it was not submitted; `FOUR_EYES` when the policy wants
    /// somebody else.
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

    /// Finds the working copy not fit to be published yet. If that very version is scheduled, that is
    /// called off.
    ///
    /// # Errors
    /// `STALE_VERSION`; `INVALID_STATE` when it was not submitted.
    pub fn request_changes(self, expected: Version, verdict: Verdict) -> Result<Self, UserError> {
        self.expect(expected)?;
        self.require(Action::RequestChanges)?;
        let schedule = self.schedule.filter(|schedule| schedule.version != self.version);
        Ok(Self { review: Review::ChangesRequested(verdict), schedule, ..self })
    }

    /// Makes the working copy public in `edition`. `published_at` is the date that its content
    /// names for readers. What was scheduled is called off: it would bring back an older version.
    ///
    /// # Errors
    /// `STALE_VERSION` when somebody has saved since; `INVALID_STATE` when it is archived.
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

    /// Has a version become public by itself, in place of what was scheduled before.
    ///
    /// # Errors
    /// `STALE_VERSION`; `INVALID_STATE` when it is archived, or the version public already.
    pub fn schedule(self, expected: Version, schedule: Schedule) -> Result<Self, UserError> {
        self.expect(expected)?;
        self.require(Action::Publish)?;
        if self.published_as_is().is_some() {
            let message = format!(
                "the article is {}, and version {expected} is what readers see already: save a change first; open from here: {}",
                self.stage(),
                self.open_actions().into_iter().map(Action::mutation).collect::<Vec<_>>().join(", ")
            );
            return Err(UserError::at("at", UserErrorCode::InvalidState, message));
        }
        Ok(Self { schedule: Some(schedule), ..self })
    }

    /// Makes the scheduled version public in `edition`. The schedule is cleared, and the review too
    /// when it was of that version.
    #[must_use]
    pub fn fire(self, schedule: Schedule, published_at: Option<Timestamp>, edition: EditionNumber) -> Self {
        let Schedule { version, publish, expires, by: _ } = schedule;
        let review = if version == self.version { Review::None } else { self.review };
        Self {
            state: ArticleState::Published { version, edition },
            review,
            schedule: None,
            expires,
            first_published_at: published_at.or(self.first_published_at).or(Some(publish.at)),
            ..self
        }
    }

    /// Calls off what was scheduled.
    ///
    /// # Errors
    /// `STALE_VERSION`; `INVALID_STATE` when nothing was.
    pub fn cancel_schedule(self, expected: Version) -> Result<Self, UserError> {
        self.expect(expected)?;
        self.require(Action::CancelSchedule)?;
        Ok(Self { schedule: None, ..self })
    }

    /// Takes the article from the public, and calls off what was scheduled.
    ///
    /// # Errors
    /// `STALE_VERSION` when somebody has saved since; `INVALID_STATE` when it is not published.
    pub fn withdraw(
        self,
        expected: Version,
        reason: WithdrawReason,
        now: Timestamp,
    ) -> Result<Self, UserError> {
        self.expect(expected)?;
        self.require(Action::Withdraw)?;
        Ok(Self { schedule: None, ..self.end(reason, now) })
    }

    /// Takes the article from the public when its time is over. What is scheduled stays.
    #[must_use]
    pub fn end(self, reason: WithdrawReason, now: Timestamp) -> Self {
        let source = self.source.map(|source| Source { version: 0, ..source });
        Self { state: ArticleState::Withdrawn { reason, at: now }, expires: None, source, ..self }
    }

    /// Notes that what it says was found to hold.
    ///
    /// # Errors
    /// `STALE_VERSION`; `INVALID_STATE` when it is archived.
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

    /// Puts the article away.
    ///
    /// # Errors
    /// `STALE_VERSION`; `INVALID_STATE` when it is public or will be.
    pub fn archive(self, expected: Version, now: Timestamp) -> Result<Self, UserError> {
        self.expect(expected)?;
        self.require(Action::Archive)?;
        Ok(Self { review: Review::None, archived_at: Some(now), ..self })
    }

    /// Takes the article out of the archive.
    ///
    /// # Errors
    /// `STALE_VERSION`; `INVALID_STATE` when it is not archived.
    pub fn unarchive(self, expected: Version) -> Result<Self, UserError> {
        self.expect(expected)?;
        self.require(Action::Unarchive)?;
        Ok(Self { archived_at: None, ..self })
    }
}
