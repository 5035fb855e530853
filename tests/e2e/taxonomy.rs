//! Tags, topics and authors.

use serde_json::{Value, json};

use crate::support::Client;

const RENAME: &str = "mutation ($id: ID!, $version: Int!, $name: String!, $slug: Slug) {
    tagRename(id: $id, expectedVersion: $version, name: $name, slug: $slug) {
        tag { id name slug version } edition { number } userErrors { code path message }
    }
}";
const MERGE: &str = "mutation ($id: ID!, $version: Int!, $into: ID!) {
    tagMerge(id: $id, expectedVersion: $version, into: $into) {
        tag { id name slug version articleCount } edition { number } userErrors { code path message }
    }
}";
const MOVE: &str = "mutation ($id: ID!, $version: Int!, $parent: Slug, $position: Int) {
    topicMove(id: $id, expectedVersion: $version, parent: $parent, position: $position) {
        topic { slug version parent { slug } path { slug } } edition { number } userErrors { code path message }
    }
}";

/// The whole tree as text: `a(b(c),d)`.
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
    fn the_tree_of_topics(env: &Env) {
        let answer = env.sample().reader.ask(r#"{
            topics { slug articleCount children { slug } }
            topic(slug: "multilingual-content") {
                name description articleCount parent { slug } path { name } children { slug }
            }
        }"#);
        shows!(answer, @r#"
        {
          "data": {
            "topics": [
              {
                "slug": "digital-front-door",
                "articleCount": 2,
                "children": [
                  {"slug": "find-a-doctor"},
                  {"slug": "patient-portals"},
                  {"slug": "scheduling-and-telehealth"}
                ]
              },
              {
                "slug": "search-and-discovery",
                "articleCount": 5,
                "children": [{"slug": "local-search"}, {"slug": "answer-engines"}]
              },
              {
                "slug": "content",
                "articleCount": 4,
                "children": [{"slug": "content-governance"}, {"slug": "accessibility"}]
              },
              {
                "slug": "audience-and-community",
                "articleCount": 7,
                "children": [{"slug": "social-media"}, {"slug": "email"}]
              },
              {"slug": "measurement-and-privacy", "articleCount": 3, "children": []},
              {"slug": "reputation-and-crisis", "articleCount": 2, "children": []}
            ],
            "topic": {
              "name": "Multilingual Content",
              "description": "Serving readers in the language they would choose on a bad day.",
              "articleCount": 1,
              "parent": {"slug": "accessibility"},
              "path": [{"name": "Content"}, {"name": "Accessibility"}, {"name": "Multilingual Content"}],
              "children": []
            }
          }
        }
        "#);
    }

    fn tags_sorted_by_use_and_by_name(env: &Env) {
        let answer = env.sample().reader.ask(r#"{
            byUse: tags(first: 3) { totalCount nodes { articleCount } pageInfo { hasNextPage } }
            byName: tags(first: 3, orderBy: { field: NAME, direction: ASC }) { nodes { name } }
            fromTheEnd: tags(last: 2, orderBy: { field: NAME, direction: ASC }) { nodes { name } }
            some: tags(where: { slugs: ["seo", "wcag", "no-such-tag"] }) { totalCount nodes { slug } }
            named: tags(where: { nameContains: "PATIENT", used: true }) { nodes { name } }
            unused: tags(where: { used: false }) { totalCount }
        }"#);
        shows!(answer, @r#"
        {
          "data": {
            "byUse": {
              "totalCount": 38,
              "nodes": [{"articleCount": 14}, {"articleCount": 14}, {"articleCount": 12}],
              "pageInfo": {"hasNextPage": true}
            },
            "byName": {"nodes": [{"name": "A/B testing"}, {"name": "accessibility"}, {"name": "AI"}]},
            "fromTheEnd": {"nodes": [{"name": "telehealth"}, {"name": "WCAG"}]},
            "some": {"totalCount": 2, "nodes": [{"slug": "seo"}, {"slug": "wcag"}]},
            "named": {"nodes": [{"name": "patient experience"}, {"name": "patient portals"}]},
            "unused": {"totalCount": 0}
          }
        }
        "#);
    }

    fn tags_page_through(env: &Env) {
        let reader = &env.sample().reader;
        let names = |data: &Value| -> Vec<String> {
            let nodes = data["tags"]["nodes"].as_array().unwrap();
            nodes.iter().map(|node| node["slug"].as_str().unwrap().to_owned()).collect()
        };
        let all = names(&reader.data("{ tags(first: 100) { nodes { slug } } }"));
        let (mut seen, mut after) = (Vec::new(), Value::Null);
        while seen.len() < all.len() {
            let page = reader.data_with(
                "query ($after: String) { tags(first: 7, after: $after) { nodes { slug } pageInfo { endCursor } } }",
                &json!({"after": after}),
            );
            after = page["tags"]["pageInfo"]["endCursor"].clone();
            let found = names(&page);
            assert!(!found.is_empty());
            seen.extend(found);
        }
        assert_eq!(seen, all);
    }

    fn authors_sorted_by_name_and_by_use(env: &Env) {
        let answer = env.sample().reader.ask(r#"{
            authors(first: 2) { totalCount nodes { name slug jobTitle } }
            busiest: authors(first: 2, orderBy: { field: USE, direction: DESC }) { nodes { name articleCount } }
            author(slug: "renee-kowalczyk") { name bio }
        }"#);
        shows!(answer, @r#"
        {
          "data": {
            "authors": {
              "totalCount": 8,
              "nodes": [
                {"name": "Dana Whitfield", "slug": "dana-whitfield", "jobTitle": "Digital strategy editor"},
                {
                  "name": "Helen Stavros",
                  "slug": "helen-stavros",
                  "jobTitle": "Content and accessibility editor"
                }
              ]
            },
            "busiest": {
              "nodes": [
                {"name": "Marcus Oyelaran", "articleCount": 9},
                {"name": "Dana Whitfield", "articleCount": 7}
              ]
            },
            "author": {
              "name": "Renée Kowalczyk",
              "bio": "Renée has been the person holding the phone on several bad nights. She writes about social media and crisis communication."
            }
          }
        }
        "#);
    }

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
                  "message": "the slug `search` belongs to the topic “Search”: choose another one"
                }
              ]
            },
            "author": {
              "author": null,
              "userErrors": [
                {
                  "code": "SLUG_TAKEN",
                  "path": ["input", "slug"],
                  "message": "the slug `ann-lee` belongs to the author “Ann Lee”: choose another one"
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

    fn a_renamed_tag_keeps_its_articles_and_its_old_slug(env: &Env) {
        let server = env.server();
        let tag = server.editor.label("tag", json!({"name": "Web accessibility"}));
        server.editor.published(json!({"title": "One", "tags": ["web-accessibility"]}));
        let answer = server.editor.ask_with(RENAME, &json!({"id": tag, "version": 1, "name": "Accessibility"}));
        shows!(answer, @r#"
        {
          "data": {
            "tagRename": {
              "tag": {"id": "tag_…", "name": "Accessibility", "slug": "accessibility", "version": 2},
              "edition": {"number": 3},
              "userErrors": []
            }
          }
        }
        "#);
        let answer = server.reader.ask(r#"{
            old: tag(slug: "web-accessibility") { name slug articleCount }
            new: tag(slug: "accessibility") { name slug }
            byOld: articles(where: { tags: { any: ["web-accessibility"] } }) { nodes { title tags { slug } } }
            byNew: articles(where: { tags: { any: ["accessibility"] } }) { totalCount }
            tags { totalCount }
        }"#);
        shows!(answer, @r#"
        {
          "data": {
            "old": {"name": "Accessibility", "slug": "accessibility", "articleCount": 1},
            "new": {"name": "Accessibility", "slug": "accessibility"},
            "byOld": {"nodes": [{"title": "One", "tags": [{"slug": "accessibility"}]}]},
            "byNew": {"totalCount": 1},
            "tags": {"totalCount": 1}
          }
        }
        "#);
        // The old slug stays the tag's own: nobody else gets it, and it can have it back.
        let taken = server.editor.ask(r#"mutation { tagCreate(input: { name: "Web accessibility" }) { userErrors { code path } } }"#);
        assert_eq!(taken.data()["tagCreate"]["userErrors"], json!([{"code": "SLUG_TAKEN", "path": ["input", "slug"]}]));
        let back = server.editor.data_with(RENAME, &json!({"id": tag, "version": 2, "name": "Web accessibility"}));
        assert_eq!(back["tagRename"]["tag"]["slug"], "web-accessibility");
        assert_eq!(server.reader.data(r#"{ tag(slug: "accessibility") { slug } }"#)["tag"]["slug"], "web-accessibility");
    }

    fn a_merged_tag_leads_to_its_target(env: &Env) {
        let server = env.server();
        let social = server.editor.label("tag", json!({"name": "Social media"}));
        let some = server.editor.label("tag", json!({"name": "SoMe"}));
        server.editor.published(json!({"title": "Both", "tags": ["some", "social-media"]}));
        server.editor.published(json!({"title": "Old", "tags": ["some"]}));
        let draft = server.editor.create(json!({"title": "Later", "body": "x", "tags": ["some"]}));

        let answer = server.editor.ask_with(MERGE, &json!({"id": some, "version": 1, "into": social}));
        shows!(answer, @r#"
        {
          "data": {
            "tagMerge": {
              "tag": {
                "id": "tag_…",
                "name": "Social media",
                "slug": "social-media",
                "version": 1,
                "articleCount": 2
              },
              "edition": {"number": 5},
              "userErrors": []
            }
          }
        }
        "#);
        let answer = server.reader.ask(r#"{
            tag(slug: "some") { slug articleCount }
            bySource: articles(where: { tags: { any: ["some"] } }, orderBy: { field: TITLE }) {
                totalCount nodes { title tags { slug } }
            }
            byTarget: articles(where: { tags: { all: ["social-media"] } }) { totalCount }
            none: articles(where: { tags: { none: ["some"] } }) { totalCount }
            tags { totalCount nodes { slug articleCount } }
        }"#);
        shows!(answer, @r#"
        {
          "data": {
            "tag": {"slug": "social-media", "articleCount": 2},
            "bySource": {
              "totalCount": 2,
              "nodes": [
                {"title": "Old", "tags": [{"slug": "social-media"}]},
                {"title": "Both", "tags": [{"slug": "social-media"}]}
              ]
            },
            "byTarget": {"totalCount": 2},
            "none": {"totalCount": 0},
            "tags": {"totalCount": 1, "nodes": [{"slug": "social-media", "articleCount": 2}]}
          }
        }
        "#);
        let node = server.reader.data_with("query ($id: ID!) { node(id: $id) { ... on Tag { slug } } }", &json!({"id": some}));
        assert_eq!(node["node"]["slug"], "social-media");

        // What is published from now on carries the one that remains as well.
        server.editor.publish(&draft);
        let count = server.reader.data(r#"{ articles(where: { tags: { any: ["social-media"] } }) { totalCount } }"#);
        assert_eq!(count["articles"]["totalCount"], 3);

        // What was merged away cannot be merged or renamed again, nor into itself.
        let answer = server.editor.ask_with(RENAME, &json!({"id": some, "version": 1, "name": "X"}));
        shows!(answer, @r#"
        {
          "data": {
            "tagRename": {
              "tag": null,
              "edition": null,
              "userErrors": [
                {
                  "code": "NOT_FOUND",
                  "path": ["id"],
                  "message": "this tag was merged into `social-media` (tag_…): use that one"
                }
              ]
            }
          }
        }
        "#);
        let answer = server.editor.ask_with(MERGE, &json!({"id": social, "version": 1, "into": social}));
        shows!(answer, @r#"
        {
          "data": {
            "tagMerge": {
              "tag": null,
              "edition": null,
              "userErrors": [
                {
                  "code": "INVALID",
                  "path": ["into"],
                  "message": "a tag cannot be merged into itself: name another one in `into`"
                }
              ]
            }
          }
        }
        "#);
    }

    fn chains_of_merges_and_renames_lead_to_the_end(env: &Env) {
        let server = env.server();
        let ids: Vec<_> = ["A", "B", "C"].iter().map(|name| server.editor.label("tag", json!({"name": name}))).collect();
        server.editor.published(json!({"title": "One", "tags": ["a"]}));
        server.editor.data_with(RENAME, &json!({"id": ids[0], "version": 1, "name": "A2"}));
        server.editor.data_with(MERGE, &json!({"id": ids[0], "version": 2, "into": ids[1]}));
        server.editor.data_with(RENAME, &json!({"id": ids[1], "version": 1, "name": "B2"}));
        server.editor.data_with(MERGE, &json!({"id": ids[1], "version": 2, "into": ids[2]}));
        for slug in ["a", "a2", "b", "b2", "c"] {
            let found = server.reader.data_with(
                "query ($slug: String!, $tag: Slug!) {
                    tag(slug: $slug) { slug articleCount }
                    articles(where: { tags: { any: [$tag] } }) { nodes { tags { slug } } }
                }",
                &json!({"slug": slug, "tag": slug}),
            );
            assert_eq!(found, json!({
                "tag": {"slug": "c", "articleCount": 1},
                "articles": {"nodes": [{"tags": [{"slug": "c"}]}]},
            }), "{slug}");
        }
    }

    fn a_merged_tag_keeps_its_slug(env: &Env) {
        let server = env.server();
        let ids: Vec<_> = ["A", "B"].iter().map(|name| server.editor.label("tag", json!({"name": name}))).collect();
        server.editor.data_with(MERGE, &json!({"id": ids[0], "version": 1, "into": ids[1]}));
        let taken = server.editor.ask(r#"mutation { tagCreate(input: { name: "A" }) { userErrors { code path message } } }"#);
        shows!(taken, @r#"
        {
          "data": {
            "tagCreate": {
              "userErrors": [
                {
                  "code": "SLUG_TAKEN",
                  "path": ["input", "slug"],
                  "message": "the slug `a` belongs to the tag “A” (tag_…): choose another one"
                }
              ]
            }
          }
        }
        "#);
        let renamed = server.editor.ask_with(RENAME, &json!({"id": ids[1], "version": 1, "name": "A"}));
        shows!(renamed, @r#"
        {
          "data": {
            "tagRename": {
              "tag": null,
              "edition": null,
              "userErrors": [
                {
                  "code": "SLUG_TAKEN",
                  "path": ["slug"],
                  "message": "the slug `a` belongs to the tag “A” (tag_…): choose another one"
                }
              ]
            }
          }
        }
        "#);
        let found = server.reader.data(r#"{ a: tag(slug: "a") { id } b: tag(slug: "b") { id } }"#);
        assert_eq!(found, json!({"a": {"id": ids[1]}, "b": {"id": ids[1]}}));
    }

    fn a_topic_moves_with_its_descendants(env: &Env) {
        let server = env.server();
        let id = |name: &str, parent: Option<&str>| server.editor.label("topic", json!({"name": name, "parent": parent}));
        let a = id("A", None);
        id("B", None);
        id("C", Some("a"));
        id("D", Some("c"));
        server.editor.published(json!({"title": "Deep", "topics": ["d"]}));
        assert_eq!(tree(&server.reader), "a(c(d)),b");

        let answer = server.editor.ask_with(MOVE, &json!({"id": a, "version": 1, "parent": "b"}));
        shows!(answer, @r#"
        {
          "data": {
            "topicMove": {
              "topic": {"slug": "a", "version": 2, "parent": {"slug": "b"}, "path": [{"slug": "b"}, {"slug": "a"}]},
              "edition": {"number": 6},
              "userErrors": []
            }
          }
        }
        "#);
        assert_eq!(tree(&server.reader), "b(a(c(d)))");
        let count = |filter: &str| {
            let data = server.reader.data(&format!("{{ articles(where: {{ topics: {filter} }}) {{ totalCount }} }}"));
            data["articles"]["totalCount"].as_i64().unwrap()
        };
        assert_eq!(count(r#"{ in: ["b"] }"#), 1);
        assert_eq!(count(r#"{ in: ["b"], includeDescendants: false }"#), 0);

        // Under itself, or under what lies below it: refused.
        for parent in ["a", "d"] {
            let refused = server.editor.data_with(MOVE, &json!({"id": a, "version": 2, "parent": parent}));
            assert_eq!(refused["topicMove"]["userErrors"][0]["code"], "TOPIC_CYCLE", "{refused}");
        }
        let answer = server.editor.ask_with(MOVE, &json!({"id": a, "version": 2, "parent": "d"}));
        shows!(answer, @r#"
        {
          "data": {
            "topicMove": {
              "topic": null,
              "edition": null,
              "userErrors": [
                {
                  "code": "TOPIC_CYCLE",
                  "path": ["parent"],
                  "message": "`a` cannot move under `d`, which is the topic itself or one of its descendants: name another parent"
                }
              ]
            }
          }
        }
        "#);
        // Based on an old version: refused.
        let answer = server.editor.ask_with(MOVE, &json!({"id": a, "version": 1, "parent": null}));
        shows!(answer, @r#"
        {
          "data": {
            "topicMove": {
              "topic": null,
              "edition": null,
              "userErrors": [
                {
                  "code": "STALE_VERSION",
                  "path": ["expectedVersion"],
                  "message": "the topic is at version 2, not 1: read it again, apply your change to it and name that version"
                }
              ]
            }
          }
        }
        "#);
        // Back to the top, before the others.
        server.editor.data_with(MOVE, &json!({"id": a, "version": 2, "parent": null, "position": 0}));
        assert_eq!(tree(&server.reader), "a(c(d)),b");
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
