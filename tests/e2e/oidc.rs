//! Tokens of an OpenID provider.

use std::time::{Instant, SystemTime};

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use ring::hmac;
use serde_json::{Value, json};

use crate::support::issuer::{AUDIENCE, Issuer, SigningKey, unsigned};
use crate::support::{Client, CommandExt, Database, Env, Kind, Server, greymatters};

/// The environment for tests that do not depend on the kind of database.
const ENV: Env = Env { kind: Kind::Sqlite };

const CREATE: &str = r#"mutation { articleCreate(input: { title: "A", body: "x" }) { article { id: articleId version workingCopy { actor } } } }"#;

/// A provider with a key, and a server that trusts it.
struct OidcSetup {
    key: SigningKey,
    issuer: Issuer,
    server: Server,
}

impl OidcSetup {
    fn new(database: Database) -> Self {
        Self::with_flags(database, &[])
    }

    fn with_flags(database: Database, flags: &[&str]) -> Self {
        let key = SigningKey::p256("first");
        let issuer = Issuer::start(&[&key]);
        let server = {
            let trust = ["--oidc-issuer", &issuer.url, "--oidc-audience", AUDIENCE];
            Server::with_flags(database, &[&trust, flags].concat())
        };
        Self { key, issuer, server }
    }

    /// Valid claims, with some changes. Null removes a claim.
    fn claims(&self, changes: Value) -> Value {
        self.issuer.claims(now() + 3_600, changes)
    }

    /// A client whose token has valid claims, with some changes.
    fn client_with_claims(&self, changes: Value) -> Client {
        self.server.reader.with_key(&self.key.sign(&self.claims(changes)))
    }
}

/// The current time in seconds, for the expiry of tokens.
#[expect(clippy::disallowed_methods, reason = "the server under test goes by the same clock")]
fn now() -> i64 {
    let since = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap();
    since.as_secs().try_into().unwrap()
}

