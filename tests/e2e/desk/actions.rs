//! The actions that a caller can take on an article, and why not the others.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use crate::support::{Client, Saved};

const ACTIONS: &str = "openActions closedActions { action reasons { code message scope } }";

/// The open actions, and the reasons of each other action.
#[track_caller]
fn actions(article: &Value) -> (Vec<String>, BTreeMap<String, Vec<Value>>) {
    let open = serde_json::from_value(article["openActions"].clone()).unwrap();
    let closed = article["closedActions"].as_array().unwrap();
    let closed = closed.iter().map(|closed| {
        let reasons = closed["reasons"].as_array().unwrap().clone();
        assert!(!reasons.is_empty(), "{closed}");
        (closed["action"].as_str().unwrap().to_owned(), reasons)
    });
    (open, closed.collect())
}

#[track_caller]
fn at_desk(client: &Client, article: &Saved) -> (Vec<String>, BTreeMap<String, Vec<Value>>) {
    let document = format!("query ($id: ID!) {{ desk {{ article(id: $id) {{ {ACTIONS} }} }} }}");
    actions(&client.data_with(&document, &json!({"id": article.id}))["desk"]["article"])
}

fn codes(reasons: &[Value]) -> Vec<&str> {
    reasons.iter().map(|reason| reason["code"].as_str().unwrap()).collect()
}

both! {
    fn open_actions_depend_on_the_scopes_of_the_caller(env: &Env) {
        let server = env.server();
        let article = server.editor.create(json!({"title": "One", "body": "x"}));
        let client = |scopes: &[&str]| server.client_with(&[["content:read-drafts"].as_slice(), scopes].concat());
        let (open, closed) = at_desk(&client(&[]), &article);
        assert_eq!(open, [""; 0]);
        assert_eq!(closed.len(), 12);
        let publish = &closed["PUBLISH"][0];
        assert_eq!((&publish["code"], &publish["scope"]), (&json!("SCOPE_MISSING"), &json!("CONTENT_PUBLISH")));
        assert!(publish["message"].as_str().unwrap().contains("`content:publish`"), "{publish}");
        let (open, closed) = at_desk(&client(&["content:write"]), &article);
        assert_eq!(open, ["UPDATE", "SUBMIT", "ARCHIVE", "DELETE"]);
        assert_eq!(codes(&closed["PUBLISH"]), ["SCOPE_MISSING"]);
        assert_eq!(codes(&closed["WITHDRAW"]), ["SCOPE_MISSING", "INVALID_STATE"]);
        assert_eq!(codes(&closed["UNARCHIVE"]), ["INVALID_STATE"]);
        assert_eq!(closed["RESTORE"][0]["message"], "it has no earlier version");
        let (open, _) = at_desk(&client(&["content:publish"]), &article);
        assert_eq!(open, ["PUBLISH", "MARK_REVIEWED"]);
    }

    fn a_writer_sees_their_own_actions_in_the_answer_to_a_write(env: &Env) {
        let server = env.server();
        let writer = server.client_with(&["content:write"]);
        let document = format!(r#"mutation {{ articleCreate(input: {{ title: "One", body: "x" }}) {{ article {{ {ACTIONS} }} }} }}"#);
        let (open, closed) = actions(&writer.data(&document)["articleCreate"]["article"]);
        assert_eq!(open, ["UPDATE", "SUBMIT", "ARCHIVE", "DELETE"]);
        assert_eq!(codes(&closed["PUBLISH"]), ["SCOPE_MISSING"]);
    }

    fn open_actions_follow_the_review_policy(env: &Env) {
        let server = env.server_with(&[("GREYMATTERS_REVIEW", "four-eyes")]);
        let scopes = ["content:write", "content:publish", "content:read-drafts"];
        let (ann, bob) = (server.client_with(&scopes), server.client_with(&scopes));
        let article = ann.create(json!({"title": "One", "body": "x"}));
        assert_eq!(codes(&at_desk(&bob, &article).1["PUBLISH"]), ["APPROVAL_REQUIRED"]);
        let act = |client: &Client, mutation: &str| {
            let document = format!("mutation ($id: ID!) {{ done: {mutation}(id: $id, expectedVersion: 1) {{
                article {{ {ACTIONS} }} userErrors {{ message }}
            }} }}");
            let done = client.data_with(&document, &json!({"id": article.id}))["done"].take();
            assert_eq!(done["userErrors"], json!([]));
            actions(&done["article"])
        };
        // The answer to a write says the same as the desk.
        let (_, closed) = act(&ann, "articleSubmit");
        assert_eq!(codes(&closed["APPROVE"]), ["FOUR_EYES"]);
        assert_eq!(at_desk(&ann, &article).1["APPROVE"], closed["APPROVE"]);
        assert!(at_desk(&bob, &article).0.contains(&"APPROVE".to_owned()));
        let (open, _) = act(&bob, "articleApprove");
        assert!(open.contains(&"PUBLISH".to_owned()), "{open:?}");
        // What is open can be done.
        let (open, _) = act(&ann, "articlePublish");
        assert!(open.contains(&"WITHDRAW".to_owned()), "{open:?}");
    }

    fn rest_says_which_actions_are_open(env: &Env) {
        let server = env.server();
        let article = server.editor.create(json!({"title": "One", "body": "x"}));
        let reader = server.client_with(&["content:read-drafts"]);
        let shown = reader.get(&format!("/v1/desk/articles/{}", article.id), &[]).json();
        assert_eq!(shown["article"]["openActions"], json!([]));
        assert_eq!(shown["article"]["closedActions"][0]["reasons"][0]["code"], "SCOPE_MISSING");
    }
}
