//! Edits of an article, before and after it is published.

use serde_json::json;

use super::{PUBLISH, UPDATE, WITHDRAW, publish, title_at};

both! {
    fn the_public_sees_an_edit_only_once_it_is_published(env: &Env) {
        let server = env.server();
        let article = server.editor.published(json!({"title": "First", "slug": "one"}));
        let edited = server.editor.update(&article, json!({"title": "Second", "body": "Other text."}));
        assert_eq!(edited.version, 2);
        assert_eq!(title_at(&server.reader, "one"), "First");
        assert_eq!(server.reader.edition(), 1);
        shows!(publish(&server.editor, &edited), @r#"
        {
          "data": {
            "articlePublish": {
              "article": {
                "version": 2,
                "state": "PUBLISHED",
                "publication": {"version": 2, "edition": {"number": 2}, "title": "Second"}
              },
              "edition": {"number": 2},
              "userErrors": []
            }
          }
        }
        "#);
        assert_eq!(title_at(&server.reader, "one"), "Second");
        assert_eq!(server.reader.edition(), 2);
    }

    fn an_edit_without_changes_makes_no_version(env: &Env) {
        let server = env.server();
        let article = server.editor.create(json!({"title": "One", "body": "Text."}));
        assert_eq!(server.editor.update(&article, json!({})).version, 1);
        assert_eq!(server.editor.update(&article, json!({"title": "One", "body": "Text."})).version, 1);
        assert_eq!(server.editor.update(&article, json!({"body": "Text. "})).version, 2);
    }

    fn null_clears_a_field_and_an_omitted_field_stays(env: &Env) {
        let server = env.server();
        server.editor.label("tag", json!({"name": "Flu"}));
        let full = json!({
            "title": "One", "slug": "one", "deck": "Deck", "excerpt": "Excerpt", "body": "Text.", "tags": ["flu"],
            "locale": "es", "externalRef": "x/1", "seo": {"title": "S", "description": "D"}, "aliases": ["/a"],
            "heroImage": {"url": "/a.png", "alt": "A"}, "publishedAt": "2024-01-01T00:00:00Z",
        });
        let article = server.editor.create(full);
        let document = "mutation ($id: ID!, $version: Int!, $input: ArticleInput!) {
            articleUpdate(id: $id, expectedVersion: $version, input: $input) {
                article { version slug externalRef workingCopy {
                    title deck excerpt body locale publishedAt aliases tags { slug } seo { title description } heroImage { url alt }
                } }
                userErrors { code path message }
            }
        }";
        let updated = server.editor.ask_with(document, &json!({"id": article.id, "version": 1, "input": {"title": "Two"}}));
        shows!(updated, @r#"
        {
          "data": {
            "articleUpdate": {
              "article": {
                "version": 2,
                "slug": "one",
                "externalRef": "x/1",
                "workingCopy": {
                  "title": "Two",
                  "deck": "Deck",
                  "excerpt": "Excerpt",
                  "body": "Text.",
                  "locale": "es",
                  "publishedAt": "2024-01-01T00:00:00Z",
                  "aliases": ["/a"],
                  "tags": [{"slug": "flu"}],
                  "seo": {"title": "S", "description": "D"},
                  "heroImage": {"url": "/a.png", "alt": "A"}
                }
              },
              "userErrors": []
            }
          }
        }
        "#);
        let nothing = json!({
            "deck": null, "excerpt": null, "body": null, "tags": null, "locale": null, "externalRef": null,
            "seo": null, "aliases": null, "heroImage": null, "publishedAt": null,
        });
        let cleared = server.editor.ask_with(document, &json!({"id": article.id, "version": 2, "input": nothing}));
        shows!(cleared, @r#"
        {
          "data": {
            "articleUpdate": {
              "article": {
                "version": 3,
                "slug": "one",
                "externalRef": null,
                "workingCopy": {
                  "title": "Two",
                  "deck": null,
                  "excerpt": null,
                  "body": "",
                  "locale": "en",
                  "publishedAt": null,
                  "aliases": [],
                  "tags": [],
                  "seo": {"title": null, "description": null},
                  "heroImage": null
                }
              },
              "userErrors": []
            }
          }
        }
        "#);
        let refused = server.editor.ask_with(document, &json!({"id": article.id, "version": 3, "input": {"title": null}}));
        shows!(refused, @r#"
        {
          "data": {
            "articleUpdate": {
              "article": null,
              "userErrors": [
                {
                  "code": "REQUIRED",
                  "path": ["input", "title"],
                  "message": "`title` is blank: it needs at least one character"
                }
              ]
            }
          }
        }
        "#);
    }

    fn a_write_with_an_old_version_returns_the_current_article(env: &Env) {
        let server = env.server();
        let article = server.editor.create(json!({"title": "One", "body": "Text."}));
        let current = server.editor.update(&article, json!({"title": "Theirs"}));
        let stale = server.editor.ask_with(
            UPDATE,
            &json!({"id": article.id, "version": article.version, "input": {"title": "Mine"}}),
        );
        shows!(stale, @r#"
        {
          "data": {
            "articleUpdate": {
              "article": {"version": 2, "state": "DRAFT", "slug": "one", "title": "Theirs"},
              "edition": null,
              "userErrors": [
                {
                  "code": "STALE_VERSION",
                  "path": ["expectedVersion"],
                  "message": "the article is at version 2, not 1: read it again, apply your change to it and name that version"
                }
              ]
            }
          }
        }
        "#);
        for document in [PUBLISH, WITHDRAW] {
            let refused = server.editor.data_with(document, &json!({"id": article.id, "version": 7}));
            let refused = refused.as_object().unwrap().values().next().unwrap();
            assert_eq!(refused["userErrors"][0]["code"], "STALE_VERSION", "{refused}");
            assert_eq!(refused["article"]["version"], json!(current.version), "{refused}");
        }
        assert_eq!(server.reader.edition(), 0);
    }
}
