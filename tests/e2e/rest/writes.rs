//! Writing articles over REST, and reading them at the desk.

use serde_json::{Value, json};

use super::openapi::assert_described_for;
use super::problem;
use crate::support::{Answer, Client, Server};

const JSON: (&str, &str) = ("content-type", "application/json");

/// Sends JSON, with `If-Match` if there is a version.
fn send(client: &Client, method: &str, path: &str, version: Option<&str>, body: &Value) -> Answer {
    let mut headers = vec![JSON];
    headers.extend(version.map(|version| ("if-match", version)));
    client.send(method, path, &headers, body.to_string().into_bytes())
}

/// Creates an article, and returns its id and its `ETag`.
#[track_caller]
fn create(client: &Client, input: &Value) -> (String, String) {
    let created = send(client, "POST", "/v1/articles", None, input);
    assert_eq!(created.status, 201, "{created:?}");
    let id = created.json()["article"]["articleId"].as_str().unwrap().to_owned();
    (id, created.header("etag").unwrap().to_owned())
}

/// The status and the code of a problem document.
#[track_caller]
fn status_and_code(answer: &Answer) -> (u16, String) {
    let problem = problem(answer);
    (answer.status, problem["code"].as_str().unwrap().to_owned())
}

fn check(server: &Server, method: &str, path: &str, answer: &Answer) {
    let description = server.reader.get("/openapi.json", &[]).json();
    assert_described_for(&description, method, path, answer);
}

