//! The types and rules of a publication, and nothing else.
//!
//! Pure: no serde, no async, no SQL, no HTTP, no clock, no environment. A function that needs the time or a
//! random number takes it as an argument. `ARCHITECTURE.md` explains the terms.

mod article;
mod audit;
mod author;
mod content;
mod cursor;
mod day;
mod desk;
mod edition;
mod filter;
mod id;
mod image;
mod key;
mod label_index;
mod locale;
mod page;
mod predicate;
mod publication;
mod review;
mod revision;
mod slug;
mod tag;
mod taxonomy;
mod topic;
mod user_error;
mod zoned;

pub use article::{
    Action, Article, ArticleState, Correction, Editor, Obstacle, RedirectTarget, Schedule, Source,
    SourceFile, Stage, WithdrawReason,
};
pub use audit::{AuditAction, AuditEntry, AuditRecord, AuditSubject, UnknownAction, UnknownSubject};
pub use author::Author;
pub use collation::sort_key;
pub use content::{Content, LIMITS, Limits, Seo, check_address, check_full_address};
pub use cursor::{Cursor, CursorError, CursorList, SortKey};
pub use day::{TimeBound, TimeBounds, parse_date, time_zone};
pub use desk::{DeskFilter, DeskOrder, DeskOrderField, DeskPredicate, Word};
pub use edition::{Change, ChangeKind, Edition, EditionId, EditionMark, EditionNumber, MarkError, Subject};
pub use filter::{ArticleFilter, FilterError, LabelFilter, TopicFilter, UnknownSlug};
pub use id::{
    ArticleId, AuthorId, DeskArticleId, Id, IdError, KeyId, LabelId, NodeId, PreviewId, TagId, TopicId,
};
pub use image::Image;
pub use key::{Scope, UnknownScope};
pub use locale::{Locale, LocaleError};
pub use page::{ArticleOrder, Direction, OrderField, PageError, PageRequest, Span};
pub use predicate::{Ends, InstantRange, Predicate};
pub use publication::{Body, BodyForms, Heading, InlineImage, Publication, PublicationFields, title_key};
pub use review::{EditorialReview, OverduePolicy, Review, ReviewPolicy, UnknownPolicy, Verdict};
pub use revision::{Revision, Version};
pub use slug::{Slug, SlugError, SlugLetters};
pub use tag::Tag;
pub use taxonomy::{CurrentLabels, FormerSlugs, Taxonomy};
pub use topic::Topic;
pub use user_error::{Remedy, UserError, UserErrorCode};
pub use zoned::{Resolution, ZonedError, ZonedInstant};

/// An instant in UTC with microsecond precision, which both databases support.
pub use jiff::Timestamp;

/// A day of the calendar.
pub use jiff::civil::Date;

/// A time zone.
pub use jiff::tz::TimeZone;

/// A span of time of a fixed length.
pub use jiff::SignedDuration;

/// Truncates an instant to whole microseconds, so that the stored value equals the value in memory.
#[must_use]
pub fn truncate(at: Timestamp) -> Timestamp {
    Timestamp::from_microsecond(at.as_microsecond()).unwrap_or(at)
}
