//! Filters of public articles, as clients write them: with slugs and dates.

use std::collections::BTreeSet;

use crate::{InstantRange, LabelId, Locale, Predicate, Taxonomy};

/// Selects articles. An article must match every field that is set. A filter without fields matches all.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct ArticleFilter {
    /// By tag.
    pub tags: Option<LabelFilter>,
    /// By topic.
    pub topics: Option<TopicFilter>,
    /// By author.
    pub authors: Option<LabelFilter>,
    /// By the date that readers see.
    pub published_at: Option<InstantRange>,
    /// By the date of the last change that readers see.
    pub updated_at: Option<InstantRange>,
    /// By language; the tags must be equal.
    pub locale: Option<Locale>,
    /// All of these filters match.
    pub and: Option<Vec<ArticleFilter>>,
    /// At least one of these filters matches.
    pub or: Option<Vec<ArticleFilter>>,
    /// This filter does not match.
    pub not: Option<Box<ArticleFilter>>,
}

/// Selects by labels, which are named by slug. An unknown slug matches no article.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct LabelFilter {
    /// The article has at least one of these labels.
    pub any: Option<Vec<String>>,
    /// The article has all of these labels.
    pub all: Option<Vec<String>>,
    /// The article has none of these labels.
    pub none: Option<Vec<String>>,
}

/// Selects by topics, which are named by slug. An unknown slug matches no article.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TopicFilter {
    /// The article has at least one of these topics.
    pub any: Vec<String>,
    /// Whether the descendants of these topics count as well.
    pub include_descendants: bool,
}

/// Why a filter is refused.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{} {reason}", named(path))]
pub struct FilterError {
    /// The path of the field within the filter, outermost first, for example `["or", "tags", "any"]`. Empty when the
    /// filter as a whole is wrong.
    pub path: Vec<String>,
    /// What is wrong and how to fix it: the rest of a sentence that begins with the name of the field.
    pub reason: String,
}

impl FilterError {
    /// Makes an error at a dotted path, for example `tags.any`.
    pub(crate) fn at(path: &str, reason: impl Into<String>) -> Self {
        Self { path: path.split('.').map(str::to_owned).collect(), reason: reason.into() }
    }
}

/// Why an empty list is refused.
pub(crate) const EMPTY_LIST: &str =
    "is an empty list, which could mean everything or nothing: leave it out, or name at least one entry";

impl ArticleFilter {
    /// The maximum number of terms of one filter: every filter object, every slug and every entry of a list counts.
    pub const MAX_TERMS: usize = 200;
    /// The maximum nesting depth of `and`, `or` and `not`.
    pub const MAX_DEPTH: usize = 10;

    /// Resolves slugs to ids, and turns the filter into a predicate.
    ///
    /// # Errors
    /// [`FilterError`] when a list is empty, which could mean everything or nothing, or when the filter exceeds its
    /// limits.
    pub fn resolve(&self, taxonomy: &Taxonomy) -> Result<Predicate, FilterError> {
        let mut resolver = Resolver { taxonomy, terms: 0, path: Vec::new() };
        Ok(resolver.filter(self)?.simplify())
    }
}

fn named(path: &[String]) -> String {
    if path.is_empty() { "the filter".to_owned() } else { format!("`{}`", path.join(".")) }
}

struct Resolver<'a> {
    taxonomy: &'a Taxonomy,
    terms: usize,
    path: Vec<String>,
}

