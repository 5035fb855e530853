//! Backups of a running server, restores into either database, and what a restore refuses.

mod broken;

use std::collections::BTreeMap;
use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};

use serde_json::{Value, json};

use crate::support::{
    Client, CommandExt, Database, Ended, Folder, Kind, Server, bulk, greymatters, scratch, sql, within,
};

/// Everything that the public sees, up to the first hundred entries of each list.
const PUBLIC: &str = "{
    edition { number mark at }
    articles(first: 60) { totalCount nodes {
        id slug title deck excerpt locale externalRef version publishedAt updatedAt edition { number }
        heroImage { url alt } seo { title description } authors { slug name bio } topics { slug path { slug } } tags { slug name }
        body { markdown html text wordCount outline { text } }
    } }
    tags(first: 100) { nodes { id slug name articleCount } }
    topics { slug name description articleCount children { slug name } }
    redirects(first: 100) { nodes { slug article { slug } url } }
}";
/// Content for editors only.
const DESK: &str = "{
    desk {
        articles(first: 100, orderBy: { field: CREATED_AT }) { nodes {
            id title state version schedule { version publish { at zone } } expires { at } withdrawal { reason at }
            workingCopy { body tags { slug } } activity(first: 8) { nodes { action actor at version edition } }
        } }
        audit(first: 100) { nodes { sequence action actor at } }
        previews { id }
    }
}";

/// A path for a backup in a new folder.
fn backup_path() -> PathBuf {
    let folder = scratch::path("backup");
    fs::create_dir(&folder).unwrap();
    folder.join("test.gmbackup")
}

fn back_up(database: &Database, to: &Path) -> Ended {
    greymatters(&["backup"]).arg(to).on(database).run()
}

fn restore(from: &Path, database: &Database) -> Ended {
    let ended = greymatters(&["restore"]).arg(from).on(database).run();
    database.was_written_by_others();
    ended
}

fn check(file: &Path) -> Ended {
    greymatters(&["restore", "--check"]).arg(file).run()
}

fn other(kind: Kind) -> Kind {
    match kind {
        Kind::Sqlite => Kind::Postgres,
        Kind::Postgres => Kind::Sqlite,
    }
}

/// The number of rows and the checksum of each table of a backup, and the digests of its answers.
fn sums(backup: &Path) -> BTreeMap<String, (i64, String)> {
    let query = "SELECT 'table ' || name, rows, sha256 FROM backup_table \
                 UNION ALL SELECT question, entries, sha256 FROM backup_answer";
    let rows = sql::rows(&format!("sqlite:{}?immutable=1", backup.display()), query).unwrap();
    rows.into_iter().map(|(name, count, sum)| (name, (count, sum))).collect()
}

/// Fills a publication with content of every kind.
fn create_content_of_every_kind(server: &Server) -> String {
    let editor = &server.editor;
    let done = |document: &str, variables: Value| {
        let data = editor.data_with(document, &variables);
        assert_eq!(data["done"]["userErrors"], json!([]), "{data:#}");
        data
    };
    for name in ["News", "Nachrichten", "Unused"] {
        editor.label("tag", json!({"name": name}));
    }
    let tags = editor.data("{ tags(first: 100) { nodes { id slug version } } }");
    let tag = |slug: &str| {
        let nodes = tags["tags"]["nodes"].as_array().unwrap();
        nodes.iter().find(|tag| tag["slug"] == slug).unwrap()
    };
    let (old, news) = (tag("nachrichten"), tag("news"));
    let filed = editor.published(json!({"title": "Gefiled ✓", "tags": ["nachrichten"], "body": "# A\n\n![p](https://x.example/p.png)"}));
    done(
        "mutation ($id: ID!, $version: Int!, $into: ID!) { done: tagMerge(id: $id, expectedVersion: $version, into: $into) { userErrors { message } } }",
        json!({"id": old["id"], "version": old["version"], "into": news["id"]}),
    );
    let renamed = editor.update(&filed, json!({"slug": "renamed", "title": "Renamed"}));
    editor.publish(&renamed);
    editor.update(&renamed, json!({"title": "Not public yet"}));
    let draft = editor.create(json!({"title": "Draft", "body": "secret"}));
    let scheduled = editor.create(json!({"title": "Scheduled", "body": "x"}));
    let publish_at = "mutation ($id: ID!) { done: articlePublish(id: $id, expectedVersion: 1, at: \"2100-01-01T09:00:00[Europe/Berlin]\", \
                      expiresAt: \"2101-01-01T00:00:00Z\") { userErrors { message } } }";
    done(publish_at, json!({"id": scheduled.id}));
    let gone = editor.published(json!({"title": "Gone", "externalRef": "cms:1"}));
    let withdraw = "mutation ($id: ID!) { done: articleWithdraw(id: $id, expectedVersion: 1) { userErrors { message } } }";
    done(withdraw, json!({"id": gone.id}));
    let preview = "mutation ($id: ID!) { done: previewCreate(input: {articleId: $id}) { token userErrors { message } } }";
    let made = done(preview, json!({"id": draft.id}));
    made["done"]["token"].as_str().unwrap().to_owned()
}

