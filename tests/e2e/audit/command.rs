//! `greymatters audit`, and the filters that it shares with `desk.audit`.

use std::sync::atomic::{AtomicUsize, Ordering};

use serde_json::{Map, Value, json};

use super::log;
use crate::support::{CommandExt, Server, greymatters};

/// The entries that the command prints, in the format of `desk.audit`.
#[track_caller]
fn printed(server: &Server, arguments: &[&str]) -> Vec<Value> {
    let text = greymatters(&["audit"]).args(arguments).on(server.database()).run().succeeded();
    let entry = |line: &str| {
        let mut entry: Value = serde_json::from_str(line).unwrap();
        let details = entry["details"].as_object().unwrap().iter();
        entry["details"] = details.map(|(name, value)| json!({"name": name, "value": value})).collect();
        entry
    };
    text.lines().map(entry).collect()
}

/// The entries from `desk.audit`, the oldest first.
#[track_caller]
fn answered(server: &Server, filter: Map<String, Value>) -> Vec<Value> {
    let document = "query ($where: AuditWhere) { desk { audit(first: 100, where: $where) {
        nodes { sequence at actor action subject version edition requestId details { name value } }
    } } }";
    let data = server.editor.data_with(document, &json!({"where": filter}));
    data["desk"]["audit"]["nodes"].as_array().unwrap().iter().rev().cloned().collect()
}

/// Sorts the details of each entry, because their order does not matter.
fn sorted(mut entries: Vec<Value>) -> Vec<Value> {
    for entry in &mut entries {
        entry["details"].as_array_mut().unwrap().sort_by_key(ToString::to_string);
    }
    entries
}

both! {
    fn polling_misses_no_entry(env: &Env) {
        let server = env.server();
        let writing = AtomicUsize::new(4);
        let polled = std::thread::scope(|scope| {
            for writer in 0..4 {
                let (editor, writing) = (&server.editor, &writing);
                scope.spawn(move || {
                    for n in 0..15 {
                        editor.create(json!({"title": format!("{writer} {n}"), "body": "x"}));
                    }
                    writing.fetch_sub(1, Ordering::Relaxed);
                });
            }
            let mut polled = Vec::new();
            loop {
                // The last poll finds everything that was written before this point.
                let is_last = writing.load(Ordering::Relaxed) == 0;
                let last = polled.last().map_or("0".to_owned(), |entry: &Value| entry["sequence"].to_string());
                polled.extend(printed(&server, &["--after", &last]));
                if is_last {
                    return polled;
                }
            }
        });
        assert_eq!(sorted(polled), sorted(printed(&server, &[])));
    }

    fn the_command_prints_the_entries_of_the_desk(env: &Env) {
        let server = env.server();
        let other = server.client_with(&["content:write", "content:publish"]);
        server.editor.label("tag", json!({"name": "T"}));
        let first = server.editor.published(json!({"title": "A \"quoted\"\nline", "tags": ["t"]}));
        let second = other.create(json!({"title": "B"}));
        other.data_with(
            "mutation ($id: ID!) { articleSubmit(id: $id, expectedVersion: 1, comment: \"Line\\nbreak \u{1f600}\") { userErrors { code } } }",
            &json!({"id": second.id}),
        );
        other.update(&first, json!({"title": "C"}));
        let all = sorted(log(&server.editor));
        assert!(all.len() >= 6);
        assert_eq!(sorted(printed(&server, &[])), all);
        let text = |value: &Value| value.as_str().unwrap().to_owned();
        let (middle, last) = (&all[2], all.last().unwrap());
        let filters: [(&str, &str, String); 6] = [
            ("--request-id", "requestId", text(&last["requestId"])),
            ("--since", "since", text(&middle["at"])),
            ("--until", "until", text(&middle["at"])),
            ("--actor", "actor", text(&last["actor"])),
            ("--subject", "subject", second.id.clone()),
            ("--since", "since", "2998-01-01T00:00:00+01:00".into()),
        ];
        for (flag, name, value) in &filters {
            let expected: Vec<Value> = all.iter().filter(|entry| match *name {
                // Instants are in UTC, to the microsecond; a whole second has no fraction.
                "since" => instant(&entry["at"]) >= instant(&json!(value)),
                "until" => instant(&entry["at"]) < instant(&json!(value)),
                _ => entry[*name] == **value,
            }).cloned().collect();
            assert!(expected.len() < all.len(), "{name}");
            assert_eq!(sorted(printed(&server, &[flag, value])), expected, "{name}");
            let filter = [((*name).to_owned(), json!(value))].into_iter().collect();
            assert_eq!(sorted(answered(&server, filter)), expected, "{name}");
        }
        let (actor, subject) = (text(&last["actor"]), text(&last["subject"]));
        let both = sorted(printed(&server, &["--actor", &actor, "--subject", &subject]));
        assert_eq!(both, std::slice::from_ref(last), "an entry must match all filters");
        for (place, entry) in all.iter().enumerate() {
            let after = entry["sequence"].to_string();
            assert_eq!(sorted(printed(&server, &["--after", &after])), all[place + 1..]);
        }
        let actions = json!(["TAG_CREATED", "ARTICLE_UPDATED"]);
        let found = answered(&server, [("actions".to_owned(), actions)].into_iter().collect());
        let found: Vec<_> = found.iter().map(|entry| text(&entry["action"])).collect();
        assert_eq!(found, ["TAG_CREATED", "ARTICLE_UPDATED"]);
    }

    fn contradictory_options_are_refused(env: &Env) {
        let server = env.server();
        for arguments in [["--since", "yesterday"], ["--subject", "article_1"], ["--after", "x"]] {
            let refused = greymatters(&["audit"]).args(arguments).on(server.database()).run().failed();
            assert!(refused.contains(arguments[0]), "{refused}");
        }
        for filter in [r#"subject: "nobody""#, "actions: []", r#"actor: "\u0000""#] {
            let document = format!("{{ desk {{ audit(where: {{ {filter} }}) {{ nodes {{ sequence }} }} }} }}");
            assert_eq!(server.editor.ask(&document).error().1, "BAD_USER_INPUT", "{filter}");
        }
    }
}

/// The digits of an instant, padded to microseconds, for comparison.
fn instant(value: &Value) -> String {
    let text = value.as_str().unwrap();
    let (date, fraction) = text.trim_end_matches('Z').split_once('.').unwrap_or((&text[..19], ""));
    format!("{date}.{fraction:0<6}")
}
