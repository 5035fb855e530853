//! The checks before publishing: issues are data, and are acknowledged by code.

use serde_json::{Value, json};

use crate::support::Client;

const PUBLISH: &str = "mutation ($id: ID!, $acknowledge: [IssueCode!]! = []) {
    articlePublish(id: $id, expectedVersion: 1, acknowledge: $acknowledge) {
        article { state } issues { code severity path message } userErrors { code path message }
    }
}";

fn publish(client: &Client, id: &str, acknowledge: &[&str]) -> Value {
    client.data_with(PUBLISH, &json!({"id": id, "acknowledge": acknowledge}))["articlePublish"].take()
}

both! {
    fn warnings_block_a_publish_until_they_are_acknowledged(env: &Env) {
        let server = env.server_with(&[("GREYMATTERS_CHECK_WARNINGS", "acknowledge")]);
        let editor = &server.editor;
        editor.label("topic", json!({"name": "Care"}));
        editor.label("tag", json!({"name": "News"}));
        let article = editor.create(json!({
            "title": "Flu shots for everybody on the ward", "body": "## A\n\n#### B\n\nSee [here](https://other.example/).",
            "topics": ["care"], "tags": ["news"],
            "excerpt": "Where to get a shot, when, and what it costs: nothing, for everybody who works here.",
        }));
        let blocked = editor.ask_with(PUBLISH, &json!({"id": article.id}));
        shows!(blocked, @r#"
        {
          "data": {
            "articlePublish": {
              "article": null,
              "issues": [
                {
                  "code": "HEADING_LEVEL_SKIPPED",
                  "severity": "WARNING",
                  "path": ["body"],
                  "message": "the heading `B` has level 4 and follows level 2: make it `###`, or add a heading between them"
                },
                {
                  "code": "LINK_TEXT_VAGUE",
                  "severity": "WARNING",
                  "path": ["body"],
                  "message": "the link to `https://other.example/` has the text `here`, which does not say where it leads: name the target"
                }
              ],
              "userErrors": [
                {
                  "code": "WARNINGS_UNACKNOWLEDGED",
                  "path": ["acknowledge"],
                  "message": "there are warnings, which `issues` explains: correct the article, or accept the warnings with `acknowledge: [HEADING_LEVEL_SKIPPED, LINK_TEXT_VAGUE]`"
                }
              ]
            }
          }
        }
        "#);
        let half = publish(editor, &article.id, &["LINK_TEXT_VAGUE"]);
        assert!(half["userErrors"][0]["message"].as_str().unwrap().ends_with("`acknowledge: [HEADING_LEVEL_SKIPPED]`"));
        let other = publish(editor, &article.id, &["LINK_TEXT_VAGUE", "HEADING_LEVEL_SKIPPED", "TAG_MISSING"]);
        assert_eq!(other["userErrors"][0]["code"], "NOT_APPLICABLE", "{other:#}");
        assert_eq!(server.reader.edition(), 2, "nothing but the labels was public");
        let done = publish(editor, &article.id, &["LINK_TEXT_VAGUE", "HEADING_LEVEL_SKIPPED"]);
        assert_eq!((&done["article"]["state"], &done["userErrors"]), (&json!("PUBLISHED"), &json!([])));
        assert_eq!(done["issues"].as_array().unwrap().len(), 2);
        let audit = editor.data("{ desk { audit(where: { actions: [ARTICLE_PUBLISHED] }) { nodes { details { name value } } } } }");
        assert_eq!(
            audit["desk"]["audit"]["nodes"][0]["details"],
            json!([{"name": "acknowledged", "value": "LINK_TEXT_VAGUE HEADING_LEVEL_SKIPPED"}])
        );
    }

    fn errors_cannot_be_acknowledged(env: &Env) {
        let server = env.server();
        let article = server.editor.create(json!({"title": "T", "body": "![](/ward.jpg)"}));
        let refused = publish(&server.editor, &article.id, &["ALT_TEXT_MISSING"]);
        let codes: Vec<_> = refused["userErrors"].as_array().unwrap().iter().map(|error| &error["code"]).collect();
        assert_eq!(codes, ["ALT_TEXT_MISSING", "NOT_APPLICABLE"], "{refused:#}");
        assert_eq!(refused["issues"][0]["severity"], "ERROR");
    }

    fn links_to_unpublished_pages_are_reported(env: &Env) {
        let server = env.server();
        server.editor.create(json!({"title": "Draft", "slug": "draft"}));
        server.editor.published(json!({"title": "Public", "slug": "public"}));
        let moved = server.editor.published(json!({"title": "Moved", "slug": "moved"}));
        let gone = server.editor.published(json!({"title": "Gone", "slug": "gone"}));
        let withdraw = "mutation ($id: ID!, $reason: WithdrawReason!, $to: String) {
            articleWithdraw(id: $id, expectedVersion: 1, reason: $reason, redirectTo: $to) { userErrors { message } }
        }";
        server.editor.data_with(withdraw, &json!({"id": moved.id, "reason": "REDIRECT", "to": "public"}));
        server.editor.data_with(withdraw, &json!({"id": gone.id, "reason": "GONE"}));
        let article = server.editor.create(json!({
            "title": "T", "body": "[a](/draft) [b](/blog/public/) [c](moved.html) [d](/gone) [e](/unknown) [f](#part) [g](#none)\n\n## Part",
        }));
        let check = server.editor.data_with(
            "query ($id: ID!) { articleCheck(id: $id) { version issues { code severity message } } }",
            &json!({"id": article.id}),
        );
        let issues = check["articleCheck"]["issues"].as_array().unwrap();
        let broken: Vec<(&str, &str)> = issues
            .iter()
            .filter(|issue| issue["code"] == "INTERNAL_LINK_BROKEN")
            .map(|issue| {
                let message = issue["message"].as_str().unwrap();
                (issue["severity"].as_str().unwrap(), message.split('`').nth(1).unwrap())
            })
            .collect();
        assert_eq!(broken, [("ERROR", "/draft"), ("ERROR", "/gone"), ("ERROR", "#none"), ("WARNING", "/unknown")]);
    }

    fn html_that_is_removed_is_a_warning_with_its_line(env: &Env) {
        let server = env.server_with(&[("GREYMATTERS_CHECK_WARNINGS", "acknowledge")]);
        let article = server.editor.create(json!({
            "title": "A tour of the ward", "body": "Watch the tour.\n\n<iframe src=\"https://video.example/1\"></iframe>\n",
        }));
        let held = publish(&server.editor, &article.id, &[]);
        let found = held["issues"].as_array().unwrap().iter().find(|issue| issue["code"] == "HTML_REMOVED").unwrap();
        assert_eq!(found, &json!({
            "code": "HTML_REMOVED", "severity": "WARNING", "path": ["body"],
            "message": "line 3: `<iframe>` is removed from the page: write a link to what it shows",
        }));
    }

    fn a_link_that_readers_could_see_broken_is_a_warning(env: &Env) {
        let server = env.server();
        let target = server.editor.published(json!({"title": "Target", "slug": "target"}));
        let article = server.editor.published(json!({
            "title": "T", "body": "[a](/target) [b](#part)\n\n## Part\n\nText.",
        }));
        server.editor.data_with(
            "mutation ($id: ID!) { articleWithdraw(id: $id, expectedVersion: 1) { userErrors { message } } }",
            &json!({"id": target.id}),
        );
        // The link to the withdrawn article was public. The other link is broken by this version.
        let article = server.editor.update(&article, json!({"body": "[a](/target) [b](#part)\n\nText."}));
        let check = server.editor.data_with(
            "query ($id: ID!) { articleCheck(id: $id) { issues { code severity message } } }",
            &json!({"id": article.id}),
        );
        let issues = check["articleCheck"]["issues"].as_array().unwrap();
        let broken: Vec<_> = issues
            .iter()
            .filter(|issue| issue["code"] == "INTERNAL_LINK_BROKEN")
            .map(|issue| (issue["severity"].as_str().unwrap(), issue["message"].as_str().unwrap().split('`').nth(1).unwrap()))
            .collect();
        assert_eq!(broken, [("ERROR", "#part"), ("WARNING", "/target")]);
        let document = "mutation ($id: ID!) { articlePublish(id: $id, expectedVersion: 2) { userErrors { code } } }";
        let refused = server.editor.data_with(document, &json!({"id": article.id}));
        assert_eq!(refused["articlePublish"]["userErrors"], json!([{"code": "LINK_BROKEN"}]));
        let article = server.editor.update(&article, json!({"body": "[a](/target) Text."}));
        let document = "mutation ($id: ID!) { articlePublish(id: $id, expectedVersion: 3) { userErrors { code } } }";
        let done = server.editor.data_with(document, &json!({"id": article.id}));
        assert_eq!(done["articlePublish"]["userErrors"], json!([]));
    }

    fn readability_is_reported(env: &Env) {
        let server = env.server();
        let body = "Organizational communication necessitates interdisciplinary collaboration. ".repeat(30);
        let article = server.editor.create(json!({"title": "T", "body": body}));
        let document = "query ($id: ID!, $version: Int) { articleCheck(id: $id, version: $version) {
            version issues { code } readability { gradeLevel sentences words syllables }
        } }";
        let check = server.editor.data_with(document, &json!({"id": article.id}));
        let readability = &check["articleCheck"]["readability"];
        assert_eq!((&readability["sentences"], &readability["words"]), (&json!(30), &json!(150)));
        assert!(readability["gradeLevel"].as_f64().unwrap() > 20.0, "{check:#}");
        assert!(check["articleCheck"]["issues"].to_string().contains("READING_LEVEL_HIGH"));
        let other = server.editor.ask_with(document, &json!({"id": article.id, "version": 9}));
        assert_eq!(other.json()["errors"][0]["extensions"]["argument"], "version");
        let none = server.editor.data_with(document, &json!({"id": "article_01h455vb4pex5vsknk084sn02q"}));
        assert_eq!(none["articleCheck"], Value::Null);
    }
}
