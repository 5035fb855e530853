//! Generated filters, for the API and for the oracle.

use proptest::collection::vec;
use proptest::option;
use proptest::prelude::*;
use serde_json::{Map, Value, json};

use super::publication::{AUTHORS, Article, DATES, LOCALES, Labels, TAGS, TOPICS, date};

/// A filter. Each number is the index of a label in its list, and the index after the last one stands for a
/// label that does not exist.
#[derive(Debug, Clone, Default)]
pub(crate) struct Filter {
    /// Places in the list of all articles, of which the one after the last stands for an article that does not exist.
    ids: Option<Vec<prop::sample::Index>>,
    tags: Option<Any>,
    topics: Option<(Vec<usize>, Option<bool>)>,
    authors: Option<Any>,
    published_at: Option<[Option<usize>; 4]>,
    updated_at: Option<[Option<usize>; 4]>,
    locale: Option<usize>,
    and: Option<Vec<Filter>>,
    or: Option<Vec<Filter>>,
    not: Option<Box<Filter>>,
}

#[derive(Debug, Clone)]
struct Any {
    any: Option<Vec<usize>>,
    all: Option<Vec<usize>>,
    none: Option<Vec<usize>>,
}

pub(crate) fn strategy() -> impl Strategy<Value = Filter> {
    plain().prop_recursive(3, 12, 3, |inner| {
        let list = || option::weighted(0.4, vec(inner.clone(), 1..=3));
        (plain(), list(), list(), option::weighted(0.3, inner.clone()))
            .prop_map(|(plain, and, or, not)| Filter { and, or, not: not.map(Box::new), ..plain })
    })
}

/// A filter without nested filters.
fn plain() -> impl Strategy<Value = Filter> {
    let topics = (vec(0..=TOPICS, 1..=3), option::of(any::<bool>()));
    let dates = prop::array::uniform4(option::weighted(0.3, 0..DATES));
    (
        option::weighted(0.5, labels(TAGS)),
        option::weighted(0.3, topics),
        option::weighted(0.2, labels(AUTHORS)),
        option::weighted(0.3, dates.clone()),
        option::weighted(0.15, dates),
        option::weighted(0.15, 0..=LOCALES.len()),
        option::weighted(0.15, vec(any::<prop::sample::Index>(), 1..=12)),
    )
        .prop_map(|(tags, topics, authors, published_at, updated_at, locale, ids)| Filter {
            ids,
            tags,
            topics,
            authors,
            published_at,
            updated_at,
            locale,
            ..Filter::default()
        })
}

fn labels(count: usize) -> impl Strategy<Value = Any> {
    let list = move |weight| option::weighted(weight, vec(0..=count, 1..=4));
    (list(0.6), list(0.25), list(0.3)).prop_map(|(any, all, none)| Any { any, all, none })
}

impl Filter {
    /// The filter for the API. `all` are the ids of all articles.
    pub(crate) fn json(&self, all: &[String]) -> Value {
        let Self { ids, tags, topics, authors, published_at, updated_at, locale, and, or, not } = self;
        let slugs =
            |kind: &str, list: &[usize]| list.iter().map(|n| format!("{kind}{n}")).collect::<Vec<_>>();
        let any = |kind: &str, Any { any, all, none }: &Any| {
            let mut filter = Map::new();
            for (name, list) in [("any", any), ("all", all), ("none", none)] {
                if let Some(list) = list {
                    filter.insert(name.to_owned(), json!(slugs(kind, list)));
                }
            }
            Value::Object(filter)
        };
        let mut filter = Map::new();
        let mut set = |name: &str, value: Option<Value>| {
            if let Some(value) = value {
                filter.insert(name.to_owned(), value);
            }
        };
        set("ids", ids.as_ref().map(|places| places.iter().map(|place| json!(named(*place, all))).collect()));
        set("tags", tags.as_ref().map(|filter| any("t", filter)));
        set(
            "topics",
            topics.as_ref().map(|(list, descendants)| match descendants {
                Some(descendants) => json!({"in": slugs("s", list), "includeDescendants": descendants}),
                None => json!({"in": slugs("s", list)}),
            }),
        );
        set("authors", authors.as_ref().map(|filter| any("a", filter)));
        for (field, range) in [("publishedAt", published_at), ("updatedAt", updated_at)] {
            let range = range.map(|bounds| {
                let named = ["gte", "gt", "lte", "lt"].into_iter().zip(bounds);
                let bounds = named.filter_map(|(name, bound)| {
                    // A day as a bound finds the same, because all dates are at noon.
                    let (bound, at) = (bound?, date(bound?));
                    let written = if (bound + name.len()) % 2 == 0 { &at } else { &at[..10] };
                    Some((name.to_owned(), json!(written)))
                });
                bounds.collect()
            });
            set(field, range);
        }
        set("locale", locale.map(|place| json!(LOCALES.get(place).unwrap_or(&"de"))));
        set("and", and.as_ref().map(|list| list.iter().map(|filter| filter.json(all)).collect()));
        set("or", or.as_ref().map(|list| list.iter().map(|filter| filter.json(all)).collect()));
        set("not", not.as_ref().map(|filter| filter.json(all)));
        Value::Object(filter)
    }

    /// Whether an article matches. `all` are the ids of all articles.
    pub(crate) fn holds(&self, article: &Article, labels: &Labels, all: &[String]) -> bool {
        let Self { ids, tags, topics, authors, published_at, updated_at, locale, and, or, not } = self;
        let any = |Any { any, all, none }: &Any, has: &dyn Fn(usize) -> bool| {
            any.as_ref().is_none_or(|list| list.iter().any(|n| has(*n)))
                && all.as_ref().is_none_or(|list| list.iter().all(|n| has(*n)))
                && none.as_ref().is_none_or(|list| !list.iter().any(|n| has(*n)))
        };
        let tag = |n: usize| n < TAGS && article.tags.iter().any(|tag| labels.tag(*tag) == labels.tag(n));
        let author = |n: usize| article.authors.contains(&n);
        let topic = |n: usize, descendants: bool| {
            article.topics.iter().any(|topic| *topic == n || (descendants && labels.is_below(*topic, n)))
        };
        let within = |[gte, gt, lte, lt]: [Option<usize>; 4], date: usize| {
            gte.is_none_or(|bound| date >= bound)
                && gt.is_none_or(|bound| date > bound)
                && lte.is_none_or(|bound| date <= bound)
                && lt.is_none_or(|bound| date < bound)
        };
        ids.as_ref().is_none_or(|places| places.iter().any(|place| named(*place, all) == article.id))
            && tags.as_ref().is_none_or(|filter| any(filter, &tag))
            && topics
                .as_ref()
                .is_none_or(|(list, descendants)| list.iter().any(|n| topic(*n, descendants.unwrap_or(true))))
            && authors.as_ref().is_none_or(|filter| any(filter, &author))
            && published_at.is_none_or(|range| within(range, article.date))
            && updated_at.is_none_or(|range| within(range, article.updated))
            && locale.is_none_or(|place| article.locale == place)
            && and.as_ref().is_none_or(|list| list.iter().all(|filter| filter.holds(article, labels, all)))
            && or.as_ref().is_none_or(|list| list.iter().any(|filter| filter.holds(article, labels, all)))
            && not.as_ref().is_none_or(|filter| !filter.holds(article, labels, all))
    }
}

/// The id at a place in the list of all articles, or one that does not exist.
fn named(place: prop::sample::Index, all: &[String]) -> &str {
    all.get(place.index(all.len() + 1)).map_or("article_00000000000000000000000000", String::as_str)
}
