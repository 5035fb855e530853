//! Searches at the desk: by slug and by words.

use proptest::prelude::*;
use proptest::strategy::ValueTree;
use serde_json::{Value, json};

use crate::properties::seeded;
use crate::support::{Client, Server};

/// The titles of the articles that a filter finds, in alphabetical order.
#[track_caller]
fn found(editor: &Client, filter: &Value) -> Vec<String> {
    let document = "query ($where: DeskArticleWhere) { desk {
        articles(where: $where, first: 100, orderBy: { field: TITLE, direction: ASC }) { totalCount nodes { title } }
    } }";
    let articles = editor.data_with(document, &json!({"where": filter}))["desk"]["articles"].take();
    let nodes = articles["nodes"].as_array().unwrap();
    assert_eq!(articles["totalCount"], nodes.len());
    nodes.iter().map(|node| node["title"].as_str().unwrap().to_owned()).collect()
}

fn furnish(server: &Server) {
    let editor = &server.editor;
    editor.create(json!({"title": "Flu shots", "slug": "flu-shots", "body": "Walk-in clinics are open.", "deck": "Every Monday"}));
    editor.create(json!({"title": "Opening hours", "body": "The CLINIC is closed on Sunday.", "excerpt": "Wann wir öffnen"}));
    let moved =
        editor.published(json!({"title": "Äpfel", "slug": "apples", "body": "100% fruit_juice, iPhone."}));
    let moved = editor.update(&moved, json!({"slug": "fruit"}));
    editor.publish(&moved);
    editor.update(&moved, json!({"slug": "fruit-juice", "body": "100% fruit_juice, iPhone. Pears."}));
}

both! {
    fn an_article_is_found_by_each_of_its_slugs(env: &Env) {
        let server = env.server();
        furnish(&server);
        let by_slug = |slug: &str| found(&server.editor, &json!({"slug": slug}));
        assert_eq!(by_slug("flu-shots"), ["Flu shots"]);
        for slug in ["apples", "fruit", "fruit-juice"] {
            assert_eq!(by_slug(slug), ["Äpfel"], "{slug}");
        }
        assert_eq!(by_slug("nobody"), [""; 0]);
        let document = r#"{ desk { articles(where: { slug: "Not a slug" }) { totalCount } } }"#;
        let (_, code, message) = server.editor.ask(document).error();
        assert_eq!(code, "BAD_USER_INPUT");
        assert!(message.contains("where.slug") && message.contains("`not-a-slug`"), "{message}");
    }

    fn words_are_found_in_every_text_of_the_working_copy(env: &Env) {
        let server = env.server();
        furnish(&server);
        let by_text = |text: &str| found(&server.editor, &json!({"text": text}));
        for (text, expected) in [
            ("flu", vec!["Flu shots"]),
            ("  SHOTS   flu ", vec!["Flu shots"]),
            ("clinic", vec!["Flu shots", "Opening hours"]),
            ("clinic sunday", vec!["Opening hours"]),
            ("monday", vec!["Flu shots"]),
            ("ÖFFNEN", vec!["Opening hours"]),
            ("äpfel", vec!["Äpfel"]),
            ("fruit-juice", vec!["Äpfel"]),
            // Only the working copy counts, and signs stand for themselves.
            ("pears", vec!["Äpfel"]),
            ("100%", vec!["Äpfel"]),
            ("fruit_juice", vec!["Äpfel"]),
            ("%", vec!["Äpfel"]),
            ("_", vec!["Äpfel"]),
            ("iPhone", vec!["Äpfel"]),
            ("nobody", vec![]),
        ] {
            assert_eq!(by_text(text), expected, "{text}");
        }
        // A text without words does not filter.
        assert_eq!(by_text(" ").len(), 3);
        assert_eq!(found(&server.editor, &json!({"text": "fruit", "states": ["DRAFT"]})), [""; 0]);
    }

    fn a_search_has_limits(env: &Env) {
        let server = env.server();
        for (text, part) in [("a b c d e f g h i".to_owned(), "9 words"), ("a".repeat(201), "200 characters"), ("a\u{0}b".to_owned(), "NUL")] {
            let document = "query ($text: String) { desk { articles(where: { text: $text }) { totalCount } } }";
            let (_, code, message) = server.editor.ask_with(document, &json!({"text": text})).error();
            assert_eq!(code, "BAD_USER_INPUT", "{message}");
            assert!(message.contains("where.text") && message.contains(part), "{message}");
        }
        // A search costs more than a list.
        let cost = |filter: &str| {
            let document = format!("{{ desk {{ articles(where: {{ {filter} }}, first: 1) {{ nodes {{ title }} }} }} }}");
            let body = json!({"query": document}).to_string();
            let answer = server.editor.post(&[("content-type", "application/json"), ("graphql-cost", "1")], body);
            answer.json()["extensions"]["cost"]["requested"].as_i64().unwrap()
        };
        assert!(cost(r#"text: "flu""#) >= cost(r#"title: "flu""#) + 500);
    }

    fn generated_searches_match_an_oracle(env: &Env) {
        const WORDS: [&str; 6] = ["flu", "Flu", "SHOT", "größe", "50%", "a_b"];
        seeded(|seed, runner| {
            let server = env.server();
            let texts = prop::collection::vec(prop::collection::vec(0..WORDS.len(), 0..4), 12);
            let bodies = texts.new_tree(runner).unwrap().current();
            for (number, words) in bodies.iter().enumerate() {
                let body: Vec<_> = words.iter().map(|word| WORDS[*word]).collect();
                server.editor.create(json!({"title": format!("N{number:02}"), "body": body.join(" ")}));
            }
            let searches = prop::collection::vec(0..WORDS.len(), 1..4);
            let outcome = runner.run(&searches, |search| {
                let text: Vec<_> = search.iter().map(|word| WORDS[*word]).collect();
                let holds = |body: &Vec<usize>, word: &str| {
                    body.iter().any(|has| WORDS[*has].to_lowercase() == word.to_lowercase())
                };
                let expected: Vec<_> = (0..bodies.len())
                    .filter(|number| text.iter().all(|word| holds(&bodies[*number], word)))
                    .map(|number| format!("N{number:02}"))
                    .collect();
                prop_assert_eq!(found(&server.editor, &json!({"text": text.join(" ")})), expected);
                Ok(())
            });
            crate::properties::fail_with_seed(seed, outcome, &bodies);
        });
    }
}
