//! Invalid arguments of queries.

use crate::support::Client;

/// Requests articles with these arguments. Returns the status, the code, the argument and the message of the only error.
fn refusal(reader: &Client, arguments: &str) -> (u16, String, String, String) {
    let answer = reader.ask(&format!("{{ articles{arguments} {{ nodes {{ id }} }} }}"));
    let (status, code, message) = answer.error();
    let argument =
        answer.json()["errors"][0]["extensions"]["argument"].as_str().unwrap_or_default().to_owned();
    (status, code, argument, message)
}

fn bad_input(argument: &str, message: &str) -> (u16, String, String, String) {
    (200, "BAD_USER_INPUT".to_owned(), argument.to_owned(), message.to_owned())
}

both! {
    fn contradictory_paging_arguments_are_refused(env: &Env) {
        let reader = &env.sample().reader;
        for (arguments, expected) in [
            ("(first: 2, last: 2)", bad_input("last", "`first` and `last` were both given: use one of them")),
            ("(first: 101)", bad_input("first", "`first` is 101: it must be between 0 and 100")),
            ("(last: 101)", bad_input("last", "`last` is 101: it must be between 0 and 100")),
            ("(first: -1)", bad_input("first", "`first` is -1: it must be between 0 and 100")),
            ("(offset: -1)", bad_input("offset", "`offset` is -1: it must be between 0 and 10000; page with `after` to go further")),
            ("(offset: 10001)", bad_input("offset", "`offset` is 10001: it must be between 0 and 10000; page with `after` to go further")),
            ("(offset: 2, last: 2)", bad_input("offset", "`offset` can be combined only with `first`: leave out `last`, or page with cursors")),
            (
                r#"(after: "nonsense")"#,
                bad_input("after", "`after`: `nonsense` is not a cursor: pass on a cursor of an earlier answer, unchanged"),
            ),
            (
                r#"(last: 1, before: "")"#,
                bad_input("before", "`before`: `` is not a cursor: pass on a cursor of an earlier answer, unchanged"),
            ),
        ] {
            assert_eq!(refusal(reader, arguments), expected, "{arguments}");
        }
    }

    fn a_cursor_from_another_list_is_refused(env: &Env) {
        let reader = &env.sample().reader;
        let data = reader.data("{
            articles(first: 1) { pageInfo { endCursor } } tags(first: 1) { pageInfo { endCursor } }
        }");
        let other = "`after`: the cursor comes from another list or another order: use it with the arguments of the request that returned it";
        for (list, order) in [("articles", ", orderBy: { field: TITLE }"), ("tags", "")] {
            let cursor = data[list]["pageInfo"]["endCursor"].as_str().unwrap();
            let expected = bad_input("after", other);
            assert_eq!(refusal(reader, &format!("(first: 1, after: \"{cursor}\"{order})")), expected, "{list}");
        }
    }

    fn an_empty_filter_list_is_refused(env: &Env) {
        let reader = &env.sample().reader;
        for (filter, path) in [
            ("{ tags: { any: [] } }", "where.tags.any"),
            ("{ tags: { all: [] } }", "where.tags.all"),
            ("{ tags: { none: [] } }", "where.tags.none"),
            ("{ topics: { in: [] } }", "where.topics.in"),
            ("{ authors: { any: [] } }", "where.authors.any"),
            ("{ and: [] }", "where.and"),
            ("{ or: [{ tags: { any: [] } }] }", "where.or.tags.any"),
            ("{ not: { or: [] } }", "where.not.or"),
        ] {
            let expected = format!(
                "`{path}` is an empty list, which could mean everything or nothing: leave it out, or name at least one entry"
            );
            assert_eq!(refusal(reader, &format!("(where: {filter})")), bad_input(path, &expected));
        }
        let (_, code, message) = reader.ask("{ nodes(ids: []) { id } }").error();
        assert_eq!(code, "BAD_USER_INPUT");
        assert!(message.starts_with("`ids` is an empty list"), "{message}");
    }

    fn an_oversized_filter_is_refused(env: &Env) {
        let reader = &env.sample().reader;
        let wide = format!("(where: {{ tags: {{ any: [{}] }} }})", r#""seo","#.repeat(201));
        assert_eq!(refusal(reader, &wide).1, "BAD_USER_INPUT");
        let (mut deep, mut close) = (String::new(), String::new());
        for _ in 0..15 {
            deep.push_str("{ not: ");
            close.push('}');
        }
        let (_, code, _, message) = refusal(reader, &format!("(where: {deep} {{}} {close})"));
        assert_eq!(code, "BAD_USER_INPUT");
        assert!(message.ends_with("is nested deeper than 10 levels: flatten it"), "{message}");
        // 200 terms are allowed.
        reader.slugs(&format!("(where: {{ tags: {{ any: [{}] }} }})", r#""seo","#.repeat(198)));
    }

    fn an_impossible_date_is_refused(env: &Env) {
        let reader = &env.sample().reader;
        for date in ["2024-02-30T00:00:00Z", "2024-02-30", "yesterday", "2024-02-20T00:00:00", ""] {
            let (status, code, argument, message) =
                refusal(reader, &format!(r#"(where: {{ not: {{ publishedAt: {{ gte: "{date}" }} }} }})"#));
            assert_eq!((status, code.as_str(), argument.as_str()), (200, "BAD_USER_INPUT", "where.not.publishedAt.gte"));
            assert!(message.contains(&format!("`{date}` is not a valid time")), "{message}");
            let help = "write a date, a time and an offset, like 2024-02-23T09:00:00Z, or a date alone, like 2024-02-23";
            assert!(message.ends_with(help), "{message}");
        }
        let (_, code, argument, message) = refusal(reader, r#"(where: { locale: "english please" })"#);
        assert_eq!((code.as_str(), argument.as_str()), ("BAD_USER_INPUT", "where.locale"));
        assert!(message.ends_with("is not a language tag: use one like `en`, `en-US` or `zh-Hant-TW` (BCP 47)"), "{message}");
    }

    fn an_invalid_id_is_refused(env: &Env) {
        let reader = &env.sample().reader;
        shows!(reader.ask(r#"{ node(id: "7") { id } }"#), @r#"
        {
          "data": {"node": null},
          "errors": [
            {
              "message": "`7` is not an id: ids look like `article_…`",
              "locations": [{"line": 1, "column": 3}],
              "path": ["node"],
              "extensions": {"argument": "id", "code": "BAD_USER_INPUT", "requestId": "…"}
            }
          ]
        }
        "#);
        shows!(reader.ask(r#"{ article(by: { id: "tag_01h455vb4pex5vsknk084sn02q" }) { id } }"#), @r#"
        {
          "data": {"article": null},
          "errors": [
            {
              "message": "`tag_…` is the id of another type: an id that begins with `article_` is needed here",
              "locations": [{"line": 1, "column": 3}],
              "path": ["article"],
              "extensions": {"argument": "id", "code": "BAD_USER_INPUT", "requestId": "…"}
            }
          ]
        }
        "#);
        shows!(reader.ask(r#"{ article(by: { id: "x", slug: "y" }) { id } }"#), @r#"
        {
          "errors": [
            {
              "message": "`by` of `article`: `ArticleBy` takes exactly one of `externalRef`, `id` or `slug`, and not null",
              "locations": [{"line": 1, "column": 15}],
              "extensions": {"code": "GRAPHQL_VALIDATION_FAILED", "requestId": "…"}
            }
          ]
        }
        "#);
        shows!(reader.ask(r#"{ article(by: { slug: "alt-text-that-says-something" }) { excerpt(maxLength: 0) } }"#), @r#"
        {
          "data": {"article": null},
          "errors": [
            {
              "message": "`maxLength` is 0: it must be between 1 and 2000",
              "locations": [{"line": 1, "column": 59}],
              "path": ["article", "excerpt"],
              "extensions": {"argument": "maxLength", "code": "BAD_USER_INPUT", "requestId": "…"}
            }
          ]
        }
        "#);
    }
}
