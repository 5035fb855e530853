//! Cache tags: a cache that removes the answers with the tags of each new edition never has a stale answer.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Value, json};

use super::get;
use crate::support::{Saved, Server};

/// A cache that keeps answers until they are purged.
struct Cdn<'a> {
    server: &'a Server,
    documents: Vec<String>,
    answers: BTreeMap<usize, (String, BTreeSet<String>)>,
}

impl<'a> Cdn<'a> {
    fn new(server: &'a Server, documents: Vec<String>) -> Self {
        let mut cdn = Self { server, documents, answers: BTreeMap::new() };
        cdn.fill();
        cdn
    }

    fn fill(&mut self) {
        for (place, document) in self.documents.iter().enumerate() {
            if self.answers.contains_key(&place) {
                continue;
            }
            let answer = get(&self.server.reader, document, &[]);
            let names = |header, separator: char| -> BTreeSet<String> {
                answer.header(header).unwrap_or_default().split(separator).map(str::to_owned).collect()
            };
            let tags = names("cache-tag", ',');
            assert_eq!(tags, names("surrogate-key", ' '));
            answer.data();
            self.answers.insert(place, (answer.text, tags));
        }
    }

    /// Removes the answers with the tags of the latest edition. Asserts that the other answers are still correct.
    /// Returns the number of removed answers.
    fn purge(&mut self, what: &str) -> usize {
        let latest = self.server.reader.data("{ edition { number cacheTags } }");
        let purged_tags: BTreeSet<String> =
            serde_json::from_value(latest["edition"]["cacheTags"].clone()).unwrap();
        assert!(purged_tags.contains("edition"), "{what}: {purged_tags:?}");
        let before = self.answers.len();
        self.answers.retain(|_, (_, tags)| tags.is_disjoint(&purged_tags));
        for (place, (answer, tags)) in &self.answers {
            let document = &self.documents[*place];
            let now = get(&self.server.reader, document, &[]).text;
            assert_eq!(*answer, now, "{what}: {document} has {tags:?}; the purged tags are {purged_tags:?}");
        }
        let removed_count = before - self.answers.len();
        self.fill();
        removed_count
    }
}

fn documents(ids: &[&str]) -> Vec<String> {
    let mut documents: Vec<String> = [
        "{ edition { number } }",
        "{ __typename }",
        "{ articles { nodes { slug title tags { name slug } topics { name } authors { name } } } }",
        "{ articles { totalCount } }",
        "{ articles(where: {tags: {any: [\"flu\"]}}) { nodes { slug } } }",
        "{ articles(where: {tags: {none: [\"flu\"]}}) { nodes { slug } } }",
        "{ articles(where: {topics: {in: [\"care\"]}}) { nodes { slug } } }",
        "{ articles(where: {authors: {any: [\"ann\"]}}) { nodes { title } } }",
        "{ tags(orderBy: {field: NAME, direction: ASC}) { nodes { slug } } }",
        "{ tags { nodes { slug articleCount } } }",
        "{ tags(where: {used: true}) { nodes { slug } } }",
        "{ tag(slug: \"flu\") { name slug } }",
        "{ tag(slug: \"influenza\") { name slug } }",
        "{ tag(slug: \"cold\") { name articleCount } }",
        "{ topics { slug children { slug children { slug } } } }",
        "{ topic(slug: \"children\") { name path { slug } parent { slug } } }",
        "{ topic(slug: \"none-yet\") { name } }",
        "{ authors { nodes { name } } }",
        "{ author(slug: \"ann\") { name articleCount } }",
        "{ author(slug: \"bo\") { name } }",
        "{ redirects { nodes { slug httpStatus article { title } } } }",
        "{ redirect(slug: \"one\") { httpStatus article { slug } } }",
        "{ article(by: {externalRef: \"one\"}) { title } }",
    ]
    .map(str::to_owned)
    .to_vec();
    for slug in ["one", "two", "three", "one-again"] {
        documents.push(format!(
            "{{ article(by: {{slug: \"{slug}\"}}) {{ title body {{ html }} tags {{ name }} topics {{ path {{ name }} }} }} }}"
        ));
    }
    for id in ids {
        documents.push(format!("{{ node(id: \"{id}\") {{ __typename ... on Article {{ title }} ... on Tag {{ name }} ... on Topic {{ name }} ... on Author {{ name }} }} }}"));
    }
    documents
}

