//! Filters and orders of lists of articles.

use serde_json::{Value, json};

use crate::support::{Client, Folder};

/// The slugs that a filter finds, latest first.
fn found(reader: &Client, filter: &str) -> Vec<String> {
    reader.slugs(&format!("(first: 100, where: {filter})"))
}

/// The number of articles that a filter finds. Asserts that the list and the count agree.
fn count(reader: &Client, filter: &str) -> usize {
    let data =
        reader.data(&format!("{{ articles(first: 100, where: {filter}) {{ totalCount nodes {{ id }} }} }}"));
    let listed = data["articles"]["nodes"].as_array().unwrap().len();
    assert_eq!(data["articles"]["totalCount"], json!(listed), "{filter}");
    listed
}

both! {
    fn articles_are_filtered_by_tags(env: &Env) {
        let reader = &env.sample().reader;
        let seo = found(reader, r#"{ tags: { any: ["seo"] } }"#);
        let privacy = found(reader, r#"{ tags: { any: ["privacy"] } }"#);
        let analytics = found(reader, r#"{ tags: { any: ["analytics"] } }"#);
        assert!(seo.len() > 10 && privacy.len() > 5 && analytics.len() > 8);

        let either = found(reader, r#"{ tags: { any: ["privacy", "seo"] } }"#);
        assert!(either.iter().all(|slug| seo.contains(slug) || privacy.contains(slug)));
        assert!(seo.iter().chain(&privacy).all(|slug| either.contains(slug)));

        let both = found(reader, r#"{ tags: { all: ["privacy", "analytics"] } }"#);
        let expected: Vec<_> = privacy.iter().filter(|slug| analytics.contains(slug)).collect();
        assert_eq!(both.iter().collect::<Vec<_>>(), expected);
        assert!(!both.is_empty());

        let neither = count(reader, r#"{ tags: { none: ["privacy", "seo"] } }"#);
        assert_eq!(neither + either.len(), 35);

        let mixed = found(reader, r#"{ tags: { any: ["seo", "analytics"], all: ["privacy"], none: ["hipaa"] } }"#);
        let expected: Vec<_> = privacy
            .iter()
            .filter(|slug| seo.contains(slug) || analytics.contains(slug))
            .filter(|slug| !found(reader, r#"{ tags: { any: ["hipaa"] } }"#).contains(slug))
            .collect();
        assert_eq!(mixed.iter().collect::<Vec<_>>(), expected);
        // No article has a tag that does not exist.
        assert_eq!(count(reader, r#"{ tags: { all: ["seo", "no-such-tag"] } }"#), 0);
        assert_eq!(count(reader, r#"{ tags: { none: ["no-such-tag"] } }"#), 35);
    }

    fn articles_are_filtered_by_topic_with_and_without_descendants(env: &Env) {
        let answer = env.sample().reader.ask(r#"{
            withDescendants: articles(where: { topics: { in: ["accessibility"] } }) {
                totalCount nodes { slug topics { slug } }
            }
            itself: articles(where: { topics: { in: ["accessibility"], includeDescendants: false } }) {
                totalCount nodes { slug }
            }
            either: articles(where: { topics: { in: ["email", "local-search"] } }) { totalCount }
            root: articles(where: { topics: { in: ["content"] } }) { totalCount }
        }"#);
        shows!(answer, @r#"
        {
          "data": {
            "withDescendants": {
              "totalCount": 3,
              "nodes": [
                {"slug": "captions-and-transcripts", "topics": [{"slug": "accessibility"}]},
                {"slug": "translate-the-task", "topics": [{"slug": "multilingual-content"}]},
                {"slug": "alt-text-that-says-something", "topics": [{"slug": "accessibility"}]}
              ]
            },
            "itself": {
              "totalCount": 2,
              "nodes": [{"slug": "captions-and-transcripts"}, {"slug": "alt-text-that-says-something"}]
            },
            "either": {"totalCount": 5},
            "root": {"totalCount": 8}
          }
        }
        "#);
    }

    fn articles_are_filtered_by_author(env: &Env) {
        let reader = &env.sample().reader;
        let helen = found(reader, r#"{ authors: { any: ["helen-stavros"] } }"#);
        let dana = found(reader, r#"{ authors: { any: ["dana-whitfield"] } }"#);
        let together = found(reader, r#"{ authors: { all: ["helen-stavros", "dana-whitfield"] } }"#);
        assert_eq!(together, ["chatbot-that-knows-its-limits"]);
        let either = count(reader, r#"{ authors: { any: ["helen-stavros", "dana-whitfield"] } }"#);
        assert_eq!(either, helen.len() + dana.len() - together.len());
        assert_eq!(count(reader, r#"{ authors: { none: ["helen-stavros", "dana-whitfield"] } }"#), 35 - either);
        let author = reader.data(r#"{ author(slug: "helen-stavros") { articleCount } }"#);
        assert_eq!(author["author"]["articleCount"], json!(helen.len()));
    }

    fn articles_are_filtered_by_a_range_of_dates(env: &Env) {
        let reader = &env.sample().reader;
        let year = r#"{ publishedAt: { gte: "2023-01-01T00:00:00Z", lt: "2024-01-01T00:00:00Z" } }"#;
        assert_eq!(count(reader, year), 7);
        // An article has the date 2024-10-16T00:00:00Z, which is the limit of these ranges.
        let at = |bounds: &str| count(reader, &format!("{{ publishedAt: {{ {bounds} }} }}"));
        let before = at(r#"lt: "2024-10-16T00:00:00Z""#);
        assert_eq!(at(r#"lte: "2024-10-16T00:00:00Z""#), before + 1);
        assert_eq!(at(r#"gt: "2024-10-16T00:00:00Z""#), 35 - before - 1);
        assert_eq!(at(r#"gte: "2024-10-16T00:00:00Z""#), 35 - before);
        // This is the same instant with another offset.
        assert_eq!(at(r#"lt: "2024-10-15T20:00:00-04:00""#), before);
        assert_eq!(at(r#"gte: "2024-10-16T00:00:00Z", lte: "2024-10-16T00:00:00Z""#), 1);
        assert_eq!(at(r#"gt: "2025-01-01T00:00:00Z", lt: "2024-01-01T00:00:00Z""#), 0);
    }

    fn articles_are_filtered_by_combined_conditions(env: &Env) {
        let reader = &env.sample().reader;
        let privacy = r#"{ tags: { any: ["privacy"] } }"#;
        let email = r#"{ topics: { in: ["email"] } }"#;
        let recent = r#"{ publishedAt: { gte: "2024-01-01T00:00:00Z" } }"#;
        let sets = [privacy, email, recent].map(|filter| found(reader, filter));
        let all = found(reader, &format!("{{ and: [{privacy}, {email}, {recent}] }}"));
        let expected: Vec<_> = sets[0].iter().filter(|s| sets[1].contains(s) && sets[2].contains(s)).collect();
        assert_eq!(all.iter().collect::<Vec<_>>(), expected);
        assert_eq!(all, ["automation-that-knows-when-to-stop"]);

        let any = count(reader, &format!("{{ or: [{privacy}, {email}] }}"));
        let overlap = sets[0].iter().filter(|slug| sets[1].contains(slug)).count();
        assert_eq!(any, sets[0].len() + sets[1].len() - overlap);
        assert_eq!(count(reader, &format!("{{ not: {{ or: [{privacy}, {email}] }} }}")), 35 - any);
        assert_eq!(count(reader, &format!("{{ not: {{ not: {privacy} }} }}")), sets[0].len());
        // An empty object filters nothing. All conditions in one object must be true.
        assert_eq!(count(reader, "{}"), 35);
        assert_eq!(count(reader, "{ not: {} }"), 0);
        assert_eq!(found(reader, r#"{ tags: { any: ["privacy"] }, topics: { in: ["email"] }, not: {
            publishedAt: { lt: "2024-01-01T00:00:00Z" } } }"#), all);
    }

    fn articles_are_filtered_by_language(env: &Env) {
        let server = env.server();
        for (title, locale) in [("Alta", Some("es")), ("Discharge", None), ("Salida", Some("es_us"))] {
            server.editor.published(json!({"title": title, "locale": locale}));
        }
        let answer = server.reader.ask(r#"{
            es: articles(where: { locale: "es" }) { nodes { title locale } }
            esUs: articles(where: { locale: "es-US" }) { nodes { title locale } }
            en: articles(where: { locale: "EN" }) { nodes { title locale } }
            fr: articles(where: { locale: "fr" }) { totalCount }
        }"#);
        shows!(answer, @r#"
        {
          "data": {
            "es": {"nodes": [{"title": "Alta", "locale": "es"}]},
            "esUs": {"nodes": [{"title": "Salida", "locale": "es-US"}]},
            "en": {"nodes": [{"title": "Discharge", "locale": "en"}]},
            "fr": {"totalCount": 0}
          }
        }
        "#);
    }

    fn articles_are_sorted_in_every_order(env: &Env) {
        let reader = &env.sample().reader;
        let listed = |order: &str| {
            let document =
                format!("{{ articles(first: 100, orderBy: {order}) {{ nodes {{ title publishedAt updatedAt }} }} }}");
            let nodes = reader.data(&document)["articles"]["nodes"].as_array().unwrap().clone();
            assert_eq!(nodes.len(), 35);
            nodes
        };
        for (field, key) in [("PUBLISHED_AT", "publishedAt"), ("UPDATED_AT", "updatedAt"), ("TITLE", "title")] {
            let up = listed(&format!("{{ field: {field}, direction: ASC }}"));
            // The titles of the sample contain no signs between words, which would come first.
            let keys: Vec<_> = up.iter().map(|node| node[key].as_str().unwrap().to_lowercase()).collect();
            assert!(keys.is_sorted(), "{field}: {keys:#?}");
            let mut down = listed(&format!("{{ field: {field} }}"));
            down.reverse();
            assert_eq!(up, down, "{field}");
        }
    }

    fn titles_and_names_are_sorted_as_readers_expect(env: &Env) {
        let server = env.server();
        let sorted = ["100 Fragen", "Äpfel", "apple", "Apple pie", "côté", "Cotes", "éclair", "Eclairs", "Straße", "zebra", "Zürich", "жук", "日本"];
        for title in sorted.iter().rev() {
            server.editor.published(json!({"title": title}));
            for kind in ["tag", "topic", "author"] {
                server.editor.label(kind, json!({"name": title}));
            }
        }
        let names = |data: &Value, path: &str, name: &str| -> Vec<String> {
            let nodes = data.pointer(path).unwrap().as_array().unwrap();
            nodes.iter().map(|node| node[name].as_str().unwrap().to_owned()).collect()
        };
        let data = server.editor.data("{
            articles(orderBy: { field: TITLE, direction: ASC }) { nodes { title } }
            desk { articles(orderBy: { field: TITLE, direction: ASC }) { nodes { title } } }
            tags(orderBy: { field: NAME, direction: ASC }) { nodes { name } }
            authors(orderBy: { field: NAME, direction: ASC }) { nodes { name } }
            topics { name }
        }");
        assert_eq!(names(&data, "/articles/nodes", "title"), sorted);
        assert_eq!(names(&data, "/desk/articles/nodes", "title"), sorted);
        assert_eq!(names(&data, "/tags/nodes", "name"), sorted);
        assert_eq!(names(&data, "/authors/nodes", "name"), sorted);
        // Pages in both directions end where the next one begins.
        for (field, forward, backward) in [
            ("articles(orderBy: { field: TITLE, direction: ASC }", "first: 2, after", "last: 2, before"),
            ("desk { articles(orderBy: { field: TITLE, direction: ASC }", "first: 2, after", "last: 2, before"),
            ("tags(orderBy: { field: NAME, direction: ASC }", "first: 2, after", "last: 2, before"),
        ] {
            let (opened, name) = (field.matches('{').count() - field.matches('}').count(), if field.starts_with("tags") { "name" } else { "title" });
            for (direction, edge) in [(forward, "endCursor"), (backward, "startCursor")] {
                let (mut found, mut cursor) = (Vec::new(), Value::Null);
                loop {
                    let document = format!("query ($at: String) {{ {field}, {direction}: $at) {{ nodes {{ title: {name} }} pageInfo {{ {edge} }} }} {} }}", "}".repeat(opened));
                    let data = server.editor.data_with(&document, &json!({"at": cursor}));
                    let list = if opened == 1 { &data["desk"]["articles"] } else { data.as_object().unwrap().values().next().unwrap() };
                    let nodes = list["nodes"].as_array().unwrap();
                    if nodes.is_empty() {
                        break;
                    }
                    let page = nodes.iter().map(|node| node["title"].as_str().unwrap().to_owned());
                    if direction == forward { found.extend(page) } else { found.splice(0..0, page); }
                    cursor = list["pageInfo"][edge].clone();
                }
                assert_eq!(found, sorted, "{field} {direction}");
            }
        }
    }

    fn equal_dates_are_sorted_the_same_way_everywhere(env: &Env) {
        let folder = Folder::new("ties");
        for number in 0..9 {
            folder.write(&format!("{number}.md"), "---\ntitle: Same\ndate: 2024-01-01\n---\nText.\n");
        }
        let server = env.server();
        folder.import(server.database(), &[]).succeeded();
        for field in ["PUBLISHED_AT", "UPDATED_AT", "TITLE"] {
            let order = format!("orderBy: {{ field: {field}, direction: ASC }}");
            let all = server.reader.slugs(&format!("({order}, first: 100)"));
            assert_eq!(all.len(), 9);
            let mut down = server.reader.slugs(&format!("(orderBy: {{ field: {field} }}, first: 100)"));
            down.reverse();
            assert_eq!(all, down, "{field}");
            let pages: Vec<_> = (0..9).flat_map(|skip| {
                server.reader.slugs(&format!("({order}, first: 1, offset: {skip})"))
            }).collect();
            assert_eq!(all, pages, "{field}");
        }
    }
}
