//! What is wrong is told with the name of the field and the way out, and nothing from outside is a
//! fault of the server.

use serde_json::{Value, json};

use crate::support::{Client, GRAPHQL_RESPONSE};

/// Asks for articles with these arguments and answers the only error: status, code, argument, message.
fn refusal(reader: &Client, arguments: &str) -> (u16, String, String, String) {
    let answer = reader.ask(&format!("{{ articles{arguments} {{ nodes {{ id }} }} }}"));
    let (status, code, message) = answer.error();
    let argument =
        answer.json()["errors"][0]["extensions"]["argument"].as_str().unwrap_or_default().to_owned();
    (status, code, argument, message)
}

fn bad(argument: &str, message: &str) -> (u16, String, String, String) {
    (200, "BAD_USER_INPUT".to_owned(), argument.to_owned(), message.to_owned())
}

/// No answer to it may be a fault of the server.
fn is_no_fault(client: &Client, document: &str, variables: &Value) {
    let answer = client.ask_with(document, variables);
    let shown = || format!("{document}\n{:.200}\n{:.500}", variables.to_string(), answer.text);
    assert!(answer.status < 500, "{}", shown());
    assert!(!answer.text.contains("INTERNAL_SERVER_ERROR"), "{}", shown());
    assert!(!answer.text.contains("SERVICE_UNAVAILABLE"), "{}", shown());
}

/// A document with the variables that its selection names.
fn document(kind: &str, selection: &str) -> String {
    let types = [
        ("s", "String!"),
        ("slug", "Slug!"),
        ("id", "ID!"),
        ("locale", "Locale!"),
        ("at", "DateTime!"),
        ("article", "ID!"),
        ("tag", "ID!"),
        ("topic", "ID!"),
        ("title", "String!"),
    ];
    let named = |name: &&str| {
        selection
            .split('$')
            .skip(1)
            .any(|rest| rest.strip_prefix(name).is_some_and(|rest| !rest.starts_with(char::is_alphanumeric)))
    };
    let declared: Vec<_> =
        types.iter().filter(|(name, _)| named(name)).map(|(name, of)| format!("${name}: {of}")).collect();
    format!("{kind} ({}) {{ {selection} }}", declared.join(", "))
}

/// Every argument that takes a text.
const READS: [&str; 14] = [
    "article(by: { slug: $s }) { id } b: article(by: { externalRef: $s }) { id } c: article(by: { id: $id }) { id }
     tag(slug: $s) { id } topic(slug: $s) { id } author(slug: $s) { id } node(id: $id) { id }",
    "nodes(ids: [$id, $id]) { id }",
    "articles(after: $s) { nodes { id } }",
    "articles(last: 1, before: $s) { nodes { id } }",
    "articles(orderBy: { field: TITLE }, after: $s) { nodes { id } }",
    "articles(orderBy: { field: UPDATED_AT, direction: ASC }, after: $s) { nodes { id } }",
    "articles(where: { tags: { any: [$slug], all: [$slug], none: [$slug] } }) { totalCount nodes { id } }",
    "articles(where: { topics: { in: [$slug] }, authors: { any: [$slug] } }) { totalCount nodes { id } }",
    "articles(where: { locale: $locale }) { totalCount nodes { id } }",
    "articles(where: { publishedAt: { gte: $at, lt: $at } }) { totalCount nodes { id } }",
    "tags(after: $s) { nodes { id } }",
    "tags(orderBy: { field: NAME }, after: $s, where: { nameContains: $s, slugs: [$slug] }) { nodes { id } }",
    "tags(where: { nameContains: $s, slugs: [$slug] }) { nodes { id } }",
    "authors(after: $s) { nodes { id } }",
];
const WRITES: &str = "
    a: articleCreate(input: { title: $s }) { article { id } }
    b: articleCreate(input: { title: $title, slug: $slug, body: $s }) { article { id } }
    c: articleCreate(input: { title: $title, deck: $s, excerpt: $s, locale: $locale }) { article { id } }
    d: articleCreate(input: { title: $title, externalRef: $s, aliases: [$s] }) { article { id } }
    e: articleCreate(input: { title: $title, tags: [$slug], topics: [$slug], authors: [$slug] }) { article { id } }
    f: articleCreate(input: { title: $title, heroImage: { url: $s, alt: $s, caption: $s, credit: $s } }) { article { id } }
    g: articleCreate(input: { title: $title, seo: { title: $s, description: $s }, publishedAt: $at }) {
        article { id workingCopy { publishedAt } }
    }
    h: articleUpdate(id: $id, expectedVersion: 1, input: { title: $s }) { article { id } }
    i: articlePublish(id: $id, expectedVersion: 1) { article { id } }
    j: articleWithdraw(id: $article, expectedVersion: 1, reason: REDIRECT, redirectTo: $s) { article { id } }
    k: tagCreate(input: { name: $s }) { tag { id } }
    l: tagCreate(input: { name: $title, slug: $slug }) { tag { id } }
    m: tagRename(id: $tag, expectedVersion: 99, name: $s, slug: $slug) { tag { id } }
    n: tagMerge(id: $id, expectedVersion: 1, into: $tag) { tag { id } }
    o: topicCreate(input: { name: $s, description: $s }) { topic { id } }
    p: topicCreate(input: { name: $title, slug: $slug, parent: $slug }) { topic { id } }
    q: topicMove(id: $topic, expectedVersion: 1, parent: $slug) { topic { id } }
    r: authorCreate(input: { name: $s, bio: $s, jobTitle: $s }) { author { id } }";

