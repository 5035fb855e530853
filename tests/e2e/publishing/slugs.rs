//! Slugs and external references: each belongs to one article.

use serde_json::{Value, json};

use super::title_at;

both! {
    fn a_new_slug_and_the_old_one_lead_to_the_article(env: &Env) {
        let server = env.server();
        let article = server.editor.published(json!({"title": "One", "slug": "first"}));
        let article = server.editor.update(&article, json!({"slug": "second"}));
        assert_eq!(title_at(&server.reader, "second"), Value::Null, "the new slug is not public before the publish");
        server.editor.publish(&article);
        let answer = server.reader.ask(r#"{
            old: article(by: { slug: "first" }) { slug title }
            new: article(by: { slug: "second" }) { slug title }
        }"#);
        shows!(answer, @r#"{"data": {"old": {"slug": "second", "title": "One"}, "new": {"slug": "second", "title": "One"}}}"#);
        // A slug that was public belongs to its article forever; one that was never public becomes free.
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
        // The article can take its own former slug again.
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
}
