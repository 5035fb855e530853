//! A key without the scope to read drafts sees what it has sent. It sees nothing that others have written.

use serde_json::{Value, json};

use super::crawl::Crawl;
use super::plant::{self, Planted, SECRET};
use crate::support::{Client, Server};

/// Selections for every field below a type, such as `workingCopy { title }`, except for the types that readers get.
fn selections(crawl: &Crawl, kind: &str, depth: usize) -> Vec<String> {
    let mut found = Vec::new();
    for field in crawl.fields(kind) {
        let (name, inner) = (Crawl::selected(field), Crawl::bare(&field["type"]));
        if crawl.is_leaf(inner) {
            found.push(name);
        } else if depth > 0 && !["Article", "ArticleConnection"].contains(&inner) {
            for possible in crawl.possible(inner) {
                let below = selections(crawl, &possible, depth - 1);
                found.extend(below.into_iter().map(|below| format!("{name} {{ {below} }}")));
            }
        }
    }
    found
}

/// An article by other authors.
struct Target {
    id: String,
    version: i64,
}

fn targets(editor: &Client, planted: &Planted) -> Vec<Target> {
    let document = "query ($id: ID!) { desk { article(id: $id) { version } } }";
    let version =
        |id: &String| editor.data_with(document, &json!({"id": id}))["desk"]["article"]["version"].as_i64();
    let found =
        planted.ids.iter().filter_map(|id| version(id).map(|version| Target { id: id.clone(), version }));
    found.collect()
}

/// Every mutation of an article, with arguments that publish nothing.
const MUTATIONS: [(&str, &str); 12] = [
    ("articleUpdate", ", input: {}"),
    ("articleRestore", ", toVersion: 1"),
    ("articleSubmit", ""),
    ("articleApprove", ""),
    ("articleRequestChanges", ", comment: \"more\""),
    ("articlePublish", ", at: \"2990-01-01T00:00:00Z\""),
    ("articleCancelSchedule", ""),
    ("articleWithdraw", ""),
    ("articleMarkReviewed", ", input: {}"),
    ("articleArchive", ""),
    ("articleUnarchive", ""),
    ("articleDelete", ""),
];

/// All answers to a writer, with the request and the named article.
#[derive(Default)]
struct WriterAnswers(Vec<(String, String, String)>);

impl WriterAnswers {
    fn ask(&mut self, writer: &Client, target: &str, document: String) -> Value {
        let answer = writer.ask(&document);
        assert_eq!(answer.status, 200, "{document}: {answer:?}");
        let parsed = answer.json();
        assert!(!answer.text.contains("GRAPHQL_VALIDATION_FAILED"), "{document}: {parsed:#}");
        self.0.push((target.to_owned(), document, answer.text));
        parsed
    }

    /// Asserts that no answer contains secrets or ids of others.
    #[track_caller]
    fn assert_nothing_of(&self, planted: &Planted, others: &[String]) {
        for (target, document, answer) in &self.0 {
            let lower = answer.to_lowercase();
            for word in planted.secrets.iter().filter(|word| word.starts_with(SECRET)) {
                assert!(!lower.contains(word.as_str()), "{document} answers {word}: {answer}");
            }
            for id in others.iter().filter(|id| *id != target) {
                let uuid = id.split_once('_').map_or(id.as_str(), |(_, uuid)| uuid);
                assert!(!answer.contains(uuid), "{document} answers {id}: {answer}");
            }
        }
    }
}

/// Requests each selection in a separate mutation.
fn one_selection_each(name: &str, arguments: &str, payload: &[String]) -> Vec<String> {
    let field = |(place, inner): (usize, &String)| format!("a{place}: {name}({arguments}) {{ {inner} }}");
    let documents = payload.chunks(15).map(|part| {
        let fields: Vec<_> = part.iter().enumerate().map(field).collect();
        format!("mutation {{ {} }}", fields.join(" "))
    });
    documents.collect()
}

