//! The endpoints that read public content.

mod answer;
mod articles;
mod authors;
mod edition;
pub(super) mod endpoint;
mod link;
pub(super) mod query_string;
mod redirects;
pub(super) mod run;
mod tags;
mod topics;

use async_graphql::parser::types::OperationType;
use axum::http::HeaderValue;
use axum::http::request::Parts;
use axum::response::Response;
use domain::EditionId;
use serde_json::{Value, json};

use self::answer::Answer;
use self::endpoint::Endpoint;
use self::query_string::QueryString;
use super::JSON;
use super::problem::Problem;
use super::request::{from_front, name_in_path, quote};
use crate::admission::{NoPlace, PlaceRequest, Ticket, Work};
use crate::delivery::{self, CacheTagHeaders, MakeAnswer, NotMade, PublicRequest, digest};
use crate::graphql::{PreparedOperation, RequestView};
use crate::outcome::Outcome;
use crate::visibility::Visibility;
use crate::{AppState, preview};

/// All endpoints that read public content, in the order of `OpenAPI`.
pub(super) static ENDPOINTS: [Endpoint; 12] = [
    articles::ARTICLES,
    articles::ARTICLE,
    tags::TAGS,
    tags::TAG,
    topics::TOPICS,
    topics::TOPIC,
    authors::AUTHORS,
    authors::AUTHOR,
    redirects::REDIRECTS,
    redirects::REDIRECT,
    edition::EDITION,
    edition::EDITIONS,
];

/// Answers a GET of an endpoint.
pub(super) async fn answer(
    state: &AppState,
    endpoint: &'static Endpoint,
    mut request: Parts,
) -> Result<Response, Problem> {
    let slug = if endpoint.has_slug() { Some(name_in_path(&mut request).await?) } else { None };
    let query = request.uri.query().unwrap_or_default();
    let given = QueryString::parse(query, endpoint)?;
    let mut variables = given.variables(endpoint)?;
    // Slugs do not contain `_`, and all ids do.
    let is_id = endpoint.has_id() && slug.as_ref().is_some_and(|slug| slug.contains('_'));
    if let Some(slug) = &slug {
        if endpoint.has_id() {
            let by = if is_id { json!({"id": slug}) } else { json!({"slug": slug}) };
            variables.insert("by".to_owned(), by);
            variables.insert("isSlug".to_owned(), Value::Bool(!is_id));
        }
        if !is_id {
            variables.insert("slug".to_owned(), Value::from(slug.as_str()));
        }
    }
    let requested = Requested { state, endpoint, given: &given, query, name: slug.as_deref(), is_id };
    let visibility = from_front::<Visibility>(&request.extensions)?;
    let ticket = from_front::<Ticket>(&request.extensions)?;
    let preview = preview::view(state, OperationType::Query, visibility.preview()).await?;
    let prepared = &run::prepare(state, endpoint, variables).await?;
    if let Some(view) = preview {
        return requested.preview(prepared, &view, ticket).await;
    }
    let Some(public) = PublicRequest::get(&state.delivery, visibility, JSON, &request.uri, &request.headers)
    else {
        // Everything that asks for other content was answered or refused above.
        return Err(Problem::internal("this endpoint serves only public content"));
    };
    // Links and redirects depend on the exact text of the request.
    let question = digest(&[b"rest", request.uri.path().as_bytes(), query.as_bytes()]);
    let place_request = PlaceRequest { admission: &state.admission, work: prepared.work(), ticket };
    let requested = &requested;
    let make = move || -> MakeAnswer<'_, Problem> {
        Box::pin(async move {
            let (answer, edition, mentions) = run::run(state, endpoint, prepared, requested.slug()).await?;
            requested.answer(answer, edition, mentions)
        })
    };
    if state.app.ends_are_late() {
        let _place = place_request.wait().await.map_err(NoPlace::rejection)?;
        return Ok(state.delivery.uncached(&public, &make().await?));
    }
    let edition = state.app.latest().edition.id();
    let operation = || state.metrics.route(endpoint.path, endpoint.name);
    let answered = state.delivery.answer(&public, question, edition, operation, place_request, make).await;
    answered.map_err(|not_made| match &*not_made {
        NotMade::NoPlace(no_place) => no_place.rejection().into(),
        NotMade::Failed(problem) => problem.clone(),
    })
}

