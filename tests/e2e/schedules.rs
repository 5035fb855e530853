//! Schedules, ends and reviews take effect at their times, on whichever node runs.

mod nodes;

use serde_json::{Value, json};

use crate::support::{Client, Saved, Server, ahead, instant, within};

const SCHEDULE: &str = "mutation ($id: ID!, $version: Int!, $at: ZonedDateTime, $expires: ZonedDateTime) {
    done: articlePublish(id: $id, expectedVersion: $version, at: $at, expiresAt: $expires) {
        article { state schedule { version publish { at } expires { at } } expires { at } }
        edition { number } userErrors { code path message }
    }
}";
const DESK: &str = "query ($id: ID!) {
    desk { article(id: $id) {
        version state publishedVersion firstPublishedAt expires { at } schedule { version }
        withdrawal { reason at } publication { publishedAt updatedAt edition { number at } }
        activity(first: 20) { nodes { action actor version edition } }
    } }
}";
/// An instant after the end of every test.
const SOMEDAY: &str = "2100-01-01T00:00:00Z";

/// Publishes a version at an instant, or now without one. It ends at `expires`, if that is given.
#[track_caller]
fn schedule(editor: &Client, article: &Saved, at: Option<&str>, expires: Option<&str>) -> Value {
    // An omitted end stays unchanged, and null would remove it.
    let mut variables = json!({"id": article.id, "version": article.version, "at": at});
    if let Some(expires) = expires {
        variables["expires"] = expires.into();
    }
    let done = editor.data_with(SCHEDULE, &variables)["done"].take();
    assert_eq!(done["userErrors"], json!([]), "{done:#}");
    done
}

/// Cancels the schedule of an article.
#[track_caller]
fn cancel(editor: &Client, article: &Saved) {
    let document = "mutation ($id: ID!, $version: Int!) {
        done: articleCancelSchedule(id: $id, expectedVersion: $version) { userErrors { code message } }
    }";
    let done = editor.data_with(document, &json!({"id": article.id, "version": article.version}));
    assert_eq!(done["done"]["userErrors"], json!([]), "{done:#}");
}

/// Sets the instant at which the editorial review of an article is due.
#[track_caller]
fn review_by(editor: &Client, article: &Saved, due: &str) {
    let document = "mutation ($id: ID!, $version: Int!, $due: DateTime) {
        done: articleMarkReviewed(id: $id, expectedVersion: $version, input: { dueAt: $due }) {
            userErrors { code message }
        }
    }";
    let variables = json!({"id": article.id, "version": article.version, "due": due});
    let done = editor.data_with(document, &variables);
    assert_eq!(done["done"]["userErrors"], json!([]), "{done:#}");
}

/// The article at the desk.
#[track_caller]
fn at_desk(editor: &Client, article: &Saved) -> Value {
    editor.data_with(DESK, &json!({"id": article.id}))["desk"]["article"].take()
}

/// Waits until the article is in a state, and returns it.
fn wait_for_state(editor: &Client, article: &Saved, state: &str) -> Value {
    within(&format!("the article is {state}"), || {
        let found = at_desk(editor, article);
        (found["state"] == state).then_some(found)
    })
}

/// The actions on an article, the newest first, and whether the scheduler did them.
fn actions(found: &Value) -> Vec<(&str, bool)> {
    let entries = found["activity"]["nodes"].as_array().unwrap().iter();
    entries.map(|entry| (entry["action"].as_str().unwrap(), entry["actor"] == "scheduler")).collect()
}

/// The titles that readers get, in alphabetical order.
fn titles(reader: &Client) -> Vec<String> {
    let document = "{ articles(first: 100, orderBy: { field: TITLE, direction: ASC }) { nodes { title } } }";
    let data = reader.data(document);
    let nodes = data["articles"]["nodes"].as_array().unwrap();
    nodes.iter().map(|node| node["title"].as_str().unwrap().to_owned()).collect()
}

