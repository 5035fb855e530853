//! API keys are created, listed, rotated and revoked by mutations and on the command line.

use serde_json::{Value, json};

use crate::support::{Client, CommandExt, Database, Ended, Kind, Server, greymatters, within};

const KEYS: &str = "{ keys(first: 100) { totalCount nodes {
    id name scopes prefix state createdBy expiresAt lastUsedAt revokedAt
} } }";

fn key(database: &Database, arguments: &[&str]) -> Ended {
    greymatters(&["key"]).args(arguments).on(database).run()
}

/// Creates a key by mutation, and returns its id and its secret.
fn create(client: &Client, input: &Value) -> (String, String) {
    let document = "mutation ($input: KeyInput!) {
        keyCreate(input: $input) { key { id } secret userErrors { code message } }
    }";
    let made = client.data_with(document, &json!({"input": input}))["keyCreate"].take();
    assert_eq!(made["userErrors"], json!([]), "{made:#}");
    let text = |value: &Value| value.as_str().unwrap().to_owned();
    (text(&made["key"]["id"]), text(&made["secret"]))
}

/// The refusal of a request with this key.
fn refusal(server: &Server, secret: &str) -> String {
    let answer = server.reader.with_key(secret).ask("{ edition { number } }");
    let (status, code, message) = answer.error();
    assert_eq!((status, code.as_str()), (401, "UNAUTHENTICATED"));
    let challenge = answer.header("www-authenticate").unwrap();
    assert!(challenge.starts_with("Bearer realm=\"greymatters\", error=\"invalid_token\""), "{challenge}");
    message
}

fn listed(client: &Client, id: &str) -> Value {
    let keys = client.data(KEYS);
    let nodes = keys["keys"]["nodes"].as_array().unwrap();
    nodes.iter().find(|key| key["id"] == id).unwrap().clone()
}