both! {
    fn a_token_can_write_and_publish_and_names_the_author(env: &Env) {
        let setup = OidcSetup::new(env.database());
        let editor = setup.client_with_claims(json!({"sub": "auth0|7", "scope": "openid content:write content:publish"}));
        let article = editor.create(json!({"title": "One", "body": "x"}));
        assert_eq!(editor.publish(&article), 1);
        let actor = |client: &Client| {
            client.data(CREATE)["articleCreate"]["article"]["workingCopy"]["actor"].as_str().unwrap().to_owned()
        };
        assert_eq!(actor(&editor), "oidc:auth0|7");
        let hashed = actor(&setup.client_with_claims(json!({"sub": "Zoë\n", "scope": "content:write"})));
        assert!(hashed.starts_with("oidc:sha256-") && hashed.is_ascii(), "{hashed}");
    }

    fn the_desk_shows_the_names_of_people(env: &Env) {
        let setting = OidcSetup::new(env.database());
        let scope = "content:write content:read-drafts";
        let named = |name: Value| setting.client_with_claims(json!({"sub": "7", "scope": scope, "name": name}));
        let shown = |client: &Client| {
            let document = "{ desk { audit(first: 1) { nodes { actor actorName } } articles { nodes { workingCopy { actorName } } } } }";
            client.data(document)["desk"].take()
        };
        named(Value::Null).create(json!({"title": "One"}));
        assert_eq!(shown(&named(Value::Null))["audit"]["nodes"], json!([{"actor": "oidc:7", "actorName": null}]));
        // The name is known from the next write on, also for earlier ones. It may change.
        named(json!("Ann Lee")).create(json!({"title": "Two"}));
        let desk = shown(&named(Value::Null));
        assert_eq!(desk["audit"]["nodes"], json!([{"actor": "oidc:7", "actorName": "Ann Lee"}]));
        assert_eq!(desk["articles"]["nodes"], json!(vec![json!({"workingCopy": {"actorName": "Ann Lee"}}); 2]));
        named(json!("Ann Li")).create(json!({"title": "Three"}));
        assert_eq!(shown(&named(json!("Somebody else")))["audit"]["nodes"][0]["actorName"], "Ann Li");
        // A name with control characters does not count.
        named(json!("A\u{0}B")).create(json!({"title": "Four"}));
        assert_eq!(shown(&named(Value::Null))["audit"]["nodes"][0]["actorName"], "Ann Li");
    }

    fn a_token_allows_the_scopes_of_its_claim(env: &Env) {
        let setup = OidcSetup::new(env.database());
        let writer = setup.client_with_claims(json!({"scope": ["content:write"]}));
        let article = writer.create(json!({"title": "One", "body": "x"}));
        let publish = "mutation ($id: ID!) { articlePublish(id: $id, expectedVersion: 1) { edition { number } } }";
        let (status, code, message) = writer.ask_with(publish, &json!({"id": article.id})).error();
        assert_eq!((status, code.as_str()), (403, "FORBIDDEN"));
        assert!(message.contains("`content:publish`") && message.contains("token"), "{message}");
        for nothing in [json!({}), json!({"scope": ""}), json!({"scope": "email"}), json!({"scope": 7})] {
            let nobody = setup.client_with_claims(nothing.clone());
            let (status, _, message) = nobody.ask(CREATE).error();
            assert_eq!(status, 403, "{nothing}");
            assert!(message.contains("`content:write`"), "{message}");
            // The token can read public content.
            assert_eq!(nobody.edition(), 0);
        }
    }

    fn keys_work_beside_tokens(env: &Env) {
        let setup = OidcSetup::new(env.database());
        let message = setup.server.reader.ask(CREATE).error().2;
        assert!(message.contains("token") && message.contains("API key"), "{message}");
        let with_key = setup.server.client_with(&["content:write"]);
        let with_token = setup.client_with_claims(json!({"scope": "content:publish"}));
        let article = with_key.create(json!({"title": "One", "body": "x"}));
        assert_eq!(with_token.publish(&article), 1);
        let message = setup.server.reader.with_key("gmk_a.b.c").ask(CREATE).error().2;
        assert!(message.starts_with("the API key is not known"), "{message}");
    }
}

#[test]
fn claim_values_are_mapped_to_scopes() {
    let flags = ["--oidc-scopes-claim", "realm_access.roles", "--oidc-scope"];
    let flags = [
        flags.as_slice(),
        &["editor=content:publish;editor=content:write", "--oidc-scope", "Guest Author=content:write"],
    ];
    let setup = OidcSetup::with_flags(ENV.database(), &flags.concat());
    let having = |roles: Value| setup.client_with_claims(json!({"realm_access": {"roles": roles}}));
    let editor = having(json!(["offline_access", "editor"]));
    let guest = having(json!(["Guest Author"]));
    let article = guest.create(json!({"title": "One", "body": "x"}));
    assert_eq!(editor.publish(&article), 1);
    editor.create(json!({"title": "Two", "body": "x"}));
    for roles in [json!(["content:write"]), json!(["editors"]), json!([])] {
        assert_eq!(having(roles.clone()).ask(CREATE).error().0, 403, "{roles}");
    }
}

