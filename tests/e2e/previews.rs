//! Preview links show the publication with a draft, or at a future time, to clients that have the link.

mod access;
mod giving_way;
mod time;

use serde_json::{Value, json};

use crate::support::{Answer, Client, GRAPHQL_RESPONSE, Saved, Server, within};

const NO_STORE: &str = "private, no-store";

/// Creates a preview link. Returns its id and its token.
#[track_caller]
fn link(editor: &Client, input: Value) -> (String, String) {
    let document = "mutation ($input: PreviewInput!) {
        previewCreate(input: $input) { preview { id } token url userErrors { code path message } }
    }";
    let made = editor.data_with(document, &json!({"input": input}))["previewCreate"].take();
    assert_eq!(made["userErrors"], json!([]), "{made:#}");
    let text = |value: &Value| value.as_str().unwrap().to_owned();
    let (id, token) = (text(&made["preview"]["id"]), text(&made["token"]));
    assert_eq!(made["url"], format!("/graphql?preview={token}"));
    (id, token)
}

/// Sends a document with the token in a header.
fn ask(client: &Client, token: &str, document: &str) -> Answer {
    let headers = [("content-type", "application/json"), ("accept", GRAPHQL_RESPONSE), ("x-preview", token)];
    client.post(&headers, json!({"query": document}).to_string())
}

/// Sends a document with the token in a header, and repeats it while the preview gives way to writers.
fn ask_again(client: &Client, token: &str, document: &str) -> Answer {
    within("the preview is shown", || {
        let answer = ask(client, token, document);
        (answer.status != 503).then_some(answer)
    })
}

/// Sends a document with the token in the URL.
fn get(client: &Client, token: &str, document: &str) -> Answer {
    let path = format!("/graphql?query={}&preview={token}", encode(document));
    client.get(&path, &[("accept", GRAPHQL_RESPONSE)])
}

fn encode(text: &str) -> String {
    text.bytes()
        .map(|byte| match byte {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' => char::from(byte).to_string(),
            _ => format!("%{byte:02X}"),
        })
        .collect()
}

/// The data of a preview. Asserts that it is the same however the token is sent, and that it is not cacheable.
#[track_caller]
fn preview_data(reader: &Client, token: &str, document: &str) -> Value {
    let answers = [
        ask(reader, token, document),
        get(reader, token, document),
        reader.send(
            "POST",
            &format!("/graphql?preview={token}"),
            &[("content-type", "application/json"), ("accept", GRAPHQL_RESPONSE)],
            json!({"query": document}).to_string().into(),
        ),
    ];
    for answer in &answers {
        assert_eq!(answer.header("cache-control"), Some(NO_STORE));
    }
    let [first, others @ ..] = answers.map(|answer| without_now(answer.data()));
    for other in others {
        assert_eq!(other, first);
    }
    first
}

/// Removes the time of the edition. In a preview, it is the time of the request.
fn without_now(mut data: Value) -> Value {
    if let Some(edition) = data.get_mut("edition") {
        edition["at"].take();
    }
    data
}

/// A query for an article, and for the lists and labels that it may be in.
fn everything(slug: &str) -> String {
    format!(
        r#"{{
            edition {{ number }}
            article(by: {{ slug: "{slug}" }}) {{
                slug title deck excerpt externalRef version edition {{ number }} tags {{ slug articleCount }}
                body {{ html text wordCount }} seo {{ title }}
            }}
            articles {{ totalCount nodes {{ slug title }} }}
            news: articles(where: {{ tags: {{ any: ["news"] }} }}) {{ totalCount nodes {{ slug }} }}
            sport: articles(where: {{ tags: {{ any: ["sport"] }} }}) {{ totalCount nodes {{ slug }} }}
            tags(orderBy: {{ field: NAME, direction: ASC }}) {{ nodes {{ slug articleCount }} }}
            redirects {{ nodes {{ slug kind article {{ slug }} }} }}
        }}"#
    )
}

fn tags(server: &Server) {
    server.editor.label("tag", json!({"name": "News"}));
    server.editor.label("tag", json!({"name": "Sport"}));
}

