//! Which article a file belongs to.

use std::fs;
use std::path::Path;

use serde_json::{Value, json};

use super::{POST, leads_to};
use crate::support::{Client, CommandExt, Folder, Saved, Server, greymatters};

/// The slugs and external references of all public articles, in the order of their titles.
fn identities(reader: &Client) -> Vec<(String, String)> {
    let data = reader.data(
        "{ articles(first: 50, orderBy: { field: TITLE, direction: ASC }) { nodes { slug externalRef } } }",
    );
    let nodes = data["articles"]["nodes"].as_array().unwrap();
    let text = |value: &Value| value.as_str().unwrap().to_owned();
    nodes.iter().map(|node| (text(&node["slug"]), text(&node["externalRef"]))).collect()
}

fn pairs(expected: &[(&str, &str)]) -> Vec<(String, String)> {
    expected.iter().map(|(slug, name)| ((*slug).to_owned(), (*name).to_owned())).collect()
}

fn post(title: &str, rest: &str) -> String {
    format!("---\ntitle: {title}\ndate: 2024-02-03\n{rest}---\nText of {title}.\n")
}

fn rename(folder: &Folder, from: &str, to: &str) {
    let to = folder.path.join(to);
    fs::create_dir_all(to.parent().unwrap()).unwrap();
    fs::rename(folder.path.join(from), to).unwrap();
}

