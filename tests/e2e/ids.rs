//! An id is unique in the whole graph, so that clients can cache values by id.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use crate::support::{Client, Server};

/// Types with an `id` that `node` does not resolve, and why.
const NOT_NODES: [(&str, &str); 2] = [
    ("Key", "keys are for administrators; `keys` lists them, and no other type has their ids"),
    ("Preview", "links are for editors; `desk.previews` lists them, and no other type has their ids"),
];

fn types(reader: &Client) -> Vec<Value> {
    let document = "{ __schema { types { name kind interfaces { name } fields { name args { name } type { kind name ofType { kind name } } } } } }";
    reader.data(document)["__schema"]["types"].as_array().unwrap().clone()
}

/// The type name and the scalar fields of each object, by its id.
type ValuesById = BTreeMap<String, (String, BTreeMap<String, Value>)>;

/// Collects the values of an answer by id, like the cache of a client. Asserts that they agree with earlier values.
#[track_caller]
fn collect(value: &Value, known_values: &mut ValuesById) {
    match value {
        Value::Array(list) => list.iter().for_each(|value| collect(value, known_values)),
        Value::Object(fields) => {
            if let (Some(id), Some(kind)) =
                (fields.get("id").and_then(Value::as_str), fields.get("__typename").and_then(Value::as_str))
            {
                let (known, values) =
                    known_values.entry(id.to_owned()).or_insert_with(|| (kind.to_owned(), BTreeMap::new()));
                assert_eq!(known, kind, "{id} is the id of two objects");
                for (name, value) in
                    fields.iter().filter(|(_, value)| !value.is_object() && !value.is_array())
                {
                    let before = values.entry(name.clone()).or_insert_with(|| value.clone());
                    assert_eq!(before, value, "`{name}` of {id}");
                }
            }
            fields.values().for_each(|value| collect(value, known_values));
        }
        _ => {}
    }
}

