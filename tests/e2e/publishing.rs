//! Writing and publishing articles.

use serde_json::{Value, json};

use crate::support::{Answer, Client, Saved};

const UPDATE: &str = "mutation ($id: ID!, $version: Int!, $input: ArticleInput!) {
    articleUpdate(id: $id, expectedVersion: $version, input: $input) {
        article { version state slug title } edition { number } userErrors { code path message }
    }
}";
const PUBLISH: &str = "mutation ($id: ID!, $version: Int!) {
    articlePublish(id: $id, expectedVersion: $version) {
        article { version state publication { version edition { number } title } } edition { number }
        userErrors { code path message }
    }
}";
const WITHDRAW: &str = "mutation ($id: ID!, $version: Int!, $reason: WithdrawReason! = GONE, $to: String) {
    articleWithdraw(id: $id, expectedVersion: $version, reason: $reason, redirectTo: $to) {
        article { version state publication { id } } edition { number } userErrors { code path message }
    }
}";

fn publish(editor: &Client, article: &Saved) -> Answer {
    editor.ask_with(PUBLISH, &json!({"id": article.id, "version": article.version}))
}

fn redirect(editor: &Client, article: &Saved, to: &str) -> Answer {
    let variables = json!({"id": article.id, "version": article.version, "reason": "REDIRECT", "to": to});
    editor.ask_with(WITHDRAW, &variables)
}

fn title_at(reader: &Client, slug: &str) -> Value {
    let document = "query ($slug: String!) { article(by: { slug: $slug }) { title } }";
    reader.data_with(document, &json!({"slug": slug}))["article"]["title"].take()
}

