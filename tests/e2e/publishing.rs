//! Writing and publishing articles.

mod edits;
mod notes;
mod slugs;
mod withdrawals;

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

    fn publishing_the_same_version_again_changes_nothing(env: &Env) {
        let server = env.server();
        let article = server.editor.published(json!({"title": "One"}));
        server.editor.published(json!({"title": "Two"}));
        assert_eq!(server.editor.publish(&article), 1, "the answer has the edition that made the article public");
        assert_eq!(server.reader.edition(), 2, "the second publish makes no edition");
    }

    fn editions_have_no_gaps(env: &Env) {
        let server = env.server();
        assert_eq!(server.reader.edition(), 0);
        let mut editions = Vec::new();
        for number in 0..5 {
            let article = server.editor.create(json!({"title": format!("No. {number}"), "body": "Text."}));
            editions.push(server.editor.publish(&article));
            assert_eq!(server.reader.edition(), *editions.last().unwrap(), "the next read shows the edition");
        }
        assert_eq!(editions, [1, 2, 3, 4, 5]);
    }

    fn the_publication_date_can_be_set(env: &Env) {
        let server = env.server();
        let article = server.editor.published(json!({"title": "Old", "publishedAt": "2019-02-03T04:05:06.123456789+01:00"}));
        let date = || server.reader.data(r#"{ article(by: { slug: "old" }) { publishedAt } }"#)["article"]["publishedAt"].take();
        assert_eq!(date(), "2019-02-03T03:05:06.123456Z", "the date is in UTC, with microseconds");
        // The article keeps its date when it is published again.
        let article = server.editor.update(&article, json!({"title": "Old, revised"}));
        server.editor.publish(&article);
        assert_eq!(date(), "2019-02-03T03:05:06.123456Z");
        let article = server.editor.update(&article, json!({"publishedAt": "2020-01-01T00:00:00Z"}));
        server.editor.publish(&article);
        assert_eq!(date(), "2020-01-01T00:00:00Z");
    }
}
