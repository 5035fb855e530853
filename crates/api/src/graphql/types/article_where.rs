//! Which articles, and in which order.

use async_graphql::{Enum, InputObject};
use domain::{ArticleFilter, InstantRange, LabelFilter as Labels, TopicFilter as Topics};

use crate::graphql::error::ApiError;
use crate::graphql::types::paging::OrderDirection;
use crate::graphql::types::scalar::{DateTime, Locale, Slug, slugs};

/// Which articles to answer with. Everything that is named must hold; nothing named is no filter.
/// An unknown slug matches nothing; an empty list is refused.
#[derive(InputObject)]
pub(crate) struct ArticleWhere {
    /// By tag. A tag's former slugs, and those of tags that were merged into it, work too.
    tags: Option<TagFilter>,
    /// By topic.
    topics: Option<TopicFilter>,
    /// By author.
    authors: Option<AuthorFilter>,
    /// By the date that readers see.
    published_at: Option<DateTimeRange>,
    /// By the date of the last change that readers see.
    updated_at: Option<DateTimeRange>,
    /// By language, exactly.
    locale: Option<Locale>,
    /// All of these must hold.
    and: Option<Vec<ArticleWhere>>,
    /// At least one of these must hold.
    or: Option<Vec<ArticleWhere>>,
    /// This must not hold.
    not: Option<Box<ArticleWhere>>,
}

/// Tags, by slug. What is named must all hold.
#[derive(InputObject)]
pub(crate) struct TagFilter {
    /// The article has at least one of them.
    any: Option<Vec<Slug>>,
    /// The article has every one of them.
    all: Option<Vec<Slug>>,
    /// The article has none of them.
    none: Option<Vec<Slug>>,
}

/// Topics, by slug.
#[derive(InputObject)]
pub(crate) struct TopicFilter {
    /// The article belongs to at least one of them.
    #[graphql(name = "in")]
    any: Vec<Slug>,
    /// Whether what lies below a topic in the tree counts as well.
    #[graphql(default = true)]
    include_descendants: bool,
}

/// Authors, by slug. What is named must all hold.
#[derive(InputObject)]
pub(crate) struct AuthorFilter {
    /// At least one of them wrote the article.
    any: Option<Vec<Slug>>,
    /// All of them wrote the article together.
    all: Option<Vec<Slug>>,
    /// None of them wrote the article.
    none: Option<Vec<Slug>>,
}

/// A range of instants. A bound that is left out does not bound.
#[derive(InputObject)]
pub(crate) struct DateTimeRange {
    /// At this instant or later.
    gte: Option<DateTime>,
    /// Later than this instant.
    gt: Option<DateTime>,
    /// At this instant or earlier.
    lte: Option<DateTime>,
    /// Earlier than this instant.
    lt: Option<DateTime>,
}

impl ArticleWhere {
    /// The filter; `path` is the argument's own, for messages.
    pub(crate) fn filter(self, path: &str) -> Result<ArticleFilter, ApiError> {
        let Self { tags, topics, authors, published_at, updated_at, locale, and, or, not } = self;
        let range = |field: &str, range: Option<DateTimeRange>| {
            range.map(|range| range.range(&format!("{path}.{field}"))).transpose()
        };
        let list = |field: &str, filters: Option<Vec<Self>>| {
            let path = format!("{path}.{field}");
            filters.map(|list| list.into_iter().map(|filter| filter.filter(&path)).collect()).transpose()
        };
        let locale = locale.map(|Locale(text)| text.parse::<domain::Locale>()).transpose();
        Ok(ArticleFilter {
            tags: tags.map(Into::into),
            topics: topics.map(Into::into),
            authors: authors.map(Into::into),
            published_at: range("publishedAt", published_at)?,
            updated_at: range("updatedAt", updated_at)?,
            locale: locale.map_err(|error| ApiError::argument(format!("{path}.locale"), error))?,
            and: list("and", and)?,
            or: list("or", or)?,
            not: not.map(|filter| filter.filter(&format!("{path}.not"))).transpose()?.map(Box::new),
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
    fn range(&self, path: &str) -> Result<InstantRange, ApiError> {
        let Self { gte, gt, lte, lt } = self;
        let bound = |field: &str, bound: &Option<DateTime>| {
            bound.as_ref().map(|at| at.instant(&format!("{path}.{field}"))).transpose()
        };
        Ok(InstantRange {
            gte: bound("gte", gte)?,
            gt: bound("gt", gt)?,
            lte: bound("lte", lte)?,
            lt: bound("lt", lt)?,
        })
    }
}

/// What articles are sorted by.
#[derive(Enum, Copy, Clone, PartialEq, Eq)]
pub(crate) enum ArticleOrderField {
    /// The date that readers see.
    PublishedAt,
    /// When what readers see last changed.
    UpdatedAt,
    /// The title, ignoring case.
    Title,
}

/// The order of a list of articles. Ties are broken by id, in the same direction.
#[derive(InputObject, Copy, Clone)]
pub(crate) struct ArticleOrder {
    /// By what.
    field: ArticleOrderField,
    /// Which way.
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
