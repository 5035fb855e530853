//! Keys and scopes.

use std::collections::BTreeMap;

use serde_json::{Value, json};
use sqlx::{Connection, PgConnection, SqliteConnection};

use crate::support::{Answer, Client, GRAPHQL_RESPONSE, Kind, Server, sql, within};

const CREATE: &str = r#"mutation { articleCreate(input: { title: "A", body: "x" }) { article { id: articleId version } userErrors { code } } }"#;

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

const SCOPES: [&str; 4] = ["content:write", "content:publish", "content:read-drafts", "admin"];

/// The fields of `Query` or `Mutation`, with the scopes in their descriptions.
fn described(server: &Server, root: &str) -> Vec<(String, Option<String>)> {
    let document = format!(
        "{{ __type(name: \"{root}\") {{ fields(includeDeprecated: true) {{ name description }} }} }}"
    );
    let found = server.reader.data(&document);
    let fields = found["__type"]["fields"].as_array().unwrap();
    let scope = |field: &Value| {
        let text = field["description"].as_str().unwrap().replace('\n', " ");
        text.split_once("Scope: `").map(|(_, rest)| rest.split('`').next().unwrap().to_owned())
    };
    fields.iter().map(|field| (field["name"].as_str().unwrap().to_owned(), scope(field))).collect()
}

/// The required arguments of each field of `Query` or `Mutation`, with values of their types. The server validates a
/// document before it checks the scopes.
fn arguments(server: &Server, root: &str) -> BTreeMap<String, String> {
    let named = "name type { ...T } defaultValue";
    let document = format!(
        "{{ __type(name: \"{root}\") {{ fields(includeDeprecated: true) {{ name args {{ {named} }} }} }}
            __schema {{ types {{ name kind isOneOf enumValues {{ name }} inputFields {{ {named} }} }} }} }}
        fragment T on __Type {{ kind name ofType {{ kind name ofType {{ kind name ofType {{ kind name }} }} }} }}"
    );
    let found = server.reader.data(&document);
    let types = found["__schema"]["types"].as_array().unwrap();
    let fields = found["__type"]["fields"].as_array().unwrap();
    let of = |field: &Value| {
        let given: Vec<_> =
            required(&field["args"], false).map(|argument| with_value(argument, types)).collect();
        let given = if given.is_empty() { String::new() } else { format!("({})", given.join(", ")) };
        (field["name"].as_str().unwrap().to_owned(), given)
    };
    fields.iter().map(of).collect()
}

/// The required arguments or input fields; for a oneOf input object, the first field.
fn required(inputs: &Value, is_one_of: bool) -> impl Iterator<Item = &Value> {
    let is_required = |input: &&Value| input["type"]["kind"] == "NON_NULL" && input["defaultValue"].is_null();
    let inputs = inputs.as_array().unwrap().iter().enumerate();
    inputs
        .filter(move |(at, input)| if is_one_of { *at == 0 } else { is_required(input) })
        .map(|(_, input)| input)
}

/// An argument or input field with a value of its type.
fn with_value(input: &Value, types: &[Value]) -> String {
    format!("{}: {}", input["name"].as_str().unwrap(), literal(&input["type"], types))
}

/// A literal of a type.
fn literal(kind: &Value, types: &[Value]) -> String {
    let named = || types.iter().find(|known| known["name"] == kind["name"]).unwrap();
    match (kind["kind"].as_str().unwrap(), kind["name"].as_str()) {
        ("NON_NULL", _) => literal(&kind["ofType"], types),
        ("LIST", _) => format!("[{}]", literal(&kind["ofType"], types)),
        ("ENUM", _) => named()["enumValues"][0]["name"].as_str().unwrap().to_owned(),
        ("INPUT_OBJECT", _) => {
            let is_one_of = named()["isOneOf"] == true;
            let fields: Vec<_> =
                required(&named()["inputFields"], is_one_of).map(|field| with_value(field, types)).collect();
            format!("{{ {} }}", fields.join(", "))
        }
        (_, Some("Int")) => "1".to_owned(),
        (_, Some("Boolean")) => "true".to_owned(),
        (_, Some("DateTime")) => "\"2031-01-01T00:00:00Z\"".to_owned(),
        _ => "\"x\"".to_owned(),
    }
}

/// Creates a key by mutation, and returns its id and its secret.
fn create_key(server: &Server, input: &str) -> (String, String) {
    let document = format!("mutation {{ keyCreate(input: {input}) {{ key {{ id }} secret }} }}");
    let data = server.editor.data(&document);
    let text = |value: &Value| value.as_str().unwrap().to_owned();
    (text(&data["keyCreate"]["key"]["id"]), text(&data["keyCreate"]["secret"]))
}

