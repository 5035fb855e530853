//! What each endpoint answers.

use super::{get, slugs};

both! {
    fn the_index_lists_the_endpoints(env: &Env) {
        shows!(get(&env.sample().reader, "/v1"), @r#"
        {
          "endpoints": {
            "article": "/v1/articles/{id}",
            "articles": "/v1/articles",
            "author": "/v1/authors/{slug}",
            "authors": "/v1/authors",
            "edition": "/v1/edition",
            "tag": "/v1/tags/{slug}",
            "tags": "/v1/tags",
            "topic": "/v1/topics/{slug}",
            "topics": "/v1/topics"
          },
          "graphiql": "/graphiql",
          "graphql": "/graphql",
          "openapi": "/openapi.json"
        }
        "#);
    }

    fn a_list_of_articles(env: &Env) {
        shows!(get(&env.sample().reader, "/v1/articles?first=1&count=true&excerpt.maxLength=40"), @r#"
        {
          "articles": [
            {
              "id": "article_…",
              "slug": "style-guide-people-open",
              "locale": "en",
              "title": "A Style Guide People Open Without Being Told",
              "deck": null,
              "excerpt": "A sixty-page guide is a monument. Try…",
              "heroImage": {
                "url": "https://images.example/style-guide-coffee-ring.jpg",
                "alt": "A four-page stapled style guide, dog-eared and marked with a coffee ring, next to a keyboard",
                "caption": "A coffee ring is the best review a style guide can get.",
                "credit": "Photo by Ruben Tarkhanov",
                "width": null,
                "height": null
              },
              "authors": [
                {
                  "id": "author_…",
                  "slug": "helen-stavros",
                  "name": "Helen Stavros",
                  "jobTitle": "Content and accessibility editor"
                }
              ],
              "topics": [
                {"id": "topic_…", "slug": "content-governance", "name": "Content Governance"},
                {"id": "topic_…", "slug": "content", "name": "Content"}
              ],
              "tags": [
                {"id": "tag_…", "slug": "governance", "name": "governance"},
                {"id": "tag_…", "slug": "plain-language", "name": "plain language"},
                {"id": "tag_…", "slug": "content-strategy", "name": "content strategy"},
                {"id": "tag_…", "slug": "ai", "name": "AI"},
                {"id": "tag_…", "slug": "accessibility", "name": "accessibility"},
                {"id": "tag_…", "slug": "multilingual", "name": "multilingual"}
              ],
              "seo": {
                "title": null,
                "description": "A sixty-page guide is a monument. Try four pages of decisions, kept where people write, and argued over once a month in the open."
              },
              "aliases": [],
              "externalRef": "sample/2026-08-25-style-guide-people-open.md",
              "publishedAt": "2026-08-25T12:30:00Z",
              "updatedAt": "2026-08-25T12:30:00Z",
              "version": 1,
              "edition": {"number": 1, "mark": "…", "at": "…"}
            }
          ],
          "pageInfo": {"hasNextPage": true, "hasPreviousPage": false, "startCursor": "…", "endCursor": "…"},
          "totalCount": 35,
          "edition": {"number": 1, "mark": "…", "at": "…"}
        }
        "#);
    }

    fn a_list_of_articles_with_bodies(env: &Env) {
        let reader = &env.sample().reader;
        let plain = get(reader, "/v1/articles?first=3").json();
        let full = get(reader, "/v1/articles?first=3&include=body").json();
        for (place, article) in full["articles"].as_array().unwrap().iter().enumerate() {
            assert_eq!(plain["articles"][place].get("body"), None);
            let path = format!("/v1/articles/{}", article["slug"].as_str().unwrap());
            assert_eq!(get(reader, &path).json()["article"], *article, "{path}");
        }
        assert_eq!(plain.get("totalCount"), None);
    }

    fn one_article(env: &Env) {
        let server = env.server();
        for (kind, slug) in [("tag", "portals"), ("topic", "access"), ("author", "amara")] {
            server.editor.label(kind, serde_json::json!({"name": slug, "slug": slug}));
        }
        server.editor.published(serde_json::json!({
            "title": "Portal Sign-Up",
            "slug": "portal-sign-up",
            "body": "## The third screen\n\nIt asked for **a number**.\n\n![A form](https://images.example/form.png)",
            "tags": ["portals"],
            "topics": ["access"],
            "authors": ["amara"],
            "publishedAt": "2026-03-02T08:00:00Z",
            "heroImage": {"url": "https://images.example/desk.jpg", "alt": "A front desk"},
        }));
        let mut answer = get(&server.reader, "/v1/articles/portal-sign-up");
        let updated = answer.json()["article"]["updatedAt"].to_string();
        answer.text = answer.text.replace(&updated, "\"…\"");
        shows!(answer, @r####"
        {
          "article": {
            "id": "article_…",
            "slug": "portal-sign-up",
            "locale": "en",
            "title": "Portal Sign-Up",
            "deck": null,
            "excerpt": "The third screen It asked for a number.",
            "body": {
              "html": "<h2 id=\"the-third-screen\">The third screen</h2>\n<p>It asked for <strong>a number</strong>.</p>\n<p><img src=\"https://images.example/form.png\" alt=\"A form\" loading=\"lazy\"></p>\n",
              "markdown": "## The third screen\n\nIt asked for **a number**.\n\n![A form](https://images.example/form.png)",
              "text": "The third screen\n\nIt asked for a number.",
              "outline": [{"level": 2, "anchor": "the-third-screen", "text": "The third screen"}],
              "images": [{"url": "https://images.example/form.png", "alt": "A form", "title": null}],
              "wordCount": 8,
              "readingTimeMinutes": 1
            },
            "heroImage": {
              "url": "https://images.example/desk.jpg",
              "alt": "A front desk",
              "caption": null,
              "credit": null,
              "width": null,
              "height": null
            },
            "authors": [{"id": "author_…", "slug": "amara", "name": "amara", "jobTitle": null}],
            "topics": [{"id": "topic_…", "slug": "access", "name": "access"}],
            "tags": [{"id": "tag_…", "slug": "portals", "name": "portals"}],
            "seo": {"title": null, "description": null},
            "aliases": [],
            "externalRef": null,
            "publishedAt": "2026-03-02T08:00:00Z",
            "updatedAt": "…",
            "version": 1,
            "edition": {"number": 4, "mark": "…", "at": "…"}
          },
          "edition": {"number": 4, "mark": "…", "at": "…"}
        }
        "####);
    }

    fn tags(env: &Env) {
        let reader = &env.sample().reader;
        shows!(get(reader, "/v1/tags?first=2&count=true"), @r#"
        {
          "tags": [
            {"id": "tag_…", "slug": "patient-experience", "name": "patient experience", "articleCount": 14},
            {"id": "tag_…", "slug": "content-strategy", "name": "content strategy", "articleCount": 14}
          ],
          "pageInfo": {"hasNextPage": true, "hasPreviousPage": false, "startCursor": "…", "endCursor": "…"},
          "totalCount": 38,
          "edition": {"number": 1, "mark": "…", "at": "…"}
        }
        "#);
        shows!(get(reader, "/v1/tags/accessibility"), @r#"
        {
          "tag": {"id": "tag_…", "slug": "accessibility", "name": "accessibility", "articleCount": 8},
          "edition": {"number": 1, "mark": "…", "at": "…"}
        }
        "#);
        let tags = |query: &str| slugs(&get(reader, &format!("/v1/tags?{query}")).json(), "tags");
        assert_eq!(tags("slug=seo,analytics&orderBy=name"), ["analytics", "seo"]);
        assert_eq!(tags("slug=seo&slug=analytics&orderBy=-name"), ["seo", "analytics"]);
        assert_eq!(tags("nameContains=ACCESS"), ["accessibility"]);
        assert_eq!(tags("used=false"), [""; 0]);
    }

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
            server.editor.label("topic", serde_json::json!({"name": name, "slug": name, "parent": parent}));
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

    fn authors(env: &Env) {
        let reader = &env.sample().reader;
        shows!(get(reader, "/v1/authors?first=1"), @r#"
        {
          "authors": [
            {
              "id": "author_…",
              "slug": "dana-whitfield",
              "name": "Dana Whitfield",
              "jobTitle": "Digital strategy editor",
              "bio": "Dana spent eleven years running hospital websites before she started writing about them. She still reads error logs for pleasure.",
              "articleCount": 7
            }
          ],
          "pageInfo": {"hasNextPage": true, "hasPreviousPage": false, "startCursor": "…", "endCursor": "…"},
          "edition": {"number": 1, "mark": "…", "at": "…"}
        }
        "#);
        let all = get(reader, "/v1/authors").json();
        for (author, slug) in all["authors"].as_array().unwrap().iter().zip(slugs(&all, "authors")) {
            assert_eq!(get(reader, &format!("/v1/authors/{slug}")).json()["author"], *author);
        }
        assert_eq!(slugs(&get(reader, "/v1/authors?orderBy=-use").json(), "authors").len(), slugs(&all, "authors").len());
    }

    fn the_edition(env: &Env) {
        let server = env.server();
        shows!(get(&server.reader, "/v1/edition"), @r#"
        {"edition": {"number": 0, "mark": "…", "at": "…"}}
        "#);
        server.editor.published(serde_json::json!({"title": "A"}));
        shows!(get(&server.reader, "/v1/edition"), @r#"
        {"edition": {"number": 1, "mark": "…", "at": "…"}}
        "#);
    }

    fn a_head_request_is_a_get_without_a_body(env: &Env) {
        let reader = &env.sample().reader;
        for path in ["/v1", "/v1/articles?first=2", "/v1/articles/first-hour-of-a-crisis", "/openapi.json"] {
            let raw = reader.raw(format!("HEAD {path} HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n").as_bytes());
            let (head, body) = raw.split_once("\r\n\r\n").unwrap();
            assert!(head.starts_with("HTTP/1.1 200 OK"), "{head}");
            let length = format!("content-length: {}", get(reader, path).text.len());
            assert!(head.contains(&length), "{path}: {head}, not {length}");
            assert_eq!(body, "", "{path}");
        }
    }

    fn drafts_never_appear(env: &Env) {
        let server = env.server();
        let article = server.editor.published(serde_json::json!({"title": "Public", "slug": "public"}));
        server.editor.update(&article, serde_json::json!({"title": "Secret", "slug": "secret", "body": "Secret."}));
        server.editor.create(serde_json::json!({"title": "Secret", "slug": "draft", "body": "Secret."}));
        // Not even with a key: it changes nothing.
        for client in [&server.reader, &server.editor] {
            for path in ["/v1/articles?include=body&count=true", "/v1/articles/public"] {
                let text = get(client, path).text.to_lowercase();
                assert!(text.contains("public") && !text.contains("secret") && !text.contains("draft"), "{text}");
            }
            for slug in ["secret", "draft"] {
                assert_eq!(client.get(&format!("/v1/articles/{slug}"), &[]).status, 404);
            }
        }
    }
}
