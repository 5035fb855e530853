//! Every save makes a revision. Revisions can be compared and restored.

use serde_json::{Value, json};

both! {
    fn every_save_is_a_revision_that_can_be_compared(env: &Env) {
        let server = env.server();
        let editor = &server.editor;
        editor.label("tag", json!({"name": "News"}));
        let first = editor.create(json!({"title": "One", "body": "one\ntwo words\nthree\n"}));
        let second = editor.update(&first, json!({"title": "Two", "body": "one\ntwo lines\nthree\n", "tags": ["news"]}));
        let answer = editor.ask_with(
            "query ($id: ID!) { desk { article(id: $id) {
                revisions(first: 1) { pageInfo { hasNextPage } nodes { version title } }
                revision(version: 2) { diff(against: 1) {
                    fromVersion toVersion addedLines removedLines unified
                    fields { field before after added removed reordered }
                    hunks { oldStart oldLines newStart newLines lines { kind text words { text changed } } }
                } }
                none: revision(version: 3) { version }
            } } }",
            &json!({"id": second.id}),
        );
        shows!(answer, @r#"
        {
          "data": {
            "desk": {
              "article": {
                "revisions": {"pageInfo": {"hasNextPage": true}, "nodes": [{"version": 2, "title": "Two"}]},
                "revision": {
                  "diff": {
                    "fromVersion": 1,
                    "toVersion": 2,
                    "addedLines": 1,
                    "removedLines": 1,
                    "unified": "--- version 1\t\n+++ version 2\t\n@@ -1,3 +1,3 @@\n one\n-two words\n+two lines\n three\n",
                    "fields": [
                      {
                        "field": "title",
                        "before": "One",
                        "after": "Two",
                        "added": [],
                        "removed": [],
                        "reordered": false
                      },
                      {
                        "field": "tags",
                        "before": null,
                        "after": null,
                        "added": ["news"],
                        "removed": [],
                        "reordered": false
                      }
                    ],
                    "hunks": [
                      {
                        "oldStart": 1,
                        "oldLines": 3,
                        "newStart": 1,
                        "newLines": 3,
                        "lines": [
                          {"kind": "EQUAL", "text": "one", "words": [{"text": "one", "changed": false}]},
                          {
                            "kind": "REMOVED",
                            "text": "two words",
                            "words": [{"text": "two ", "changed": false}, {"text": "words", "changed": true}]
                          },
                          {
                            "kind": "ADDED",
                            "text": "two lines",
                            "words": [{"text": "two ", "changed": false}, {"text": "lines", "changed": true}]
                          },
                          {"kind": "EQUAL", "text": "three", "words": [{"text": "three", "changed": false}]}
                        ]
                      }
                    ]
                  }
                },
                "none": null
              }
            }
          }
        }
        "#);
        let missing = editor.ask_with(
            "query ($id: ID!) { desk { article(id: $id) { workingCopy { diff(against: 7) { unified } } } } }",
            &json!({"id": second.id}),
        );
        assert_eq!(missing.json()["errors"][0]["extensions"]["argument"], "against");
    }

    fn restoring_an_old_revision_makes_a_new_one(env: &Env) {
        let server = env.server();
        let editor = &server.editor;
        let first = editor.published(json!({"title": "One", "body": "first"}));
        let second = editor.update(&first, json!({"title": "Two", "body": "second"}));
        let restore = "mutation ($id: ID!, $expected: Int!, $to: Int!) {
            articleRestore(id: $id, expectedVersion: $expected, toVersion: $to) {
                article { version title hasUnpublishedChanges workingCopy { body } publication { title } }
                conflict { expectedVersion currentVersion diff { fields { field before after } } }
                userErrors { code path message }
            }
        }";
        let restored = editor.data_with(restore, &json!({"id": first.id, "expected": second.version, "to": 1}));
        assert_eq!(
            restored["articleRestore"]["article"],
            json!({
                "version": 3, "title": "One", "hasUnpublishedChanges": true, "workingCopy": {"body": "first"},
                "publication": {"title": "One"},
            })
        );
        let same = editor.data_with(restore, &json!({"id": first.id, "expected": 3, "to": 3}));
        assert_eq!(same["articleRestore"]["article"]["version"], 3, "a restore without changes saves nothing");
        let none = editor.data_with(restore, &json!({"id": first.id, "expected": 3, "to": 9}));
        assert_eq!(none["articleRestore"]["userErrors"][0]["message"], "the article has no version 9: it has 1 to 3");
        let stale = editor.data_with(restore, &json!({"id": first.id, "expected": 2, "to": 1}));
        assert_eq!(
            stale["articleRestore"]["conflict"],
            json!({
                "expectedVersion": 2, "currentVersion": 3,
                "diff": {"fields": [{"field": "title", "before": "Two", "after": "One"}]},
            })
        );
    }

    fn restoring_does_not_take_a_slug_from_another_article(env: &Env) {
        let server = env.server();
        let editor = &server.editor;
        let first = editor.create(json!({"title": "One", "slug": "wanted", "body": "x"}));
        let second = editor.update(&first, json!({"slug": "other"}));
        editor.create(json!({"title": "Two", "slug": "wanted", "body": "x"}));
        let restored = editor.data_with(
            "mutation ($id: ID!) { articleRestore(id: $id, expectedVersion: 2, toVersion: 1) {
                article { version } userErrors { code }
            } }",
            &json!({"id": second.id}),
        );
        assert_eq!(
            restored["articleRestore"],
            json!({"article": Value::Null, "userErrors": [{"code": "SLUG_TAKEN"}]})
        );
    }
}
