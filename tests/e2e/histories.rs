//! The database gets another history of editions: it is restored, its file is replaced, or it fails over to a standby
//! that lagged behind. Edition numbers occur again, and no answer contains anything of the lost history.

use serde_json::{Value, json};

use crate::support::{Answer, Client, Server, within};

const LIST: &str = "/graphql?query=%7Barticles(first:5)%7Bnodes%7Btitle%20body%7Btext%7D%7D%7Dtags(orderBy:%7Bfield:NAME,direction:DESC%7D)%7Bnodes%7Bname%7D%7D%7D";

/// Requests the list. With `known`, the request has the ETag of an earlier answer.
fn list(reader: &Client, known: Option<&Answer>) -> Answer {
    match known.and_then(|known| known.header("etag")) {
        Some(etag) => reader.get(LIST, &[("if-none-match", etag)]),
        None => reader.get(LIST, &[]),
    }
}

fn titles(answer: &Answer) -> Vec<String> {
    let data = answer.data();
    let nodes = data["articles"]["nodes"].as_array().unwrap();
    nodes.iter().map(|node| node["title"].as_str().unwrap().to_owned()).collect()
}

fn publish(server: &Server, title: &str) -> i64 {
    let article = server.editor.create(json!({"title": title, "body": format!("What {title} says.")}));
    server.editor.publish(&article)
}

/// The number of log lines which report that the database has another history.
fn logged_history_changes(server: &Server) -> usize {
    server.log().iter().filter(|line| line.contains("which this node knew")).count()
}

/// The `Edition` header of an answer.
fn edition(answer: &Answer) -> &str {
    answer.header("edition").unwrap()
}

/// The number and the mark of the latest edition, from GraphQL.
fn latest(reader: &Client) -> String {
    let data = reader.data("{ edition { number mark } }");
    let Value::String(mark) = &data["edition"]["mark"] else { panic!("{data}") };
    format!("{};mark={mark}", data["edition"]["number"])
}