/// Asserts that a write was not refused, and returns its payload.
fn payload_of(server: &Server, mutation: &str) -> Value {
    let data = server.editor.data(&format!("mutation {{ written: {mutation} }}"));
    assert_eq!(data["written"]["userErrors"], json!([]), "{mutation}");
    data["written"].clone()
}

both! {
    fn a_cache_purged_by_tags_is_never_stale(env: &Env) {
        let server = env.server();
        let editor = &server.editor;
        let flu = editor.label("tag", json!({"name": "Flu"}));
        let cold = editor.label("tag", json!({"name": "Cold"}));
        let care = editor.label("topic", json!({"name": "Care"}));
        let children = editor.label("topic", json!({"name": "Children"}));
        let ann = editor.label("author", json!({"name": "Ann"}));
        let article = |title: &str, tags: &[&str], topics: &[&str]| {
            json!({"title": title, "body": "Some text.", "tags": tags, "topics": topics, "authors": ["ann"], "externalRef": title.to_lowercase()})
        };
        let one = editor.published(article("One", &["flu"], &["children"]));
        let two = editor.create(article("Two", &["flu", "cold"], &["care"]));
        let mut cdn = Cdn::new(&server, documents(&[&flu, &cold, &care, &children, &ann, &one.id, &two.id]));
        let all = cdn.documents.len();
        assert_eq!(cdn.answers[&1].1, BTreeSet::from([String::new()]), "an answer that never changes has no tags");

        editor.publish(&two);
        let removed_count = cdn.purge("a first publication");
        assert!(removed_count < all - 6, "{removed_count} of {all} answers were removed: those without articles stay");
        let one = editor.update(&one, json!({"title": "One, changed", "tags": ["cold"]}));
        editor.publish(&one);
        cdn.purge("a second publication");
        let one = editor.update(&one, json!({"slug": "one-again"}));
        editor.publish(&one);
        cdn.purge("another slug");
        payload_of(&server, &format!("tagRename(id: \"{flu}\", expectedVersion: 1, name: \"Influenza\") {{ userErrors {{ message }} }}"));
        let removed_count = cdn.purge("a tag renamed");
        assert!(removed_count < all / 2, "{removed_count} of {all} answers were removed: those without tags stay");
        payload_of(&server, &format!("topicMove(id: \"{children}\", expectedVersion: 1, parent: \"care\") {{ userErrors {{ message }} }}"));
        cdn.purge("a topic moved");
        let none_yet = editor.label("topic", json!({"name": "None yet", "parent": "care"}));
        cdn.purge("a topic made");
        let bo = editor.label("author", json!({"name": "Bo"}));
        cdn.purge("an author made");
        payload_of(&server, &format!("tagMerge(id: \"{flu}\", expectedVersion: 2, into: \"{cold}\") {{ userErrors {{ message }} }}"));
        cdn.purge("a tag merged");
        payload_of(&server, &format!("topicUpdate(id: \"{care}\", expectedVersion: 1, input: {{slug: \"nursing\"}}) {{ userErrors {{ message }} }}"));
        cdn.purge("another slug for a topic");
        payload_of(&server, &format!("topicMove(id: \"{none_yet}\", expectedVersion: 1) {{ userErrors {{ message }} }}"));
        cdn.purge("a topic moved to the top");
        payload_of(&server, &format!("topicMove(id: \"{children}\", expectedVersion: 2) {{ userErrors {{ message }} }}"));
        cdn.purge("another topic moved to the top");
        payload_of(&server, &format!("topicDelete(id: \"{care}\", expectedVersion: 2, replaceWith: \"{children}\") {{ userErrors {{ message }} }}"));
        cdn.purge("a topic replaced");
        payload_of(&server, &format!("topicDelete(id: \"{none_yet}\", expectedVersion: 2) {{ userErrors {{ message }} }}"));
        cdn.purge("a topic deleted");
        payload_of(&server, &format!("authorUpdate(id: \"{bo}\", expectedVersion: 1, input: {{name: \"Bob\", slug: \"bob\"}}) {{ userErrors {{ message }} }}"));
        cdn.purge("another name for an author");
        payload_of(&server, &format!("authorMerge(id: \"{ann}\", expectedVersion: 1, into: \"{bo}\") {{ userErrors {{ message }} }}"));
        cdn.purge("an author merged");
        let unused = editor.label("tag", json!({"name": "Unused"}));
        cdn.purge("a tag made");
        payload_of(&server, &format!("tagDelete(id: \"{unused}\", expectedVersion: 1) {{ userErrors {{ message }} }}"));
        cdn.purge("a tag deleted");
        let Saved { id, version } = &one;
        payload_of(&server, &format!("articleWithdraw(id: \"{id}\", expectedVersion: {version}, reason: REDIRECT, redirectTo: \"two\") {{ userErrors {{ message }} }}"));
        cdn.purge("an article withdrawn for another");
        let Saved { id, version } = &two;
        payload_of(&server, &format!("articleWithdraw(id: \"{id}\", expectedVersion: {version}, reason: GONE) {{ userErrors {{ message }} }}"));
        cdn.purge("an article withdrawn");
        editor.publish(&one);
        cdn.purge("an article back again");
    }

    fn a_write_lists_the_tags_to_purge(env: &Env) {
        let server = env.server();
        let article = server.editor.create(json!({"title": "Flu shots", "body": "Some text."}));
        let payload = payload_of(&server, &format!("articlePublish(id: \"{}\", expectedVersion: 1) {{ edition {{ cacheTags }} userErrors {{ message }} }}", article.id));
        assert_eq!(payload["edition"]["cacheTags"], json!(["articles", "edition", article.id]));
        let data = server.reader.data("{ articles { nodes { edition { cacheTags } } } }");
        assert_eq!(data["articles"]["nodes"][0]["edition"]["cacheTags"], json!(["articles", "edition", article.id]));
    }

    fn tag_headers_have_a_maximum_length(env: &Env) {
        let server = env.server();
        for number in 0..130 {
            let input = json!({"name": format!("Author {number}")});
            server.editor.label("author", input);
        }
        let tag = |first: usize| {
            let answer = get(&server.reader, &format!("{{ authors(first: {first}) {{ nodes {{ name }} }} node(id: \"{}\") {{ id }} }}", server.editor.label("tag", json!({"name": format!("Tag {first}")}))), &[]);
            answer.header("cache-tag").unwrap().to_owned()
        };
        assert!(tag(10).contains("author_"));
        // When the tags of all entities do not fit, one tag for their type replaces them.
        let many = "a: authors(first: 100) { nodes { name } } b: authors(last: 30) { nodes { name } }";
        let answer = get(&server.reader, &format!("{{ {many} tags {{ nodes {{ name }} }} }}"), &[]);
        let names = answer.header("cache-tag").unwrap();
        assert!(names.len() <= 1536 && names.starts_with("articles,authors,tags,") && names.contains("tag_") && !names.contains("author_"), "{names}");
        // All headers together fit into 4 KiB, the limit of many proxies.
        let all: usize = answer.headers.iter().map(|(name, value)| name.as_str().len() + value.len() + 4).sum();
        assert!(all < 4_000, "{all}");
    }
}
