//! Corrections of the names, slugs and other fields of tags, topics and authors.

use serde_json::{Value, json};

use crate::support::Client;

/// Updates a label, and returns the payload.
#[track_caller]
fn update(editor: &Client, kind: &str, id: &str, version: i64, input: Value) -> Value {
    let mut name = kind.to_owned();
    name[..1].make_ascii_uppercase();
    let fields = match kind {
        "tag" => "name slug version",
        "topic" => "name slug description version",
        _ => "name slug jobTitle bio version",
    };
    let document = format!(
        "mutation ($id: ID!, $version: Int!, $input: {name}UpdateInput!) {{
            {kind}Update(id: $id, expectedVersion: $version, input: $input) {{
                {kind} {{ {fields} }} edition {{ number }} userErrors {{ code path message }}
            }}
        }}"
    );
    let data = editor.data_with(&document, &json!({"id": id, "version": version, "input": input}));
    data[format!("{kind}Update")].clone()
}

both! {
    fn an_update_changes_only_the_fields_that_are_sent(env: &Env) {
        let server = env.server();
        let editor = &server.editor;
        let tag = editor.label("tag", json!({"name": "Vacinations", "slug": "shots"}));
        let topic = editor.label("topic", json!({"name": "Cardiology", "description": "The heart."}));
        let author = editor.label("author", json!({"name": "Ann Lee", "jobTitle": "Nurse", "bio": "Writes."}));
        let updated = update(editor, "tag", &tag, 1, json!({"name": "Vaccinations"}));
        assert_eq!(updated["tag"], json!({"name": "Vaccinations", "slug": "shots", "version": 2}));
        assert_eq!(updated["edition"]["number"], 4);
        let updated = update(editor, "topic", &topic, 1, json!({"slug": "heart"}));
        let expected = json!({"name": "Cardiology", "slug": "heart", "description": "The heart.", "version": 2});
        assert_eq!(updated["topic"], expected);
        let updated = update(editor, "topic", &topic, 2, json!({"description": null, "name": "Heart  care"}));
        let expected = json!({"name": "Heart care", "slug": "heart", "description": null, "version": 3});
        assert_eq!(updated["topic"], expected);
        let updated = update(editor, "author", &author, 1, json!({"jobTitle": null, "bio": " Reads. "}));
        let expected =
            json!({"name": "Ann Lee", "slug": "ann-lee", "jobTitle": null, "bio": "Reads.", "version": 2});
        assert_eq!(updated["author"], expected);
        // An update without a change makes no edition.
        let edition = editor.edition();
        let same = update(editor, "author", &author, 2, json!({"name": "Ann Lee"}));
        assert_eq!((&same["author"]["version"], &same["edition"]["number"]), (&json!(2), &json!(edition)));
        assert_eq!(editor.edition(), edition);
    }

    fn the_former_slugs_of_a_topic_and_an_author_keep_working(env: &Env) {
        let server = env.server();
        let (editor, reader) = (&server.editor, &server.reader);
        let topic = editor.label("topic", json!({"name": "Heart"}));
        editor.label("topic", json!({"name": "Valves", "parent": "heart"}));
        let author = editor.label("author", json!({"name": "Ann"}));
        editor.published(json!({"title": "One", "topics": ["heart"], "authors": ["ann"]}));
        update(editor, "topic", &topic, 1, json!({"slug": "cardiology"}));
        update(editor, "author", &author, 1, json!({"slug": "ann-lee"}));
        assert_eq!(reader.data(r#"{
            topic(slug: "heart") { slug children { slug } }
            author(slug: "ann") { slug articleCount }
            byTopic: articles(where: { topics: { in: ["heart"] } }) { nodes { topics { slug } } }
            byAuthor: articles(where: { authors: { any: ["ann"] } }) { nodes { authors { slug } } }
        }"#), json!({
            "topic": {"slug": "cardiology", "children": [{"slug": "valves"}]},
            "author": {"slug": "ann-lee", "articleCount": 1},
            "byTopic": {"nodes": [{"topics": [{"slug": "cardiology"}]}]},
            "byAuthor": {"nodes": [{"authors": [{"slug": "ann-lee"}]}]},
        }));
        // Another label cannot get the former slug, and the label itself can have it back.
        for kind in ["topic", "author"] {
            let name = if kind == "topic" { "Heart" } else { "Ann" };
            let document = format!("mutation {{ made: {kind}Create(input: {{ name: {name:?} }}) {{ userErrors {{ code path }} }} }}");
            let taken = json!([{"code": "SLUG_TAKEN", "path": ["input", "slug"]}]);
            assert_eq!(editor.data(&document)["made"]["userErrors"], taken, "{kind}");
        }
        let back = update(editor, "topic", &topic, 2, json!({"slug": "heart"}));
        assert_eq!(back["topic"]["slug"], "heart");
        assert_eq!(reader.data(r#"{ topic(slug: "cardiology") { slug } }"#)["topic"]["slug"], "heart");
        let back = update(editor, "author", &author, 2, json!({"slug": "ann"}));
        assert_eq!(back["author"]["slug"], "ann");
        assert_eq!(reader.data(r#"{ author(slug: "ann-lee") { slug } }"#)["author"]["slug"], "ann");
    }

    fn a_wrong_update_is_refused_with_its_field(env: &Env) {
        let server = env.server();
        let editor = &server.editor;
        let long = "x".repeat(5_000);
        for kind in ["tag", "topic", "author"] {
            let one = editor.label(kind, json!({"name": "One"}));
            editor.label(kind, json!({"name": "Two"}));
            let refused = |version: i64, input: Value| {
                let payload = update(editor, kind, &one, version, input);
                assert!(payload[kind].is_null() && payload["edition"].is_null(), "{payload}");
                let error = payload["userErrors"][0].clone();
                (error["code"].clone(), error["path"].clone())
            };
            let at = |code: &str, path: Value| (json!(code), path);
            assert_eq!(refused(9, json!({"name": "X"})), at("STALE_VERSION", json!(["expectedVersion"])));
            assert_eq!(refused(1, json!({"name": " "})), at("REQUIRED", json!(["input", "name"])));
            assert_eq!(refused(1, json!({"name": long})), at("TOO_LONG", json!(["input", "name"])));
            assert_eq!(refused(1, json!({"slug": "Not a slug"})), at("INVALID", json!(["input", "slug"])));
            assert_eq!(refused(1, json!({"slug": "two"})), at("SLUG_TAKEN", json!(["input", "slug"])));
            let other = one.replace(kind, if kind == "tag" { "topic" } else { "tag" });
            let payload = update(editor, kind, &other, 1, json!({"name": "X"}));
            assert_eq!(payload["userErrors"][0]["code"], "INVALID", "{payload}");
        }
        let author = editor.label("author", json!({"name": "Three"}));
        let payload = update(editor, "author", &author, 1, json!({"bio": long}));
        assert_eq!(payload["userErrors"][0]["path"], json!(["input", "bio"]));
    }
}
