//! Tags: lists, renaming, merging.

use serde_json::{Value, json};

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

both! {
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
          },
          "extensions": {
            "warnings": [
              {
                "argument": "where.slugs",
                "code": "SLUG_UNKNOWN",
                "message": "`where.slugs`: nothing ever had the slug `no-such-tag`, so it finds nothing",
                "path": ["some"]
              }
            ]
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
                  "message": "this is the same tag: name another one in `into`"
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
}
