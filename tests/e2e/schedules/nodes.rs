//! Several nodes with one database apply each schedule once.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use super::{SCHEDULE, SOMEDAY, draft, schedule, titles};
use crate::support::{Client, Saved, Server, ahead, instant, within};

/// The number of articles that are due at the same instant.
const ARTICLES: usize = 24;

/// The entries of the audit log about publications and withdrawals, the oldest first.
fn audit(editor: &Client) -> Vec<Value> {
    let document = "query ($after: String) { desk { audit(
        first: 100, after: $after,
        where: { actions: [ARTICLE_PUBLISHED, ARTICLE_EXPIRED, ARTICLE_WITHDRAWN] }
    ) { nodes { action actor subject edition } pageInfo { hasNextPage endCursor } } } }";
    let (mut found, mut after) = (Vec::new(), Value::Null);
    loop {
        let page = editor.data_with(document, &json!({"after": after}))["desk"]["audit"].take();
        found.extend(page["nodes"].as_array().unwrap().iter().cloned());
        if page["pageInfo"]["hasNextPage"] == false {
            found.reverse();
            return found;
        }
        after = page["pageInfo"]["endCursor"].clone();
    }
}

/// Returns the actions of each subject in order. Asserts that their editions have no gaps.
fn actions_by_subject(editor: &Client) -> BTreeMap<String, Vec<(String, bool)>> {
    let mut done: BTreeMap<String, Vec<_>> = BTreeMap::new();
    let mut editions = Vec::new();
    for entry in audit(editor) {
        let text = |name: &str| entry[name].as_str().unwrap().to_owned();
        editions.push(entry["edition"].as_i64().unwrap());
        done.entry(text("subject")).or_default().push((text("action"), entry["actor"] == "scheduler"));
    }
    editions.sort_unstable();
    let all: Vec<i64> = (1..=editor.edition()).collect();
    assert_eq!(editions, all, "each action made one edition, and nothing else did");
    done
}

/// Waits until no node has a schedule left to apply.
fn wait_until_applied(nodes: &[&Server], left: usize) {
    for node in nodes {
        within("everything due is applied", || (titles(&node.reader).len() == left).then_some(()));
    }
}

/// An instant as the database stores it.
fn micros(at: &str) -> i64 {
    instant(&at.into()).as_microsecond()
}

fn drafts(server: &Server) -> Vec<Saved> {
    (0..ARTICLES).map(|number| draft(server, &format!("A{number:02}"))).collect()
}

both! {
    fn three_nodes_apply_each_schedule_once(env: &Env) {
        let first = env.server();
        let (second, third) = (first.beside(), first.beside());
        let nodes = [&first, &second, &third];
        let articles = drafts(&first);
        for (number, article) in articles.iter().enumerate() {
            let expires = (number % 2 == 0).then_some(SOMEDAY);
            schedule(&nodes[number % 3].editor, article, Some("2099-01-01T00:00:00Z"), expires);
        }
        // Half of the articles begin at each of two instants, and half of the articles end at a third instant.
        let [begin, second_half, end] = [300, 500, 1_200].map(|ahead_by| micros(&ahead(ahead_by)));
        first.database().execute(&format!(
            "UPDATE article SET schedule_at = CASE WHEN title < 'A12' THEN {begin} ELSE {second_half} END;
             UPDATE article SET schedule_expires_at = {end} WHERE schedule_expires_at IS NOT NULL;"
        ));
        // All articles become public, and then half of them end.
        let public = |entry: &Value| entry["action"] == "ARTICLE_PUBLISHED";
        within("all articles are published", || {
            (audit(&first.editor).iter().filter(|entry| public(entry)).count() == ARTICLES).then_some(())
        });
        within("half of the articles have ended", || (first.reader.edition() == (ARTICLES + ARTICLES / 2) as i64).then_some(()));
        wait_until_applied(&nodes, ARTICLES / 2);
        let done = actions_by_subject(&first.editor);
        for (number, article) in articles.iter().enumerate() {
            let mut expected = vec![("ARTICLE_PUBLISHED".to_owned(), true)];
            if number % 2 == 0 {
                expected.push(("ARTICLE_EXPIRED".to_owned(), true));
            }
            assert_eq!(done[&article.id], expected, "{number}");
        }
        assert_eq!(done.len(), ARTICLES);
    }

    fn manual_publishes_and_due_schedules_publish_once(env: &Env) {
        let first = env.server();
        let (second, third) = (first.beside(), first.beside());
        let articles = drafts(&first);
        for article in &articles {
            schedule(&first.editor, article, Some(SOMEDAY), None);
        }
        // All schedules become due at once, while editors publish the articles.
        std::thread::scope(|scope| {
            scope.spawn(|| first.database().execute("UPDATE article SET schedule_at = 1000000"));
            for (node, half) in [&second, &third].into_iter().zip(articles.chunks(ARTICLES / 2)) {
                scope.spawn(move || {
                    for article in half {
                        let variables = json!({"id": article.id, "version": article.version});
                        let done = node.editor.data_with(SCHEDULE, &variables)["done"].take();
                        assert_eq!(done["userErrors"], json!([]), "{done:#}");
                        assert_eq!(done["article"]["state"], "PUBLISHED");
                        assert_eq!(done["article"]["schedule"], Value::Null);
                    }
                });
            }
        });
        wait_until_applied(&[&first, &second, &third], ARTICLES);
        let done = actions_by_subject(&first.editor);
        assert_eq!(done.len(), ARTICLES);
        for (article, actions) in done {
            assert_eq!(actions.len(), 1, "{article} was published {actions:?}");
        }
    }

    fn other_nodes_continue_after_a_node_dies(env: &Env) {
        let first = env.server();
        let second = first.beside();
        for article in drafts(&first) {
            schedule(&first.editor, &article, Some(SOMEDAY), None);
        }
        first.database().execute("UPDATE article SET schedule_at = 1000000");
        within("one article has begun", || (second.reader.edition() > 0).then_some(()));
        first.kill();
        wait_until_applied(&[&second], ARTICLES);
        let done = actions_by_subject(&second.editor);
        assert_eq!(done.len(), ARTICLES);
        assert!(done.values().all(|actions| *actions == [("ARTICLE_PUBLISHED".to_owned(), true)]), "{done:#?}");
    }
}
