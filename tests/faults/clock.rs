//! The clock of the machine jumps.

use std::collections::BTreeSet;

use serde_json::{Value, json};

use crate::load::Load;
use crate::shim::Shim;
use crate::support::{Answer, Client, GRAPHQL_RESPONSE, Saved, Server, ahead, within};

const HOUR: i64 = 3_600_000;
const DAY: i32 = 86_400;

/// Schedules an article to become public in `begin` hours, and to end in `end` hours.
fn schedule(editor: &Client, article: &Saved, begin: i64, end: i64) {
    let document = "mutation ($id: ID!, $version: Int!, $at: ZonedDateTime!, $end: ZonedDateTime!) {
        articlePublish(id: $id, expectedVersion: $version, at: $at, expiresAt: $end) { userErrors { message } }
    }";
    let variables = json!({
        "id": article.id, "version": article.version, "at": ahead(begin * HOUR), "end": ahead(end * HOUR),
    });
    assert_eq!(editor.data_with(document, &variables)["articlePublish"]["userErrors"], json!([]));
}

/// The answer to a preview link.
fn preview(reader: &Client, token: &str) -> Answer {
    let headers = [("content-type", "application/json"), ("accept", GRAPHQL_RESPONSE), ("x-preview", token)];
    reader.post(&headers, json!({"query": "{ articles { totalCount } }"}).to_string())
}

/// The titles that readers see.
fn titles(reader: &Client) -> BTreeSet<String> {
    let document = r#"{ articles(first: 100, orderBy: { field: TITLE }) { nodes { title } } }"#;
    let data = reader.data(document);
    let nodes = data["articles"]["nodes"].as_array().unwrap();
    let titles = nodes.iter().map(|node| node["title"].as_str().unwrap().to_owned());
    titles.filter(|title| !title.starts_with('W')).collect()
}

fn set_of(expected: &[&str]) -> BTreeSet<String> {
    expected.iter().map(|title| (*title).to_owned()).collect()
}

/// The time of an edition, as the database stores it.
fn time_of_edition(server: &Server) -> Value {
    server.reader.data("{ edition { at } }")["edition"]["at"].take()
}

both! {
    fn a_clock_jump_applies_exactly_what_is_due(env: &Env) {
        let Some(shim) = Shim::of("no file") else { return };
        let server = env.server_with(&shim.settings());
        let (editor, reader) = (&server.editor, &server.reader);
        let mut load = Load::on(&server);
        for (title, begin, end) in [("Passing", 12, 18), ("Tomorrow", 12, 60), ("Later", 60, 90)] {
            let article = editor.create(json!({"title": title, "body": "Text."}));
            schedule(editor, &article, begin, end);
        }
        let draft = editor.create(json!({"title": "Preview", "body": "Text."}));
        let made = editor.data_with(
            "mutation ($id: ID!, $end: DateTime!) {
                link: previewCreate(input: { articleId: $id, expiresInSeconds: 7200 }) { token }
                key: keyCreate(input: { name: \"short\", scopes: [CONTENT_WRITE], expiresAt: $end }) { secret }
            }",
            &json!({"id": draft.id, "end": ahead(2 * HOUR)}),
        );
        let token = made["link"]["token"].as_str().unwrap();
        let short_lived = reader.with_key(made["key"]["secret"].as_str().unwrap());
        let assert_link = |expected: u16| assert_eq!(preview(reader, token).status, expected);
        let can_write = |title: &str| {
            let document = format!("mutation {{ articleCreate(input: {{ title: \"{title}\" }}) {{ article {{ id }} }} }}");
            short_lived.ask(&document).status == 200
        };
        assert_link(200);
        assert!(can_write("Before"));
        load.write(&server, 20).assert_no_wrong_answers();

        // The clock jumps a day ahead: everything due is applied in order, and expired links and keys do not work.
        let before = time_of_edition(&server);
        let (progress, ()) = load.during(&server, |progress| {
            shim.set_clock(DAY);
            within("due articles are public", || (titles(reader) == set_of(&["Tomorrow"])).then_some(()));
            progress.wait_for_acknowledged(10);
        });
        progress.assert_no_wrong_answers();
        // "Passing" was published and has ended, and "Tomorrow" was published.
        load.others_published(3);
        load.settle(&server);
        assert!(time_of_edition(&server).as_str() > before.as_str());
        assert_ne!(preview(reader, token).status, 200, "the link has expired");
        assert!(!can_write("Expired"), "the key has expired");

        // The clock jumps back: public articles stay public.
        let (progress, ()) = load.during(&server, |progress| {
            shim.set_clock(0);
            progress.wait_for_acknowledged(20);
            shim.set_clock(-DAY);
            progress.wait_for_acknowledged(20);
        });
        progress.assert_no_wrong_answers();
        load.settle(&server);
        assert_eq!(titles(reader), set_of(&["Tomorrow"]));
        shim.set_clock(0);
        assert_link(200);
        assert!(can_write("After"));

        // Another node with the right clock shows the same.
        let plain = server.beside_with("info", &[("LD_PRELOAD", "")]);
        assert_eq!(titles(&plain.reader), set_of(&["Tomorrow"]));
        assert_eq!(plain.reader.edition(), reader.edition());
    }
}