/// A valid request to an endpoint.
struct Requested<'a> {
    state: &'a AppState,
    endpoint: &'static Endpoint,
    given: &'a QueryString<'a>,
    /// The query string, as it was sent.
    query: &'a str,
    /// The slug or the id in the path.
    name: Option<&'a str>,
    /// Whether `name` is an id.
    is_id: bool,
}

impl Requested<'_> {
    /// Returns the slug in the path.
    fn slug(&self) -> Option<&str> {
        self.name.filter(|_| !self.is_id)
    }

    /// Answers with what a preview shows.
    async fn preview(
        &self,
        prepared: &PreparedOperation,
        view: &RequestView,
        ticket: &Ticket,
    ) -> Result<Response, Problem> {
        let Self { state, endpoint, .. } = self;
        let place_request = PlaceRequest { admission: &state.admission, work: Work::Preview, ticket };
        let _place = place_request.wait().await.map_err(NoPlace::rejection)?;
        let answer = run::run_preview(state, endpoint, prepared, view, self.slug()).await?;
        let latest = state.app.latest().edition.id();
        let answer = self.answer(answer, latest, CacheTagHeaders::default())?;
        let mut response = delivery::not_cached(&answer, JSON);
        Outcome::of(&mut response).operation = Some(state.metrics.route(endpoint.path, endpoint.name));
        Ok(response)
    }

    /// Converts the answer of the endpoint to one that can be sent.
    fn answer(
        &self,
        answer: Answer,
        edition: EditionId,
        mentions: CacheTagHeaders,
    ) -> Result<delivery::Answer, Problem> {
        let Self { state, endpoint, given, query, name, is_id } = self;
        let what = || format!("`{}`", quote(name.unwrap_or_default()));
        match answer {
            Answer::Found(body, page) => {
                let address = state.public_url.address(endpoint.path);
                let links = page.and_then(|page| link::links(&page, &address, given));
                Ok(delivery::Answer::found(body, edition, mentions).with_links(links))
            }
            Answer::Renamed(slug) => {
                let path = state.public_url.address(&endpoint.path_of(&slug));
                let address = if query.is_empty() { path } else { format!("{path}?{query}") };
                Ok(delivery::Answer::moved(location(&address)?, edition, mentions))
            }
            Answer::Elsewhere(address) => Ok(delivery::Answer::moved(location(&address)?, edition, mentions)),
            Answer::Gone { note } => {
                let problem = Problem::gone(format!("{} was withdrawn and not replaced", what()));
                Err(match note {
                    Some(note) => problem.with("note", note.into()),
                    None => problem,
                })
            }
            Answer::Missing => {
                let kind = if *is_id { "id" } else { "slug" };
                let detail = format!("{} is not the {kind} of anything that is published", what());
                Err(Problem::not_found(detail))
            }
        }
    }
}

fn location(address: &str) -> Result<HeaderValue, Problem> {
    HeaderValue::try_from(percent_encoded(address))
        .map_err(|_| Problem::internal("the new address cannot be sent in a header"))
}

/// Percent-encodes an address for a header. Editors may use letters outside ASCII.
fn percent_encoded(address: &str) -> String {
    let mut encoded = String::with_capacity(address.len());
    for byte in address.bytes() {
        if byte.is_ascii_graphic() {
            encoded.push(byte.into())
        } else {
            encoded.push_str(&format!("%{byte:02X}"))
        }
    }
    encoded
}
