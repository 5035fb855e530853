//! Upgrades: a node with a newer database reads, and does not write.

mod previous;

use serde_json::{Value, json};

use crate::support::{CommandExt, Folder, Server, ahead, greymatters, instant, within};

/// A migration of a future version.
const LATER: &str = "m20990101_000099_of_a_later_version";

const READ: &str = "{ articles { nodes { title } } edition { number } }";

/// Makes the database look as if a later version had migrated it.
fn become_newer(server: &Server) {
    server
        .database()
        .execute(&format!("INSERT INTO seaql_migrations (version, applied_at) VALUES ('{LATER}', 0)"));
}

fn stop_being_newer(server: &Server) {
    server.database().execute(&format!("DELETE FROM seaql_migrations WHERE version = '{LATER}'"));
    within("the node notices the older schema", || {
        server.reader.get("/readyz", &[]).json()["writes"].is_null().then_some(())
    });
}

fn warnings(server: &Server) -> usize {
    let log = server.log();
    log.iter().filter(|line| line.contains("the database is newer than this program")).count()
}

both! {
    fn a_node_of_a_newer_database_answers_reads_and_refuses_writes(env: &Env) {
        let server = env.server();
        let editor = &server.editor;
        let live = editor.published(json!({"title": "Live"}));
        let draft = editor.create(json!({"title": "Draft", "body": "x"}));
        let desk = "{ desk { articles { nodes { id version title } } audit { nodes { action } } } keys { nodes { name } } }";
        let before = (server.reader.data(READ), editor.data(desk));
        become_newer(&server);
        let writes: [(&str, Value); 9] = [
            // The first write meets the new schema before the node has noticed it.
            ("articleCreate(input: {title: \"New\"}) { userErrors { message } }", json!({})),
            ("articleCreate(input: {title: \"New\"}) { userErrors { message } }", json!({})),
            ("articleUpdate(id: $id, expectedVersion: 1, input: {title: \"Other\"}) { userErrors { message } }", json!({"id": draft.id})),
            ("articlePublish(id: $id, expectedVersion: 1) { userErrors { message } }", json!({"id": draft.id})),
            ("articleWithdraw(id: $id, expectedVersion: 1) { userErrors { message } }", json!({"id": live.id})),
            ("tagCreate(input: {name: \"News\"}) { userErrors { message } }", json!({})),
            ("topicCreate(input: {name: \"News\"}) { userErrors { message } }", json!({})),
            ("keyCreate(input: {name: \"k\", scopes: [ADMIN]}) { userErrors { message } }", json!({})),
            ("previewCreate(input: {articleId: $id}) { userErrors { message } }", json!({"id": draft.id})),
        ];
        for (write, variables) in writes {
            let head = if write.contains("$id") { "mutation ($id: ID!)" } else { "mutation" };
            let answer = editor.ask_with(&format!("{head} {{ {write} }}"), &variables);
            let (status, code, message) = answer.error();
            assert_eq!((status, code.as_str()), (503, "UPGRADE_REQUIRED"), "{write}: {message}");
            assert_eq!(answer.header("retry-after"), None);
        }
        assert_eq!((server.reader.data(READ), editor.data(desk)), before);
        let ready = server.reader.get("/readyz", &[]);
        assert_eq!((ready.status, &ready.json()["writes"]), (200, &json!("UPGRADE_REQUIRED")), "{ready:?}");
        assert!(ready.json()["reason"].as_str().unwrap().contains(LATER), "{ready:?}");
        assert_eq!(warnings(&server), 1, "the log reports it once");

        // Another node of this version starts, and logs a warning.
        let second = server.beside();
        assert_eq!(second.reader.data(READ), before.0);
        assert_eq!(warnings(&second), 1);
        let (status, code, _) = second.editor.ask("mutation { tagCreate(input: {name: \"n\"}) { tag { id } } }").error();
        assert_eq!((status, code.as_str()), (503, "UPGRADE_REQUIRED"));

        // Without the future migration, everything works again.
        stop_being_newer(&server);
        stop_being_newer(&second);
        editor.publish(&draft);
        second.editor.published(json!({"title": "Third"}));
    }

    fn a_node_of_a_newer_database_applies_no_schedules(env: &Env) {
        let server = env.server();
        let draft = server.editor.create(json!({"title": "Later", "body": "x"}));
        let at = ahead(1_500);
        let schedule = "mutation ($id: ID!, $at: ZonedDateTime) {
            done: articlePublish(id: $id, expectedVersion: 1, at: $at) { userErrors { message } }
        }";
        let done = server.editor.data_with(schedule, &json!({"id": draft.id, "at": at}));
        assert_eq!(done["done"]["userErrors"], json!([]), "{done:#}");
        become_newer(&server);
        let due = instant(&json!(at));
        within("the schedule has been due for long enough to be applied", || {
            let past = instant(&json!(ahead(-500)));
            (past > due).then_some(())
        });
        assert_eq!(server.reader.data(READ)["articles"]["nodes"], json!([]));
        stop_being_newer(&server);
        within("the schedule is applied", || {
            (server.reader.data(READ)["articles"]["nodes"] == json!([{"title": "Later"}])).then_some(())
        });
    }

    fn the_command_line_only_reads_a_newer_database(env: &Env) {
        let server = env.server();
        server.editor.published(json!({"title": "Live"}));
        let edition = server.reader.data(READ);
        become_newer(&server);
        let database = server.database();
        let newer = "the database is newer than this program";
        for command in [&["migrate"][..], &["key", "create", "--scope", "admin"]] {
            let complaint = greymatters(command).on(database).run().failed();
            assert!(complaint.contains(newer) && complaint.contains(LATER), "{command:?}: {complaint}");
        }
        let complaint = Folder::sample().import(database, &[]).failed();
        assert!(complaint.contains(newer), "{complaint}");
        assert!(greymatters(&["key", "list"]).on(database).run().succeeded().contains("tests"));
        assert!(greymatters(&["audit"]).on(database).run().succeeded().contains("ARTICLE_PUBLISHED"));
        assert_eq!(server.reader.data(READ), edition);
        stop_being_newer(&server);
    }
}
