//! Refusals give the reason and the allowed actions.

use serde_json::{Value, json};

use crate::support::{Client, Saved, Server, ahead};

/// Every mutation of an article, with its other arguments.
const MUTATIONS: [(&str, &str); 12] = [
    ("articleUpdate", "input: { title: \"Other\" }"),
    ("articleRestore", "toVersion: 1"),
    ("articleSubmit", ""),
    ("articleApprove", ""),
    ("articleRequestChanges", "comment: \"Say more.\""),
    ("articlePublish", ""),
    ("articleCancelSchedule", ""),
    ("articleWithdraw", ""),
    ("articleMarkReviewed", "input: {}"),
    ("articleArchive", ""),
    ("articleUnarchive", ""),
    ("articleDelete", ""),
];
const SOMEDAY: &str = "at: \"2100-01-01T00:00:00Z\"";
const PUBLISH: &str = "mutation ($id: ID!, $version: Int!, $at: ZonedDateTime, $expires: ZonedDateTime) {
    done: articlePublish(id: $id, expectedVersion: $version, at: $at, expiresAt: $expires) {
        article { state schedule { publish { at zone local resolution note } } expires { at } }
        edition { number } userErrors { code path message }
    }
}";

/// Applies an action to an article, and returns the errors.
fn refusals(editor: &Client, article: &Saved, mutation: &str, arguments: &str) -> Vec<Value> {
    let document = format!(
        "mutation ($id: ID!, $version: Int!) {{
            done: {mutation}(id: $id, expectedVersion: $version, {arguments}) {{ userErrors {{ code path message }} }}
        }}"
    );
    let data = editor.data_with(&document, &json!({"id": article.id, "version": article.version}));
    data["done"]["userErrors"].as_array().unwrap().clone()
}

#[track_caller]
fn act(editor: &Client, article: &Saved, mutation: &str, arguments: &str) {
    assert_eq!(refusals(editor, article, mutation, arguments), Vec::<Value>::new(), "{mutation}");
}

fn publish(editor: &Client, article: &Saved, at: Option<&str>, expires: Option<&str>) -> Value {
    let mut variables = json!({"id": article.id, "version": article.version, "at": at});
    if let Some(expires) = expires {
        variables["expires"] = expires.into();
    }
    editor.data_with(PUBLISH, &variables)["done"].take()
}

/// Articles in every state.
fn in_every_state(server: &Server) -> Vec<(&'static str, Saved)> {
    let editor = &server.editor;
    let draft = |title: &str| editor.create(json!({"title": title, "body": "Some text."}));
    let published = |title: &str| editor.published(json!({"title": title}));
    let mut found = vec![("DRAFT", draft("Draft")), ("PUBLISHED", published("Public"))];
    let submitted = draft("Submitted");
    act(editor, &submitted, "articleSubmit", "");
    let approved = draft("Approved");
    act(editor, &approved, "articleSubmit", "");
    act(editor, &approved, "articleApprove", "");
    let sent_back = draft("Sent back");
    act(editor, &sent_back, "articleSubmit", "");
    act(editor, &sent_back, "articleRequestChanges", "comment: \"No.\"");
    let scheduled = draft("Scheduled");
    act(editor, &scheduled, "articlePublish", SOMEDAY);
    let renewed = editor.update(&published("Renewed"), json!({"deck": "New"}));
    act(editor, &renewed, "articlePublish", SOMEDAY);
    let withdrawn = published("Withdrawn");
    act(editor, &withdrawn, "articleWithdraw", "");
    let archived = draft("Archived");
    act(editor, &archived, "articleArchive", "");
    found.extend([
        ("IN_REVIEW", submitted),
        ("IN_REVIEW", approved),
        ("DRAFT", sent_back),
        ("SCHEDULED", scheduled),
        ("PUBLISHED", renewed),
        ("WITHDRAWN", withdrawn),
        ("ARCHIVED", archived),
    ]);
    found
}

