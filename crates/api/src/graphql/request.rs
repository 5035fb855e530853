//! A GraphQL request out of an HTTP request: read, bounded and parsed, not yet executed.

use async_graphql::parser::types::{
    DocumentOperations, ExecutableDocument, OperationDefinition, OperationType, Selection,
};
use axum::http::StatusCode;
use domain::Scope;
use serde::Deserialize;
use serde_json::{Map, Value};

use super::documents::Documents;
use super::error::ErrorCode;
use super::persisted;
use super::read::Asked;
use super::required_scope;
use crate::delivery::Digest;

/// How deep brackets may be nested in a document: the parser recurses.
const MAX_NESTING: usize = 100;

/// Why a request cannot be executed.
#[derive(Debug)]
pub(crate) struct Rejection {
    /// The status of the answer, whatever its media type; `None` for faults of the document, whose
    /// status depends on the media type.
    pub(crate) status: Option<StatusCode>,
    pub(crate) code: ErrorCode,
    pub(crate) message: String,
    /// Where in the document.
    pub(crate) locations: Vec<(usize, usize)>,
}

impl Rejection {
    /// A fault of the request, whatever document it carries.
    pub(crate) fn request(status: StatusCode, code: ErrorCode, message: impl Into<String>) -> Self {
        Self { status: Some(status), code, message: message.into(), locations: Vec::new() }
    }

    pub(crate) fn bad_request(message: impl Into<String>) -> Self {
        Self::request(StatusCode::BAD_REQUEST, ErrorCode::BadRequest, message)
    }

    fn document(code: ErrorCode, message: impl Into<String>) -> Self {
        Self { status: None, code, message: message.into(), locations: Vec::new() }
    }
}

/// The parameters of a request, as the specification names them.
#[derive(Debug)]
pub(crate) struct Parameters {
    query: Query,
    operation_name: Option<String>,
    variables: Map<String, Value>,
}

/// How the document is named.
#[derive(Debug)]
enum Query {
    Text(String),
    /// By the SHA-256 of a text that was sent before.
    Persisted(Digest),
}

/// The query string of a GET; `variables` and `extensions` are JSON.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct QueryString {
    query: Option<String>,
    operation_name: Option<String>,
    variables: Option<String>,
    extensions: Option<String>,
}