both! {
    fn files_with_the_same_id_are_different_articles(env: &Env) {
        let server = env.server();
        let folder = Folder::new("site");
        folder.write("a/intro.md", post("A", "id: intro\n")).write("b/intro.md", post("B", "id: intro\n"));
        let report = folder.import(server.database(), &[]).succeeded();
        insta::allow_duplicates! { insta::assert_snapshot!(report, @"
        conflict   b/intro.md: the slug `intro` belongs to another article: this one has `intro-2`, unless you name one in `slug`
        conflict   b/intro.md: `a/intro.md` has the same id `intro`: this one has the external reference `site/b/intro.md`
        2 imported, 0 updated, 0 unchanged, 0 drafts, 0 refused
        The publication is at edition 1.
        ") }
        let expected = pairs(&[("intro", "intro"), ("intro-2", "site/b/intro.md")]);
        assert_eq!(identities(&server.reader), expected);
        let report = folder.import(server.database(), &[]).succeeded();
        assert_eq!(report, "0 imported, 0 updated, 2 unchanged, 0 drafts, 0 refused\nNothing public has changed.\n");

        folder.write("a/intro.md", post("A2", "id: intro\n"));
        assert!(folder.import(server.database(), &[]).succeeded().contains("0 imported, 1 updated, 1 unchanged"));
        assert_eq!(identities(&server.reader), expected);
    }

    fn sources_may_use_the_same_id(env: &Env) {
        let server = env.server();
        let (first, second) = (Folder::new("first"), Folder::new("second"));
        first.write("posts/one.md", post("One", "id: 7\n"));
        second.write("posts/two.md", post("Two", "id: 7\n"));
        first.import(server.database(), &[]).succeeded();
        let report = second.import(server.database(), &[]).succeeded();
        let conflict = "conflict   posts/two.md: the external reference `7` belongs to another article: this one has the external reference `second/posts/two.md`\n";
        assert!(report.starts_with(conflict), "{report}");
        let expected = pairs(&[("one", "7"), ("two", "second/posts/two.md")]);
        assert_eq!(identities(&server.reader), expected);
        for folder in [&first, &second] {
            let report = folder.import(server.database(), &[]).succeeded();
            assert_eq!(report, "0 imported, 0 updated, 1 unchanged, 0 drafts, 0 refused\nNothing public has changed.\n");
        }
        assert_eq!(identities(&server.reader), expected);
    }

    fn a_moved_file_keeps_its_article(env: &Env) {
        let server = env.server();
        let folder = Folder::new("site");
        for name in ["one", "two", "three"] {
            folder.write(&format!("old/{name}.md"), post(name, ""));
        }
        folder.write("four.md", post("four", "id: 4\n"));
        folder.import(server.database(), &[]).succeeded();
        let before = identities(&server.reader);
        for name in ["one", "two", "three"] {
            rename(&folder, &format!("old/{name}.md"), &format!("new/{name}.md"));
        }
        // A file with an id may change while it moves.
        fs::remove_file(folder.path.join("four.md")).unwrap();
        folder.write("new/four.md", post("four", "subtitle: New\nid: 4\n"));
        let report = folder.import(server.database(), &[]).succeeded();
        insta::allow_duplicates! { insta::assert_snapshot!(report, @"
        moved      new/four.md: at the last import, the file was four.md
        moved      new/one.md: at the last import, the file was old/one.md
        moved      new/three.md: at the last import, the file was old/three.md
        moved      new/two.md: at the last import, the file was old/two.md
        0 imported, 1 updated, 3 unchanged, 0 drafts, 0 refused
        The publication is at edition 2.
        ") }
        assert_eq!(identities(&server.reader), before);
        let report = folder.import(server.database(), &[]).succeeded();
        assert_eq!(report, "0 imported, 0 updated, 4 unchanged, 0 drafts, 0 refused\nNothing public has changed.\n");

        // A new file at the old path is a new article.
        folder.write("old/one.md", post("another", ""));
        let report = folder.import(server.database(), &[]).succeeded();
        assert!(report.contains("1 imported, 0 updated, 4 unchanged"), "{report}");
        assert!(identities(&server.reader).contains(&("one-2".to_owned(), "site/old/one.md#2".to_owned())));
    }

    fn a_file_that_moves_does_not_undo_edits(env: &Env) {
        let server = env.server();
        let folder = Folder::new("site");
        folder.write("a.md", POST);
        folder.import(server.database(), &[]).succeeded();
        let id = server.reader.data(r#"{ article(by: { slug: "a" }) { id } }"#)["article"]["id"].as_str().unwrap().to_owned();
        let article = server.editor.update(&Saved { id, version: 1 }, json!({"title": "Edited here"}));
        server.editor.publish(&article);
        rename(&folder, "a.md", "b.md");
        for expected in ["moved      b.md", "0 imported, 0 updated, 1 unchanged"] {
            let report = folder.import(server.database(), &[]).succeeded();
            assert!(report.starts_with(expected), "{report}");
        }
        let title = server.reader.data(r#"{ article(by: { slug: "a" }) { title } }"#);
        assert_eq!(title["article"]["title"], "Edited here");
    }

    fn articles_of_missing_files_are_reported_or_withdrawn(env: &Env) {
        let server = env.server();
        let folder = Folder::new("site");
        for name in ["kept", "gone", "edited"] {
            folder.write(&format!("{name}.md"), post(name, ""));
        }
        folder.import(server.database(), &[]).succeeded();
        let id = server.reader.data(r#"{ article(by: { slug: "edited" }) { id } }"#)["article"]["id"].as_str().unwrap().to_owned();
        let article = server.editor.update(&Saved { id, version: 1 }, json!({"title": "Edited here"}));
        server.editor.publish(&article);
        for name in ["gone.md", "edited.md"] {
            fs::remove_file(folder.path.join(name)).unwrap();
        }
        assert_eq!(
            folder.import(server.database(), &["--missing", "keep"]).succeeded(),
            "0 imported, 0 updated, 1 unchanged, 0 drafts, 0 refused\nNothing public has changed.\n"
        );
        let report = folder.import(server.database(), &[]).succeeded();
        insta::allow_duplicates! { insta::assert_snapshot!(report, @"
        missing    edited.md: its article `Edited here` is still public: withdraw it, or import with --missing withdraw
        missing    gone.md: its article `gone` is still public: withdraw it, or import with --missing withdraw
        0 imported, 0 updated, 1 unchanged, 0 drafts, 0 refused
        Nothing public has changed.
        ") }
        let dry = folder.import(server.database(), &["--missing", "withdraw", "--dry-run"]).succeeded();
        assert!(dry.contains("withdrawn  gone.md: its article was `gone`\n"), "{dry}");
        assert_eq!(leads_to(&server.reader, "gone"), "gone");
        let report = folder.import(server.database(), &["--missing", "withdraw"]).succeeded();
        assert!(report.contains("withdrawn  gone.md"), "{report}");
        assert!(report.contains("missing    edited.md: its article `Edited here` was edited here and is still public"), "{report}");
        assert_eq!(leads_to(&server.reader, "gone"), Value::Null);
        assert_eq!(leads_to(&server.reader, "edited"), "edited");

        // If the file returns, so does its article.
        folder.write("gone.md", post("gone", ""));
        let report = folder.import(server.database(), &["--missing", "withdraw"]).succeeded();
        assert!(report.contains("0 imported, 1 updated, 1 unchanged"), "{report}");
        assert_eq!(leads_to(&server.reader, "gone"), "gone");
    }

    fn an_import_of_an_earlier_version_is_continued(env: &Env) {
        // The backup of a database into which an earlier version had imported these files. It contains no recorded files.
        let backup = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/e2e/import/earlier.backup");
        let database = env.database();
        greymatters(&["restore"]).arg(&backup).on(&database).run().succeeded();
        let folder = Folder::new("blog");
        folder
            .write("one.md", "---\ntitle: One\ndate: 2024-01-02\ntags: [C, C++]\n---\nText one.\n")
            .write("two.md", "---\ntitle: Two\ndate: 2024-01-03\nid: two-id\n---\nText two.\n")
            .write("posts/three.md", "# Three\n\nText three.\n")
            .write("old/four.md", "---\ntitle: Four\ndate: 2024-01-04\n---\nText four.\n");
        let report = folder.import(&database, &[]).succeeded();
        assert_eq!(report, "0 imported, 0 updated, 4 unchanged, 0 drafts, 0 refused\nNothing public has changed.\n");
        let server = Server::start(database);
        let before = identities(&server.reader);
        assert_eq!(before, pairs(&[
            ("four", "blog/old/four.md"), ("one", "blog/one.md"), ("three", "blog/posts/three.md"), ("two", "two-id"),
        ]));

        // Another source has another file with the same id.
        let other = Folder::new("other");
        other.write("x.md", post("X", "id: two-id\n"));
        assert!(other.import(server.database(), &[]).succeeded().contains("1 imported, 0 updated"));
        fs::remove_file(other.path.join("x.md")).unwrap();
        other.write("y.md", post("Y", ""));
        other.import(server.database(), &["--missing", "withdraw"]).succeeded();

        rename(&folder, "old/four.md", "new/four.md");
        folder
            .write("one.md", "---\ntitle: One\ndate: 2024-01-02\ntags: [C, C++]\n---\nText one again.\n")
            .write("two.md", "---\ntitle: Two\ndate: 2024-01-03\nid: two-id\n---\nText two again.\n")
            .write("posts/three.md", "# Three\n\nText three again.\n");
        let report = folder.import(server.database(), &[]).succeeded();
        assert!(report.contains("moved      new/four.md: at the last import, the file was old/four.md"), "{report}");
        assert!(report.contains("0 imported, 3 updated, 1 unchanged, 0 drafts, 0 refused"), "{report}");
        let after: Vec<_> = identities(&server.reader).into_iter().filter(|(slug, _)| slug != "y").collect();
        assert_eq!(after, before);
        let report = folder.import(server.database(), &[]).succeeded();
        assert!(report.starts_with("0 imported, 0 updated, 4 unchanged"), "{report}");
    }
}
