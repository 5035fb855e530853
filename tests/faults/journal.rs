//! What each writer knows about its articles. After a fault, the server must agree with that.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use crate::support::Client;

/// The number of concurrent writers.
pub(crate) const WRITERS: usize = 4;
/// The number of articles that each writer keeps changing.
pub(crate) const ARTICLES: usize = 3;

/// What one writer has done. Nobody else writes to its articles.
#[derive(Debug, Clone)]
pub(crate) struct Journal {
    writer: usize,
    /// The number of articles that it has tried to create.
    creations: usize,
    articles: Vec<Written>,
    /// Writes with an unknown outcome. Until [`Journal::settle`] finds it, the writer does not change their articles.
    unknown: Vec<Attempt>,
    /// The number of editions that its writes have added.
    pub(crate) editions: i64,
    /// The number of acknowledged writes.
    pub(crate) acknowledged: usize,
}

/// An article as it is after a write.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Written {
    id: String,
    title: String,
    version: i64,
    public: Option<i64>,
    scheduled: Option<i64>,
    state: String,
    edition: Option<i64>,
}

/// A write, and the article before it.
#[derive(Debug, Clone)]
pub(crate) enum Attempt {
    Create { writer: usize, title: String },
    Update(Written),
    Publish(Written),
    Schedule(Written),
    Withdraw(Written),
}

/// Everything that readers get.
#[derive(Debug)]
pub(crate) struct Public {
    pub(crate) edition: i64,
    articles: BTreeMap<String, Value>,
}

/// A text that contains its title and version in every format.
fn text(title: &str, version: i64) -> String {
    format!("## Part of {title}\n\nVersion **{version}**.\n")
}

impl Journal {
    pub(crate) fn new(writer: usize) -> Self {
        Self { writer, creations: 0, articles: Vec::new(), unknown: Vec::new(), editions: 0, acknowledged: 0 }
    }

    /// The next attempt. `chance`, which is below 100, chooses the action, and `place` the article.
    pub(crate) fn next(&mut self, chance: usize, place: usize) -> Attempt {
        // The writer changes only its latest articles.
        let count = self.articles.len();
        if count == 0 || chance < 12 {
            self.creations += 1;
            return Attempt::Create {
                writer: self.writer,
                title: format!("W{} {}", self.writer, self.creations),
            };
        }
        let article = self.articles[count - 1 - place % count.min(ARTICLES)].clone();
        match chance {
            12..50 if article.public != Some(article.version) => Attempt::Publish(article),
            50..70 if article.public != Some(article.version) => Attempt::Schedule(article),
            70..85 if article.public.is_some() => Attempt::Withdraw(article),
            _ => Attempt::Update(article),
        }
    }

    /// Records an acknowledged write. Asserts that its answer is correct.
    pub(crate) fn record_acknowledged(&mut self, attempt: &Attempt, written: Written) {
        assert_eq!(attempt.outcome(&written), written, "{attempt:?}");
        self.acknowledged += 1;
        self.apply(attempt, written);
    }

    /// Records a write with an unknown outcome.
    pub(crate) fn record_unknown(&mut self, attempt: Attempt) {
        if let Some(before) = attempt.before() {
            self.articles.retain(|article| article.id != before.id);
        }
        self.unknown.push(attempt);
    }

    /// Records that an attempt did not reach the server.
    pub(crate) fn record_not_sent(&mut self, attempt: Attempt) {
        if let Attempt::Create { .. } = attempt {
            self.creations -= 1;
        }
    }

    fn apply(&mut self, attempt: &Attempt, written: Written) {
        if matches!(attempt, Attempt::Publish(_) | Attempt::Withdraw(_)) {
            self.editions += 1;
        }
        match self.articles.iter_mut().find(|article| article.id == written.id) {
            Some(article) => *article = written,
            None => self.articles.push(written),
        }
    }

