//! Reads a GraphQL request from an HTTP request.

use async_graphql::parser::types::OperationType;
use domain::Scope;
use serde::Deserialize;
use serde_json::{Map, Value};

use crate::delivery::Digest;
use crate::graphql::execution::prepared::PreparedOperation;
use crate::graphql::protocol::document_cache::DocumentCache;
use crate::graphql::protocol::persisted;
use crate::rejection::Rejection;

/// The parameters of a GraphQL request, as the specification names them.
#[derive(Debug)]
pub(crate) struct Parameters {
    query: Query,
    operation_name: Option<String>,
    variables: Map<String, Value>,
}

/// How the request names the document.
#[derive(Debug)]
enum Query {
    Text(String),
    /// By the SHA-256 of a text that was sent before.
    Persisted(Digest),
}

/// The query string of a GET. `variables` and `extensions` are JSON.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct QueryString {
    query: Option<String>,
    operation_name: Option<String>,
    variables: Option<String>,
    extensions: Option<String>,
}

impl Parameters {
    /// Reads the body of a POST.
    pub(crate) fn from_body(body: &[u8]) -> Result<Self, Rejection> {
        let body: Value = serde_json::from_slice(body)
            .map_err(|error| Rejection::bad_request(format!("the body is not JSON: {error}")))?;
        let mut body = match body {
            Value::Object(body) => body,
            Value::Array(_) => {
                return Err(Rejection::bad_request("batches are not supported: send one request at a time"));
            }
            _ => return Err(Rejection::bad_request("the body must be a JSON object with a `query`")),
        };
        let text = match body.remove("query") {
            Some(Value::String(query)) => Some(query),
            None | Some(Value::Null) => None,
            Some(_) => return Err(Rejection::bad_request("`query` must be a string")),
        };
        let operation_name = match body.remove("operationName") {
            None | Some(Value::Null) => None,
            Some(Value::String(name)) => Some(name),
            Some(_) => return Err(Rejection::bad_request("`operationName` must be a string or null")),
        };
        let variables = object("variables", body.remove("variables"))?;
        let query = Query::new(text, &object("extensions", body.remove("extensions"))?)?;
        Ok(Self { query, operation_name, variables })
    }

    /// Reads the query string of a GET.
    pub(crate) fn from_query_string(query_string: &str) -> Result<Self, Rejection> {
        let uri: axum::http::Uri = format!("/?{query_string}")
            .parse()
            .map_err(|_| Rejection::bad_request("the query string is malformed"))?;
        let axum::extract::Query(QueryString { query, operation_name, variables, extensions }) =
            axum::extract::Query::try_from_uri(&uri).map_err(|error| {
                Rejection::bad_request(format!("the query string cannot be read: {error}"))
            })?;
        let json = |name: &str, text: Option<String>| match text.filter(|text| !text.is_empty()) {
            None => Ok(Map::new()),
            Some(text) => {
                let value = serde_json::from_str(&text)
                    .map_err(|error| Rejection::bad_request(format!("`{name}` is not JSON: {error}")))?;
                object(name, Some(value))
            }
        };
        let text = query.filter(|query| !query.is_empty());
        Ok(Self {
            query: Query::new(text, &json("extensions", extensions)?)?,
            operation_name: operation_name.filter(|name| !name.is_empty()),
            variables: json("variables", variables)?,
        })
    }

    /// Finds the document, which is parsed and validated unless it is cached, and the requested operation, and
    /// coerces the variables.
    pub(crate) async fn parse(self, documents: &DocumentCache) -> Result<Parsed, Rejection> {
        let Self { query, operation_name, variables } = self;
        let document = match query {
            Query::Text(text) => documents.document(&text).await?,
            Query::Persisted(digest) => documents.known(&digest).await.ok_or_else(persisted::not_found)?,
        };
        let query = PreparedOperation::new(documents, document, operation_name.as_deref(), variables)?;
        Ok(Parsed { query })
    }
}

impl Query {
    fn new(text: Option<String>, extensions: &Map<String, Value>) -> Result<Self, Rejection> {
        match (text, persisted::hash(extensions)?) {
            (Some(text), Some(hash)) if persisted::digest(&text) != hash => Err(Rejection::bad_request(
                "`extensions.persistedQuery.sha256Hash` is not the SHA-256 of `query`",
            )),
            (Some(text), _) => Ok(Self::Text(text)),
            (None, Some(hash)) => Ok(Self::Persisted(hash)),
            (None, None) => Err(missing_query()),
        }
    }
}

fn missing_query() -> Rejection {
    Rejection::bad_request("`query` is missing: it must contain the document")
}

fn object(name: &str, value: Option<Value>) -> Result<Map<String, Value>, Rejection> {
    match value {
        None | Some(Value::Null) => Ok(Map::new()),
        Some(Value::Object(map)) => Ok(map),
        Some(_) => Err(Rejection::bad_request(format!("`{name}` must be an object or null"))),
    }
}

/// A request whose document is valid.
pub(crate) struct Parsed {
    pub(crate) query: PreparedOperation,
}

impl Parsed {
    /// Returns the name of the operation, if it has one.
    pub(crate) fn name(&self) -> Option<&str> {
        self.query.operation().name.as_deref()
    }

    pub(crate) fn kind(&self) -> OperationType {
        self.query.operation().kind
    }

    /// Returns the scopes that the operation needs.
    pub(crate) fn scopes(&self) -> &[Scope] {
        &self.query.scopes
    }

    /// Whether the answer depends only on the question and the edition.
    pub(crate) fn is_pure(&self) -> bool {
        self.kind() == OperationType::Query && self.scopes().is_empty()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::graphql;

    #[tokio::test]
    async fn a_mutation_needs_the_scopes_of_all_its_fields() {
        let body = serde_json::json!({
            "query": "mutation { __typename ...A } fragment A on Mutation { ... { articleCreate(input: {}) { __typename } } ...B } fragment B on Mutation { tagCreate(input: {name: \"T\"}) { __typename } }"
        });
        let documents = DocumentCache::new(graphql::schema().unwrap(), documents::Limits::default(), 1 << 20);
        let parameters = Parameters::from_body(body.to_string().as_bytes()).unwrap();
        let mut scopes = parameters.parse(&documents).await.unwrap().scopes().to_vec();
        scopes.sort();
        assert_eq!(scopes, [Scope::ContentWrite, Scope::ContentPublish]);
    }
}
