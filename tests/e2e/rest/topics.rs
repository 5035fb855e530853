//! Topics, and the tree that they form.

use serde_json::json;

use super::get;

both! {
    fn topics(env: &Env) {
        let reader = &env.sample().reader;
        shows!(get(reader, "/v1/topics/content-governance"), @r#"
        {
          "topic": {
            "id": "topic_…",
            "slug": "content-governance",
            "name": "Content Governance",
            "description": "Owners, review dates, style rules and the courage to delete.",
            "articleCount": 3,
            "path": [
              {"id": "topic_…", "slug": "content", "name": "Content"},
              {"id": "topic_…", "slug": "content-governance", "name": "Content Governance"}
            ],
            "children": []
          },
          "edition": {"number": 1, "mark": "…", "at": "…"}
        }
        "#);
        let tree = get(reader, "/v1/topics").json();
        let roots = reader.data("{ topics { slug children { slug children { slug } } } }")["topics"].take();
        let mut seen = 0;
        for (place, root) in roots.as_array().unwrap().iter().enumerate() {
            let found = &tree["topics"][place];
            assert_eq!(found["slug"], root["slug"]);
            for (place, below) in root["children"].as_array().unwrap().iter().enumerate() {
                assert_eq!(found["children"][place]["slug"], below["slug"]);
                seen += 1;
            }
        }
        assert!(seen > 3, "{tree:#}");
    }

    fn a_topic_tree_of_maximum_depth(env: &Env) {
        let server = env.server();
        let names = ["a", "b", "c", "d", "e"];
        for (place, name) in names.iter().enumerate() {
            let parent = place.checked_sub(1).map(|above| names[above]);
            server.editor.label("topic", json!({"name": name, "slug": name, "parent": parent}));
        }
        shows!(get(&server.reader, "/v1/topics"), @r#"
        {
          "topics": [
            {
              "id": "topic_…",
              "slug": "a",
              "name": "a",
              "description": null,
              "articleCount": 0,
              "children": [
                {
                  "id": "topic_…",
                  "slug": "b",
                  "name": "b",
                  "description": null,
                  "articleCount": 0,
                  "children": [
                    {
                      "id": "topic_…",
                      "slug": "c",
                      "name": "c",
                      "description": null,
                      "articleCount": 0,
                      "children": [{"id": "topic_…", "slug": "d", "name": "d", "articleCount": 0}]
                    }
                  ]
                }
              ]
            }
          ],
          "edition": {"number": 5, "mark": "…", "at": "…"}
        }
        "#);
        shows!(get(&server.reader, "/v1/topics/c"), @r#"
        {
          "topic": {
            "id": "topic_…",
            "slug": "c",
            "name": "c",
            "description": null,
            "articleCount": 0,
            "path": [
              {"id": "topic_…", "slug": "a", "name": "a"},
              {"id": "topic_…", "slug": "b", "name": "b"},
              {"id": "topic_…", "slug": "c", "name": "c"}
            ],
            "children": [
              {
                "id": "topic_…",
                "slug": "d",
                "name": "d",
                "description": null,
                "articleCount": 0,
                "children": [
                  {
                    "id": "topic_…",
                    "slug": "e",
                    "name": "e",
                    "description": null,
                    "articleCount": 0,
                    "children": []
                  }
                ]
              }
            ]
          },
          "edition": {"number": 5, "mark": "…", "at": "…"}
        }
        "#);
    }
}