both! {
    fn every_answer_has_number_and_mark_of_its_edition(env: &Env) {
        let server = env.server();
        let empty = latest(&server.reader);
        assert!(empty.starts_with("0;mark="), "{empty}");
        assert_ne!(latest(&env.server().reader), empty, "two empty publications have different marks");
        publish(&server, "First");
        let first = latest(&server.reader);
        assert_eq!(edition(&list(&server.reader, None)), first);
        assert_eq!(edition(&server.reader.get("/v1/articles", &[])), first);
        let reported = server.reader.get("/v1/edition", &[]).json()["edition"].clone();
        assert_eq!(format!("{};mark={}", reported["number"], reported["mark"].as_str().unwrap()), first);
        publish(&server, "Second");
        let second = latest(&server.reader);
        assert_ne!(first.split_once(';').unwrap().1, second.split_once(';').unwrap().1);
        // An article has the edition that made it public.
        let data = server.reader.data("{ articles(first: 2) { nodes { title edition { number mark } } } }");
        for (node, (title, edition)) in data["articles"]["nodes"].as_array().unwrap().iter().zip([("Second", &second), ("First", &first)]) {
            let own = format!("{};mark={}", node["edition"]["number"], node["edition"]["mark"].as_str().unwrap());
            assert_eq!((node["title"].as_str().unwrap(), &own), (title, edition));
        }
        // Another node has the same edition and the same ETag.
        assert_eq!(latest(&server.beside().reader), second);
        assert_eq!(list(&server.beside().reader, None).header("etag"), list(&server.reader, None).header("etag"));
    }

    fn an_edition_after_a_restore_differs_from_the_lost_one(env: &Env) {
        let mut server = env.server();
        publish(&server, "Kept");
        server.database().save();
        publish(&server, "Lost");
        let lost = list(&server.reader, None);
        assert_eq!(list(&server.reader, Some(&lost)).status, 304);
        server.terminate();
        server.ended();

        server.database().put_back();
        let server = server.beside();
        assert_eq!(publish(&server, "Other"), 2);
        let other = list(&server.reader, Some(&lost));
        assert_eq!((other.status, other.edition()), (200, 2));
        assert_eq!(titles(&other), ["Other", "Kept"]);
        assert_ne!(edition(&other), edition(&lost));
        assert_eq!(logged_history_changes(&server), 0, "the new server never knew the lost history");
    }

    fn running_nodes_notice_a_restore(env: &Env) {
        let first = env.server();
        first.editor.label("tag", json!({"name": "Kept"}));
        publish(&first, "Kept");
        first.database().save();
        let second = first.beside();
        publish(&first, "Lost");
        first.editor.label("tag", json!({"name": "Lost"}));
        within("the other node has the edition", || (second.reader.edition() == 4).then_some(()));
        let lost = [&first, &second].map(|node| list(&node.reader, None));
        assert_eq!(lost[0].header("etag"), lost[1].header("etag"));

        first.database().put_back();
        for node in [&first, &second] {
            let back = within("the node notices the other history", || {
                let answer = list(&node.reader, Some(&lost[0]));
                (answer.status == 200).then_some(answer)
            });
            assert_eq!((back.edition(), titles(&back)), (2, vec!["Kept".to_owned()]));
            assert_eq!(back.data()["tags"]["nodes"], json!([{"name": "Kept"}]));
        }
        // The numbers of lost editions are used again. Edition 4 creates another tag than the lost edition 4.
        assert_eq!(publish(&second, "Other"), 3);
        first.editor.label("tag", json!({"name": "Other"}));
        assert_eq!(publish(&first, "And another"), 5);
        for node in [&first, &second] {
            let now = within("the node shows the edition", || {
                let answer = list(&node.reader, Some(&lost[0]));
                (answer.status == 200 && answer.edition() == 5).then_some(answer)
            });
            assert_eq!(titles(&now), ["And another", "Other", "Kept"]);
            assert_eq!(now.data()["articles"]["nodes"][1]["body"]["text"], "What Other says.");
            assert_eq!(now.data()["tags"]["nodes"], json!([{"name": "Other"}, {"name": "Kept"}]));
            assert_eq!(logged_history_changes(node), 1, "{:#?}", node.log());
        }
    }

    fn the_empty_edition_of_another_history_is_refused(env: &Env) {
        let (server, other) = (env.server(), env.server());
        let (empty, foreign) = (latest(&server.reader), latest(&other.reader));
        let ask = |edition: &str| server.reader.get("/graphql?query=%7B__typename%7D", &[("edition-at-least", edition)]);
        let check = || {
            assert_eq!(ask(&empty).status, 200);
            let (status, code, message) = ask(&foreign).error();
            assert_eq!((status, code.as_str()), (409, "EDITION_UNKNOWN"), "{message}");
        };
        check();
        publish(&server, "First");
        check();
        // An older database may not have this mark: earlier versions did not store it.
        server.database().execute("UPDATE edition_counter SET empty_mark = NULL");
        assert_eq!((ask(&empty).status, ask(&foreign).status), (200, 200));
    }

    fn a_cursor_of_the_audit_log_is_refused_in_another_history(env: &Env) {
        let server = env.server();
        let article = server.editor.create(json!({"title": "Draft", "body": "x"}));
        let cursor = || {
            let log = server.editor.data("{ desk { audit(first: 1) { pageInfo { endCursor } } } }");
            log["desk"]["audit"]["pageInfo"]["endCursor"].as_str().unwrap().to_owned()
        };
        let empty = cursor();
        publish(&server, "Kept");
        let kept_cursor = cursor();
        server.database().save();
        publish(&server, "Lost");
        let lost = cursor();
        let actions = |cursor: &str| {
            let document = "query ($at: String, $id: ID!) { desk {
                audit(first: 9, after: $at) { nodes { action } }
                article(id: $id) { activity(last: 9, before: $at) { nodes { action } } }
            } }";
            server.editor.ask_with(document, &json!({"at": cursor, "id": article.id}))
        };
        assert_eq!(actions(&lost).data()["desk"]["audit"]["nodes"][0]["action"], "ARTICLE_CREATED");
        // A preview shows the same log.
        let token = server.editor.data_with("mutation { previewCreate(input: { asOf: \"2998-01-01T00:00:00Z\" }) { token } }", &json!({}));
        let token = token["previewCreate"]["token"].as_str().unwrap().to_owned();
        let preview = |after: Option<&str>| {
            let document = "query ($after: String) { desk { audit(first: 2, after: $after) { nodes { sequence } pageInfo { endCursor } } } }";
            let body = json!({"query": document, "variables": {"after": after}}).to_string();
            server.editor.post(&[("content-type", "application/json"), ("x-preview", &token)], body).data()["desk"]["audit"].take()
        };
        let first = preview(None);
        let second = preview(first["pageInfo"]["endCursor"].as_str());
        assert_eq!(second["nodes"][0]["sequence"].as_i64().unwrap() + 2, first["nodes"][0]["sequence"].as_i64().unwrap());
        server.database().put_back();
        within("the node notices the other history", || (server.reader.edition() == 1).then_some(()));
        let check = || {
            for cursor in [&empty, &kept_cursor] {
                assert_eq!(actions(cursor).status, 200, "{cursor}");
            }
            let refused = actions(&lost);
            let (status, code, message) = refused.error();
            assert_eq!((status, code.as_str()), (409, "EDITION_UNKNOWN"), "{message}");
            assert!(message.starts_with("`after` is a cursor of edition 2;mark="), "{message}");
            let document = "query ($at: String, $id: ID!) { desk {
                article(id: $id) { activity(last: 9, before: $at) { nodes { action } } }
            } }";
            let of_article = server.editor.ask_with(document, &json!({"at": lost, "id": article.id}));
            for (answer, argument) in [(refused, "after"), (of_article, "before")] {
                let error = &answer.json()["errors"][0]["extensions"];
                assert_eq!((&error["code"], &error["argument"]), (&json!("EDITION_UNKNOWN"), &json!(argument)));
            }
        };
        check();
        // The same holds after the new history has an edition with this number.
        publish(&server, "Other");
        check();
    }

    fn an_edition_of_another_history_is_refused_at_once(env: &Env) {
        let server = env.server();
        publish(&server, "Kept");
        let kept_edition = latest(&server.reader);
        server.database().save();
        publish(&server, "Lost");
        let lost = latest(&server.reader);
        server.database().put_back();
        within("the node notices the other history", || (server.reader.edition() == 1).then_some(()));
        // The refusal does not wait until the new history has an edition with this number.
        let refused = server.reader.get("/v1/edition", &[("edition-at-least", &lost)]);
        assert_eq!((refused.status, &refused.json()["code"]), (409, &json!("EDITION_UNKNOWN")));
        let reported = refused.json()["detail"].clone();
        assert!(reported.as_str().unwrap().starts_with(&format!("there is no edition {lost} here any more: the latest is {kept_edition}.")), "{reported}");
        // Answers that do not depend on the edition do not wait for one.
        for path in ["/healthz", "/readyz", "/v1", "/openapi.json", "/graphiql"] {
            assert_eq!(server.reader.get(path, &[("edition-at-least", "999"), ("accept", "*/*")]).status, 200, "{path}");
        }
        publish(&server, "Other");
        publish(&server, "And another");
        let third = latest(&server.reader);

        // A new node and the node that was there before behave alike.
        for node in [&server, &server.beside()] {
            let ask = |edition: &str| node.reader.get("/graphql?query=%7B__typename%7D", &[("edition-at-least", edition)]);
            for here in [kept_edition.as_str(), &third, "1", "3", &kept_edition.replace(';', "; ")] {
                assert_eq!(ask(here).status, 200, "{here}");
            }
            let refused = ask(&lost);
            let (status, code, message) = refused.error();
            assert_eq!((status, code.as_str()), (409, "EDITION_UNKNOWN"));
            assert!(message.starts_with(&format!("there is no edition {lost} here: edition 2 has the mark ")), "{message}");
            assert!(message.ends_with("and read again without requiring it"), "{message}");
            assert_eq!(refused.header("cache-control"), Some("private, no-store"));
            let body = json!({"query": "{ __typename }"}).to_string();
            let posted = node.reader.post(&[("content-type", "application/json"), ("edition-at-least", &lost)], body);
            assert_eq!(posted.error().0, 409);
            let rest = node.reader.get(&format!("/v1/articles?edition-at-least={lost}"), &[]);
            assert_eq!((rest.status, &rest.json()["code"], &rest.json()["status"]), (409, &json!("EDITION_UNKNOWN"), &json!(409)));
            let rest = node.reader.get(&format!("/v1/articles?edition-at-least={}", third.replace(';', "%3B")), &[]);
            assert_eq!((rest.status, edition(&rest)), (200, third.as_str()));
            for wrong in ["2;", "2;mark", "2;mark=", "2;mark=none", ";mark=aaaaaaaaaaaaa", "2;other=aaaaaaaaaaaaa", "+2"] {
                assert_eq!(ask(wrong).error().0, 400, "{wrong}");
            }
        }
    }
}

