//! The endpoints that write articles, and read them at the desk.
//!
//! Like an endpoint that reads public content, each is a stored GraphQL document. So both APIs write through the
//! same use cases, with the same rules, scopes and limits. `If-Match` prevents lost updates.

mod answer;
mod articles;
mod body;
mod if_match;

use app::Caller;
use async_graphql::parser::types::OperationType;
use axum::extract::Request;
use axum::http::Method;
use axum::http::request::Parts;
use axum::response::Response;
use serde_json::{Map, Value};

pub(super) use self::articles::ENDPOINTS;
pub(super) use self::body::MERGE_PATCH;
pub(super) use self::if_match::VERSION_REQUIRED;
use super::problem::Problem;
use super::run;
use crate::admission::{Entrance, Ticket};
use crate::auth;
use crate::graphql::{ErrorCode, IdempotencyKey, PreparedOperation, UPGRADE_REQUIRED, to_its_end};
use crate::outcome::Outcome;
use crate::{AppState, address, at_least, request_body};

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
    let Some(caller) = caller else {
        let kind = if endpoint.is_write() { OperationType::Mutation } else { OperationType::Query };
        return Err(Problem::unauthenticated(auth::missing(state, kind), auth::CHALLENGE));
    };
    let body = body.map_err(|unreadable| Problem::of_rejection(unreadable.rejection(limit, flag)))?;
    refuse_parameters(&parts)?;
    let mut variables = Map::new();
    let document = run::document(state, endpoint.name, endpoint.document).await?;
    match endpoint.body {
        RequestBody::None => body::refuse(&body)?,
        RequestBody::Input(_) => {
            let input = body::object(&parts, &body, endpoint)?;
            variables.insert("input".to_owned(), Value::Object(input));
        }
        RequestBody::Variables if body.is_empty() => {}
        RequestBody::Variables => {
            let known: Vec<&str> = document.variables().filter(|name| !OWN.contains(name)).collect();
            variables = body::members(body::object(&parts, &body, endpoint)?, &known)?;
        }
    }
    if endpoint.has_id() {
        variables.insert("id".to_owned(), super::name_in_path(&mut parts).await?.into());
    }
    if endpoint.needs_version {
        variables.insert("expectedVersion".to_owned(), if_match::version(&parts.headers)?.into());
    }
    let prepared =
        PreparedOperation::new(&state.documents, document, None, variables).map_err(body::unsuitable)?;
    if let Some(missing) = prepared.scopes.iter().find_map(|scope| caller.require(*scope).err()) {
        return Err(Problem::forbidden(missing.to_string(), auth::insufficient_scope(missing.0)));
    }
    if endpoint.is_write() && state.app.has_newer_database() {
        return Err(Problem::temporary(ErrorCode::UpgradeRequired, UPGRADE_REQUIRED));
    }
    let key = match endpoint.success {
        Success::Found => None,
        _ => IdempotencyKey::of(&parts.headers, OperationType::Mutation).map_err(Problem::of_rejection)?,
    };
    let caller = Caller { request_id: Some(super::request_id(&parts.extensions).to_string()), ..caller };
    let response = execute(state, endpoint, &parts, &prepared, caller, key).await?;
    let mut response = answer::answer(state, endpoint, response, &parts.headers)?;
    Outcome::of(&mut response).operation = Some(state.metrics.route(endpoint.path, endpoint.name));
    Ok(response)
}

/// The variables that are not set by members of the body.
const OWN: [&str; 3] = ["id", "expectedVersion", "input"];

async fn execute(
    state: &AppState,
    endpoint: &KeyedEndpoint,
    parts: &Parts,
    prepared: &PreparedOperation,
    caller: Caller,
    key: Option<IdempotencyKey>,
) -> Result<async_graphql::Response, Problem> {
    let ticket = super::seen_by_the_front::<Ticket>(&parts.extensions)?;
    let entrance = Entrance { admission: &state.admission, work: prepared.work(), ticket };
    let _place = match endpoint.is_write() {
        true => None,
        false => Some(entrance.enter_soon().await.map_err(Problem::refused)?),
    };
    let counted = match prepared.counted(state, Default::default()).await {
        Ok(counted) => counted.by(Some(caller)).known_by(key),
        Err(response) => return Ok(*response),
    };
    Ok(match endpoint.is_write() {
        true => to_its_end(state.schema.clone(), counted).await,
        false => counted.execute(&state.schema).await,
    })
}

/// Refuses parameters in the query string.
fn refuse_parameters(parts: &Parts) -> Result<(), Problem> {
    match address::names(&parts.uri).find(|name| name != at_least::PARAMETER) {
        None => Ok(()),
        Some(name) => {
            let name = super::shown(&name);
            let detail = format!("this address has no parameter `{name}`: send the data in the body");
            Err(Problem::parameter(name, detail))
        }
    }
}
