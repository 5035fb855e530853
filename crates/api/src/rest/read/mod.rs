//! The endpoints that read public content.

mod answer;
mod articles;
mod authors;
mod edition;
pub(super) mod endpoint;
mod link;
mod query_string;
pub(super) mod run;
mod tags;
mod topics;

use axum::http::HeaderValue;
use axum::http::request::Parts;
use axum::response::Response;
use serde_json::{Value, json};

use self::answer::Answer;
use self::endpoint::Endpoint;
use self::query_string::QueryString;
use super::JSON;
use super::problem::Problem;
use super::request::{from_front, name_in_path, quote};
use crate::AppState;
use crate::admission::{NoPlace, PlaceRequest, Ticket};
use crate::delivery::{self, MakeAnswer, NotMade, PublicRequest, digest};
use crate::visibility::Visibility;

/// All endpoints that read public content, in the order of `OpenAPI`.
pub(super) static ENDPOINTS: [Endpoint; 9] = [
    articles::ARTICLES,
    articles::ARTICLE,
    tags::TAGS,
    tags::TAG,
    topics::TOPICS,
    topics::TOPIC,
    authors::AUTHORS,
    authors::AUTHOR,
    edition::EDITION,
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
    let visibility = from_front::<Visibility>(&request.extensions)?;
    let Some(public) = PublicRequest::get(&state.delivery, visibility, JSON, &request.uri, &request.headers)
    else {
        // `authenticate` has refused requests for other content.
        return Err(Problem::internal("this endpoint serves only public content"));
    };
    // Links and redirects depend on the exact text of the request.
    let question = digest(&[b"rest", request.uri.path().as_bytes(), query.as_bytes()]);
    let prepared = run::prepare(state, endpoint, variables).await?;
    let ticket = from_front::<Ticket>(&request.extensions)?;
    let place_request = PlaceRequest { admission: &state.admission, work: prepared.work(), ticket };
    let (prepared, given, slug) = (&prepared, &given, slug.as_deref());
    let make = move || -> MakeAnswer<'_, Problem> {
        Box::pin(async move {
            let what = || format!("`{}`", quote(slug.unwrap_or_default()));
            let own = slug.filter(|_| !is_id);
            let (answer, edition, mentions) = run::run(state, endpoint, prepared, own).await?;
            match answer {
                Answer::Found(body, page) => {
                    let links = page.and_then(|page| link::links(&page, given));
                    Ok(delivery::Answer::found(body, edition, mentions).with_links(links))
                }
                Answer::Renamed(slug) => {
                    let path = endpoint.path_of(&slug);
                    let address = if query.is_empty() { path } else { format!("{path}?{query}") };
                    Ok(delivery::Answer::moved(location(&address)?, edition, mentions))
                }
                Answer::Elsewhere(address) => {
                    Ok(delivery::Answer::moved(location(&address)?, edition, mentions))
                }
                Answer::Gone { note } => {
                    let problem = Problem::gone(format!("{} was withdrawn and not replaced", what()));
                    Err(match note {
                        Some(note) => problem.with("note", note.into()),
                        None => problem,
                    })
                }
                Answer::Missing => {
                    let kind = if is_id { "id" } else { "slug" };
                    Err(Problem::not_found(format!(
                        "{} is not the {kind} of anything that is published",
                        what()
                    )))
                }
            }
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
