//! The schema: the file in the repository is up to date, and everything has a description.

use std::fs;
use std::path::Path;

use serde_json::Value;

use crate::support::{CommandExt, greymatters};

#[test]
fn schema_graphql_is_up_to_date() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../schema.graphql");
    let stored = fs::read_to_string(path).unwrap();
    let printed = greymatters(&["schema"]).run().succeeded();
    assert!(stored == printed, "the file is out of date: run `just generate`");
}

#[test]
fn the_printed_schema_is_deterministic() {
    let print = || greymatters(&["schema"]).run().succeeded();
    assert_eq!(print(), print());
}

/// The named entries of a list, with their paths.
fn each<'a>(path: &str, entries: &'a Value) -> Vec<(String, &'a Value)> {
    let entries = entries.as_array().into_iter().flatten();
    entries.map(|entry| (format!("{path}{}", entry["name"].as_str().unwrap()), entry)).collect()
}

both! {
    fn everything_has_a_description(env: &Env) {
        let schema = env.sample().reader.data(include_str!("introspection.graphql"));
        let mut all = Vec::new();
        for (path, found) in each("", &schema["__schema"]["types"]) {
            // The types of the specification are described there.
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
            .filter(|(_, entry)| entry["description"].as_str().is_none_or(|text| text.trim().is_empty()))
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

    /// Every field that editors write can be read from articles, revisions and publications.
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