/// A standby of PostgreSQL replaces the primary.
mod postgres {
    use super::*;
    use crate::support::postgres::Cluster;
    use crate::support::{Database, scratch, sql};

    #[test]
    fn a_failover_to_a_lagging_standby_begins_another_history() {
        let Some(primary) = Cluster::start("failing") else { return };
        let standby = primary.standby("lagging");
        let link = scratch::path("current");
        let url = primary.url_by(&link);
        let server = Server::start(Database::at(&url));
        server.editor.label("tag", json!({"name": "Kept"}));
        assert_eq!(publish(&server, "On both"), 2);
        within("the standby has the edition", || {
            let number = sql::number(&standby.url(), "SELECT number FROM edition_counter");
            (number.ok() == Some(2)).then_some(())
        });
        standby.stop();
        publish(&server, "Lost");
        server.editor.label("tag", json!({"name": "Lost"}));
        assert_eq!(publish(&server, "Lost as well"), 5);
        let lost = list(&server.reader, None);
        assert_eq!(lost.edition(), 5);

        // The standby becomes the primary, and continues past the edition that the first node knows. Meanwhile, that
        // node has no connection.
        primary.stop();
        standby.start_again();
        standby.promote();
        let other = Server::start(Database::at(&standby.url()));
        assert_eq!(publish(&other, "Other"), 3);
        other.editor.label("tag", json!({"name": "Other"}));
        for number in 5..=8 {
            assert_eq!(publish(&other, &format!("Other {number}")), number);
        }
        let now = list(&other.reader, None);
        standby.url_by(&link);
        let seen = within("the node shows the new history", || {
            let answer = list(&server.reader, Some(&lost));
            if answer.status == 200 {
                assert_eq!((edition(&answer), &answer.text), (edition(&now), &now.text));
            }
            (answer.status == 200).then_some(answer)
        });
        assert_eq!(titles(&seen), ["Other 8", "Other 7", "Other 6", "Other 5", "Other"]);
        assert_eq!(seen.data()["tags"]["nodes"], json!([{"name": "Other"}, {"name": "Kept"}]));
        assert_eq!(seen.header("etag"), now.header("etag"));
        assert_eq!(logged_history_changes(&server), 1, "{:#?}", server.log());
        let refused = server.reader.get(LIST, &[("edition-at-least", edition(&lost))]);
        assert_eq!((refused.error().0, refused.error().1.as_str()), (409, "EDITION_UNKNOWN"));
        assert_eq!(list(&server.reader, Some(&seen)).status, 304);
    }
}
