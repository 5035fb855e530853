//! A draft value never appears in any public answer.
//!
//! Every field of a draft, a review, a preview and a key contains a unique word. Then the test requests
//! everything that is public according to the schema, so it also covers fields that are added later.

mod crawl;
mod plant;
mod writers;

use serde_json::{Value, json};

use crate::support::{Client, GRAPHQL_RESPONSE};
use crawl::Crawl;
use plant::Planted;

/// All answers of a server, including headers.
#[derive(Default)]
struct Answers(Vec<(String, String)>);

impl Answers {
    /// Sends a document over POST and over GET.
    fn ask(&mut self, client: &Client, document: &str, variables: &Value) -> Value {
        let answer = client.ask_with(document, variables);
        assert!(answer.status < 500, "{document}: {answer:?}");
        self.0.push((document.to_owned(), format!("{:?} {}", answer.headers, answer.text)));
        answer.json()
    }

    /// The first answer that contains a word with this beginning.
    fn find(&self, word: &str) -> Option<String> {
        let (document, answer) = self.0.iter().find(|(_, answer)| answer.to_lowercase().contains(word))?;
        let at = answer.to_lowercase().find(word).unwrap_or_default();
        let start = answer.char_indices().map(|(at, _)| at).filter(|start| *start + 80 >= at).min();
        let excerpt: String = answer[start.unwrap_or_default()..].chars().take(200).collect();
        Some(format!("…{excerpt}… answers {document}"))
    }
}

/// Queries whose arguments name drafts.
fn queries_about_drafts(planted: &Planted) -> Vec<(String, Value)> {
    let mut queries = Vec::new();
    let article = "id slug title deck excerpt externalRef body { markdown html text } heroImage { url alt caption credit }
        seo { title description } aliases version publishedAt updatedAt edition { number }";
    for slug in &planted.slugs {
        let document = format!(
            "query ($slug: String!) {{ article(by: {{ slug: $slug }}) {{ {article} }}
                redirect(slug: $slug) {{ slug kind url withdrawnAt article {{ {article} }} }} }}"
        );
        queries.push((document, json!({"slug": slug})));
    }
    for name in &planted.external_refs {
        let document =
            format!("query ($name: String!) {{ article(by: {{ externalRef: $name }}) {{ {article} }} }}");
        queries.push((document, json!({"name": name})));
    }
    for id in &planted.ids {
        let document = format!(
            "query ($id: ID!, $ids: [ID!]!) {{ article(by: {{ id: $id }}) {{ {article} }}
                node(id: $id) {{ __typename id ... on Article {{ {article} }} }}
                nodes(ids: $ids) {{ __typename id ... on Article {{ {article} }} }} }}"
        );
        queries.push((document, json!({"id": id, "ids": [id, id]})));
    }
    let filters = [
        json!({"tags": {"any": ["hidden"]}}),
        json!({"tags": {"all": ["hidden"]}}),
        json!({"tags": {"none": ["shown"]}}),
        json!({"topics": {"in": ["hidden"]}}),
        json!({"authors": {"any": ["hidden"]}}),
        json!({"locale": "de"}),
        json!({"publishedAt": {"gte": "1990-01-01T00:00:00Z", "lt": "1992-01-01T00:00:00Z"}}),
        json!({"publishedAt": {"gt": "2990-01-01T00:00:00Z"}}),
        json!({"not": {"tags": {"any": ["shown"]}}}),
        json!({"or": [{"tags": {"any": ["hidden"]}}, {"locale": "de"}]}),
    ];
    for filter in filters {
        for field in ["PUBLISHED_AT", "UPDATED_AT", "TITLE"] {
            for direction in ["ASC", "DESC"] {
                let document = format!(
                    "query ($where: ArticleWhere, $order: ArticleOrder!) {{
                        articles(where: $where, orderBy: $order, first: 50) {{
                            totalCount nodes {{ {article} }} pageInfo {{ startCursor endCursor hasNextPage }}
                        }}
                    }}"
                );
                let order = json!({"field": field, "direction": direction});
                queries.push((document, json!({"where": filter, "order": order})));
            }
        }
    }
    for arguments in
        [r#"(used: false)"#, r#"(used: true)"#, r#"(nameContains: "hid")"#, r#"(slugs: ["hidden"])"#]
    {
        let filter = arguments.replace('(', "where: { ").replace(')', " }");
        queries.push((
            format!("{{ tags({filter}) {{ totalCount nodes {{ slug articleCount }} }} }}"),
            json!({}),
        ));
    }
    queries
}

/// Requests that are refused in different ways. Each names a draft.
fn refused_requests(planted: &Planted) -> Vec<String> {
    let mut queries = Vec::new();
    for name in planted.ids.iter().chain(&planted.slugs) {
        for document in [
            "{ article(by: { slug: %, id: % }) { slug } }",
            "{ article(by: {}) { slug } }",
            "{ article(id: %) { slug } }",
            "{ articles(after: %) { totalCount } }",
            "{ articles(where: { tags: { any: [] } }) { totalCount } }",
            "{ articles(where: { locale: % }) { totalCount } }",
            "{ articles(where: { publishedAt: { gt: % } }) { totalCount } }",
            "{ redirects(before: %) { nodes { slug } } }",
            "{ nodes(ids: [%, 1, \"x\"]) { id } }",
            "{ node(id: %) { ... on Revision { title } } }",
            "{ desk { article(id: %) { title } } }",
            "{ desk { articles { nodes { title } } audit { nodes { actor details { value } } } } }",
            "{ desk { previews { id articleId createdBy } } }",
            "{ articleCheck(id: %) { version issues { message } } }",
            "{ articleCheck(id: %, version: 1) { version readability { words } } }",
            "{ keys { name } }",
            "{ article(by: { id: % }) { slug } desk { article(id: %) { workingCopy { title body } } } }",
            "mutation { articleUpdate(id: %, expectedVersion: 1, input: {}) { article { title } userErrors { message } } }",
            "mutation { articlePublish(id: %, expectedVersion: 99) { article { title } conflict { diff { unified } } userErrors { message } } }",
            "mutation { previewCreate(input: { articleId: % }) { token } }",
            "mutation { articleSubmit(id: %, expectedVersion: 1) { article { title } } }",
        ] {
            queries.push(document.replace('%', &json!(name).to_string()));
        }
    }
    queries
}

