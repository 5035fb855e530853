//! Previews of the publication at a future time.

use serde_json::{Value, json};

use super::{ask, link, preview_data};
use crate::support::{Client, Saved, Server};

/// Schedules an article.
#[track_caller]
pub(super) fn schedule(editor: &Client, article: &Saved, at: &str, expires: Value) {
    let document = "mutation ($id: ID!, $version: Int!, $at: ZonedDateTime!, $expires: ZonedDateTime) {
        articlePublish(id: $id, expectedVersion: $version, at: $at, expiresAt: $expires) {
            userErrors { code message }
        }
    }";
    let variables = json!({"id": article.id, "version": article.version, "at": at, "expires": expires});
    assert_eq!(editor.data_with(document, &variables)["articlePublish"]["userErrors"], json!([]));
}

const LISTED: &str = r#"{
    edition { number at }
    articles { totalCount nodes { slug title publishedAt updatedAt version } }
    redirects { nodes { slug kind withdrawnAt article { slug } } }
    tags { nodes { slug articleCount } }
}"#;

both! {
    fn a_future_preview_shows_exactly_what_will_be_public(env: &Env) {
        let server = env.server();
        let Server { editor, reader, .. } = &server;
        editor.label("tag", json!({"name": "News"}));
        let stays = editor.published(json!({"title": "Stays", "tags": ["news"], "publishedAt": "2020-01-01T00:00:00Z"}));
        let ends = editor.create(json!({"title": "Ends", "body": "x", "tags": ["news"]}));
        editor.data_with(
            r#"mutation ($id: ID!) { articlePublish(id: $id, expectedVersion: 1, expiresAt: "2998-03-01T00:00:00Z") {
                userErrors { code } } }"#,
            &json!({"id": ends.id}),
        );
        // Two schedules are earlier than the previewed time. The later one was created first. One article has a newer
        // working copy.
        let second = editor.create(json!({"title": "Second", "body": "x"}));
        schedule(editor, &second, "2998-02-02T00:00:00+01:00[Europe/Berlin]", Value::Null);
        let first = editor.create(json!({"title": "First", "body": "x", "tags": ["news"]}));
        schedule(editor, &first, "2998-02-01T00:00:00Z", Value::Null);
        editor.update(&first, json!({"title": "First, ahead", "tags": []}));
        // One article begins and ends before the previewed time, one begins after it, and a public article has an edit.
        let brief = editor.create(json!({"title": "Brief", "body": "x"}));
        schedule(editor, &brief, "2998-01-01T00:00:00Z", json!("2998-01-02T00:00:00Z"));
        let late = editor.create(json!({"title": "Late", "body": "x"}));
        schedule(editor, &late, "2999-01-01T00:00:00Z", Value::Null);
        let moved = editor.update(&stays, json!({"title": "Moved", "slug": "moved"}));
        schedule(editor, &moved, "2998-04-01T00:00:00Z", Value::Null);
        let before = reader.data(LISTED);

        let slugs = |as_of: &str| {
            let (_, token) = link(editor, json!({"asOf": as_of}));
            let nodes = ask(reader, &token, "{ articles { nodes { slug } } }").data()["articles"]["nodes"].take();
            nodes.as_array().unwrap().iter().map(|node| node["slug"].as_str().unwrap().to_owned()).collect::<Vec<_>>()
        };
        assert_eq!(slugs("2997-12-31T23:59:59.999999Z"), ["ends", "stays"]);
        assert_eq!(slugs("2998-01-01T00:00:00Z"), ["brief", "ends", "stays"], "the article is public from its first instant");
        assert_eq!(slugs("2998-01-02T00:00:00Z"), ["ends", "stays"], "the article is not public at the instant of its end");
        assert_eq!(slugs("2998-02-01T23:00:00Z"), ["second", "first", "ends", "stays"]);
        assert_eq!(slugs("2999-06-01T00:00:00Z"), ["late", "second", "first", "moved"]);

        let (_, token) = link(editor, json!({"asOf": "2998-06-01T00:00:00Z"}));
        let document = LISTED.replace("edition { number at }", "edition { number }");
        let seen = preview_data(reader, &token, &document);
        assert_eq!(seen["articles"], json!({"totalCount": 3, "nodes": [
            {"slug": "second", "title": "Second", "publishedAt": "2998-02-01T23:00:00Z", "updatedAt": "2998-02-01T23:00:00Z", "version": 1},
            {"slug": "first", "title": "First", "publishedAt": "2998-02-01T00:00:00Z", "updatedAt": "2998-02-01T00:00:00Z", "version": 1},
            {"slug": "moved", "title": "Moved", "publishedAt": "2020-01-01T00:00:00Z", "updatedAt": "2998-04-01T00:00:00Z", "version": 2},
        ]}));
        assert_eq!(seen["redirects"]["nodes"], json!([
            {"slug": "brief", "kind": "GONE", "withdrawnAt": "2998-01-02T00:00:00Z", "article": null},
            {"slug": "ends", "kind": "GONE", "withdrawnAt": "2998-03-01T00:00:00Z", "article": null},
            {"slug": "stays", "kind": "ARTICLE", "withdrawnAt": null, "article": {"slug": "moved"}},
        ]), "each article ends at its own time");
        assert_eq!(seen["tags"]["nodes"], json!([{"slug": "news", "articleCount": 2}]));
        let at = ask(reader, &token, LISTED).data()["edition"]["at"].take();
        assert_eq!(at, "2998-06-01T00:00:00Z");
        assert_eq!(reader.data(LISTED), before, "readers do not see the preview");
        let (number, next) = (reader.edition(), editor.publish(&moved));
        assert_eq!(next, number + 1, "the preview used up no edition");
    }

    fn a_future_preview_applies_overdue_reviews(env: &Env) {
        for (policy, expected) in [("withdraw", 0), ("flag", 1)] {
            let server = env.server_with(&[("GREYMATTERS_REVIEW_OVERDUE", policy)]);
            let Server { editor, reader, .. } = &server;
            let article = editor.published(json!({"title": "A"}));
            let reviewed = editor.data_with(
                r#"mutation ($id: ID!) { articleMarkReviewed(id: $id, expectedVersion: 1, input: { dueAt: "2998-01-01T00:00:00Z" }) {
                    userErrors { code } } }"#,
                &json!({"id": article.id}),
            );
            assert_eq!(reviewed["articleMarkReviewed"]["userErrors"], json!([]));
            let (_, token) = link(editor, json!({"asOf": "2998-01-01T00:00:00Z"}));
            let data = ask(reader, &token, "{ articles { totalCount } redirects { nodes { withdrawnAt } } }").data();
            assert_eq!(data["articles"]["totalCount"], expected, "{policy}");
            let ended = if expected == 0 { json!([{"withdrawnAt": "2998-01-01T00:00:00Z"}]) } else { json!([]) };
            assert_eq!(data["redirects"]["nodes"], ended, "{policy}");
        }
    }
}
