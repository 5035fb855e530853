//! Notes for readers: why an article was withdrawn, and what a publication has corrected.

use serde_json::{Value, json};

use crate::support::{Client, Saved, within};

const PUBLISH: &str = "mutation ($id: ID!, $version: Int!, $note: String, $at: ZonedDateTime) {
    done: articlePublish(id: $id, expectedVersion: $version, note: $note, at: $at) {
        article { schedule { note } publication { corrections { at note } } }
        userErrors { code path message }
    }
}";
const WITHDRAW: &str =
    "mutation ($id: ID!, $version: Int!, $note: String, $reason: WithdrawReason!, $to: String) {
    done: articleWithdraw(id: $id, expectedVersion: $version, note: $note, reason: $reason, redirectTo: $to) {
        article { withdrawal { note } }
        userErrors { code path message }
    }
}";

#[track_caller]
fn publish(editor: &Client, article: &Saved, note: Option<&str>) -> Value {
    let variables = json!({"id": article.id, "version": article.version, "note": note});
    editor.data_with(PUBLISH, &variables)["done"].take()
}

/// The notes of the corrections that readers see.
#[track_caller]
fn corrections(reader: &Client, slug: &str) -> Vec<String> {
    let document = "query ($slug: String!) { article(by: { slug: $slug }) { corrections { at note } } }";
    let data = reader.data_with(document, &json!({"slug": slug}));
    let notes = data["article"]["corrections"].as_array().unwrap();
    notes.iter().map(|correction| correction["note"].as_str().unwrap().to_owned()).collect()
}

both! {
    fn readers_see_what_publications_have_corrected(env: &Env) {
        let server = env.server();
        let (editor, reader) = (&server.editor, &server.reader);
        let article = editor.published(json!({"title": "One", "slug": "one"}));
        assert_eq!(corrections(reader, "one"), [""; 0]);
        let article = editor.update(&article, json!({"title": "One, corrected"}));
        let done = publish(editor, &article, Some(" The first title was wrong. "));
        assert_eq!(done["userErrors"], json!([]));
        assert_eq!(done["article"]["publication"]["corrections"][0]["note"], "The first title was wrong.");
        // A later publication keeps the notes, and so does a new one after a withdrawal.
        let article = editor.update(&article, json!({"deck": "A line"}));
        assert_eq!(publish(editor, &article, None)["userErrors"], json!([]));
        let withdraw = json!({"id": article.id, "version": article.version, "reason": "GONE"});
        assert_eq!(editor.data_with(WITHDRAW, &withdraw)["done"]["userErrors"], json!([]));
        let done = publish(editor, &article, Some("It is back, with the right dates."));
        assert_eq!(done["userErrors"], json!([]));
        let notes = ["The first title was wrong.", "It is back, with the right dates."];
        assert_eq!(corrections(reader, "one"), notes);
        // Lists and REST show them as well.
        let data = reader.data("{ articles { nodes { title corrections { note } edition { at } } } }");
        let shown = data["articles"]["nodes"][0].clone();
        assert_eq!(shown["corrections"], json!([{"note": notes[0]}, {"note": notes[1]}]));
        let rest = reader.get("/v1/articles/one", &[]).json();
        assert_eq!(rest["article"]["corrections"][1]["note"], notes[1]);
        assert_eq!(rest["article"]["corrections"][1]["at"], rest["article"]["updatedAt"]);
    }

    fn a_scheduled_correction_becomes_public_with_its_version(env: &Env) {
        let server = env.server();
        let editor = &server.editor;
        let article = editor.published(json!({"title": "One", "slug": "one"}));
        let article = editor.update(&article, json!({"title": "Two"}));
        let variables = json!({"id": article.id, "version": 2, "note": "The title.", "at": "2100-01-01T00:00:00Z"});
        let done = editor.data_with(PUBLISH, &variables)["done"].take();
        assert_eq!((&done["article"]["schedule"]["note"], &done["userErrors"]), (&json!("The title."), &json!([])));
        assert_eq!(corrections(&server.reader, "one"), [""; 0]);
        server.database().execute("UPDATE article SET schedule_at = 1000000 WHERE schedule_at IS NOT NULL");
        within("the schedule is applied", || (corrections(&server.reader, "one") == ["The title."]).then_some(()));
    }

    fn a_correction_without_a_change_of_public_content_is_refused(env: &Env) {
        let server = env.server();
        let editor = &server.editor;
        let refused = |article: &Saved, note: &str, code: &str| {
            let done = publish(editor, article, Some(note));
            assert_eq!((&done["userErrors"][0]["code"], &done["userErrors"][0]["path"]), (&json!(code), &json!(["note"])), "{done}");
        };
        let draft = editor.create(json!({"title": "Draft", "body": "x"}));
        refused(&draft, "Nothing was public", "INVALID");
        let article = editor.published(json!({"title": "One"}));
        refused(&article, "Nothing has changed", "INVALID");
        let article = editor.update(&article, json!({"title": "Two"}));
        refused(&article, &"x".repeat(2_001), "TOO_LONG");
        refused(&article, "a\u{0}b", "INVALID");
        // A blank note is none.
        assert_eq!(publish(editor, &article, Some("  "))["userErrors"], json!([]));
        assert_eq!(corrections(&server.reader, "one"), [""; 0]);
    }

    fn readers_see_why_an_article_was_withdrawn(env: &Env) {
        let server = env.server();
        let (editor, reader) = (&server.editor, &server.reader);
        let gone = editor.published(json!({"title": "Gone", "slug": "gone"}));
        let moved = editor.published(json!({"title": "Moved", "slug": "moved"}));
        let why = "The clinic has closed.";
        let done = editor.data_with(WITHDRAW, &json!({"id": gone.id, "version": 1, "reason": "GONE", "note": why}))["done"].take();
        assert_eq!((&done["article"]["withdrawal"]["note"], &done["userErrors"]), (&json!(why), &json!([])));
        let redirect = json!({"id": moved.id, "version": 1, "reason": "REDIRECT", "to": "https://www.example/x", "note": "It has a new home."});
        assert_eq!(editor.data_with(WITHDRAW, &redirect)["done"]["userErrors"], json!([]));
        let shown = reader.data("{ redirect(slug: \"gone\") { kind note } redirects { nodes { slug note } } }");
        assert_eq!(shown["redirect"], json!({"kind": "GONE", "note": why}));
        let all = json!([{"slug": "gone", "note": why}, {"slug": "moved", "note": "It has a new home."}]);
        assert_eq!(shown["redirects"]["nodes"], all);
        let answer = reader.get("/v1/articles/gone", &[]);
        assert_eq!((answer.status, &answer.json()["note"]), (410, &json!(why)));
        // Once the article is public again, the note is gone.
        editor.publish(&gone);
        let article = editor.update(&gone, json!({"slug": "again"}));
        editor.publish(&article);
        let shown = reader.data("{ redirect(slug: \"gone\") { kind note } }");
        assert_eq!(shown["redirect"], json!({"kind": "ARTICLE", "note": null}));
    }

    fn a_withdrawal_over_rest_can_have_a_note(env: &Env) {
        let server = env.server();
        let article = server.editor.published(json!({"title": "Gone", "slug": "gone"}));
        let headers = [("content-type", "application/json"), ("if-match", "\"1\"")];
        let body = json!({"note": "The clinic has closed."}).to_string();
        let answer = server.editor.send("POST", &format!("/v1/articles/{}/withdraw", article.id), &headers, body.into_bytes());
        assert_eq!((answer.status, &answer.json()["article"]["withdrawal"]["note"]), (200, &json!("The clinic has closed.")));
    }
}
