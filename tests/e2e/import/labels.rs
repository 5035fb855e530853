//! Tags, topics and authors that files name, and their slugs.

use serde_json::{Value, json};

use super::leads_to;
use crate::support::Folder;

fn post(front_matter: &str) -> String {
    format!("---\ntitle: T\ndate: 2024-02-03\n{front_matter}\n---\nText.\n")
}

both! {
    fn names_that_differ_in_signs_or_letters_are_different_labels(env: &Env) {
        let server = env.server();
        let folder = Folder::new("site");
        folder
            .write("a.md", post("tags: [C, C++, 'C#', .NET, Google, Google+]\nauthors: [李伟, 李薇]"))
            .write("b.md", post("tags: [权利, 权力, c]\nauthors: [李薇]"));
        let report = folder.import(server.database(), &[]).succeeded();
        insta::allow_duplicates! { insta::assert_snapshot!(report, @"
        conflict   author `李薇`: the author `李伟` has its slug, so this one has `li-wei-2`
        conflict   tag `权力`: the tag `权利` has its slug, so this one has `quan-li-2`
        2 imported, 0 updated, 0 unchanged, 0 drafts, 0 refused
        created 2 authors, 8 tags
        The publication is at edition 1.
        ") }
        let data = server.reader.data(r#"{
            a: article(by: { slug: "a" }) { tags { name slug } authors { name slug } }
            b: article(by: { slug: "b" }) { tags { name slug } authors { name slug } }
        }"#);
        let labels = |pairs: &[(&str, &str)]| pairs.iter().map(|(name, slug)| json!({"name": name, "slug": slug})).collect::<Value>();
        assert_eq!(data["a"]["tags"], labels(&[
            ("C", "c"), ("C++", "c-plus-plus"), ("C#", "c-sharp"), (".NET", "dot-net"), ("Google", "google"), ("Google+", "google-plus"),
        ]));
        assert_eq!(data["a"]["authors"], labels(&[("李伟", "li-wei"), ("李薇", "li-wei-2")]));
        assert_eq!(data["b"]["tags"], labels(&[("权利", "quan-li"), ("权力", "quan-li-2"), ("C", "c")]));
        assert_eq!(data["b"]["authors"], labels(&[("李薇", "li-wei-2")]));

        // The next import finds the same labels by their names.
        folder.write("b.md", post("tags: [权力]\nauthors: [李薇, 李伟]"));
        let report = folder.import(server.database(), &[]).succeeded();
        assert!(report.starts_with("0 imported, 1 updated, 1 unchanged, 0 drafts, 0 refused\nThe publication"), "{report}");
    }

    fn a_deleted_label_is_not_created_again(env: &Env) {
        let server = env.server();
        let folder = Folder::new("site");
        for (kind, name) in [("tag", "Old tag"), ("topic", "Old topic")] {
            let id = server.editor.label(kind, json!({"name": name}));
            let document = format!("mutation ($id: ID!) {{ done: {kind}Delete(id: $id, expectedVersion: 1) {{ userErrors {{ message }} }} }}");
            assert_eq!(server.editor.data_with(&document, &json!({"id": id}))["done"]["userErrors"], json!([]));
        }
        folder.write("a.md", post("tags: [Old tag, New tag]\ntopics: [Old topic > Below]"));
        let report = folder.import(server.database(), &[]).succeeded();
        assert!(report.contains("1 imported") && report.contains("created 1 tag"), "{report}");
        let data = server.reader.data(r#"{
            article(by: { slug: "a" }) { tags { slug } topics { slug } } tags { nodes { slug } } topics { slug }
        }"#);
        assert_eq!(data, json!({
            "article": {"tags": [{"slug": "new-tag"}], "topics": [{"slug": "below"}]},
            "tags": {"nodes": [{"slug": "new-tag"}]},
            "topics": [{"slug": "below"}],
        }));
    }

    fn a_name_without_letters_is_left_out(env: &Env) {
        let server = env.server();
        let folder = Folder::new("site");
        folder.write("a.md", post("tags: [wards, \"—\"]"));
        let report = folder.import(server.database(), &["--verbose"]).succeeded();
        assert!(report.contains("note     a.md:1: the tag `—` was left out: its name has no letters and no digits"), "{report}");
        let data = server.reader.data(r#"{ article(by: { slug: "a" }) { tags { slug } } }"#);
        assert_eq!(data["article"]["tags"], json!([{"slug": "wards"}]));
    }

    fn names_that_count_as_one_label_are_reported(env: &Env) {
        let server = env.server();
        let folder = Folder::new("site");
        folder
            .write("a.md", post("tags: [R&D, Flu shots]\ntopics: [Care > Clinics]"))
            .write("b.md", post("tags: [R D, flu-shots]\ntopics: [Kids > Clinics]"));
        let report = folder.import(server.database(), &[]).succeeded();
        insta::allow_duplicates! { insta::assert_snapshot!(report, @"
        conflict   tag `R D`: it counts as the tag `R&D` (`r-d`)
        conflict   topic `Kids > Clinics`: it counts as the topic `Care > Clinics` (`clinics`)
        2 imported, 0 updated, 0 unchanged, 0 drafts, 0 refused
        created 2 tags, 3 topics
        The publication is at edition 1.
        ") }
    }

    fn a_label_that_was_renamed_here_is_found_by_its_former_slug(env: &Env) {
        let server = env.server();
        let folder = Folder::new("site");
        folder.write("a.md", post("tags: [Flu]"));
        folder.import(server.database(), &[]).succeeded();
        let id = server.reader.data("{ tags { nodes { id } } }")["tags"]["nodes"][0]["id"].take();
        let renamed = server.editor.data_with(
            "mutation ($id: ID!) { tagRename(id: $id, expectedVersion: 1, name: \"Influenza\") { tag { slug } userErrors { message } } }",
            &json!({"id": id}),
        );
        assert_eq!(renamed["tagRename"]["tag"]["slug"], "influenza", "{renamed}");
        folder.write("b.md", post("tags: [Flu]"));
        let report = folder.import(server.database(), &[]).succeeded();
        assert!(!report.contains("created") && !report.contains("conflict"), "{report}");
    }

    fn slugs_can_keep_the_letters_of_all_scripts(env: &Env) {
        let server = env.server();
        let folder = Folder::new("site");
        folder
            .write("权利.md", post("tags: [权利, 权力]\nredirect_from: /旧/Été.html/\nauthors: [Ärzte]"))
            .write("ward.md", post("redirect_from: /old/%E7%97%85%E6%88%BF/"));
        let report = folder.import(server.database(), &["--slugs", "unicode"]).succeeded();
        assert!(report.starts_with("2 imported, 0 updated, 0 unchanged, 0 drafts, 0 refused\ncreated 1 author, 2 tags"), "{report}");
        let data = server.reader.data(r#"{ article(by: { slug: "权利" }) { slug tags { slug } authors { slug } } }"#);
        assert_eq!(data["article"], json!({"slug": "权利", "tags": [{"slug": "权利"}, {"slug": "权力"}], "authors": [{"slug": "ärzte"}]}));
        assert_eq!(leads_to(&server.reader, "病房"), "ward", "an alias");
        let found = server.reader.data(r#"{ articles(where: { tags: { any: ["权力"] } }) { nodes { slug } } }"#);
        assert_eq!(found["articles"]["nodes"], json!([{"slug": "权利"}]));
        let rest = server.reader.get("/v1/articles/%E6%9D%83%E5%88%A9", &[]);
        assert_eq!((rest.status, rest.json()["article"]["slug"].as_str()), (200, Some("权利")), "{rest:?}");

        // A former slug redirects to the current one.
        let id = server.reader.data(r#"{ article(by: { slug: "权利" }) { id } }"#)["article"]["id"].take();
        let saved = crate::support::Saved { id: id.as_str().unwrap().to_owned(), version: 1 };
        let saved = server.editor.update(&saved, json!({"slug": "权利-新"}));
        server.editor.publish(&saved);
        assert_eq!(leads_to(&server.reader, "权利"), "权利-新");
        let redirects = server.reader.data("{ redirects(first: 10) { nodes { slug article { slug } } } }");
        assert!(redirects["redirects"]["nodes"].as_array().unwrap().contains(&json!({"slug": "权利", "article": {"slug": "权利-新"}})), "{redirects}");
    }
}
