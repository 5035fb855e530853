//! An article: its identity, its state, and the ways from one state to the next.

use std::collections::BTreeSet;
use std::fmt;

use jiff::Timestamp;

use crate::review::{EditorialReview, Review, ReviewPolicy, Verdict};
use crate::{ArticleId, AuthorId, EditionNumber, UserError, UserErrorCode, ZonedInstant};

/// Counts the revisions of an article, from 1.
pub type Version = i32;

/// An article, without its content: identity, state, and which revision is the working copy.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Article {
    /// Its id.
    pub id: ArticleId,
    /// What the system that it came from calls it.
    pub external_ref: Option<String>,
    /// The title of its working copy, for lists.
    pub title: String,
    /// The version of its working copy.
    pub version: Version,
    /// What the public sees of it.
    pub state: ArticleState,
    /// Where the review of its working copy stands.
    pub review: Review,
    /// What is to become public by itself.
    pub schedule: Option<Schedule>,
    /// When what is public ends by itself.
    pub expires: Option<ZonedInstant>,
    /// When it was put away.
    pub archived_at: Option<Timestamp>,
    /// Whether what it says still holds.
    pub editorial: EditorialReview,
    /// When it was created.
    pub created_at: Timestamp,
    /// When its working copy was last saved.
    pub updated_at: Timestamp,
    /// The date of its first publication.
    pub first_published_at: Option<Timestamp>,
    /// The file that it was last imported from.
    pub source: Option<Source>,
}

/// What an import left behind, so that the next one knows what has changed since, and where.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Source {
    /// Digest of the file (SHA-256).
    pub digest: [u8; 32],
    /// The version that the import saved; 0 when the article was withdrawn here since.
    pub version: Version,
}

/// What the public sees of an article.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ArticleState {
    /// Nothing, and it never has.
    Draft,
    /// The publication of one revision.
    Published {
        /// The revision that is public.
        version: Version,
        /// The edition that made it public.
        edition: EditionNumber,
    },
    /// Nothing any more.
    Withdrawn {
        /// Why.
        reason: WithdrawReason,
        /// When.
        at: Timestamp,
    },
}

/// Why an article was withdrawn.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum WithdrawReason {
    /// It is gone for good.
    Gone,
    /// Something else stands in its place.
    Redirect(RedirectTarget),
}

/// What stands in an article's place.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum RedirectTarget {
    /// Another article.
    Article(ArticleId),
    /// A page elsewhere: an absolute `http(s)` address.
    Url(String),
}

/// A version that is to become public by itself. Later edits do not change it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Schedule {
    /// The revision.
    pub version: Version,
    /// When.
    pub publish: ZonedInstant,
    /// When it is to end again.
    pub expires: Option<ZonedInstant>,
    /// Who scheduled it.
    pub by: String,
}

/// Where an article stands, in one word: what an editor asks first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Stage {
    /// It is being written, and is not public.
    Draft,
    /// It is not public, and waits for a verdict or has a good one.
    InReview,
    /// It is not public, and will be by itself.
    Scheduled,
    /// It is public.
    Published,
    /// It was public, and is not any more.
    Withdrawn,
    /// It was put away.
    Archived,
}

impl Stage {
    /// Every stage.
    pub const ALL: [Self; 6] =
        [Self::Draft, Self::InReview, Self::Scheduled, Self::Published, Self::Withdrawn, Self::Archived];
}

impl fmt::Display for Stage {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Draft => "DRAFT",
            Self::InReview => "IN_REVIEW",
            Self::Scheduled => "SCHEDULED",
            Self::Published => "PUBLISHED",
            Self::Withdrawn => "WITHDRAWN",
            Self::Archived => "ARCHIVED",
        })
    }
}

/// What can be done with an article. Its name is that of the mutation.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Action {
    /// Save a new working copy.
    Update,
    /// Make an old revision the working copy.
    Restore,
    /// Ask for a review.
    Submit,
    /// Find the working copy fit to be published.
    Approve,
    /// Find that it is not.
    RequestChanges,
    /// Make the working copy public, now or later.
    Publish,
    /// Call a scheduled publication off.
    CancelSchedule,
    /// Take it from the public.
    Withdraw,
    /// Note that what it says was found to hold.
    MarkReviewed,
    /// Put it away.
    Archive,
    /// Take it out again.
    Unarchive,
    /// Remove it, with everything that was ever saved of it.
    Delete,
}