#[test]
fn a_refused_token_gets_the_reason() {
    let setup = OidcSetup::new(ENV.database());
    let OidcSetup { key, issuer: _, server } = &setup;
    let claims = |changes| setup.claims(changes);
    let good = claims(json!({}));
    let header = |algorithm: &str| json!({"alg": algorithm, "kid": "first"});
    // This token is signed with the public key as a shared secret.
    let confused = {
        let message = unsigned(&header("HS256"), &good);
        let public = hmac::Key::new(hmac::HMAC_SHA256, key.jwk().to_string().as_bytes());
        let signature = hmac::sign(&public, message.as_bytes());
        format!("{message}.{}", URL_SAFE_NO_PAD.encode(signature))
    };
    let expired = json!({"exp": now() - 120});
    let early = json!({"nbf": now() + 600});
    for (token, expected) in [
        (key.sign(&claims(expired)), "the token has expired"),
        (key.sign(&claims(early)), "not yet valid"),
        (key.sign(&claims(json!({"exp": null}))), "`exp` (expiry) is missing"),
        (key.sign(&claims(json!({"sub": null}))), "`sub` (subject) is missing"),
        (key.sign(&claims(json!({"aud": "client_with_claims-else"}))), "another audience (`aud`)"),
        (key.sign(&claims(json!({"aud": null}))), "another audience (`aud`)"),
        (key.sign(&claims(json!({"iss": "https://login.example.org"}))), "another issuer (`iss`)"),
        (SigningKey::p256("first").sign(&good), "the token's signature is wrong"),
        (SigningKey::p256("other").sign(&good), "a key (`kid`) that the provider does not publish"),
        (format!("{}.", unsigned(&header("none"), &good)), "the token's algorithm is not allowed"),
        (key.sign_with(&header("none"), &good), "the token's algorithm is not allowed"),
        (confused, "the token's algorithm is not allowed"),
        (key.sign_with(&json!({"alg": "ES256", "typ": "logout+jwt"}), &good), "type (`typ`)"),
        ("a.b.c".to_owned(), "the token is malformed"),
        ("..".to_owned(), "the token is malformed"),
        (key.sign(&claims(json!({"groups": "x".repeat(9 << 10)}))), "longer than 12288 bytes"),
        (key.sign(&good).replace('.', ""), "the API key is not known"),
    ] {
        // An invalid token is refused even for reading.
        for document in ["{ edition { number } }", CREATE] {
            let refused = server.reader.with_key(&token).ask(document);
            let (status, code, message) = refused.error();
            assert_eq!((status, code.as_str()), (401, "UNAUTHENTICATED"), "{message}");
            assert!(message.contains(expected), "{expected}: {message}");
            let challenge = refused.header("www-authenticate").unwrap();
            assert!(challenge.starts_with("Bearer realm=\"greymatters\""), "{challenge}");
        }
    }
    assert_eq!(server.reader.with_key(&key.sign(&good)).edition(), 0);
}

#[test]
fn the_provider_can_rotate_keys_without_a_restart() {
    let setup = OidcSetup::new(ENV.database());
    let OidcSetup { key, issuer, server } = &setup;
    let claims = setup.claims(json!({"scope": "content:write"}));
    let ask = |key: &SigningKey| server.reader.with_key(&key.sign(&claims)).ask(CREATE);
    assert_eq!(ask(key).status, 200);
    let next = SigningKey::rsa("second");
    issuer.publish(&[&next]);
    assert_eq!(ask(&next).status, 200);
    assert_eq!(ask(key).error().0, 401);
}

#[test]
fn unknown_key_ids_do_not_cause_requests_to_the_provider() {
    let setup = OidcSetup::new(ENV.database());
    let OidcSetup { key, issuer, server } = &setup;
    let claims = setup.claims(json!({}));
    let began = Instant::now();
    for number in 0..50 {
        let token = key.sign_with(&json!({"alg": "ES256", "kid": format!("k{number}")}), &claims);
        assert_eq!(server.reader.with_key(&token).ask(CREATE).error().0, 401);
    }
    // The server fetches the keys at the start, for the first unknown key, and then at most every ten seconds.
    let most = 2 + began.elapsed().as_secs() / 10;
    assert!(issuer.fetches() as u64 <= most, "{} fetches, {most} at most", issuer.fetches());
}

#[test]
fn known_keys_work_while_the_provider_is_down() {
    let setup = OidcSetup::new(ENV.database());
    let OidcSetup { key, issuer, server } = &setup;
    let editor = setup.client_with_claims(json!({"scope": "content:write"}));
    assert_eq!(editor.ask(CREATE).status, 200);
    issuer.switch(false);
    assert_eq!(editor.ask(CREATE).status, 200);
    // While the provider is down, the server cannot check for a new key.
    let other = SigningKey::p256("other").sign(&setup.claims(json!({})));
    let (status, code, message) = server.reader.with_key(&other).ask(CREATE).error();
    assert_eq!((status, code.as_str()), (503, "SERVICE_UNAVAILABLE"));
    assert!(message.contains("OpenID provider"), "{message}");
    server.wait_for_log(|line| line["level"] == "WARN" && line["issuer"] == issuer.url.as_str());
    assert_eq!(server.reader.with_key(&key.sign(&setup.claims(json!({})))).edition(), 0);
}

