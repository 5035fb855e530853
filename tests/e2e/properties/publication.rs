//! Generated publications, for the program and for the oracle.

use proptest::collection::{btree_set, vec};
use proptest::prelude::*;
use serde_json::{Value, json};

use super::filter::Filter;
use crate::support::{Folder, Saved, Server};

pub(crate) const TAGS: usize = 8;
pub(crate) const TOPICS: usize = 7;
pub(crate) const AUTHORS: usize = 4;
/// There are few values, so that many articles have the same one.
pub(crate) const DATES: usize = 9;
pub(crate) const LOCALES: [&str; 3] = ["en", "es", "fr-CA"];
/// There are few values. Some differ only in case, and some are not ASCII.
const TITLES: [&str; 9] =
    ["Apple", "apple", "APPLE pie", "Éclair", "eclair", "Zebra", "zebra crossing", "ßharp", "日本"];

/// The places of [`TITLES`] in their order. Titles that differ only in case have the same place.
const PLACES: [usize; TITLES.len()] = [0, 0, 1, 3, 2, 5, 6, 4, 7];

#[derive(Debug, Clone)]
pub(crate) struct Article {
    title: usize,
    pub(crate) date: usize,
    pub(crate) updated: usize,
    pub(crate) locale: usize,
    pub(crate) tags: Vec<usize>,
    pub(crate) topics: Vec<usize>,
    pub(crate) authors: Vec<usize>,
    fate: Fate,
    pub(crate) id: String,
}

/// What happens to a published article.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Fate {
    Stays,
    /// All fields of its working copy change, without a publish.
    Edited,
    Withdrawn,
}

/// The topics, and the changes of tags.
#[derive(Debug, Clone)]
pub(crate) struct Labels {
    /// The parent of each topic. It is always an earlier one, so that the topics form a tree.
    parents: Vec<Option<usize>>,
    /// Pairs of tags: the first is merged into the second.
    merged: Vec<(usize, usize)>,
    /// A tag that is renamed.
    renamed: usize,
}

#[derive(Debug, Clone)]
pub(crate) struct Publication {
    articles: Vec<Article>,
    labels: Labels,
}

#[derive(Debug, Clone, Copy)]
pub(crate) struct Order {
    field: &'static str,
    ascending: bool,
}

pub(crate) fn orders() -> impl Strategy<Value = Order> {
    (prop::sample::select(vec!["PUBLISHED_AT", "PUBLISHED_AT", "UPDATED_AT", "TITLE"]), any::<bool>())
        .prop_map(|(field, ascending)| Order { field, ascending })
}

impl Order {
    pub(crate) fn json(self) -> Value {
        json!({"field": self.field, "direction": if self.ascending { "ASC" } else { "DESC" }})
    }
}

pub(crate) fn strategy() -> impl Strategy<Value = Publication> {
    (vec(article(), 20..=60), labels()).prop_map(|(articles, labels)| Publication { articles, labels })
}

fn article() -> impl Strategy<Value = Article> {
    let some = |count: usize, most: usize| {
        btree_set(0..count, 0..=most).prop_map(|set| set.into_iter().collect::<Vec<_>>())
    };
    let fate = prop_oneof![8 => Just(Fate::Stays), 1 => Just(Fate::Edited), 1 => Just(Fate::Withdrawn)];
    (
        (0..TITLES.len(), 0..DATES, 0..DATES, 0..LOCALES.len()),
        (some(TAGS, 4), some(TOPICS, 2), some(AUTHORS, 2)),
        fate,
    )
        .prop_map(|((title, date, updated, locale), (tags, topics, authors), fate)| Article {
            title,
            date,
            updated,
            locale,
            tags,
            topics,
            authors,
            fate,
            id: String::new(),
        })
}

pub(crate) fn labels() -> impl Strategy<Value = Labels> {
    let parents = vec(prop::option::weighted(0.7, any::<prop::sample::Index>()), TOPICS).prop_map(|places| {
        let above =
            |(n, place): (usize, Option<prop::sample::Index>)| Some(place?.index(n.max(1))).filter(|_| n > 0);
        places.into_iter().enumerate().map(above).collect()
    });
    // Sometimes tag 7 is merged into 6, and 6 into 5: a chain of merges.
    let merged = (any::<bool>(), any::<bool>()).prop_map(|(first, second)| {
        let merges = [(first, (7, 6)), (second, (6, 5))];
        merges.into_iter().filter(|(happens, _)| *happens).map(|(_, merge)| merge).collect()
    });
    (parents, merged, 0..5_usize).prop_map(|(parents, merged, renamed)| Labels { parents, merged, renamed })
}

/// An instant. Greater numbers are later.
pub(crate) fn date(number: usize) -> String {
    format!("2024-0{}-01T12:00:00Z", number + 1)
}

impl Labels {
    /// The tag that remains after merges.
    pub(crate) fn tag(&self, n: usize) -> usize {
        self.merged.iter().fold(n, |n, (from, into)| if n == *from { *into } else { n })
    }