impl Action {
    /// Every action.
    pub const ALL: [Self; 12] = [
        Self::Update,
        Self::Restore,
        Self::Submit,
        Self::Approve,
        Self::RequestChanges,
        Self::Publish,
        Self::CancelSchedule,
        Self::Withdraw,
        Self::MarkReviewed,
        Self::Archive,
        Self::Unarchive,
        Self::Delete,
    ];

    /// The mutation that does it.
    #[must_use]
    pub fn mutation(self) -> &'static str {
        match self {
            Self::Update => "articleUpdate",
            Self::Restore => "articleRestore",
            Self::Submit => "articleSubmit",
            Self::Approve => "articleApprove",
            Self::RequestChanges => "articleRequestChanges",
            Self::Publish => "articlePublish",
            Self::CancelSchedule => "articleCancelSchedule",
            Self::Withdraw => "articleWithdraw",
            Self::MarkReviewed => "articleMarkReviewed",
            Self::Archive => "articleArchive",
            Self::Unarchive => "articleUnarchive",
            Self::Delete => "articleDelete",
        }
    }
}

impl Article {
    /// A new article, whose first revision is its working copy.
    #[must_use]
    pub fn create(id: ArticleId, external_ref: Option<String>, title: String, now: Timestamp) -> Self {
        Self {
            id,
            external_ref,
            title,
            version: 1,
            state: ArticleState::Draft,
            review: Review::None,
            schedule: None,
            expires: None,
            archived_at: None,
            editorial: EditorialReview::default(),
            created_at: now,
            updated_at: now,
            first_published_at: None,
            source: None,
        }
    }

    /// Where it stands.
    #[must_use]
    pub fn stage(&self) -> Stage {
        match &self.state {
            _ if self.archived_at.is_some() => Stage::Archived,
            ArticleState::Published { .. } => Stage::Published,
            _ if self.schedule.is_some() => Stage::Scheduled,
            _ if self.review.is_open() => Stage::InReview,
            ArticleState::Withdrawn { .. } => Stage::Withdrawn,
            ArticleState::Draft => Stage::Draft,
        }
    }

    /// Whether something can be done from here; which version is named, and what policies say, is
    /// another matter.
    #[must_use]
    pub fn allows(&self, action: Action) -> bool {
        if self.archived_at.is_some() {
            return action == Action::Unarchive;
        }
        let is_public = matches!(self.state, ArticleState::Published { .. });
        match action {
            Action::Update | Action::Publish | Action::MarkReviewed => true,
            Action::Restore => self.version > 1,
            Action::Submit => !self.review.is_open() && self.published_as_is().is_none(),
            Action::Approve => matches!(self.review, Review::Requested(_)),
            Action::RequestChanges => self.review.is_open(),
            Action::CancelSchedule => self.schedule.is_some(),
            Action::Withdraw => is_public,
            Action::Archive => !is_public && self.schedule.is_none(),
            Action::Unarchive => false,
            Action::Delete => {
                self.state == ArticleState::Draft
                    && self.first_published_at.is_none()
                    && self.schedule.is_none()
            }
        }
    }

    /// What can be done from here.
    #[must_use]
    pub fn open_actions(&self) -> Vec<Action> {
        Action::ALL.into_iter().filter(|action| self.allows(*action)).collect()
    }

