//! Delivers answers: caches them once for each edition, adds strong ETags, and adds cache tags for shared caches.
//!
//! Everything public depends only on the edition. Therefore an answer to a question that concerns nothing else
//! (neither the desk nor a preview) is made once, cached by question and edition, and sent until there is a new
//! edition. Nothing is ever purged here. [`Delivery::cached`] answers without parsing the document.
//! [`Delivery::answer`] makes answers that are not cached, once for all requests that wait.

mod answers;
mod basis;
mod digest;
mod encoding;
mod etag;
mod mentions;
mod policy;
mod request;

use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use axum::body::Body;
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::Response;
use domain::EditionId;
use tokio::time::Instant;

use answers::Answers;
use encoding::Encoding;

use crate::admission::{NoPlace, PlaceRequest};
use crate::metrics::{CacheState, Operation};
use crate::outcome::Outcome;

pub(crate) use answers::Answer;
pub use basis::AnswerBasis;
pub(crate) use digest::{Digest, digest};
pub(crate) use etag::{has_if_none_match_any, if_none_match};
pub(crate) use mentions::{CacheTagHeaders, Mentions, SubjectKind, cache_tags_of};
pub use policy::{CacheTags, DeliveryPolicy};
pub(crate) use policy::{EDITION, NO_STORE, RETRY_AFTER, STALE, is_shared};
pub(crate) use request::PublicRequest;

/// A future that makes an answer.
pub(crate) type MakeAnswer<'a, E> = Pin<Box<dyn Future<Output = Result<Answer, E>> + Send + 'a>>;

/// Why an answer was not made.
#[derive(Debug)]
pub(crate) enum NotMade<E> {
    /// The request got no place to execute.
    NoPlace(NoPlace),
    /// The answer contains an error, so it cannot be cached.
    Failed(E),
}

/// Caches and sends answers.
pub(crate) struct Delivery {
    answers: Answers,
    policy: DeliveryPolicy,
    /// The beginning of all digests: what answers depend on besides the request and the edition.
    basis: Digest,
    shared: HeaderValue,
}

/// The minimum waiting time of a request that makes an answer in place of another request, whose client
/// disconnected or got no place.
const TAKE_OVER_WAIT: Duration = Duration::from_millis(100);

/// Sends an answer that nobody may cache, without its edition: what a preview shows belongs to none.
pub(crate) fn not_cached(answer: &Answer, content_type: &'static str) -> Response {
    let mut response = answer.response(answer.body.clone(), content_type);
    let headers = response.headers_mut();
    headers.insert(header::CACHE_CONTROL, NO_STORE);
    headers.insert(header::VARY, policy::VARY);
    response
}

/// Writes the edition to the headers of an answer.
pub(crate) fn write_edition(response: &mut Response, edition: EditionId) {
    response.headers_mut().insert(EDITION, policy::edition_header(edition));
}

impl Delivery {
    /// Makes a delivery whose caches have at most these sizes in bytes.
    pub(crate) fn new(
        policy: DeliveryPolicy,
        basis: &AnswerBasis,
        answer_bytes: u64,
        request_bytes: u64,
    ) -> Self {
        Self {
            answers: Answers::new(answer_bytes, request_bytes),
            shared: policy.shared_header(),
            basis: basis.digest(),
            policy,
        }
    }

    /// Removes all answers, because their editions are not in the database any more.
    pub(crate) fn clear(&self) {
        self.answers.clear();
    }

    /// Returns the cached answer to a request, or a 304 if the client has it (RFC 9110, 13.1.2). Returns `None` if
    /// the answer is not cached, or if credentials must be checked first.
    pub(crate) async fn cached(
        &self,
        public: &PublicRequest<'_>,
        edition: EditionId,
    ) -> Option<(Response, Outcome)> {
        if !public.is_anonymous {
            return None;
        }
        let outcome = |operation, cache| Outcome { operation, cache, ..Outcome::default() };
        if public.has(edition) {
            let operation = self.answers.operation(&public.digest).await;
            return Some((self.not_modified(public, edition), outcome(operation, CacheState::NotModified)));
        }
        let known = self.answers.get_known(&public.digest, edition, public.encoding).await;
        let (operation, answer, encoding, body) = known?;
        if public.has_answer(&answer) {
            let outcome = outcome(Some(operation), CacheState::NotModified);
            return Some((self.not_modified(public, edition), outcome));
        }
        Some((self.full(public, &answer, encoding, body), outcome(Some(operation), CacheState::Hit)))
    }

