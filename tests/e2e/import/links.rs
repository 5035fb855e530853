//! Links within an article, for which imports and editors have one rule.

use proptest::prelude::*;
use proptest::strategy::ValueTree;
use proptest::test_runner::TestRunner;
use serde_json::json;

use crate::support::{Folder, Saved};

both! {
    fn what_was_imported_can_be_published_again(env: &Env) {
        let server = env.server();
        let folder = Folder::new("site");
        folder
            .write("a.md", "---\ntitle: Dead link\ndate: 2024-02-03\n---\nSee [the hours](#hours).\n")
            .write("b.md", "---\ntitle: Without a date\n---\nSee [the hours](#hours).\n");
        let report = folder.import(server.database(), &["--verbose"]).succeeded();
        assert!(report.contains("note     a.md:1: the link `#hours` does not lead to a heading"), "{report}");
        assert!(report.contains("1 imported, 0 updated, 0 unchanged, 1 drafts, 0 refused"), "{report}");
        let desk = server.editor.data("{ desk { articles(where: {}) { nodes { id version title state } } } }");
        for node in desk["desk"]["articles"]["nodes"].as_array().unwrap() {
            let saved = Saved { id: node["id"].as_str().unwrap().to_owned(), version: 1 };
            let saved = server.editor.update(&saved, json!({"title": format!("{} again", node["title"].as_str().unwrap())}));
            server.editor.publish(&saved);
        }
        assert_eq!(server.reader.slugs("").len(), 2);

        // A link that the editor breaks is an error.
        let id = server.reader.data(r#"{ article(by: { slug: "a" }) { id } }"#)["article"]["id"].as_str().unwrap().to_owned();
        let saved = server.editor.update(&Saved { id, version: 2 }, json!({"body": "See [the hours](#hours) and [the plan](#plan)."}));
        let document = "mutation ($id: ID!) { articlePublish(id: $id, expectedVersion: 3) { userErrors { code } } }";
        let refused = server.editor.data_with(document, &json!({"id": saved.id}));
        assert_eq!(refused["articlePublish"]["userErrors"], json!([{"code": "LINK_BROKEN"}]));
    }

    fn publishing_accepts_what_an_import_accepts(env: &Env) {
        let server = env.server();
        let piece = prop::sample::select(vec![
            "## Hours\n\n", "#### Deep\n\n", "[a](#hours) ", "[b](#none) ", "[c](/gone/) ", "![d](d.png) ", "![](e.png) ",
            "<iframe src=\"/f\"></iframe>\n\n", "<script>g</script>\n\n", "Text.\n\n", "{{< chart >}}\n\n", "[^1]\n\n[^1]: Note\n\n",
        ]);
        let strategy = prop::collection::vec(prop::collection::vec(piece, 1..6), 24);
        let bodies = strategy.new_tree(&mut TestRunner::deterministic()).unwrap().current();
        let folder = Folder::new("site");
        for (number, body) in bodies.iter().enumerate() {
            let date = if number % 3 == 0 { "" } else { "date: 2024-02-03\n" };
            folder.write(&format!("p{number}.md"), format!("---\ntitle: P {number}\n{date}---\n{}", body.concat()));
        }
        folder.import(server.database(), &[]).succeeded();
        let desk = server.editor.data("{ desk { articles(first: 100) { nodes { id title state } } } }");
        let nodes = desk["desk"]["articles"]["nodes"].as_array().unwrap();
        let published: Vec<_> = nodes.iter().filter(|node| node["state"] == "PUBLISHED").collect();
        assert!(published.len() > 5, "{nodes:?}");
        for node in published {
            let saved = Saved { id: node["id"].as_str().unwrap().to_owned(), version: 1 };
            let saved = server.editor.update(&saved, json!({"deck": "Published again"}));
            server.editor.publish(&saved);
        }
        let again = folder.import(server.database(), &[]).succeeded();
        assert!(again.contains("0 imported, 0 updated"), "{again}");
    }
}