#[test]
fn the_server_starts_while_the_provider_is_down() {
    let key = SigningKey::p256("first");
    let issuer = Issuer::start(&[&key]);
    issuer.switch(false);
    let flags = ["--oidc-issuer", &issuer.url, "--oidc-audience", AUDIENCE];
    let server = Server::with_flags(ENV.database(), &flags);
    server.wait_for_log(|line| line["level"] == "WARN" && line["issuer"] == issuer.url.as_str());
    assert_eq!(server.reader.edition(), 0);
    let claims = issuer.claims(now() + 3_600, json!({"scope": "content:write"}));
    let editor = server.reader.with_key(&key.sign(&claims));
    assert_eq!(editor.ask(CREATE).error().0, 503);
}

#[test]
fn tokens_are_not_logged() {
    let setup = OidcSetup::new(ENV.database());
    let token = setup.key.sign(&setup.claims(json!({"name": "Opensesame"})));
    let server = &setup.server;
    server.reader.with_key(&token).edition();
    server.reader.with_key(&token[..token.len() - 4]).ask(CREATE);
    let log = server.log().join("\n");
    let signature = token.rsplit('.').next().unwrap();
    assert!(!log.contains(&signature[..20]) && !log.contains("Opensesame"), "{log}");
}

#[test]
fn an_invalid_command_line_suggests_a_correction() {
    let serve = ["serve", "--database-url", "sqlite:x.db"];
    for (flags, expected) in [
        (vec!["--oidc-issuer", "https://a"], "--oidc-audience <NAME>"),
        (vec!["--oidc-audience", "a"], "--oidc-issuer <URL>"),
        (
            vec!["--oidc-issuer", "http://login.example.org", "--oidc-audience", "a"],
            "--oidc-issuer: `http://login.example.org` is not encrypted",
        ),
        (vec!["--oidc-issuer", "login", "--oidc-audience", "a"], "use one like `https://login.example.org`"),
        (vec!["--oidc-issuer", "https://a", "--oidc-audience", ""], "--oidc-audience: the audience is blank"),
        (
            vec!["--oidc-issuer", "https://a", "--oidc-audience", "a", "--oidc-scopes-claim", "a."],
            "--oidc-scopes-claim: `a.`",
        ),
        (vec!["--oidc-scope", "editor=content:write"], "--oidc-issuer <URL>"),
        (vec!["--oidc-scope", "editor"], "like `editor=content:publish`"),
        (vec!["--oidc-scope", "editor=all"], "`all` is not a scope"),
    ] {
        let complaint = greymatters(&[&serve, flags.as_slice()].concat()).run().failed();
        assert!(complaint.contains(expected), "{flags:?}: {complaint}");
    }
}

#[test]
fn variables_work_like_flags() {
    let key = SigningKey::rsa("a");
    let issuer = Issuer::start(&[&key]);
    let mut command = greymatters(&["serve", "--listen", "127.0.0.1:0"]);
    command
        .env("GREYMATTERS_OIDC_ISSUER", &issuer.url)
        .env("GREYMATTERS_OIDC_AUDIENCE", AUDIENCE)
        .env("GREYMATTERS_OIDC_SCOPES_CLAIM", "https://example.org/roles")
        .env("GREYMATTERS_OIDC_SCOPE", "author=content:write;editor=content:publish");
    let server = Server::started(&mut command, ENV.database());
    let claims = issuer.claims(now() + 3_600, json!({"https://example.org/roles": "author editor"}));
    server.reader.with_key(&key.sign(&claims)).published(json!({"title": "One"}));
}
