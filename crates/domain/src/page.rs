//! Which part of a list, and in which order.

use crate::{Cursor, CursorError};

/// A direction.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Direction {
    /// Smallest, or earliest, first.
    Asc,
    /// Greatest, or latest, first.
    Desc,
}

/// What articles are ordered by. Ties are broken by id, in the same direction.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum OrderField {
    /// The date that readers see.
    PublishedAt,
    /// When what readers see last changed.
    UpdatedAt,
    /// The title, case folded, by code point.
    Title,
}

/// The order of a list of articles.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ArticleOrder {
    /// By what.
    pub field: OrderField,
    /// Which way.
    pub direction: Direction,
}

/// The paging arguments as a client gave them.
#[derive(Debug, Clone, Default)]
pub struct PageRequest {
    /// This many from the start.
    pub first: Option<i32>,
    /// After this cursor.
    pub after: Option<String>,
    /// This many from the end.
    pub last: Option<i32>,
    /// Before this cursor.
    pub before: Option<String>,
    /// Skip this many.
    pub offset: Option<i32>,
}

/// A part of an ordered list: between two cursors, `limit` from its start or its end.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Span {
    /// Only what comes after this place.
    pub after: Option<Cursor>,
    /// Only what comes before this place.
    pub before: Option<Cursor>,
    /// How many.
    pub limit: usize,
    /// Whether they are taken from the end.
    pub backward: bool,
    /// How many to skip first.
    pub offset: usize,
}

/// Why paging arguments are refused. Names the argument and the way out.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum PageError {
    /// Both ends at once.
    #[error("`first` and `last` were both given: use one of them")]
    FirstAndLast,
    /// Too many, or a negative number.
    #[error("`{argument}` is {given}: it must be between 0 and {max}", max = PageRequest::MAX)]
    Size {
        /// `first` or `last`.
        argument: &'static str,
        /// What was given.
        given: i32,
    },
    /// Too far, or a negative number.
    #[error("`offset` is {0}: it must be between 0 and {max}; page with `after` to go further", max = PageRequest::MAX_OFFSET)]
    Offset(i32),
    /// An offset together with something that it does not go with.
    #[error("`offset` goes with `first` alone: leave out `{0}`, or page with cursors")]
    OffsetWith(&'static str),
    /// A cursor that cannot be used.
    #[error("`{argument}`: {error}")]
    Cursor {
        /// `after` or `before`.
        argument: &'static str,
        /// What is wrong with it.
        error: CursorError,
    },
}

impl PageError {
    /// The argument that is at fault.
    #[must_use]
    pub fn argument(&self) -> &'static str {
        match self {
            Self::FirstAndLast => "last",
            Self::Size { argument, .. } | Self::Cursor { argument, .. } => argument,
            Self::Offset(_) | Self::OffsetWith(_) => "offset",
        }
    }
}

impl PageRequest {
    /// How many are answered when nothing is said.
    pub const DEFAULT: usize = 20;
    /// How many can be asked for at once.
    pub const MAX: i32 = 100;
    /// How many can be skipped.
    pub const MAX_OFFSET: i32 = 10_000;

    /// Reads the arguments; cursors must belong to `list`.
    ///
    /// # Errors
    /// When they contradict each other or leave their bounds.
    pub fn span(&self, list: CursorList) -> Result<Span, PageError> {
        let Self { first, after, last, before, offset } = self;
        let size = |argument, given: Option<i32>| match given {
            None => Ok(Self::DEFAULT),
            Some(given) => usize::try_from(given)
                .ok()
                .filter(|_| given <= Self::MAX)
                .ok_or(PageError::Size { argument, given }),
        };
        let (limit, backward) = match (first, last) {
            (Some(_), Some(_)) => return Err(PageError::FirstAndLast),
            (_, None) => (size("first", *first)?, false),
            (None, Some(_)) => (size("last", *last)?, true),
        };
        let skip = match offset {
            None => 0,
            Some(_) if after.is_some() => return Err(PageError::OffsetWith("after")),
            Some(_) if before.is_some() => return Err(PageError::OffsetWith("before")),
            Some(_) if backward => return Err(PageError::OffsetWith("last")),
            Some(given) => usize::try_from(*given)
                .ok()
                .filter(|_| *given <= Self::MAX_OFFSET)
                .ok_or(PageError::Offset(*given))?,
        };
        let cursor = |argument, text: &Option<String>| {
            text.as_deref()
                .map(|text| Cursor::parse(text, list))
                .transpose()
                .map_err(|error| PageError::Cursor { argument, error })
        };
        Ok(Span {
            after: cursor("after", after)?,
            before: cursor("before", before)?,
            limit,
            backward,
            offset: skip,
        })
    }
}

/// Which list a cursor belongs to; one from another list is refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CursorList {
    /// Articles by the date that readers see.
    ArticlesByPublishedAt,
    /// Articles by their last change.
    ArticlesByUpdatedAt,
    /// Articles by title.
    ArticlesByTitle,
    /// Tags by the number of their articles.
    TagsByUse,
    /// Tags by name.
    TagsByName,
    /// Authors by the number of their articles.
    AuthorsByUse,
    /// Authors by name.
    AuthorsByName,
    /// Working copies by their last change.
    DeskByUpdatedAt,
    /// Working copies by when they were made.
    DeskByCreatedAt,
    /// Working copies by title.
    DeskByTitle,
    /// The revisions of an article.
    Revisions,
    /// The audit log.
    Audit,
    /// Former slugs.
    Redirects,
    /// API keys.
    Keys,
    /// Preview links.
    Previews,
}

impl From<OrderField> for CursorList {
    fn from(field: OrderField) -> Self {
        match field {
            OrderField::PublishedAt => Self::ArticlesByPublishedAt,
            OrderField::UpdatedAt => Self::ArticlesByUpdatedAt,
            OrderField::Title => Self::ArticlesByTitle,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn span(request: &PageRequest) -> Result<Span, PageError> {
        request.span(CursorList::ArticlesByPublishedAt)
    }

    #[test]
    fn contradictions_are_refused_by_name() {
        let request = PageRequest { first: Some(1), last: Some(1), ..PageRequest::default() };
        assert_eq!(span(&request), Err(PageError::FirstAndLast));
        for bad in [-1, 101, i32::MAX, i32::MIN] {
            let request = PageRequest { first: Some(bad), ..PageRequest::default() };
            assert_eq!(span(&request), Err(PageError::Size { argument: "first", given: bad }));
        }
        let request = PageRequest { offset: Some(1), last: Some(1), ..PageRequest::default() };
        assert_eq!(span(&request), Err(PageError::OffsetWith("last")));
        let request = PageRequest { after: Some("nonsense".to_owned()), ..PageRequest::default() };
        assert_eq!(span(&request).unwrap_err().argument(), "after");
    }

    #[test]
    fn nothing_said_is_the_first_twenty() {
        let plain = span(&PageRequest::default()).unwrap();
        assert_eq!((plain.limit, plain.backward, plain.offset), (20, false, 0));
    }
}
