//! Filters and orders of lists of articles.

use async_graphql::{Enum, ID, InputObject};
use domain::{
    ArticleFilter, ArticleId, InstantRange, LabelFilter as Labels, TimeBounds, TimeZone,
    TopicFilter as Topics,
};

use crate::graphql::error::ApiError;
use crate::graphql::types::paging::OrderDirection;
use crate::graphql::types::scalar::{DateTime, Locale, Slug, slugs};

/// A filter for articles. An article must match all given fields; without any field, all articles match. A slug that
/// never existed matches nothing, and `extensions.warnings` of the answer names it. Text that cannot be a slug and empty
/// lists are refused.
#[derive(InputObject)]
pub(crate) struct ArticleWhere {
    /// Only articles with one of these ids.
    ids: Option<Vec<ID>>,
    /// Filters by tags. Former slugs of a tag work too, and so do the slugs of tags that were merged into it.
    tags: Option<TagFilter>,
    /// Filters by topics.
    topics: Option<TopicFilter>,
    /// Filters by authors.
    authors: Option<AuthorFilter>,
    /// Filters by the publication date that readers see.
    published_at: Option<DateTimeRange>,
    /// Filters by the date of the last change that readers can see.
    updated_at: Option<DateTimeRange>,
    /// Only articles in exactly this language.
    locale: Option<Locale>,
    /// Only articles that match all of these filters.
    and: Option<Vec<ArticleWhere>>,
    /// Only articles that match at least one of these filters.
    or: Option<Vec<ArticleWhere>>,
    /// Only articles that do not match this filter.
    not: Option<Box<ArticleWhere>>,
}

/// A filter by tags, which are named by their slugs. An article must match all given fields.
#[derive(InputObject)]
pub(crate) struct TagFilter {
    /// Articles with at least one of these tags.
    any: Option<Vec<Slug>>,
    /// Articles with all of these tags.
    all: Option<Vec<Slug>>,
    /// Articles with none of these tags.
    none: Option<Vec<Slug>>,
}

/// A filter by topics, which are named by their slugs.
#[derive(InputObject)]
pub(crate) struct TopicFilter {
    /// Articles in at least one of these topics.
    #[graphql(name = "in")]
    any: Vec<Slug>,
    /// Whether articles match that are only in a topic below one of these.
    #[graphql(default = true)]
    include_descendants: bool,
}

/// A filter by authors, who are named by their slugs. An article must match all given fields.
#[derive(InputObject)]
pub(crate) struct AuthorFilter {
    /// Articles by at least one of these authors.
    any: Option<Vec<Slug>>,
    /// Articles by all of these authors together.
    all: Option<Vec<Slug>>,
    /// Articles by none of these authors.
    none: Option<Vec<Slug>>,
}

/// A range of time. Without a bound, the range is open on that side. A bound is an instant, or a date without a time,
/// which stands for the whole day in the time zone of the publication (`--time-zone`): `{gte: "2024-01-01", lte:
/// "2024-12-31"}` is the whole year 2024, and so is `{gte: "2024-01-01", lt: "2025-01-01"}`.
#[derive(InputObject)]
pub(crate) struct DateTimeRange {
    /// At this time or later. A date includes the whole day.
    gte: Option<DateTime>,
    /// Later than this time. A date excludes the whole day.
    gt: Option<DateTime>,
    /// At this time or earlier. A date includes the whole day.
    lte: Option<DateTime>,
    /// Earlier than this time. A date excludes the whole day.
    lt: Option<DateTime>,
}