both! {
    fn an_article_from_creation_to_deletion(env: &Env) {
        let server = env.server();
        let editor = &server.editor;
        let input = json!({"title": "Visiting hours", "body": "From two to eight.", "slug": "visiting-hours"});
        let created = send(editor, "POST", "/v1/articles", None, &input);
        assert_eq!((created.status, created.header("etag")), (201, Some("\"1\"")), "{created:?}");
        assert_eq!(created.header("cache-control"), Some("private, no-store"));
        check(&server, "post", "/v1/articles", &created);
        let article = created.json()["article"].take();
        assert_eq!((&article["state"], &article["version"], &article["workingCopy"]["title"]), (&json!("DRAFT"), &json!(1), &input["title"]));
        let at_desk = created.header("location").unwrap();
        assert_eq!(at_desk, format!("/v1/desk/articles/{}", article["id"].as_str().unwrap()));
        let found = editor.get(at_desk, &[]);
        assert_eq!((found.status, found.header("etag")), (200, Some("\"1\"")));
        assert_eq!(found.json()["article"], article);
        check(&server, "get", "/v1/desk/articles/{id}", &found);
        // The version is the same when only the state has changed, so the answer is always sent.
        assert_eq!(editor.get(at_desk, &[("if-none-match", "\"1\"")]).status, 200);

        // Both ids work.
        let id = article["articleId"].as_str().unwrap();
        let path = format!("/v1/articles/{id}");
        let patch = json!({"deck": "For families", "body": "From two to nine."}).to_string().into_bytes();
        let merge = ("content-type", "application/merge-patch+json; charset=utf-8");
        let updated = editor.send("PATCH", &path, &[merge, ("if-match", "\"1\"")], patch);
        assert_eq!((updated.status, updated.header("etag")), (200, Some("\"2\"")), "{updated:?}");
        check(&server, "patch", "/v1/articles/{id}", &updated);
        assert_eq!(updated.json()["article"]["workingCopy"]["deck"], "For families");
        // Members have the order of the stored document.
        assert!(updated.text.starts_with(r#"{"article":{"id":"desk_"#), "{updated:?}");
        let cleared = send(editor, "PATCH", &path, Some("\"2\""), &json!({"deck": null}));
        assert_eq!(cleared.json()["article"]["workingCopy"]["deck"], Value::Null);
        assert_eq!(cleared.json()["article"]["workingCopy"]["body"], "From two to nine.");
        let published = editor.send("POST", &format!("{path}/publish"), &[("if-match", "\"3\"")], Vec::new());
        assert_eq!(published.status, 200, "{published:?}");
        check(&server, "post", "/v1/articles/{id}/publish", &published);
        assert_eq!(published.json()["article"]["state"], "PUBLISHED");
        let number = published.json()["edition"]["number"].as_i64().unwrap();
        assert_eq!(published.edition(), number);
        let public = server.reader.get("/v1/articles/visiting-hours", &[]).json();
        assert_eq!((&public["article"]["id"], &public["article"]["version"]), (&json!(id), &json!(3)));
        assert_eq!(server.reader.get(&path, &[]).json(), public);

        let wrong = send(editor, "DELETE", &path, Some("\"3\""), &json!({}));
        assert_eq!(status_and_code(&wrong), (409, "INVALID_STATE".to_owned()));
        check(&server, "delete", "/v1/articles/{id}", &wrong);
        let withdrawn = send(editor, "POST", &format!("{path}/withdraw"), Some("\"3\""), &json!({"reason": "GONE"}));
        assert_eq!((withdrawn.status, &withdrawn.json()["article"]["withdrawal"]["reason"]), (200, &json!("GONE")));
        assert_eq!(server.reader.get("/v1/articles/visiting-hours", &[]).status, 410);
        assert_eq!(server.reader.get(&path, &[]).status, 404);

        let (id, version) = create(editor, &json!({"title": "A mistake"}));
        let path = format!("/v1/articles/{id}");
        let deleted = editor.send("DELETE", &path, &[("if-match", &version)], Vec::new());
        assert_eq!((deleted.status, deleted.text.as_str()), (204, ""), "{deleted:?}");
        check(&server, "delete", "/v1/articles/{id}", &deleted);
        let again = editor.send("DELETE", &path, &[("if-match", &version)], Vec::new());
        assert_eq!(status_and_code(&again), (404, "NOT_FOUND".to_owned()));
        check(&server, "delete", "/v1/articles/{id}", &again);
    }

    fn a_merge_patch_merges_the_members_of_objects(env: &Env) {
        let server = env.server();
        let editor = &server.editor;
        let (id, _) = create(editor, &json!({"title": "Visiting hours"}));
        let path = format!("/v1/articles/{id}");
        let of_object = |version: &str, patch: Value| {
            let patched = send(editor, "PATCH", &path, Some(version), &patch);
            assert_eq!(patched.status, 200, "{patched:?}");
            patched.json()["article"]["workingCopy"].take()
        };
        of_object("\"1\"", json!({"seo": {"title": "T", "description": "D"}, "heroImage": {"url": "/a.png", "alt": "A", "width": 3}}));
        let merged = of_object("\"2\"", json!({"seo": {"title": "New"}, "heroImage": {"alt": "B"}}));
        assert_eq!(merged["seo"], json!({"title": "New", "description": "D"}));
        assert_eq!((&merged["heroImage"]["url"], &merged["heroImage"]["alt"], &merged["heroImage"]["width"]), (&json!("/a.png"), &json!("B"), &json!(3)));
        let merged = of_object("\"3\"", json!({"seo": {"description": null}, "heroImage": null}));
        assert_eq!((&merged["seo"], &merged["heroImage"]), (&json!({"title": "New", "description": null}), &Value::Null));
        // A key that may not read drafts gets nothing of the others to see.
        let writer = server.client_with(&["content:write"]);
        let patched = send(&writer, "PATCH", &path, Some("\"4\""), &json!({"seo": {"description": "D"}}));
        assert!(patched.status == 200 && !patched.text.contains("New"), "{patched:?}");
        let hidden = json!(["article", "workingCopy", "seo", "title"]);
        assert!(patched.json()["notShown"].as_array().unwrap().iter().any(|part| part["path"] == hidden), "{patched:?}");
        let stale = send(&writer, "PATCH", &path, Some("\"4\""), &json!({"seo": {"description": "E"}}));
        assert!(stale.status == 412 && !stale.text.contains("New"), "{stale:?}");
        let found = editor.get(&format!("/v1/desk/articles/{id}"), &[]).json();
        assert_eq!(found["article"]["workingCopy"]["seo"], json!({"title": "New", "description": "D"}));
        let missing = send(editor, "PATCH", "/v1/articles/article_01h455vb4pex5vsknk084sn02q", Some("\"1\""), &json!({"seo": {"title": "x"}}));
        assert_eq!(status_and_code(&missing), (404, "NOT_FOUND".to_owned()));
    }

    fn every_action_has_an_address(env: &Env) {
        let server = env.server_with(&[("GREYMATTERS_REVIEW", "four-eyes")]);
        let editor = &server.editor;
        let other = server.client_with(&["content:write", "content:publish", "content:read-drafts"]);
        let (id, first) = create(editor, &json!({"title": "Parking", "body": "There is some."}));
        let second = send(editor, "PATCH", &format!("/v1/articles/{id}"), Some(&first), &json!({"body": "There is none."}));
        let path = |action: &str| format!("/v1/articles/{id}/{action}");
        let mut version = second.header("etag").unwrap().to_owned();
        let mut act = |client: &Client, action: &str, body: Value| {
            let answer = send(client, "POST", &path(action), Some(&version), &body);
            assert_eq!(answer.status, 200, "{action}: {answer:?}");
            check(&server, "post", &format!("/v1/articles/{{id}}/{action}"), &answer);
            answer.header("etag").unwrap().clone_into(&mut version);
            answer.json()["article"].take()
        };
        assert_eq!(act(editor, "submit", json!({"comment": "Please look."}))["review"]["state"], "REQUESTED");
        assert_eq!(act(&other, "request-changes", json!({"comment": "Where?"}))["review"]["state"], "CHANGES_REQUESTED");
        act(editor, "submit", json!({}));
        assert_eq!(act(&other, "approve", json!({}))["review"]["state"], "APPROVED");
        let scheduled = act(editor, "publish", json!({"at": "2990-01-01T08:00:00[Europe/Berlin]", "expiresAt": null}));
        assert_eq!(scheduled["schedule"]["publish"]["zone"], "Europe/Berlin", "{scheduled:#}");
        assert_eq!(act(editor, "cancel-schedule", json!({}))["schedule"], Value::Null);
        assert_eq!(act(editor, "archive", json!({}))["state"], "ARCHIVED");
        assert_eq!(act(editor, "unarchive", json!({}))["state"], "DRAFT");
        act(editor, "restore", json!({"toVersion": 1}));
        let due = act(editor, "mark-reviewed", json!({"dueAt": "2990-01-01T00:00:00Z"}));
        assert_eq!(due["editorialReview"]["reviewDueAt"], "2990-01-01T00:00:00Z", "{due:#}");
    }

    fn a_write_needs_the_version_that_it_is_based_on(env: &Env) {
        let server = env.server();
        let editor = &server.editor;
        let (id, first) = create(editor, &json!({"title": "Parking", "body": "One.\n\nTwo.\n"}));
        let path = format!("/v1/articles/{id}");
        let title = json!({"title": "Where to park"});
        let missing = send(editor, "PATCH", &path, None, &title);
        assert_eq!(status_and_code(&missing), (428, "VERSION_REQUIRED".to_owned()));
        check(&server, "patch", "/v1/articles/{id}", &missing);
        for wrong in ["*", "1", "W/\"1\"", "\"1\", \"2\"", "\"one\"", "\"\""] {
            let answer = send(editor, "PATCH", &path, Some(wrong), &title);
            assert_eq!(status_and_code(&answer), (400, "BAD_REQUEST".to_owned()), "{wrong}");
            assert!(answer.json()["detail"].as_str().unwrap().contains("If-Match"), "{answer:?}");
        }
        let second = send(editor, "PATCH", &path, Some(&first), &title);
        assert_eq!(second.header("etag"), Some("\"2\""));
        let stale = send(editor, "PATCH", &path, Some(&first), &json!({"body": "Three."}));
        assert_eq!(status_and_code(&stale), (412, "STALE_VERSION".to_owned()));
        check(&server, "patch", "/v1/articles/{id}", &stale);
        assert_eq!(stale.header("etag"), Some("\"2\""));
        let conflict = stale.json()["conflict"].take();
        assert_eq!((&conflict["expectedVersion"], &conflict["currentVersion"]), (&json!(1), &json!(2)));
        let fields = conflict["diff"]["fields"].as_array().unwrap();
        let changed: Vec<_> = fields.iter().map(|field| (&field["field"], &field["after"])).collect();
        assert_eq!(changed, [(&json!("title"), &json!("Where to park"))], "{conflict:#}");
        let stale = editor.send("DELETE", &path, &[("if-match", &first)], Vec::new());
        assert_eq!(status_and_code(&stale), (412, "STALE_VERSION".to_owned()));
        check(&server, "delete", "/v1/articles/{id}", &stale);
        assert_eq!((stale.header("etag"), &stale.json()["conflict"]), (Some("\"2\""), &conflict));
        let shown = server.editor.get(&format!("/v1/desk/articles/{id}"), &[]).json();
        assert_eq!((&shown["article"]["version"], &shown["article"]["workingCopy"]["body"]), (&json!(2), &json!("One.\n\nTwo.\n")));
    }

    fn a_refused_write_gives_the_reason_and_writes_nothing(env: &Env) {
        let server = env.server();
        let editor = &server.editor;
        let (id, version) = create(editor, &json!({"title": "Parking", "slug": "parking"}));
        let path = format!("/v1/articles/{id}");
        let patch = |body: &Value| send(editor, "PATCH", &path, Some(&version), body);
        let blank = patch(&json!({"title": " ", "heroImage": {"url": "https://example.org/a.png", "alt": "a".repeat(5_000)}}));
        assert_eq!(blank.status, 422, "{blank:?}");
        let errors = problem(&blank)["userErrors"].take();
        let paths: Vec<_> = errors.as_array().unwrap().iter().map(|error| error["path"].to_string()).collect();
        assert_eq!(paths, [r#"["title"]"#, r#"["heroImage","alt"]"#], "{errors:#}");
        check(&server, "patch", "/v1/articles/{id}", &blank);
        let taken = send(editor, "POST", "/v1/articles", None, &json!({"title": "Another", "slug": "parking"}));
        assert_eq!(status_and_code(&taken), (422, "SLUG_TAKEN".to_owned()));
        check(&server, "post", "/v1/articles", &taken);
        // The issues of the checks before publishing.
        let unfit = editor.send("POST", &format!("{path}/publish"), &[("if-match", &version)], Vec::new());
        assert_eq!(unfit.status, 422, "{unfit:?}");
        check(&server, "post", "/v1/articles/{id}/publish", &unfit);
        assert!(unfit.json()["userErrors"].as_array().is_some_and(|errors| !errors.is_empty()));

        for (status, code, answer) in [
            (400, "BAD_USER_INPUT", patch(&json!({"title": 1}))),
            (422, "INVALID", patch(&json!({"publishedAt": "yesterday"}))),
            (400, "BAD_USER_INPUT", patch(&json!({"titel": "x"}))),
            (400, "BAD_USER_INPUT", patch(&json!({"seo": {"titel": "x"}}))),
            (400, "BAD_USER_INPUT", send(editor, "POST", &format!("{path}/withdraw"), Some(&version), &json!({"why": "x"}))),
            (400, "BAD_USER_INPUT", send(editor, "POST", &format!("{path}/withdraw"), Some(&version), &json!({"reason": "BORED"}))),
            (400, "BAD_USER_INPUT", send(editor, "POST", &format!("{path}/restore"), Some(&version), &json!({}))),
            (400, "BAD_USER_INPUT", send(editor, "POST", "/v1/articles?title=x", None, &json!({"title": "x"}))),
            (400, "BAD_REQUEST", send(editor, "POST", "/v1/articles", None, &json!([]))),
            (400, "BAD_REQUEST", editor.send("POST", "/v1/articles", &[JSON], b"{".to_vec())),
            (400, "BAD_REQUEST", editor.send("POST", "/v1/articles", &[JSON], Vec::new())),
            (415, "BAD_REQUEST", editor.send("POST", "/v1/articles", &[("content-type", "text/plain")], b"{}".to_vec())),
            (415, "BAD_REQUEST", editor.send("POST", "/v1/articles", &[("content-type", "application/merge-patch+json")], b"{}".to_vec())),
            (400, "BAD_REQUEST", send(editor, "DELETE", &path, Some(&version), &json!({"why": "x"}))),
            (400, "INVALID", send(editor, "PATCH", "/v1/articles/parking", Some(&version), &json!({}))),
            (404, "NOT_FOUND", send(editor, "PATCH", "/v1/articles/article_01jd0000000000000000000000", Some(&version), &json!({}))),
            (404, "NOT_FOUND", editor.get("/v1/desk/articles/article_01jd0000000000000000000000", &[])),
            (413, "LIMIT_EXCEEDED", send(editor, "POST", "/v1/articles", None, &json!({"title": "x".repeat(9 << 20)}))),
        ] {
            assert_eq!(status_and_code(&answer), (status, code.to_owned()), "{answer:?}");
        }
        let date = patch(&json!({"publishedAt": "yesterday"})).json()["detail"].take();
        assert!(date.as_str().unwrap().starts_with("`publishedAt`: "), "{date}");
        let misspelt = patch(&json!({"titel": "x"})).json()["detail"].take();
        assert!(misspelt.as_str().unwrap().contains("`titel`") && !misspelt.as_str().unwrap().contains('$'), "{misspelt}");
        let shown = editor.get(&format!("/v1/desk/articles/{id}"), &[]).json();
        assert_eq!(shown["article"]["version"], 1);
        assert_eq!(editor.data("{ desk { articles { totalCount } } }")["desk"]["articles"]["totalCount"], 1);
    }

    fn a_write_needs_a_key_with_its_scope(env: &Env) {
        let server = env.server();
        let (id, version) = create(&server.editor, &json!({"title": "Parking", "body": "Text that nobody else reads."}));
        let path = format!("/v1/articles/{id}");
        let anonymous = send(&server.reader, "POST", "/v1/articles", None, &json!({"title": "x"}));
        assert_eq!(status_and_code(&anonymous), (401, "UNAUTHENTICATED".to_owned()));
        assert!(anonymous.header("www-authenticate").unwrap().starts_with("Bearer"));
        check(&server, "post", "/v1/articles", &anonymous);
        assert_eq!(server.reader.get(&format!("/v1/desk/articles/{id}"), &[]).status, 401);
        let writer = server.client_with(&["content:write"]);
        let publish = send(&writer, "POST", &format!("{path}/publish"), Some(&version), &json!({}));
        assert_eq!(status_and_code(&publish), (403, "FORBIDDEN".to_owned()));
        check(&server, "post", "/v1/articles/{id}/publish", &publish);
        assert_eq!(writer.get(&format!("/v1/desk/articles/{id}"), &[]).status, 403);
        // A key that can write but not read drafts gets what it has sent, and nothing that others have written.
        let written = send(&writer, "PATCH", &path, Some(&version), &json!({"deck": "Mine"}));
        assert_eq!(written.status, 200, "{written:?}");
        check(&server, "patch", "/v1/articles/{id}", &written);
        assert!(!written.text.contains("Text that nobody"), "{written:?}");
        assert_eq!(written.json()["article"]["workingCopy"]["deck"], "Mine");
        let not_shown = written.json()["notShown"].take();
        assert!(not_shown.as_array().unwrap().iter().any(|field| field["path"] == json!(["article", "workingCopy", "body"])), "{not_shown:#}");
        let stale = send(&writer, "PATCH", &path, Some(&version), &json!({"deck": "Again"}));
        assert_eq!((stale.status, &stale.json()["conflict"]["currentVersion"]), (412, &json!(2)));
        assert!(!stale.text.contains("Text that nobody"), "{stale:?}");
        check(&server, "patch", "/v1/articles/{id}", &stale);
        assert_eq!(stale.json()["notShown"][0]["path"], json!(["conflict", "diff"]), "{stale:?}");
    }

    fn a_creation_can_be_repeated(env: &Env) {
        let server = env.server();
        let send = |title: &str| {
            let body = json!({"title": title}).to_string().into_bytes();
            server.editor.send("POST", "/v1/articles", &[JSON, ("idempotency-key", "one")], body)
        };
        let first = send("Once");
        let again = send("Once");
        assert_eq!((first.status, again.status), (201, 201), "{again:?}");
        assert_eq!(first.header("location"), again.header("location"));
        assert_eq!(status_and_code(&send("Twice")), (422, "IDEMPOTENCY_KEY_REUSED".to_owned()));
        assert_eq!(server.editor.data("{ desk { articles { totalCount } } }")["desk"]["articles"]["totalCount"], 1);
    }

    fn browsers_can_write_from_other_sites(env: &Env) {
        let server = env.sample();
        let preflight = server.reader.send("OPTIONS", "/v1/articles/x", &[
            ("origin", "https://cms.example.org"),
            ("access-control-request-method", "PATCH"),
            ("access-control-request-headers", "authorization,content-type,if-match"),
        ], Vec::new());
        let methods = preflight.header("access-control-allow-methods").unwrap();
        assert!(methods.contains("PATCH") && methods.contains("DELETE"), "{methods}");
        assert!(preflight.header("access-control-allow-headers").unwrap().contains("if-match"));
        let exposed = server.reader.get("/v1/articles", &[("origin", "https://cms.example.org")]);
        let exposed = exposed.header("access-control-expose-headers").unwrap().to_owned();
        assert!(exposed.contains("location") && exposed.contains("etag"), "{exposed}");
    }
}