    /// Creates all tags, topics and authors.
    pub(crate) fn make(&self, server: &Server) {
        for n in 0..TAGS {
            server.editor.label("tag", json!({"name": format!("t{n}")}));
        }
        for (n, parent) in self.parents.iter().enumerate() {
            let parent = parent.map(|parent| format!("s{parent}"));
            server.editor.label("topic", json!({"name": format!("s{n}"), "parent": parent}));
        }
        for n in 0..AUTHORS {
            server.editor.label("author", json!({"name": format!("a{n}")}));
        }
    }

    /// Merges and renames tags.
    pub(crate) fn change_tags(&self, server: &Server) {
        let id = |n: usize| {
            let data = server.reader.data(&format!("{{ tag(slug: \"t{n}\") {{ id }} }}"));
            data["tag"]["id"].as_str().unwrap().to_owned()
        };
        for (from, into) in &self.merged {
            let document = "mutation ($id: ID!, $into: ID!) {
                tagMerge(id: $id, expectedVersion: 1, into: $into) { userErrors { message } }
            }";
            let merged = server.editor.data_with(document, &json!({"id": id(*from), "into": id(*into)}));
            assert_eq!(merged["tagMerge"]["userErrors"], json!([]));
        }
        let document = "mutation ($id: ID!) {
            tagRename(id: $id, expectedVersion: 1, name: \"Another name\") { userErrors { message } }
        }";
        let renamed = server.editor.data_with(document, &json!({"id": id(self.renamed)}));
        assert_eq!(renamed["tagRename"]["userErrors"], json!([]));
    }

    /// Whether a topic lies below another one.
    pub(crate) fn is_below(&self, topic: usize, above: usize) -> bool {
        self.parents[topic].is_some_and(|parent| parent == above || self.is_below(parent, above))
    }
}

impl Publication {
    /// Creates the generated content on a server.
    pub(crate) fn publish(mut self, server: &Server) -> Self {
        self.labels.make(server);
        self.import(server);
        for article in &self.articles {
            let saved = Saved { id: article.id.clone(), version: 1 };
            match article.fate {
                Fate::Stays => {}
                Fate::Edited => {
                    let other = json!({
                        "title": "Nobody sees this", "tags": [], "topics": [], "authors": [], "locale": "de",
                        "publishedAt": "2020-01-01T00:00:00Z",
                    });
                    server.editor.update(&saved, other);
                }
                Fate::Withdrawn => {
                    let document = "mutation ($id: ID!) {
                        articleWithdraw(id: $id, expectedVersion: 1) { userErrors { message } }
                    }";
                    server.editor.data_with(document, &json!({"id": saved.id}));
                }
            }
        }
        self.articles.retain(|article| article.fate != Fate::Withdrawn);
        self.labels.change_tags(server);
        self
    }

    fn import(&mut self, server: &Server) {
        let folder = Folder::new("generated");
        let names =
            |kind: &str, list: &[usize]| list.iter().map(|n| format!("{kind}{n}")).collect::<Vec<_>>();
        for (n, article) in self.articles.iter().enumerate() {
            let front_matter = json!({
                "id": format!("x{n}"), "title": TITLES[article.title], "date": date(article.date),
                "lastmod": date(article.updated), "lang": LOCALES[article.locale], "tags": names("t", &article.tags),
                "topics": names("s", &article.topics), "authors": names("a", &article.authors),
            });
            // Every JSON value is also a YAML value.
            let fields = front_matter.as_object().unwrap().iter();
            let fields: String = fields.map(|(name, value)| format!("{name}: {value}\n")).collect();
            folder.write(&format!("{n}.md"), format!("---\n{fields}---\nText.\n"));
        }
        folder.import(server.database(), &["--strict"]).succeeded();
        let data = server.reader.data("{ articles(first: 100) { nodes { id externalRef } } }");
        for node in data["articles"]["nodes"].as_array().unwrap() {
            let n: usize = node["externalRef"].as_str().unwrap()[1..].parse().unwrap();
            node["id"].as_str().unwrap().clone_into(&mut self.articles[n].id);
        }
    }

    /// The ids of all articles.
    pub(crate) fn ids(&self) -> Vec<String> {
        self.articles.iter().map(|article| article.id.clone()).collect()
    }

    /// The ids of the articles that match a filter, in an order.
    pub(crate) fn expected(&self, filter: &Filter, order: Order) -> Vec<String> {
        let all = self.ids();
        let mut found: Vec<_> =
            self.articles.iter().filter(|article| filter.holds(article, &self.labels, &all)).collect();
        found.sort_by_key(|article| {
            let key = match order.field {
                "PUBLISHED_AT" => article.date.to_string(),
                "UPDATED_AT" => article.updated.to_string(),
                _ => PLACES[article.title].to_string(),
            };
            (key, &article.id)
        });
        if !order.ascending {
            found.reverse();
        }
        found.into_iter().map(|article| article.id.clone()).collect()
    }
}
