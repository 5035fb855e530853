//! The audit log: who did what, and when.

mod command;

use std::collections::BTreeSet;

use serde_json::{Value, json};

use crate::support::{Client, Folder, Kind, Server, within};

/// All entries, the oldest first, from all pages.
#[track_caller]
fn log(editor: &Client) -> Vec<Value> {
    let (mut entries, mut after) = (Vec::new(), Value::Null);
    loop {
        let document = "query ($after: String) { desk { audit(first: 100, after: $after) {
            nodes { sequence at actor action subject version edition requestId details { name value } }
            pageInfo { hasNextPage endCursor }
        } } }";
        let page = editor.data_with(document, &json!({"after": after}))["desk"]["audit"].take();
        entries.extend(page["nodes"].as_array().unwrap().iter().cloned());
        after = page["pageInfo"]["endCursor"].clone();
        if page["pageInfo"]["hasNextPage"] == json!(false) {
            entries.reverse();
            return entries;
        }
    }
}

/// Runs mutations one by one, and checks the log after each.
struct Script<'a> {
    editor: &'a Client,
    actor: String,
    log: Vec<Value>,
    used: BTreeSet<String>,
}

/// The payload fields of a mutation besides `userErrors`.
fn selection(mutation: &str) -> &'static str {
    match mutation {
        "articleDelete" => "deletedId",
        _ if mutation.ends_with("Delete") => "deletedId edition { number }",
        _ if mutation.starts_with("article") => "article { id: articleId version } edition { number }",
        _ if mutation.starts_with("preview") => "preview { id }",
        _ if mutation.starts_with("key") => "key { id }",
        _ if mutation.starts_with("tag") => "tag { id version } edition { number }",
        _ if mutation.starts_with("topic") => "topic { id version } edition { number }",
        _ => "author { id version } edition { number }",
    }
}

