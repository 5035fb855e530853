//! An article: its identity, its state, and the ways from one state to the next.

use jiff::Timestamp;

use crate::{ArticleId, Content, EditionNumber, UserError, UserErrorCode};

/// Counts the revisions of an article, from 1.
pub type Version = i32;

/// An article, without its content: identity, state, and which revision is the working copy.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Article {
    /// Its id.
    pub id: ArticleId,
    /// What the system that it came from calls it.
    pub external_ref: Option<String>,
    /// The version of its working copy.
    pub version: Version,
    /// What the public sees of it.
    pub state: ArticleState,
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
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
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
    },
}

/// Why an article was withdrawn.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum WithdrawReason {
    /// It is gone for good.
    Gone,
    /// Another article stands in its place.
    Redirect(ArticleId),
}

/// One saved version of an article's working copy. Never changed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Revision {
    /// The article.
    pub article: ArticleId,
    /// Its place among the revisions, from 1.
    pub version: Version,
    /// What was written.
    pub content: Content,
    /// When it was saved.
    pub created_at: Timestamp,
    /// Who saved it.
    pub actor: String,
}

impl Article {
    /// A new article, whose first revision is its working copy.
    #[must_use]
    pub fn create(id: ArticleId, external_ref: Option<String>, now: Timestamp) -> Self {
        Self {
            id,
            external_ref,
            version: 1,
            state: ArticleState::Draft,
            created_at: now,
            updated_at: now,
            first_published_at: None,
            source: None,
        }
    }

    /// A new working copy on top of the `expected` one.
    ///
    /// # Errors
    /// `STALE_VERSION` when somebody has saved since.
    pub fn edit(self, expected: Version, now: Timestamp) -> Result<Self, UserError> {
        self.expect(expected)?;
        Ok(Self { version: self.version + 1, updated_at: now, ..self })
    }

    /// Makes the working copy public in `edition`. `published_at` is the date that its content
    /// names for readers.
    ///
    /// # Errors
    /// `STALE_VERSION` when somebody has saved since.
    pub fn publish(
        self,
        expected: Version,
        published_at: Option<Timestamp>,
        now: Timestamp,
        edition: EditionNumber,
    ) -> Result<Self, UserError> {
        self.expect(expected)?;
        Ok(Self {
            state: ArticleState::Published { version: self.version, edition },
            first_published_at: published_at.or(self.first_published_at).or(Some(now)),
            ..self
        })
    }

    /// The edition in which the working copy is public as it stands, if it is.
    #[must_use]
    pub fn published_as_is(&self) -> Option<EditionNumber> {
        match self.state {
            ArticleState::Published { version, edition } if version == self.version => Some(edition),
            _ => None,
        }
    }

    /// Takes the article from the public.
    ///
    /// # Errors
    /// `STALE_VERSION` when somebody has saved since; `INVALID_STATE` when it is not published.
    pub fn withdraw(self, expected: Version, reason: WithdrawReason) -> Result<Self, UserError> {
        self.expect(expected)?;
        match self.state {
            ArticleState::Published { .. } => {
                let source = self.source.map(|source| Source { version: 0, ..source });
                Ok(Self { state: ArticleState::Withdrawn { reason }, source, ..self })
            }
            ArticleState::Draft | ArticleState::Withdrawn { .. } => Err(UserError::at(
                "id",
                UserErrorCode::InvalidState,
                format!(
                    "the article is {}: only a published article can be withdrawn; from here it can be updated and published",
                    self.state.name()
                ),
            )),
        }
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

impl ArticleState {
    /// The name that the API gives to the state.
    #[must_use]
    pub fn name(&self) -> &'static str {
        match self {
            Self::Draft => "DRAFT",
            Self::Published { .. } => "PUBLISHED",
            Self::Withdrawn { .. } => "WITHDRAWN",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Id;

    fn article() -> Article {
        let now = Timestamp::UNIX_EPOCH;
        Article::create(ArticleId::new(now, [0; 10]), None, now)
    }

    #[test]
    fn a_write_on_an_old_version_is_refused_everywhere() {
        let now = Timestamp::UNIX_EPOCH;
        let edited = article().edit(1, now).unwrap();
        let codes = [
            edited.clone().edit(1, now).unwrap_err().code,
            edited.clone().publish(1, None, now, 1).unwrap_err().code,
            edited.withdraw(1, WithdrawReason::Gone).unwrap_err().code,
        ];
        assert_eq!(codes, [UserErrorCode::StaleVersion; 3]);
    }

    #[test]
    fn only_what_is_published_can_be_withdrawn() {
        let now = Timestamp::UNIX_EPOCH;
        let refusal = article().withdraw(1, WithdrawReason::Gone).unwrap_err();
        assert_eq!(refusal.code, UserErrorCode::InvalidState);
        assert!(refusal.message.contains("is DRAFT"), "{refusal}");
        let withdrawn =
            article().publish(1, None, now, 1).unwrap().withdraw(1, WithdrawReason::Gone).unwrap();
        assert_eq!(withdrawn.state.name(), "WITHDRAWN");
        assert!(withdrawn.publish(1, None, now, 2).is_ok());
    }

    #[test]
    fn editing_leaves_the_publication_alone() {
        let now = Timestamp::UNIX_EPOCH;
        let published = article().publish(1, None, now, 7).unwrap();
        assert_eq!(published.published_as_is(), Some(7));
        let edited = published.edit(1, now).unwrap();
        assert_eq!(edited.state, ArticleState::Published { version: 1, edition: 7 });
        assert_eq!(edited.published_as_is(), None);
    }
}
