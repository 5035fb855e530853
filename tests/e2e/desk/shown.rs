//! All fields of one article at the desk.

use serde_json::json;

use crate::support::{Answer, Client, Saved};

const ARTICLE: &str = "query ($id: ID!) { desk { article(id: $id) {
    id version state openActions slug title externalRef publishedVersion hasUnpublishedChanges
    workingCopy { version title deck tags { slug } }
    publication { title version }
    review { state version by at comment }
    schedule { version publish { at zone local resolution note } expires { local } by }
    expires { at local }
    withdrawal { reason at articleId url }
    archivedAt
    editorialReview { lastReviewedAt reviewDueAt reviewer { slug } overdue }
    revisions { nodes { version title actor createdAt } pageInfo { hasNextPage hasPreviousPage } }
    revision(version: 1) { title deck body }
    none: revision(version: 99) { title }
    activity { nodes { action version edition actor at details { name value } } }
} } }";

fn article(editor: &Client, article: &Saved) -> Answer {
    editor.ask_with(ARTICLE, &json!({"id": article.id}))
}

#[track_caller]
fn act(editor: &Client, mutation: &str, article: &Saved, arguments: &str) {
    let document = format!(
        "mutation ($id: ID!, $version: Int!) {{
            done: {mutation}(id: $id, expectedVersion: $version{arguments}) {{ userErrors {{ code message }} }}
        }}"
    );
    let done = editor.data_with(&document, &json!({"id": article.id, "version": article.version}));
    assert_eq!(done["done"]["userErrors"], json!([]), "{mutation}");
}