fn draft(server: &Server, title: &str) -> Saved {
    server.editor.create(json!({"title": title, "body": "Some text."}))
}

both! {
    fn an_omitted_end_stays_unchanged(env: &Env) {
        let server = env.server();
        let editor = &server.editor;
        let article = editor.create(json!({"title": "Fair", "body": "x"}));
        schedule(editor, &article, Some("2099-01-01T00:00:00Z"), Some(SOMEDAY));
        // The article is published now instead. It keeps the scheduled end.
        schedule(editor, &article, None, None);
        assert_eq!(at_desk(editor, &article)["expires"]["at"], SOMEDAY);
        // An update keeps the end, too, whether it is published later or now.
        let second = editor.update(&article, json!({"title": "Fairs"}));
        let planned = schedule(editor, &second, Some("2099-01-01T00:00:00Z"), None);
        assert_eq!(planned["article"]["schedule"]["expires"]["at"], SOMEDAY);
        schedule(editor, &second, None, None);
        assert_eq!(at_desk(editor, &second)["expires"]["at"], SOMEDAY);
        // Null removes the end, and makes no edition.
        let edition = editor.edition();
        let document = "mutation ($id: ID!) {
            articlePublish(id: $id, expectedVersion: 2, expiresAt: null) { article { expires { at } } userErrors { code } }
        }";
        let cleared = editor.data_with(document, &json!({"id": article.id}));
        assert_eq!(cleared["articlePublish"], json!({"article": {"expires": null}, "userErrors": []}));
        assert_eq!(editor.edition(), edition);
    }

    fn a_schedule_publishes_and_ends_at_its_times(env: &Env) {
        let server = env.server();
        let article = draft(&server, "One");
        let (at, expires) = (ahead(2_000), "2100-01-01T00:00:00Z");
        let done = schedule(&server.editor, &article, Some(&at), Some(expires));
        assert_eq!(done["edition"], Value::Null);
        assert_eq!(done["article"], json!({
            "state": "SCHEDULED", "expires": null,
            "schedule": {"version": 1, "publish": {"at": at}, "expires": {"at": expires}},
        }));
        let public = within("readers get the article", || {
            let data = server.reader.data("{ edition { number } articles { nodes { publishedAt updatedAt edition { number at } } } }");
            let nodes = data["articles"]["nodes"].as_array().unwrap().clone();
            // No answer has the new edition without the article.
            assert_eq!(data["edition"]["number"], nodes.len());
            nodes.into_iter().next()
        });
        assert_eq!((&public["publishedAt"], &public["updatedAt"]), (&json!(at), &json!(at)));
        assert!(instant(&public["edition"]["at"]) >= instant(&json!(at)), "{public:#} before {at}");
        assert_eq!(at_desk(&server.editor, &article)["expires"]["at"], json!(expires));
        let expires = ahead(1_500);
        let done = schedule(&server.editor, &article, None, Some(&expires));
        assert_eq!(done["article"], json!({"state": "PUBLISHED", "schedule": null, "expires": {"at": expires}}));
        let ended = wait_for_state(&server.editor, &article, "WITHDRAWN");
        assert!(instant(&ended["withdrawal"]["at"]) >= instant(&json!(expires)), "{ended:#} before {expires}");
        assert_eq!(ended["firstPublishedAt"], json!(at));
        assert_eq!((&ended["expires"], &ended["schedule"]), (&Value::Null, &Value::Null));
        assert_eq!(actions(&ended), [
            ("ARTICLE_EXPIRED", true), ("ARTICLE_EXPIRY_SET", false), ("ARTICLE_PUBLISHED", true), ("ARTICLE_SCHEDULED", false), ("ARTICLE_CREATED", false),
        ]);
        assert_eq!(server.reader.edition(), 2);
        let gone = server.reader.data("{ redirect(slug: \"one\") { kind } articles { totalCount } }");
        assert_eq!(gone, json!({"redirect": {"kind": "GONE"}, "articles": {"totalCount": 0}}));
    }

    fn an_edit_does_not_change_a_schedule(env: &Env) {
        let server = env.server();
        let article = server.editor.published(json!({"title": "Old"}));
        let article = server.editor.update(&article, json!({"title": "Scheduled"}));
        schedule(&server.editor, &article, Some(&ahead(600)), None);
        let edited = server.editor.update(&article, json!({"title": "Later"}));
        within("the scheduled version is public", || (titles(&server.reader) == ["Scheduled"]).then_some(()));
        let found = at_desk(&server.editor, &edited);
        assert_eq!((&found["version"], &found["publishedVersion"], &found["schedule"]), (&json!(3), &json!(2), &Value::Null));
        // The article keeps the date of its first publication.
        assert_eq!(found["publication"]["publishedAt"], found["firstPublishedAt"]);
        assert_ne!(found["publication"]["publishedAt"], found["publication"]["updatedAt"]);
    }

    fn a_cancelled_or_postponed_schedule_is_not_applied(env: &Env) {
        let server = env.server();
        let (cancelled, postponed, other) = (draft(&server, "Cancelled"), draft(&server, "Postponed"), draft(&server, "Other"));
        let soon = ahead(2_500);
        schedule(&server.editor, &cancelled, Some(&soon), None);
        schedule(&server.editor, &postponed, Some(&soon), None);
        cancel(&server.editor, &cancelled);
        let done = schedule(&server.editor, &postponed, Some(SOMEDAY), None);
        assert_eq!(done["article"]["schedule"]["publish"]["at"], json!(SOMEDAY));
        // A later schedule is applied, so the other two would have been applied by now.
        schedule(&server.editor, &other, Some(&ahead(2_700)), None);
        wait_for_state(&server.editor, &other, "PUBLISHED");
        assert_eq!(titles(&server.reader), ["Other"]);
        assert_eq!(at_desk(&server.editor, &cancelled)["state"], "DRAFT");
        assert_eq!(at_desk(&server.editor, &postponed)["state"], "SCHEDULED");
        // A schedule can also be moved to an earlier time.
        schedule(&server.editor, &postponed, Some(&ahead(500)), None);
        wait_for_state(&server.editor, &postponed, "PUBLISHED");
        assert_eq!(server.reader.edition(), 2);
    }

    fn schedules_due_during_downtime_are_applied_before_the_first_answer(env: &Env) {
        let mut server = env.server();
        let editor = &server.editor;
        let scheduled: Vec<Saved> = ["S1", "S2", "S3"].map(|title| draft(&server, title)).into();
        for article in &scheduled {
            schedule(editor, article, Some(SOMEDAY), None);
        }
        // One article begins and ends during the downtime. Another one ends, and then begins again with a new version.
        let both = draft(&server, "Both");
        schedule(editor, &both, Some("2099-01-01T00:00:00Z"), Some(SOMEDAY));
        let anew = server.editor.published(json!({"title": "Anew"}));
        schedule(editor, &anew, None, Some(SOMEDAY));
        let renewed = editor.update(&anew, json!({"title": "Anew, revised"}));
        schedule(editor, &renewed, Some("2100-01-02T00:00:00Z"), Some("2100-02-01T00:00:00Z"));
        for title in ["E1", "E2"] {
            let article = server.editor.published(json!({"title": title}));
            schedule(editor, &article, None, Some(SOMEDAY));
        }
        server.editor.published(json!({"title": "Stays"}));
        assert_eq!(titles(&server.reader), ["Anew", "E1", "E2", "Stays"]);
        let before = server.reader.edition();

        server.terminate();
        assert!(server.ended().success());
        // All times except for the new end of the renewed article move to the past, in the same order.
        let back = 80_i64 * 365 * 86_400 * 1_000_000;
        server.database().execute(&format!(
            "UPDATE article SET schedule_at = schedule_at - {back} WHERE schedule_at IS NOT NULL;
             UPDATE article SET schedule_expires_at = schedule_expires_at - {back}
                 WHERE schedule_expires_at IS NOT NULL AND title = 'Both';
             UPDATE article SET expires_at = expires_at - {back} WHERE expires_at IS NOT NULL;"
        ));
        let second = server.beside();
        let first = second.reader.data("{ edition { number } articles(first: 100, orderBy: { field: TITLE, direction: ASC }) { nodes { title } } }");
        let public_titles: Vec<&str> = first["articles"]["nodes"].as_array().unwrap().iter().map(|node| node["title"].as_str().unwrap()).collect();
        assert_eq!(public_titles, ["Anew, revised", "S1", "S2", "S3", "Stays"]);
        // Three articles begin, one begins and ends, one ends and begins again, and two end.
        assert_eq!(first["edition"]["number"], before + 3 + 2 + 2 + 2);
        let lines = second.log().into_iter().filter(|line| line.contains("became due while no node ran")).count();
        assert_eq!(lines, 1);
        let found = at_desk(&second.editor, &both);
        assert_eq!((&found["state"], &actions(&found)[..2]), (&json!("WITHDRAWN"), &[("ARTICLE_EXPIRED", true), ("ARTICLE_PUBLISHED", true)][..]));
        let found = at_desk(&second.editor, &anew);
        assert_eq!((&found["state"], &actions(&found)[..2]), (&json!("PUBLISHED"), &[("ARTICLE_PUBLISHED", true), ("ARTICLE_EXPIRED", true)][..]));
        assert_eq!(found["expires"]["at"], "2100-02-01T00:00:00Z");
    }

    fn an_overdue_review_is_flagged(env: &Env) {
        let server = env.server_with(&[("GREYMATTERS_REVIEW_OVERDUE", "flag")]);
        let article = server.editor.published(json!({"title": "One"}));
        let later = server.editor.published(json!({"title": "Two"}));
        let flagged = || {
            let document = "{ desk { articles(where: { review: { overdue: true } }) { nodes { title } } } }";
            server.editor.data(document)["desk"]["articles"]["nodes"].take()
        };
        review_by(&server.editor, &article, &ahead(1_500));
        review_by(&server.editor, &later, SOMEDAY);
        within("the review is flagged", || (flagged() == json!([{"title": "One"}])).then_some(()));
        // A later schedule is applied, and the flagged article stays public.
        let other = draft(&server, "Three");
        schedule(&server.editor, &other, Some(&ahead(300)), None);
        wait_for_state(&server.editor, &other, "PUBLISHED");
        assert_eq!(titles(&server.reader), ["One", "Three", "Two"]);
        review_by(&server.editor, &article, SOMEDAY);
        assert_eq!(flagged(), json!([]));
    }

    fn an_overdue_review_withdraws_if_configured(env: &Env) {
        let server = env.server_with(&[("GREYMATTERS_REVIEW_OVERDUE", "withdraw")]);
        let article = server.editor.published(json!({"title": "One"}));
        let later = server.editor.published(json!({"title": "Two"}));
        let unpublished = draft(&server, "Draft");
        let due = ahead(1_500);
        for article in [&article, &unpublished] {
            review_by(&server.editor, article, &due);
        }
        review_by(&server.editor, &later, SOMEDAY);
        let ended = wait_for_state(&server.editor, &article, "WITHDRAWN");
        assert!(instant(&ended["withdrawal"]["at"]) >= instant(&json!(due)), "{ended:#} before {due}");
        assert_eq!(actions(&ended)[0], ("ARTICLE_REVIEW_OVERDUE", true));
        assert_eq!(titles(&server.reader), ["Two"]);
        assert_eq!(at_desk(&server.editor, &unpublished)["state"], "DRAFT");
        assert_eq!(server.reader.edition(), 3);
    }
}
