//! Paging and ordering of lists.

use crate::cursor::{Cursor, CursorError, CursorList};

/// The direction of an order.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Direction {
    /// Ascending: the smallest or earliest first.
    Asc,
    /// Descending: the greatest or latest first.
    Desc,
}

/// The field that articles are ordered by. Ties are broken by id, in the same direction.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum OrderField {
    /// The date that readers see.
    PublishedAt,
    /// When the published content last changed.
    UpdatedAt,
    /// The title, by its [`sort_key`](crate::sort_key).
    Title,
}

/// The order of a list of articles.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ArticleOrder {
    /// The field.
    pub field: OrderField,
    /// The direction.
    pub direction: Direction,
}

/// The paging arguments of a request, not yet checked.
#[derive(Debug, Clone, Default)]
pub struct PageRequest {
    /// The number of entries to return from the start.
    pub first: Option<i32>,
    /// Return only entries after this cursor.
    pub after: Option<String>,
    /// The number of entries to return from the end.
    pub last: Option<i32>,
    /// Return only entries before this cursor.
    pub before: Option<String>,
    /// The number of entries to skip.
    pub offset: Option<i32>,
}

/// A checked page: at most `limit` entries between two cursors, taken from the start or from the end.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Span {
    /// Only entries after this position.
    pub after: Option<Cursor>,
    /// Only entries before this position.
    pub before: Option<Cursor>,
    /// The maximum number of entries, at most [`PageRequest::MAX`].
    pub limit: usize,
    /// Whether the entries are taken from the end.
    pub backward: bool,
    /// The number of entries to skip, at most [`PageRequest::MAX_OFFSET`].
    pub offset: usize,
}

/// Why paging arguments are refused. The message names the argument and the remedy.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum PageError {
    /// `first` and `last` are both set.
    #[error("`first` and `last` were both given: use one of them")]
    FirstAndLast,
    /// `first` or `last` is negative or too large.
    #[error("`{argument}` is {given}: it must be between 0 and {max}", max = PageRequest::MAX)]
    Size {
        /// `first` or `last`.
        argument: &'static str,
        /// Its value.
        given: i32,
    },
    /// `offset` is negative or too large.
    #[error("`offset` is {0}: it must be between 0 and {max}; page with `after` to go further", max = PageRequest::MAX_OFFSET)]
    Offset(i32),
    /// `offset` is combined with an argument other than `first`.
    #[error("`offset` can be combined only with `first`: leave out `{0}`, or page with cursors")]
    OffsetWith(&'static str),
    /// A cursor that cannot be used.
    #[error("`{argument}`: {error}")]
    Cursor {
        /// `after` or `before`.
        argument: &'static str,
        /// Why the cursor cannot be used.
        error: CursorError,
    },
}

impl PageError {
    /// Returns the name of the wrong argument.
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
    /// The number of entries when neither `first` nor `last` is set.
    pub const DEFAULT: usize = 20;
    /// The maximum of `first` and `last`.
    pub const MAX: i32 = 100;
    /// The maximum of `offset`.
    pub const MAX_OFFSET: i32 = 10_000;

    /// Checks the arguments and parses the cursors, which must belong to `list`.
    ///
    /// # Errors
    /// [`PageError`] when arguments contradict each other, are out of bounds, or are not cursors of `list`.
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
    fn the_error_for_contradicting_arguments_names_one() {
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
    fn without_arguments_the_page_is_the_first_twenty_entries() {
        let default = span(&PageRequest::default()).unwrap();
        assert_eq!((default.limit, default.backward, default.offset), (20, false, 0));
    }
}
