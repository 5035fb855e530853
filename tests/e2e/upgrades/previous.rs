//! The previous release and this one, side by side over one database.
//!
//! `GREYMATTERS_TEST_PREVIOUS` names the program of the previous release; `.ci/previous` builds it. With
//! `GREYMATTERS_TEST_REQUIRE_PREVIOUS=1`, the tests fail when there is none.

use std::io::{self, Write};
use std::path::PathBuf;
use std::process::Command;

use serde_json::json;

use super::READ;
use crate::support::{Client, CommandExt, Saved, Server, greymatters, within};

/// The program of the previous release, or `None` if there is none.
fn program() -> Option<PathBuf> {
    let named = std::env::var_os("GREYMATTERS_TEST_PREVIOUS").map(PathBuf::from);
    if named.is_none() {
        let missing = "GREYMATTERS_TEST_PREVIOUS names no program of the previous release: the upgrade from it was NOT tested";
        assert!(std::env::var_os("GREYMATTERS_TEST_REQUIRE_PREVIOUS").is_none(), "{missing}");
        // The test harness captures the output of macros, and shows it only for a failed test.
        let _ = writeln!(io::stderr(), "\n{missing}");
    }
    named
}

/// The previous program with these arguments, without the `GREYMATTERS_*` variables of the environment.
fn previous(program: &PathBuf, arguments: &[&str]) -> Command {
    let mut command = Command::new(program);
    for (name, _) in std::env::vars_os() {
        if name.to_string_lossy().starts_with("GREYMATTERS_") {
            command.env_remove(name);
        }
    }
    command.env("GREYMATTERS_CHECK_WARNINGS", "allow").args(arguments);
    command
}

/// Creates an article with the previous release. Its API has one id for an article.
fn created(editor: &Client, title: &str) -> Option<Saved> {
    let document = "mutation ($input: ArticleInput!) {
        done: articleCreate(input: $input) { article { id version } userErrors { message } }
    }";
    let answer = editor.ask_with(document, &json!({"input": {"title": title, "body": "x"}})).json();
    let article = &answer["data"]["done"]["article"];
    Some(Saved { id: article["id"].as_str()?.to_owned(), version: article["version"].as_i64()? })
}

both! {
    fn the_previous_release_still_reads_after_the_migration(env: &Env) {
        let Some(program) = program() else { return };
        let database = env.database();
        let mut create = previous(&program, &["key", "create"]);
        create.args(["--scope", "content:write", "--scope", "content:publish", "--scope", "content:read-drafts"]);
        let key = create.on(&database).run().succeeded().trim().to_owned();
        let mut serve = previous(&program, &["serve", "--listen", "127.0.0.1:0"]);
        let mut old = Server::started(&mut serve, database);
        let editor = old.reader.with_key(&key);
        let publish = "mutation ($id: ID!) { done: articlePublish(id: $id, expectedVersion: 1) { userErrors { message } } }";
        let published = created(&editor, "Before").unwrap();
        assert_eq!(editor.data_with(publish, &json!({"id": published.id}))["done"]["userErrors"], json!([]));
        let draft = created(&editor, "Draft").unwrap();
        let before = old.reader.data(READ);

        // This release migrates the database, while the old node runs.
        let migrated = greymatters(&["migrate"]).on(old.database()).run().succeeded();
        assert_eq!(old.reader.data(READ), before, "the old node answers reads: {migrated}");

        // From now on, the old node publishes completely or not at all.
        let answer = editor.ask_with(publish, &json!({"id": draft.id}));
        let is_published = answer.json()["data"]["done"]["userErrors"] == json!([]);

        let late = created(&editor, "Late");

        // A new node shows the same publication and all saved articles, and accepts writes.
        let new = old.beside_with_key(&key);
        if let Some(Saved { id, .. }) = late {
            let desk = new.editor.data_with("query ($id: ID!) { desk { article(id: $id) { title } } }", &json!({"id": id}));
            assert_eq!(desk["desk"]["article"]["title"], "Late");
        }
        let seen = new.reader.data(READ);
        if is_published {
            assert_eq!(seen["articles"]["nodes"], json!([{"title": "Draft"}, {"title": "Before"}]));
        } else {
            assert_eq!(seen, before, "nothing of the refused publish was stored: {answer:?}");
            let desk = "query ($id: ID!) { desk { article(id: $id) { version state activity(first: 9) { nodes { action } } } } }";
            let desk = new.editor.data_with(desk, &json!({"id": draft.id}));
            let untouched = json!({"version": 1, "state": "DRAFT", "activity": {"nodes": [{"action": "ARTICLE_CREATED"}]}});
            assert_eq!(desk["desk"]["article"], untouched);
            new.editor.publish(&draft);
        }
        new.editor.published(json!({"title": "After", "body": "x"}));
        let after = new.reader.data(READ);
        assert_eq!(after["edition"]["number"], 3);
        within("the old node shows what the new one has published", || {
            (old.reader.data(READ) == after).then_some(())
        });

        // Then the old node stops.
        old.terminate();
        old.ended();
        old.expect_faults();
        let third = new.beside();
        assert_eq!(third.reader.data(READ), after);
        third.editor.published(json!({"title": "Last", "body": "x"}));
    }
}