    /// Refuses what cannot be done from here.
    ///
    /// # Errors
    /// `INVALID_STATE`, which tells the state and what can be done.
    pub fn require(&self, action: Action) -> Result<(), UserError> {
        if self.allows(action) {
            return Ok(());
        }
        let why = match action {
            _ if self.archived_at.is_some() => "it has to be taken out of the archive first",
            Action::Withdraw => "only a published article can be withdrawn",
            Action::Restore => "it has no earlier version",
            Action::Submit if self.review.is_open() => "it was submitted already",
            Action::Submit => "its working copy is public as it is, so that there is nothing to review",
            Action::Approve => "only what was submitted can be approved",
            Action::RequestChanges => "changes can be asked for only in what was submitted or approved",
            Action::CancelSchedule => "nothing is scheduled",
            Action::Archive if self.schedule.is_some() => "its schedule has to be cancelled first",
            Action::Archive => "it has to be withdrawn first, so that readers are told what became of it",
            Action::Unarchive => "it is not archived",
            Action::Delete if self.schedule.is_some() => "its schedule has to be cancelled first",
            Action::Delete => "only what was never published can be deleted; withdraw it, or archive it",
            Action::Update | Action::Publish | Action::MarkReviewed => "it is archived",
        };
        let open: Vec<_> = self.open_actions().into_iter().map(Action::mutation).collect();
        let message = format!("the article is {}: {why}; open from here: {}", self.stage(), open.join(", "));
        Err(UserError::at("id", UserErrorCode::InvalidState, message))
    }

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

    /// The edition in which the working copy is public as it stands, if it is.
    #[must_use]
    pub fn published_as_is(&self) -> Option<EditionNumber> {
        match self.state {
            ArticleState::Published { version, edition } if version == self.version => Some(edition),
            _ => None,
        }
    }

    /// The version that is public.
    #[must_use]
    pub fn published_version(&self) -> Option<Version> {
        match self.state {
            ArticleState::Published { version, .. } => Some(version),
            _ => None,
        }
    }

