//! GraphQL over HTTP, as the draft of its specification defines it.

use serde_json::{Value, json};

use crate::support::{Answer, Client, GRAPHQL_RESPONSE};

const JSON: &str = "application/json";
const BOTH: [&str; 2] = [GRAPHQL_RESPONSE, JSON];

/// Sends a POST with this body and this `Accept` header.
fn post(client: &Client, accept: &str, body: &Value) -> Answer {
    client.post(&[("content-type", JSON), ("accept", accept)], body.to_string())
}

/// Sends a GET with these parameters and this `Accept` header.
fn get(client: &Client, accept: &str, parameters: &[(&str, &str)]) -> Answer {
    let encoded = |text: &str| text.bytes().map(|byte| format!("%{byte:02X}")).collect::<String>();
    let pairs: Vec<_> = parameters.iter().map(|(name, value)| format!("{name}={}", encoded(value))).collect();
    client.get(&format!("/graphql?{}", pairs.join("&")), &[("accept", accept)])
}

both! {
    fn an_answer_has_the_requested_media_type(env: &Env) {
        let reader = &env.sample().reader;
        let query = json!({"query": "{ __typename }"});
        for (accept, expected) in [
            (GRAPHQL_RESPONSE, GRAPHQL_RESPONSE),
            (JSON, JSON),
            ("*/*", JSON),
            ("application/*", JSON),
            ("application/graphql-response+json, application/json;q=0.9", GRAPHQL_RESPONSE),
            ("application/graphql-response+json;q=0.5, application/json;q=0.9", JSON),
            ("text/html, application/json;q=0.1", JSON),
        ] {
            for answer in [post(reader, accept, &query), get(reader, accept, &[("query", "{ __typename }")])] {
                assert_eq!(answer.status, 200, "{accept}");
                assert_eq!(answer.header("content-type").unwrap(), format!("{expected}; charset=utf-8"), "{accept}");
                assert_eq!(answer.text, r#"{"data":{"__typename":"Query"}}"#, "{accept}");
            }
        }
        // Without `Accept`, the answer is `application/json`, as older clients expect.
        let silent = reader.raw(
            b"POST /graphql HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\ncontent-length: 26\r\n\
              connection: close\r\n\r\n{\"query\":\"{ __typename }\"}",
        );
        assert!(silent.contains("content-type: application/json; charset=utf-8"), "{silent}");
    }

    fn an_unacceptable_media_type_is_refused(env: &Env) {
        for accept in ["text/plain", "application/json;q=0", "image/png"] {
            let answer = post(&env.sample().reader, accept, &json!({"query": "{ __typename }"}));
            assert_eq!(answer.error().0, 406, "{accept}");
            assert_eq!(answer.error().1, "BAD_REQUEST");
        }
    }

    fn a_browser_is_sent_to_graphiql(env: &Env) {
        let answer = env.sample().reader.get("/graphql", &[("accept", "text/html,application/xhtml+xml")]);
        assert_eq!((answer.status, answer.header("location")), (307, Some("/graphiql")));
    }

    fn variables_are_checked_on_every_request(env: &Env) {
        // Without the answer cache, every request is executed. So the second one uses the cached document.
        let server = env.server_with(&[("GREYMATTERS_CACHE_MIB", "0")]);
        let reader = &server.reader;
        let document = "query ($first: Int, $where: ArticleWhere) { articles(first: $first, where: $where) { totalCount } }";
        let valid = [json!({}), json!({"first": 3}), json!({"where": {"locale": "en"}})];
        let others = [json!({"first": "3"}), json!({"where": {"language": "en"}})];
        for _ in 0..3 {
            for variables in &valid {
                assert_eq!(reader.data_with(document, variables), json!({"articles": {"totalCount": 0}}));
            }
            for variables in &others {
                let answer = reader.ask_with(document, variables);
                let code = answer.json()["errors"][0]["extensions"]["code"].clone();
                assert_eq!((answer.status, code), (400, json!("BAD_USER_INPUT")), "{variables}");
            }
        }
    }

    fn an_invalid_document_is_refused(env: &Env) {
        let reader = &env.sample().reader;
        for (document, code) in [
            ("{", "GRAPHQL_PARSE_FAILED"),
            ("", "GRAPHQL_PARSE_FAILED"),
            ("nonsense", "GRAPHQL_PARSE_FAILED"),
            ("{ noSuchField }", "GRAPHQL_VALIDATION_FAILED"),
            ("{ articles }", "GRAPHQL_VALIDATION_FAILED"),
            ("query ($x: Int!) { articles(first: $x) { totalCount } }", "BAD_USER_INPUT"),
            ("{ articles(first: \"two\") { totalCount } }", "GRAPHQL_VALIDATION_FAILED"),
            ("query A { edition { number } } query B { edition { number } }", "GRAPHQL_VALIDATION_FAILED"),
            ("subscription { x }", "GRAPHQL_VALIDATION_FAILED"),
            ("fragment A on Query { edition { number } }", "GRAPHQL_VALIDATION_FAILED"),
        ] {
            for (accept, status) in [(GRAPHQL_RESPONSE, 400), (JSON, 200)] {
                let answer = post(reader, accept, &json!({"query": document}));
                let body = answer.json();
                assert_eq!(answer.status, status, "{document}: {body}");
                assert!(body.get("data").is_none(), "nothing was executed: {body}");
                let error = &body["errors"][0];
                assert_eq!(error["extensions"]["code"], code, "{document}: {body}");
                assert_eq!(answer.header("x-request-id"), error["extensions"]["requestId"].as_str());
            }
        }
    }

    fn an_error_has_a_location(env: &Env) {
        let reader = &env.sample().reader;
        shows!(reader.ask("{ articles(first: 2) { nodes { titel } } }"), @r#"
        {
          "errors": [
            {
              "message": "`Article` has no field `titel`: did you mean `title`?",
              "locations": [{"line": 1, "column": 32}],
              "extensions": {"code": "GRAPHQL_VALIDATION_FAILED", "requestId": "…"}
            }
          ]
        }
        "#);
        shows!(reader.ask("{ articles(first: 2 }"), @r#"
        {
          "errors": [
            {
              "message": "expected an argument, found `}`",
              "locations": [{"line": 1, "column": 21}],
              "extensions": {"code": "GRAPHQL_PARSE_FAILED", "requestId": "…"}
            }
          ]
        }
        "#);
        shows!(reader.ask("{ edition { number } articles(first: 500) { totalCount } }"), @r#"
        {
          "data": null,
          "errors": [
            {
              "message": "`first` is 500: it must be between 0 and 100",
              "locations": [{"line": 1, "column": 22}],
              "path": ["articles"],
              "extensions": {"argument": "first", "code": "BAD_USER_INPUT", "requestId": "…"}
            }
          ]
        }
        "#);
    }

    fn a_malformed_request_is_refused(env: &Env) {
        let reader = &env.sample().reader;
        for accept in BOTH {
            for (body, message) in [
                ("{\"query\":", "the body is not JSON"),
                ("", "the body is not JSON"),
                ("\"{ __typename }\"", "the body must be a JSON object"),
                ("{}", "`query` is missing"),
                ("{\"query\":null}", "`query` is missing"),
                ("{\"query\":7}", "`query` must be a string"),
                ("{\"query\":\"{ __typename }\",\"variables\":[]}", "`variables` must be an object or null"),
                ("{\"query\":\"{ __typename }\",\"variables\":\"{}\"}", "`variables` must be an object or null"),
                ("{\"query\":\"{ __typename }\",\"operationName\":1}", "`operationName` must be a string or null"),
                ("{\"query\":\"{ __typename }\",\"extensions\":1}", "`extensions` must be an object or null"),
                ("[{\"query\":\"{ __typename }\"}]", "batches are not supported"),
            ] {
                let answer = reader.post(&[("content-type", JSON), ("accept", accept)], body);
                let (status, code, reported) = answer.error();
                assert_eq!((status, code.as_str()), (400, "BAD_REQUEST"), "{body}");
                assert!(reported.starts_with(message), "{body}: {reported}");
            }
        }
    }

    fn optional_parameters_can_be_null(env: &Env) {
        let reader = &env.sample().reader;
        let body = json!({"query": "{ __typename }", "variables": null, "operationName": null, "extensions": null, "more": 1});
        post(reader, JSON, &body).data();
        get(reader, JSON, &[("query", "{ __typename }"), ("variables", ""), ("operationName", ""), ("more", "1")]).data();
    }

    fn the_body_must_be_json(env: &Env) {
        let reader = &env.sample().reader;
        let body = json!({"query": "{ __typename }"}).to_string();
        for content_type in ["text/plain", "application/graphql", "application/json; charset=latin1", ""] {
            let answer = reader.post(&[("content-type", content_type), ("accept", JSON)], body.clone());
            assert_eq!(answer.error().0, 415, "{content_type}");
        }
        for content_type in ["application/json", "Application/JSON; charset=UTF-8", "application/json;charset=\"utf-8\""] {
            reader.post(&[("content-type", content_type), ("accept", JSON)], body.clone()).data();
        }
    }

    fn a_get_can_have_variables_and_an_operation_name(env: &Env) {
        let reader = &env.sample().reader;
        let document = "query A($slug: String!) { tag(slug: $slug) { slug } } query B { edition { number } }";
        let answer = get(reader, GRAPHQL_RESPONSE, &[
            ("query", document), ("operationName", "A"), ("variables", r#"{"slug":"seo"}"#),
        ]);
        assert_eq!(answer.data(), json!({"tag": {"slug": "seo"}}));
        let unknown = get(reader, GRAPHQL_RESPONSE, &[("query", document), ("operationName", "C")]);
        shows!(unknown, @r#"
        {
          "errors": [
            {
              "message": "the document has no operation named `C`: it has `A`, `B`",
              "extensions": {"code": "GRAPHQL_VALIDATION_FAILED", "requestId": "…"}
            }
          ]
        }
        "#);
        for (parameters, message) in [
            (vec![("query", "{ __typename }"), ("variables", "{")], "`variables` is not JSON"),
            (vec![("query", "{ __typename }"), ("variables", "[]")], "`variables` must be an object"),
            (vec![("query", "")], "`query` is missing"),
            (vec![], "`query` is missing"),
        ] {
            let (status, _, reported) = get(reader, GRAPHQL_RESPONSE, &parameters).error();
            assert_eq!(status, 400);
            assert!(reported.starts_with(message), "{reported}");
        }
    }

    fn mutations_over_get_are_refused(env: &Env) {
        let server = env.server();
        let mutation = r#"mutation { tagCreate(input: { name: "A" }) { tag { id } } }"#;
        for client in [&server.reader, &server.editor] {
            for accept in BOTH {
                let answer = get(client, accept, &[("query", mutation)]);
                assert_eq!((answer.status, answer.header("allow")), (405, Some("POST")));
            }
        }
        // A mutation is also refused if it is not the first operation of the document.
        let document = "query A { edition { number } } mutation B { tagCreate(input: { name: \"A\" }) { tag { id } } }";
        assert_eq!(get(&server.editor, JSON, &[("query", document), ("operationName", "B")]).status, 405);
        assert_eq!(server.reader.edition(), 0);
        get(&server.editor, JSON, &[("query", document), ("operationName", "A")]).data();
    }

    fn other_methods_are_refused(env: &Env) {
        let reader = &env.sample().reader;
        for method in ["PUT", "DELETE", "PATCH"] {
            let answer = reader.send(method, "/graphql", &[("content-type", JSON)], b"{}".to_vec());
            assert_eq!(answer.status, 405, "{method}");
            assert_eq!(answer.header("allow"), Some("GET,HEAD,POST"), "{method}");
        }
        assert_eq!(reader.get("/nowhere", &[]).status, 404);
    }

    fn an_oversized_document_is_refused(env: &Env) {
        let reader = &env.sample().reader;
        let deep = format!("{{ topics {}{{ slug }}{} }}", "{ children ".repeat(30), " }".repeat(30));
        let wide = "{ articles(first: 100) { nodes { tags { name } topics { path { children { children { children { children { children { name } } } } } } } } } }";
        let aliases = format!("{{ {} }}", (0..2_000).map(|n| format!("a{n}: tags(first: 100) {{ nodes {{ slug }} }}")).collect::<String>());
        for (document, expected) in [
            (deep, "LIMIT_EXCEEDED"),
            (wide.to_owned(), "COST_EXCEEDED"),
            (aliases, "LIMIT_EXCEEDED"),
        ] {
            let (status, code, _) = reader.ask(&document).error();
            assert_eq!((status, code.as_str()), (400, expected), "{}", &document[..60]);
        }
        // The full introspection query of clients is within the limits.
        let introspection = include_str!("introspection.graphql");
        assert!(reader.data(introspection)["__schema"]["types"].as_array().unwrap().len() > 40);
    }

    fn a_document_that_attacks_the_parser_is_refused(env: &Env) {
        let reader = &env.sample().reader;
        let n = 100_000;
        for document in [
            "{".repeat(n),
            "{a".repeat(n),
            format!("{{ a(x: {} }}", "[".repeat(n)),
            format!("{{ a(x: {} }}", "{y:".repeat(n)),
            format!("query ($x: {}Int{}) {{ a }}", "[".repeat(n), "]".repeat(n)),
            format!("{{ a {} }}", "@x".repeat(n / 2)),
            "\"".repeat(n),
            "#".repeat(n),
            "\u{feff}".repeat(n / 10),
            format!("{{ a{} }}", " ...A".repeat(n / 10)),
            "fragment A on Query { ...B } fragment B on Query { ...A } { ...A }".to_owned(),
        ] {
            let answer = reader.ask(&document);
            assert!((400..500).contains(&answer.status), "{}: {answer:?}", &document.chars().take(20).collect::<String>());
            assert!(answer.json()["errors"][0]["message"].is_string());
        }
        let variables = format!("{{\"query\":\"{{ __typename }}\",\"variables\":{{\"x\":{}{}}}}}", "[".repeat(n), "]".repeat(n));
        assert_eq!(reader.post(&[("content-type", JSON), ("accept", JSON)], variables).error().0, 400);
        reader.data("{ edition { number } }");
    }

    fn an_oversized_request_is_refused(env: &Env) {
        let server = env.server();
        let long = |bytes: usize| json!({"query": "{ __typename }", "variables": {"x": "a".repeat(bytes)}});
        for accept in BOTH {
            let (status, code, message) = post(&server.reader, accept, &long(300 << 10)).error();
            assert_eq!((status, code.as_str()), (413, "LIMIT_EXCEEDED"));
            assert_eq!(message, "the request is longer than 262144 bytes (`--max-anonymous-body`): send less at once");
        }
        // Requests with a key can be longer, because they contain articles.
        post(&server.editor, JSON, &long(300 << 10)).data();
        assert_eq!(post(&server.editor, JSON, &long(9 << 20)).error().0, 413);
    }

    fn every_request_has_an_id(env: &Env) {
        let reader = &env.sample().reader;
        let ask = |id: &str| reader.post(
            &[("content-type", JSON), ("accept", GRAPHQL_RESPONSE), ("x-request-id", id)],
            r#"{"query":"{ nothing }"}"#,
        );
        let answer = ask("my-id_1.2");
        assert_eq!(answer.header("x-request-id"), Some("my-id_1.2"));
        assert_eq!(answer.json()["errors"][0]["extensions"]["requestId"], "my-id_1.2");
        // An id that could forge a line of the log is replaced.
        for invalid in ["a b", "a\tb", "{}", &"a".repeat(129)] {
            let answer = ask(invalid);
            let id = answer.header("x-request-id").unwrap();
            assert!(id.len() == 16 && id != invalid, "{id}");
        }
        assert_eq!(reader.get("/healthz", &[]).header("x-request-id").unwrap().len(), 16);
    }

    fn introspection_matches_the_schema(env: &Env) {
        let answer = env.sample().reader.ask(r#"{
            __schema { queryType { name } mutationType { name } subscriptionType { name } }
            article: __type(name: "Article") { kind interfaces { name } }
            by: __type(name: "ArticleBy") { isOneOf inputFields { name } }
            state: __type(name: "ArticleState") { enumValues { name } }
        }"#);
        shows!(answer, @r#"
        {
          "data": {
            "__schema": {"queryType": {"name": "Query"}, "mutationType": {"name": "Mutation"}, "subscriptionType": null},
            "article": {"kind": "OBJECT", "interfaces": [{"name": "Node"}]},
            "by": {"isOneOf": true, "inputFields": [{"name": "slug"}, {"name": "id"}, {"name": "externalRef"}]},
            "state": {
              "enumValues": [
                {"name": "DRAFT"},
                {"name": "IN_REVIEW"},
                {"name": "SCHEDULED"},
                {"name": "PUBLISHED"},
                {"name": "WITHDRAWN"},
                {"name": "ARCHIVED"}
              ]
            }
          }
        }
        "#);
    }

    fn health_checks_are_answered(env: &Env) {
        let reader = &env.sample().reader;
        let healthy = reader.get("/healthz", &[]);
        assert_eq!((healthy.status, healthy.text.as_str()), (200, r#"{"status":"ok"}"#));
        let ready = reader.get("/readyz", &[]);
        let latest = reader.data("{ edition { number mark } }")["edition"].take();
        let expected = json!({"status": "ready", "edition": latest["number"], "mark": latest["mark"]});
        assert_eq!((ready.status, ready.json()), (200, expected));
    }

    fn graphiql_is_a_page(env: &Env) {
        let reader = &env.sample().reader;
        let graphiql = reader.get("/graphiql", &[("accept", "text/html")]);
        assert_eq!(graphiql.status, 200);
        assert!(graphiql.header("content-type").unwrap().starts_with("text/html"));
        assert_eq!(reader.get("/", &[]).header("location"), Some("/graphiql"));
    }
}