fn hostile() -> Vec<String> {
    let mut texts: Vec<String> = [
        "",
        " ",
        "\0",
        "a\0b",
        "\n",
        "\r\nx-injected: 1",
        "\u{202e}abc",
        "\u{feff}",
        "\u{ffff}",
        "\u{10ffff}",
        "e\u{301}",
        "👩🏽‍⚕️",
        "'",
        "\"",
        "`",
        "\\",
        "%",
        "_",
        "%00",
        "a%",
        "' OR '1'='1",
        "'; DROP TABLE publication; --",
        "\") { nodes { id } } } #",
        "$1",
        "?1",
        ":x",
        "{{7*7}}",
        "${jndi:ldap://x}",
        "<script>alert(1)</script>",
        "../../etc/passwd",
        "javascript:alert(1)",
        "null",
        "true",
        "NaN",
        "1e999",
        "-1",
        "9223372036854775808",
        "2024-02-30T00:00:00Z",
        "9999-12-31T23:59:60Z",
        "-009999-01-02T01:59:59Z",
        "9999-12-30T22:00:00.999999Z",
        "+275760-09-13T00:00:00Z",
        "2024-01-01",
        "en",
        "und",
        "x-private",
        "en-US-u-ca-gregory",
        "a",
        "a-b",
        "A-B",
        "-a",
        "article_01h455vb4pex5vsknk084sn02q",
        "tag_01h455vb4pex5vsknk084sn02q",
        "topic_01h455vb4pex5vsknk084sn02q",
        "author_01h455vb4pex5vsknk084sn02q",
        "key_01h455vb4pex5vsknk084sn02q",
        "ARTICLE_01H455VB4PEX5VSKNK084SN02Q",
        "article_00000000000000000000000000",
        "article_7zzzzzzzzzzzzzzzzzzzzzzzzz",
        "tag_8zzzzzzzzzzzzzzzzzzzzzzzzz",
        "article_",
        "_01h455vb4pex5vsknk084sn02q",
        "articlé_01h455vb4pex5vsknk084sn02q",
        "cA",
        "cAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA",
    ]
    .map(str::to_owned)
    .to_vec();
    // Cursors of every list that have come to harm.
    for mark in ["cA", "dQ", "dA", "Yw", "bg", "Qw", "Tg"] {
        texts.push(format!("{mark}{}", "_".repeat(30)));
        texts.push(format!("{mark}{}", "_".repeat(32)));
    }
    texts.extend(["a".repeat(10_000), "é".repeat(10_000), "a-".repeat(5_000), "[".repeat(10_000)]);
    texts
}