both! {
    fn an_article_from_creation_to_publication(env: &Env) {
        let server = env.server();
        server.editor.label("tag", json!({"name": "Flu"}));
        server.editor.label("topic", json!({"name": "Prevention"}));
        server.editor.label("author", json!({"name": "Ann Lee"}));
        let created = server.editor.ask_with("mutation ($input: ArticleInput!) {
            articleCreate(input: $input) {
                article {
                    id version state slug title externalRef createdAt firstPublishedAt
                    workingCopy {
                        version slug locale title deck excerpt body publishedAt actor aliases
                        heroImage { url alt caption credit width height } seo { title description }
                        authors { slug } topics { slug } tags { slug }
                    }
                    publication { id }
                }
                edition { number }
                userErrors { code path message }
            }
        }", &json!({"input": {
            "title": " Flu shots ", "deck": "For all", "excerpt": "Why.", "body": "**Now**.", "locale": "en_us",
            "tags": ["flu", "flu"], "topics": ["prevention"], "authors": ["ann-lee"], "externalRef": "cms/7",
            "aliases": ["/old/flu"], "seo": {"title": "Flu shots near you"},
            "heroImage": {"url": "https://images.example/flu.jpg", "alt": "A shot", "width": 800},
        }}));
        shows!(created, @r#"
        {
          "data": {
            "articleCreate": {
              "article": {
                "id": "desk_…",
                "version": 1,
                "state": "DRAFT",
                "slug": "flu-shots",
                "title": "Flu shots",
                "externalRef": "cms/7",
                "createdAt": "…",
                "firstPublishedAt": null,
                "workingCopy": {
                  "version": 1,
                  "slug": "flu-shots",
                  "locale": "en-US",
                  "title": "Flu shots",
                  "deck": "For all",
                  "excerpt": "Why.",
                  "body": "**Now**.",
                  "publishedAt": null,
                  "actor": "…",
                  "aliases": ["/old/flu"],
                  "heroImage": {
                    "url": "https://images.example/flu.jpg",
                    "alt": "A shot",
                    "caption": null,
                    "credit": null,
                    "width": 800,
                    "height": null
                  },
                  "seo": {"title": "Flu shots near you", "description": null},
                  "authors": [{"slug": "ann-lee"}],
                  "topics": [{"slug": "prevention"}],
                  "tags": [{"slug": "flu"}]
                },
                "publication": null
              },
              "edition": null,
              "userErrors": []
            }
          }
        }
        "#);
        assert_eq!(title_at(&server.reader, "flu-shots"), Value::Null);

        let id = created.data()["articleCreate"]["article"]["id"].as_str().unwrap().to_owned();
        let article = Saved { id, version: 1 };
        shows!(publish(&server.editor, &article), @r#"
        {
          "data": {
            "articlePublish": {
              "article": {
                "version": 1,
                "state": "PUBLISHED",
                "publication": {"version": 1, "edition": {"number": 4}, "title": "Flu shots"}
              },
              "edition": {"number": 4},
              "userErrors": []
            }
          }
        }
        "#);
        let answer = server.reader.ask(r#"{
            edition { number }
            article(by: { slug: "flu-shots" }) {
                title deck excerpt locale version edition { number } externalRef aliases
                body { html } heroImage { url alt width } tags { name } topics { name } authors { name } seo { title }
            }
            alias: article(by: { slug: "flu" }) { slug }
        }"#);
        shows!(answer, @r#"
        {
          "data": {
            "edition": {"number": 4},
            "article": {
              "title": "Flu shots",
              "deck": "For all",
              "excerpt": "Why.",
              "locale": "en-US",
              "version": 1,
              "edition": {"number": 4},
              "externalRef": "cms/7",
              "aliases": ["/old/flu"],
              "body": {"html": "<p><strong>Now</strong>.</p>\n"},
              "heroImage": {"url": "https://images.example/flu.jpg", "alt": "A shot", "width": 800},
              "tags": [{"name": "Flu"}],
              "topics": [{"name": "Prevention"}],
              "authors": [{"name": "Ann Lee"}],
              "seo": {"title": "Flu shots near you"}
            },
            "alias": {"slug": "flu-shots"}
          }
        }
        "#);
    }

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

    fn publishing_the_same_version_again_changes_nothing(env: &Env) {
        let server = env.server();
        let article = server.editor.published(json!({"title": "One"}));
        server.editor.published(json!({"title": "Two"}));
        assert_eq!(server.editor.publish(&article), 1, "it answers the edition that made it public");
        assert_eq!(server.reader.edition(), 2, "and makes no new one");
    }

    fn an_edit_without_changes_makes_no_version(env: &Env) {
        let server = env.server();
        let article = server.editor.create(json!({"title": "One", "body": "Text."}));
        assert_eq!(server.editor.update(&article, json!({})).version, 1);
        assert_eq!(server.editor.update(&article, json!({"title": "One", "body": "Text."})).version, 1);
        assert_eq!(server.editor.update(&article, json!({"body": "Text. "})).version, 2);
    }

    fn editions_have_no_gaps(env: &Env) {
        let server = env.server();
        assert_eq!(server.reader.edition(), 0);
        let mut editions = Vec::new();
        for number in 0..5 {
            let article = server.editor.create(json!({"title": format!("No. {number}"), "body": "Text."}));
            editions.push(server.editor.publish(&article));
            assert_eq!(server.reader.edition(), *editions.last().unwrap(), "the next read shows it");
        }
        assert_eq!(editions, [1, 2, 3, 4, 5]);
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
        let kept = server.editor.ask_with(document, &json!({"id": article.id, "version": 1, "input": {"title": "Two"}}));
        shows!(kept, @r#"
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

    fn a_new_slug_and_the_old_one_lead_to_the_article(env: &Env) {
        let server = env.server();
        let article = server.editor.published(json!({"title": "One", "slug": "first"}));
        let article = server.editor.update(&article, json!({"slug": "second"}));
        assert_eq!(title_at(&server.reader, "second"), Value::Null, "not before it is published");
        server.editor.publish(&article);
        let answer = server.reader.ask(r#"{
            old: article(by: { slug: "first" }) { slug title }
            new: article(by: { slug: "second" }) { slug title }
        }"#);
        shows!(answer, @r#"{"data": {"old": {"slug": "second", "title": "One"}, "new": {"slug": "second", "title": "One"}}}"#);
        // Once public, a slug is the article's for good; one that never was is free again.
        let taken = server.editor.ask(r#"mutation { articleCreate(input: { title: "Two", slug: "first" }) { article { id } userErrors { code path message } } }"#);
        shows!(taken, @r#"
        {
          "data": {
            "articleCreate": {
              "article": null,
              "userErrors": [
                {
                  "code": "SLUG_TAKEN",
                  "path": ["input", "slug"],
                  "message": "the slug `first` belongs to article_…: choose another one"
                }
              ]
            }
          }
        }
        "#);
        let draft = server.editor.create(json!({"title": "Three", "slug": "third"}));
        server.editor.update(&draft, json!({"slug": "fourth"}));
        server.editor.create(json!({"title": "Four", "slug": "third"}));
        // And the article can have its own old one back.
        let article = server.editor.update(&article, json!({"slug": "first"}));
        server.editor.publish(&article);
        assert_eq!(server.reader.data(r#"{ article(by: { slug: "second" }) { slug } }"#)["article"]["slug"], "first");
    }

    fn a_slug_made_from_a_title_is_unique(env: &Env) {
        let server = env.server();
        for expected in ["flu-shots", "flu-shots-2", "flu-shots-3"] {
            let data = server.editor.data(r#"mutation { articleCreate(input: { title: "Flu Shots" }) { article { slug } } }"#);
            assert_eq!(data["articleCreate"]["article"]["slug"], expected);
        }
        let answer = server.editor.ask(r#"mutation { articleCreate(input: { title: "!?" }) { article { slug } userErrors { code path message } } }"#);
        shows!(answer, @r#"
        {
          "data": {
            "articleCreate": {
              "article": null,
              "userErrors": [
                {
                  "code": "REQUIRED",
                  "path": ["input", "slug"],
                  "message": "no slug can be made from this title: name one in `slug`"
                }
              ]
            }
          }
        }
        "#);
    }

    fn an_external_reference_belongs_to_one_article(env: &Env) {
        let server = env.server();
        server.editor.published(json!({"title": "One", "externalRef": "cms/1"}));
        let answer = server.editor.ask(r#"mutation { articleCreate(input: { title: "Two", externalRef: "cms/1" }) { article { id } userErrors { code path message } } }"#);
        shows!(answer, @r#"
        {
          "data": {
            "articleCreate": {
              "article": null,
              "userErrors": [
                {
                  "code": "TAKEN",
                  "path": ["input", "externalRef"],
                  "message": "the external reference `cms/1` belongs to article_…: update that one"
                }
              ]
            }
          }
        }
        "#);
    }

    fn a_withdrawn_article_is_gone_until_it_is_published_again(env: &Env) {
        let server = env.server();
        let article = server.editor.published(json!({"title": "One", "externalRef": "cms/1"}));
        let answer = server.editor.ask_with(WITHDRAW, &json!({"id": article.id, "version": 1}));
        shows!(answer, @r#"
        {
          "data": {
            "articleWithdraw": {
              "article": {"version": 1, "state": "WITHDRAWN", "publication": null},
              "edition": {"number": 2},
              "userErrors": []
            }
          }
        }
        "#);
        let everywhere = "query ($id: ID!) {
            slug: article(by: { slug: \"one\" }) { id } id: article(by: { id: $id }) { id }
            externalRef: article(by: { externalRef: \"cms/1\" }) { id } node(id: $id) { id } articles { totalCount }
        }";
        let gone = server.reader.data_with(everywhere, &json!({"id": article.id}));
        assert_eq!(gone, json!({"slug": null, "id": null, "externalRef": null, "node": null, "articles": {"totalCount": 0}}));
        // It is withdrawn already.
        let answer = server.editor.ask_with(WITHDRAW, &json!({"id": article.id, "version": 1}));
        shows!(answer, @r#"
        {
          "data": {
            "articleWithdraw": {
              "article": null,
              "edition": null,
              "userErrors": [
                {
                  "code": "INVALID_STATE",
                  "path": ["id"],
                  "message": "the article is WITHDRAWN: only a published article can be withdrawn; open actions: UPDATE, SUBMIT, PUBLISH, MARK_REVIEWED, ARCHIVE"
                }
              ]
            }
          }
        }
        "#);
        assert_eq!(server.editor.publish(&article), 3);
        assert_eq!(title_at(&server.reader, "one"), "One");
    }

    fn a_redirect_returns_its_target(env: &Env) {
        let server = env.server();
        let [a, b, c] = ["A", "B", "C"].map(|title| server.editor.published(json!({"title": title})));
        let answer = redirect(&server.editor, &a, "b");
        shows!(answer, @r#"
        {
          "data": {
            "articleWithdraw": {
              "article": {"version": 1, "state": "WITHDRAWN", "publication": null},
              "edition": {"number": 4},
              "userErrors": []
            }
          }
        }
        "#);
        assert_eq!(title_at(&server.reader, "a"), "B");
        // A redirect to what redirects ends where that one ends.
        redirect(&server.editor, &b, "c").data();
        assert_eq!(title_at(&server.reader, "a"), "C");
        assert_eq!(title_at(&server.reader, "b"), "C");
        // The id does not redirect: it names that very article.
        let by_id = server.reader.data_with("query ($id: ID!) { article(by: { id: $id }) { title } }", &json!({"id": a.id}));
        assert_eq!(by_id["article"], Value::Null);
        // A circle is refused.
        shows!(redirect(&server.editor, &c, "a"), @r#"
        {
          "data": {
            "articleWithdraw": {
              "article": null,
              "edition": null,
              "userErrors": [
                {
                  "code": "REDIRECT_LOOP",
                  "path": ["redirectTo"],
                  "message": "`a` leads to the article that is being withdrawn: name another target"
                }
              ]
            }
          }
        }
        "#);
        assert_eq!(title_at(&server.reader, "c"), "C");
        // Published again, it stands for itself.
        server.editor.publish(&a);
        assert_eq!(title_at(&server.reader, "a"), "A");
        assert_eq!(title_at(&server.reader, "b"), "C");
    }

    fn a_redirect_needs_a_public_target(env: &Env) {
        let server = env.server();
        let article = server.editor.published(json!({"title": "A"}));
        server.editor.create(json!({"title": "Draft"}));
        for (to, code) in [("draft", "NOT_FOUND"), ("nowhere", "NOT_FOUND"), ("Not a slug", "NOT_FOUND"), ("a", "REDIRECT_LOOP")] {
            let refused = redirect(&server.editor, &article, to).data();
            assert_eq!(refused["articleWithdraw"]["userErrors"][0]["code"], code, "{to}: {refused}");
        }
        let none = server.editor.ask_with(WITHDRAW, &json!({"id": article.id, "version": 1, "reason": "REDIRECT"}));
        shows!(none, @r#"
        {
          "data": {
            "articleWithdraw": {
              "article": null,
              "edition": null,
              "userErrors": [
                {
                  "code": "INVALID",
                  "path": ["redirectTo"],
                  "message": "a redirect needs its target: name the slug of a published article, or an address, in `redirectTo`"
                }
              ]
            }
          }
        }
        "#);
        let both = server.editor.ask_with(WITHDRAW, &json!({"id": article.id, "version": 1, "to": "b"}));
        shows!(both, @r#"
        {
          "data": {
            "articleWithdraw": {
              "article": null,
              "edition": null,
              "userErrors": [
                {
                  "code": "INVALID",
                  "path": ["redirectTo"],
                  "message": "what is `GONE` does not redirect: leave `redirectTo` out, or give the reason `REDIRECT`"
                }
              ]
            }
          }
        }
        "#);
        assert_eq!(title_at(&server.reader, "a"), "A");
    }

    fn the_publication_date_can_be_set(env: &Env) {
        let server = env.server();
        let article = server.editor.published(json!({"title": "Old", "publishedAt": "2019-02-03T04:05:06.123456789+01:00"}));
        let date = || server.reader.data(r#"{ article(by: { slug: "old" }) { publishedAt } }"#)["article"]["publishedAt"].take();
        assert_eq!(date(), "2019-02-03T03:05:06.123456Z", "to the microsecond, in UTC");
        // Published again, it keeps its date.
        let article = server.editor.update(&article, json!({"title": "Old, revised"}));
        server.editor.publish(&article);
        assert_eq!(date(), "2019-02-03T03:05:06.123456Z");
        let article = server.editor.update(&article, json!({"publishedAt": "2020-01-01T00:00:00Z"}));
        server.editor.publish(&article);
        assert_eq!(date(), "2020-01-01T00:00:00Z");
    }
}
