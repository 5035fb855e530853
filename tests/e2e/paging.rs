//! Paging: Relay connections in both directions, and numbered pages.

use serde_json::{Value, json};

use crate::support::Client;

const PAGE: &str = "query ($first: Int, $after: String, $last: Int, $before: String) {
    articles(first: $first, after: $after, last: $last, before: $before, orderBy: { field: TITLE, direction: ASC }) {
        edges { cursor node { slug } }
        pageInfo { hasPreviousPage hasNextPage startCursor endCursor }
    }
}";

fn slugs(page: &Value) -> Vec<String> {
    let edges = page["edges"].as_array().unwrap();
    edges.iter().map(|edge| edge["node"]["slug"].as_str().unwrap().to_owned()).collect()
}

fn page(reader: &Client, arguments: Value) -> Value {
    reader.data_with(PAGE, &arguments)["articles"].take()
}

both! {
    fn page_info_describes_the_page(env: &Env) {
        let answer = env.sample().reader.ask("{
            articles(first: 2) {
                totalCount
                edges { cursor node { slug } }
                pageInfo { hasPreviousPage hasNextPage startCursor endCursor }
            }
        }");
        shows!(answer, @r#"
        {
          "data": {
            "articles": {
              "totalCount": 35,
              "edges": [
                {"cursor": "…", "node": {"slug": "style-guide-people-open"}},
                {"cursor": "…", "node": {"slug": "attribution-good-enough-to-act-on"}}
              ],
              "pageInfo": {"hasPreviousPage": false, "hasNextPage": true, "startCursor": "…", "endCursor": "…"}
            }
          }
        }
        "#);
    }

    fn forward_through_all_pages(env: &Env) {
        let reader = &env.sample().reader;
        let all = reader.slugs("(first: 100, orderBy: { field: TITLE, direction: ASC })");
        let (mut seen, mut after) = (Vec::new(), Value::Null);
        loop {
            let page = page(reader, json!({"first": 8, "after": after}));
            assert_eq!(page["pageInfo"]["hasPreviousPage"], json!(!seen.is_empty()));
            seen.extend(slugs(&page));
            assert_eq!(page["pageInfo"]["startCursor"], page["edges"][0]["cursor"]);
            after = page["pageInfo"]["endCursor"].clone();
            if page["pageInfo"]["hasNextPage"] == false {
                break;
            }
        }
        assert_eq!(seen, all);
    }

    fn backward_through_all_pages(env: &Env) {
        let reader = &env.sample().reader;
        let all = reader.slugs("(first: 100, orderBy: { field: TITLE, direction: ASC })");
        let (mut seen, mut before) = (Vec::new(), Value::Null);
        loop {
            let page = page(reader, json!({"last": 8, "before": before}));
            assert_eq!(page["pageInfo"]["hasNextPage"], json!(!seen.is_empty()));
            seen = [slugs(&page), seen].concat();
            before = page["pageInfo"]["startCursor"].clone();
            if page["pageInfo"]["hasPreviousPage"] == false {
                break;
            }
        }
        assert_eq!(seen, all);
    }

    fn a_page_between_two_cursors(env: &Env) {
        let reader = &env.sample().reader;
        let all = page(reader, json!({"first": 100}));
        let cursor = |place: usize| all["edges"][place]["cursor"].clone();
        let between = page(reader, json!({"first": 3, "after": cursor(4), "before": cursor(12)}));
        assert_eq!(slugs(&between), slugs(&all)[5..8]);
        let between = page(reader, json!({"last": 3, "after": cursor(4), "before": cursor(12)}));
        assert_eq!(slugs(&between), slugs(&all)[9..12]);
        let nothing = page(reader, json!({"first": 3, "after": cursor(12), "before": cursor(4)}));
        assert_eq!(slugs(&nothing), [""; 0]);
        assert_eq!(nothing["pageInfo"]["startCursor"], Value::Null);
    }

    fn pages_by_offset(env: &Env) {
        let reader = &env.sample().reader;
        let all = reader.slugs("(first: 100)");
        assert_eq!(all.len(), 35);
        let pages: Vec<_> =
            (0..5).flat_map(|page| reader.slugs(&format!("(first: 8, offset: {})", 8 * page))).collect();
        assert_eq!(pages, all);
        assert_eq!(reader.slugs("(first: 8, offset: 35)"), [""; 0]);
        assert_eq!(reader.slugs("(first: 8, offset: 10000)"), [""; 0]);
    }

    fn pages_by_offset_contain_articles_with_several_labels_once(env: &Env) {
        let reader = &env.sample().reader;
        for order in ["PUBLISHED_AT", "UPDATED_AT", "TITLE"] {
            let list = format!(
                r#"orderBy: {{ field: {order} }}, where: {{ or: [
                    {{ tags: {{ any: ["seo", "content-strategy", "patient-experience"] }} }},
                    {{ tags: {{ any: ["analytics", "privacy"] }} }}
                ], tags: {{ any: ["seo", "analytics", "email"] }} }}"#
            );
            let all = reader.slugs(&format!("(first: 100, {list})"));
            let pages: Vec<_> =
                (0..all.len()).flat_map(|skip| reader.slugs(&format!("(first: 1, offset: {skip}, {list})"))).collect();
            assert_eq!(pages, all, "{order}");
        }
    }

    fn the_default_page_has_20_articles_and_first_0_has_none(env: &Env) {
        let reader = &env.sample().reader;
        assert_eq!(reader.slugs("").len(), 20);
        let none = reader.data("{ articles(first: 0) { totalCount nodes { id } pageInfo { hasNextPage } } }");
        assert_eq!(none["articles"], json!({"totalCount": 35, "nodes": [], "pageInfo": {"hasNextPage": true}}));
    }

    fn a_cursor_works_after_its_article_is_gone(env: &Env) {
        let server = env.server();
        let articles: Vec<_> = ["A", "B", "C", "D"]
            .map(|title| server.editor.published(json!({"title": title})))
            .into_iter()
            .collect();
        let first = page(&server.reader, json!({"first": 2}));
        assert_eq!(slugs(&first), ["a", "b"]);
        let gone = &articles[1];
        let withdrawn = server.editor.data_with(
            "mutation ($id: ID!) { articleWithdraw(id: $id, expectedVersion: 1) { userErrors { message } } }",
            &json!({"id": gone.id}),
        );
        assert_eq!(withdrawn["articleWithdraw"]["userErrors"], json!([]));
        let next = page(&server.reader, json!({"first": 2, "after": first["pageInfo"]["endCursor"]}));
        assert_eq!(slugs(&next), ["c", "d"]);
    }
}
