//! Former addresses and unknown ones: 308, 410 and 404.

use serde_json::json;

use super::problem;
use crate::support::{Client, Saved, Server};

/// The status of an answer, and its `Location`.
fn status_and_location(reader: &Client, path: &str) -> (u16, Option<String>) {
    let answer = reader.get(path, &[]);
    (answer.status, answer.header("location").map(str::to_owned))
}

fn redirect_to(location: &str) -> (u16, Option<String>) {
    (308, Some(location.to_owned()))
}

#[track_caller]
fn withdraw(editor: &Client, article: &Saved, to: Option<&str>) {
    let document = "mutation ($id: ID!, $version: Int!, $reason: WithdrawReason!, $to: String) {
        articleWithdraw(id: $id, expectedVersion: $version, reason: $reason, redirectTo: $to) {
            userErrors { message }
        }
    }";
    let reason = if to.is_some() { "REDIRECT" } else { "GONE" };
    let variables = json!({"id": article.id, "version": article.version, "reason": reason, "to": to});
    let data = editor.data_with(document, &variables);
    assert_eq!(data["articleWithdraw"]["userErrors"], json!([]));
}

both! {
    fn a_moved_article(env: &Env) {
        let Server { editor, reader, .. } = &env.server();
        let article = editor.published(json!({"title": "A", "slug": "a1", "aliases": ["/old/a0.html"]}));
        let article = editor.update(&article, json!({"slug": "a2"}));
        assert_eq!(status_and_location(reader, "/v1/articles/a1"), (200, None), "nothing is public yet");
        assert_eq!(status_and_location(reader, "/v1/articles/a2").0, 404);
        editor.publish(&article);
        assert_eq!(status_and_location(reader, "/v1/articles/a1"), redirect_to("/v1/articles/a2"));
        assert_eq!(status_and_location(reader, "/v1/articles/a0"), redirect_to("/v1/articles/a2"));
        // The redirect keeps the query string.
        let moved = status_and_location(reader, "/v1/articles/a1?excerpt.maxLength=9");
        assert_eq!(moved, redirect_to("/v1/articles/a2?excerpt.maxLength=9"));
        assert_eq!(status_and_location(reader, moved.1.as_deref().unwrap()).0, 200);
        assert_eq!(reader.get("/v1/articles/a1?page=2", &[]).status, 400);
    }

    fn a_withdrawn_article(env: &Env) {
        let Server { editor, reader, .. } = &env.server();
        let [a, b, c, d] = ["a", "b", "c", "d"].map(|slug| editor.published(json!({"title": slug, "slug": slug})));
        withdraw(editor, &a, Some("b"));
        assert_eq!(status_and_location(reader, "/v1/articles/a"), redirect_to("/v1/articles/b"));
        withdraw(editor, &c, Some("https://www.example/größe?x=1#y"));
        assert_eq!(status_and_location(reader, "/v1/articles/c?excerpt.maxLength=9"), redirect_to("https://www.example/gr%C3%B6%C3%9Fe?x=1#y"));
        withdraw(editor, &d, None);
        shows!(reader.get("/v1/articles/d", &[("x-request-id", "r")]), @r#"
        {
          "code": "GONE",
          "detail": "`d` was withdrawn and not replaced",
          "requestId": "…",
          "status": 410,
          "title": "Gone",
          "type": "about:blank"
        }
        "#);
        assert_eq!(problem(&reader.get("/v1/articles/d", &[]))["status"], 410);
        // The target of the redirect is withdrawn.
        withdraw(editor, &b, None);
        assert_eq!(status_and_location(reader, "/v1/articles/a").0, 410);
        assert_eq!(status_and_location(reader, "/v1/articles/b").0, 410);
    }

    fn a_renamed_or_merged_tag(env: &Env) {
        let Server { editor, reader, .. } = &env.server();
        let [one, two] = ["one", "two"].map(|slug| editor.label("tag", json!({"name": slug, "slug": slug})));
        let rename = "mutation ($id: ID!) {
            tagRename(id: $id, expectedVersion: 1, name: \"Uno\", slug: \"uno\") { userErrors { message } }
        }";
        assert_eq!(editor.data_with(rename, &json!({"id": one}))["tagRename"]["userErrors"], json!([]));
        assert_eq!(status_and_location(reader, "/v1/tags/one"), redirect_to("/v1/tags/uno"));
        let merge = "mutation ($from: ID!, $into: ID!) {
            tagMerge(id: $from, expectedVersion: 1, into: $into) { userErrors { message } }
        }";
        let merged = editor.data_with(merge, &json!({"from": two, "into": one}));
        assert_eq!(merged["tagMerge"]["userErrors"], json!([]));
        assert_eq!(status_and_location(reader, "/v1/tags/two"), redirect_to("/v1/tags/uno"));
        assert_eq!(status_and_location(reader, "/v1/tags/uno"), (200, None));
    }

    fn a_renamed_or_merged_topic_or_author(env: &Env) {
        let Server { editor, reader, .. } = &env.server();
        for (kind, replace) in [("topic", "topicDelete(id: $from, expectedVersion: 1, replaceWith: $into)"), ("author", "authorMerge(id: $from, expectedVersion: 1, into: $into)")] {
            let [one, two] = ["one", "two"].map(|slug| editor.label(kind, json!({"name": slug, "slug": slug})));
            let update = format!("mutation ($id: ID!) {{ done: {kind}Update(id: $id, expectedVersion: 1, input: {{slug: \"uno\"}}) {{ userErrors {{ message }} }} }}");
            assert_eq!(editor.data_with(&update, &json!({"id": one}))["done"]["userErrors"], json!([]));
            assert_eq!(status_and_location(reader, &format!("/v1/{kind}s/one")), redirect_to(&format!("/v1/{kind}s/uno")));
            let replace = format!("mutation ($from: ID!, $into: ID!) {{ done: {replace} {{ userErrors {{ message }} }} }}");
            let replaced = editor.data_with(&replace, &json!({"from": two, "into": one}));
            assert_eq!(replaced["done"]["userErrors"], json!([]));
            assert_eq!(status_and_location(reader, &format!("/v1/{kind}s/two")), redirect_to(&format!("/v1/{kind}s/uno")));
            assert_eq!(status_and_location(reader, &format!("/v1/{kind}s/uno")), (200, None));
        }
    }

    fn an_unknown_slug(env: &Env) {
        let reader = &env.sample().reader;
        shows!(reader.get("/v1/articles/nobody", &[("x-request-id", "r")]), @r#"
        {
          "code": "NOT_FOUND",
          "detail": "`nobody` is not the slug of anything that is published",
          "requestId": "…",
          "status": 404,
          "title": "Not Found",
          "type": "about:blank"
        }
        "#);
        for path in [
            "/v1/articles/Not%20a%20slug!",
            "/v1/articles/%00",
            "/v1/articles/%F0%9F%8F%A5",
            "/v1/articles/a%2Fb",
            "/v1/tags/nobody",
            "/v1/topics/nobody",
            "/v1/authors/nobody",
            "/v1/authors/%00",
            "/v1/",
            "/v1/articles/",
            "/v1/nothing",
            "/v1/articles/a/b",
            "/v1//articles",
        ] {
            let found = problem(&reader.get(path, &[]));
            assert_eq!((&found["status"], &found["code"]), (&json!(404), &json!("NOT_FOUND")), "{path}");
        }
        let long = format!("/v1/articles/{}", "a".repeat(5_000));
        let found = problem(&reader.get(&long, &[]));
        assert_eq!(found["status"], 404);
        assert!(found.to_string().len() < 500, "{found}");
        // The detail explains the superfluous slash.
        let slash = problem(&reader.get("/v1/articles/", &[]));
        assert!(slash["detail"].as_str().unwrap().ends_with("/v1/articles"), "{slash}");
        let elsewhere = reader.get("/nowhere", &[]);
        assert!(elsewhere.text.contains("/v1") && elsewhere.text.contains("/openapi.json"), "{elsewhere:?}");
    }
}