    /// Returns how many answers are cached, and about how many bytes they take.
    pub(crate) fn size(&self) -> (u64, u64) {
        self.answers.size()
    }

    /// Answers a question in this edition. If the answer is not cached, it is made once for all requests that wait
    /// for it. Errors are not cached. Only the request that makes the answer needs a place.
    pub(crate) async fn answer<'m, E: Send + Sync + 'static>(
        &self,
        public: &PublicRequest<'_>,
        question: Digest,
        edition: EditionId,
        operation: impl FnOnce() -> Arc<Operation>,
        place_request: PlaceRequest<'_>,
        make: impl Fn() -> MakeAnswer<'m, E> + Sync,
    ) -> Result<Response, Arc<NotMade<E>>> {
        if public.has(edition) {
            let mut response = self.not_modified(public, edition);
            *Outcome::of(&mut response) = Outcome {
                operation: Some(operation()),
                cache: CacheState::NotModified,
                ..Outcome::default()
            };
            return Ok(response);
        }
        let was_made = AtomicBool::new(false);
        let until = place_request.deadline();
        let mut is_first = true;
        let answer = loop {
            let make: Pin<Box<dyn Future<Output = _> + Send + '_>> = Box::pin(async {
                was_made.store(true, Ordering::Relaxed);
                // The other request may have waited for a long time already.
                let until = until.max(Instant::now() + TAKE_OVER_WAIT);
                let _place = place_request.wait_until(until).await.map_err(NotMade::NoPlace)?;
                make().await.map_err(NotMade::Failed)
            });
            match self.answers.get_or_make(question, edition, make).await {
                Ok(answer) => break answer,
                // The other request was to make the answer and got no place. Its client is not this one.
                Err(not_made)
                    if matches!(&*not_made, NotMade::NoPlace(_))
                        && !was_made.load(Ordering::Relaxed)
                        && (is_first || Instant::now() < until) =>
                {
                    is_first = false;
                }
                Err(not_made) => return Err(not_made),
            }
        };
        let operation = operation();
        self.answers.remember(public.digest, question, Arc::clone(&operation)).await;
        let (mut response, cache) = if public.has_answer(&answer) {
            (self.not_modified(public, answer.edition), CacheState::NotModified)
        } else {
            let (encoding, body) = self.answers.encoded(question, edition, &answer, public.encoding).await;
            let cache = if was_made.into_inner() { CacheState::Miss } else { CacheState::Hit };
            (self.full(public, &answer, encoding, body), cache)
        };
        let outcome = Outcome::of(&mut response);
        outcome.operation = Some(operation);
        outcome.cache = cache;
        Ok(response)
    }

    /// Sends an answer that nobody may cache.
    pub(crate) fn uncached(&self, public: &PublicRequest<'_>, answer: &Answer) -> Response {
        let mut response = not_cached(answer, public.content_type);
        write_edition(&mut response, answer.edition);
        response
    }

    fn full(
        &self,
        public: &PublicRequest<'_>,
        answer: &Answer,
        encoding: Encoding,
        body: bytes::Bytes,
    ) -> Response {
        let mut response = answer.response(body, public.content_type);
        let headers = response.headers_mut();
        if let Some(name) = encoding.name() {
            headers.insert(header::CONTENT_ENCODING, HeaderValue::from_static(name));
        }
        self.write_headers(&mut response, public, answer.edition, encoding);
        if public.is_shared() {
            answer.mentions.write(response.headers_mut(), self.policy.cache_tags);
        }
        response
    }

    fn not_modified(&self, public: &PublicRequest<'_>, edition: EditionId) -> Response {
        let mut response = Response::new(Body::empty());
        *response.status_mut() = StatusCode::NOT_MODIFIED;
        self.write_headers(&mut response, public, edition, public.encoding);
        response
    }

    /// Writes the headers that a 304 has as well (RFC 9110, 15.4.5).
    fn write_headers(
        &self,
        response: &mut Response,
        public: &PublicRequest<'_>,
        edition: EditionId,
        encoding: Encoding,
    ) {
        let headers = response.headers_mut();
        if public.is_get {
            headers.insert(header::ETAG, public.etag(edition, encoding));
        }
        let control = if public.is_shared() { self.shared.clone() } else { policy::PRIVATE };
        headers.insert(header::CACHE_CONTROL, control);
        headers.insert(header::VARY, policy::VARY);
        headers.insert(EDITION, policy::edition_header(edition));
    }
}
