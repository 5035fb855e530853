//! Filters of public articles, as clients write them: with slugs and dates.

use std::collections::BTreeSet;

use crate::{ArticleId, InstantRange, LabelId, Locale, Predicate, Slug, Taxonomy};

/// Selects articles. An article must match every field that is set. A filter without fields matches all.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct ArticleFilter {
    /// By id: the article is one of these.
    pub ids: Option<Vec<ArticleId>>,
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

/// A slug in a filter that no tag, topic or author ever had. It finds nothing.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct UnknownSlug {
    /// The path of the field within the filter, outermost first, for example `["or", "tags", "any"]`.
    pub path: Vec<String>,
    /// The slug.
    pub slug: String,
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
    /// [`FilterError`] when a list is empty, which could mean everything or nothing, when a text cannot be a slug, or
    /// when the filter exceeds its limits.
    pub fn resolve(&self, taxonomy: &Taxonomy) -> Result<Predicate, FilterError> {
        Ok(Resolver::new(taxonomy).filter(self)?.simplify())
    }

    /// Returns the slugs that no tag, topic or author ever had, in the order of the filter.
    #[must_use]
    pub fn unknown_slugs(&self, taxonomy: &Taxonomy) -> Vec<UnknownSlug> {
        let mut resolver = Resolver::new(taxonomy);
        // A filter that is refused was refused before.
        let _ = resolver.filter(self);
        resolver.unknown
    }
}

fn named(path: &[String]) -> String {
    if path.is_empty() { "the filter".to_owned() } else { format!("`{}`", path.join(".")) }
}

/// The kind of label that a list of slugs names.
#[derive(Clone, Copy)]
enum Kind {
    Tag,
    Topic,
    Author,
}

impl Kind {
    /// Returns the label with this slug, current or former.
    fn find(self, taxonomy: &Taxonomy, slug: &str) -> Option<LabelId> {
        match self {
            Self::Tag => taxonomy.tag_by_slug(slug).map(|tag| tag.id.into()),
            Self::Topic => taxonomy.topic_by_slug(slug).map(|topic| topic.id.into()),
            Self::Author => taxonomy.author_by_slug(slug).map(|author| author.id.into()),
        }
    }

    /// Whether a label has this slug, or ever had it.
    fn has_slug(self, taxonomy: &Taxonomy, slug: &str) -> bool {
        match self {
            Self::Tag => taxonomy.tag_slug_owner(slug).is_some(),
            Self::Topic => taxonomy.topic_slug_owner(slug).is_some(),
            Self::Author => taxonomy.author_slug_owner(slug).is_some(),
        }
    }

    /// Returns the slug of the label with this name, ignoring case. Of several, the first in alphabetical order.
    fn slug_of_name(self, taxonomy: &Taxonomy, name: &str) -> Option<Slug> {
        let name = name.trim().to_lowercase();
        let is_it = |known: &str| known.to_lowercase() == name;
        match self {
            Self::Tag => taxonomy.tags().filter(|tag| is_it(&tag.name)).map(|tag| &tag.slug).min().cloned(),
            Self::Topic => {
                taxonomy.topics().filter(|topic| is_it(&topic.name)).map(|topic| &topic.slug).min().cloned()
            }
            Self::Author => {
                let named = taxonomy.authors().filter(|author| is_it(&author.name));
                named.map(|author| &author.slug).min().cloned()
            }
        }
    }
}

struct Resolver<'a> {
    taxonomy: &'a Taxonomy,
    terms: usize,
    path: Vec<String>,
    unknown: Vec<UnknownSlug>,
}

impl<'a> Resolver<'a> {
    fn new(taxonomy: &'a Taxonomy) -> Self {
        Self { taxonomy, terms: 0, path: Vec::new(), unknown: Vec::new() }
    }