impl Parameters {
    /// Out of the body of a POST.
    pub(crate) fn from_body(body: &[u8]) -> Result<Self, Rejection> {
        let body: Value = serde_json::from_slice(body)
            .map_err(|error| Rejection::bad_request(format!("the body is not JSON: {error}")))?;
        let mut body = match body {
            Value::Object(body) => body,
            Value::Array(_) => {
                return Err(Rejection::bad_request("batches are not answered: send one request at a time"));
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

    /// Out of the query string of a GET.
    pub(crate) fn from_query_string(query_string: &str) -> Result<Self, Rejection> {
        let uri: axum::http::Uri = format!("/?{query_string}")
            .parse()
            .map_err(|_| Rejection::bad_request("the query string is not one"))?;
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

    /// Parses the document, unless it came before, and finds the operation that is meant.
    pub(crate) async fn parse(self, documents: &Documents) -> Result<Parsed, Rejection> {
        let Self { query, operation_name, variables } = self;
        let document = match query {
            Query::Text(text) => documents.parsed(persisted::digest(&text), &text, parse).await?,
            Query::Persisted(digest) => documents.known(&digest).await.ok_or_else(persisted::not_found)?,
        };
        let operation = operation(&document.parsed, operation_name.as_deref())?;
        let kind = operation.ty;
        let scopes = scopes(&document.parsed, operation);
        Ok(Parsed { query: Asked::new(document, operation_name, variables), kind, scopes })
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

/// Parses a document, unless it is nested too deeply for the parser.
pub(super) fn parse(text: &str) -> Result<ExecutableDocument, Rejection> {
    if nesting(text) > MAX_NESTING {
        return Err(Rejection::document(
            ErrorCode::ValidationFailed,
            format!("the document is nested deeper than {MAX_NESTING} levels"),
        ));
    }
    async_graphql::parser::parse_query(text).map_err(|error| Rejection {
        status: None,
        code: ErrorCode::ParseFailed,
        message: format!("the document is not GraphQL: {error}"),
        locations: error.positions().map(|at| (at.line, at.column)).collect(),
    })
}

fn missing_query() -> Rejection {
    Rejection::bad_request("there is no `query`: send the document in it")
}

fn object(name: &str, value: Option<Value>) -> Result<Map<String, Value>, Rejection> {
    match value {
        None | Some(Value::Null) => Ok(Map::new()),
        Some(Value::Object(map)) => Ok(map),
        Some(_) => Err(Rejection::bad_request(format!("`{name}` must be an object or null"))),
    }
}

/// A request whose document has been parsed.
pub(crate) struct Parsed {
    pub(crate) query: Asked,
    pub(crate) kind: OperationType,
    /// The scopes that it needs.
    pub(crate) scopes: Vec<Scope>,
}

impl Parsed {
    /// Whether the answer depends on nothing but the question and the edition.
    pub(crate) fn is_pure(&self) -> bool {
        self.kind == OperationType::Query && self.scopes.is_empty()
    }
}

fn operation<'a>(
    document: &'a ExecutableDocument,
    name: Option<&str>,
) -> Result<&'a OperationDefinition, Rejection> {
    let refuse = |message: String| Err(Rejection::document(ErrorCode::ValidationFailed, message));
    match (&document.operations, name) {
        (DocumentOperations::Single(operation), None) => Ok(&operation.node),
        (DocumentOperations::Single(_), Some(name)) => {
            refuse(format!("the document has no operation named `{name}`"))
        }
        (DocumentOperations::Multiple(operations), Some(name)) => {
            match operations.iter().find(|(known, _)| known.as_str() == name) {
                Some((_, operation)) => Ok(&operation.node),
                None => refuse(format!("the document has no operation named `{name}`")),
            }
        }
        (DocumentOperations::Multiple(operations), None) => {
            let mut found = operations.values();
            match (found.next(), found.next()) {
                (Some(only), None) => Ok(&only.node),
                _ => refuse("the document has several operations: name one in `operationName`".to_owned()),
            }
        }
    }
}

/// The scopes that the fields at the top of an operation need, fragments included.
fn scopes(document: &ExecutableDocument, operation: &OperationDefinition) -> Vec<Scope> {
    let mut scopes = Vec::new();
    let mut seen = Vec::new();
    let mut open: Vec<&Selection> =
        operation.selection_set.node.items.iter().map(|item| &item.node).collect();
    while let Some(selection) = open.pop() {
        match selection {
            Selection::Field(field) => {
                let scope = required_scope(operation.ty, field.node.name.node.as_str());
                scopes.extend(scope.filter(|scope| !scopes.contains(scope)));
            }
            Selection::InlineFragment(fragment) => {
                open.extend(fragment.node.selection_set.node.items.iter().map(|item| &item.node));
            }
            Selection::FragmentSpread(spread) => {
                let name = &spread.node.fragment_name.node;
                if !seen.contains(&name) {
                    seen.push(name);
                    if let Some(fragment) = document.fragments.get(name) {
                        open.extend(fragment.node.selection_set.node.items.iter().map(|item| &item.node));
                    }
                }
            }
        }
    }
    scopes
}

/// How deep brackets are nested in a document, those in strings and comments left out.
fn nesting(document: &str) -> usize {
    let (mut depth, mut deepest) = (0usize, 0);
    let mut rest = document;
    while let Some(at) = rest.find(['{', '}', '[', ']', '(', ')', '"', '#']) {
        let found = rest.as_bytes()[at];
        rest = &rest[at..];
        if let Some(block) = rest.strip_prefix("\"\"\"") {
            rest = end_of_block(block);
            continue;
        }
        rest = &rest[1..];
        match found {
            b'{' | b'[' | b'(' => {
                depth += 1;
                deepest = deepest.max(depth);
            }
            b'"' => rest = end_of_string(rest),
            b'#' => rest = rest.find('\n').map_or("", |end| &rest[end..]),
            _ => depth = depth.saturating_sub(1),
        }
    }
    deepest
}

fn end_of_block(text: &str) -> &str {
    let mut from = 0;
    while let Some(end) = text[from..].find("\"\"\"").map(|end| from + end) {
        if !text[..end].ends_with('\\') {
            return &text[end + 3..];
        }
        from = end + 3;
    }
    ""
}

fn end_of_string(text: &str) -> &str {
    let mut escaped = false;
    for (at, byte) in text.bytes().enumerate() {
        match byte {
            _ if escaped => escaped = false,
            b'\\' => escaped = true,
            b'"' | b'\n' => return &text[at + 1..],
            _ => {}
        }
    }
    ""
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nesting_counts_brackets_outside_of_texts() {
        assert_eq!(nesting("{ a { b(c: [1]) } }"), 4);
        assert_eq!(nesting(r#"{ a(b: "{{{ \" {{{") }"#), 2);
        assert_eq!(nesting("{ a(b: \"\"\"{{{ \\\"\"\" {{{\"\"\") }"), 2);
        assert_eq!(nesting("{ a } # {{{{{{\n"), 1);
        assert_eq!(nesting(&"{a".repeat(1_000)), 1_000);
        assert_eq!(nesting("\""), 0);
        assert_eq!(nesting("\"é"), 0);
    }

    #[tokio::test]
    async fn a_mutation_needs_the_scopes_of_all_its_fields() {
        let body = serde_json::json!({
            "query": "mutation { __typename ...A } fragment A on Mutation { ... { articleCreate { __typename } } ...A tagCreate { __typename } }"
        });
        let parameters = Parameters::from_body(body.to_string().as_bytes()).unwrap();
        let mut scopes = parameters.parse(&Documents::default()).await.unwrap().scopes;
        scopes.sort();
        assert_eq!(scopes, [Scope::ContentWrite, Scope::ContentPublish]);
    }
}