both! {
    fn paging_that_contradicts_itself(env: &Env) {
        let reader = &env.sample().reader;
        for (arguments, expected) in [
            ("(first: 2, last: 2)", bad("last", "`first` and `last` were both given: use one of them")),
            ("(first: 101)", bad("first", "`first` is 101: it must be between 0 and 100")),
            ("(last: 101)", bad("last", "`last` is 101: it must be between 0 and 100")),
            ("(first: -1)", bad("first", "`first` is -1: it must be between 0 and 100")),
            ("(offset: -1)", bad("offset", "`offset` is -1: it must be between 0 and 10000; page with `after` to go further")),
            ("(offset: 10001)", bad("offset", "`offset` is 10001: it must be between 0 and 10000; page with `after` to go further")),
            ("(offset: 2, last: 2)", bad("offset", "`offset` goes with `first` alone: leave out `last`, or page with cursors")),
            (
                r#"(after: "nonsense")"#,
                bad("after", "`after`: `nonsense` is not a cursor: pass on a `cursor`, `startCursor` or `endCursor` of an earlier answer, unchanged"),
            ),
            (
                r#"(last: 1, before: "")"#,
                bad("before", "`before`: `` is not a cursor: pass on a `cursor`, `startCursor` or `endCursor` of an earlier answer, unchanged"),
            ),
        ] {
            assert_eq!(refusal(reader, arguments), expected, "{arguments}");
        }
    }

    fn a_cursor_of_another_list(env: &Env) {
        let reader = &env.sample().reader;
        let data = reader.data("{
            articles(first: 1) { pageInfo { endCursor } } tags(first: 1) { pageInfo { endCursor } }
        }");
        let other = "`after`: the cursor comes from another list or another `orderBy`: use it with the arguments that it was answered to";
        for (list, order) in [("articles", ", orderBy: { field: TITLE }"), ("tags", "")] {
            let cursor = data[list]["pageInfo"]["endCursor"].as_str().unwrap();
            let expected = bad("after", other);
            assert_eq!(refusal(reader, &format!("(first: 1, after: \"{cursor}\"{order})")), expected, "{list}");
        }
    }

    fn an_empty_list_could_mean_everything_or_nothing(env: &Env) {
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
            assert_eq!(refusal(reader, &format!("(where: {filter})")), bad(path, &expected));
        }
        let (_, code, message) = reader.ask("{ nodes(ids: []) { id } }").error();
        assert_eq!(code, "BAD_USER_INPUT");
        assert!(message.starts_with("`ids` is an empty list"), "{message}");
    }

    fn a_filter_beyond_all_measure(env: &Env) {
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
        assert!(message.ends_with("is nested deeper than 10 levels"), "{message}");
        // 200 terms is what is promised; they are answered.
        reader.slugs(&format!("(where: {{ tags: {{ any: [{}] }} }})", r#""seo","#.repeat(198)));
    }

    fn an_impossible_date(env: &Env) {
        let reader = &env.sample().reader;
        for date in ["2024-02-30T00:00:00Z", "2024-02-20", "yesterday", "2024-02-20T00:00:00", ""] {
            let (status, code, argument, message) =
                refusal(reader, &format!(r#"(where: {{ not: {{ publishedAt: {{ gte: "{date}" }} }} }})"#));
            assert_eq!((status, code.as_str(), argument.as_str()), (200, "BAD_USER_INPUT", "where.not.publishedAt.gte"));
            assert!(message.contains(&format!("`{date}` is not an instant")), "{message}");
            assert!(message.ends_with("write a date, a time and an offset, like 2024-02-23T09:00:00Z"), "{message}");
        }
        let (_, code, argument, message) = refusal(reader, r#"(where: { locale: "english please" })"#);
        assert_eq!((code.as_str(), argument.as_str()), ("BAD_USER_INPUT", "where.locale"));
        assert!(message.ends_with("is not a language tag: use one like `en`, `en-US` or `zh-Hant-TW` (BCP 47)"), "{message}");
    }

    fn an_id_that_is_none(env: &Env) {
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
              "message": "`tag_…` is not the id of article: it should begin with `article_`",
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
              "message": "Invalid value for argument \"by\", Oneof input objects requires have exactly one field",
              "locations": [{"line": 1, "column": 11}],
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

    fn an_article_with_everything_wrong(env: &Env) {
        let server = env.server();
        let document = "mutation ($input: ArticleInput!) {
            articleCreate(input: $input) { article { id } userErrors { code path message } }
        }";
        let answer = server.editor.ask_with(document, &json!({"input": {
            "title": "t".repeat(301), "slug": "Flu Shots!", "deck": "d".repeat(2001), "locale": "english please",
            "body": "a\0b", "externalRef": "", "tags": ["nope"], "topics": ["nope"], "authors": ["nope"],
            "heroImage": {"url": "javascript:alert(1)", "width": 0}, "aliases": ["a b"],
        }}));
        shows!(answer, @r#"
        {
          "data": {
            "articleCreate": {
              "article": null,
              "userErrors": [
                {
                  "code": "INVALID",
                  "path": ["input", "slug"],
                  "message": "`Flu Shots!` is not a slug: use lower-case letters, digits and single hyphens, for example `flu-shots`"
                },
                {
                  "code": "INVALID",
                  "path": ["input", "locale"],
                  "message": "`english please` is not a language tag: use one like `en`, `en-US` or `zh-Hant-TW` (BCP 47)"
                },
                {
                  "code": "INVALID",
                  "path": ["input", "heroImage", "width"],
                  "message": "`width` is 0: it must be a number of pixels above 0"
                },
                {
                  "code": "INVALID",
                  "path": ["input", "externalRef"],
                  "message": "an external reference has 1 to 255 characters, this one has 0"
                },
                {
                  "code": "NOT_FOUND",
                  "path": ["input", "authors", "0"],
                  "message": "there is no author `nope`: create it first with `authorCreate`, or mend the slug"
                },
                {
                  "code": "NOT_FOUND",
                  "path": ["input", "topics", "0"],
                  "message": "there is no topic `nope`: create it first with `topicCreate`, or mend the slug"
                },
                {
                  "code": "NOT_FOUND",
                  "path": ["input", "tags", "0"],
                  "message": "there is no tag `nope`: create it first with `tagCreate`, or mend the slug"
                },
                {
                  "code": "TOO_LONG",
                  "path": ["input", "title"],
                  "message": "`title` has 301 characters and may have 300: shorten it"
                },
                {
                  "code": "TOO_LONG",
                  "path": ["input", "deck"],
                  "message": "`deck` has 2001 characters and may have 2000: shorten it"
                },
                {
                  "code": "INVALID",
                  "path": ["input", "body"],
                  "message": "the body holds a NUL character: remove it"
                },
                {
                  "code": "INVALID",
                  "path": ["input", "heroImage", "url"],
                  "message": "`javascript:alert(1)` is neither an http(s) address nor a path: use one like https://images.example/ward.jpg"
                },
                {
                  "code": "INVALID",
                  "path": ["input", "aliases"],
                  "message": "`a b` holds white space or control characters: encode them (a space is %20)"
                }
              ]
            }
          }
        }
        "#);
        let answer = server.editor.ask_with(document, &json!({"input": {"title": " "}}));
        shows!(answer, @r#"
        {
          "data": {
            "articleCreate": {
              "article": null,
              "userErrors": [
                {
                  "code": "REQUIRED",
                  "path": ["input", "title"],
                  "message": "`title` is blank: it needs at least one character"
                }
              ]
            }
          }
        }
        "#);
        let answer = server.editor.ask_with(document, &json!({"input": {"title": "T", "publishedAt": "2024-02-30T00:00:00Z"}}));
        shows!(answer, @r#"
        {
          "data": {
            "articleCreate": {
              "article": null,
              "userErrors": [
                {
                  "code": "INVALID",
                  "path": ["input", "publishedAt"],
                  "message": "`input.publishedAt`: `2024-02-30T00:00:00Z` is not an instant (parsed date is not valid: parameter 'day' for `2024-02` is invalid, must be in range `1..=29`): write a date, a time and an offset, like 2024-02-23T09:00:00Z"
                }
              ]
            }
          }
        }
        "#);
        let answer = server.editor.ask_with(document, &json!({"input": {"title": "T", "tags": vec!["x"; 101]}}));
        assert_eq!(answer.data()["articleCreate"]["userErrors"].as_array().unwrap().len(), 101);
    }

    fn a_body_above_one_mebibyte(env: &Env) {
        let server = env.server();
        let document = "mutation ($body: String!) {
            articleCreate(input: { title: \"T\", body: $body }) { article { id } userErrors { code path message } }
        }";
        let largest = server.editor.data_with(document, &json!({"body": "é".repeat(1 << 19)}));
        assert_eq!(largest["articleCreate"]["userErrors"], json!([]));
        let answer = server.editor.ask_with(document, &json!({"body": "é".repeat((1 << 19) + 1)}));
        shows!(answer, @r#"
        {
          "data": {
            "articleCreate": {
              "article": null,
              "userErrors": [
                {
                  "code": "TOO_LONG",
                  "path": ["input", "body"],
                  "message": "the body is 1048578 bytes long and may have 1048576 (1 MiB): split the article"
                }
              ]
            }
          }
        }
        "#);
    }

    fn what_keeps_an_article_from_being_published(env: &Env) {
        let server = env.server();
        let publish = |input: Value| {
            let draft = server.editor.create(input);
            server.editor.ask_with("mutation ($id: ID!) {
                articlePublish(id: $id, expectedVersion: 1) { article { id } edition { number } userErrors { code path message } }
            }", &json!({"id": draft.id}))
        };
        let answer = publish(json!({
            "title": "A", "body": "![](/a.png) and ![ ](/b.png) and ![fine](/c.png)",
            "heroImage": {"url": "/hero.png", "alt": " "}, "publishedAt": "2999-01-01T00:00:00Z",
        }));
        shows!(answer, @r#"
        {
          "data": {
            "articlePublish": {
              "article": null,
              "edition": null,
              "userErrors": [
                {
                  "code": "ALT_TEXT_MISSING",
                  "path": ["heroImage", "alt"],
                  "message": "the hero image has no alternative text: say in `heroImage.alt` what it shows"
                },
                {
                  "code": "ALT_TEXT_MISSING",
                  "path": ["body"],
                  "message": "the image `/a.png` in the body has no alternative text: say what it shows, as in `![what it shows](address)`"
                },
                {
                  "code": "ALT_TEXT_MISSING",
                  "path": ["body"],
                  "message": "the image `/b.png` in the body has no alternative text: say what it shows, as in `![what it shows](address)`"
                },
                {
                  "code": "INVALID",
                  "path": ["publishedAt"],
                  "message": "`publishedAt` is 2999-01-01T00:00:00Z, which is still to come: name a time that has passed, or leave it out"
                }
              ]
            }
          }
        }
        "#);
        shows!(publish(json!({"title": "B"})), @r#"
        {
          "data": {
            "articlePublish": {
              "article": null,
              "edition": null,
              "userErrors": [
                {
                  "code": "REQUIRED",
                  "path": ["body"],
                  "message": "the body is empty: write it before publishing"
                }
              ]
            }
          }
        }
        "#);
        // A picture in raw HTML is a picture, too.
        let html = publish(json!({"title": "C", "body": "<img src=\"/d.png\">"})).data();
        assert_eq!(html["articlePublish"]["userErrors"][0]["code"], "ALT_TEXT_MISSING", "{html}");
        assert_eq!(server.reader.edition(), 0);
    }

    fn what_does_not_exist_cannot_be_written(env: &Env) {
        let server = env.server();
        let answer = server.editor.ask(r#"mutation {
            update: articleUpdate(id: "article_01h455vb4pex5vsknk084sn02q", expectedVersion: 1, input: {}) { userErrors { code path message } }
            publish: articlePublish(id: "7", expectedVersion: 1) { userErrors { code path message } }
            withdraw: articleWithdraw(id: "tag_01h455vb4pex5vsknk084sn02q", expectedVersion: 1) { userErrors { code path message } }
            rename: tagRename(id: "tag_01h455vb4pex5vsknk084sn02q", expectedVersion: 1, name: "x") { userErrors { code path message } }
            merge: tagMerge(id: "tag_01h455vb4pex5vsknk084sn02q", expectedVersion: 1, into: "x") { userErrors { code path message } }
            move: topicMove(id: "topic_01h455vb4pex5vsknk084sn02q", expectedVersion: 1) { userErrors { code path message } }
        }"#);
        shows!(answer, @r#"
        {
          "data": {
            "update": {
              "userErrors": [{"code": "NOT_FOUND", "path": ["id"], "message": "there is no article `article_…`"}]
            },
            "publish": {
              "userErrors": [
                {
                  "code": "INVALID",
                  "path": ["id"],
                  "message": "`7` is not an id: ids look like `article_…`"
                }
              ]
            },
            "withdraw": {
              "userErrors": [
                {
                  "code": "INVALID",
                  "path": ["id"],
                  "message": "`tag_…` is not the id of article: it should begin with `article_`"
                }
              ]
            },
            "rename": {
              "userErrors": [
                {
                  "code": "NOT_FOUND",
                  "path": ["id"],
                  "message": "there is no tag `tag_…`: `tags` lists them"
                }
              ]
            },
            "merge": {
              "userErrors": [
                {
                  "code": "INVALID",
                  "path": ["into"],
                  "message": "`x` is not an id: ids look like `article_…`"
                }
              ]
            },
            "move": {
              "userErrors": [
                {
                  "code": "NOT_FOUND",
                  "path": ["id"],
                  "message": "there is no topic `topic_…`: `topics` lists them"
                }
              ]
            }
          }
        }
        "#);
    }

    fn no_text_is_a_fault_of_the_server(env: &Env) {
        let server = env.server();
        let article = server.editor.published(json!({"title": "One"}));
        let tag = server.editor.label("tag", json!({"name": "Tag"}));
        let topic = server.editor.label("topic", json!({"name": "Topic"}));
        for (number, text) in hostile().into_iter().enumerate() {
            let variables = json!({
                "s": text, "slug": text, "id": text, "locale": text, "at": text,
                "article": article.id, "tag": tag, "topic": topic, "title": format!("T{number}"),
            });
            for selection in READS {
                is_no_fault(&server.editor, &document("query", selection), &variables);
            }
            is_no_fault(&server.editor, &document("mutation", WRITES), &variables);
        }
        assert_eq!(server.reader.data(r#"{ article(by: { slug: "one" }) { title } }"#)["article"]["title"], "One");
    }

    fn no_number_is_a_fault_of_the_server(env: &Env) {
        let server = env.server();
        let article = server.editor.published(json!({"title": "One"}));
        for number in [0, 1, -1, 100, 101, i32::MAX.into(), i32::MIN.into(), 1_i64 << 31, i64::MAX, i64::MIN] {
            for document in [
                "query ($n: Int!) { articles(first: $n, offset: $n) { nodes { id excerpt(maxLength: $n) } } }",
                "query ($n: Int!) { articles(last: $n) { nodes { id } } tags(first: $n) { nodes { id } } authors(last: $n) { nodes { id } } }",
                "mutation ($n: Int!) { articleCreate(input: { title: \"T\", heroImage: { url: \"/a\", width: $n, height: $n } }) { article { id } } }",
                "mutation ($n: Int!) { topicCreate(input: { name: \"T\", position: $n }) { topic { id } } }",
                "mutation ($n: Int!, $id: ID!) { articlePublish(id: $id, expectedVersion: $n) { article { id } } }",
                "mutation ($n: Int!, $id: ID!) { articleUpdate(id: $id, expectedVersion: $n, input: { title: \"U\" }) { article { id } } }",
            ] {
                let variables = json!({"n": number, "id": article.id});
                is_no_fault(&server.editor, document, &variables);
            }
        }
        // After the last place there is still one: several topics may share it.
        for name in ["X", "Y"] {
            is_no_fault(&server.editor, "mutation ($name: String!) { topicCreate(input: { name: $name }) { topic { id } } }", &json!({"name": name}));
        }
    }

    fn no_bytes_are_a_fault_of_the_server(env: &Env) {
        let reader = &env.sample().reader;
        let requests: [&[u8]; 16] = [
            b"GET /\xff\xfe HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n",
            b"GET /graphql?query=%FF%FE HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n",
            b"GET /graphql?query=%00 HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n",
            b"GET /graphql?query HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n",
            b"GET /graphql?query={a}&query={b} HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n",
            b"GET /graphql?%query=1 HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n",
            b"GET /%2e%2e/%2e%2e/etc/passwd HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n",
            b"GET http://elsewhere.example/graphql HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n",
            b"POST /graphql HTTP/1.1\r\nhost: x\r\ncontent-length: nine\r\nconnection: close\r\n\r\n",
            b"POST /graphql HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\ntransfer-encoding: chunked\r\nconnection: close\r\n\r\nzz\r\n",
            b"POST /graphql HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\ncontent-length: 4\r\nconnection: close\r\n\r\n\xff\xfe\x00\x00",
            b"POST /graphql HTTP/1.1\r\nhost: x\r\ncontent-type: \xff\r\ncontent-length: 2\r\nconnection: close\r\n\r\n{}",
            b"POST /graphql HTTP/1.1\r\nhost: x\r\naccept: \xff\r\ncontent-length: 2\r\nconnection: close\r\n\r\n{}",
            b"OPTIONS * HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n",
            b"nonsense\r\n\r\n",
            b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03\r\n\r\n",
        ];
        for request in requests {
            let answer = reader.raw(request);
            assert!(!answer.starts_with("HTTP/1.1 5"), "{}: {answer}", String::from_utf8_lossy(request));
        }
        for body in [
            // Half of a surrogate pair; escapes that are none; numbers beyond all measure; a name twice.
            r#"{"query":"{ tag(slug: \"\ud800\") { id } }"}"#, r#"{"query":"{ tag(slug: \"\\ud800\") { id } }"}"#,
            r#"{"query":"{ tag(slug: \"\\u{ffffff}\") { id } }"}"#, r#"{"query":"{ tag(slug: \"\\x\") { id } }"}"#,
            r#"{"query":"query ($n: Int) { articles(first: $n) { totalCount } }","variables":{"n":1e999}}"#,
            r#"{"query":"query ($n: Int) { articles(first: $n) { totalCount } }","variables":{"n":1.5}}"#,
            r#"{"query":"{ articles(first: 99999999999999999999999999) { totalCount } }"}"#,
            r#"{"query":"{ __typename }","query":"{ edition { number } }"}"#,
        ] {
            let answer = reader.post(&[("content-type", "application/json"), ("accept", GRAPHQL_RESPONSE)], body);
            assert!(answer.status < 500 && !answer.text.contains("INTERNAL"), "{body}: {answer:?}");
        }
        reader.data("{ edition { number } }");
    }
}
