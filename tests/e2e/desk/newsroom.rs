//! Generated newsrooms with articles in every state, for the program and for the oracle.

use proptest::collection::{btree_set, vec};
use proptest::option;
use proptest::prelude::*;
use serde_json::{Map, Value, json};

use crate::properties::publication::{AUTHORS, DATES, Labels, TAGS, TOPICS, date, labels};
use crate::support::{Client, Saved, Server};

/// With characters that are special in patterns, and with non-ASCII letters of both cases.
const TITLES: [&str; 12] = [
    "100% sure",
    "100 sure",
    "a_b",
    "a-b",
    "back\\slash",
    "backslash",
    "ÉCLAIR",
    "éclair",
    "Straße",
    "STRASSE",
    "日本",
    "aXb",
];
/// The places of [`TITLES`] in their order. Titles that differ only in case have the same place.
const PLACES: [char; TITLES.len()] = ['b', 'a', 'c', 'd', 'f', 'g', 'h', 'h', 'j', 'i', 'k', 'e'];
const NEEDLES: [&str; 15] =
    ["%", "_", "\\", "0%", "a_b", "k\\s", "É", "éc", "ß", "SS", "日", "x", " sure ", "s%e", "nobody"];

/// The actions on an article, its state afterwards, and whether it has unpublished changes.
const FATES: [(&[&str], &str, bool); 17] = [
    (&[], "DRAFT", false),
    (&["edit"], "DRAFT", false),
    (&["submit"], "IN_REVIEW", false),
    (&["submit", "changes"], "DRAFT", false),
    (&["submit", "approve"], "IN_REVIEW", false),
    (&["submit", "approve", "edit"], "IN_REVIEW", false),
    (&["schedule"], "SCHEDULED", false),
    (&["submit", "schedule"], "SCHEDULED", false),
    (&["publish"], "PUBLISHED", false),
    (&["publish", "edit"], "PUBLISHED", true),
    (&["publish", "edit", "submit"], "PUBLISHED", true),
    (&["publish", "edit", "schedule"], "PUBLISHED", true),
    (&["publish", "withdraw"], "WITHDRAWN", false),
    (&["publish", "edit", "withdraw"], "WITHDRAWN", false),
    (&["publish", "withdraw", "submit"], "IN_REVIEW", false),
    (&["publish", "withdraw", "archive"], "ARCHIVED", false),
    (&["submit", "archive"], "ARCHIVED", false),
];
const STATES: [&str; 6] = ["DRAFT", "IN_REVIEW", "SCHEDULED", "PUBLISHED", "WITHDRAWN", "ARCHIVED"];

#[derive(Debug, Clone)]
pub(super) struct Article {
    pub(super) id: String,
    title: usize,
    created: usize,
    updated: usize,
    tags: Vec<usize>,
    topics: Vec<usize>,
    authors: Vec<usize>,
    fate: usize,
    /// Whether its editorial review is overdue, if it has one.
    overdue: Option<bool>,
}

#[derive(Debug, Clone)]
pub(super) struct Newsroom {
    articles: Vec<Article>,
    labels: Labels,
}

pub(super) fn strategy() -> impl Strategy<Value = Newsroom> {
    (vec(article(), 20..=45), labels()).prop_map(|(articles, labels)| Newsroom { articles, labels })
}

fn article() -> impl Strategy<Value = Article> {
    let some = |count: usize, most: usize| {
        btree_set(0..count, 0..=most).prop_map(|set| set.into_iter().collect::<Vec<_>>())
    };
    (
        (0..TITLES.len(), 0..DATES, 0..DATES, 0..FATES.len(), option::weighted(0.4, any::<bool>())),
        (some(TAGS, 4), some(TOPICS, 2), some(AUTHORS, 2)),
    )
        .prop_map(|((title, created, updated, fate, overdue), (tags, topics, authors))| Article {
            id: String::new(),
            title,
            created,
            updated,
            tags,
            topics,
            authors,
            fate,
            overdue,
        })
}

impl Article {
    /// The entry of an article in a list at the desk.
    pub(super) fn shown(&self) -> Value {
        let (_, state, ahead) = FATES[self.fate];
        json!({
            "id": self.id, "state": state, "title": TITLES[self.title], "hasUnpublishedChanges": ahead,
            "editorialReview": {"overdue": self.overdue == Some(true)},
        })
    }

