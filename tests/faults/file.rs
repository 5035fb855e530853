//! The file of an SQLite database is deleted or replaced while a server has it open.

use std::fs;
use std::path::PathBuf;

use serde_json::json;

use crate::support::{Answer, Client, Database, Server, scratch, within};

/// A server with a database file in a new folder.
fn server_in_new_folder() -> (Server, PathBuf) {
    let folder = scratch::path("folder");
    fs::create_dir(&folder).unwrap();
    (Server::start(Database::in_folder(&folder)), folder)
}

/// Tries to create an article.
pub(crate) fn try_to_create(editor: &Client, title: &str) -> Answer {
    let document = "mutation ($input: ArticleInput!) {
        articleCreate(input: $input) { article { id version } userErrors { message } }
    }";
    editor.ask_with(document, &json!({"input": {"title": title, "body": "Some text."}}))
}

/// The number of error lines in the log that contain a text.
fn count_errors(server: &Server, text: &str) -> usize {
    server.log().iter().filter(|line| line.contains(text) && line.contains("\"ERROR\"")).count()
}

/// Changes the file. Asserts that the server then refuses writes, reports that, and still answers reads.
fn assert_refuses_writes_after(what: &str, change: impl Fn(&PathBuf)) -> (Server, PathBuf) {
    let (server, folder) = server_in_new_folder();
    server.may_log_errors();
    server.editor.published(json!({"title": "Kept"}));
    assert_eq!(server.reader.get("/readyz", &[]).status, 200);
    change(&folder);
    // The write notices the change itself. It does not depend on the regular check.
    let refused = try_to_create(&server.editor, "Lost");
    let (status, code, message) = refused.error();
    assert_eq!((status, code.as_str()), (503, "SERVICE_UNAVAILABLE"), "{message}");
    assert!(message.contains(what) && message.contains("restart the server"), "{message}");
    let ready = server.reader.get("/readyz", &[]);
    assert_eq!(ready.status, 503);
    assert!(ready.json()["reason"].as_str().unwrap().contains(what), "{ready:?}");
    for _ in 0..3 {
        assert_eq!(try_to_create(&server.editor, "Lost").status, 503);
        assert_eq!(server.reader.slugs("(first: 10)"), ["kept"]);
        assert_eq!(server.reader.slugs("(first: 10, orderBy: {field: TITLE, direction: ASC})"), ["kept"]);
    }
    assert_eq!(count_errors(&server, "the database file is lost"), 1);
    (server, folder)
}

#[test]
fn a_deleted_file_stops_writes() {
    assert_refuses_writes_after("deleted", |folder| fs::remove_file(folder.join("test.db")).unwrap());
}

#[test]
fn a_deleted_write_ahead_log_stops_writes() {
    assert_refuses_writes_after("deleted", |folder| fs::remove_file(folder.join("test.db-wal")).unwrap());
}

#[test]
fn a_deleted_index_of_the_write_ahead_log_stops_writes() {
    assert_refuses_writes_after("deleted", |folder| fs::remove_file(folder.join("test.db-shm")).unwrap());
}

#[test]
fn a_replaced_file_stops_writes_and_is_not_read() {
    assert_refuses_writes_after("replaced", |folder| {
        let other = Database::in_folder(&{
            let other = folder.join("other");
            fs::create_dir(&other).unwrap();
            other
        });
        let beside = Server::start(other);
        beside.editor.published(json!({"title": "Of another publication"}));
        drop(beside);
        fs::rename(folder.join("other/test.db"), folder.join("test.db")).unwrap();
    });
}

#[test]
fn a_file_that_was_moved_away_and_back_is_complete_after_a_restart() {
    let (mut server, folder) = assert_refuses_writes_after("deleted", |folder| {
        fs::rename(folder.join("test.db"), folder.join("aside")).unwrap();
    });
    fs::rename(folder.join("aside"), folder.join("test.db")).unwrap();
    // Another process may have written to the file meanwhile, so only a restart uses it again.
    assert_eq!(try_to_create(&server.editor, "Lost").status, 503);
    server.terminate();
    assert!(server.ended().success());
    let again = server.beside();
    assert_eq!(again.reader.slugs("(first: 10)"), ["kept"]);
    again.editor.published(json!({"title": "Goes on"}));
}

#[test]
fn a_deleted_file_is_noticed_without_a_write() {
    let (server, folder) = server_in_new_folder();
    server.may_log_errors();
    fs::remove_file(folder.join("test.db")).unwrap();
    within("the loss is logged", || (count_errors(&server, "deleted") == 1).then_some(()));
}