    /// Whether it is public, and its working copy says something else.
    #[must_use]
    pub fn has_unpublished_changes(&self) -> bool {
        self.published_version().is_some_and(|version| version != self.version)
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

    /// Refuses a write that is based on another version than the current one.
    ///
    /// # Errors
    /// `STALE_VERSION`.
    pub fn expect(&self, expected: Version) -> Result<(), UserError> {
        expect_version("the article", self.version, expected)
    }
}

/// Refuses a write that is based on another version of `what` than the current one.
pub(crate) fn expect_version(what: &str, current: Version, expected: Version) -> Result<(), UserError> {
    if current == expected {
        return Ok(());
    }
    Err(UserError::at(
        "expectedVersion",
        UserErrorCode::StaleVersion,
        format!(
            "{what} is at version {current}, not {expected}: read it again, apply your change to it and name that version"
        ),
    ))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Id;

    const NOW: Timestamp = Timestamp::UNIX_EPOCH;

    fn article() -> Article {
        Article::create(ArticleId::new(NOW, [0; 10]), None, "T".to_owned(), NOW)
    }

    fn verdict(version: Version, by: &str) -> Verdict {
        Verdict { version, by: by.to_owned(), at: NOW, comment: None }
    }

    fn schedule(version: Version) -> Schedule {
        Schedule { version, publish: ZonedInstant::utc(NOW), expires: None, by: "a".to_owned() }
    }

    #[test]
    fn a_write_on_an_old_version_is_refused_everywhere() {
        let edited = article().edit(1, "U".to_owned(), NOW).unwrap();
        let refused = [
            edited.clone().edit(1, "V".to_owned(), NOW),
            edited.clone().submit(1, verdict(1, "a")),
            edited.clone().approve(1, verdict(1, "a"), ReviewPolicy::None, &BTreeSet::new()),
            edited.clone().request_changes(1, verdict(1, "a")),
            edited.clone().publish(1, None, NOW, 1),
            edited.clone().schedule(1, schedule(1)),
            edited.clone().cancel_schedule(1),
            edited.clone().withdraw(1, WithdrawReason::Gone, NOW),
            edited.clone().mark_reviewed(1, NOW, None, None),
            edited.clone().archive(1, NOW),
            edited.unarchive(1),
        ];
        for refused in refused {
            assert_eq!(refused.unwrap_err().code, UserErrorCode::StaleVersion);
        }
    }

    #[test]
    fn a_refusal_tells_the_state_and_what_is_open() {
        let refusal = article().withdraw(1, WithdrawReason::Gone, NOW).unwrap_err();
        assert_eq!(refusal.code, UserErrorCode::InvalidState);
        assert_eq!(
            refusal.message,
            "the article is DRAFT: only a published article can be withdrawn; open from here: articleUpdate, \
             articleSubmit, articlePublish, articleMarkReviewed, articleArchive, articleDelete"
        );
        let archived = article().archive(1, NOW).unwrap();
        let refusal = archived.edit(1, "U".to_owned(), NOW).unwrap_err();
        assert!(refusal.message.ends_with("open from here: articleUnarchive"), "{refusal}");
    }

    #[test]
    fn what_was_withdrawn_can_be_published_again_and_never_deleted() {
        let published = article().publish(1, None, NOW, 1).unwrap();
        assert!(published.require(Action::Delete).is_err());
        assert!(published.require(Action::Archive).is_err());
        let withdrawn = published.withdraw(1, WithdrawReason::Gone, NOW).unwrap();
        assert_eq!(withdrawn.stage(), Stage::Withdrawn);
        assert!(withdrawn.require(Action::Delete).is_err());
        assert!(withdrawn.publish(1, None, NOW, 2).is_ok());
    }

    #[test]
    fn editing_leaves_the_publication_and_the_schedule_alone() {
        let published = article().publish(1, None, NOW, 7).unwrap();
        assert_eq!(published.published_as_is(), Some(7));
        let edited = published.edit(1, "U".to_owned(), NOW).unwrap();
        assert_eq!(edited.state, ArticleState::Published { version: 1, edition: 7 });
        assert_eq!(edited.published_as_is(), None);
        let scheduled = edited.schedule(2, schedule(2)).unwrap().edit(2, "V".to_owned(), NOW).unwrap();
        let due = scheduled.schedule.clone().unwrap();
        let fired = scheduled.fire(due, None, 8);
        assert_eq!(fired.state, ArticleState::Published { version: 2, edition: 8 });
        assert_eq!((fired.version, fired.has_unpublished_changes(), fired.schedule), (3, true, None));
    }

    #[test]
    fn an_approval_is_of_one_version_by_somebody_else() {
        let policy = ReviewPolicy::FourEyes;
        let writers = BTreeSet::from(["writer".to_owned()]);
        let submitted = article().submit(1, verdict(1, "writer")).unwrap();
        assert_eq!(submitted.stage(), Stage::InReview);
        let own = submitted.clone().approve(1, verdict(1, "writer"), policy, &writers);
        assert_eq!(own.unwrap_err().code, UserErrorCode::FourEyes);
        let approved = submitted.approve(1, verdict(1, "editor"), policy, &writers).unwrap();
        assert_eq!(policy.may_publish(1, &approved.review), Ok(()));
        let edited = approved.edit(1, "U".to_owned(), NOW).unwrap();
        assert!(policy.may_publish(2, &edited.review).is_err());
        assert_eq!(edited.stage(), Stage::InReview);
    }

    #[test]
    fn a_verdict_against_what_is_scheduled_calls_it_off() {
        let submitted = article().submit(1, verdict(1, "a")).unwrap().schedule(1, schedule(1)).unwrap();
        let edited = submitted.clone().edit(1, "U".to_owned(), NOW).unwrap();
        assert_eq!(submitted.request_changes(1, verdict(1, "b")).unwrap().schedule, None);
        assert!(edited.request_changes(2, verdict(2, "b")).unwrap().schedule.is_some());
    }

    #[test]
    fn publishing_or_withdrawing_calls_off_what_was_scheduled() {
        let scheduled = article().schedule(1, schedule(1)).unwrap();
        assert_eq!(scheduled.stage(), Stage::Scheduled);
        let published = scheduled.publish(1, None, NOW, 1).unwrap();
        assert_eq!(published.schedule, None);
        assert_eq!(published.clone().schedule(1, schedule(1)).unwrap_err().code, UserErrorCode::InvalidState);
        let again = published.edit(1, "U".to_owned(), NOW).unwrap().schedule(2, schedule(2)).unwrap();
        assert_eq!(again.clone().withdraw(2, WithdrawReason::Gone, NOW).unwrap().schedule, None);
        assert!(again.end(WithdrawReason::Gone, NOW).schedule.is_some());
    }
}
