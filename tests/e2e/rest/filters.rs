//! Filters find the same articles as GraphQL.

use serde_json::json;

use super::{articles, encoded, get, slugs};
use crate::support::Client;

/// The slugs that GraphQL finds with these arguments.
#[track_caller]
fn graphql(reader: &Client, arguments: &str) -> Vec<String> {
    reader.slugs(&format!("(first: 100, {arguments})"))
}

/// Query strings, and the same filters in GraphQL.
const SAME: [(&str, &str); 28] = [
    ("", "where: null"),
    ("tag=seo", "where: {tags: {any: [\"seo\"]}}"),
    ("tag=seo,analytics", "where: {tags: {any: [\"seo\", \"analytics\"]}}"),
    ("tag=seo&tag=analytics", "where: {tags: {any: [\"seo\", \"analytics\"]}}"),
    ("tag=seo,%20analytics", "where: {tags: {any: [\"seo\", \"analytics\"]}}"),
    ("tag.all=seo,analytics", "where: {tags: {all: [\"seo\", \"analytics\"]}}"),
    ("tag.none=seo,analytics", "where: {tags: {none: [\"seo\", \"analytics\"]}}"),
    (
        "tag=accessibility&tag.none=seo&tag.all=plain-language",
        "where: {tags: {any: [\"accessibility\"], none: [\"seo\"], all: [\"plain-language\"]}}",
    ),
    ("tag=no-such-tag", "where: {tags: {any: [\"no-such-tag\"]}}"),
    ("tag.none=no-such-tag", "where: {tags: {none: [\"no-such-tag\"]}}"),
    ("topic=content", "where: {topics: {in: [\"content\"]}}"),
    ("topic=content&topic.exact=true", "where: {topics: {in: [\"content\"], includeDescendants: false}}"),
    ("topic=content&topic.exact=false", "where: {topics: {in: [\"content\"]}}"),
    ("topic=content,digital-front-door", "where: {topics: {in: [\"content\", \"digital-front-door\"]}}"),
    ("author=dana-whitfield", "where: {authors: {any: [\"dana-whitfield\"]}}"),
    (
        "author=dana-whitfield,helen-stavros",
        "where: {authors: {any: [\"dana-whitfield\", \"helen-stavros\"]}}",
    ),
    (
        "author.all=dana-whitfield,helen-stavros",
        "where: {authors: {all: [\"dana-whitfield\", \"helen-stavros\"]}}",
    ),
    ("author.none=dana-whitfield", "where: {authors: {none: [\"dana-whitfield\"]}}"),
    ("locale=en", "where: {locale: \"en\"}"),
    ("locale=de", "where: {locale: \"de\"}"),
    (
        "publishedAt.gte=2024-01-01T00:00:00Z&publishedAt.lt=2025-01-01T00:00:00Z",
        "where: {publishedAt: {gte: \"2024-01-01T00:00:00Z\", lt: \"2025-01-01T00:00:00Z\"}}",
    ),
    (
        "publishedAt.gt=2024-10-16T00:00:00Z&publishedAt.lte=2026-07-07T02:00:00%2B02:00",
        "where: {publishedAt: {gt: \"2024-10-16T00:00:00Z\", lte: \"2026-07-07T00:00:00Z\"}}",
    ),
    (
        "updatedAt.gte=2024-01-01T00:00:00Z&updatedAt.lt=2026-01-01T00:00:00Z",
        "where: {updatedAt: {gte: \"2024-01-01T00:00:00Z\", lt: \"2026-01-01T00:00:00Z\"}}",
    ),
    (
        "tag=seo&updatedAt.gt=2024-10-16T00:00:00Z&updatedAt.lte=2099-01-01T00:00:00Z",
        "where: {tags: {any: [\"seo\"]}, updatedAt: {gt: \"2024-10-16T00:00:00Z\", lte: \"2099-01-01T00:00:00Z\"}}",
    ),
    ("orderBy=publishedAt", "orderBy: {field: PUBLISHED_AT, direction: ASC}"),
    ("orderBy=-updatedAt", "orderBy: {field: UPDATED_AT, direction: DESC}"),
    ("orderBy=title&tag=seo", "orderBy: {field: TITLE, direction: ASC}, where: {tags: {any: [\"seo\"]}}"),
    ("orderBy=-title", "orderBy: {field: TITLE, direction: DESC}"),
];