/// Requests every public field of the schema.
fn crawl(reader: &Client, planted: &Planted) -> Answers {
    let mut answers = Answers::default();
    for document in Crawl::of(reader).documents(planted) {
        let answer = answers.ask(reader, &document, &json!({}));
        assert!(answer.get("errors").is_none(), "{document}: {answer:#}");
    }
    answers
}

/// Sends other valid and invalid requests.
fn probe(reader: &Client, planted: &Planted) -> Answers {
    let mut answers = Answers::default();
    for (document, variables) in queries_about_drafts(planted) {
        let answer = answers.ask(reader, &document, &variables);
        assert!(answer.get("errors").is_none(), "{document}: {answer:#}");
    }
    for document in refused_requests(planted) {
        let answer = answers.ask(reader, &document, &json!({}));
        assert!(answer.get("errors").is_some(), "{document}: {answer:#}");
        for field in ["desk", "articleCheck", "keys"] {
            assert!(answer["data"][field].is_null(), "{document}: {answer:#}");
        }
    }
    // Other endpoints, and refused requests.
    for (path, headers) in [
        ("/", vec![]),
        ("/graphiql", vec![("accept", "text/html")]),
        ("/health", vec![]),
        ("/healthz", vec![]),
        ("/readyz", vec![]),
        (
            "/graphql?query=%7Barticles%7Bnodes%7Btitle%20body%7Btext%7D%7D%7D%7D",
            vec![("accept", GRAPHQL_RESPONSE)],
        ),
        (
            "/graphql?query=%7Bdesk%7Barticles%7Bnodes%7Btitle%7D%7D%7D%7D",
            vec![("authorization", "Bearer gmk_wrong")],
        ),
        (
            "/graphql?query=%7Barticles%7Bnodes%7Btitle%7D%7D%7D&preview=gmp_wrong",
            vec![("accept", GRAPHQL_RESPONSE)],
        ),
    ] {
        let answer = reader.get(path, &headers);
        answers.0.push((path.to_owned(), format!("{:?} {}", answer.headers, answer.text)));
    }
    answers
}

both! {
    fn no_public_answer_contains_a_draft(env: &Env) {
        let server = env.server();
        let planted = plant::plant(&server);
        let (crawled, probed) = (crawl(&server.reader, &planted), probe(&server.reader, &planted));
        for word in &planted.secrets {
            assert_eq!(crawled.find(word).or(probed.find(word)), None, "`{word}` is not public");
        }
        // The same requests do find public words, so this test would find secret ones.
        for word in &planted.published {
            assert!(crawled.find(word).is_some(), "`{word}` is public, but no answer contains it: the requests do not cover its field");
        }
        // Counts do not include drafts.
        let counts = server.reader.data(r#"{
            articles { totalCount } hidden: articles(where: { tags: { any: ["hidden"] } }) { totalCount }
            tags { nodes { slug articleCount } } topics { slug articleCount }
            authors { nodes { slug articleCount } } used: tags(where: { used: true }) { totalCount }
        }"#);
        let count = planted.public_articles;
        assert_eq!(counts, json!({
            "articles": {"totalCount": count}, "hidden": {"totalCount": 0},
            "tags": {"nodes": [{"slug": "shown", "articleCount": count}, {"slug": "hidden", "articleCount": 0}]},
            "topics": [{"slug": "shown", "articleCount": count}, {"slug": "hidden", "articleCount": 0}],
            "authors": {"nodes": [{"slug": "hidden", "articleCount": 0}, {"slug": "shown", "articleCount": count}]},
            "used": {"totalCount": 1},
        }));
    }

    fn fields_for_editors_need_a_key(env: &Env) {
        let server = env.server();
        let article = server.editor.create(json!({"title": "Draft", "body": "x"}));
        let writer = server.client_with(&["content:write", "content:publish"]);
        for field in [
            "desk { articles { totalCount } }".to_owned(),
            format!("desk {{ article(id: {:?}) {{ title }} }}", article.id),
            "desk { previews { id } }".to_owned(),
            "desk { audit { nodes { sequence } } }".to_owned(),
            format!("articleCheck(id: {:?}) {{ version }}", article.id),
            "articleCheck(id: \"article_01ja0000000000000000000000\") { version }".to_owned(),
            "keys { totalCount }".to_owned(),
        ] {
            for (client, status, code) in [(&server.reader, 401, "UNAUTHENTICATED"), (&writer, 403, "FORBIDDEN")] {
                // The document is refused as a whole, including its public fields.
                for document in [format!("{{ {field} }}"), format!("{{ edition {{ number }} {field} }}")] {
                    let answer = client.ask(&document);
                    let (got, text, _) = answer.error();
                    assert_eq!((got, text.as_str()), (status, code), "{document}");
                    assert!(answer.json().get("data").is_none(), "{document}: {answer:?}");
                }
            }
            assert!(server.editor.ask(&format!("{{ {field} }}")).json().get("errors").is_none(), "{field}");
        }
    }
}
