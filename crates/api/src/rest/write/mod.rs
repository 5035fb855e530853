//! The endpoints that write articles, and read them at the desk.
//!
//! Like an endpoint that reads public content, each is a stored GraphQL document. So both APIs write through the
//! same use cases, with the same rules, scopes and limits. `If-Match` prevents lost updates.

mod answer;
mod articles;
mod body;
mod if_match;
mod merge;

use app::Caller;
use async_graphql::parser::types::OperationType;
use axum::extract::Request;
use axum::http::Method;
use axum::http::request::Parts;
use axum::response::Response;
use domain::Scope;
use serde_json::{Map, Value};

pub(super) use self::articles::ENDPOINTS;
pub(super) use self::body::MERGE_PATCH;
pub(super) use self::if_match::VERSION_REQUIRED;
use self::merge::Kept;
use super::problem::Problem;
use super::read::run;
use super::request::{from_front, name_in_path, quote, request_id};
use crate::admission::{NoPlace, PlaceRequest, Ticket};
use crate::authorization::{Authorized, authorize};
use crate::graphql::{PreparedOperation, execute_to_end};
use crate::outcome::Outcome;
use crate::{AppState, at_least, auth, request_body, url_query};

/// An endpoint that needs an API key.
#[derive(Debug)]
pub(crate) struct KeyedEndpoint {
    /// The operation id in `OpenAPI`.
    pub(crate) name: &'static str,
    pub(crate) method: Method,
    /// The path. `{id}` is the part that varies.
    pub(crate) path: &'static str,
    /// A short summary for `OpenAPI`.
    pub(crate) summary: &'static str,
    /// The description for `OpenAPI`.
    pub(crate) description: &'static str,
    /// The stored document. Its only field has the alias `result`.
    pub(crate) document: &'static str,
    /// What the body of a request contains.
    pub(crate) body: RequestBody,
    /// Whether a request needs `If-Match`.
    pub(crate) needs_version: bool,
    /// The answer to a successful request.
    pub(crate) success: Success,
}

/// What the body of a request contains.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum RequestBody {
    /// Nothing.
    None,
    /// An input object of this type, for the variable `input`.
    Input(&'static str),
    /// An object with the other variables of the document. It may be omitted if no variable is required.
    Variables,
}

/// The answer to a successful request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Success {
    /// 200 with the article.
    Article,
    /// 201 with the article and its URL.
    Created,
    /// 204 without a body.
    Deleted,
    /// 200 with the article at the desk.
    Found,
}

impl KeyedEndpoint {
    fn is_write(&self) -> bool {
        self.success != Success::Found
    }

    fn has_id(&self) -> bool {
        self.path.contains("{id}")
    }
}

/// Answers a request to an endpoint.
pub(super) async fn answer(
    state: &AppState,
    endpoint: &'static KeyedEndpoint,
    request: Request,
) -> Result<Response, Problem> {
    let (mut parts, body) = request.into_parts();
    let caller = parts.extensions.remove::<Caller>();
    let (limit, flag) = state.limits.body(caller.is_some());
    // The body is read before anything is refused: a client that is still sending would not see the answer.
    let body = request_body::whole(body, limit).await;
    if caller.is_none() {
        let kind = if endpoint.is_write() { OperationType::Mutation } else { OperationType::Query };
        return Err(auth::missing_credentials(state, kind).into());
    }
    let body = body.map_err(|unreadable| unreadable.rejection(limit, flag))?;
    let (operation, mut kept) = prepare(state, endpoint, caller.as_ref(), &mut parts, &body).await?;
    let request_id = request_id(&parts.extensions);
    let authorized = authorize(state, &operation, caller, &parts.headers, &request_id)?;
    if has_scope(authorized.caller.as_ref(), Scope::ReadDrafts) {
        kept.clear();
    }
    let executed = execute(state, endpoint, &parts, &operation, authorized).await?;
    let mut response = answer::answer(state, endpoint, executed, &kept)?;
    Outcome::of(&mut response).operation = Some(state.metrics.route(endpoint.path, endpoint.name));
    Ok(response)
}

/// Prepares the document of an endpoint. Its variables come from the path, the headers and the body. Returns also what a
/// merge patch keeps of the current version.
async fn prepare(
    state: &AppState,
    endpoint: &'static KeyedEndpoint,
    caller: Option<&Caller>,
    parts: &mut Parts,
    body: &[u8],
) -> Result<(PreparedOperation, Vec<Kept>), Problem> {
    refuse_parameters(parts)?;
    let mut variables = Map::new();
    let mut kept = Vec::new();
    let document = run::document(state, endpoint.name, endpoint.document).await?;
    match endpoint.body {
        RequestBody::None => body::require_empty(body)?,
        RequestBody::Input(_) => {
            let input = body::object(parts, body, endpoint)?;
            variables.insert("input".to_owned(), Value::Object(input));
        }
        RequestBody::Variables if body.is_empty() => {}
        RequestBody::Variables => {
            let known: Vec<&str> = document.variables().filter(|name| !RESERVED.contains(name)).collect();
            variables = body::members(body::object(parts, body, endpoint)?, &known)?;
        }
    }
    if endpoint.has_id() {
        variables.insert("id".to_owned(), name_in_path(parts).await?.into());
    }
    if endpoint.needs_version {
        variables.insert("expectedVersion".to_owned(), if_match::version(&parts.headers)?.into());
    }
    // Without the scope, the request is refused, so nothing needs to be read for it.
    if endpoint.method == Method::PATCH && has_scope(caller, Scope::ContentWrite) {
        kept = merge::with_current(state, &mut variables).await?;
    }
    let operation = PreparedOperation::new(&state.documents, document, None, variables);
    Ok((operation.map_err(body::variable_problem)?, kept))
}

fn has_scope(caller: Option<&Caller>, scope: Scope) -> bool {
    caller.is_some_and(|caller| caller.require(scope).is_ok())
}

/// The variables that are not set by members of the body.
const RESERVED: [&str; 3] = ["id", "expectedVersion", "input"];

async fn execute(
    state: &AppState,
    endpoint: &KeyedEndpoint,
    parts: &Parts,
    operation: &PreparedOperation,
    authorized: Authorized,
) -> Result<async_graphql::Response, Problem> {
    let Authorized { caller, idempotency_key } = authorized;
    let ticket = from_front::<Ticket>(&parts.extensions)?;
    let place_request = PlaceRequest { admission: &state.admission, work: operation.work(), ticket };
    let _place = match endpoint.is_write() {
        true => None,
        false => Some(place_request.wait().await.map_err(NoPlace::rejection)?),
    };
    let costed = match operation.costed(state, Default::default()).await {
        Ok(costed) => costed.with_caller(caller).with_idempotency_key(idempotency_key),
        Err(response) => return Ok(*response),
    };
    Ok(match endpoint.is_write() {
        true => execute_to_end(state.schema.clone(), costed).await,
        false => costed.execute(&state.schema).await,
    })
}

/// Refuses parameters in the query string.
fn refuse_parameters(parts: &Parts) -> Result<(), Problem> {
    match url_query::names(&parts.uri).find(|name| name != at_least::PARAMETER) {
        None => Ok(()),
        Some(name) => {
            let name = quote(&name);
            let detail = format!("this address has no parameter `{name}`: send the data in the body");
            Err(Problem::parameter(name, detail))
        }
    }
}
