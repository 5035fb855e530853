//! The names of actors at the desk.

use serde_json::{Value, json};

use crate::support::{Client, CommandExt, Server, greymatters};

const NAMES: &str = "query ($id: ID!) { desk {
    article(id: $id) {
        workingCopy { actor actorName }
        review { by byName }
        schedule { by byName }
        activity(first: 10) { nodes { actor actorName action } }
    }
    audit(first: 1) { nodes { actorName } }
} }";

/// A client with a key of this name.
fn named(server: &Server, name: &str, scopes: &[&str]) -> Client {
    let scopes = scopes.iter().flat_map(|scope| ["--scope", *scope]);
    let arguments: Vec<&str> = ["key", "create", "--name", name].into_iter().chain(scopes).collect();
    let key = greymatters(&arguments).on(server.database()).run().succeeded();
    server.reader.with_key(key.trim())
}

both! {
    fn the_desk_shows_the_names_of_keys(env: &Env) {
        let server = env.server();
        let all = ["content:write", "content:publish", "content:read-drafts"];
        let (newsroom, wire) = (named(&server, "Newsroom", &all), named(&server, "Wire service", &all));
        let article = newsroom.create(json!({"title": "One", "body": "x"}));
        let act = |client: &Client, mutation: &str| {
            let document = format!("mutation ($id: ID!) {{ done: {mutation} {{
                article {{ review {{ byName }} schedule {{ byName }} }} userErrors {{ message }}
            }} }}");
            let done = client.data_with(&document, &json!({"id": article.id}))["done"].take();
            assert_eq!(done["userErrors"], json!([]));
            done["article"].clone()
        };
        let submitted = act(&wire, "articleSubmit(id: $id, expectedVersion: 1)");
        assert_eq!(submitted["review"]["byName"], "Wire service");
        let scheduled = act(&newsroom, r#"articlePublish(id: $id, expectedVersion: 1, at: "2100-01-01T00:00:00Z")"#);
        assert_eq!(scheduled["schedule"]["byName"], "Newsroom");
        let desk = server.editor.data_with(NAMES, &json!({"id": article.id}))["desk"].take();
        let shown = &desk["article"];
        assert_eq!(shown["workingCopy"]["actorName"], "Newsroom");
        assert_eq!(shown["review"]["byName"], "Wire service");
        assert_eq!(shown["schedule"]["byName"], "Newsroom");
        let names: Vec<_> = shown["activity"]["nodes"].as_array().unwrap().iter().map(|entry| &entry["actorName"]).collect();
        assert_eq!(names, ["Newsroom", "Wire service", "Newsroom"]);
        assert_eq!(desk["audit"]["nodes"][0]["actorName"], "Newsroom");
        let rest = server.editor.get(&format!("/v1/desk/articles/{}", article.id), &[]).json();
        assert_eq!(rest["article"]["workingCopy"]["actorName"], "Newsroom");
        // The command line has no name.
        let document = "{ desk { audit(where: { actor: \"cli\" }, first: 1) { nodes { actor actorName } } } }";
        let by_cli = server.editor.data(document)["desk"]["audit"]["nodes"][0].clone();
        assert_eq!(by_cli, json!({"actor": "cli", "actorName": null}));
    }

    fn a_writer_does_not_see_the_names_of_others(env: &Env) {
        let server = env.server();
        let all = ["content:write", "content:publish", "content:read-drafts"];
        let newsroom = named(&server, "Secret newsroom", &all);
        let writer = server.client_with(&["content:write"]);
        let article = newsroom.create(json!({"title": "One", "body": "x"}));
        let document = "mutation ($id: ID!) { articleUpdate(id: $id, expectedVersion: 1, input: {}) {
            article { workingCopy { actorName } review { byName } }
        } }";
        let answer = writer.ask_with(document, &json!({"id": article.id}));
        assert!(!answer.text.contains("Secret"), "{answer:?}");
        let shown: Value = answer.json();
        assert!(shown["data"]["articleUpdate"]["article"]["workingCopy"]["actorName"].is_null(), "{shown}");
    }
}
