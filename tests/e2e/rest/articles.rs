//! Lists of articles, and single articles.

use serde_json::json;

use super::get;

both! {
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
                "url": "/sample/style-guide-coffee-ring.svg",
                "alt": "A four-page stapled style guide, dog-eared and marked with a coffee ring, next to a keyboard",
                "caption": "A coffee ring is the best review a style guide can get.",
                "credit": "Drawn for the sample publication",
                "width": 640,
                "height": 400
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
              "corrections": [],
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
            server.editor.label(kind, json!({"name": slug, "slug": slug}));
        }
        server.editor.published(json!({
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
            "corrections": [],
            "externalRef": null,
            "publishedAt": "2026-03-02T08:00:00Z",
            "updatedAt": "…",
            "version": 1,
            "edition": {"number": 4, "mark": "…", "at": "…"},
            "body": {
              "html": "<h2 id=\"the-third-screen\">The third screen</h2>\n<p>It asked for <strong>a number</strong>.</p>\n<p><img src=\"https://images.example/form.png\" alt=\"A form\" loading=\"lazy\"></p>\n",
              "markdown": "## The third screen\n\nIt asked for **a number**.\n\n![A form](https://images.example/form.png)",
              "text": "The third screen\n\nIt asked for a number.",
              "outline": [{"level": 2, "anchor": "the-third-screen", "text": "The third screen"}],
              "images": [{"url": "https://images.example/form.png", "alt": "A form", "title": null}],
              "wordCount": 8,
              "readingTimeMinutes": 1
            }
          },
          "edition": {"number": 4, "mark": "…", "at": "…"}
        }
        "####);
    }

    fn drafts_never_appear(env: &Env) {
        let server = env.server();
        let article = server.editor.published(json!({"title": "Public", "slug": "public"}));
        server.editor.update(&article, json!({"title": "Secret", "slug": "secret", "body": "Secret."}));
        server.editor.create(json!({"title": "Secret", "slug": "draft", "body": "Secret."}));
        // A key makes no difference.
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