both! {
    fn a_draft_is_shown_as_if_it_were_public(env: &Env) {
        let server = env.server();
        let Server { editor, reader, .. } = &server;
        tags(&server);
        editor.published(json!({"title": "Public", "tags": ["news"], "publishedAt": "2020-01-01T00:00:00Z"}));
        let draft = editor.create(json!({
            "title": "Draft", "deck": "Deck", "body": "# One\n\nTwo **three**.", "tags": ["news"], "externalRef": "cms/1",
        }));
        let before = reader.ask(&everything("draft")).text;
        let (_, token) = link(editor, json!({"articleId": draft.id}));
        let seen = preview_data(reader, &token, &everything("draft"));
        assert_eq!(seen, json!({
            "edition": {"number": 4, "at": null},
            "article": {
                "slug": "draft", "title": "Draft", "deck": "Deck", "excerpt": "One Two three.", "externalRef": "cms/1",
                "version": 1, "edition": {"number": 4}, "tags": [{"slug": "news", "articleCount": 2}],
                "body": {
                    "html": "<h1 id=\"one\">One</h1>\n<p>Two <strong>three</strong>.</p>\n",
                    "text": seen["article"]["body"]["text"], "wordCount": 3,
                },
                "seo": {"title": null},
            },
            "articles": {
                "totalCount": 2,
                "nodes": [{"slug": "draft", "title": "Draft"}, {"slug": "public", "title": "Public"}],
            },
            "news": {"totalCount": 2, "nodes": [{"slug": "draft"}, {"slug": "public"}]},
            "sport": {"totalCount": 0, "nodes": []},
            "tags": {"nodes": [{"slug": "news", "articleCount": 2}, {"slug": "sport", "articleCount": 0}]},
            "redirects": {"nodes": []},
        }));
        // The draft is found by its id and by its external reference.
        let document = format!(
            r#"{{ a: article(by: {{ id: "{0}" }}) {{ title }} b: article(by: {{ externalRef: "cms/1" }}) {{ title }}
                node(id: "{0}") {{ ... on Article {{ title publishedAt updatedAt }} }} }}"#,
            draft.id
        );
        assert_eq!(ask(reader, &token, &document).data()["node"]["title"], "Draft");
        assert_eq!(reader.data(&document), json!({"a": null, "b": null, "node": null}));
        assert_eq!(reader.ask(&everything("draft")).text, before, "readers do not see the preview");
        // The preview shows the current working copy, not the one from when the link was created.
        let draft = editor.update(&draft, json!({"title": "Later", "tags": ["sport"]}));
        let seen = preview_data(reader, &token, &everything("draft"));
        assert_eq!((&seen["article"]["title"], &seen["article"]["version"]), (&json!("Later"), &json!(2)));
        assert_eq!((&seen["news"]["totalCount"], &seen["sport"]["totalCount"]), (&json!(1), &json!(1)));
        assert_eq!(editor.publish(&draft), 4, "the preview used up no edition");
    }

    fn unpublished_changes_are_shown(env: &Env) {
        let server = env.server();
        let Server { editor, reader, .. } = &server;
        tags(&server);
        let article = editor.published(json!({
            "title": "Old", "slug": "old", "body": "Old text.", "tags": ["news"], "publishedAt": "2020-01-01T00:00:00Z",
        }));
        let (_, token) = link(editor, json!({"articleId": article.id}));
        let public = reader.data(&everything("old"));
        assert_eq!(preview_data(reader, &token, &everything("old"))["article"], public["article"], "without unpublished changes, the preview shows the public article");
        editor.update(&article, json!({"title": "New", "slug": "new", "body": "New *text*.", "tags": ["sport"]}));
        let seen = preview_data(reader, &token, &everything("new"));
        assert_eq!(seen["edition"]["number"], 4);
        assert_eq!(seen["article"]["body"]["html"], "<p>New <em>text</em>.</p>\n");
        assert_eq!(seen["articles"], json!({"totalCount": 1, "nodes": [{"slug": "new", "title": "New"}]}));
        assert_eq!(seen["news"], json!({"totalCount": 0, "nodes": []}));
        assert_eq!(seen["sport"], json!({"totalCount": 1, "nodes": [{"slug": "new"}]}));
        assert_eq!(
            seen["tags"]["nodes"],
            json!([{"slug": "news", "articleCount": 0}, {"slug": "sport", "articleCount": 1}])
        );
        assert_eq!(
            seen["redirects"]["nodes"],
            json!([{"slug": "old", "kind": "ARTICLE", "article": {"slug": "new"}}])
        );
        let dates = ask(reader, &token, r#"{ article(by: { slug: "old" }) { slug publishedAt } }"#).data();
        assert_eq!(dates["article"], json!({"slug": "new", "publishedAt": "2020-01-01T00:00:00Z"}));
        assert_eq!(reader.data(&everything("old")), public, "readers do not see the preview");
        assert_eq!(reader.data(r#"{ article(by: { slug: "new" }) { slug } redirect(slug: "old") { kind } }"#),
            json!({"article": null, "redirect": null}));
    }

    fn withdrawn_and_scheduled_articles_are_shown(env: &Env) {
        let server = env.server();
        let Server { editor, reader, .. } = &server;
        let gone = editor.published(json!({"title": "Gone", "publishedAt": "2020-01-01T00:00:00Z"}));
        editor.data_with(
            "mutation ($id: ID!) { articleWithdraw(id: $id, expectedVersion: 1) { userErrors { code } } }",
            &json!({"id": gone.id}),
        );
        let (_, token) = link(editor, json!({"articleId": gone.id}));
        let document = r#"{ article(by: { slug: "gone" }) { title publishedAt } redirect(slug: "gone") { kind } }"#;
        assert_eq!(
            ask(reader, &token, document).data(),
            json!({"article": {"title": "Gone", "publishedAt": "2020-01-01T00:00:00Z"}, "redirect": null})
        );
        assert_eq!(reader.data(document), json!({"article": null, "redirect": {"kind": "GONE"}}));
        // The preview shows the working copy, not the scheduled version.
        let soon = editor.create(json!({"title": "Scheduled", "slug": "soon", "body": "x"}));
        time::schedule(editor, &soon, "2999-01-01T00:00:00Z", Value::Null);
        editor.update(&soon, json!({"title": "Ahead"}));
        let (_, token) = link(editor, json!({"articleId": soon.id}));
        let data = ask(reader, &token, r#"{ article(by: { slug: "soon" }) { title version } }"#).data();
        assert_eq!(data["article"], json!({"title": "Ahead", "version": 2}));
    }

    fn readers_never_see_a_preview(env: &Env) {
        let server = env.server();
        let Server { editor, reader, .. } = &server;
        tags(&server);
        let article = editor.published(json!({"title": "Old", "slug": "old", "tags": ["news"]}));
        let article = editor.update(&article, json!({"title": "New", "slug": "new", "tags": ["sport"]}));
        let (_, token) = link(editor, json!({"articleId": article.id}));
        let document = everything("old");
        let before = reader.data(&document);
        let preview = preview_data(reader, &token, &document);
        std::thread::scope(|scope| {
            for _ in 0..3 {
                scope.spawn(|| for _ in 0..15 { assert_eq!(reader.data(&document), before) });
                scope.spawn(|| {
                    for _ in 0..10 { assert_eq!(without_now(ask_again(reader, &token, &document).data()), preview) }
                });
            }
            // Meanwhile, writes of other articles succeed.
            scope.spawn(|| {
                let other: Vec<Saved> =
                    (0..6).map(|n| editor.create(json!({"title": format!("Other {n}"), "body": "x"}))).collect();
                for saved in &other {
                    editor.update(saved, json!({"deck": "More"}));
                }
            });
        });
        assert_eq!(reader.data(&document), before);
        assert_eq!(editor.publish(&article), before["edition"]["number"].as_i64().unwrap() + 1);
    }

    fn writers_and_previews_of_one_article_both_succeed(env: &Env) {
        let server = env.server();
        let Server { editor, reader, .. } = &server;
        tags(&server);
        let made: Vec<Saved> = (0..4)
            .map(|n| editor.published(json!({"title": format!("No. {n}"), "tags": ["news", "sport"]})))
            .collect();
        let first = reader.edition();
        std::thread::scope(|scope| {
            for saved in &made {
                let (_, token) = link(editor, json!({"articleId": saved.id}));
                scope.spawn(move || {
                    for _ in 0..12 {
                        let seen = ask_again(reader, &token, &everything("none")).data();
                        assert_eq!(seen["articles"]["totalCount"], 4, "{seen:#}");
                        assert_eq!(seen["news"]["totalCount"], 4, "{seen:#}");
                        assert_eq!(seen["tags"]["nodes"][0]["articleCount"], 4, "{seen:#}");
                    }
                });
                scope.spawn(move || {
                    let mut saved = saved.clone();
                    for n in 0..5 {
                        saved = editor.update(&saved, json!({"deck": format!("Deck {n}")}));
                        editor.publish(&saved);
                    }
                });
            }
        });
        assert_eq!(reader.edition(), first + 20, "each publish made one edition");
        assert_eq!(reader.data(&everything("none"))["tags"]["nodes"][0]["articleCount"], 4);
    }
}
