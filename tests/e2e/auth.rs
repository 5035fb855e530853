//! Keys and scopes.

use serde_json::{Value, json};

use crate::support::{Answer, Client, GRAPHQL_RESPONSE};

const CREATE: &str = r#"mutation { articleCreate(input: { title: "A", body: "x" }) { article { id version } userErrors { code } } }"#;

fn ask_as(client: &Client, authorization: &str, document: &str) -> Answer {
    client.post(
        &[
            ("content-type", "application/json"),
            ("accept", GRAPHQL_RESPONSE),
            ("authorization", authorization),
        ],
        json!({"query": document}).to_string(),
    )
}

both! {
    fn reading_needs_no_key_and_writing_does(env: &Env) {
        let server = env.server();
        server.reader.data("{ edition { number } articles { totalCount } }");
        let refused = server.reader.ask(CREATE);
        assert_eq!(refused.status, 401);
        assert_eq!(refused.header("www-authenticate"), Some("Bearer realm=\"greymatters\""));
        shows!(refused, @r#"
        {
          "errors": [
            {
              "message": "mutations need an API key: send it as `Authorization: Bearer gmk_…`; `greymatters key create` makes one",
              "extensions": {"code": "UNAUTHENTICATED", "requestId": "…"}
            }
          ]
        }
        "#);
        // The status does not depend on the media type: it is the transport's.
        let json = server.reader.post(
            &[("content-type", "application/json"), ("accept", "application/json")],
            json!({"query": CREATE}).to_string(),
        );
        assert_eq!(json.status, 401);
    }

    fn a_key_that_is_none_is_refused_even_for_reading(env: &Env) {
        let server = env.server();
        let known = server.editor.key().unwrap();
        let (head, tail) = known.split_at(known.len() - 1);
        let other = format!("{head}{}", if tail == "A" { "B" } else { "A" });
        for authorization in [
            "Bearer gmk_unknown".to_owned(),
            format!("Bearer {other}"),
            format!("Bearer {}", "g".repeat(5_000)),
            format!("Basic {known}"),
            "Bearer".to_owned(),
            known.to_owned(),
            format!("Bearer {known} {known}"),
        ] {
            let refused = ask_as(&server.reader, &authorization, "{ edition { number } }");
            let (status, code, message) = refused.error();
            assert_eq!((status, code.as_str()), (401, "UNAUTHENTICATED"), "{authorization}");
            assert!(message.starts_with("the API key is not known"), "{message}");
            assert_eq!(
                refused.header("www-authenticate"),
                Some(
                    "Bearer realm=\"greymatters\", error=\"invalid_token\", error_description=\"the API key is not known: \
                     send it as 'Authorization: Bearer gmk_...', or leave the header out to read\""
                )
            );
        }
        let strange = server.reader.raw(
            b"POST /graphql HTTP/1.1\r\nhost: x\r\nauthorization: Bearer gmk_\xff\xfe\r\n\
              content-type: application/json\r\ncontent-length: 26\r\nconnection: close\r\n\r\n\
              {\"query\":\"{ __typename }\"}",
        );
        assert!(strange.starts_with("HTTP/1.1 401"), "{strange}");
        // The scheme may be written as one likes.
        assert_eq!(ask_as(&server.reader, &format!("bearer {known}"), CREATE).status, 200);
    }

    fn a_scope_allows_what_it_says(env: &Env) {
        let server = env.server();
        let writer = server.client_with(&["content:write"]);
        let publisher = server.client_with(&["content:publish"]);
        let article = writer.create(json!({"title": "One", "body": "x"}));
        let article = writer.update(&article, json!({"title": "Two"}));

        let publish = "mutation ($id: ID!) { articlePublish(id: $id, expectedVersion: 2) { edition { number } } }";
        let refused = writer.ask_with(publish, &json!({"id": article.id}));
        assert_eq!(refused.status, 403);
        shows!(refused, @r#"
        {
          "errors": [
            {
              "message": "this needs the scope `content:publish`, which the key or token does not have",
              "extensions": {"code": "FORBIDDEN", "requestId": "…"}
            }
          ]
        }
        "#);
        let (status, code, message) = publisher.ask(CREATE).error();
        assert_eq!((status, code.as_str()), (403, "FORBIDDEN"));
        assert!(message.contains("`content:write`"), "{message}");

        assert_eq!(publisher.publish(&article), 1);
        for kind in ["tag", "topic", "author"] {
            let document = format!("mutation {{ {kind}Create(input: {{ name: \"A\" }}) {{ edition {{ number }} }} }}");
            assert_eq!(writer.ask(&document).error().0, 403, "{kind}");
        }
        for mutation in [
            "articleWithdraw(id: $id, expectedVersion: 1)",
            "tagRename(id: $id, expectedVersion: 1, name: \"x\")",
            "tagMerge(id: $id, expectedVersion: 1, into: $id)",
            "topicMove(id: $id, expectedVersion: 1)",
        ] {
            let document = format!("mutation ($id: ID!) {{ {mutation} {{ edition {{ number }} }} }}");
            assert_eq!(writer.ask_with(&document, &json!({"id": article.id})).error().0, 403, "{mutation}");
        }
        // A key reads as everybody does.
        assert_eq!(writer.edition(), 1);
    }

    fn a_document_is_refused_whole(env: &Env) {
        let server = env.server();
        let writer = server.client_with(&["content:write"]);
        let document = r#"mutation {
            articleCreate(input: { title: "A", slug: "was-it-executed" }) { article { id } }
            ...Rest
        }
        fragment Rest on Mutation { ... on Mutation { hidden: tagCreate(input: { name: "T" }) { tag { id } } } }"#;
        assert_eq!(writer.ask(document).error().0, 403);
        // The slug is still free, so nothing of it was executed.
        let data = server.editor.data(r#"mutation { articleCreate(input: { title: "A", slug: "was-it-executed" }) { userErrors { code } } }"#);
        assert_eq!(data["articleCreate"]["userErrors"], json!([]));
    }

    fn who_wrote_is_told_by_the_id_of_the_key(env: &Env) {
        let server = env.server();
        let document = r#"mutation { articleCreate(input: { title: "A" }) { article { workingCopy { actor } } } }"#;
        let actor = |client: &Client| client.data(document)["articleCreate"]["article"]["workingCopy"]["actor"].clone();
        let other = server.client_with(&["content:write"]);
        let (mine, theirs) = (actor(&server.editor), actor(&other));
        assert_ne!(mine, theirs);
        assert!([&mine, &theirs].iter().all(|actor| actor.as_str().unwrap().starts_with("key_")));
        assert_ne!(mine, Value::String(server.editor.key().unwrap().to_owned()));
    }
}
