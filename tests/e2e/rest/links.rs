//! Paging by the `Link` header.

use super::{articles, get, slugs};
use crate::support::{Answer, Client};

/// The query string of the target of a link in an answer, with its `?`.
fn link(answer: &Answer, relation: &str) -> Option<String> {
    let target = target(answer, relation)?;
    let (path, query) = target.split_once('?').unwrap();
    assert!(path.starts_with("/v1/"), "{target}");
    Some(format!("?{query}"))
}

/// The target of a link in an answer.
fn target(answer: &Answer, relation: &str) -> Option<String> {
    let header = answer.header("link")?;
    let wanted = format!("; rel=\"{relation}\"");
    let link = header.split(", ").find_map(|link| link.strip_suffix(&wanted))?;
    Some(link.strip_prefix('<').unwrap().strip_suffix('>').unwrap().to_owned())
}

/// Follows a link from page to page, and returns the pages.
#[track_caller]
fn walk(reader: &Client, path: &str, query: &str, name: &str, relation: &str) -> Vec<Vec<String>> {
    let mut pages = Vec::new();
    let mut query = query.to_owned();
    loop {
        let answer = get(reader, &format!("{path}{query}"));
        pages.push(slugs(&answer.json(), name));
        assert!(pages.len() < 100, "{query}");
        match link(&answer, relation) {
            Some(next) => query = next,
            None => return pages,
        }
    }
}

both! {
    fn following_the_links_returns_each_article_once(env: &Env) {
        let reader = &env.sample().reader;
        for (filter, sizes) in [
            ("", ["", "&first=1", "&first=7", "&first=35", "&first=100"]),
            ("&orderBy=title&tag=seo,accessibility&topic=content,digital-front-door", ["", "&first=1", "&first=2", "&first=3", "&first=100"]),
            ("&orderBy=-updatedAt&publishedAt.gte=2024-01-01T00:00:00Z", ["", "&first=4", "&first=5", "&first=9", "&first=10"]),
        ] {
            let all = articles(reader, &format!("?first=100{filter}"));
            for size in sizes {
                let query = format!("?{}", format!("{size}{filter}").trim_start_matches('&'));
                let pages = walk(reader, "/v1/articles", &query, "articles", "next");
                assert_eq!(pages.concat(), all, "{query}");
            }
        }
    }

    fn the_previous_links_lead_back(env: &Env) {
        let reader = &env.sample().reader;
        let all = articles(reader, "?first=100&orderBy=title");
        let back = |query: &str| {
            let mut pages = walk(reader, "/v1/articles", query, "articles", "prev");
            pages.reverse();
            pages.concat()
        };
        assert_eq!(back("?last=8&orderBy=title"), all);
        assert_eq!(back("?last=35&orderBy=title"), all);
        // Forward and back, beginning with a numbered page.
        let middle = get(reader, "/v1/articles?offset=10&first=5&orderBy=title");
        assert_eq!(slugs(&middle.json(), "articles"), all[10..15]);
        let before = link(&middle, "prev").unwrap();
        assert_eq!(articles(reader, &before), all[5..10]);
        let after = link(&middle, "next").unwrap();
        assert_eq!(articles(reader, &after), all[15..20]);
        let there = get(reader, &format!("/v1/articles{after}"));
        assert_eq!(articles(reader, &link(&there, "prev").unwrap()), all[10..15]);
        // The same without a number.
        let second = link(&get(reader, "/v1/articles?orderBy=title"), "next").unwrap();
        let second = get(reader, &format!("/v1/articles{second}"));
        assert_eq!(articles(reader, &link(&second, "prev").unwrap()), all[..20]);
    }

    fn pages_between_two_cursors_stay_within_them(env: &Env) {
        let reader = &env.sample().reader;
        let all = articles(reader, "?first=100&orderBy=title");
        let cursor = |place: usize| {
            let page = get(reader, &format!("/v1/articles?first=1&offset={place}&orderBy=title")).json();
            page["pageInfo"]["endCursor"].as_str().unwrap().to_owned()
        };
        let bounds = format!("after={}&before={}", cursor(3), cursor(14));
        let forward = walk(reader, "/v1/articles", &format!("?first=4&orderBy=title&{bounds}"), "articles", "next");
        assert_eq!(forward.concat(), all[4..14]);
        let mut backward = walk(reader, "/v1/articles", &format!("?last=4&orderBy=title&{bounds}"), "articles", "prev");
        backward.reverse();
        assert_eq!(backward.concat(), all[4..14]);
    }

    fn tags_and_authors_have_links_too(env: &Env) {
        let reader = &env.sample().reader;
        for (path, name, order) in [
            ("/v1/tags", "tags", "-use"),
            ("/v1/tags", "tags", "name"),
            ("/v1/authors", "authors", "name"),
            ("/v1/authors", "authors", "-use"),
        ] {
            let all = slugs(&get(reader, &format!("{path}?first=100&orderBy={order}")).json(), name);
            let pages = walk(reader, path, &format!("?first=3&orderBy={order}"), name, "next");
            assert_eq!(pages.concat(), all, "{path} by {order}");
            let first = get(reader, &format!("{path}?first=3&orderBy={order}"));
            assert!(target(&first, "next").unwrap().starts_with(&format!("{path}?")), "{first:?}");
        }
    }

    fn links_keep_the_parameters(env: &Env) {
        let reader = &env.sample().reader;
        let query = "?tag=seo,analytics&tag=accessibility&include=body&count=true&first=2";
        let answer = get(reader, &format!("/v1/articles{query}"));
        let next = link(&answer, "next").unwrap();
        let cursor = answer.json()["pageInfo"]["endCursor"].as_str().unwrap().to_owned();
        assert_eq!(
            next,
            format!("?tag=seo%2Canalytics&tag=accessibility&include=body&count=true&first=2&after={cursor}")
        );
        assert_eq!(target(&answer, "next"), Some(format!("/v1/articles{next}")));
        let second = get(reader, &format!("/v1/articles{next}")).json();
        assert_eq!(second["totalCount"], answer.json()["totalCount"]);
        assert!(second["articles"][0]["body"]["html"].is_string());
        assert_eq!(link(&answer, "prev"), None);
        assert_eq!(get(reader, "/v1/articles?first=0").header("link"), None);
        assert_eq!(get(reader, "/v1/articles?tag=no-such-tag").header("link"), None);
        assert_eq!(get(reader, "/v1/articles/first-hour-of-a-crisis").header("link"), None);
    }

    fn browsers_expose_the_link_header_to_scripts(env: &Env) {
        let reader = &env.sample().reader;
        let answer = reader.get("/v1/articles?first=1", &[("origin", "https://hospital.example")]);
        assert_eq!(answer.header("access-control-allow-origin"), Some("*"));
        assert!(answer.header("access-control-expose-headers").unwrap().contains("link"));
    }
}