    fn filter(&mut self, filter: &ArticleFilter) -> Result<Predicate, FilterError> {
        let ArticleFilter { ids, tags, topics, authors, published_at, updated_at, locale, and, or, not } =
            filter;
        self.count(1)?;
        let mut all = Vec::new();
        if let Some(ids) = ids {
            self.list("ids", ids)?;
            all.push(Predicate::Articles(ids.iter().copied().collect()));
        }
        if let Some(tags) = tags {
            all.push(self.labels("tags", tags, Kind::Tag)?);
        }
        if let Some(TopicFilter { any, include_descendants }) = topics {
            self.slugs("topics.any", any, Kind::Topic)?;
            let found = any.iter().filter_map(|slug| self.taxonomy.topic_by_slug(slug));
            let labels: BTreeSet<LabelId> = if *include_descendants {
                found.flat_map(|topic| self.taxonomy.subtree(topic.id)).map(Into::into).collect()
            } else {
                found.map(|topic| topic.id.into()).collect()
            };
            all.push(Predicate::Labelled(labels));
        }
        if let Some(authors) = authors {
            all.push(self.labels("authors", authors, Kind::Author)?);
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

    fn labels(&mut self, field: &str, filter: &LabelFilter, kind: Kind) -> Result<Predicate, FilterError> {
        let LabelFilter { any, all, none } = filter;
        let mut conjuncts = Vec::new();
        let any_of = |slugs: &[String]| {
            Predicate::Labelled(slugs.iter().filter_map(|slug| kind.find(self.taxonomy, slug)).collect())
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
                self.slugs(&format!("{field}.{name}"), slugs, kind)?;
            }
        }
        Ok(Predicate::All(conjuncts))
    }

    fn branches(&mut self, field: &str, filters: &[ArticleFilter]) -> Result<Vec<Predicate>, FilterError> {
        self.list(field, filters)?;
        self.within(field, |this| filters.iter().map(|filter| this.filter(filter)).collect())
    }

    /// Checks a list of slugs: text that cannot be a slug is refused, and slugs that never existed are noted.
    fn slugs(&mut self, field: &str, slugs: &[String], kind: Kind) -> Result<(), FilterError> {
        self.list(field, slugs)?;
        for text in slugs {
            if kind.has_slug(self.taxonomy, text) {
                continue;
            }
            if Slug::parse(text).is_err() {
                return self.refuse(Some(field), &self.not_a_slug(text, kind));
            }
            let unknown = UnknownSlug { path: self.path_of(Some(field)), slug: text.clone() };
            if !self.unknown.contains(&unknown) {
                self.unknown.push(unknown);
            }
        }
        Ok(())
    }

    /// Says that a text is not a slug, and which slug was probably meant.
    fn not_a_slug(&self, text: &str, kind: Kind) -> String {
        let shown: String = text.chars().take(60).collect();
        match kind.slug_of_name(self.taxonomy, text).or_else(|| Slug::from_text(text).ok()) {
            Some(meant) => format!("has `{shown}`, which is not a slug: did you mean `{meant}`?"),
            None => format!("has `{shown}`, which is not a slug: write a slug like `patient-portals`"),
        }
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
        Err(FilterError { path: self.path_of(field), reason: reason.to_owned() })
    }

    fn path_of(&self, field: Option<&str>) -> Vec<String> {
        let field = field.into_iter().flat_map(|field| field.split('.')).map(str::to_owned);
        self.path.iter().cloned().chain(field).collect()
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

    fn tagged(slugs: &[&str]) -> ArticleFilter {
        let any = Some(slugs.iter().map(|slug| (*slug).to_owned()).collect());
        ArticleFilter {
            tags: Some(LabelFilter { any, ..LabelFilter::default() }),
            ..ArticleFilter::default()
        }
    }

    #[test]
    fn text_that_cannot_be_a_slug_is_refused_with_the_slug_that_was_meant() {
        for (text, meant) in
            [("SEO", "`seo`"), ("Patient portals!", "`patient-portals`"), ("!", "`patient-portals`")]
        {
            let refusal = tagged(&[text]).resolve(&Taxonomy::default()).unwrap_err();
            assert_eq!(refusal.path, ["tags", "any"]);
            assert!(
                refusal.reason.contains(&format!("`{text}`")) && refusal.reason.contains(meant),
                "{refusal}"
            );
        }
    }

    #[test]
    fn slugs_that_never_existed_are_noted_once() {
        let filter = ArticleFilter { or: Some(vec![tagged(&["x", "y", "x"])]), ..ArticleFilter::default() };
        let unknown = |slug: &str| UnknownSlug {
            path: ["or", "tags", "any"].map(str::to_owned).to_vec(),
            slug: slug.to_owned(),
        };
        assert_eq!(filter.unknown_slugs(&Taxonomy::default()), [unknown("x"), unknown("y")]);
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
