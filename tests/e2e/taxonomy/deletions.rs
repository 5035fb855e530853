//! Deletions of tags and topics.

use serde_json::{Value, json};

use crate::support::Client;

/// Deletes a tag or a topic, and returns the payload.
#[track_caller]
fn delete(editor: &Client, kind: &str, id: &str, version: i64, replace_with: Option<&str>) -> Value {
    let document = format!(
        "mutation ($id: ID!, $version: Int!, $other: ID) {{
            done: {kind}Delete(id: $id, expectedVersion: $version, replaceWith: $other) {{
                deletedId replacement {{ slug articleCount }} edition {{ number }} userErrors {{ code path message }}
            }}
        }}"
    );
    let variables = json!({"id": id, "version": version, "other": replace_with});
    editor.data_with(&document, &variables)["done"].take()
}

/// The field of an article that names labels of this kind.
fn field(kind: &str) -> String {
    format!("{kind}s")
}

/// A filter for articles with this label.
fn labelled(kind: &str, slug: &str) -> String {
    let operator = if kind == "topic" { "in" } else { "any" };
    format!("where: {{ {}: {{ {operator}: [{slug:?}] }} }}", field(kind))
}

both! {
    fn a_label_that_no_article_uses_is_deleted(env: &Env) {
        let server = env.server();
        let (editor, reader) = (&server.editor, &server.reader);
        for kind in ["tag", "topic"] {
            let id = editor.label(kind, json!({"name": "Old"}));
            let payload = delete(editor, kind, &id, 1, None);
            let edition = editor.edition();
            let expected = json!({"deletedId": id, "replacement": null, "edition": {"number": edition}, "userErrors": []});
            assert_eq!(payload, expected);
            let found = reader.data(&format!(r#"{{
                one: {kind}(slug: "old") {{ name }}
                tags {{ totalCount }} topics {{ slug }}
                articles({}) {{ totalCount }}
                edition {{ cacheTags }}
            }}"#, labelled(kind, "old")));
            assert_eq!((&found["one"], &found["tags"]["totalCount"], &found["topics"]), (&Value::Null, &json!(0), &json!([])));
            assert_eq!(found["articles"]["totalCount"], 0);
            assert_eq!(found["edition"]["cacheTags"], json!([field(kind), "edition", id]));
            assert_eq!(reader.get(&format!("/v1/{kind}s/old"), &[]).status, 404);
            // The slug still belongs to the deleted label.
            let document = format!(r#"mutation {{ made: {kind}Create(input: {{ name: "Old" }}) {{ userErrors {{ code message }} }} }}"#);
            let error = editor.data(&document)["made"]["userErrors"][0].take();
            assert_eq!(error["code"], "SLUG_TAKEN");
            assert!(error["message"].as_str().unwrap().contains("which was deleted"), "{error}");
            // A deleted label cannot be changed, and articles cannot get it.
            let again = delete(editor, kind, &id, 1, None);
            assert_eq!((&again["userErrors"][0]["code"], &again["userErrors"][0]["path"]), (&json!("NOT_FOUND"), &json!(["id"])));
            let input = format!("{{ title: \"A\", {}: [\"old\"] }}", field(kind));
            let made = editor.data(&format!("mutation {{ articleCreate(input: {input}) {{ userErrors {{ code }} }} }}"));
            assert_eq!(made["articleCreate"]["userErrors"], json!([{"code": "NOT_FOUND"}]));
        }
    }

    fn a_label_in_use_is_not_deleted(env: &Env) {
        let server = env.server();
        let editor = &server.editor;
        for kind in ["tag", "topic"] {
            let id = editor.label(kind, json!({"name": "Used"}));
            let refusal = || {
                let payload = delete(editor, kind, &id, 1, None);
                assert_eq!((&payload["deletedId"], &payload["edition"]), (&Value::Null, &Value::Null));
                let error = &payload["userErrors"][0];
                assert_eq!((&error["code"], &error["path"]), (&json!("IN_USE"), &json!(["id"])));
                error["message"].as_str().unwrap().to_owned()
            };
            let published = editor.published(json!({"title": "Public", field(kind): ["used"]}));
            assert!(refusal().starts_with("1 published article has"), "{}", refusal());
            // The publication still has it, and the working copy does not.
            let published = editor.update(&published, json!({field(kind): []}));
            assert!(refusal().starts_with("1 published article has"), "{}", refusal());
            editor.publish(&published);
            let draft = editor.create(json!({"title": "Draft", "body": "x", field(kind): ["used"]}));
            assert!(refusal().starts_with("the working copy of an article has"), "{}", refusal());
            // Archived articles do not count.
            let archive = "mutation ($id: ID!) { articleArchive(id: $id, expectedVersion: 1) { userErrors { message } } }";
            assert_eq!(editor.data_with(archive, &json!({"id": draft.id}))["articleArchive"]["userErrors"], json!([]));
            assert_eq!(delete(editor, kind, &id, 1, None)["userErrors"], json!([]));
        }
    }

    fn a_topic_with_topics_below_it_is_not_deleted(env: &Env) {
        let server = env.server();
        let editor = &server.editor;
        let above = editor.label("topic", json!({"name": "Above"}));
        let below = editor.label("topic", json!({"name": "Below", "parent": "above"}));
        let other = editor.label("topic", json!({"name": "Other"}));
        for replacement in [None, Some(other.as_str())] {
            let payload = delete(editor, "topic", &above, 1, replacement);
            assert_eq!(payload["userErrors"][0]["code"], "IN_USE", "{payload}");
            let message = payload["userErrors"][0]["message"].as_str().unwrap();
            assert!(message.starts_with("the topic `below` is below the topic `above`"), "{message}");
        }
        assert_eq!(delete(editor, "topic", &below, 1, None)["userErrors"], json!([]));
        assert_eq!(delete(editor, "topic", &above, 1, Some(&other))["userErrors"], json!([]));
        assert_eq!(super::tree(&server.reader), "other");
    }

    fn a_replacement_takes_the_place_of_a_label(env: &Env) {
        let server = env.server();
        let (editor, reader) = (&server.editor, &server.reader);
        for kind in ["tag", "topic"] {
            let old = editor.label(kind, json!({"name": "Old"}));
            let new = editor.label(kind, json!({"name": "New"}));
            let labels = field(kind);
            let both = editor.published(json!({"title": format!("Both {kind}s"), &labels: ["old", "new"]}));
            editor.published(json!({"title": format!("One {kind}"), &labels: ["old"]}));
            let draft = editor.create(json!({"title": format!("Draft {kind}"), "body": "x", &labels: ["old"]}));
            let same = delete(editor, kind, &old, 1, Some(&old));
            assert_eq!((&same["userErrors"][0]["code"], &same["userErrors"][0]["path"]), (&json!("INVALID"), &json!(["replaceWith"])));
            let payload = delete(editor, kind, &old, 1, Some(&new));
            assert_eq!(payload["deletedId"], json!(old));
            assert_eq!(payload["replacement"], json!({"slug": "new", "articleCount": 2}));
            let found = reader.data(&format!(r#"{{
                byOld: {kind}(slug: "old") {{ slug articleCount }}
                articles({}, orderBy: {{ field: TITLE, direction: ASC }}) {{ totalCount nodes {{ {labels} {{ slug }} }} }}
            }}"#, labelled(kind, "old")));
            assert_eq!(found["byOld"], json!({"slug": "new", "articleCount": 2}));
            let shown = json!({&labels: [{"slug": "new"}]});
            assert_eq!(found["articles"], json!({"totalCount": 2, "nodes": [shown, shown]}));
            // Old and new versions show the replacement, at the desk too.
            editor.publish(&draft);
            let desk = format!(
                "query ($id: ID!) {{ desk {{ article(id: $id) {{ revision(version: 1) {{ {labels} {{ slug }} }} }}
                    articles({}) {{ totalCount }} }} }}",
                labelled(kind, "old")
            );
            let desk = editor.data_with(&desk, &json!({"id": both.id}))["desk"].take();
            assert_eq!(desk["article"]["revision"][&labels], json!([{"slug": "new"}]));
            assert_eq!(desk["articles"]["totalCount"], 3);
            let answer = reader.get(&format!("/v1/{kind}s/old"), &[]);
            assert_eq!((answer.status, answer.header("location")), (308, Some(format!("/v1/{kind}s/new").as_str())));
        }
    }

    fn an_old_revision_names_a_deleted_label_and_publishing_leaves_it_out(env: &Env) {
        let server = env.server();
        let editor = &server.editor;
        let tag = editor.label("tag", json!({"name": "Gone"}));
        let topic = editor.label("topic", json!({"name": "Past"}));
        editor.label("tag", json!({"name": "Here"}));
        let first = editor.published(json!({"title": "A", "tags": ["gone", "here"], "topics": ["past"]}));
        let second = editor.update(&first, json!({"tags": ["here"], "topics": []}));
        editor.publish(&second);
        for (kind, id) in [("tag", &tag), ("topic", &topic)] {
            assert_eq!(delete(editor, kind, id, 1, None)["userErrors"], json!([]));
        }
        let revision = "query ($id: ID!) { desk { article(id: $id) {
            revision(version: 1) { tags { slug deletedAt } topics { name deletedAt } }
        } } }";
        let named = editor.data_with(revision, &json!({"id": first.id}))["desk"]["article"]["revision"].take();
        assert_eq!(named["tags"][0]["slug"], "gone");
        assert!(named["tags"][0]["deletedAt"].is_string() && named["tags"][1]["deletedAt"].is_null(), "{named}");
        assert_eq!(named["topics"][0]["name"], "Past");

        let restore = "mutation ($id: ID!, $version: Int!) { articleRestore(id: $id, expectedVersion: $version, toVersion: 1) {
            article { version } issues { code severity path message } userErrors { message }
        } }";
        let restored = editor.data_with(restore, &json!({"id": first.id, "version": 2}))["articleRestore"].take();
        assert_eq!(restored["userErrors"], json!([]));
        let issue = |field: &str, label: &str| json!({
            "code": "LABEL_DELETED", "severity": "WARNING", "path": [field],
            "message": format!("the {label} was deleted, so readers will not see it: remove it from `{field}`, or choose another one"),
        });
        assert_eq!(restored["issues"], json!([issue("topics", "topic “Past”"), issue("tags", "tag “Gone”")]));
        // Restoring a revision whose labels all exist finds nothing.
        let none = editor.data_with(
            "mutation ($id: ID!) { articleRestore(id: $id, expectedVersion: 3, toVersion: 2) { issues { code } } }",
            &json!({"id": first.id}),
        );
        assert_eq!(none["articleRestore"]["issues"], json!([]));

        let again = editor.data_with(restore, &json!({"id": first.id, "version": 4}))["articleRestore"].take();
        assert_eq!(again["article"]["version"], 5);
        let publish = "mutation ($id: ID!) { articlePublish(id: $id, expectedVersion: 5) { issues { code path } userErrors { message } } }";
        let published = editor.data_with(publish, &json!({"id": first.id}))["articlePublish"].take();
        let codes: Vec<_> = published["issues"].as_array().unwrap().iter().map(|issue| &issue["code"]).collect();
        assert!(codes.contains(&&json!("LABEL_DELETED")), "{published}");
        assert_eq!(published["userErrors"], json!([]));
        let shown = server.reader.data("{ articles { nodes { tags { slug } topics { slug } } } tags { nodes { slug articleCount } } }");
        assert_eq!(shown["articles"]["nodes"], json!([{"tags": [{"slug": "here"}], "topics": []}]));
        assert_eq!(shown["tags"]["nodes"], json!([{"slug": "here", "articleCount": 1}]));
    }
}