    /// Applies the actions.
    fn make(&mut self, editor: &Client, number: usize) {
        let names =
            |kind: &str, list: &[usize]| list.iter().map(|n| format!("{kind}{n}")).collect::<Vec<_>>();
        let last = json!({
            "title": TITLES[self.title], "tags": names("t", &self.tags), "topics": names("s", &self.topics),
            "authors": names("a", &self.authors),
        });
        let (steps, ..) = FATES[self.fate];
        // An article that is edited later has another title before.
        let mut input = if steps.contains(&"edit") {
            json!({"title": "Before", "tags": ["t0"], "topics": ["s0"]})
        } else {
            last.clone()
        };
        input["externalRef"] = json!(format!("x{number}"));
        input["slug"] = json!(format!("x{number}"));
        input["body"] = json!("Text.");
        let mut saved = editor.create(input);
        if let Some(overdue) = self.overdue {
            // A review cannot be due in the past, so its date is changed in the database.
            let due = if overdue { "2997-01-01T00:00:00Z" } else { "2998-01-01T00:00:00Z" };
            act(editor, "articleMarkReviewed", &saved, &format!(r#", input: {{ dueAt: "{due}" }}"#));
        }
        for step in steps {
            match *step {
                "edit" => saved = editor.update(&saved, last.clone()),
                "publish" => drop(editor.publish(&saved)),
                "submit" => act(editor, "articleSubmit", &saved, ""),
                "approve" => act(editor, "articleApprove", &saved, ""),
                "changes" => act(editor, "articleRequestChanges", &saved, r#", comment: "No""#),
                "schedule" => act(editor, "articlePublish", &saved, r#", at: "2998-01-01T00:00:00Z""#),
                "withdraw" => act(editor, "articleWithdraw", &saved, ""),
                _ => act(editor, "articleArchive", &saved, ""),
            }
        }
        self.id = saved.id;
    }
}

fn act(editor: &Client, mutation: &str, article: &Saved, arguments: &str) {
    let document = format!(
        "mutation ($id: ID!, $version: Int!) {{
            done: {mutation}(id: $id, expectedVersion: $version{arguments}) {{ userErrors {{ code message }} }}
        }}"
    );
    let done = editor.data_with(&document, &json!({"id": article.id, "version": article.version}));
    assert_eq!(done["done"]["userErrors"], json!([]), "{mutation}");
}

impl Newsroom {
    /// Creates the generated content on a server.
    pub(super) fn open(mut self, server: &Server) -> Self {
        self.labels.make(server);
        for (number, article) in self.articles.iter_mut().enumerate() {
            article.make(&server.editor, number);
        }
        self.labels.change_tags(server);
        // Few instants, so that many articles have the same one.
        let mut sql =
            "UPDATE article SET review_due_at = 1000000 WHERE review_due_at < 32430000000000000;".to_owned();
        for (number, article) in self.articles.iter().enumerate() {
            let (created, updated) = (micros(article.created), micros(article.updated));
            sql += &format!(
                "UPDATE article SET created_at = {created}, updated_at = {updated} WHERE external_ref = 'x{number}';"
            );
        }
        server.database().execute(&sql);
        self
    }

    /// The articles that match a filter, in an order.
    pub(super) fn expected(&self, filter: &Filter, field: &str, ascending: bool) -> Vec<&Article> {
        let mut found: Vec<_> =
            self.articles.iter().filter(|article| filter.holds(article, &self.labels)).collect();
        found.sort_by_key(|article| {
            let key = match field {
                "UPDATED_AT" => article.updated.to_string(),
                "CREATED_AT" => article.created.to_string(),
                _ => PLACES[article.title].to_string(),
            };
            (key, &article.id)
        });
        if !ascending {
            found.reverse();
        }
        found
    }
}

/// The instant of [`date`], as the database stores it.
fn micros(number: usize) -> i64 {
    const DAYS: [i64; DATES] = [0, 31, 60, 91, 121, 152, 182, 213, 244];
    (1_704_110_400 + DAYS[number] * 86_400) * 1_000_000
}

/// A filter. Each number is the index of a label in its list, and the index after the last one stands for a label
/// that does not exist.
#[derive(Debug, Clone)]
pub(super) struct Filter {
    states: Option<Vec<&'static str>>,
    tags: Option<[Option<Vec<usize>>; 3]>,
    authors: Option<[Option<Vec<usize>>; 3]>,
    topics: Option<(Vec<usize>, Option<bool>)>,
    title: Option<&'static str>,
    changed_since: Option<usize>,
    unpublished: Option<bool>,
    overdue: Option<bool>,
}

pub(super) fn filters() -> impl Strategy<Value = Filter> {
    let states = vec(prop::sample::select(STATES.to_vec()), 1..=4);
    let lists = |count: usize| prop::array::uniform3(option::weighted(0.4, vec(0..=count, 1..=3)));
    let topics = (vec(0..=TOPICS, 1..=3), option::of(any::<bool>()));
    (
        (
            option::weighted(0.4, states),
            option::weighted(0.4, lists(TAGS)),
            option::weighted(0.2, lists(AUTHORS)),
        ),
        option::weighted(0.25, topics),
        option::weighted(0.35, prop::sample::select(NEEDLES.to_vec())),
        option::weighted(0.2, 0..DATES),
        (option::weighted(0.2, any::<bool>()), option::weighted(0.2, any::<bool>())),
    )
        .prop_map(|((states, tags, authors), topics, title, changed_since, (unpublished, overdue))| {
            Filter { states, tags, authors, topics, title, changed_since, unpublished, overdue }
        })
}

impl Filter {
    pub(super) fn json(&self) -> Value {
        let Self { states, tags, authors, topics, title, changed_since, unpublished, overdue } = self;
        let slugs =
            |kind: &str, list: &[usize]| list.iter().map(|n| format!("{kind}{n}")).collect::<Vec<_>>();
        let any = |kind: &str, lists: &[Option<Vec<usize>>; 3]| {
            let named = ["any", "all", "none"].into_iter().zip(lists);
            let named =
                named.filter_map(|(name, list)| Some((name.to_owned(), json!(slugs(kind, list.as_ref()?)))));
            Value::Object(named.collect())
        };
        let topics = topics.as_ref().map(|(list, descendants)| match descendants {
            Some(descendants) => json!({"in": slugs("s", list), "includeDescendants": descendants}),
            None => json!({"in": slugs("s", list)}),
        });
        let fields: [(&str, Option<Value>); 8] = [
            ("states", states.as_ref().map(|states| json!(states))),
            ("tags", tags.as_ref().map(|lists| any("t", lists))),
            ("authors", authors.as_ref().map(|lists| any("a", lists))),
            ("topics", topics),
            ("title", title.map(Value::from)),
            ("changedSince", changed_since.map(|since| json!(date(since)))),
            ("hasUnpublishedChanges", unpublished.map(Value::from)),
            ("review", overdue.map(|overdue| json!({"overdue": overdue}))),
        ];
        Value::Object(
            fields
                .into_iter()
                .filter_map(|(name, value)| Some((name.to_owned(), value?)))
                .collect::<Map<_, _>>(),
        )
    }

    /// Whether an article matches.
    fn holds(&self, article: &Article, labels: &Labels) -> bool {
        let Self { states, tags, authors, topics, title, changed_since, unpublished, overdue } = self;
        let (_, state, ahead) = FATES[article.fate];
        let any = |[any, all, none]: &[Option<Vec<usize>>; 3], has: &dyn Fn(usize) -> bool| {
            any.as_ref().is_none_or(|list| list.iter().any(|n| has(*n)))
                && all.as_ref().is_none_or(|list| list.iter().all(|n| has(*n)))
                && none.as_ref().is_none_or(|list| !list.iter().any(|n| has(*n)))
        };
        let tag = |n: usize| n < TAGS && article.tags.iter().any(|tag| labels.tag(*tag) == labels.tag(n));
        let author = |n: usize| article.authors.contains(&n);
        let topic = |n: usize, descendants: bool| {
            article.topics.iter().any(|topic| *topic == n || (descendants && labels.is_below(*topic, n)))
        };
        let text = TITLES[article.title].to_lowercase();
        states.as_ref().is_none_or(|states| states.contains(&state))
            && tags.as_ref().is_none_or(|lists| any(lists, &tag))
            && authors.as_ref().is_none_or(|lists| any(lists, &author))
            && topics
                .as_ref()
                .is_none_or(|(list, descendants)| list.iter().any(|n| topic(*n, descendants.unwrap_or(true))))
            && title.is_none_or(|needle| text.contains(&needle.trim().to_lowercase()))
            && changed_since.is_none_or(|since| article.updated >= since)
            && unpublished.is_none_or(|wanted| wanted == ahead)
            && overdue.is_none_or(|wanted| wanted == (article.overdue == Some(true)))
    }
}
