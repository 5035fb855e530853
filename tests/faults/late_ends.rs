//! Publications end while the server cannot write. Readers still do not get them any more.

use serde_json::{Value, json};

use crate::file::try_to_create;
use crate::support::{Client, Database, Kind, Saved, Server, ahead, within};
use crate::tmpfs::Tmpfs;

const PUBLISH: &str = "mutation ($id: ID!, $at: ZonedDateTime, $ends: ZonedDateTime) {
    articlePublish(id: $id, expectedVersion: 1, at: $at, expiresAt: $ends) { userErrors { message } }
}";

/// The time until the articles end, in milliseconds.
const ENDS_AFTER: i64 = 4000;

/// Creates an article that stays public, one that ends, and one that is scheduled, each with a tag.
fn publish(editor: &Client) -> Saved {
    editor.label("tag", json!({"name": "Kidney"}));
    let article = |title: &str| {
        editor.create(json!({"title": title, "body": "Some text.", "tags": ["kidney"], "externalRef": title}))
    };
    let (lasts, ends, begins) = (article("Lasts"), article("Ends"), article("Begins"));
    for (article, variables) in [
        (&lasts, json!({})),
        (&ends, json!({"ends": ahead(ENDS_AFTER)})),
        (&begins, json!({"at": ahead(ENDS_AFTER)})),
    ] {
        let mut variables = variables;
        variables["id"] = article.id.as_str().into();
        let data = editor.data_with(PUBLISH, &variables);
        assert_eq!(data["articlePublish"]["userErrors"], json!([]), "{data:#}");
    }
    ends
}

/// Requests for the ended article and for the others.
fn read_everything(reader: &Client, ended: &Saved) -> Value {
    let document = "query ($id: ID!) {
        list: articles(first: 10) { totalCount nodes { slug } }
        byTitle: articles(first: 10, orderBy: {field: TITLE, direction: ASC}) { nodes { slug } }
        tagged: articles(first: 10, where: {tags: {any: [\"kidney\"]}}) { totalCount nodes { slug } }
        bySlug: article(by: {slug: \"ends\"}) { slug }
        byRef: article(by: {externalRef: \"Ends\"}) { slug }
        byId: article(by: {id: $id}) { slug }
        node(id: $id) { id }
        tag(slug: \"kidney\") { articleCount }
    }";
    reader.data_with(document, &json!({"id": ended.id}))
}

fn expected_without_ended() -> Value {
    let list = json!({"totalCount": 1, "nodes": [{"slug": "lasts"}]});
    json!({
        "list": list, "byTitle": {"nodes": [{"slug": "lasts"}]}, "tagged": list,
        "bySlug": null, "byRef": null, "byId": null, "node": null, "tag": {"articleCount": 1},
    })
}

/// Asserts that readers do not get the ended article, and that answers are not cacheable.
fn assert_ended_is_hidden(server: &Server, ended: &Saved) {
    within("the ended article is hidden", || (server.reader.slugs("(first: 10)") == ["lasts"]).then_some(()));
    assert_eq!(read_everything(&server.reader, ended), expected_without_ended());
    assert_eq!(server.reader.get("/v1/articles/ends", &[]).status, 404);
    for path in ["/v1/articles", "/v1/articles/lasts", "/graphql?query=%7Barticles%7Bnodes%7Bslug%7D%7D%7D"] {
        for _ in 0..2 {
            let answer = server.reader.get(path, &[("if-none-match", "*")]);
            assert_eq!(answer.status, 200, "{path}: {answer:?}");
            assert!(!answer.text.contains("\"ends\""), "{path}: {answer:?}");
            assert!(answer.header("cache-control").unwrap().contains("no-store"), "{path}: {answer:?}");
            assert_eq!(answer.header("etag"), None, "{path}");
        }
    }
    let (status, code, _) = try_to_create(&server.editor, "More").error();
    assert_eq!((status, code.as_str()), (503, "STORAGE_FULL"));
}

/// Asserts that everything due is applied, and that answers are cached again.
fn assert_all_applied(server: &Server) {
    within("everything due is applied", || {
        (server.reader.slugs("(first: 10)") == ["begins", "lasts"]).then_some(())
    });
    within("answers are cached again", || {
        let answer = server.reader.get("/v1/articles", &[]);
        (answer.header("etag").is_some() && !answer.header("cache-control")?.contains("no-store"))
            .then_some(())
    });
    assert_eq!(try_to_create(&server.editor, "More").status, 200);
}

#[test]
fn a_server_on_a_full_disk_hides_ended_articles() {
    let Some(disk) = Tmpfs::of_mebibytes(20) else { return };
    let mut server = Server::start(Database::in_folder(disk.path()));
    let ended = publish(&server.editor);
    server.terminate();
    assert!(server.ended().success());
    disk.fill();
    std::thread::sleep(std::time::Duration::from_millis(ENDS_AFTER.unsigned_abs()));
    let again = server.beside();
    again.may_log_errors();
    assert_eq!(again.reader.get("/readyz", &[]).status, 200);
    assert_ended_is_hidden(&again, &ended);
    // The second start needs the space that the server freed for its first start, so it must still be free.
    again.kill();
    let again = again.beside();
    again.may_log_errors();
    assert_ended_is_hidden(&again, &ended);
    disk.free();
    assert_all_applied(&again);
    assert!(disk.path().join("test.db-reserve").exists(), "there is a reserve again");
}

#[test]
fn articles_that_end_on_a_full_disk_are_hidden() {
    let Some(disk) = Tmpfs::of_mebibytes(20) else { return };
    let server = Server::start(Database::in_folder(disk.path()));
    server.may_log_errors();
    let ended = publish(&server.editor);
    // These reads put answers with the article into the cache.
    assert_eq!(server.reader.slugs("(first: 10)"), ["ends", "lasts"]);
    assert_eq!(server.reader.get("/v1/articles/ends", &[]).status, 200);
    disk.fill();
    let mut more = 0;
    while try_to_create(&server.editor, "Fills up").status == 200 {
        more += 1;
        assert!(more < 10_000, "the disk is not full");
    }
    assert_ended_is_hidden(&server, &ended);
    disk.free();
    assert_all_applied(&server);
}

/// Makes PostgreSQL report a full disk.
const DISK_FULL: &str = "
    CREATE FUNCTION disk_full() RETURNS trigger LANGUAGE plpgsql AS
        $$ BEGIN RAISE EXCEPTION 'could not extend file: No space left on device' USING ERRCODE = '53100'; END $$;
    CREATE TRIGGER disk_full BEFORE INSERT ON audit FOR EACH ROW EXECUTE FUNCTION disk_full()";

#[test]
fn articles_that_end_on_a_full_postgresql_are_hidden() {
    if crate::support::postgres::server().is_none() {
        return;
    }
    let server = Server::start(Database::migrated(Kind::Postgres));
    server.may_log_errors();
    let ended = publish(&server.editor);
    assert_eq!(server.reader.slugs("(first: 10)"), ["ends", "lasts"]);
    server.database().execute(DISK_FULL);
    assert_ended_is_hidden(&server, &ended);
    server.database().execute("DROP TRIGGER disk_full ON audit");
    assert_all_applied(&server);
}
