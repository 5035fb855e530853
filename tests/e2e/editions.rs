//! The list of editions: whoever purges a cache misses no edition, however many there are between two requests.

use std::collections::BTreeSet;

use serde_json::{Value, json};

use crate::support::{Client, Server};

/// The editions of an answer.
fn listed(value: &Value) -> Vec<Value> {
    value["editions"].as_array().unwrap_or_else(|| panic!("{value:#}")).clone()
}

fn numbers(editions: &[Value]) -> Vec<i64> {
    editions.iter().map(|edition| edition["number"].as_i64().unwrap()).collect()
}

/// The editions after one, over GraphQL. Asserts that REST answers the same.
#[track_caller]
fn after(reader: &Client, after: &str, first: usize) -> Vec<Value> {
    let document = "query ($after: ID!, $first: Int!) { editions(after: $after, first: $first) { number mark at cacheTags } }";
    let found = listed(&reader.data_with(document, &json!({"after": after, "first": first})));
    let over_rest = reader.get(&format!("/v1/editions?after={after}&first={first}"), &[]);
    assert_eq!(over_rest.status, 200, "{over_rest:?}");
    assert_eq!(listed(&over_rest.json()), found);
    found
}

fn publish(server: &Server, count: usize) -> Vec<String> {
    let publish = |number| server.editor.published(json!({"title": format!("Article {number}")})).id;
    (0..count).map(publish).collect()
}

both! {
    fn every_edition_is_listed_once_in_the_order_of_commits(env: &Env) {
        let server = env.server();
        let reader = &server.reader;
        assert_eq!(after(reader, "0", 100), Vec::<Value>::new());
        let mut ids = publish(&server, 5);
        ids.push(server.editor.label("tag", json!({"name": "Flu"})));
        let all = after(reader, "0", 100);
        assert_eq!(numbers(&all), [1, 2, 3, 4, 5, 6]);
        for (edition, id) in all.iter().zip(&ids) {
            let kind = if id.starts_with("tag_") { "tags" } else { "articles" };
            assert_eq!(edition["cacheTags"], json!([kind, "edition", id]));
        }
        let latest = reader.data("{ edition { number mark at cacheTags } }");
        assert_eq!(all.last(), Some(&latest["edition"]));
        // Each way of naming the place to go on from.
        let third = format!("3;mark={}", all[2]["mark"].as_str().unwrap());
        for place in ["3", third.as_str()] {
            assert_eq!(after(reader, place, 100), all[3..], "{place}");
            assert_eq!(after(reader, place, 2), all[3..5], "{place}");
        }
        let in_document = reader.data("{ editions(after: 4) { number } without: editions { number } }");
        assert_eq!(numbers(&listed(&in_document)), [5, 6]);
        assert_eq!(in_document["without"].as_array().unwrap().len(), 6);
        for beyond in ["6", "7", "9223372036854775807"] {
            assert_eq!(after(reader, beyond, 100), Vec::<Value>::new(), "{beyond}");
        }
    }

    fn links_lead_from_page_to_page(env: &Env) {
        let server = env.server();
        publish(&server, 5);
        let (mut path, mut seen, mut pages) = ("/v1/editions?first=2".to_owned(), Vec::new(), 0);
        loop {
            let answer = server.reader.get(&path, &[]);
            assert_eq!(answer.status, 200, "{answer:?}");
            seen.extend(numbers(&listed(&answer.json())));
            pages += 1;
            match answer.header("link") {
                Some(link) => path = link.split(['<', '>']).nth(1).unwrap().to_owned(),
                None => break,
            }
        }
        assert_eq!((seen, pages), (vec![1, 2, 3, 4, 5], 3));
    }

    fn an_answer_is_cached_until_the_next_edition(env: &Env) {
        let server = env.server();
        publish(&server, 1);
        let first = server.reader.get("/v1/editions?after=0", &[]);
        assert!(first.header("cache-control").unwrap().starts_with("public"), "{first:?}");
        assert_eq!(first.header("cache-tag"), Some("edition"));
        let etag = first.header("etag").unwrap();
        assert_eq!(server.reader.get("/v1/editions?after=0", &[("if-none-match", etag)]).status, 304);
        publish(&server, 1);
        let second = server.reader.get("/v1/editions?after=0", &[("if-none-match", etag)]);
        assert_eq!((second.status, numbers(&listed(&second.json()))), (200, vec![1, 2]));
    }

    fn an_edition_with_many_changes_is_listed_whole(env: &Env) {
        let reader = &env.sample().reader;
        let all = after(reader, "0", 1);
        let tags: BTreeSet<&str> = all[0]["cacheTags"].as_array().unwrap().iter().map(|tag| tag.as_str().unwrap()).collect();
        let articles = reader.data("{ articles(first: 100) { nodes { id } } }");
        for article in articles["articles"]["nodes"].as_array().unwrap() {
            assert!(tags.contains(article["id"].as_str().unwrap()), "{article}");
        }
    }

    fn a_place_in_another_history_is_refused(env: &Env) {
        let server = env.server();
        publish(&server, 2);
        let known = after(&server.reader, "0", 100);
        let mark = |place: usize| known[place]["mark"].as_str().unwrap();
        for (place, status, code) in [
            // The mark of another edition, and of none.
            (format!("1;mark={}", mark(1)), 409, "EDITION_UNKNOWN"),
            ("2;mark=aaaaaaaaaaaaa".to_owned(), 409, "EDITION_UNKNOWN"),
            // Perhaps this node will know it in a moment.
            (format!("3;mark={}", mark(1)), 503, "EDITION_NOT_REACHED"),
        ] {
            let answer = server.reader.ask(&format!("{{ editions(after: \"{place}\") {{ number }} }}"));
            let (got, error, _) = answer.error();
            assert_eq!((got, error.as_str()), (status, code), "{place}");
            let over_rest = server.reader.get(&format!("/v1/editions?after={place}"), &[]);
            assert_eq!((over_rest.status, over_rest.json()["code"].as_str()), (status, Some(code)), "{place}");
        }
    }

    fn an_invalid_place_or_size_is_refused_with_its_name(env: &Env) {
        let reader = &env.sample().reader;
        for (arguments, parameters, name) in [
            ("after: \"x\"", "after=x", "after"),
            ("after: -1", "after=-1", "after"),
            ("after: \"1;mark=x\"", "after=1;mark=x", "after"),
            ("first: 0", "first=0", "first"),
            ("first: 101", "first=101", "first"),
            ("first: -5", "first=-5", "first"),
        ] {
            let (_, code, message) = reader.ask(&format!("{{ editions({arguments}) {{ number }} }}")).error();
            assert!(code == "BAD_USER_INPUT" && message.contains(&format!("`{name}`")), "{arguments}: {message}");
            let refused = reader.get(&format!("/v1/editions?{parameters}"), &[]);
            assert_eq!((refused.status, refused.json()["parameter"].as_str()), (400, Some(name)), "{parameters}");
        }
    }
}