both! {
    fn an_article_with_unpublished_changes_a_review_and_a_schedule(env: &Env) {
        let server = env.server();
        let editor = &server.editor;
        editor.label("tag", json!({"name": "Flu"}));
        editor.label("author", json!({"name": "Ann"}));
        let saved = editor.published(json!({"title": "One", "externalRef": "cms/1"}));
        act(editor, "articleMarkReviewed", &saved, r#", input: {
            reviewer: "ann", reviewedAt: "2024-01-01T00:00:00Z", dueAt: "2998-01-01T00:00:00Z", comment: "It holds"
        }"#);
        let saved = editor.update(&saved, json!({"title": "Two", "deck": "Deck", "tags": ["flu"]}));
        act(editor, "articleSubmit", &saved, r#", comment: "Please""#);
        act(editor, "articleApprove", &saved, r#", comment: "Good""#);
        act(editor, "articlePublish", &saved,
            r#", at: "2998-03-02T09:00:00[Europe/Berlin]", expiresAt: "2998-04-01T00:00:00Z""#);
        shows!(article(editor, &saved), @r#"
        {
          "data": {
            "desk": {
              "article": {
                "id": "desk_…",
                "version": 2,
                "state": "PUBLISHED",
                "openActions": [
                  "UPDATE",
                  "RESTORE",
                  "REQUEST_CHANGES",
                  "PUBLISH",
                  "CANCEL_SCHEDULE",
                  "WITHDRAW",
                  "MARK_REVIEWED"
                ],
                "slug": "one",
                "title": "Two",
                "externalRef": "cms/1",
                "publishedVersion": 1,
                "hasUnpublishedChanges": true,
                "workingCopy": {"version": 2, "title": "Two", "deck": "Deck", "tags": [{"slug": "flu"}]},
                "publication": {"title": "One", "version": 1},
                "review": {"state": "APPROVED", "version": 2, "by": "key_…", "at": "…", "comment": "Good"},
                "schedule": {
                  "version": 2,
                  "publish": {
                    "at": "…",
                    "zone": "Europe/Berlin",
                    "local": "2998-03-02T09:00:00+01:00[Europe/Berlin]",
                    "resolution": "EXACT",
                    "note": null
                  },
                  "expires": {"local": "2998-04-01T00:00:00+00:00[UTC]"},
                  "by": "key_…"
                },
                "expires": null,
                "withdrawal": null,
                "archivedAt": null,
                "editorialReview": {
                  "lastReviewedAt": "2024-01-01T00:00:00Z",
                  "reviewDueAt": "2998-01-01T00:00:00Z",
                  "reviewer": {"slug": "ann"},
                  "overdue": false
                },
                "revisions": {
                  "nodes": [
                    {"version": 2, "title": "Two", "actor": "…", "createdAt": "…"},
                    {"version": 1, "title": "One", "actor": "…", "createdAt": "…"}
                  ],
                  "pageInfo": {"hasNextPage": false, "hasPreviousPage": false}
                },
                "revision": {"title": "One", "deck": null, "body": "Some text."},
                "none": null,
                "activity": {
                  "nodes": [
                    {
                      "action": "ARTICLE_SCHEDULED",
                      "version": 2,
                      "edition": null,
                      "actor": "…",
                      "at": "…",
                      "details": [
                        {"name": "scheduledFor", "value": "2998-03-02T09:00:00+01:00[Europe/Berlin]"},
                        {"name": "expiresAt", "value": "2998-04-01T00:00:00+00:00[UTC]"}
                      ]
                    },
                    {
                      "action": "ARTICLE_APPROVED",
                      "version": 2,
                      "edition": null,
                      "actor": "…",
                      "at": "…",
                      "details": [{"name": "comment", "value": "Good"}]
                    },
                    {
                      "action": "ARTICLE_SUBMITTED",
                      "version": 2,
                      "edition": null,
                      "actor": "…",
                      "at": "…",
                      "details": [{"name": "comment", "value": "Please"}]
                    },
                    {
                      "action": "ARTICLE_UPDATED",
                      "version": 2,
                      "edition": null,
                      "actor": "…",
                      "at": "…",
                      "details": []
                    },
                    {
                      "action": "ARTICLE_REVIEWED",
                      "version": 1,
                      "edition": null,
                      "actor": "…",
                      "at": "…",
                      "details": [
                        {"name": "reviewer", "value": "author_…"},
                        {"name": "dueAt", "value": "2998-01-01T00:00:00Z"},
                        {"name": "comment", "value": "It holds"}
                      ]
                    },
                    {
                      "action": "ARTICLE_PUBLISHED",
                      "version": 1,
                      "edition": 3,
                      "actor": "…",
                      "at": "…",
                      "details": []
                    },
                    {
                      "action": "ARTICLE_CREATED",
                      "version": 1,
                      "edition": null,
                      "actor": "…",
                      "at": "…",
                      "details": []
                    }
                  ]
                }
              }
            }
          }
        }
        "#);
    }

    fn a_withdrawn_and_archived_article(env: &Env) {
        let server = env.server();
        let editor = &server.editor;
        let saved = editor.published(json!({"title": "One"}));
        act(editor, "articlePublish", &saved, r#", expiresAt: "2998-04-01T00:00:00+02:00""#);
        act(editor, "articleWithdraw", &saved, r#", reason: REDIRECT, redirectTo: "https://www.example/""#);
        act(editor, "articleSubmit", &saved, "");
        act(editor, "articleRequestChanges", &saved, r#", comment: "Too late""#);
        act(editor, "articleArchive", &saved, "");
        server.database().execute("UPDATE article SET archived_at = 1700000000000000");
        shows!(article(editor, &saved), @r#"
        {
          "data": {
            "desk": {
              "article": {
                "id": "desk_…",
                "version": 1,
                "state": "ARCHIVED",
                "openActions": ["UNARCHIVE"],
                "slug": "one",
                "title": "One",
                "externalRef": null,
                "publishedVersion": null,
                "hasUnpublishedChanges": false,
                "workingCopy": {"version": 1, "title": "One", "deck": null, "tags": []},
                "publication": null,
                "review": {"state": "NONE", "version": null, "by": null, "at": null, "comment": null},
                "schedule": null,
                "expires": null,
                "withdrawal": {"reason": "REDIRECT", "at": "…", "articleId": null, "url": "https://www.example/"},
                "archivedAt": "2023-11-14T22:13:20Z",
                "editorialReview": {"lastReviewedAt": null, "reviewDueAt": null, "reviewer": null, "overdue": false},
                "revisions": {
                  "nodes": [{"version": 1, "title": "One", "actor": "…", "createdAt": "…"}],
                  "pageInfo": {"hasNextPage": false, "hasPreviousPage": false}
                },
                "revision": {"title": "One", "deck": null, "body": "Some text."},
                "none": null,
                "activity": {
                  "nodes": [
                    {
                      "action": "ARTICLE_ARCHIVED",
                      "version": 1,
                      "edition": null,
                      "actor": "…",
                      "at": "…",
                      "details": []
                    },
                    {
                      "action": "ARTICLE_CHANGES_REQUESTED",
                      "version": 1,
                      "edition": null,
                      "actor": "…",
                      "at": "…",
                      "details": [{"name": "comment", "value": "Too late"}]
                    },
                    {
                      "action": "ARTICLE_SUBMITTED",
                      "version": 1,
                      "edition": null,
                      "actor": "…",
                      "at": "…",
                      "details": []
                    },
                    {
                      "action": "ARTICLE_WITHDRAWN",
                      "version": 1,
                      "edition": 2,
                      "actor": "…",
                      "at": "…",
                      "details": [
                        {"name": "reason", "value": "REDIRECT"},
                        {"name": "redirectTo", "value": "https://www.example/"}
                      ]
                    },
                    {
                      "action": "ARTICLE_EXPIRY_SET",
                      "version": 1,
                      "edition": null,
                      "actor": "…",
                      "at": "…",
                      "details": [{"name": "expiresAt", "value": "2998-04-01T00:00:00+02:00[+02:00]"}]
                    },
                    {
                      "action": "ARTICLE_PUBLISHED",
                      "version": 1,
                      "edition": 1,
                      "actor": "…",
                      "at": "…",
                      "details": []
                    },
                    {
                      "action": "ARTICLE_CREATED",
                      "version": 1,
                      "edition": null,
                      "actor": "…",
                      "at": "…",
                      "details": []
                    }
                  ]
                }
              }
            }
          }
        }
        "#);
        act(editor, "articleUnarchive", &saved, "");
        let document = format!("{{ desk {{ article(id: {:?}) {{ state archivedAt openActions }} }} }}", saved.id);
        shows!(editor.ask(&document), @r#"
        {
          "data": {
            "desk": {
              "article": {
                "state": "WITHDRAWN",
                "archivedAt": null,
                "openActions": ["UPDATE", "SUBMIT", "PUBLISH", "MARK_REVIEWED", "ARCHIVE"]
              }
            }
          }
        }
        "#);
        assert!(editor.data(r#"{ desk { article(id: "article_01ja0000000000000000000000") { id } } }"#)["desk"]["article"].is_null());
    }

    fn open_actions_are_exactly_the_actions_that_succeed(env: &Env) {
        let server = env.server();
        let editor = &server.editor;
        let steps = ["", "articleSubmit", "articleApprove", "articlePublish", "articleWithdraw", "articleArchive"];
        let mutations = [
            ("ARCHIVE", "articleArchive", ""), ("CANCEL_SCHEDULE", "articleCancelSchedule", ""), ("APPROVE", "articleApprove", ""),
            ("REQUEST_CHANGES", "articleRequestChanges", r#", comment: "x""#), ("SUBMIT", "articleSubmit", ""),
            ("UNARCHIVE", "articleUnarchive", ""), ("WITHDRAW", "articleWithdraw", ""), ("PUBLISH", "articlePublish", ""),
            ("UPDATE", "articleUpdate", r#", input: { deck: "x" }"#), ("MARK_REVIEWED", "articleMarkReviewed", ", input: {}"),
            ("RESTORE", "articleRestore", ", toVersion: 1"), ("DELETE", "articleDelete", ""),
        ];
        for reached in 1..=steps.len() {
            for (action, mutation, arguments) in mutations {
                let saved = editor.create(json!({"title": "A", "body": "x"}));
                for step in &steps[1..reached] {
                    act(editor, step, &saved, "");
                }
                let document = format!("{{ desk {{ article(id: {:?}) {{ state openActions }} }} }}", saved.id);
                let shown = editor.data(&document)["desk"]["article"].take();
                let open = shown["openActions"].as_array().unwrap().contains(&json!(action));
                let document = format!(
                    "mutation {{ done: {mutation}(id: {:?}, expectedVersion: {}{arguments}) {{ userErrors {{ code message }} }} }}",
                    saved.id, saved.version
                );
                let errors = editor.data(&document)["done"]["userErrors"].take();
                assert_eq!(errors == json!([]), open, "{action} of {shown:#}: {errors:#}");
                if !open {
                    assert_eq!(errors[0]["code"], "INVALID_STATE", "{errors:#}");
                }
            }
        }
    }
}