both! {
    fn a_key_works_until_it_is_revoked(env: &Env) {
        let server = env.server();
        let (id, secret) = create(&server.editor, &json!({"name": "Feed", "scopes": ["CONTENT_READ_DRAFTS"]}));
        let client = server.reader.with_key(&secret);
        client.data("{ desk { articles { totalCount } } }");
        let revoke = "mutation ($id: ID!) { keyRevoke(id: $id) { key { state } userErrors { code message } } }";
        let revoked = server.editor.data_with(revoke, &json!({"id": id}));
        assert_eq!(revoked["keyRevoke"]["key"]["state"], "REVOKED", "{revoked:#}");
        assert!(refusal(&server, &secret).starts_with("the API key was revoked"));
        let again = server.editor.data_with(revoke, &json!({"id": id}));
        assert_eq!(again["keyRevoke"]["userErrors"][0]["code"], "INVALID_STATE", "{again:#}");
        let other = server.editor.data_with(revoke, &json!({"id": "key_01h455vb4pex5vsknk084sn02q"}));
        assert_eq!(other["keyRevoke"]["userErrors"][0]["code"], "NOT_FOUND", "{other:#}");
    }

    fn a_key_expires(env: &Env) {
        let server = env.server();
        let input = json!({"name": "Fair", "scopes": ["CONTENT_WRITE"], "expiresAt": "2999-01-01T00:00:00Z"});
        let (id, secret) = create(&server.editor, &input);
        server.reader.with_key(&secret).data("{ edition { number } }");
        server.database().execute("UPDATE api_key SET expires_at = 1000000 WHERE expires_at IS NOT NULL");
        let expected = refusal(&server, &secret);
        assert!(expected.starts_with("the API key expired at 1970-01-01T00:00:01Z"), "{expected}");
        assert_eq!(listed(&server.editor, &id)["state"], "EXPIRED");
        // An expired key does not let a server start.
        server.database().execute("UPDATE api_key SET expires_at = 1000000");
        let complaint = greymatters(&["serve", "--listen", "127.0.0.1:0"]).on(server.database()).run().failed();
        assert!(complaint.contains("there is no valid API key"), "{complaint}");
    }

    fn a_key_is_rotated_with_and_without_overlap(env: &Env) {
        let server = env.server();
        let rotate = "mutation ($id: ID!, $overlap: Int) { keyRotate(id: $id, overlapSeconds: $overlap) {
            key { id name scopes } secret userErrors { code message }
        } }";
        let (first, old) = create(&server.editor, &json!({"name": "Site", "scopes": ["CONTENT_WRITE"]}));
        let second = server.editor.data_with(rotate, &json!({"id": first, "overlap": 3600}));
        let new = second["keyRotate"]["secret"].as_str().unwrap();
        assert_eq!(second["keyRotate"]["key"]["name"], "Site");
        assert_eq!(second["keyRotate"]["key"]["scopes"], json!(["CONTENT_WRITE"]));
        for secret in [&old, new] {
            server.reader.with_key(secret).data("{ edition { number } }");
        }
        assert!(listed(&server.editor, &first)["expiresAt"].is_string());
        let id = second["keyRotate"]["key"]["id"].as_str().unwrap();
        let third = server.editor.data_with(rotate, &json!({"id": id, "overlap": 0}));
        assert!(refusal(&server, new).starts_with("the API key was revoked"));
        server.reader.with_key(third["keyRotate"]["secret"].as_str().unwrap()).data("{ edition { number } }");
        let far = server.editor.data_with(rotate, &json!({"id": first, "overlap": i32::MAX}));
        assert_eq!(far["keyRotate"]["userErrors"][0]["code"], "INVALID", "{far:#}");
        assert_eq!(server.editor.data(KEYS)["keys"]["totalCount"], 4);
    }

    fn invalid_input_for_a_new_key_is_reported(env: &Env) {
        let server = env.server();
        let document = "mutation ($input: KeyInput!) {
            keyCreate(input: $input) { key { id } secret userErrors { code path message } }
        }";
        for (input, code, path) in [
            (json!({"name": " ", "scopes": ["ADMIN"]}), "REQUIRED", ["input", "name"]),
            (json!({"name": "A", "scopes": []}), "REQUIRED", ["input", "scopes"]),
            (json!({"name": "A", "scopes": ["ADMIN"], "expiresAt": "2020-01-01T00:00:00Z"}), "IN_PAST", ["input", "expiresAt"]),
            (json!({"name": "A", "scopes": ["ADMIN"], "expiresAt": "soon"}), "INVALID", ["input", "expiresAt"]),
        ] {
            let made = server.editor.data_with(document, &json!({"input": input}))["keyCreate"].take();
            assert_eq!((&made["key"], &made["secret"]), (&Value::Null, &Value::Null), "{made:#}");
            assert_eq!((&made["userErrors"][0]["code"], &made["userErrors"][0]["path"]), (&json!(code), &json!(path)));
        }
        assert_eq!(server.editor.data(KEYS)["keys"]["totalCount"], 1);
    }

    fn the_last_use_of_a_key_is_reported(env: &Env) {
        let server = env.server();
        let (id, secret) = create(&server.editor, &json!({"name": "Site", "scopes": ["CONTENT_WRITE"]}));
        assert_eq!(listed(&server.editor, &id)["lastUsedAt"], Value::Null);
        server.reader.with_key(&secret).data("{ edition { number } }");
        within("the use of the key is recorded", || listed(&server.editor, &id)["lastUsedAt"].is_string().then_some(()));
    }

    fn a_query_for_editors_needs_its_scope(env: &Env) {
        let server = env.server();
        let writer = server.client_with(&["content:write", "content:publish"]);
        for (document, scope) in [
            ("{ desk { articles { totalCount } } }", "content:read-drafts"),
            ("{ articleCheck(id: \"article_01h455vb4pex5vsknk084sn02q\") { version } }", "content:read-drafts"),
            ("{ edition { number } ...A } fragment A on Query { keys { totalCount } }", "admin"),
            ("mutation { keyRevoke(id: \"x\") { secret } }", "admin"),
            ("mutation { previewRevoke(id: \"x\") { token } }", "content:read-drafts"),
        ] {
            assert_eq!(server.reader.ask(document).error().0, 401, "{document}");
            let answer = writer.ask(document);
            let (status, code, message) = answer.error();
            assert_eq!((status, code.as_str()), (403, "FORBIDDEN"), "{document}");
            assert_eq!(message, format!("this needs the scope `{scope}`, which the key or token does not have"));
            assert_eq!(
                answer.header("www-authenticate").unwrap(),
                format!("Bearer realm=\"greymatters\", error=\"insufficient_scope\", scope=\"{scope}\"")
            );
        }
        let over_get = writer.get("/graphql?query=%7Bdesk%7Barticles%7BtotalCount%7D%7D%7D", &[]);
        assert_eq!(over_get.status, 403);
    }

    fn the_command_line_manages_keys_too(env: &Env) {
        let database = env.database();
        assert!(key(&database, &["list"]).succeeded().contains("There is no key yet. Create one:"));
        let secret = key(&database, &["create", "--name", "Ward site", "--scope", "content:write", "--expires", "90d"]);
        let secret = secret.succeeded().trim().to_owned();
        let table = key(&database, &["list"]).succeeded();
        let prefix = &secret[..12];
        for word in ["KEY", "LAST USED", prefix, "Ward site", "active", "content:write"] {
            assert!(table.contains(word), "{word}: {table}");
        }
        assert!(!table.contains(&secret), "{table}");
        let line: Value = serde_json::from_str(&key(&database, &["list", "--format", "json"]).succeeded()).unwrap();
        assert_eq!((&line["state"], &line["createdBy"], &line["prefix"]), (&json!("active"), &json!("cli"), &json!(prefix)));
        let next = key(&database, &["rotate", prefix, "--overlap", "24h"]).succeeded();
        assert!(next.starts_with("gmk_") && next.trim() != secret);
        let id = line["id"].as_str().unwrap();
        assert_eq!(key(&database, &["revoke", id]).succeeded(), format!("{id} (Ward site) was revoked.\n"));
        let complaint = key(&database, &["revoke", id]).failed();
        assert!(complaint.contains("was revoked at"), "{complaint}");
        for (name, expected) in [("gmk_nothinglike", "there is no such key"), ("gmk_", "there is no such key")] {
            let complaint = key(&database, &["revoke", name]).failed();
            assert!(complaint.contains(expected), "{complaint}");
        }
        let complaint = key(&database, &["create", "--scope", "admin", "--expires", "never"]).failed();
        assert!(complaint.contains("neither an instant like"), "{complaint}");
    }

    fn no_secret_is_stored_or_logged(env: &Env) {
        let server = env.server();
        let traced = server.beside_logging("trace");
        let (_, secret) = create(&traced.editor, &json!({"name": "Site", "scopes": ["ADMIN"]}));
        traced.reader.with_key(&secret).data(KEYS);
        let unknown = &secret[12..];
        assert!(!traced.log().join("\n").contains(unknown), "the secret is in the log");
        assert!(!traced.editor.data(KEYS).to_string().contains(unknown));
        let audit = traced.editor.data("{ desk { audit(where: { actions: [KEY_CREATED] }) { nodes { subject details { name value } } } } }");
        assert!(!audit.to_string().contains(unknown), "{audit:#}");
        if env.kind == Kind::Sqlite {
            let path = server.database().url().strip_prefix("sqlite:").unwrap();
            for file in [path.to_owned(), format!("{path}-wal")] {
                let bytes = std::fs::read(file).unwrap();
                assert!(!bytes.windows(unknown.len()).any(|window| window == unknown.as_bytes()));
            }
        }
    }
}
