//! Automatic persisted queries.

use serde_json::{Value, json};
use sha2::{Digest, Sha256};

use super::encoded;
use crate::support::{Answer, Client};

fn sha256(text: &str) -> String {
    Sha256::digest(text.as_bytes()).iter().map(|byte| format!("{byte:02x}")).collect()
}

fn extensions(hash: &str) -> Value {
    json!({"persistedQuery": {"version": 1, "sha256Hash": hash}})
}

fn get(client: &Client, query: Option<&str>, extensions: &Value, variables: &Value) -> Answer {
    let query = query.map(|query| format!("&query={}", encoded(query))).unwrap_or_default();
    let (extensions, variables) = (encoded(&extensions.to_string()), encoded(&variables.to_string()));
    client.get(&format!("/graphql?extensions={extensions}&variables={variables}{query}"), &[])
}

fn post(client: &Client, body: &Value) -> Answer {
    client.post(&[("content-type", "application/json")], body.to_string())
}

both! {
    fn a_stored_document_can_be_requested_by_its_hash(env: &Env) {
        let reader = &env.sample().reader;
        let document = format!("query ByHash($n: Int) {{ articles(first: $n) {{ nodes {{ title }} }} }} # {}", env.kind as u8);
        let hash = extensions(&sha256(&document));
        let variables = json!({"n": 2});

        let unknown = get(reader, None, &hash, &variables);
        shows!(unknown, @r#"
        {
          "errors": [
            {
              "message": "PersistedQueryNotFound",
              "extensions": {"code": "PERSISTED_QUERY_NOT_FOUND", "requestId": "…"}
            }
          ]
        }
        "#);
        assert_eq!(unknown.status, 200);
        assert_eq!(unknown.header("cache-control"), Some("private, no-store"), "the answer must not be cached, because the document may be stored soon");
        let expected = post(reader, &json!({"query": document, "variables": variables})).data();
        assert_eq!(get(reader, Some(&document), &hash, &variables).data(), expected);
        let known = get(reader, None, &hash, &variables);
        assert_eq!(known.data(), expected);
        assert!(known.header("cache-control").unwrap().starts_with("public"), "a query by its hash is cacheable");
        assert_eq!(get(reader, None, &hash, &json!({"n": 1})).data()["articles"]["nodes"].as_array().unwrap().len(), 1);
        assert_eq!(post(reader, &json!({"extensions": hash, "variables": variables})).data(), expected);
        assert_eq!(post(reader, &json!({"query": null, "extensions": hash, "variables": variables})).data(), expected);
    }

    fn an_invalid_document_is_not_stored(env: &Env) {
        let reader = &env.sample().reader;
        let document = "query Invalid { edition { number nothing } }";
        let extensions = extensions(&sha256(document));
        let sent = post(reader, &json!({"query": document, "extensions": extensions}));
        assert_eq!(sent.error().1, "GRAPHQL_VALIDATION_FAILED");
        let named = post(reader, &json!({"extensions": extensions}));
        assert_eq!(named.error().1, "PERSISTED_QUERY_NOT_FOUND");
    }

    fn a_post_can_register_a_document(env: &Env) {
        let reader = &env.sample().reader;
        let document = "query ByPost { articles(first: 1) { nodes { slug } } }";
        let hash = extensions(&sha256(document));
        let introduced = post(reader, &json!({"query": document, "extensions": hash}));
        assert_eq!(get(reader, None, &hash, &json!({})).data(), introduced.data());
    }

    fn an_invalid_hash_is_refused(env: &Env) {
        let reader = &env.sample().reader;
        let document = "{ __typename }";
        let hash = sha256(document);
        for (query, extensions, message) in [
            (Some("{ edition { number } }"), extensions(&hash), "`extensions.persistedQuery.sha256Hash` is not the SHA-256 of `query`"),
            (None, extensions("abc"), "`extensions.persistedQuery.sha256Hash` must be a SHA-256 with 64 hexadecimal digits"),
            (None, extensions(&"é".repeat(32)), "`extensions.persistedQuery.sha256Hash` must be a SHA-256 with 64 hexadecimal digits"),
            (None, json!({"persistedQuery": {"version": 2, "sha256Hash": hash}}), "`extensions.persistedQuery.version` is 2: only version 1 is supported"),
        ] {
            let mut body = json!({"extensions": extensions});
            if let Some(query) = query {
                body["query"] = query.into();
            }
            for answer in [post(reader, &body), get(reader, query, &extensions, &json!({}))] {
                assert_eq!(answer.error(), (400, "BAD_REQUEST".to_owned(), message.to_owned()));
            }
        }
        let answer = post(reader, &json!({"extensions": {"persistedQuery": "yes"}}));
        assert!(answer.error().2.starts_with("`extensions.persistedQuery` must be `{\"version\":1,"), "{answer:?}");
        assert_eq!(answer.status, 400);
        // Other extensions are ignored.
        assert_eq!(post(reader, &json!({"query": document, "extensions": {"other": 1}})).data()["__typename"], "Query");
    }

    fn a_persisted_mutation_is_checked_and_executed_again(env: &Env) {
        let server = env.server();
        let document = "mutation { tagCreate(input: {name: \"Flu\"}) { tag { name } userErrors { message } } }";
        let hash = extensions(&sha256(document));
        assert_eq!(post(&server.editor, &json!({"query": document, "extensions": hash})).data()["tagCreate"]["tag"]["name"], "Flu");
        assert_eq!(get(&server.editor, None, &hash, &json!({})).error().0, 405);
        assert_eq!(post(&server.reader, &json!({"extensions": hash})).error().0, 401);
        let again = post(&server.editor, &json!({"extensions": hash})).data();
        assert_eq!(again["tagCreate"]["tag"], Value::Null, "the mutation was executed again, so the tag exists already: {again}");
    }
}