impl ArticleWhere {
    /// Converts the input to a filter. `path` names the argument in error messages. Days are days of the zone.
    pub(crate) fn filter(self, path: &str, zone: &TimeZone) -> Result<ArticleFilter, ApiError> {
        let Self { ids, tags, topics, authors, published_at, updated_at, locale, and, or, not } = self;
        let id = |id: ID| {
            let argument = format!("{path}.ids");
            id.parse::<ArticleId>()
                .map_err(|error| ApiError::argument(&argument, format!("`{argument}`: {error}")))
        };
        let range = |field: &str, range: Option<DateTimeRange>| {
            range.map(|range| range.range(&format!("{path}.{field}"), zone)).transpose()
        };
        let list = |field: &str, filters: Option<Vec<Self>>| {
            let path = format!("{path}.{field}");
            filters
                .map(|list| list.into_iter().map(|filter| filter.filter(&path, zone)).collect())
                .transpose()
        };
        let locale = locale.map(|Locale(text)| text.parse::<domain::Locale>()).transpose();
        Ok(ArticleFilter {
            ids: ids.map(|ids| ids.into_iter().map(id).collect()).transpose()?,
            tags: tags.map(Into::into),
            topics: topics.map(Into::into),
            authors: authors.map(Into::into),
            published_at: range("publishedAt", published_at)?,
            updated_at: range("updatedAt", updated_at)?,
            locale: locale.map_err(|error| ApiError::argument(format!("{path}.locale"), error))?,
            and: list("and", and)?,
            or: list("or", or)?,
            not: not.map(|filter| filter.filter(&format!("{path}.not"), zone)).transpose()?.map(Box::new),
        })
    }
}

impl From<TagFilter> for Labels {
    fn from(filter: TagFilter) -> Self {
        let TagFilter { any, all, none } = filter;
        labels(any, all, none)
    }
}

impl From<AuthorFilter> for Labels {
    fn from(filter: AuthorFilter) -> Self {
        let AuthorFilter { any, all, none } = filter;
        labels(any, all, none)
    }
}

impl From<TopicFilter> for Topics {
    fn from(filter: TopicFilter) -> Self {
        let TopicFilter { any, include_descendants } = filter;
        Self { any: slugs(any), include_descendants }
    }
}

fn labels(any: Option<Vec<Slug>>, all: Option<Vec<Slug>>, none: Option<Vec<Slug>>) -> Labels {
    Labels { any: any.map(slugs), all: all.map(slugs), none: none.map(slugs) }
}

impl DateTimeRange {
    fn range(&self, path: &str, zone: &TimeZone) -> Result<InstantRange, ApiError> {
        let Self { gte, gt, lte, lt } = self;
        let bound = |field: &str, bound: &Option<DateTime>| {
            bound.as_ref().map(|at| at.bound(&format!("{path}.{field}"))).transpose()
        };
        let bounds = TimeBounds {
            gte: bound("gte", gte)?,
            gt: bound("gt", gt)?,
            lte: bound("lte", lte)?,
            lt: bound("lt", lt)?,
        };
        Ok(bounds.within(zone))
    }
}

/// The field by which articles are sorted.
#[derive(Enum, Copy, Clone, PartialEq, Eq)]
pub(crate) enum ArticleOrderField {
    /// The publication date that readers see.
    PublishedAt,
    /// The date of the last change that readers can see.
    UpdatedAt,
    /// The title, in alphabetical order: case does not matter, and `Äpfel` comes before `zebra`.
    Title,
}

/// The order of a list of articles. Articles with equal values are sorted by id, in the same direction.
#[derive(InputObject, Copy, Clone)]
pub(crate) struct ArticleOrder {
    /// The field to sort by.
    field: ArticleOrderField,
    /// The direction.
    #[graphql(default_with = "OrderDirection::Desc")]
    direction: OrderDirection,
}

impl Default for ArticleOrder {
    fn default() -> Self {
        Self { field: ArticleOrderField::PublishedAt, direction: OrderDirection::Desc }
    }
}

impl From<ArticleOrder> for domain::ArticleOrder {
    fn from(order: ArticleOrder) -> Self {
        let ArticleOrder { field, direction } = order;
        Self {
            field: match field {
                ArticleOrderField::PublishedAt => domain::OrderField::PublishedAt,
                ArticleOrderField::UpdatedAt => domain::OrderField::UpdatedAt,
                ArticleOrderField::Title => domain::OrderField::Title,
            },
            direction: direction.into(),
        }
    }
}