    /// Finds the outcome of the writes with an unknown outcome. Asserts that the server agrees with everything else.
    pub(crate) fn settle(&mut self, editor: &Client, public: &Public) {
        let mut found = self.articles_at_desk(editor);
        for attempt in std::mem::take(&mut self.unknown) {
            let before = attempt.before().cloned();
            let now = match &before {
                Some(before) => found.get(&before.id).cloned(),
                None => found.values().find(|now| Some(now.title.as_str()) == attempt.title()).cloned(),
            };
            // A write is stored completely, or not at all.
            if now.as_ref().map(Written::without_edition) != before.as_ref().map(Written::without_edition) {
                let now = now.unwrap_or_else(|| panic!("the article is lost after {attempt:?}"));
                assert_eq!(
                    now.without_edition(),
                    attempt.outcome(&now).without_edition(),
                    "{attempt:?} was stored in part"
                );
                self.apply(&attempt, now);
            } else if let Some(before) = before {
                self.articles.push(before);
            }
        }
        for article in &self.articles {
            let now = found.remove(&article.id).unwrap_or_else(|| panic!("{article:?} is lost"));
            assert_eq!(now.without_edition(), article.without_edition());
            public.check(article);
        }
        assert!(found.is_empty(), "no writer created {found:#?}");
        let public_count = public.count_of(self.writer);
        let expected = self.articles.iter().filter(|article| article.public.is_some()).count();
        assert_eq!(public_count, expected, "public articles of writer {}", self.writer);
    }

    /// The articles of this writer, by id.
    fn articles_at_desk(&self, editor: &Client) -> BTreeMap<String, Written> {
        let document = "query ($tag: [Slug!], $after: String) { desk { articles(
            first: 100, after: $after, orderBy: { field: CREATED_AT, direction: ASC }, where: { tags: { any: $tag } }
        ) {
            nodes {
                id: articleId version state title schedule { version } publishedVersion publication { version edition { number } }
                workingCopy { version title body tags { slug } }
            }
            pageInfo { hasNextPage endCursor }
        } } }";
        let (mut found, mut after) = (BTreeMap::new(), Value::Null);
        loop {
            let variables = json!({"tag": [format!("w{}", self.writer)], "after": after});
            let page = editor.data_with(document, &variables)["desk"]["articles"].take();
            for node in page["nodes"].as_array().unwrap() {
                let (title, version) = (node["title"].as_str().unwrap(), node["version"].as_i64().unwrap());
                let working_copy = json!({
                    "version": version, "title": title, "body": text(title, version),
                    "tags": [{"slug": format!("w{}", self.writer)}],
                });
                assert_eq!(node["workingCopy"], working_copy);
                assert_eq!(node["publication"]["version"], node["publishedVersion"]);
                let written =
                    Written::of(&json!({"article": node, "edition": node["publication"]["edition"]}));
                found.insert(written.id.clone(), written);
            }
            if page["pageInfo"]["hasNextPage"] == false {
                return found;
            }
            after = page["pageInfo"]["endCursor"].clone();
        }
    }
}

impl Written {
    /// Reads the payload of a mutation.
    pub(crate) fn of(done: &Value) -> Self {
        let article = &done["article"];
        let text = |name: &str| article[name].as_str().unwrap_or_else(|| panic!("{done:#}")).to_owned();
        Self {
            id: text("id"),
            title: text("title"),
            version: article["version"].as_i64().unwrap(),
            public: article["publishedVersion"].as_i64(),
            scheduled: article["schedule"]["version"].as_i64(),
            state: text("state"),
            edition: done["edition"]["number"].as_i64(),
        }
    }

    /// The article without the edition, which has different meanings in payloads and at the desk.
    fn without_edition(&self) -> Self {
        Self { edition: None, ..self.clone() }
    }
}

impl Attempt {
    fn before(&self) -> Option<&Written> {
        match self {
            Self::Create { .. } => None,
            Self::Update(article)
            | Self::Publish(article)
            | Self::Schedule(article)
            | Self::Withdraw(article) => Some(article),
        }
    }

    fn title(&self) -> Option<&str> {
        match self {
            Self::Create { writer: _, title } => Some(title),
            _ => None,
        }
    }