both! {
    fn filters_match_graphql(env: &Env) {
        let reader = &env.sample().reader;
        let mut sizes = std::collections::BTreeSet::new();
        for (query, arguments) in SAME {
            let expected = graphql(reader, arguments);
            assert_eq!(articles(reader, &format!("?first=100&{query}")), expected, "{query}");
            sizes.insert(expected.len());
        }
        assert!(sizes.len() > 8, "they say something: {sizes:?}");
    }

    fn filters_by_every_label_match_graphql(env: &Env) {
        let reader = &env.sample().reader;
        let known = reader.data("{
            tags(first: 100) { nodes { slug } }
            topics { slug children { slug } }
            authors { nodes { slug } }
        }");
        let text = |value: &serde_json::Value| value.as_str().unwrap().to_owned();
        let nodes = |kind: &str| -> Vec<String> {
            known[kind]["nodes"].as_array().unwrap().iter().map(|node| text(&node["slug"])).collect()
        };
        for tag in nodes("tags") {
            let found = articles(reader, &format!("?first=100&tag={tag}"));
            assert_eq!(found, graphql(reader, &format!("where: {{tags: {{any: [\"{tag}\"]}}}}")), "{tag}");
            let others = articles(reader, &format!("?first=100&tag.none={tag}"));
            assert_eq!(found.len() + others.len(), 35, "{tag}");
        }
        for author in nodes("authors") {
            let expected = graphql(reader, &format!("where: {{authors: {{any: [\"{author}\"]}}}}"));
            assert_eq!(articles(reader, &format!("?first=100&author={author}")), expected, "{author}");
        }
        for root in known["topics"].as_array().unwrap() {
            let slug = text(&root["slug"]);
            let expected = graphql(reader, &format!("where: {{topics: {{in: [\"{slug}\"]}}}}"));
            assert_eq!(articles(reader, &format!("?first=100&topic={slug}")), expected, "{slug}");
        }
    }

    fn filters_of_generated_articles_match_graphql(env: &Env) {
        let server = env.server();
        let names = ["t0", "t1", "t2"];
        for name in names {
            server.editor.label("tag", json!({"name": name, "slug": name}));
        }
        // Every combination of tags, each on another day. Some have the same title.
        for place in 0..8u32 {
            let tags: Vec<_> = (0..3).filter(|bit| place & (1 << bit) != 0).map(|bit| names[bit]).collect();
            server.editor.published(json!({
                "title": format!("T {}", place % 3),
                "slug": format!("s{place}"),
                "tags": tags,
                "publishedAt": format!("2024-01-0{}T00:00:00Z", place % 4 + 1),
                "locale": if place % 2 == 0 { "en" } else { "fr" },
            }));
        }
        let choices = [None, Some("t0"), Some("t1,t2"), Some("t0,t1,t2")];
        for any in choices {
            for all in choices {
                for none in choices {
                    for order in ["publishedAt", "-title"] {
                        let mut query = format!("?first=100&orderBy={order}");
                        let mut filter = serde_json::Map::new();
                        for (parameter, field, slugs) in [("tag", "any", any), ("tag.all", "all", all), ("tag.none", "none", none)] {
                            let Some(slugs) = slugs else { continue };
                            query.push_str(&format!("&{parameter}={slugs}"));
                            filter.insert(field.to_owned(), slugs.split(',').collect());
                        }
                        let document = "query ($tags: TagFilter!, $order: ArticleOrder!) {
                            articles(first: 100, where: {tags: $tags}, orderBy: $order) { nodes { slug } }
                        }";
                        let order = match order {
                            "publishedAt" => json!({"field": "PUBLISHED_AT", "direction": "ASC"}),
                            _ => json!({"field": "TITLE", "direction": "DESC"}),
                        };
                        let data = server.reader.data_with(document, &json!({"tags": filter, "order": order}));
                        assert_eq!(articles(&server.reader, &query), slugs(&data["articles"], "nodes"), "{query}");
                    }
                }
            }
        }
        assert_eq!(articles(&server.reader, "?locale=fr&orderBy=title&tag=t0&tag.none=t1,t2"), ["s1"]);
    }

    fn a_renamed_tag_is_found_by_its_former_slug(env: &Env) {
        let server = env.server();
        let tag = server.editor.label("tag", json!({"name": "Old", "slug": "old"}));
        server.editor.published(json!({"title": "A", "slug": "a", "tags": ["old"]}));
        let rename = format!(
            "mutation {{ tagRename(id: \"{tag}\", expectedVersion: 1, name: \"New\", slug: \"new\") {{ userErrors {{ path message }} }} }}"
        );
        assert_eq!(server.editor.data(&rename)["tagRename"]["userErrors"], json!([]));
        assert_eq!(articles(&server.reader, "?tag=old"), ["a"]);
        assert_eq!(articles(&server.reader, "?tag=new"), ["a"]);
    }

    fn the_count_covers_all_pages(env: &Env) {
        let reader = &env.sample().reader;
        let answer = get(reader, "/v1/articles?tag=seo,analytics&first=1&count=true").json();
        assert_eq!(answer["totalCount"], articles(reader, "?tag=seo,analytics&first=100").len());
        assert_eq!(get(reader, "/v1/articles?first=1&count=false").json().get("totalCount"), None);
        // Percent-encoding makes no difference.
        let spelt = format!("/v1/articles?{}={}&first=1&count=true", encoded("tag"), encoded("seo,analytics"));
        assert_eq!(get(reader, &spelt).json(), answer);
    }
}