both! {
    fn every_object_with_an_id_is_found_by_node(env: &Env) {
        let server = env.sample();
        let types = types(&server.reader);
        let mut found = 0;
        for kind in types.iter().filter(|kind| kind["kind"] == "OBJECT") {
            let name = kind["name"].as_str().unwrap();
            let has_id = kind["fields"].as_array().unwrap().iter().any(|field| field["name"] == "id");
            let is_node = kind["interfaces"].as_array().unwrap().iter().any(|interface| interface["name"] == "Node");
            let is_exception = NOT_NODES.iter().any(|(known, _)| *known == name);
            assert_eq!(has_id, is_node || is_exception, "`{name}` has a field `id`: implement `Node`, or explain in `NOT_NODES` why its id is unique");
            assert!(!(is_node && is_exception), "{name}");
            found += usize::from(has_id);
        }
        assert_eq!(found, 5 + NOT_NODES.len());
    }

    fn one_id_never_has_two_sets_of_values(env: &Env) {
        let server = env.server();
        let Server { editor, .. } = &server;
        for (kind, name) in [("tag", "Flu"), ("topic", "Winter"), ("author", "Ann")] {
            editor.label(kind, json!({"name": name}));
        }
        for title in ["First", "Second"] {
            let body = "## Same heading\n\nText\n\n## Other\n";
            let input = json!({"title": title, "body": body, "tags": ["flu"], "topics": ["winter"], "authors": ["ann"]});
            let article = editor.published(input);
            editor.update(&article, json!({"title": format!("{title}, edited"), "body": "## Same heading\n"}));
            let document = "mutation ($id: ID!) { previewCreate(input: { articleId: $id }) { token } }";
            editor.data_with(document, &json!({"id": article.id}));
        }
        let label = "__typename id slug name";
        let article = format!("__typename id slug title version updatedAt
            tags {{ {label} }} topics {{ {label} }} authors {{ {label} }}
            body {{ outline {{ __typename level anchor text }} }}");
        let answer = editor.data(&format!("{{
            articles {{ nodes {{ {article} }} }} last: articles(last: 1) {{ nodes {{ {article} }} }}
            tags {{ nodes {{ {label} }} }} topics {{ {label} }} authors {{ nodes {{ {label} }} }} keys {{ nodes {{ __typename id name prefix }} }}
            desk {{
                articles {{ nodes {{
                    __typename id articleId version state slug title
                    workingCopy {{ __typename version slug title tags {{ {label} }} authors {{ {label} }} topics {{ {label} }} }}
                    publication {{ {article} }}
                    revisions {{ nodes {{ __typename version title tags {{ {label} }} }} }}
                    activity {{ nodes {{ __typename sequence subject }} }}
                }} }}
                previews {{ __typename id articleId }}
            }}
        }}"));
        let mut known_values = ValuesById::new();
        collect(&answer, &mut known_values);
        let count = |kind: &str| known_values.values().filter(|(known, _)| known == kind).count();
        assert_eq!(["Article", "DeskArticle", "Tag", "Topic", "Author", "Preview"].map(count), [2, 2, 1, 1, 1, 2]);
        for (id, (kind, values)) in &known_values {
            let prefix = if kind == "DeskArticle" { "desk_" } else { "" };
            assert!(id.starts_with(prefix), "{id}");
            if kind == "DeskArticle" {
                let article = values["articleId"].as_str().unwrap();
                assert_eq!(id.strip_prefix("desk_"), article.strip_prefix("article_"));
                assert_ne!(values["title"], known_values[article].1["title"], "the working copy has another title");
            }
        }
    }

    fn an_article_at_the_desk_is_found_by_its_own_id(env: &Env) {
        let server = env.server();
        let Server { editor, reader, .. } = &server;
        let draft = editor.create(json!({"title": "Draft", "body": "x"}));
        let desk = draft.id.replace("article_", "desk_");
        let selection = "__typename id ... on DeskArticle { title articleId publication { id } } ... on Article { public: title }";
        let unknown = "desk_01ja0000000000000000000000";
        let one = format!("query ($id: ID!) {{ node(id: $id) {{ {selection} }} }}");
        let many = format!("query ($ids: [ID!]!) {{ nodes(ids: $ids) {{ {selection} }} }}");
        let found = json!({"__typename": "DeskArticle", "id": desk, "title": "Draft", "articleId": draft.id, "publication": null});
        for _ in 0..2 {
            assert_eq!(editor.data_with(&one, &json!({"id": desk}))["node"], found);
            assert_eq!(editor.data_with(&one, &json!({"id": unknown}))["node"], Value::Null);
            let ids = json!({"ids": [draft.id, desk, unknown, desk]});
            assert_eq!(editor.data_with(&many, &ids)["nodes"], json!([null, found, null, found]));
        }
        // Without the scope, the request is refused, however the id is sent, and even if an editor has sent it before.
        let writer = server.client_with(&["content:write", "content:publish"]);
        let literal = one.replace("query ($id: ID!) ", "").replace("$id", &json!(desk).to_string());
        let listed = many.replace("query ($ids: [ID!]!) ", "").replace("$ids", &format!("[{:?}, {desk:?}]", draft.id));
        let single = many.replace("query ($ids: [ID!]!) ", "").replace("$ids", &format!("{desk:?}"));
        let by_default = one.replace("$id: ID!", &format!("$id: ID! = {desk:?}"));
        let in_list = many.replace("$ids: [ID!]!", "$id: ID!").replace("$ids", "[$id]");
        let in_fragment = format!("query ($id: ID!) {{ ...F }} fragment F on Query {{ ... {{ node(id: $id) {{ {selection} }} }} }}");
        for (document, variables) in [
            (&one, json!({"id": desk})), (&one, json!({"id": unknown})), (&many, json!({"ids": [draft.id, desk]})),
            (&many, json!({"ids": desk})), (&literal, json!({})), (&listed, json!({})), (&single, json!({})),
            (&by_default, json!({})), (&in_list, json!({"id": desk})), (&in_fragment, json!({"id": desk})),
        ] {
            for _ in 0..2 {
                assert!(editor.ask_with(document, &variables).status == 200, "{document}");
                let (status, code, _) = reader.ask_with(document, &variables).error();
                assert_eq!((status, code.as_str()), (401, "UNAUTHENTICATED"), "{document}");
                let (status, code, message) = writer.ask_with(document, &variables).error();
                assert_eq!((status, code.as_str()), (403, "FORBIDDEN"), "{document}");
                assert!(message.contains("content:read-drafts"), "{message}");
            }
        }
        // The id of the article itself needs no scope, but `node` finds nothing before the article is published.
        assert_eq!(reader.data_with(&one, &json!({"id": draft.id}))["node"], Value::Null);
    }

    fn every_article_argument_accepts_both_ids(env: &Env) {
        let server = env.server();
        let Server { editor, reader, .. } = &server;
        let draft = editor.create(json!({"title": "Draft", "body": "Some text."}));
        let desk = draft.id.replace("article_", "desk_");
        let mut version = 1;
        for id in [&desk, &draft.id] {
            let mut act = |mutation: &str, more: &str, saves: i64| {
                let document = format!("mutation {{ done: {mutation}(id: {id:?}, expectedVersion: {version}{more}) {{
                    article {{ id articleId version }} userErrors {{ code path message }} }} }}");
                let done = editor.data(&document)["done"].take();
                version += saves;
                let article = json!({"id": desk, "articleId": draft.id, "version": version});
                assert_eq!(done, json!({"article": article, "userErrors": []}), "{document}");
            };
            act("articleUpdate", &format!(", input: {{ deck: {id:?} }}"), 1);
            act("articleSubmit", "", 0);
            act("articleRequestChanges", ", comment: \"More\"", 0);
            act("articleSubmit", "", 0);
            act("articleApprove", "", 0);
            act("articlePublish", ", at: \"2990-01-01T00:00:00Z\", acknowledge: []", 0);
            act("articleCancelSchedule", "", 0);
            act("articleRestore", ", toVersion: 1", 1);
            act("articleArchive", "", 0);
            act("articleUnarchive", "", 0);
            act("articleMarkReviewed", ", input: {}", 0);
            let document = format!("{{
                desk {{ article(id: {id:?}) {{ id }} audit(where: {{ subject: {id:?} }}, first: 1) {{ nodes {{ subject }} }} }}
                articleCheck(id: {id:?}) {{ version }}
            }}");
            let data = editor.data(&document);
            assert_eq!(data["desk"]["article"]["id"], desk.as_str());
            assert_eq!(data["desk"]["audit"]["nodes"], json!([{"subject": draft.id}]));
            assert_eq!(data["articleCheck"]["version"], version);
            let document = format!("mutation {{ previewCreate(input: {{ articleId: {id:?} }}) {{ preview {{ articleId }} userErrors {{ code }} }} }}");
            assert_eq!(editor.data(&document)["previewCreate"], json!({"preview": {"articleId": draft.id}, "userErrors": []}));
        }
        for id in [&desk, &draft.id] {
            let document = format!("mutation {{ done: articlePublish(id: {id:?}, expectedVersion: {version}) {{ userErrors {{ code path message }} }} }}");
            assert_eq!(editor.data(&document)["done"]["userErrors"], json!([]));
            let found = reader.data(&format!("{{ article(by: {{ id: {id:?} }}) {{ id }} }}"));
            assert_eq!(found["article"]["id"], draft.id.as_str());
            let document = format!("mutation {{ done: articleWithdraw(id: {id:?}, expectedVersion: {version}) {{ userErrors {{ code path message }} }} }}");
            assert_eq!(editor.data(&document)["done"]["userErrors"], json!([]));
        }
        for kind in ["article_", "desk_"] {
            let gone = editor.create(json!({"title": "Gone"}));
            let id = gone.id.replace("article_", kind);
            let document = format!("mutation {{ articleDelete(id: {id:?}, expectedVersion: 1) {{ deletedId userErrors {{ code }} }} }}");
            assert_eq!(editor.data(&document)["articleDelete"], json!({"deletedId": gone.id.replace("article_", "desk_"), "userErrors": []}));
        }
    }
}
