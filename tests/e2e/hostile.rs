//! No input causes a server error, and the server continues to answer.

use serde_json::{Value, json};

use crate::support::{Client, GRAPHQL_RESPONSE};

/// Sends a request, and asserts that the answer is not a server error.
fn assert_no_server_error(client: &Client, document: &str, variables: &Value) {
    let answer = client.ask_with(document, variables);
    let context = || format!("{document}\n{:.200}\n{:.500}", variables.to_string(), answer.text);
    assert!(answer.status < 500, "{}", context());
    assert!(!answer.text.contains("INTERNAL_SERVER_ERROR"), "{}", context());
    assert!(!answer.text.contains("SERVICE_UNAVAILABLE"), "{}", context());
}

/// A document that declares the variables of its selection.
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

/// Documents that send a text in each argument that accepts one.
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
    i: articlePublish(id: $id, expectedVersion: 1, note: $s) { article { id } }
    j: articleWithdraw(id: $article, expectedVersion: 1, reason: REDIRECT, redirectTo: $s, note: $s) { article { id } }
    k: tagCreate(input: { name: $s }) { tag { id } }
    l: tagCreate(input: { name: $title, slug: $slug }) { tag { id } }
    m: tagRename(id: $tag, expectedVersion: 99, name: $s, slug: $slug) { tag { id } }
    n: tagMerge(id: $id, expectedVersion: 1, into: $tag) { tag { id } }
    o: topicCreate(input: { name: $s, description: $s }) { topic { id } }
    p: topicCreate(input: { name: $title, slug: $slug, parent: $slug }) { topic { id } }
    q: topicMove(id: $topic, expectedVersion: 1, parent: $slug) { topic { id } }
    r: authorCreate(input: { name: $s, bio: $s, jobTitle: $s }) { author { id } }
    s: tagUpdate(id: $tag, expectedVersion: 99, input: { name: $s, slug: $slug }) { tag { id } }
    t: tagDelete(id: $id, expectedVersion: 1, replaceWith: $tag) { deletedId }
    u: topicUpdate(id: $topic, expectedVersion: 1, input: { name: $s, slug: $slug, description: $s }) { topic { id } }
    v: topicDelete(id: $id, expectedVersion: 1, replaceWith: $topic) { deletedId }
    w: authorUpdate(id: $id, expectedVersion: 1, input: { name: $s, slug: $slug, bio: $s, jobTitle: $s }) { author { id } }
    x: authorMerge(id: $id, expectedVersion: 1, into: $id) { author { id } }";

fn hostile_texts() -> Vec<String> {
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
    // These are damaged cursors of every list.
    for mark in ["cA", "dQ", "dA", "Yw", "bg", "Qw", "Tg"] {
        texts.push(format!("{mark}{}", "_".repeat(30)));
        texts.push(format!("{mark}{}", "_".repeat(32)));
    }
    texts.extend(["a".repeat(10_000), "é".repeat(10_000), "a-".repeat(5_000), "[".repeat(10_000)]);
    texts
}

both! {
    fn no_text_causes_a_server_error(env: &Env) {
        let server = env.server();
        let article = server.editor.published(json!({"title": "One"}));
        let tag = server.editor.label("tag", json!({"name": "Tag"}));
        let topic = server.editor.label("topic", json!({"name": "Topic"}));
        for (number, text) in hostile_texts().into_iter().enumerate() {
            let variables = json!({
                "s": text, "slug": text, "id": text, "locale": text, "at": text,
                "article": article.id, "tag": tag, "topic": topic, "title": format!("T{number}"),
            });
            for selection in READS {
                assert_no_server_error(&server.editor, &document("query", selection), &variables);
            }
            assert_no_server_error(&server.editor, &document("mutation", WRITES), &variables);
        }
        assert_eq!(server.reader.data(r#"{ article(by: { slug: "one" }) { title } }"#)["article"]["title"], "One");
    }

    fn no_number_causes_a_server_error(env: &Env) {
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
                assert_no_server_error(&server.editor, document, &variables);
            }
        }
        // Several topics can have the last position.
        for name in ["X", "Y"] {
            assert_no_server_error(&server.editor, "mutation ($name: String!) { topicCreate(input: { name: $name }) { topic { id } } }", &json!({"name": name}));
        }
    }

    fn no_bytes_cause_a_server_error(env: &Env) {
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
            // These bodies have half of a surrogate pair, invalid escapes, huge numbers, or a repeated name.
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
