//! Tags, topics and authors: what they have in common.

mod authors;
mod deletions;
mod tags;
mod topics;
mod updates;

use serde_json::{Value, json};

use crate::support::Client;

/// The tree of topics as text: `a(b(c),d)`.
fn tree(reader: &Client) -> String {
    fn write(topics: &Value) -> String {
        let below = |topic: &Value| match write(&topic["children"]) {
            children if children.is_empty() => topic["slug"].as_str().unwrap().to_owned(),
            children => format!("{}({children})", topic["slug"].as_str().unwrap()),
        };
        topics.as_array().into_iter().flatten().map(below).collect::<Vec<_>>().join(",")
    }
    write(&reader.data("{ topics { slug children { slug children { slug children { slug } } } } }")["topics"])
}

both! {
    fn a_new_tag_topic_and_author(env: &Env) {
        let server = env.server();
        let answer = server.editor.ask(r#"mutation {
            tagCreate(input: { name: "Gen  Z" }) { tag { name slug version articleCount } edition { number } userErrors { code } }
            topicCreate(input: { name: "Research", slug: "r-d", description: "What was found." }) {
                topic { name slug description path { slug } version } edition { number } userErrors { code }
            }
            child: topicCreate(input: { name: "Trials", parent: "r-d" }) { topic { path { slug } } edition { number } userErrors { code } }
            authorCreate(input: { name: "Zoë Ōta", jobTitle: "Editor" }) {
                author { name slug jobTitle bio articleCount } edition { number } userErrors { code }
            }
        }"#);
        shows!(answer, @r#"
        {
          "data": {
            "tagCreate": {
              "tag": {"name": "Gen Z", "slug": "gen-z", "version": 1, "articleCount": 0},
              "edition": {"number": 1},
              "userErrors": []
            },
            "topicCreate": {
              "topic": {
                "name": "Research",
                "slug": "r-d",
                "description": "What was found.",
                "path": [{"slug": "r-d"}],
                "version": 1
              },
              "edition": {"number": 2},
              "userErrors": []
            },
            "child": {
              "topic": {"path": [{"slug": "r-d"}, {"slug": "trials"}]},
              "edition": {"number": 3},
              "userErrors": []
            },
            "authorCreate": {
              "author": {"name": "Zoë Ōta", "slug": "zoe-ota", "jobTitle": "Editor", "bio": null, "articleCount": 0},
              "edition": {"number": 4},
              "userErrors": []
            }
          }
        }
        "#);
        assert_eq!(server.reader.edition(), 4);
        assert_eq!(tree(&server.reader), "r-d(trials)");
    }

    fn invalid_input_for_labels_is_refused(env: &Env) {
        let server = env.server();
        server.editor.label("tag", json!({"name": "SEO"}));
        server.editor.label("topic", json!({"name": "Search"}));
        server.editor.label("author", json!({"name": "Ann Lee"}));
        let answer = server.editor.ask(r#"mutation {
            tag: tagCreate(input: { name: "seo" }) { tag { id } edition { number } userErrors { code path message } }
            topic: topicCreate(input: { name: "search" }) { topic { id } userErrors { code path message } }
            author: authorCreate(input: { name: "Ann Lee" }) { author { id } userErrors { code path message } }
            blank: tagCreate(input: { name: " " }) { userErrors { code path message } }
            signs: tagCreate(input: { name: "!?" }) { userErrors { code path message } }
            slug: tagCreate(input: { name: "A", slug: "Not a slug" }) { userErrors { code path message } }
            orphan: topicCreate(input: { name: "B", parent: "nowhere" }) { userErrors { code path message } }
            place: topicCreate(input: { name: "C", position: -1 }) { userErrors { code path message } }
        }"#);
        shows!(answer, @r#"
        {
          "data": {
            "tag": {
              "tag": null,
              "edition": null,
              "userErrors": [
                {
                  "code": "SLUG_TAKEN",
                  "path": ["input", "slug"],
                  "message": "the slug `seo` belongs to the tag “SEO” (tag_…): choose another one"
                }
              ]
            },
            "topic": {
              "topic": null,
              "userErrors": [
                {
                  "code": "SLUG_TAKEN",
                  "path": ["input", "slug"],
                  "message": "the slug `search` belongs to the topic “Search” (topic_…): choose another one"
                }
              ]
            },
            "author": {
              "author": null,
              "userErrors": [
                {
                  "code": "SLUG_TAKEN",
                  "path": ["input", "slug"],
                  "message": "the slug `ann-lee` belongs to the author “Ann Lee” (author_…): choose another one"
                }
              ]
            },
            "blank": {
              "userErrors": [
                {
                  "code": "REQUIRED",
                  "path": ["input", "name"],
                  "message": "the name is blank: it needs at least one character"
                }
              ]
            },
            "signs": {
              "userErrors": [
                {
                  "code": "INVALID",
                  "path": ["input", "slug"],
                  "message": "a slug needs at least one letter or digit"
                }
              ]
            },
            "slug": {
              "userErrors": [
                {
                  "code": "INVALID",
                  "path": ["input", "slug"],
                  "message": "`Not a slug` is not a slug: use lower-case letters, digits and single hyphens, for example `not-a-slug`"
                }
              ]
            },
            "orphan": {
              "userErrors": [
                {
                  "code": "NOT_FOUND",
                  "path": ["input", "parent"],
                  "message": "there is no topic `nowhere`: `topics` lists them"
                }
              ]
            },
            "place": {
              "userErrors": [
                {
                  "code": "INVALID",
                  "path": ["input", "position"],
                  "message": "the position is -1: it counts from 0"
                }
              ]
            }
          }
        }
        "#);
        assert_eq!(server.reader.edition(), 3, "nothing was made");
    }

    fn article_counts_include_only_public_articles(env: &Env) {
        let server = env.server();
        server.editor.label("tag", json!({"name": "SEO"}));
        server.editor.label("topic", json!({"name": "Search"}));
        server.editor.label("author", json!({"name": "Ann"}));
        let counts = || {
            server.reader.data(r#"{
                tag(slug: "seo") { articleCount } topic(slug: "search") { articleCount } author(slug: "ann") { articleCount }
                t: articles(where: { tags: { any: ["seo"] } }) { totalCount }
            }"#)
        };
        let all = |count: i64| json!({
            "tag": {"articleCount": count}, "topic": {"articleCount": count}, "author": {"articleCount": count},
            "t": {"totalCount": count},
        });
        let labels = json!({"title": "One", "body": "x", "tags": ["seo"], "topics": ["search"], "authors": ["ann"]});
        let article = server.editor.create(labels);
        assert_eq!(counts(), all(0), "a draft does not count");
        server.editor.publish(&article);
        assert_eq!(counts(), all(1));
        let article = server.editor.update(&article, json!({"tags": [], "topics": null, "authors": []}));
        assert_eq!(counts(), all(1), "an edit does not count");
        server.editor.publish(&article);
        assert_eq!(counts(), all(0));
        let article = server.editor.update(&article, json!({"tags": ["seo"], "topics": ["search"], "authors": ["ann"]}));
        server.editor.publish(&article);
        assert_eq!(counts(), all(1));
        server.editor.data_with(
            "mutation ($id: ID!, $version: Int!) { articleWithdraw(id: $id, expectedVersion: $version) { edition { number } } }",
            &json!({"id": article.id, "version": article.version}),
        );
        assert_eq!(counts(), all(0), "what is withdrawn does not count");
    }
}
