//! Bodies in dialects of Markdown and in scripts other than the Latin one, written over the API and imported.

use serde_json::{Value, json};

use crate::support::{Client, Env, Folder, Server};

/// A text with the additions of several dialects. Its links within the article lead to ids of the author.
const DIALECTS: &str =
    "A lead[^1] with [hours](#hours), [cost](#cost), [beds](#beds), [staff](#Staff_1) and [food](#food).

[[toc]]

## Opening hours {#hours}

Read this.
{: .lead
   title=\"a b\" }

## Prices
{: #cost }

:::tip Bring a card
No **cash**.
:::

^

## Wards {/*beds*/}

<a name=\"Staff_1\"></a>Forty people.

<h3 id=\"food\">Meals</h3>

!!! warning
    Ask about allergies.

[^1]: The note.
";

fn read(client: &Client, slug: &str) -> Value {
    let document = "query ($slug: String!) { article(by: { slug: $slug }) {
        title excerpt body { html text wordCount readingTimeMinutes outline { anchor text } }
    } }";
    client.data_with(document, &json!({"slug": slug}))["article"].take()
}

/// Publishes a body over the API, and imports the same text. Both must give the same result, which is returned.
fn written_twice(env: &Env, server: &Server, title: &str, body: &str) -> Value {
    let folder = Folder::new("bodies");
    let quoted = serde_json::to_string(title).unwrap();
    folder
        .write("imported.md", format!("---\ntitle: {quoted}\nslug: imported\ndate: 2024-01-01\n---\n{body}"));
    let other = env.server();
    folder.import(other.database(), &["--strict"]).succeeded();
    server.editor.published(json!({"title": title, "slug": "written", "body": body}));
    let written = read(&server.editor, "written");
    assert_eq!(read(&other.editor, "imported"), written);
    written
}

both! {
    fn additions_of_dialects_are_understood_however_a_body_is_written(env: &Env) {
        let server = env.server();
        let article = written_twice(env, &server, "Before <select> or Vec<String>: the <form>", DIALECTS);
        assert_eq!(article["title"], "Before <select> or Vec<String>: the <form>");
        assert_eq!(
            article["excerpt"],
            "A lead with hours, cost, beds, staff and food. Opening hours Read this. Prices No cash. Wards Forty people. Meals \
             Ask about allergies."
        );
        let outline: Vec<_> = article["body"]["outline"].as_array().unwrap().iter().map(|heading| {
            (heading["anchor"].as_str().unwrap(), heading["text"].as_str().unwrap())
        }).collect();
        assert_eq!(outline, [("hours", "Opening hours"), ("cost", "Prices"), ("beds", "Wards"), ("food", "Meals")]);
        let (html, text) = (article["body"]["html"].as_str().unwrap(), article["body"]["text"].as_str().unwrap());
        for mark in ["{", "}", "toc", "^", ":::", "!!!", "lead\""] {
            assert!(!html.contains(mark) && !text.contains(mark), "{mark}: {html}");
        }
        assert!(html.contains("<div class=\"markdown-alert markdown-alert-tip\">\n<p class=\"markdown-alert-title\">Bring a card</p>"), "{html}");
        assert!(html.contains("<span id=\"Staff_1\"></span>"), "{html}");
    }

    fn texts_without_spaces_between_words_have_words_links_and_emphasis(env: &Env) {
        let server = env.server();
        let thai = "ภาษาไทย".repeat(310);
        let body = format!("これは**重要。**続き\n\n詳細はhttps://a.example/bを見る。\n\n{thai}");
        let article = written_twice(env, &server, "患者さんへ", &body);
        let html = article["body"]["html"].as_str().unwrap();
        assert!(html.starts_with("<p>これは<strong>重要。</strong>続き</p>\n<p>詳細は<a href=\"https://a.example/b\""), "{html}");
        assert!(html.contains("https://a.example/b</a>を見る。</p>"), "{html}");
        // 620 words in Thai, and a few in Japanese.
        let words = article["body"]["wordCount"].as_i64().unwrap();
        assert!((625..640).contains(&words), "{words}");
        assert_eq!(article["body"]["readingTimeMinutes"], 3);
        let excerpt = article["excerpt"].as_str().unwrap();
        assert!(excerpt.ends_with("ภาษา…") || excerpt.ends_with("ไทย…"), "{excerpt}");
    }
}
