//! Shorthands for what editors and readers often do.

use serde_json::{Value, json};

use super::Client;

/// An article after the last write to it.
#[derive(Debug, Clone)]
pub(crate) struct Saved {
    pub(crate) id: String,
    pub(crate) version: i64,
}

impl Client {
    /// Creates an article. `input` needs a title.
    #[track_caller]
    pub(crate) fn create(&self, input: Value) -> Saved {
        let document = "mutation ($input: ArticleInput!) {
            written: articleCreate(input: $input) { article { id: articleId version } userErrors { path message } }
        }";
        saved(&self.data_with(document, &json!({"input": input})))
    }

    /// Updates an article.
    #[track_caller]
    pub(crate) fn update(&self, article: &Saved, input: Value) -> Saved {
        let document = "mutation ($id: ID!, $version: Int!, $input: ArticleInput!) {
            written: articleUpdate(id: $id, expectedVersion: $version, input: $input) {
                article { id: articleId version } userErrors { path message }
            }
        }";
        let variables = json!({"id": article.id, "version": article.version, "input": input});
        saved(&self.data_with(document, &variables))
    }

    /// Publishes an article and returns the number of the edition.
    #[track_caller]
    pub(crate) fn publish(&self, article: &Saved) -> i64 {
        let document = "mutation ($id: ID!, $version: Int!) {
            written: articlePublish(id: $id, expectedVersion: $version) {
                article { id: articleId version } edition { number } userErrors { path message }
            }
        }";
        let data = self.data_with(document, &json!({"id": article.id, "version": article.version}));
        saved(&data);
        data["written"]["edition"]["number"].as_i64().unwrap()
    }

    /// Creates an article and publishes it. A missing body is filled in.
    #[track_caller]
    pub(crate) fn published(&self, mut input: Value) -> Saved {
        if input["body"].is_null() {
            input["body"] = "Some text.".into();
        }
        let article = self.create(input);
        self.publish(&article);
        article
    }

    /// Creates a label and returns its id. `kind` is `tag`, `topic` or `author`.
    #[track_caller]
    pub(crate) fn label(&self, kind: &str, input: Value) -> String {
        let mut name = kind.to_owned();
        name[..1].make_ascii_uppercase();
        let document = format!(
            "mutation ($input: {name}Input!) {{
                written: {kind}Create(input: $input) {{ made: {kind} {{ id }} userErrors {{ path message }} }}
            }}"
        );
        let data = self.data_with(&document, &json!({"input": input}));
        assert_eq!(data["written"]["userErrors"], json!([]), "{data:#}");
        data["written"]["made"]["id"].as_str().unwrap().to_owned()
    }

    /// The number of the latest edition.
    #[track_caller]
    pub(crate) fn edition(&self) -> i64 {
        self.data("{ edition { number } }")["edition"]["number"].as_i64().unwrap()
    }

    /// The slugs in a list of articles. `arguments` are in parentheses, or empty.
    #[track_caller]
    pub(crate) fn slugs(&self, arguments: &str) -> Vec<String> {
        let data = self.data(&format!("{{ articles{arguments} {{ nodes {{ slug }} }} }}"));
        let nodes = data["articles"]["nodes"].as_array().unwrap();
        nodes.iter().map(|node| node["slug"].as_str().unwrap().to_owned()).collect()
    }
}

#[track_caller]
fn saved(data: &Value) -> Saved {
    let written = &data["written"];
    assert_eq!(written["userErrors"], json!([]), "{data:#}");
    let article = &written["article"];
    Saved { id: article["id"].as_str().unwrap().to_owned(), version: article["version"].as_i64().unwrap() }
}
