//! A request that creates something can be repeated safely with an `Idempotency-Key`.

use std::sync::Barrier;
use std::sync::atomic::{AtomicUsize, Ordering};

use serde_json::{Value, json};

use crate::support::{Answer, Client, Server};

/// Sends a mutation with an idempotency key.
fn send(client: &Client, key: &str, document: &str, variables: &Value) -> Answer {
    let body = json!({"query": document, "variables": variables}).to_string();
    client.post(&[("content-type", "application/json"), ("idempotency-key", key)], body)
}

const ARTICLE: &str = "mutation ($input: ArticleInput!) {
    made: articleCreate(input: $input) { article { id: articleId version title } userErrors { code path message } }
}";

/// Each mutation that creates something, with an input and another input.
fn creating_mutations(article: &str) -> Vec<(&'static str, Value, Value)> {
    vec![
        (
            "mutation ($input: ArticleInput!) { made: articleCreate(input: $input) {
            thing: article { id version slug } userErrors { code path message } } }",
            json!({"title": "Same", "body": "x"}),
            json!({"title": "Other", "body": "x"}),
        ),
        (
            "mutation ($input: TagInput!) { made: tagCreate(input: $input) {
            thing: tag { id version slug } edition { number } userErrors { code path message } } }",
            json!({"name": "Same"}),
            json!({"name": "Other"}),
        ),
        (
            "mutation ($input: TopicInput!) { made: topicCreate(input: $input) {
            thing: topic { id version slug } edition { number } userErrors { code path message } } }",
            json!({"name": "Same"}),
            json!({"name": "Other"}),
        ),
        (
            "mutation ($input: AuthorInput!) { made: authorCreate(input: $input) {
            thing: author { id slug } edition { number } userErrors { code path message } } }",
            json!({"name": "Same"}),
            json!({"name": "Other"}),
        ),
        (
            "mutation ($input: PreviewInput!) { made: previewCreate(input: $input) {
            thing: preview { id articleId expiresAt } token url userErrors { code path message } } }",
            json!({"articleId": article}),
            json!({"asOf": "2990-01-01T00:00:00Z"}),
        ),
    ]
}

/// The numbers of all things that can be created.
fn count(editor: &Client) -> Value {
    editor.data("{ desk { articles { totalCount } previews { id } } tags { totalCount } topics { id } authors { totalCount } edition { number } }")
}