impl<'a> Script<'a> {
    fn new(editor: &'a Client) -> Self {
        let probe = editor.create(json!({"title": "Probe"}));
        let document =
            format!(r#"{{ desk {{ article(id: "{}") {{ workingCopy {{ actor }} }} }} }}"#, probe.id);
        let actor =
            editor.data(&document)["desk"]["article"]["workingCopy"]["actor"].as_str().unwrap().to_owned();
        assert!(actor.starts_with("key_"), "{actor}");
        Self { editor, actor, log: log(editor), used: BTreeSet::new() }
    }

    fn send(&mut self, mutation: &str, arguments: &str) -> Value {
        self.used.insert(mutation.to_owned());
        let document = format!(
            "mutation {{ done: {mutation}({arguments}) {{ {} userErrors {{ code }} }} }}",
            selection(mutation)
        );
        self.editor.data(&document)["done"].take()
    }

    /// The entries since the last call.
    fn added(&mut self) -> Vec<Value> {
        let now = log(self.editor);
        assert_eq!(now[..self.log.len()], self.log, "existing entries do not change");
        let added = now[self.log.len()..].to_vec();
        self.log = now;
        added
    }

    /// Runs a mutation, and asserts that it adds one entry. Returns the id of the subject.
    #[track_caller]
    fn does(&mut self, mutation: &str, arguments: &str, action: &str, details: Value) -> String {
        let done = self.send(mutation, arguments);
        assert_eq!(done["userErrors"], json!([]), "{mutation}({arguments})");
        let kind = ["article", "preview", "key", "tag", "topic", "author"]
            .into_iter()
            .find(|kind| mutation.starts_with(kind));
        let object = &done[kind.unwrap()];
        let [entry] = &self.added()[..] else { panic!("{mutation} does not add one entry") };
        let deleted = done["deletedId"].as_str().map(|id| id.replace("desk_", "article_"));
        let subject = object["id"].as_str().or(deleted.as_deref()).unwrap();
        assert_eq!((&entry["action"], &entry["actor"]), (&json!(action), &json!(self.actor)), "{mutation}");
        // The entry of a merge names the merged label, and the answer names its target.
        if !mutation.ends_with("Merge") {
            assert_eq!(entry["subject"], subject, "{mutation}");
            if !mutation.ends_with("Delete") {
                assert_eq!(entry["version"], object["version"], "{mutation}");
            }
        }
        assert_eq!(entry["edition"], done["edition"]["number"], "{mutation}");
        let given = entry["details"].as_array().unwrap().iter();
        let given: serde_json::Map<_, _> = given
            .map(|detail| (detail["name"].as_str().unwrap().to_owned(), detail["value"].clone()))
            .collect();
        assert_eq!(Value::Object(given), details, "{mutation}");
        subject.to_owned()
    }

    /// Runs a mutation that changes nothing, and asserts that it adds no entry.
    #[track_caller]
    fn does_nothing(&mut self, mutation: &str, arguments: &str, code: Option<&str>) {
        let done = self.send(mutation, arguments);
        assert_eq!(done["userErrors"][0]["code"], json!(code), "{mutation}({arguments})");
        assert_eq!(self.added(), Vec::<Value>::new(), "{mutation}({arguments})");
    }
}

both! {
    fn every_mutation_adds_one_entry(env: &Env) {
        let server = env.server();
        let mut script = Script::new(&server.editor);
        let none = json!({});
        let (news, old) = (json!({"name": "News", "slug": "news"}), json!({"name": "Old", "slug": "old"}));
        let tag = script.does("tagCreate", r#"input: { name: "New" }"#, "TAG_CREATED", json!({"name": "New", "slug": "new"}));
        script.does("tagRename", &format!(r#"id: "{tag}", expectedVersion: 1, name: "News""#), "TAG_RENAMED", news);
        let other = script.does("tagCreate", r#"input: { name: "Old" }"#, "TAG_CREATED", old);
        script.send("tagMerge", &format!(r#"id: "{other}", expectedVersion: 1, into: "{tag}""#));
        let [merged] = &script.added()[..] else { panic!("a merge does not add one entry") };
        assert_eq!((&merged["action"], &merged["subject"]), (&json!("TAG_MERGED"), &json!(other)));
        assert_eq!((&merged["actor"], &merged["edition"]), (&json!(script.actor), &json!(server.reader.edition())));
        let with_replacement = json!([
            {"name": "name", "value": "Old"}, {"name": "slug", "value": "old"}, {"name": "replacedBy", "value": tag},
        ]);
        assert_eq!(merged["details"], with_replacement);
        let title = json!({"name": "Titles", "slug": "news"});
        script.does("tagUpdate", &format!(r#"id: "{tag}", expectedVersion: 2, input: {{ name: "Titles" }}"#), "TAG_RENAMED", title.clone());
        script.does_nothing("tagUpdate", &format!(r#"id: "{tag}", expectedVersion: 3, input: {{ name: "Titles" }}"#), None);
        script.does("tagDelete", &format!(r#"id: "{tag}", expectedVersion: 3"#), "TAG_DELETED", title);
        let topic = |name: &str| json!({"name": name, "slug": name.to_lowercase()});
        script.does("topicCreate", r#"input: { name: "Care" }"#, "TOPIC_CREATED", topic("Care"));
        let below = script.does("topicCreate", r#"input: { name: "Home" }"#, "TOPIC_CREATED", topic("Home"));
        script.does("topicMove", &format!(r#"id: "{below}", expectedVersion: 1, parent: "care""#), "TOPIC_MOVED", topic("Home"));
        let homes = json!({"name": "Homes", "slug": "home"});
        script.does("topicUpdate", &format!(r#"id: "{below}", expectedVersion: 2, input: {{ name: "Homes" }}"#), "TOPIC_UPDATED", homes.clone());
        script.does("topicDelete", &format!(r#"id: "{below}", expectedVersion: 3"#), "TOPIC_DELETED", homes);
        let author = script.does("authorCreate", r#"input: { name: "Ann" }"#, "AUTHOR_CREATED", topic("Ann"));
        let bo = script.does("authorCreate", r#"input: { name: "Bo" }"#, "AUTHOR_CREATED", topic("Bo"));
        let bob = json!({"name": "Bob", "slug": "bo"});
        script.does("authorUpdate", &format!(r#"id: "{bo}", expectedVersion: 1, input: {{ name: "Bob", bio: "Writes." }}"#), "AUTHOR_UPDATED", bob);
        script.does_nothing("authorUpdate", &format!(r#"id: "{bo}", expectedVersion: 2, input: {{}}"#), None);
        let replaced = json!({"name": "Bob", "slug": "bo", "replacedBy": author});
        script.does("authorMerge", &format!(r#"id: "{bo}", expectedVersion: 2, into: "{author}""#), "AUTHOR_MERGED", replaced);

        let id = script.does("articleCreate", r#"input: { title: "A", body: "x" }"#, "ARTICLE_CREATED", none.clone());
        let at = |version: u8| format!(r#"id: "{id}", expectedVersion: {version}"#);
        script.does("articleUpdate", &format!(r#"{}, input: {{ title: "B" }}"#, at(1)), "ARTICLE_UPDATED", none.clone());
        script.does("articleRestore", &format!("{}, toVersion: 1", at(2)), "ARTICLE_RESTORED", json!({"restoredVersion": "1"}));
        let comment = json!({"comment": "Hm"});
        script.does("articleSubmit", &format!(r#"{}, comment: "Hm""#, at(3)), "ARTICLE_SUBMITTED", comment.clone());
        script.does("articleRequestChanges", &format!(r#"{}, comment: "Hm""#, at(3)), "ARTICLE_CHANGES_REQUESTED", comment);
        script.does("articleSubmit", &at(3), "ARTICLE_SUBMITTED", none.clone());
        script.does("articleApprove", &at(3), "ARTICLE_APPROVED", none.clone());
        let schedule = format!(r#"{}, at: "2998-01-01T00:00:00Z""#, at(3));
        script.send("articlePublish", &schedule);
        let [scheduled] = &script.added()[..] else { panic!("a schedule does not add one entry") };
        assert_eq!((&scheduled["action"], &scheduled["version"], &scheduled["edition"]), (&json!("ARTICLE_SCHEDULED"), &json!(3), &Value::Null));
        let written = scheduled["details"][0]["value"].clone();
        script.does("articleCancelSchedule", &at(3), "ARTICLE_SCHEDULE_CANCELLED", json!({"scheduledFor": written}));
        script.does("articlePublish", &at(3), "ARTICLE_PUBLISHED", none.clone());
        script.does_nothing("articlePublish", &at(3), None);
        let done = script.send("articlePublish", &format!(r#"{}, expiresAt: "2998-01-01T00:00:00Z""#, at(3)));
        assert_eq!(done["userErrors"], json!([]));
        let [expiry] = &script.added()[..] else { panic!("an end does not add one entry") };
        assert_eq!((&expiry["action"], &expiry["edition"]), (&json!("ARTICLE_EXPIRY_SET"), &Value::Null));
        let reviewed = format!(r#"{}, input: {{ reviewer: "ann", dueAt: "2998-01-01T00:00:00Z", comment: "Fine" }}"#, at(3));
        let fine = json!({"reviewer": author, "dueAt": "2998-01-01T00:00:00Z", "comment": "Fine"});
        script.does("articleMarkReviewed", &reviewed, "ARTICLE_REVIEWED", fine);
        let gone = json!({"reason": "REDIRECT", "redirectTo": "https://www.example/"});
        let away = format!(r#"{}, reason: REDIRECT, redirectTo: "https://www.example/""#, at(3));
        script.does("articleWithdraw", &away, "ARTICLE_WITHDRAWN", gone);
        script.does("articleArchive", &at(3), "ARTICLE_ARCHIVED", none.clone());
        script.does("articleUnarchive", &at(3), "ARTICLE_UNARCHIVED", none.clone());
        let made = script.send("previewCreate", &format!(r#"input: {{ articleId: "{id}" }}"#));
        let [preview] = &script.added()[..] else { panic!("a preview does not add one entry") };
        assert_eq!((&preview["action"], &preview["subject"]), (&json!("PREVIEW_CREATED"), &made["preview"]["id"]));
        assert_eq!(preview["details"][0], json!({"name": "shows", "value": id}));
        let revoke = format!("id: {}", made["preview"]["id"]);
        script.does("previewRevoke", &revoke, "PREVIEW_REVOKED", none.clone());
        script.does_nothing("previewRevoke", &revoke, None);
        let draft = script.does("articleCreate", r#"input: { title: "C" }"#, "ARTICLE_CREATED", none);
        let deleted = format!(r#"id: "{draft}", expectedVersion: 1"#);
        script.does("articleDelete", &deleted, "ARTICLE_DELETED", json!({"title": "C"}));
        script.does_nothing("articleUpdate", &format!("{}, input: {{}}", at(3)), None);

        let key = r#"input: { name: "Site", scopes: [CONTENT_WRITE] }"#;
        let site = json!({"name": "Site", "scopes": "content:write"});
        let key = format!("id: {:?}", script.does("keyCreate", key, "KEY_CREATED", site));
        let successor = script.send("keyRotate", &key)["key"]["id"].take();
        let [rotated] = &script.added()[..] else { panic!("a rotation does not add one entry") };
        assert_eq!((&rotated["action"], &rotated["details"][1]["value"]), (&json!("KEY_ROTATED"), &successor));
        script.does("keyRevoke", &format!("id: {successor}"), "KEY_REVOKED", json!({"name": "Site"}));
        script.does_nothing("keyRevoke", &format!("id: {successor}"), Some("INVALID_STATE"));

        let document = "{ __schema { mutationType { fields(includeDeprecated: true) { name } } } }";
        let data = server.reader.data(document);
        let fields = data["__schema"]["mutationType"]["fields"].as_array().unwrap();
        let all: BTreeSet<_> = fields.iter().map(|field| field["name"].as_str().unwrap().to_owned()).collect();
        assert_eq!(script.used, all, "a new mutation is not in this test: add it, with its entry in the log");
        // The activity of an article consists of the entries about it.
        let document = format!(r#"{{ desk {{ article(id: "{id}") {{ activity(first: 100) {{ nodes {{ sequence }} }} }} }} }}"#);
        let activity = server.editor.data(&document)["desk"]["article"]["activity"]["nodes"].take();
        let own: Vec<Value> = script.log.iter().rev().filter(|entry| entry["subject"] == id)
            .map(|entry| json!({"sequence": entry["sequence"]})).collect();
        assert_eq!(activity, json!(own));
    }

    fn a_refused_mutation_adds_no_entry(env: &Env) {
        let server = env.server();
        let mut script = Script::new(&server.editor);
        let tag = server.editor.label("tag", json!({"name": "T"}));
        let topic = server.editor.label("topic", json!({"name": "S"}));
        let author = server.editor.label("author", json!({"name": "P"}));
        let draft = server.editor.create(json!({"title": "A"})).id;
        let writer = server.client_with(&["content:write"]);
        script.added();
        let stale = format!(r#"id: "{draft}", expectedVersion: 9"#);
        let now = format!(r#"id: "{draft}", expectedVersion: 1"#);
        for mutation in ["Publish", "CancelSchedule", "Withdraw", "Archive", "Unarchive", "Delete", "Submit", "Approve"] {
            script.does_nothing(&format!("article{mutation}"), &stale, Some("STALE_VERSION"));
        }
        for (mutation, more) in [
            ("Update", r#"input: { title: "B" }"#), ("Restore", "toVersion: 1"), ("RequestChanges", r#"comment: "x""#),
            ("MarkReviewed", "input: {}"),
        ] {
            script.does_nothing(&format!("article{mutation}"), &format!("{stale}, {more}"), Some("STALE_VERSION"));
        }
        for mutation in ["CancelSchedule", "Withdraw", "Unarchive", "Approve"] {
            script.does_nothing(&format!("article{mutation}"), &now, Some("INVALID_STATE"));
        }
        script.does_nothing("articleCreate", "input: {}", Some("REQUIRED"));
        script.does_nothing("articleCreate", r#"input: { title: "B", slug: "a" }"#, Some("SLUG_TAKEN"));
        script.does_nothing("articleCreate", r#"input: { title: "B", tags: ["nobody"] }"#, Some("NOT_FOUND"));
        script.does_nothing("previewCreate", "input: {}", Some("REQUIRED"));
        script.does_nothing("previewRevoke", r#"id: "preview_01ja0000000000000000000000""#, Some("NOT_FOUND"));
        script.does_nothing("tagCreate", r#"input: { name: "T" }"#, Some("SLUG_TAKEN"));
        script.does_nothing("tagRename", &format!(r#"id: "{tag}", expectedVersion: 9, name: "U""#), Some("STALE_VERSION"));
        script.does_nothing("tagMerge", &format!(r#"id: "{tag}", expectedVersion: 9, into: "{tag}""#), Some("STALE_VERSION"));
        script.does_nothing("tagUpdate", &format!(r#"id: "{tag}", expectedVersion: 9, input: {{ name: "U" }}"#), Some("STALE_VERSION"));
        script.does_nothing("tagDelete", &format!(r#"id: "{tag}", expectedVersion: 9"#), Some("STALE_VERSION"));
        script.does_nothing("topicUpdate", &format!(r#"id: "{topic}", expectedVersion: 9, input: {{}}"#), Some("STALE_VERSION"));
        script.does_nothing("topicDelete", &format!(r#"id: "{topic}", expectedVersion: 9"#), Some("STALE_VERSION"));
        script.does_nothing("authorUpdate", &format!(r#"id: "{author}", expectedVersion: 9, input: {{}}"#), Some("STALE_VERSION"));
        script.does_nothing("authorMerge", &format!(r#"id: "{author}", expectedVersion: 1, into: "{author}""#), Some("INVALID"));
        script.does_nothing("topicCreate", r#"input: { name: "S" }"#, Some("SLUG_TAKEN"));
        script.does_nothing("topicMove", &format!(r#"id: "{topic}", expectedVersion: 1, parent: "s""#), Some("TOPIC_CYCLE"));
        script.does_nothing("authorCreate", r#"input: { name: " " }"#, Some("REQUIRED"));
        // A mutation without its scope adds no entry either.
        assert_eq!(writer.ask(&format!("mutation {{ articlePublish({now}) {{ edition {{ number }} }} }}")).status, 403);
        assert_eq!(server.reader.ask(&format!("mutation {{ articleDelete({now}) {{ deletedId }} }}")).status, 401);
        assert_eq!(script.added(), Vec::<Value>::new());
    }

    fn entries_cannot_be_changed_or_deleted(env: &Env) {
        let server = env.server();
        server.editor.create(json!({"title": "A"}));
        let before = log(&server.editor);
        let mut attempts = vec![
            "UPDATE audit SET actor = 'nobody'", "UPDATE audit SET at = 0 WHERE id = 1", "DELETE FROM audit",
            "DELETE FROM audit WHERE id = 1",
        ];
        match env.kind {
            Kind::Sqlite => attempts.push(
                "INSERT OR REPLACE INTO audit (id, at, actor, action, subject_type, subject, details)
                 SELECT id, 0, 'nobody', action, subject_type, subject, details FROM audit"
            ),
            Kind::Postgres => attempts.push("TRUNCATE audit"),
        }
        for attempt in attempts {
            let refused = server.database().try_execute(attempt).unwrap_err();
            assert!(refused.contains("the audit log is only ever added to"), "{attempt}: {refused}");
        }
        assert_eq!(log(&server.editor), before);
    }

    fn schedules_and_imports_add_entries(env: &Env) {
        let server = env.server();
        let Server { editor, .. } = &server;
        let article = editor.create(json!({"title": "A", "body": "x"}));
        editor.data_with(
            r#"mutation ($id: ID!) { articlePublish(id: $id, expectedVersion: 1, at: "2998-01-01T00:00:00Z", expiresAt: "2998-02-01T00:00:00Z") {
                userErrors { code } } }"#,
            &json!({"id": article.id}),
        );
        let before = log(editor).len();
        server.database().execute("UPDATE article SET schedule_at = 1000000, schedule_expires_at = 2000000");
        let added = within("the article begins and ends", || Some(log(editor)[before..].to_vec()).filter(|added| added.len() > 1));
        let entries: Vec<_> = added.iter().map(|entry| json!([entry["action"], entry["actor"], entry["version"], entry["edition"]])).collect();
        assert_eq!(entries, [json!(["ARTICLE_PUBLISHED", "scheduler", 1, 1]), json!(["ARTICLE_EXPIRED", "scheduler", 1, 2])]);

        let folder = Folder::new("posts");
        folder.write("a.md", "---\ntitle: New\ndate: 2024-01-01\ntags: [flu]\n---\nText.\n");
        let before = log(editor).len();
        folder.import(server.database(), &["--dry-run"]).succeeded();
        assert_eq!(log(editor).len(), before, "a dry run adds no entry");
        folder.import(server.database(), &[]).succeeded();
        let imported = log(editor)[before..].to_vec();
        let entries: Vec<_> = imported.iter().map(|entry| json!([entry["action"], entry["actor"], entry["version"], entry["edition"]])).collect();
        assert_eq!(entries, [
            json!(["TAG_CREATED", "cli", 1, 3]), json!(["ARTICLE_CREATED", "cli", 1, null]), json!(["ARTICLE_PUBLISHED", "cli", 1, 3]),
        ]);
        folder.import(server.database(), &[]).succeeded();
        assert_eq!(log(editor).len(), before + 3, "importing the same files again adds no entry");
        folder.write("a.md", "---\ntitle: New\ndate: 2024-01-01\ntags: [flu]\ndraft: true\n---\nOther text.\n");
        folder.import(server.database(), &[]).succeeded();
        let entries: Vec<_> = log(editor)[before + 3..].iter().map(|entry| json!([entry["action"], entry["actor"], entry["version"], entry["edition"]])).collect();
        assert_eq!(entries, [json!(["ARTICLE_UPDATED", "cli", 2, null]), json!(["ARTICLE_WITHDRAWN", "cli", 2, 4])]);
    }
}
