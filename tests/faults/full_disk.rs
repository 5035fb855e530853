//! A full disk.

use serde_json::json;

use crate::file::try_to_create;
use crate::load::Load;
use crate::support::{Answer, Client, Database, Saved, Server, within};
use crate::tmpfs::Tmpfs;

/// Tries to create and publish an article. Returns the answer if one of the two was refused.
fn try_to_publish(editor: &Client, title: &str) -> Result<(), Box<Answer>> {
    let created = try_to_create(editor, title);
    if created.status != 200 {
        return Err(created.into());
    }
    let article = created.data()["articleCreate"]["article"].take();
    let id = article["id"].as_str().unwrap().to_owned();
    let saved = Saved { id, version: article["version"].as_i64().unwrap() };
    let document = "mutation ($id: ID!, $version: Int!) {
        articlePublish(id: $id, expectedVersion: $version) { edition { number } userErrors { message } }
    }";
    let published = editor.ask_with(document, &json!({"id": saved.id, "version": saved.version}));
    if published.status == 200 { Ok(()) } else { Err(published.into()) }
}

#[test]
fn acknowledged_writes_after_a_full_disk_survive_a_kill() {
    let Some(disk) = Tmpfs::of_mebibytes(20) else { return };
    let server = Server::start(Database::in_folder(disk.path()));
    server.may_log_errors();
    server.editor.published(json!({"title": "Before"}));
    disk.fill();
    let (mut refused, mut published) = (0, 1);
    while refused < 4 {
        match try_to_publish(&server.editor, &format!("Full {published}")) {
            Ok(()) => {
                published += 1;
                refused = 0;
            }
            Err(answer) => {
                let (status, code, message) = answer.error();
                assert_eq!((status, code.as_str()), (503, "STORAGE_FULL"), "{message}");
                assert_eq!(answer.header("retry-after"), Some("30"));
                refused += 1;
            }
        }
        assert!(published < 10_000, "the disk is not full");
    }
    assert_eq!(server.reader.edition(), published, "reads still work");
    assert_eq!(server.reader.get("/readyz", &[]).status, 200);
    disk.free();
    for number in 0..60 {
        try_to_publish(&server.editor, &format!("After {number}")).unwrap();
    }
    server.kill();
    let again = server.beside();
    assert_eq!(again.reader.edition(), published + 60);
    let data = again.reader.data(
        "{ articles(first: 100, orderBy: {field: PUBLISHED_AT, direction: DESC}) { totalCount nodes { title } } }",
    );
    assert_eq!(data["articles"]["totalCount"], published + 60);
    let titles = data["articles"]["nodes"].as_array().unwrap();
    for number in 0..60 {
        assert!(titles.contains(&json!({"title": format!("After {number}")})), "{number}: {titles:?}");
    }
}

#[test]
fn writes_work_again_when_there_is_space() {
    let Some(disk) = Tmpfs::of_mebibytes(20) else { return };
    let server = Server::start(Database::in_folder(disk.path()));
    server.may_log_errors();
    let mut load = Load::on(&server);
    for _ in 0..3 {
        disk.fill();
        let (progress, ()) = load.during(&server, |progress| progress.wait_for_refused(30));
        progress.assert_no_wrong_answers();
        assert_eq!(progress.codes(), ["STORAGE_FULL"]);
        assert_eq!(progress.reads().1, 0, "reads still work");
        disk.free();
        load.settle(&server);
    }
    load.write(&server, 60).assert_no_wrong_answers();
    server.kill();
    load.check(&server.beside());
}

#[test]
fn a_server_starts_on_a_full_disk_repeatedly() {
    let Some(disk) = Tmpfs::of_mebibytes(12) else { return };
    let mut server = Server::start(Database::in_folder(disk.path()));
    server.editor.published(json!({"title": "Kept"}));
    for _ in 0..3 {
        server.terminate();
        server.ended();
        disk.fill();
        let next = server.beside();
        next.may_log_errors();
        server = next;
        // Another process uses up the space that the reserve has freed.
        disk.fill();
        assert_eq!(server.reader.slugs("(first: 10)"), ["kept"]);
        let refused = try_to_publish(&server.editor, "Lost").unwrap_err();
        assert_eq!((refused.error().0, refused.error().1.as_str()), (503, "STORAGE_FULL"));
    }
    disk.free();
    within("the disk has space again", || try_to_publish(&server.editor, "More").is_ok().then_some(()));
}