both! {
    fn a_repeated_request_creates_nothing_and_gets_the_same_answer(env: &Env) {
        let server = env.server();
        let Server { editor, .. } = &server;
        let article = editor.create(json!({"title": "Before"}));
        for (place, (document, input, other)) in creating_mutations(&article.id).iter().enumerate() {
            let key = format!("\"key {place}\"");
            let first = send(editor, &key, document, &json!({"input": input})).data();
            assert_eq!(first["made"]["userErrors"], json!([]), "{document}");
            let there = count(editor);
            for _ in 0..3 {
                assert_eq!(send(editor, &key, document, &json!({"input": input})).data(), first);
            }
            // The same input as a literal counts as the same request.
            let (_, fields) = document.split_once('{').unwrap();
            let literal = format!("mutation {{{}", fields.replace("$input", &literal(input)));
            assert_eq!(send(editor, &key, &literal, &json!({})).data(), first, "{literal}");
            // Another input under the same key is refused.
            let (status, code, message) = send(editor, &key, document, &json!({"input": other})).error();
            assert_eq!((status, code.as_str()), (422, "IDEMPOTENCY_KEY_REUSED"), "{document}");
            assert!(message.contains("another key"), "{message}");
            assert_eq!(count(editor), there, "{document}");
            // Another key, another sender or another alias makes it another request.
            let elsewhere = document.replace("made:", "elsewhere:");
            let elsewhere = send(editor, &key, &elsewhere, &json!({"input": other})).data();
            assert_eq!(elsewhere["elsewhere"]["userErrors"], json!([]), "{document}");
            let other_editor = server.client_with(&["content:write", "content:publish", "content:read-drafts"]);
            let of_other_editor = send(&other_editor, &key, document, &json!({"input": input})).data();
            assert_ne!(of_other_editor["made"]["thing"]["id"], first["made"]["thing"]["id"], "{document}");
        }
    }

    fn a_refused_request_can_be_corrected_with_the_same_key(env: &Env) {
        let server = env.server();
        let Server { editor, .. } = &server;
        let refused = send(editor, "k", ARTICLE, &json!({"input": {"body": "no title"}})).data();
        assert_eq!(refused["made"]["article"], Value::Null);
        let made = send(editor, "k", ARTICLE, &json!({"input": {"title": "Corrected"}})).data();
        assert_eq!(made["made"]["userErrors"], json!([]));
        // The answer to a repeated request shows the current state of what was created.
        let id = made["made"]["article"]["id"].as_str().unwrap().to_owned();
        editor.update(&crate::support::Saved { id: id.clone(), version: 1 }, json!({"title": "Later"}));
        let again = send(editor, "k", ARTICLE, &json!({"input": {"title": "Corrected"}})).data();
        assert_eq!(again["made"]["article"], json!({"id": id, "version": 2, "title": "Later"}));
        let deletion = format!("mutation {{ articleDelete(id: {id:?}, expectedVersion: 2) {{ userErrors {{ code }} }} }}");
        assert_eq!(editor.data(&deletion)["articleDelete"]["userErrors"], json!([]));
        let gone = send(editor, "k", ARTICLE, &json!({"input": {"title": "Corrected"}})).data();
        assert_eq!(gone["made"]["userErrors"][0]["code"], "NOT_FOUND", "a repeated request does not create a deleted article again");
        assert_eq!(count(editor)["desk"]["articles"]["totalCount"], 0);
    }

    fn one_document_can_create_several_things(env: &Env) {
        let server = env.server();
        let document = "mutation { a: tagCreate(input: { name: \"A\" }) { tag { id } } b: tagCreate(input: { name: \"B\" }) { tag { id } } }";
        let first = send(&server.editor, "k", document, &json!({})).data();
        assert_ne!(first["a"]["tag"]["id"], first["b"]["tag"]["id"]);
        assert_eq!(send(&server.editor, "k", document, &json!({})).data(), first);
    }

    fn a_repeated_request_does_not_show_later_writes_of_others(env: &Env) {
        let server = env.server();
        let writer = server.client_with(&["content:write"]);
        let made = send(&writer, "k", ARTICLE, &json!({"input": {"title": "Mine"}})).data();
        let id = made["made"]["article"]["id"].as_str().unwrap().to_owned();
        server.editor.update(&crate::support::Saved { id: id.clone(), version: 1 }, json!({"title": "Theirs"}));
        let again = send(&writer, "k", ARTICLE, &json!({"input": {"title": "Mine"}})).json();
        assert_eq!(again["data"]["made"]["article"], json!({"id": id, "version": 2, "title": null}));
        assert_eq!(again["errors"][0]["extensions"]["code"], "FORBIDDEN");
    }

    fn a_field_can_have_a_long_alias(env: &Env) {
        let server = env.server_with(&[("GREYMATTERS_MAX_NAME_LENGTH", "20000")]);
        // The names are long, do not compress, and differ only at the end. An index could not contain them.
        let name = |end: &str| (0..1_600_u32).map(|n| format!("{:x}", n.wrapping_mul(2_654_435_761))).collect::<String>().replace(|first: char| first.is_ascii_digit(), "g") + end;
        let document = format!("mutation {{ {}: tagCreate(input: {{ name: \"A\" }}) {{ tag {{ id }} }} {}: tagCreate(input: {{ name: \"B\" }}) {{ tag {{ id }} }} }}", name("a"), name("b"));
        let document = document.as_str();
        let first = send(&server.editor, "k", document, &json!({})).data();
        assert_eq!(send(&server.editor, "k", document, &json!({})).data(), first);
        assert_eq!(server.editor.data("{ tags { totalCount } }")["tags"]["totalCount"], 2);
    }

    fn the_secret_of_an_api_key_is_shown_once(env: &Env) {
        let server = env.server();
        let document = "mutation { keyCreate(input: { name: \"Feed\", scopes: [CONTENT_WRITE] }) { key { id } secret userErrors { code path message } } }";
        let first = send(&server.editor, "k", document, &json!({})).data()["keyCreate"].take();
        assert!(first["secret"].is_string(), "{first}");
        let (status, code, message) = send(&server.editor, "k", document, &json!({})).error();
        assert_eq!((status, code.as_str()), (422, "IDEMPOTENCY_KEY_REUSED"));
        assert!(message.contains(first["key"]["id"].as_str().unwrap()), "{message}");
        assert_eq!(server.editor.data("{ keys { totalCount } }")["keys"]["totalCount"], 2);
    }

    fn an_invalid_idempotency_key_is_refused(env: &Env) {
        let server = env.server();
        let document = "mutation { tagCreate(input: { name: \"A\" }) { tag { id } } }";
        for key in [String::new(), "a\tb".into(), "x".repeat(256)] {
            let (status, code, message) = send(&server.editor, &key, document, &json!({})).error();
            assert_eq!((status, code.as_str()), (400, "BAD_REQUEST"), "{key:?}");
            assert!(message.contains("Idempotency-Key"), "{message}");
        }
        let body = json!({"query": document}).to_string();
        let twice = [("content-type", "application/json"), ("idempotency-key", "a"), ("idempotency-key", "a")];
        assert_eq!(server.editor.post(&twice, body).status, 400);
        assert_eq!(server.editor.data("{ tags { totalCount } }")["tags"]["totalCount"], 0);
        // Queries ignore the key.
        assert_eq!(send(&server.reader, &"x".repeat(300), "{ tags { totalCount } }", &json!({})).status, 200);
        let preflight = [("origin", "https://www.example"), ("access-control-request-method", "POST")];
        let allowed = server.reader.send("OPTIONS", "/graphql", &preflight, Vec::new());
        assert!(allowed.header("access-control-allow-headers").unwrap().contains("idempotency-key"));
    }

    fn only_one_of_many_concurrent_repetitions_creates(env: &Env) {
        let server = env.server();
        let beside = server.beside();
        for (place, (document, input, _)) in creating_mutations(&server.editor.create(json!({"title": "T"})).id).iter().enumerate() {
            let key = format!("concurrent {place}");
            let mut input = input.clone();
            if document.contains("ArticleInput") {
                // Without the idempotency key, every later request would find this slug taken.
                input["slug"] = "same-slug".into();
            }
            let input = &input;
            let barrier = Barrier::new(16);
            let ids: Vec<Value> = std::thread::scope(|scope| {
                let senders: Vec<_> = (0..16)
                    .map(|number| {
                        let client = if number % 2 == 0 { &server.editor } else { &beside.editor };
                        let (barrier, key) = (&barrier, &key);
                        scope.spawn(move || {
                            barrier.wait();
                            let made = send(client, key, document, &json!({"input": input})).data();
                            assert_eq!(made["made"]["userErrors"], json!([]), "{document}");
                            made["made"]["thing"]["id"].clone()
                        })
                    })
                    .collect();
                senders.into_iter().map(|sender| sender.join().unwrap()).collect()
            });
            assert!(ids.iter().all(|id| *id == ids[0] && id.is_string()), "{ids:?}");
        }
        let there = count(&server.editor);
        assert_eq!(there["desk"]["articles"]["totalCount"], 2);
        assert_eq!(there["desk"]["previews"].as_array().unwrap().len(), 1);
        assert_eq!((&there["tags"]["totalCount"], &there["authors"]["totalCount"]), (&json!(1), &json!(1)));
        assert_eq!(there["topics"].as_array().unwrap().len(), 1);
    }

    fn a_repetition_after_a_kill_creates_nothing(env: &Env) {
        const REQUESTS: usize = 40;
        let server = env.server();
        let answered = AtomicUsize::new(0);
        let title = |number: usize| json!({"input": {"title": format!("Article {number}")}});
        // When the server is killed, some requests are answered, some are in progress, and the others never arrive.
        let answers: Vec<Option<Value>> = std::thread::scope(|scope| {
            let senders: Vec<_> = (0..4)
                .map(|sender| {
                    let (server, answered) = (&server, &answered);
                    scope.spawn(move || {
                        (sender..REQUESTS).step_by(4)
                            .map(|number| {
                                let headers = [("content-type", "application/json"), ("idempotency-key", &format!("k{number}"))];
                                let body = json!({"query": ARTICLE, "variables": title(number)}).to_string();
                                let answer = server.editor.try_post(&headers, body)?;
                                if answered.fetch_add(1, Ordering::Relaxed) == REQUESTS / 2 {
                                    server.kill();
                                }
                                Some(answer.data()["made"]["article"]["id"].clone())
                            })
                            .collect::<Vec<_>>()
                    })
                })
                .collect();
            let answers: Vec<Vec<_>> = senders.into_iter().map(|sender| sender.join().unwrap()).collect();
            (0..REQUESTS).map(|number| answers[number % 4][number / 4].clone()).collect()
        });
        assert!(answers.iter().any(Option::is_some) && answers.iter().any(Option::is_none));
        let again = server.beside();
        for (number, answer) in answers.iter().enumerate() {
            for _ in 0..2 {
                let made = send(&again.editor, &format!("k{number}"), ARTICLE, &title(number)).data();
                assert_eq!(made["made"]["userErrors"], json!([]));
                if let Some(id) = answer {
                    assert_eq!(made["made"]["article"]["id"], *id, "an acknowledged article is not created again");
                }
            }
        }
        assert_eq!(count(&again.editor)["desk"]["articles"]["totalCount"], REQUESTS);
    }

    fn an_idempotency_key_is_stored_for_a_day(env: &Env) {
        let server = env.server();
        let made = |server: &Server, key: &str| {
            send(&server.editor, key, ARTICLE, &json!({"input": {"title": "T"}})).data()["made"]["article"]["id"].clone()
        };
        let (old, young) = (made(&server, "old"), made(&server, "young"));
        let hours = |hours: i64| hours * 3_600_000_000;
        for (key, age) in [("old", hours(25)), ("young", hours(23))] {
            let set = format!("UPDATE idempotency_key SET created_at = created_at - {age} WHERE idempotency_key = '{key}'");
            server.database().execute(&set);
        }
        let rows = || server.database().number("SELECT count(*) FROM idempotency_key");
        assert_eq!(rows(), 2);
        // A server removes old keys when it starts, and every hour.
        let beside = server.beside();
        crate::support::within("the old key is removed", || (rows() == 1).then_some(()));
        assert_eq!(made(&beside, "young"), young);
        assert_ne!(made(&beside, "old"), old);
    }
}

/// An input object as a GraphQL literal, with its fields in another order.
fn literal(input: &Value) -> String {
    let fields = input.as_object().unwrap().iter().rev().map(|(name, value)| format!("{name}: {value}"));
    format!("{{ {} }}", fields.collect::<Vec<_>>().join(", "))
}
