//! Previews over REST: what a preview link shows, and nobody keeps.

use serde_json::{Value, json};

use super::{problem, slugs};
use crate::support::{Answer, Client, Server, within};

/// Makes a link to the working copy of an article, and returns its token.
#[track_caller]
fn link(editor: &Client, input: &Value) -> String {
    let document =
        "mutation ($input: PreviewInput!) { previewCreate(input: $input) { token userErrors { message } } }";
    let made = editor.data_with(document, &json!({"input": input}))["previewCreate"].take();
    assert_eq!(made["userErrors"], json!([]), "{made:#}");
    made["token"].as_str().unwrap().to_owned()
}

/// Asks with the header, and again as long as the preview gives way to a writer.
#[track_caller]
fn preview(reader: &Client, path: &str, token: &str) -> Answer {
    within("the preview is shown", || {
        let answer = reader.get(path, &[("x-preview", token)]);
        (answer.status != 503).then_some(answer)
    })
}

/// Asserts that nobody may keep an answer.
#[track_caller]
fn assert_not_kept(answer: &Answer) {
    assert_eq!(answer.header("cache-control"), Some("private, no-store"), "{answer:?}");
    for header in ["etag", "cache-tag", "surrogate-key", "edition"] {
        assert_eq!(answer.header(header), None, "{answer:?}");
    }
}

both! {
    fn a_draft_is_shown_to_whoever_has_the_link(env: &Env) {
        let server = env.server();
        let Server { editor, reader, .. } = &server;
        editor.label("tag", json!({"name": "News"}));
        editor.published(json!({"title": "Public", "publishedAt": "2020-01-01T00:00:00Z"}));
        let draft = editor.create(json!({"title": "Draft", "body": "Not *yet*.", "tags": ["news"]}));
        let token = link(editor, &json!({"articleId": draft.id}));
        for path in ["/v1/articles/draft".to_owned(), format!("/v1/articles/{}", draft.id)] {
            assert_eq!(reader.get(&path, &[]).status, 404, "{path}");
            let shown = preview(reader, &path, &token);
            assert_eq!(shown.status, 200, "{path}: {shown:?}");
            assert_not_kept(&shown);
            assert_eq!(shown.json()["article"]["body"]["html"], "<p>Not <em>yet</em>.</p>\n");
        }
        assert_eq!(slugs(&preview(reader, "/v1/articles", &token).json(), "articles"), ["draft", "public"]);
        assert_eq!(slugs(&preview(reader, "/v1/articles?tag=news", &token).json(), "articles"), ["draft"]);
        assert_eq!(preview(reader, "/v1/tags/news", &token).json()["tag"]["articleCount"], 1);
        // The public still sees what it saw, and so does a client that has asked before.
        assert_eq!(slugs(&reader.get("/v1/articles", &[]).json(), "articles"), ["public"]);
        assert_eq!(reader.get("/v1/articles/draft", &[]).status, 404);
    }

    fn the_token_also_works_in_the_address_and_stays_in_links(env: &Env) {
        let server = env.server();
        let Server { editor, reader, .. } = &server;
        editor.published(json!({"title": "Public", "publishedAt": "2020-01-01T00:00:00Z"}));
        let draft = editor.create(json!({"title": "Draft", "body": "x"}));
        let token = link(editor, &json!({"articleId": draft.id}));
        let get = |path: &str| within("the preview is shown", || {
            let answer = reader.get(path, &[]);
            (answer.status != 503).then_some(answer)
        });
        let first = get(&format!("/v1/articles?preview={token}&first=1"));
        assert_not_kept(&first);
        assert_eq!(slugs(&first.json(), "articles"), ["draft"]);
        let next = first.header("link").unwrap().split(['<', '>']).nth(1).unwrap().to_owned();
        assert!(next.contains(&token), "{next}");
        assert_eq!(slugs(&get(&next).json(), "articles"), ["public"]);
    }

    fn a_preview_redirects_and_refuses_as_the_publication_will(env: &Env) {
        let server = env.server();
        let Server { editor, reader, .. } = &server;
        let article = editor.published(json!({"title": "A", "slug": "a1"}));
        editor.update(&article, json!({"slug": "a2"}));
        let token = link(editor, &json!({"articleId": article.id}));
        let moved = preview(reader, "/v1/articles/a1", &token);
        assert_eq!((moved.status, moved.header("location")), (308, Some("/v1/articles/a2")));
        assert_not_kept(&moved);
        assert_eq!(preview(reader, "/v1/articles/a2", &token).status, 200);
        assert_eq!(reader.get("/v1/articles/a2", &[]).status, 404);
        for path in ["/v1/articles/nobody", "/v1/articles?first=1000", "/v1/articles?tags=x"] {
            let refused = preview(reader, path, &token);
            assert!([400, 404].contains(&refused.status), "{path}: {refused:?}");
            problem(&refused);
            assert_not_kept(&refused);
        }
    }

    fn every_endpoint_refuses_an_invalid_token(env: &Env) {
        let server = env.server();
        let Server { editor, reader, .. } = &server;
        let draft = editor.create(json!({"title": "Draft", "body": "x"}));
        let token = link(editor, &json!({"articleId": draft.id}));
        let index = reader.get("/v1", &[]).json();
        for path in index["endpoints"].as_object().unwrap().values().map(|path| path.as_str().unwrap()) {
            let path = match path {
                "/v1/redirect" => "/v1/redirect?path=/x".to_owned(),
                path => path.replace("{id}", "draft").replace("{slug}", "draft"),
            };
            // Ask first, so that there is a public answer to keep.
            reader.get(&path, &[]);
            let joint = if path.contains('?') { '&' } else { '?' };
            let twice = format!("{path}{joint}preview={token}");
            for (path, header) in [(&path, Some("gmp_AAAA")), (&path, Some("")), (&twice, Some(&*token))] {
                let headers: Vec<_> = header.iter().map(|header| ("x-preview", *header)).collect();
                let refused = reader.get(path, &headers);
                let refused_code = problem(&refused)["code"].clone();
                assert_eq!((refused.status, refused_code), (403, json!("FORBIDDEN")), "{path}: {header:?}");
            }
        }
    }

    fn the_future_is_shown_without_its_edition(env: &Env) {
        let server = env.server();
        let Server { editor, reader, .. } = &server;
        let article = editor.create(json!({"title": "Later", "body": "x"}));
        let document = r#"mutation ($id: ID!) {
            articlePublish(id: $id, expectedVersion: 1, at: "2998-02-01T00:00:00Z") { userErrors { message } }
        }"#;
        assert_eq!(editor.data_with(document, &json!({"id": article.id}))["articlePublish"]["userErrors"], json!([]));
        for (as_of, titles) in [("2998-01-31T23:59:59Z", vec![]), ("2998-02-01T00:00:00Z", vec!["later"])] {
            let token = link(editor, &json!({"asOf": as_of}));
            let shown = preview(reader, "/v1/articles", &token);
            assert_not_kept(&shown);
            assert_eq!(slugs(&shown.json(), "articles"), titles, "{as_of}");
        }
    }
}
