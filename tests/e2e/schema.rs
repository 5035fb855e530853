//! The schema: fresh in the repository, and described to its last argument.

use std::fs;
use std::path::Path;

use serde_json::Value;

use crate::support::{CommandExt, greymatters};

#[test]
fn schema_graphql_is_up_to_date() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../schema.graphql");
    let kept = fs::read_to_string(path).unwrap();
    let printed = greymatters(&["schema"]).run().succeeded();
    assert!(kept == printed, "the file is out of date: run `just generate`");
}

#[test]
fn the_printed_schema_is_deterministic() {
    let print = || greymatters(&["schema"]).run().succeeded();
    assert_eq!(print(), print());
}

/// Things by their names, below a path.
fn each<'a>(path: &str, things: &'a Value) -> Vec<(String, &'a Value)> {
    let things = things.as_array().into_iter().flatten();
    things.map(|thing| (format!("{path}{}", thing["name"].as_str().unwrap()), thing)).collect()
}

both! {
    fn everything_has_a_description(env: &Env) {
        let schema = env.sample().reader.data(include_str!("introspection.graphql"));
        let mut all = Vec::new();
        for (path, found) in each("", &schema["__schema"]["types"]) {
            // What the specification defines, it also describes.
            if path.starts_with("__") || ["Boolean", "Float", "ID", "Int", "String"].contains(&path.as_str()) {
                continue;
            }
            all.extend(each(&format!("{path}."), &found["inputFields"]));
            all.extend(each(&format!("{path}."), &found["enumValues"]));
            for (path, field) in each(&format!("{path}."), &found["fields"]) {
                all.extend(each(&format!("{path}:"), &field["args"]));
                all.push((path, field));
            }
            all.push((path, found));
        }
        assert!(all.len() > 200, "{}", all.len());
        let missing: Vec<_> = all
            .iter()
            .filter(|(_, thing)| thing["description"].as_str().is_none_or(|text| text.trim().is_empty()))
            .map(|(path, _)| path)
            .collect();
        assert_eq!(missing, Vec::<&String>::new());
    }

    fn lists_that_can_grow_are_connections(env: &Env) {
        let schema = env.sample().reader.data(include_str!("introspection.graphql"));
        for kind in ["Article", "Tag", "Author", "Key"] {
            let connection = schema["__schema"]["types"]
                .as_array()
                .unwrap()
                .iter()
                .find(|found| found["name"] == format!("{kind}Connection"))
                .unwrap();
            let fields: Vec<_> =
                each("", &connection["fields"]).into_iter().map(|(path, _)| path).collect();
            for field in ["edges", "nodes", "pageInfo", "totalCount"] {
                assert!(fields.iter().any(|known| known == field), "{kind}: {fields:?}");
            }
        }
    }

    /// A field that editors write must not end in a revision or publication that nobody can read.
    fn every_field_that_editors_write_can_be_read(env: &Env) {
        let schema = env.sample().reader.data(include_str!("introspection.graphql"));
        let fields = |name: &str, kind: &str| -> Vec<String> {
            let types = schema["__schema"]["types"].as_array().unwrap();
            let found = types.iter().find(|found| found["name"] == name).unwrap();
            each("", &found[kind]).into_iter().map(|(path, _)| path).collect()
        };
        let written = fields("ArticleInput", "inputFields");
        assert!(written.len() >= 14, "{written:?}");
        let (article, revision, desk) =
            (fields("Article", "fields"), fields("Revision", "fields"), fields("DeskArticle", "fields"));
        for field in &written {
            assert!(article.contains(field), "`Article` lacks `{field}`");
            assert!(revision.contains(field) || desk.contains(field), "`Revision` lacks `{field}`");
        }
    }
}