fn previewed(client: &Client, token: &str) -> Value {
    let document = json!({"query": "{ articles(first: 1) { nodes { title body { text } } } }"}).to_string();
    let headers = [("content-type", "application/json"), ("x-preview", token)];
    client.post(&headers, document).json()
}

both! {
    fn a_backup_restored_into_either_database_shows_the_same_content(env: &Env) {
        let database = env.database();
        Folder::sample().import(&database, &[]).succeeded();
        let mut server = Server::start(database);
        let token = create_content_of_every_kind(&server);
        let seen = |server: &Server| {
            (server.reader.data(PUBLIC), server.editor.data(DESK), previewed(&server.reader, &token))
        };
        let before = seen(&server);
        assert_eq!(before.2["data"]["articles"]["nodes"][0]["title"], "Draft", "{}", before.2);
        let (first, second, third) = (backup_path(), backup_path(), backup_path());
        let output = back_up(server.database(), &first).succeeded();
        assert!(output.contains("rows of edition") && output.contains(", mark "), "{output}");
        assert!(check(&first).succeeded().contains("is intact"));

        // The backup is restored into the other kind of database, and a backup of that is restored into the first kind.
        let there = Database::create(other(env.kind));
        let output = restore(&first, &there).succeeded();
        assert!(output.contains("The public sees the same content as before: 6 of 6 digests are equal"), "{output}");
        back_up(&there, &second).succeeded();
        let back = env.database();
        restore(&second, &back).succeeded();
        back_up(&back, &third).succeeded();
        let expected = sums(&first);
        assert!(expected.len() > 20, "{expected:?}");
        assert!(expected["table audit"].0 > 100, "{expected:?}");
        assert_eq!(sums(&second), expected);
        assert_eq!(sums(&third), expected);

        // The same key and the same preview link work, and writes work.
        let key = server.editor.key().unwrap().to_owned();
        server.terminate();
        server.ended();
        for restored in [there, back] {
            let restored = Server::with_key(restored, &key);
            assert_eq!(seen(&restored), before);
            let edition = before.0["edition"]["number"].as_i64().unwrap();
            let next = restored.editor.create(json!({"title": "Next", "body": "x", "tags": ["nachrichten"]}));
            assert_eq!(restored.editor.publish(&next), edition + 1);
        }
    }

    fn a_backup_during_writes_belongs_to_one_edition(env: &Env) {
        let server = env.server();
        server.editor.published(json!({"title": "First"}));
        let stop = AtomicBool::new(false);
        let backups: Vec<PathBuf> = (0..3).map(|_| backup_path()).collect();
        std::thread::scope(|scope| {
            for writer in 0..4 {
                let (stop, editor) = (&stop, &server.editor);
                scope.spawn(move || {
                    for count in 0.. {
                        if stop.load(Ordering::Relaxed) {
                            return;
                        }
                        editor.published(json!({"title": format!("Writer {writer} {count}")}));
                    }
                });
            }
            for backup in &backups {
                let before = server.reader.edition();
                within("the writers publish", || (server.reader.edition() > before + 4).then_some(()));
                back_up(server.database(), backup).succeeded();
            }
            stop.store(true, Ordering::Relaxed);
        });
        for backup in &backups {
            let database = env.database();
            restore(backup, &database).succeeded();
            let restored = Server::start(database);
            // Every edition published one article.
            let seen = restored.reader.data("{ edition { number } articles { totalCount } }");
            assert_eq!(seen["edition"]["number"], seen["articles"]["totalCount"]);
        }
    }

    fn restore_refuses_a_database_that_is_not_empty(env: &Env) {
        let server = env.server();
        server.editor.published(json!({"title": "Here"}));
        let backup = backup_path();
        back_up(server.database(), &backup).succeeded();
        let before = server.reader.data(PUBLIC);
        let complaint = restore(&backup, server.database()).failed();
        assert!(complaint.contains("the database is not empty: its table `api_key` has 1 row(s)"), "{complaint}");
        assert_eq!(server.reader.data(PUBLIC), before);
        server.editor.published(json!({"title": "Goes on"}));

        // A migrated database without content counts as empty.
        let empty = env.database();
        greymatters(&["migrate"]).on(&empty).run().succeeded();
        restore(&backup, &empty).succeeded();
    }

    fn a_backup_of_an_earlier_version_is_migrated_on_restore(env: &Env) {
        let mut server = env.server();
        server.editor.label("tag", json!({"name": "News"}));
        server.editor.published(json!({"title": "Éclair", "tags": ["news"]}));
        server.editor.create(json!({"title": "Draft", "tags": ["news"]}));
        // The migration gives marks to its editions.
        let unmarked = |server: &Server| {
            let mut seen = server.reader.data(PUBLIC);
            seen["edition"]["mark"] = Value::Null;
            seen
        };
        let before = unmarked(&server);
        server.terminate();
        server.ended();
        server.database().execute(&crate::migrations::first_version(env.kind));
        let backup = backup_path();
        let output = back_up(server.database(), &backup).succeeded();
        assert!(output.contains("The database has an older schema than this program"), "{output}");
        for kind in [Kind::Sqlite, Kind::Postgres] {
            let database = Database::create(kind);
            let output = restore(&backup, &database).succeeded();
            assert!(output.contains("migration(s) were applied to the database"), "{output}");
            let restored = Server::start(database);
            assert_eq!(unmarked(&restored), before);
            let found = "{ desk { articles(where: { title: \"ÉCLAIR\", tags: { any: [\"news\"] } }) { nodes { title } } } }";
            assert_eq!(restored.editor.data(found)["desk"]["articles"]["nodes"], json!([{"title": "Éclair"}]));
        }
        // A database with a later schema is refused.
        let migrated = env.database();
        greymatters(&["migrate"]).on(&migrated).run().succeeded();
        let complaint = restore(&backup, &migrated).failed();
        assert!(complaint.contains("of an older schema than the database"), "{complaint}");
    }

    fn a_killed_restore_leaves_the_database_empty(env: &Env) {
        let database = env.database();
        greymatters(&["migrate"]).on(&database).run().succeeded();
        bulk::fill(&database, 4_000);
        let backup = backup_path();
        back_up(&database, &backup).succeeded();
        let target = env.database();
        broken::kill_when_it_prints(greymatters(&["restore"]).arg(&backup).on(&target), "restoring:");
        // The database is empty, so the restore can be repeated.
        let keys = greymatters(&["key", "list", "--format", "json"]).on(&target).run().succeeded();
        assert_eq!(keys, "");
        let output = restore(&backup, &target).succeeded();
        assert!(output.contains("4000 articles"), "{output}");
    }

    fn the_next_backup_removes_the_file_of_a_killed_backup(env: &Env) {
        let database = env.database();
        greymatters(&["migrate"]).on(&database).run().succeeded();
        bulk::fill(&database, 4_000);
        let backup = backup_path();
        let folder = backup.parent().unwrap();
        let names = || {
            let mut names: Vec<_> = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
            names.sort();
            names
        };
        broken::kill_when_it_prints(greymatters(&["backup"]).arg(&backup).on(&database), "copying:");
        let left = names();
        let [unfinished] = &left[..] else { panic!("{left:?}") };
        assert!(unfinished.starts_with(".test.gmbackup.") && unfinished.ends_with(".unfinished"), "{unfinished}");
        // Files of other backups, files with other content, and files that are still being written are not removed.
        let others = [".other.gmbackup.1.unfinished", ".test.gmbackup.2.unfinished", ".test.gmbackup.x.unfinished"];
        fs::copy(folder.join(unfinished), folder.join(others[0])).unwrap();
        fs::write(folder.join(others[1]), "notes").unwrap();
        fs::copy(folder.join(unfinished), folder.join(others[2])).unwrap();
        let written = ".test.gmbackup.3.unfinished";
        fs::copy(folder.join(unfinished), folder.join(written)).unwrap();
        let lock = fs::File::open(folder.join(written)).unwrap();
        lock.lock().unwrap();
        let ended = back_up(&database, &backup);
        assert!(ended.stderr.contains(unfinished.as_str()) && ended.stderr.contains("removed"), "{ended:?}");
        ended.succeeded();
        let mut expected = vec![others[0], others[1], written, others[2], "test.gmbackup"];
        expected.sort_unstable();
        assert_eq!(names(), expected);
    }

    fn a_backup_file_is_private_and_overwrites_only_backups(env: &Env) {
        let server = env.server();
        let backup = backup_path();
        back_up(server.database(), &backup).succeeded();
        assert_eq!(fs::metadata(&backup).unwrap().permissions().mode() & 0o777, 0o600);
        let complaint = back_up(server.database(), &backup).failed();
        assert!(complaint.contains("exists") && complaint.contains("--overwrite"), "{complaint}");
        server.editor.published(json!({"title": "News"}));
        let overwrite = |to: &Path| greymatters(&["backup", "--overwrite"]).arg(to).on(server.database()).run();
        overwrite(&backup).succeeded();
        assert_eq!(sums(&backup)["table publication"].0, 1);
        let other = backup.with_file_name("notes.txt");
        fs::write(&other, "notes").unwrap();
        assert!(overwrite(&other).failed().contains("is not a backup and is not overwritten"));
        assert_eq!(fs::read_to_string(&other).unwrap(), "notes");
        // The backups have left no other files.
        assert_eq!(fs::read_dir(backup.parent().unwrap()).unwrap().count(), 2);
        // A backup is not accepted as a database.
        let url = format!("sqlite:{}", backup.display());
        let complaint = greymatters(&["key", "list", "--database-url", &url]).run().failed();
        assert!(complaint.contains("is a backup, not a database"), "{complaint}");
        assert!(check(&backup).succeeded().contains("is intact"));
    }
}
