//! Lists whose JSON is written directly are equal to those of the executor.

use proptest::prelude::*;
use serde_json::Value;

use crate::support::Server;

const ARTICLE_FIELDS: [&str; 11] = [
    "id",
    "slug",
    "title",
    "deck",
    "excerpt",
    "publishedAt",
    "updatedAt",
    "version",
    "externalRef",
    "locale",
    "__typename",
];
const LABEL_FIELDS: [&str; 4] = ["id", "name", "slug", "__typename"];

/// Fields in random order, some with aliases, some in a fragment.
fn selection(names: &'static [&'static str], type_name: &'static str) -> impl Strategy<Value = String> {
    let fields = proptest::sample::subsequence(names, 1..=names.len()).prop_shuffle();
    (fields, any::<[bool; 3]>()).prop_map(move |(fields, [renamed, inline, bare])| {
        let fields: Vec<String> = fields
            .iter()
            .map(|name| if renamed { format!("x_{name}: {name}") } else { (*name).to_owned() })
            .collect();
        let fields = fields.join(" ");
        match (inline, bare) {
            (true, true) => format!("... {{ {fields} }}"),
            (true, false) => format!("... on {type_name} {{ {fields} }}"),
            (false, _) => fields,
        }
    })
}

fn article() -> impl Strategy<Value = String> {
    let label_list = |name: &'static str, type_name| {
        proptest::option::of(selection(&LABEL_FIELDS, type_name))
            .prop_map(move |fields| fields.map(|fields| format!("{name} {{ {fields} }}")).unwrap_or_default())
    };
    (
        selection(&ARTICLE_FIELDS, "Article"),
        label_list("tags", "Tag"),
        label_list("topics", "Topic"),
        label_list("authors", "Author"),
    )
        .prop_map(|(own, tags, topics, authors)| format!("{own} {tags} {topics} {authors}"))
}

/// The data of the answer to a document.
fn data_of(server: &Server, document: &str) -> Value {
    server.reader.ask(document).data()
}

both! {
    fn directly_written_lists_match_the_executor(env: &Env) {
        let server = env.sample();
        let config = ProptestConfig { failure_persistence: None, cases: 60, ..ProptestConfig::default() };
        proptest!(config, |(fields in article(), count in 0..40)| {
            let arguments = format!("(first: {count}, orderBy: {{field: TITLE}})");
            let written = server.reader.ask(&format!("{{ articles{arguments} {{ nodes {{ {fields} }} }} }}")).text;
            // A list with `edges` goes through the executor. Answers are compared as text, because the order of fields
            // matters (GraphQL, 6.3).
            let executed = server.reader.ask(&format!("{{ articles{arguments} {{ edges {{ node {{ {fields} }} }} }} }}")).text;
            let executed = executed.replace(r#""edges":["#, r#""nodes":["#).replace(r#"[{"node":"#, "[");
            let executed = executed.replace(r#"},{"node":"#, ",").replace("}]}}}", "]}}}");
            prop_assert_eq!(written.replace("}]}}}", "]}}}"), executed.replace("}]}}}", "]}}}"));
        });
    }

    fn repeated_fields_are_merged(env: &Env) {
        let server = env.sample();
        let first = "(first: 2, orderBy: {field: TITLE, direction: ASC})";
        let expected = data_of(server, &format!("{{ articles{first} {{ nodes {{ slug title tags {{ name slug }} }} }} }}"));
        for document in [
            format!("{{ articles{first} {{ nodes {{ slug tags {{ name }} }} nodes {{ title tags {{ slug }} }} }} }}"),
            format!("{{ articles{first} {{ nodes {{ slug title }} }} articles{first} {{ nodes {{ tags {{ name slug }} }} }} }}"),
            format!("{{ articles{first} {{ ...A nodes {{ slug tags {{ slug }} }} }} }} fragment A on ArticleConnection {{ nodes {{ title tags {{ name }} }} }}"),
        ] {
            assert_eq!(data_of(server, &document), expected, "{document}");
        }
        let named = format!("query ($yes: Boolean!) {{ articles{first} {{ nodes {{ ...F title @include(if: $yes) deck @skip(if: $yes) }} }} }} fragment F on Article {{ slug tags {{ ... on Tag {{ name slug }} }} }}");
        let answer = server.reader.data_with(&named, &serde_json::json!({"yes": true}));
        for (found, wanted) in answer["articles"]["nodes"].as_array().unwrap().iter().zip(expected["articles"]["nodes"].as_array().unwrap()) {
            assert_eq!(found, wanted);
        }
    }

    fn texts_are_escaped_as_serde_json_escapes_them(env: &Env) {
        let server = env.server();
        let title = "\"Quoted\" \\ back / <b> & \u{7f} \u{2028} 漢字 😀 é";
        server.editor.published(serde_json::json!({"title": title}));
        let data = server.reader.data("{ articles { nodes { title deck } } }");
        assert_eq!(data["articles"]["nodes"][0]["title"], title);
        assert_eq!(data["articles"]["nodes"][0]["deck"], Value::Null);
    }
}
