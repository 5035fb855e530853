//! Invalid input of mutations.

use serde_json::{Value, json};

both! {
    fn every_invalid_field_of_an_article_is_reported(env: &Env) {
        let server = env.server();
        let document = "mutation ($input: ArticleInput!) {
            articleCreate(input: $input) { article { id } userErrors { code path message } }
        }";
        let answer = server.editor.ask_with(document, &json!({"input": {
            "title": "t".repeat(301), "slug": "Flu Shots!", "deck": "d".repeat(2001), "locale": "english please",
            "body": "a\0b", "externalRef": "", "tags": ["nope"], "topics": ["nope"], "authors": ["nope"],
            "heroImage": {"url": "javascript:alert(1)", "width": 0}, "aliases": ["a b"],
        }}));
        shows!(answer, @r#"
        {
          "data": {
            "articleCreate": {
              "article": null,
              "userErrors": [
                {
                  "code": "INVALID",
                  "path": ["input", "slug"],
                  "message": "`Flu Shots!` is not a slug: use lower-case letters, digits and single hyphens, for example `flu-shots`"
                },
                {
                  "code": "INVALID",
                  "path": ["input", "locale"],
                  "message": "`english please` is not a language tag: use one like `en`, `en-US` or `zh-Hant-TW` (BCP 47)"
                },
                {
                  "code": "INVALID",
                  "path": ["input", "heroImage", "width"],
                  "message": "`width` is 0: it must be a number of pixels above 0"
                },
                {
                  "code": "INVALID",
                  "path": ["input", "externalRef"],
                  "message": "an external reference has 1 to 255 characters, this one has 0"
                },
                {
                  "code": "NOT_FOUND",
                  "path": ["input", "authors", "0"],
                  "message": "there is no author `nope`: create it first with `authorCreate`, or correct the slug"
                },
                {
                  "code": "NOT_FOUND",
                  "path": ["input", "topics", "0"],
                  "message": "there is no topic `nope`: create it first with `topicCreate`, or correct the slug"
                },
                {
                  "code": "NOT_FOUND",
                  "path": ["input", "tags", "0"],
                  "message": "there is no tag `nope`: create it first with `tagCreate`, or correct the slug"
                },
                {
                  "code": "TOO_LONG",
                  "path": ["input", "title"],
                  "message": "`title` has 301 characters and may have 300: shorten it"
                },
                {
                  "code": "TOO_LONG",
                  "path": ["input", "deck"],
                  "message": "`deck` has 2001 characters and may have 2000: shorten it"
                },
                {
                  "code": "INVALID",
                  "path": ["input", "body"],
                  "message": "the body holds a NUL character: remove it"
                },
                {
                  "code": "INVALID",
                  "path": ["input", "heroImage", "url"],
                  "message": "`javascript:alert(1)` is neither an http(s) URL nor a path: use one like https://images.example/ward.jpg"
                },
                {
                  "code": "INVALID",
                  "path": ["input", "aliases"],
                  "message": "`a b` holds white space or control characters: percent-encode them (a space is %20)"
                }
              ]
            }
          }
        }
        "#);
        let answer = server.editor.ask_with(document, &json!({"input": {"title": " "}}));
        shows!(answer, @r#"
        {
          "data": {
            "articleCreate": {
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
        let answer = server.editor.ask_with(document, &json!({"input": {"title": "T", "publishedAt": "2024-02-30T00:00:00Z"}}));
        shows!(answer, @r#"
        {
          "data": {
            "articleCreate": {
              "article": null,
              "userErrors": [
                {
                  "code": "INVALID",
                  "path": ["input", "publishedAt"],
                  "message": "`input.publishedAt`: `2024-02-30T00:00:00Z` is not a valid time (parsed date is not valid: parameter 'day' for `2024-02` is invalid, must be in range `1..=29`): write a date, a time and an offset, like 2024-02-23T09:00:00Z"
                }
              ]
            }
          }
        }
        "#);
        let answer = server.editor.ask_with(document, &json!({"input": {"title": "T", "tags": vec!["x"; 101]}}));
        assert_eq!(answer.data()["articleCreate"]["userErrors"].as_array().unwrap().len(), 101);
    }

    fn a_body_above_one_mebibyte_is_refused(env: &Env) {
        let server = env.server();
        let document = "mutation ($body: String!) {
            articleCreate(input: { title: \"T\", body: $body }) { article { id } userErrors { code path message } }
        }";
        let largest = server.editor.data_with(document, &json!({"body": "é".repeat(1 << 19)}));
        assert_eq!(largest["articleCreate"]["userErrors"], json!([]));
        let answer = server.editor.ask_with(document, &json!({"body": "é".repeat((1 << 19) + 1)}));
        shows!(answer, @r#"
        {
          "data": {
            "articleCreate": {
              "article": null,
              "userErrors": [
                {
                  "code": "TOO_LONG",
                  "path": ["input", "body"],
                  "message": "the body is 1048578 bytes long and may have 1048576 (1 MiB): split the article"
                }
              ]
            }
          }
        }
        "#);
    }

    fn an_article_with_errors_is_not_published(env: &Env) {
        let server = env.server();
        let publish = |input: Value| {
            let draft = server.editor.create(input);
            server.editor.ask_with("mutation ($id: ID!) {
                articlePublish(id: $id, expectedVersion: 1) { article { id } edition { number } userErrors { code path message } }
            }", &json!({"id": draft.id}))
        };
        let answer = publish(json!({
            "title": "A", "body": "![](/a.png) and ![ ](/b.png) and ![fine](/c.png)",
            "heroImage": {"url": "/hero.png", "alt": " "}, "publishedAt": "2999-01-01T00:00:00Z",
        }));
        shows!(answer, @r#"
        {
          "data": {
            "articlePublish": {
              "article": null,
              "edition": null,
              "userErrors": [
                {
                  "code": "ALT_TEXT_MISSING",
                  "path": ["heroImage", "alt"],
                  "message": "the hero image has no alternative text: say in `heroImage.alt` what it shows"
                },
                {
                  "code": "ALT_TEXT_MISSING",
                  "path": ["body"],
                  "message": "the image `/a.png` in the body has no alternative text: say what it shows, as in `![what it shows](address)`"
                },
                {
                  "code": "ALT_TEXT_MISSING",
                  "path": ["body"],
                  "message": "the image `/b.png` in the body has no alternative text: say what it shows, as in `![what it shows](address)`"
                },
                {
                  "code": "INVALID",
                  "path": ["publishedAt"],
                  "message": "`publishedAt` is 2999-01-01T00:00:00Z, which is in the future: name a time in the past, or leave it out"
                }
              ]
            }
          }
        }
        "#);
        shows!(publish(json!({"title": "B"})), @r#"
        {
          "data": {
            "articlePublish": {
              "article": null,
              "edition": null,
              "userErrors": [
                {
                  "code": "REQUIRED",
                  "path": ["body"],
                  "message": "the body is empty: write it before publishing"
                }
              ]
            }
          }
        }
        "#);
        // Pictures in raw HTML are checked, too.
        let html = publish(json!({"title": "C", "body": "<img src=\"/d.png\">"})).data();
        assert_eq!(html["articlePublish"]["userErrors"][0]["code"], "ALT_TEXT_MISSING", "{html}");
        assert_eq!(server.reader.edition(), 0);
    }

    fn the_address_of_a_hero_image_works_on_every_page(env: &Env) {
        let server = env.server();
        let document = "mutation ($url: String!) { articleCreate(input: { title: \"T\", heroImage: { url: $url } }) { userErrors { code path message } } }";
        let errors = |url: &str| {
            server.editor.data_with(document, &json!({"url": url}))["articleCreate"]["userErrors"].take()
        };
        for good in ["https://images.example/ward.jpg", "/assets/ward.jpg", "//images.example/ward.jpg"] {
            assert_eq!(errors(good), json!([]), "{good}");
        }
        for bad in ["photo", "ward.jpg", "../ward.jpg", "https://", "https:///ward.jpg", "a b", "data:image/png;base64,AAAA", ""] {
            let errors = errors(bad);
            assert_eq!(errors.as_array().unwrap().len(), 1, "{bad}: {errors}");
            assert_eq!((&errors[0]["code"], &errors[0]["path"]), (&json!("INVALID"), &json!(["input", "heroImage", "url"])), "{bad}");
        }
        // Articles that have another address, from an import or an earlier version, can still be edited.
        let article = server.editor.create(json!({"title": "Old", "heroImage": {"url": "/ward.jpg"}}));
        server.database().execute("UPDATE revision SET hero_url = 'ward.jpg' WHERE hero_url = '/ward.jpg'");
        server.editor.update(&article, json!({"title": "Older"}));
    }

    fn writes_to_unknown_things_are_refused(env: &Env) {
        let server = env.server();
        let answer = server.editor.ask(r#"mutation {
            update: articleUpdate(id: "article_01h455vb4pex5vsknk084sn02q", expectedVersion: 1, input: {}) { userErrors { code path message } }
            publish: articlePublish(id: "7", expectedVersion: 1) { userErrors { code path message } }
            withdraw: articleWithdraw(id: "tag_01h455vb4pex5vsknk084sn02q", expectedVersion: 1) { userErrors { code path message } }
            rename: tagRename(id: "tag_01h455vb4pex5vsknk084sn02q", expectedVersion: 1, name: "x") { userErrors { code path message } }
            merge: tagMerge(id: "tag_01h455vb4pex5vsknk084sn02q", expectedVersion: 1, into: "x") { userErrors { code path message } }
            move: topicMove(id: "topic_01h455vb4pex5vsknk084sn02q", expectedVersion: 1) { userErrors { code path message } }
        }"#);
        shows!(answer, @r#"
        {
          "data": {
            "update": {
              "userErrors": [{"code": "NOT_FOUND", "path": ["id"], "message": "there is no article `article_…`"}]
            },
            "publish": {
              "userErrors": [
                {
                  "code": "INVALID",
                  "path": ["id"],
                  "message": "`7` is not an id: ids look like `article_…`"
                }
              ]
            },
            "withdraw": {
              "userErrors": [
                {
                  "code": "INVALID",
                  "path": ["id"],
                  "message": "`tag_…` is the id of another type: an id that begins with `article_` is needed here"
                }
              ]
            },
            "rename": {
              "userErrors": [
                {
                  "code": "NOT_FOUND",
                  "path": ["id"],
                  "message": "there is no tag `tag_…`: `tags` lists them"
                }
              ]
            },
            "merge": {
              "userErrors": [
                {
                  "code": "INVALID",
                  "path": ["into"],
                  "message": "`x` is not an id: ids look like `article_…`"
                }
              ]
            },
            "move": {
              "userErrors": [
                {
                  "code": "NOT_FOUND",
                  "path": ["id"],
                  "message": "there is no topic `topic_…`: `topics` lists them"
                }
              ]
            }
          }
        }
        "#);
    }

    fn an_omitted_variable_changes_nothing(env: &Env) {
        let server = env.server();
        let article = server.editor.create(json!({"title": "T", "deck": "D", "excerpt": "E", "body": "x"}));
        let document = "mutation ($id: ID!, $title: String, $deck: String, $excerpt: String) {
            articleUpdate(id: $id, expectedVersion: 1, input: { title: $title, deck: $deck, excerpt: $excerpt }) {
                article { ...A } userErrors { code path }
            }
        }
        fragment A on DeskArticle { workingCopy { title deck excerpt } }";
        // Null clears a field, and an omitted field stays.
        let updated = server.editor.data_with(document, &json!({"id": article.id, "title": "U", "excerpt": null}));
        assert_eq!(
            updated["articleUpdate"],
            json!({"article": {"workingCopy": {"title": "U", "deck": "D", "excerpt": null}}, "userErrors": []})
        );
        // The defaults of the schema also apply over GET and in fragments.
        let document = "query Q($first: Int, $slug: [Slug!]) { ...Q } fragment Q on Query {
            articles(first: $first, where: { tags: { any: $slug } }) { totalCount }
        }";
        server.editor.published(json!({"title": "Public"}));
        let found = server.reader.data_with(document, &json!({}));
        assert_eq!(found["articles"]["totalCount"], 1, "{found:#}");
    }
}