    /// The mutation with this selection, and its variables.
    pub(crate) fn request(&self, selection: &str) -> (String, Value) {
        let input = |title: &str, version: i64| json!({"body": text(title, version)});
        let (name, variables) = match self {
            Self::Create { writer, title } => {
                let mut input = input(title, 1);
                input["title"] = title.as_str().into();
                input["tags"] = json!([format!("w{writer}")]);
                let document = format!(
                    "mutation ($input: ArticleInput!) {{ done: articleCreate(input: $input) {{ {selection} }} }}"
                );
                return (document, json!({"input": input}));
            }
            Self::Update(article) => (
                "articleUpdate(input: $input, ",
                json!({"input": input(&article.title, article.version + 1)}),
            ),
            Self::Publish(_) => ("articlePublish(", json!({})),
            Self::Schedule(_) => ("articlePublish(at: \"2100-01-01T00:00:00Z\", ", json!({})),
            Self::Withdraw(_) => ("articleWithdraw(", json!({})),
        };
        let mut variables = variables;
        let before = self.before().unwrap();
        variables["id"] = before.id.as_str().into();
        variables["version"] = before.version.into();
        let declared = if variables["input"].is_null() { "" } else { ", $input: ArticleInput!" };
        let document = format!(
            "mutation ($id: ID!, $version: Int!{declared}) {{
                done: {name}id: $id, expectedVersion: $version) {{ {selection} }}
            }}"
        );
        (document, variables)
    }

    /// The expected article after this write. Its id and edition come from the answer.
    fn outcome(&self, answer: &Written) -> Written {
        let before = self.before().cloned().unwrap_or_else(|| Written {
            id: answer.id.clone(),
            title: self.title().unwrap_or_default().to_owned(),
            version: 0,
            public: None,
            scheduled: None,
            state: "DRAFT".to_owned(),
            edition: None,
        });
        let after = Written { edition: answer.edition, ..before.clone() };
        match self {
            Self::Create { .. } | Self::Update(_) => Written { version: before.version + 1, ..after },
            Self::Publish(_) => Written {
                public: Some(before.version),
                scheduled: None,
                state: "PUBLISHED".to_owned(),
                ..after
            },
            Self::Schedule(_) => {
                let state = if before.public.is_some() { "PUBLISHED" } else { "SCHEDULED" };
                Written { scheduled: Some(before.version), state: state.to_owned(), ..after }
            }
            Self::Withdraw(_) => {
                Written { public: None, scheduled: None, state: "WITHDRAWN".to_owned(), ..after }
            }
        }
    }
}

/// Reads everything that readers get. Asserts that lists, counts and editions agree.
pub(crate) fn public(reader: &Client) -> Public {
    let document = "query ($after: String) {
        edition { number }
        articles(first: 100, after: $after, orderBy: { field: TITLE, direction: ASC }) {
            totalCount
            nodes { id title version slug tags { slug } body { markdown html text outline { text } } edition { number } }
            pageInfo { hasNextPage endCursor }
        }
    }";
    let (mut articles, mut after) = (BTreeMap::new(), Value::Null);
    loop {
        let data = reader.data_with(document, &json!({"after": after}));
        let list = &data["articles"];
        for node in list["nodes"].as_array().unwrap() {
            articles.insert(node["id"].as_str().unwrap().to_owned(), node.clone());
        }
        if list["pageInfo"]["hasNextPage"] == false {
            assert_eq!(list["totalCount"], json!(articles.len()));
            let public = Public { edition: data["edition"]["number"].as_i64().unwrap(), articles };
            public.check_tags(reader);
            return public;
        }
        after = list["pageInfo"]["endCursor"].clone();
    }
}

impl Public {
    /// The number of public articles of a writer.
    fn count_of(&self, writer: usize) -> usize {
        let tag = format!("w{writer}");
        self.articles.values().filter(|article| article["tags"][0]["slug"] == tag.as_str()).count()
    }

    /// Asserts that the list of a tag, its count, and the tags of the articles agree.
    fn check_tags(&self, reader: &Client) {
        for writer in 0..WRITERS {
            let document = format!(
                "{{ articles(where: {{ tags: {{ any: [\"w{writer}\"] }} }}) {{ totalCount }} tag(slug: \"w{writer}\") {{ articleCount }} }}"
            );
            let expected = json!({"articles": {"totalCount": self.count_of(writer)}, "tag": {"articleCount": self.count_of(writer)}});
            assert_eq!(reader.data(&document), expected);
        }
        let mut editions: Vec<_> =
            self.articles.values().map(|article| article["edition"]["number"].as_i64().unwrap()).collect();
        editions.sort_unstable();
        editions.dedup();
        assert_eq!(editions.len(), self.articles.len(), "each article was published in its own edition");
        assert!(editions.last().is_none_or(|last| *last <= self.edition));
    }

    /// Asserts that readers get exactly what the writer of an article knows.
    fn check(&self, article: &Written) {
        let found = self.articles.get(&article.id);
        let (Some(version), Some(found)) = (article.public, found) else {
            assert_eq!((article.public, found), (None, None), "{article:?}");
            return;
        };
        let Written { title, .. } = article;
        let body = &found["body"];
        assert_eq!((&found["title"], &found["version"]), (&json!(title), &json!(version)));
        assert_eq!(body["markdown"], json!(text(title, version)));
        assert_eq!(body["outline"], json!([{"text": format!("Part of {title}")}]));
        let html = body["html"].as_str().unwrap();
        assert!(html.contains(&format!("<strong>{version}</strong>")), "{html}");
        assert_eq!(body["text"], json!(format!("Part of {title}\n\nVersion {version}.")));
    }
}