both! {
    fn a_writer_without_the_scope_reads_nothing_that_others_wrote(env: &Env) {
        let server = env.server();
        let planted = plant::plant(&server);
        let Server { editor, .. } = &server;
        let keys = editor.data("{ keys { nodes { id } } }")["keys"]["nodes"].take();
        let mut others: Vec<String> = keys.as_array().unwrap().iter().map(|key| key["id"].as_str().unwrap().to_owned()).collect();
        assert!(!others.is_empty());
        // Answers may contain ids of public articles.
        let document = "query ($ids: [ID!]!) { nodes(ids: $ids) { id } }";
        let public = server.reader.data_with(document, &json!({"ids": planted.ids}))["nodes"].take();
        let is_public = |id: &&String| public.as_array().unwrap().iter().any(|node| node["id"] == **id);
        others.extend(planted.ids.iter().filter(|id| !is_public(id)).cloned());
        assert!(others.len() > 8, "{others:?}");
        let crawl = Crawl::of(editor);
        let known: Vec<String> = crawl.fields("Mutation").map(|field| field["name"].as_str().unwrap().to_owned()).collect();
        for name in known.iter().filter(|name| name.starts_with("article") && *name != "articleCreate") {
            assert!(MUTATIONS.iter().any(|(known, _)| known == name), "`{name}` is a new mutation: add it to `MUTATIONS`");
        }

        for scopes in [&["content:write"][..], &["content:publish"], &["content:write", "content:publish"]] {
            let writer = server.client_with(scopes);
            let mut answers = WriterAnswers::default();
            // Mutations that change nothing are repeated for each selection.
            let all_selections = selections(&crawl, "ArticlePayload", 4);
            assert!(all_selections.len() > 60, "{all_selections:?}");
            let all = targets(editor, &planted);
            let (repeated, more) = if scopes.contains(&"content:write") { ("articleUpdate", ", input: {}") } else { ("articlePublish", "") };
            // A few articles are enough: a draft, one with unpublished changes, and a scheduled one.
            let enough = if scopes == ["content:write"] { usize::MAX } else { 1 };
            for Target { id, version } in all.iter().skip(1).step_by(4).take(enough) {
                let versions = if repeated == "articleUpdate" { vec![*version, 99] } else { vec![99] };
                for version in versions {
                    let arguments = format!("id: {id:?}, expectedVersion: {version}{more}");
                    for document in one_selection_each(repeated, &arguments, &all_selections) {
                        answers.ask(&writer, id, document);
                    }
                }
            }
            // Slugs of other articles are taken. The refusal does not name the owner.
            if scopes.contains(&"content:write") {
                for (kind, names) in [("slug", &planted.slugs), ("externalRef", &planted.external_refs)] {
                    for name in names {
                        for document in [
                            format!("mutation {{ articleCreate(input: {{ title: \"x\", {kind}: {name:?} }}) {{ article {{ slug }} userErrors {{ code path message }} }} }}"),
                            format!("mutation {{ articleUpdate(id: {:?}, expectedVersion: {}, input: {{ {kind}: {name:?} }}) {{ article {{ version }} userErrors {{ code path message }} }} }}", all[0].id, all[0].version),
                        ] {
                            answers.ask(&writer, &all[0].id, document);
                        }
                    }
                }
            }
            // Mutations that change something are sent once, with as many selections as one document allows.
            let selection = "article { id: articleId version state openActions slug title externalRef workingCopy { body deck excerpt }
                review { state by comment } schedule { by publish { local } } revisions { nodes { title actor } }
                revision(version: 1) { body } activity { nodes { actor details { value } } } editorialReview { overdue } }
                issues { code path message } conflict { currentVersion diff { unified fields { before after } } } userErrors { code path message }";
            for (name, more) in MUTATIONS {
                for Target { id, version } in targets(editor, &planted) {
                    for version in [99, version] {
                        let payload = if name == "articleDelete" { "deletedId userErrors { code path message }" } else { selection };
                        let document = format!("mutation {{ {name}(id: {id:?}, expectedVersion: {version}{more}) {{ {payload} }} }}");
                        let answer = writer.ask(&document);
                        assert!([200, 403].contains(&answer.status), "{document}: {answer:?}");
                        if answer.status == 200 {
                            let article = &answer.json()["data"][name]["article"];
                            if article.is_object() {
                                assert_eq!(article["id"], json!(id), "{document}");
                                assert!(article["version"].is_i64() && article["state"].is_string() && article["openActions"].is_array());
                            }
                            answers.0.push((id.clone(), document, answer.text));
                        }
                    }
                }
            }
            assert!(answers.0.iter().any(|(_, _, answer)| answer.contains("content:read-drafts")), "some answers name the missing scope");
            answers.assert_nothing_of(&planted, &others);
        }
    }

    fn a_writer_sees_what_they_sent(env: &Env) {
        let server = env.server();
        let Server { editor, .. } = &server;
        let writer = server.client_with(&["content:write"]);
        let draft = editor.create(json!({"title": "Foreign title", "body": "Foreign body", "deck": "Foreign deck"}));
        let update = |client: &Client, version: i64, input: Value, selection: &str| {
            let document = format!("mutation ($id: ID!, $version: Int!, $input: ArticleInput!) {{
                articleUpdate(id: $id, expectedVersion: $version, input: $input) {{
                    article {{ id version state openActions {selection} }}
                    conflict {{ expectedVersion currentVersion diff {{ unified }} }} userErrors {{ code message }}
                }}
            }}");
            let mut answer = client.ask_with(&document, &json!({"id": draft.id, "version": version, "input": input})).json();
            let errors: Vec<_> = answer["errors"].as_array().into_iter().flatten()
                .map(|error| {
                    assert_eq!(error["extensions"]["code"], "FORBIDDEN", "{error}");
                    assert!(error["message"].as_str().unwrap().contains("content:read-drafts"), "{error}");
                    let path: Vec<_> = error["path"].as_array().unwrap().iter().map(|part| part.as_str().unwrap()).collect();
                    path.join(".")
                })
                .collect();
            (answer["data"]["articleUpdate"].take(), errors)
        };
        // What the writer has sent is shown, and what others have written is not.
        let (sent, errors) = update(&writer, 1, json!({"body": "My body"}), "title workingCopy { body deck }");
        assert_eq!(sent["userErrors"], json!([]));
        assert_eq!((&sent["article"]["version"], &sent["article"]["state"]), (&json!(2), &json!("DRAFT")));
        assert_eq!(sent["article"]["workingCopy"], json!({"body": "My body", "deck": null}));
        assert_eq!(sent["article"]["title"], Value::Null);
        assert_eq!(errors, ["articleUpdate.article.title", "articleUpdate.article.workingCopy.deck"]);
        let (sent, errors) = update(&writer, 2, json!({"title": "My title"}), "title slug workingCopy { title }");
        assert_eq!((&sent["article"]["title"], &sent["article"]["slug"]), (&json!("My title"), &Value::Null));
        assert_eq!(sent["article"]["workingCopy"], json!({"title": "My title"}));
        assert_eq!(errors, ["articleUpdate.article.slug"]);
        // A hidden field does not hide other fields.
        let of_others = "workingCopy { excerpt title slug locale body seo { title } authors { name } topics { name } tags { name }
            aliases actor }";
        let (sent, errors) = update(&writer, 3, json!({"excerpt": "My excerpt", "body": "My other body"}), of_others);
        let working_copy = &sent["article"]["workingCopy"];
        assert_eq!((&working_copy["excerpt"], &working_copy["body"], &working_copy["title"]), (&json!("My excerpt"), &json!("My other body"), &Value::Null));
        assert_eq!(errors.len(), 8, "{errors:?}: {working_copy}");
        // The refusal of an old version shows the version and the state, and nothing else.
        let (stale, errors) = update(&writer, 1, json!({"title": "Mine"}), "title workingCopy { body }");
        assert_eq!(stale["userErrors"][0]["code"], "STALE_VERSION");
        assert_eq!(stale["article"]["version"], 4);
        assert_eq!(stale["article"]["openActions"][0], "UPDATE");
        assert_eq!(stale["conflict"], json!({"expectedVersion": 1, "currentVersion": 4, "diff": null}));
        assert_eq!((&stale["article"]["title"], &stale["article"]["workingCopy"]), (&Value::Null, &json!({"body": null})));
        let mut paths = errors;
        paths.sort();
        assert_eq!(paths, ["articleUpdate.article.title", "articleUpdate.article.workingCopy.body", "articleUpdate.conflict.diff"]);
        // With the scope, everything is shown.
        let reader = server.client_with(&["content:write", "content:read-drafts"]);
        let (stale, errors) = update(&reader, 1, json!({"title": "Mine"}), "title workingCopy { body }");
        assert_eq!(errors, [""; 0]);
        assert_eq!(stale["article"]["title"], "My title");
        assert!(stale["conflict"]["diff"]["unified"].as_str().unwrap().contains("Foreign body"));
        // Public content is shown to everybody.
        editor.publish(&crate::support::Saved { id: draft.id.clone(), version: 4 });
        let (public, errors) = update(&writer, 4, json!({}), "title slug workingCopy { body deck authors { slug } }");
        assert_eq!(errors, [""; 0]);
        assert_eq!(public["article"]["workingCopy"]["deck"], "Foreign deck");
    }

    fn a_writer_sees_everything_that_only_they_wrote(env: &Env) {
        let server = env.server();
        let writer = server.client_with(&["content:write", "content:publish"]);
        // A picture without alternative text blocks the publish.
        let body = "## Own\n\n[click here](/articles/nothing)\n\n![](/own.png)\n";
        let own = writer.create(json!({"title": "Own", "body": "first"}));
        let own = writer.update(&own, json!({"body": body}));
        let document = "mutation ($id: ID!) {
            stale: articleUpdate(id: $id, expectedVersion: 1, input: {}) {
                article { title slug workingCopy { title body actor } } conflict { diff { unified } } userErrors { code }
            }
            articlePublish(id: $id, expectedVersion: 2) { issues { code message } userErrors { code message } }
        }";
        let data = writer.data_with(document, &json!({"id": own.id}));
        assert_eq!(data["stale"]["article"]["workingCopy"]["body"], body);
        assert!(data["stale"]["conflict"]["diff"]["unified"].as_str().unwrap().contains("-first"));
        assert!(data["articlePublish"]["issues"].to_string().contains("click here"));
        // Issues in the text of others do not quote it.
        let other = server.client_with(&["content:publish"]);
        let document = "mutation ($id: ID!) { articlePublish(id: $id, expectedVersion: 2) {
            issues { code severity path message } userErrors { code path message } } }";
        let data = other.data_with(document, &json!({"id": own.id}));
        let issues = data["articlePublish"]["issues"].as_array().unwrap();
        assert!(issues.iter().any(|issue| issue["code"] == "LINK_TEXT_VAGUE"), "{issues:?}");
        assert!(!data.to_string().contains("click here") && !data.to_string().contains("/articles/nothing"), "{data:#}");
    }
}