both! {
    fn a_refusal_names_the_state_and_the_open_actions(env: &Env) {
        let server = env.server();
        let document = "query ($id: ID!) { desk { article(id: $id) { state openActions } } }";
        let mut refused = 0;
        for (state, article) in in_every_state(&server) {
            let found = server.editor.data_with(document, &json!({"id": article.id}))["desk"]["article"].take();
            assert_eq!(found["state"], state, "{article:?}");
            let open: Vec<&str> =
            found["openActions"].as_array().unwrap().iter().map(|action| action.as_str().unwrap()).collect();
            // The mutation of `CANCEL_SCHEDULE` is `articleCancelSchedule`.
            let allowed: Vec<String> = open.iter().map(|action| {
            let words = action.to_lowercase();
                words.split('_').fold("article".to_owned(), |name, word| name + &word[..1].to_uppercase() + &word[1..])
            }).collect();
            let refused_mutations = MUTATIONS.iter().filter(|(name, _)| !allowed.iter().any(|mutation| mutation == name));
            for (name, arguments) in refused_mutations {
                let errors = refusals(&server.editor, &article, name, arguments);
                let [error] = &errors[..] else { panic!("{name} on {state}: {errors:#?}") };
                assert_eq!((&error["code"], &error["path"]), (&json!("INVALID_STATE"), &json!(["id"])));
                let message = error["message"].as_str().unwrap();
                assert!(message.starts_with(&format!("the article is {state}: ")), "{name}: {message}");
                assert!(message.ends_with(&format!("; its state allows {}", open.join(", "))), "{name}: {message}");
                refused += 1;
            }
        }
        // There are twelve mutations on nine articles. The open actions are not refused.
        assert_eq!(refused, 108 - (6 + 4 + 7 + 6 + 6 + 5 + 7 + 5 + 1));
    }

    fn a_time_in_the_past_is_refused(env: &Env) {
        let server = env.server();
        let article = server.editor.create(json!({"title": "One", "body": "Some text."}));
        let (past, long_past) = (ahead(-120_000), "2001-01-01T00:00:00Z");
        let table = [
            (Some("2099-03-02T09:00:00"), None, "INVALID", "at", "`2099-03-02T09:00:00` has no zone"),
            (Some("2099-03-02T09:00[Europe/Atlantis]"), None, "INVALID", "at", "`Europe/Atlantis` is not a time zone"),
            (Some("2099-03-02T09:00+05:00[Europe/Berlin]"), None, "INVALID", "at", "Europe/Berlin is not at that offset"),
            (Some("2099-03-02"), None, "INVALID", "at", "the time of day is missing"),
            (Some("2099-02-30T09:00Z"), None, "INVALID", "at", "is not a date and a time"),
            (Some("next week"), None, "INVALID", "at", "write them as RFC 9557 does"),
            (Some(""), None, "INVALID", "at", "is not a date and a time"),
            (Some(past.as_str()), None, "IN_PAST", "at", "leave it out to publish now"),
            (Some(long_past), None, "IN_PAST", "at", "which has passed"),
            (None, Some("2099-03-02T09:00"), "INVALID", "expiresAt", "has no zone"),
            (None, Some(past.as_str()), "IN_PAST", "expiresAt", "name a time in the future"),
            (Some("2099-01-01T00:00Z"), Some("2098-12-31T23:59:59Z"), "INVALID", "expiresAt", "which is not after the publication"),
            (Some("2099-01-01T00:00Z"), Some("2099-01-01T01:00[Europe/Berlin]"), "INVALID", "expiresAt", "not after the publication"),
        ];
        for (at, expires, code, path, part) in table {
            let refused = publish(&server.editor, &article, at, expires);
            let errors = refused["userErrors"].as_array().unwrap();
            let [error] = &errors[..] else { panic!("{at:?} {expires:?}: {refused:#}") };
            assert_eq!((&error["code"], &error["path"]), (&json!(code), &json!([path])), "{at:?} {expires:?}");
            assert!(error["message"].as_str().unwrap().contains(part), "{at:?} {expires:?}: {error:#}");
            assert!(refused["article"].is_null() && refused["edition"].is_null());
        }
        // The answer contains both errors.
        let refused = publish(&server.editor, &article, Some("soon"), Some("later"));
        assert_eq!(refused["userErrors"].as_array().unwrap().len(), 2, "{refused:#}");
        let found = server.editor.data("{ desk { articles { nodes { state schedule { version } } } } edition { number } }");
        assert_eq!(found, json!({
            "desk": {"articles": {"nodes": [{"state": "DRAFT", "schedule": null}]}}, "edition": {"number": 0},
        }));
    }

    fn a_time_just_passed_counts_as_now(env: &Env) {
        let server = env.server();
        let article = server.editor.create(json!({"title": "One", "body": "Some text."}));
        let done = publish(&server.editor, &article, Some(&ahead(-5_000)), None);
        assert_eq!(done, json!({
            "article": {"state": "PUBLISHED", "schedule": null, "expires": null},
            "edition": {"number": 1}, "userErrors": [],
        }));
    }

    fn clock_changes_are_explained(env: &Env) {
        let server = env.server();
        let article = server.editor.create(json!({"title": "One", "body": "Some text."}));
        let at = |text: &str| {
            let mut done = publish(&server.editor, &article, Some(text), None);
            assert_eq!(done["userErrors"], json!([]), "{done:#}");
            done["article"]["schedule"]["publish"].take()
        };
        assert_eq!(at("2099-03-29T02:30[Europe/Berlin]"), json!({
            "at": "2099-03-29T01:30:00Z", "zone": "Europe/Berlin", "resolution": "GAP",
            "local": "2099-03-29T03:30:00+02:00[Europe/Berlin]",
            "note": "The clocks in Europe/Berlin skip the named time, as they are put forward then: 2099-03-29 03:30 is used instead.",
        }));
        assert_eq!(at("2099-10-25T02:30[Europe/Berlin]"), json!({
            "at": "2099-10-25T00:30:00Z", "zone": "Europe/Berlin", "resolution": "OVERLAP",
            "local": "2099-10-25T02:30:00+02:00[Europe/Berlin]",
            "note": "The named time occurs twice in Europe/Berlin, as the clocks are put back then: the first 2099-10-25 02:30, at +02, is used; add the offset to choose.",
        }));
        for (text, instant, zone) in [
            ("2099-10-25T02:30+01:00[Europe/Berlin]", "2099-10-25T01:30:00Z", "Europe/Berlin"),
            ("2099-06-01T09:00[America/New_York]", "2099-06-01T13:00:00Z", "America/New_York"),
            ("2099-06-01T09:00-03:30", "2099-06-01T12:30:00Z", "-03:30"),
            ("2099-06-01T09:00Z", "2099-06-01T09:00:00Z", "UTC"),
        ] {
            let found = at(text);
            let values = (&found["at"], &found["zone"], &found["resolution"], &found["note"]);
            assert_eq!(values, (&json!(instant), &json!(zone), &json!("EXACT"), &Value::Null), "{text}");
        }
    }

    fn a_redirect_that_would_form_a_loop_is_refused(env: &Env) {
        let server = env.server();
        let editor = &server.editor;
        let [a, b, c] = ["a", "b", "c"].map(|slug| editor.published(json!({"title": slug, "slug": slug})));
        let to = |slug: &str| format!("reason: REDIRECT, redirectTo: \"{slug}\"");
        act(editor, &a, "articleWithdraw", &to("b"));
        act(editor, &b, "articleWithdraw", &to("c"));
        // C has a new slug now, and its former slug still leads to it.
        let c = editor.update(&c, json!({"slug": "see"}));
        editor.publish(&c);
        for slug in ["a", "b", "c", "see"] {
            let errors = refusals(editor, &c, "articleWithdraw", &to(slug));
            assert_eq!(errors.len(), 1, "{slug}: {errors:#?}");
            assert_eq!((&errors[0]["code"], &errors[0]["path"]), (&json!("REDIRECT_LOOP"), &json!(["redirectTo"])), "{slug}");
        }
        // After A is published again, C can redirect to A; then B, which led to C, also leads to A.
        editor.publish(&a);
        act(editor, &c, "articleWithdraw", &to("a"));
        let data = server.reader.data("{ redirects { nodes { slug kind article { slug } } } }");
        let leads = |slug: &str| json!({"slug": slug, "kind": "ARTICLE", "article": {"slug": "a"}});
        assert_eq!(data["redirects"]["nodes"], json!([leads("b"), leads("c"), leads("see")]));
    }
}
