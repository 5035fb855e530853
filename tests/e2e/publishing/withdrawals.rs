//! Withdrawn articles, and the redirects that they leave.

use serde_json::{Value, json};

use super::{WITHDRAW, redirect, title_at};

both! {
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
        // A second withdrawal is refused.
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
                  "message": "the article is WITHDRAWN: only a published article can be withdrawn; its state allows UPDATE, SUBMIT, PUBLISH, MARK_REVIEWED, ARCHIVE"
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
        // A redirect to a redirect leads to the end of the chain.
        redirect(&server.editor, &b, "c").data();
        assert_eq!(title_at(&server.reader, "a"), "C");
        assert_eq!(title_at(&server.reader, "b"), "C");
        // An id never redirects, because it names one article.
        let by_id = server.reader.data_with("query ($id: ID!) { article(by: { id: $id }) { title } }", &json!({"id": a.id}));
        assert_eq!(by_id["article"], Value::Null);
        // A loop is refused.
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
        // After the article is published again, its slug shows the article itself.
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
                  "message": "a redirect needs a target: set `redirectTo` to the slug of a published article or to a URL"
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
                  "message": "`GONE` has no redirect: leave out `redirectTo`, or set the reason to `REDIRECT`"
                }
              ]
            }
          }
        }
        "#);
        assert_eq!(title_at(&server.reader, "a"), "A");
    }
}
