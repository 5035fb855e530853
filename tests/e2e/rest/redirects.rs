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

    fn the_list_of_former_slugs(env: &Env) {
        let Server { editor, reader, .. } = &env.server();
        let moved = editor.published(json!({"title": "Moved", "slug": "b-old"}));
        let moved = editor.update(&moved, json!({"slug": "b-new"}));
        editor.publish(&moved);
        let [gone, away] = ["a-gone", "c-away"].map(|slug| editor.published(json!({"title": slug, "slug": slug})));
        withdraw(editor, &gone, None);
        withdraw(editor, &away, Some("https://www.example/c"));
        let list = reader.get("/v1/redirects", &[]);
        assert_eq!(list.status, 200, "{list:?}");
        let shown = list.json();
        let entries = shown["redirects"].as_array().unwrap().iter().map(|entry| {
            let place = entry["article"]["slug"].as_str().or(entry["url"].as_str());
            (entry["slug"].as_str().unwrap(), entry["kind"].as_str().unwrap(), entry["httpStatus"].as_i64().unwrap(), place)
        });
        assert_eq!(entries.collect::<Vec<_>>(), [
            ("a-gone", "GONE", 410, None),
            ("b-old", "ARTICLE", 308, Some("b-new")),
            ("c-away", "URL", 308, Some("https://www.example/c")),
        ]);
        assert_eq!(shown["redirects"][1]["article"]["id"], moved.id);
        // In pages.
        let (mut path, mut slugs) = ("/v1/redirects?first=2".to_owned(), Vec::new());
        loop {
            let page = reader.get(&path, &[]);
            slugs.extend(super::slugs(&page.json(), "redirects"));
            let next = page.header("link").and_then(|link| link.split(", ").find(|link| link.ends_with("\"next\"")));
            match next.and_then(|link| link.split(['<', '>']).nth(1)) {
                Some(next) => path = next.to_owned(),
                None => break,
            }
        }
        assert_eq!(slugs, ["a-gone", "b-old", "c-away"]);
        assert_eq!(problem(&reader.get("/v1/redirects?slug=a-gone", &[]))["status"], 400);
    }

    fn the_target_of_a_former_address(env: &Env) {
        let Server { editor, reader, .. } = &env.server();
        let article = editor.published(json!({
            "title": "A", "slug": "a1", "aliases": ["/old/a0.html", "/2019/a1/", "https://former.example/x/a-2"],
        }));
        let gone = editor.published(json!({"title": "Gone", "slug": "gone"}));
        withdraw(editor, &gone, None);
        let target = |path: &str| {
            let graph = reader.data_with(
                "query ($path: String!) { redirect(path: $path) { slug kind httpStatus article { id slug title } url withdrawnAt note } }",
                &json!({"path": path}),
            );
            let over_rest = reader.get(&format!("/v1/redirect?path={}", super::encoded(path)), &[]);
            assert_eq!((over_rest.status, &over_rest.json()["redirect"]), (200, &graph["redirect"]), "{path}");
            match graph["redirect"]["kind"].as_str() {
                Some("ARTICLE") => graph["redirect"]["article"]["id"].as_str().unwrap().to_owned(),
                Some(kind) => kind.to_owned(),
                None => "-".to_owned(),
            }
        };
        for alias in [
            "/old/a0.html", "/old/a0.html?x=1#y", "old/a0.html", "https://www.example/old/a0.html", "/elsewhere/a0/",
            "/2019/a1/", "/2019/a1", "/2019/a1?page=2", "/x/a-2", "https://former.example/x/a-2/",
        ] {
            assert_eq!(target(alias), article.id, "{alias}");
        }
        // The slug is the current one, so another address with it may be the address of the article itself.
        for unknown in ["/articles/a1", "/a1", "/nothing", "/", "https://www.example", "/old/Not a slug", "/a/b.pdf"] {
            assert_eq!(target(unknown), "-", "{unknown}");
        }
        assert_eq!(target("/any/gone"), "GONE");
        let article = editor.update(&article, json!({"slug": "a3"}));
        editor.publish(&article);
        assert_eq!(target("/articles/a1"), article.id, "a former slug is a former address at any place");
    }

    fn a_former_address_must_be_named(env: &Env) {
        let reader = &env.sample().reader;
        let missing = problem(&reader.get("/v1/redirect", &[]));
        assert_eq!((&missing["status"], &missing["parameter"]), (&json!(400), &json!("path")), "{missing}");
        for arguments in ["", "(slug: \"a\", path: \"/a\")", "(slug: null, path: null)"] {
            let answer = reader.ask(&format!("{{ redirect{arguments} {{ slug }} }}"));
            let errors = answer.json()["errors"].clone();
            assert_eq!(errors[0]["extensions"]["code"], "BAD_USER_INPUT", "{arguments}: {errors}");
            assert!(errors[0]["message"].as_str().unwrap().contains("`path`"), "{arguments}: {errors}");
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