/// Changes a key. Returns the error if the change was refused.
fn change(client: &Client, field: &str, id: &str) -> Result<Value, String> {
    let document = format!(
        "mutation ($id: ID!) {{ done: {field}(id: $id) {{
            key {{ id name expiresAt state }} secret userErrors {{ code message }}
        }} }}"
    );
    let mut done = client.data_with(&document, &json!({"id": id}))["done"].take();
    match done["userErrors"][0]["code"].as_str() {
        Some(code) => Err(format!("{code}: {}", done["userErrors"][0]["message"])),
        None => Ok(done.take()),
    }
}

fn listed_key(server: &Server, id: &str) -> Value {
    let keys = server.editor.data(
        "{ keys(first: 100) { nodes { id name prefix state createdBy expiresAt lastUsedAt revokedAt } } }",
    );
    keys["keys"]["nodes"].as_array().unwrap().iter().find(|key| key["id"] == id).unwrap().clone()
}

/// Locks the keys against writes while `meanwhile` runs.
fn while_keys_are_locked(server: &Server, meanwhile: impl FnOnce()) {
    let url = server.database().url();
    match server.database().kind {
        Kind::Sqlite => {
            let mut connection = sql::runtime().block_on(SqliteConnection::connect(url)).unwrap();
            sql::runtime().block_on(sqlx::raw_sql("BEGIN IMMEDIATE").execute(&mut connection)).unwrap();
            meanwhile();
            sql::runtime().block_on(sqlx::raw_sql("ROLLBACK").execute(&mut connection)).unwrap();
        }
        Kind::Postgres => {
            let mut connection = sql::runtime().block_on(PgConnection::connect(url)).unwrap();
            let lock = sqlx::raw_sql("BEGIN; SELECT id FROM api_key FOR UPDATE");
            sql::runtime().block_on(lock.execute(&mut connection)).unwrap();
            meanwhile();
            sql::runtime().block_on(sqlx::raw_sql("ROLLBACK").execute(&mut connection)).unwrap();
        }
    }
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
        // The status does not depend on the media type, because the request is refused before execution.
        let json = server.reader.post(
            &[("content-type", "application/json"), ("accept", "application/json")],
            json!({"query": CREATE}).to_string(),
        );
        assert_eq!(json.status, 401);
    }

    fn an_invalid_key_is_refused_even_for_reading(env: &Env) {
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
        let non_utf8 = server.reader.raw(
            b"POST /graphql HTTP/1.1\r\nhost: x\r\nauthorization: Bearer gmk_\xff\xfe\r\n\
              content-type: application/json\r\ncontent-length: 26\r\nconnection: close\r\n\r\n\
              {\"query\":\"{ __typename }\"}",
        );
        assert!(non_utf8.starts_with("HTTP/1.1 401"), "{non_utf8}");
        // The scheme is case-insensitive.
        assert_eq!(ask_as(&server.reader, &format!("bearer {known}"), CREATE).status, 200);
    }

    fn a_scope_allows_its_own_actions_only(env: &Env) {
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
            "tagUpdate(id: $id, expectedVersion: 1, input: {})",
            "topicMove(id: $id, expectedVersion: 1)",
            "topicUpdate(id: $id, expectedVersion: 1, input: {})",
            "authorUpdate(id: $id, expectedVersion: 1, input: {})",
            "authorMerge(id: $id, expectedVersion: 1, into: $id)",
        ] {
            let document = format!("mutation ($id: ID!) {{ {mutation} {{ edition {{ number }} }} }}");
            assert_eq!(writer.ask_with(&document, &json!({"id": article.id})).error().0, 403, "{mutation}");
        }
        for kind in ["tag", "topic"] {
            let document = format!("mutation ($id: ID!) {{ {kind}Delete(id: $id, expectedVersion: 1) {{ deletedId }} }}");
            assert_eq!(writer.ask_with(&document, &json!({"id": article.id})).error().0, 403, "{kind}");
        }
        // A key can read public content.
        assert_eq!(writer.edition(), 1);
    }

    fn a_document_is_refused_as_a_whole(env: &Env) {
        let server = env.server();
        let writer = server.client_with(&["content:write"]);
        let document = r#"mutation {
            articleCreate(input: { title: "A", slug: "was-it-executed" }) { article { id } }
            ...Rest
        }
        fragment Rest on Mutation { ... on Mutation { hidden: tagCreate(input: { name: "T" }) { tag { id } } } }"#;
        assert_eq!(writer.ask(document).error().0, 403);
        // The slug is still free, so nothing was executed.
        let data = server.editor.data(r#"mutation { articleCreate(input: { title: "A", slug: "was-it-executed" }) { userErrors { code } } }"#);
        assert_eq!(data["articleCreate"]["userErrors"], json!([]));
    }

    fn the_actor_is_the_id_of_the_key(env: &Env) {
        let server = env.server();
        let document = r#"mutation { articleCreate(input: { title: "A" }) { article { workingCopy { actor } } } }"#;
        let actor = |client: &Client| client.data(document)["articleCreate"]["article"]["workingCopy"]["actor"].clone();
        let other = server.client_with(&["content:write"]);
        let (own_actor, other_actor) = (actor(&server.editor), actor(&other));
        assert_ne!(own_actor, other_actor);
        assert!([&own_actor, &other_actor].iter().all(|actor| actor.as_str().unwrap().starts_with("key_")));
        assert_ne!(own_actor, Value::String(server.editor.key().unwrap().to_owned()));
    }

    fn every_field_needs_the_scope_that_its_description_names(env: &Env) {
        let server = env.server();
        let clients = SCOPES.map(|own| (own, server.client_with(&[own])));
        let mut checked = 0;
        for (root, kind) in [("Query", "query"), ("Mutation", "mutation")] {
            let arguments = arguments(&server, root);
            for (field, scope) in described(&server, root) {
                let document = format!("{kind} {{ {field}{} {{ __typename }} }}", arguments[&field]);
                let Some(scope) = scope else {
                    assert_eq!(kind, "query", "{field} has no scope in its description");
                    assert_ne!(server.reader.ask(&document).status, 401, "{field}");
                    continue;
                };
                assert_eq!(server.reader.ask(&document).status, 401, "{field}");
                for (own, client) in &clients {
                    let answer = client.ask(&document);
                    if *own == scope {
                        assert_ne!(answer.status, 403, "{field} with {own}");
                        continue;
                    }
                    assert_eq!(answer.error().0, 403, "{field} with {own}");
                    let challenge = format!("Bearer realm=\"greymatters\", error=\"insufficient_scope\", scope=\"{scope}\"");
                    assert_eq!(answer.header("www-authenticate"), Some(challenge.as_str()), "{field} with {own}");
                }
                checked += 1;
            }
        }
        assert!(checked > 20, "{checked}");
    }

    fn the_refusal_names_the_query_that_needs_a_key(env: &Env) {
        let server = env.server();
        let refused = server.reader.get("/graphql?query=%7Bkeys%7BtotalCount%7D%7D", &[("accept", GRAPHQL_RESPONSE)]);
        assert_eq!(refused.header("www-authenticate"), Some("Bearer realm=\"greymatters\""));
        assert_eq!(
            refused.error(),
            (
                401,
                "UNAUTHENTICATED".to_owned(),
                "this query needs an API key: send it as `Authorization: Bearer gmk_…`; `greymatters key create` makes one"
                    .to_owned()
            )
        );
        // Public fields in the same document are not answered either.
        let document = "query A { edition { number } ... on Query { hidden: keys { totalCount } } }";
        let refused = server.client_with(&["content:write"]).ask(document);
        assert_eq!(refused.error().0, 403);
        assert!(refused.json().get("data").is_none());
    }

    fn only_one_of_many_concurrent_revocations_succeeds(env: &Env) {
        let server = env.server();
        for field in ["keyRevoke", "keyRotate"] {
            let (id, _) = create_key(&server, "{ name: \"One\", scopes: [CONTENT_WRITE] }");
            let barrier = std::sync::Barrier::new(8);
            let answers: Vec<_> = std::thread::scope(|scope| {
                let each = || {
                    barrier.wait();
                    change(&server.editor, field, &id)
                };
                let threads: Vec<_> = (0..8).map(|_| scope.spawn(each)).collect();
                threads.into_iter().map(|thread| thread.join().unwrap()).collect()
            });
            let (done, refused): (Vec<_>, Vec<_>) = answers.into_iter().partition(Result::is_ok);
            assert_eq!(done.len(), 1, "{field}: {done:#?}");
            for refused in refused.into_iter().filter_map(Result::err) {
                assert!(refused.starts_with("INVALID_STATE: \"the key was revoked at"), "{field}: {refused}");
            }
        }
    }

    fn a_replacement_key_keeps_the_expiry_of_the_old_key(env: &Env) {
        let server = env.server();
        let (id, _) = create_key(&server, "{ name: \"Fair\", scopes: [ADMIN], expiresAt: \"2999-01-01T00:00:00Z\" }");
        let next = change(&server.editor, "keyRotate", &id).unwrap();
        assert_eq!(next["key"]["expiresAt"], "2999-01-01T00:00:00Z");
        let next = next["key"]["id"].as_str().unwrap();
        // An overlap does not extend the expiry.
        server.database().execute("UPDATE api_key SET expires_at = 32000000000000000 WHERE expires_at IS NOT NULL AND revoked_at IS NULL");
        let soon = listed_key(&server, next)["expiresAt"].clone();
        let document = "mutation ($id: ID!) { keyRotate(id: $id, overlapSeconds: 60) { key { expiresAt } } }";
        assert_eq!(server.editor.data_with(document, &json!({"id": next}))["keyRotate"]["key"]["expiresAt"], soon);
        server.database().execute("UPDATE api_key SET expires_at = 1000000 WHERE expires_at IS NOT NULL");
        let refused = change(&server.editor, "keyRotate", next).unwrap_err();
        assert!(refused.starts_with("INVALID_STATE: \"the key expired at 1970-01-01T00:00:01Z"), "{refused}");
        // An expired key can still be revoked.
        assert_eq!(change(&server.editor, "keyRevoke", next).unwrap()["key"]["state"], "REVOKED");
    }

    fn a_key_from_before_expiries_still_works(env: &Env) {
        let server = env.server();
        let (id, secret) = create_key(&server, "{ name: \"Old\", scopes: [CONTENT_WRITE] }");
        server.database().execute("UPDATE api_key SET prefix = NULL, created_by = NULL WHERE name = 'Old'");
        assert_eq!(server.reader.with_key(&secret).ask(CREATE).status, 200);
        let old = listed_key(&server, &id);
        assert_eq!((&old["prefix"], &old["createdBy"], &old["state"]), (&Value::Null, &Value::Null, &json!("ACTIVE")));
    }

    fn a_key_can_revoke_itself(env: &Env) {
        let server = env.server();
        let (id, secret) = create_key(&server, "{ name: \"Brief\", scopes: [ADMIN] }");
        let own = server.reader.with_key(&secret);
        assert_eq!(change(&own, "keyRevoke", &id).unwrap()["key"]["state"], "REVOKED");
        assert_eq!(own.ask("{ edition { number } }").error().0, 401);
    }

    fn keys_are_listed_page_by_page_the_newest_first(env: &Env) {
        let server = env.server();
        let ids: Vec<_> = (0..3).map(|n| create_key(&server, &format!("{{ name: \"{n}\", scopes: [ADMIN] }}")).0).collect();
        let page = |arguments: &str| {
            server.editor.data(&format!("{{ keys({arguments}) {{ totalCount nodes {{ id }} pageInfo {{ hasNextPage endCursor }} }} }}"))["keys"].take()
        };
        let first = page("first: 2");
        assert_eq!((&first["nodes"][0]["id"], &first["nodes"][1]["id"]), (&json!(ids[2]), &json!(ids[1])));
        assert_eq!((&first["totalCount"], &first["pageInfo"]["hasNextPage"]), (&json!(4), &json!(true)));
        let second = page(&format!("first: 2, after: {}", first["pageInfo"]["endCursor"]));
        assert_eq!((&second["nodes"][0]["id"], &second["pageInfo"]["hasNextPage"]), (&json!(ids[0]), &json!(false)));
    }

    fn recording_the_use_of_a_key_delays_no_request(env: &Env) {
        let server = env.server();
        let (id, secret) = create_key(&server, "{ name: \"Site\", scopes: [CONTENT_WRITE] }");
        let site = server.reader.with_key(&secret);
        while_keys_are_locked(&server, || {
            site.data("{ edition { number } }");
        });
        within("the use of the key is recorded", || listed_key(&server, &id)["lastUsedAt"].is_string().then_some(()));
        // A second use within a minute is not recorded.
        server.database().execute("UPDATE api_key SET last_used_at = 1000000 WHERE name = 'Site'");
        for _ in 0..3 {
            site.data("{ edition { number } }");
        }
        let (other, secret) = create_key(&server, "{ name: \"Other\", scopes: [CONTENT_WRITE] }");
        server.reader.with_key(&secret).data("{ edition { number } }");
        within("the use of the other key is recorded", || listed_key(&server, &other)["lastUsedAt"].is_string().then_some(()));
        assert_eq!(listed_key(&server, &id)["lastUsedAt"], "1970-01-01T00:00:01Z");
    }

    fn no_hash_appears_in_an_answer_or_the_log(env: &Env) {
        let server = env.server();
        let traced = server.beside_logging("trace");
        let (_, secret) = create_key(&traced, "{ name: \"Site\", scopes: [ADMIN] }");
        let answer = traced.reader.with_key(&secret).ask("{ keys { nodes { id name prefix } } }").text;
        let hash = ring::digest::digest(&ring::digest::SHA256, secret.as_bytes());
        let hex: String = hash.as_ref().iter().map(|byte| format!("{byte:02x}")).collect();
        let list = format!("{:?}", &hash.as_ref()[..8]);
        for text in [traced.log().join("\n"), answer] {
            assert!(!text.to_lowercase().contains(&hex[..16]), "the hash is in this text");
            assert!(!text.contains(list.trim_end_matches(']')), "the hash is in this text");
            assert!(!text.contains(&secret[12..]), "the secret is in this text");
        }
    }
}