impl Resolver<'_> {
    fn filter(&mut self, filter: &ArticleFilter) -> Result<Predicate, FilterError> {
        let ArticleFilter { tags, topics, authors, published_at, updated_at, locale, and, or, not } = filter;
        self.count(1)?;
        let mut all = Vec::new();
        if let Some(tags) = tags {
            let find = |t: &Taxonomy, slug: &str| t.tag_by_slug(slug).map(|tag| tag.id.into());
            all.push(self.labels("tags", tags, find)?);
        }
        if let Some(TopicFilter { any, include_descendants }) = topics {
            self.list("topics.any", any)?;
            let found = any.iter().filter_map(|slug| self.taxonomy.topic_by_slug(slug));
            let labels: BTreeSet<LabelId> = if *include_descendants {
                found.flat_map(|topic| self.taxonomy.subtree(topic.id)).map(Into::into).collect()
            } else {
                found.map(|topic| topic.id.into()).collect()
            };
            all.push(Predicate::Labelled(labels));
        }
        if let Some(authors) = authors {
            let find = |t: &Taxonomy, slug: &str| t.author_by_slug(slug).map(|author| author.id.into());
            all.push(self.labels("authors", authors, find)?);
        }
        if let Some(range) = published_at {
            all.push(Predicate::Published(*range));
        }
        if let Some(range) = updated_at {
            all.push(Predicate::Updated(*range));
        }
        if let Some(locale) = locale {
            all.push(Predicate::InLocale(locale.clone()));
        }
        if let Some(filters) = and {
            all.push(Predicate::All(self.branches("and", filters)?));
        }
        if let Some(filters) = or {
            all.push(Predicate::Any(self.branches("or", filters)?));
        }
        if let Some(filter) = not {
            let inner = self.within("not", |this| this.filter(filter))?;
            all.push(Predicate::Not(Box::new(inner)));
        }
        Ok(Predicate::All(all))
    }

    fn labels(
        &mut self,
        field: &str,
        filter: &LabelFilter,
        find: impl Fn(&Taxonomy, &str) -> Option<LabelId>,
    ) -> Result<Predicate, FilterError> {
        let LabelFilter { any, all, none } = filter;
        let mut conjuncts = Vec::new();
        let any_of = |slugs: &[String]| {
            Predicate::Labelled(slugs.iter().filter_map(|slug| find(self.taxonomy, slug)).collect())
        };
        if let Some(slugs) = any {
            conjuncts.push(any_of(slugs));
        }
        if let Some(slugs) = all {
            conjuncts.extend(slugs.iter().map(|slug| any_of(std::slice::from_ref(slug))));
        }
        if let Some(slugs) = none {
            conjuncts.push(Predicate::Not(Box::new(any_of(slugs))));
        }
        for (name, slugs) in [("any", any), ("all", all), ("none", none)] {
            if let Some(slugs) = slugs {
                self.list(&format!("{field}.{name}"), slugs)?;
            }
        }
        Ok(Predicate::All(conjuncts))
    }

    fn branches(&mut self, field: &str, filters: &[ArticleFilter]) -> Result<Vec<Predicate>, FilterError> {
        self.list(field, filters)?;
        self.within(field, |this| filters.iter().map(|filter| this.filter(filter)).collect())
    }

    fn list<T>(&mut self, field: &str, list: &[T]) -> Result<(), FilterError> {
        if list.is_empty() {
            return self.refuse(Some(field), EMPTY_LIST);
        }
        self.count(list.len())
    }

    fn count(&mut self, terms: usize) -> Result<(), FilterError> {
        self.terms += terms;
        if self.terms > ArticleFilter::MAX_TERMS {
            let message =
                format!("has more than {} terms: split it into several queries", ArticleFilter::MAX_TERMS);
            return self.refuse(None, &message);
        }
        Ok(())
    }

    fn within<T>(
        &mut self,
        field: &str,
        inner: impl FnOnce(&mut Self) -> Result<T, FilterError>,
    ) -> Result<T, FilterError> {
        self.path.push(field.to_owned());
        if self.path.len() >= ArticleFilter::MAX_DEPTH {
            let message = format!("is nested deeper than {} levels: flatten it", ArticleFilter::MAX_DEPTH);
            return self.refuse(None, &message);
        }
        let answer = inner(self)?;
        self.path.pop();
        Ok(answer)
    }

    fn refuse<T>(&self, field: Option<&str>, reason: &str) -> Result<T, FilterError> {
        let field = field.into_iter().flat_map(|field| field.split('.')).map(str::to_owned);
        Err(FilterError { path: self.path.iter().cloned().chain(field).collect(), reason: reason.to_owned() })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_error_for_an_empty_list_has_its_path() {
        let filter = ArticleFilter {
            or: Some(vec![ArticleFilter {
                tags: Some(LabelFilter { none: Some(vec![]), ..LabelFilter::default() }),
                ..ArticleFilter::default()
            }]),
            ..ArticleFilter::default()
        };
        let refusal = filter.resolve(&Taxonomy::default()).unwrap_err();
        assert_eq!(refusal.path, ["or", "tags", "none"]);
        assert!(refusal.reason.starts_with("is an empty list"), "{refusal}");
    }

    #[test]
    fn filters_beyond_the_depth_or_size_limit_are_refused() {
        let mut deep = ArticleFilter::default();
        for _ in 0..20 {
            deep = ArticleFilter { not: Some(Box::new(deep)), ..ArticleFilter::default() };
        }
        assert!(deep.resolve(&Taxonomy::default()).is_err());
        let wide = ArticleFilter {
            tags: Some(LabelFilter { any: Some(vec!["x".to_owned(); 201]), ..LabelFilter::default() }),
            ..ArticleFilter::default()
        };
        assert!(wide.resolve(&Taxonomy::default()).is_err());
    }

    #[test]
    fn an_empty_filter_matches_all_and_an_unknown_tag_matches_nothing() {
        let taxonomy = Taxonomy::default();
        assert_eq!(ArticleFilter::default().resolve(&taxonomy), Ok(Predicate::All(vec![])));
        let unknown = ArticleFilter {
            tags: Some(LabelFilter { any: Some(vec!["x".to_owned()]), ..LabelFilter::default() }),
            ..ArticleFilter::default()
        };
        assert_eq!(unknown.resolve(&taxonomy), Ok(Predicate::Any(vec![])));
    }
}
