//! Topics: the tree, and moves within it.

use serde_json::json;

use super::tree;

const MOVE: &str = "mutation ($id: ID!, $version: Int!, $parent: Slug, $position: Int) {
    topicMove(id: $id, expectedVersion: $version, parent: $parent, position: $position) {
        topic { slug version parent { slug } path { slug } } edition { number } userErrors { code path message }
    }
}";

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
}
