//! Delivers answers: caches them once for each edition, adds strong ETags, and adds cache tags for shared caches.
//!
//! Everything public depends only on the edition. Therefore an answer to a question that concerns nothing else
//! (neither the desk nor a preview) is made once, cached by question and edition, and sent until there is a new
//! edition. Nothing is ever purged here. [`Delivery::at_once`] answers without parsing the document.
//! [`Delivery::answer`] makes answers that are not cached, once for all requests that wait.

mod answers;
mod basis;
mod encoding;
mod etag;
mod mentions;
mod policy;
mod question;
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

use crate::admission::{Entrance, Refused};
use crate::metrics::{CacheState, Operation};
use crate::outcome::Outcome;

pub(crate) use answers::Answer;
pub use basis::AnswerBasis;
pub(crate) use etag::{etags, wants_none};
pub(crate) use mentions::{Kind, Labels, Mentions, names_of};
pub use policy::{CacheTags, DeliveryPolicy};
pub(crate) use policy::{EDITION, NOT_KEPT, RETRY_AFTER, STALE, is_shared};
pub(crate) use question::{Digest, digest};
pub(crate) use request::Wanted;

/// A future that makes an answer.
pub(crate) type Making<'a, E> = Pin<Box<dyn Future<Output = Result<Answer, E>> + Send + 'a>>;

/// Why an answer was not made.
#[derive(Debug)]
pub(crate) enum Unmade<E> {
    /// The request got no place to execute.
    Refused(Refused),
    /// The answer contains an error, so it cannot be cached.
    Faulty(E),
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
const TAKE_OVER: Duration = Duration::from_millis(100);

/// Writes the edition to the headers of an answer.
pub(crate) fn tell_edition(response: &mut Response, edition: EditionId) {
    response.headers_mut().insert(EDITION, policy::edition(edition));
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
    pub(crate) fn forget(&self) {
        self.answers.forget();
    }

    /// Returns the cached answer to a request, or a 304 if the client has it (RFC 9110, 13.1.2). Returns `None` if
    /// the answer is not cached, or if credentials must be checked first.
    pub(crate) async fn at_once(
        &self,
        wanted: &Wanted<'_>,
        edition: EditionId,
    ) -> Option<(Response, Outcome)> {
        if !wanted.is_anonymous {
            return None;
        }
        let outcome = |operation, cache| Outcome { operation, cache, ..Outcome::default() };
        if wanted.has(edition) {
            let operation = self.answers.operation(&wanted.request).await;
            return Some((self.not_modified(wanted, edition), outcome(operation, CacheState::NotModified)));
        }
        let known = self.answers.known(&wanted.request, edition, wanted.encoding).await;
        let (operation, answer, encoding, body) = known?;
        if wanted.has_answer(&answer) {
            let outcome = outcome(Some(operation), CacheState::NotModified);
            return Some((self.not_modified(wanted, edition), outcome));
        }
        Some((self.whole(wanted, &answer, encoding, body), outcome(Some(operation), CacheState::Hit)))
    }

    /// Returns how many answers are cached, and about how many bytes they take.
    pub(crate) fn kept(&self) -> (u64, u64) {
        self.answers.size()
    }

    /// Answers a question in this edition. If the answer is not cached, it is made once for all requests that wait
    /// for it. Errors are not cached. Only the request that makes the answer needs a place.
    pub(crate) async fn answer<'m, E: Send + Sync + 'static>(
        &self,
        wanted: &Wanted<'_>,
        question: Digest,
        edition: EditionId,
        operation: impl FnOnce() -> Arc<Operation>,
        entrance: Entrance<'_>,
        make: impl Fn() -> Making<'m, E> + Sync,
    ) -> Result<Response, Arc<Unmade<E>>> {
        if wanted.has(edition) {
            let mut response = self.not_modified(wanted, edition);
            *Outcome::of(&mut response) = Outcome {
                operation: Some(operation()),
                cache: CacheState::NotModified,
                ..Outcome::default()
            };
            return Ok(response);
        }
        let was_made = AtomicBool::new(false);
        let until = entrance.until();
        let mut is_first = true;
        let answer = loop {
            let make: Pin<Box<dyn Future<Output = _> + Send + '_>> = Box::pin(async {
                was_made.store(true, Ordering::Relaxed);
                // The other request may have waited for a long time already.
                let until = until.max(Instant::now() + TAKE_OVER);
                let _place = entrance.enter(until).await.map_err(Unmade::Refused)?;
                make().await.map_err(Unmade::Faulty)
            });
            match self.answers.made(question, edition, make).await {
                Ok(answer) => break answer,
                // The other request was to make the answer and got no place. Its client is not this one.
                Err(unmade)
                    if matches!(&*unmade, Unmade::Refused(_))
                        && !was_made.load(Ordering::Relaxed)
                        && (is_first || Instant::now() < until) =>
                {
                    is_first = false;
                }
                Err(unmade) => return Err(unmade),
            }
        };
        let operation = operation();
        self.answers.remember(wanted.request, question, Arc::clone(&operation)).await;
        let (mut response, cache) = if wanted.has_answer(&answer) {
            (self.not_modified(wanted, answer.edition), CacheState::NotModified)
        } else {
            let (encoding, body) = self.answers.encoded(question, edition, &answer, wanted.encoding).await;
            let cache = if was_made.into_inner() { CacheState::Miss } else { CacheState::Hit };
            (self.whole(wanted, &answer, encoding, body), cache)
        };
        let outcome = Outcome::of(&mut response);
        outcome.operation = Some(operation);
        outcome.cache = cache;
        Ok(response)
    }

    /// Sends an answer that nobody may cache.
    pub(crate) fn unkept(&self, wanted: &Wanted<'_>, answer: &Answer) -> Response {
        let mut response = answer.response(answer.body.clone(), wanted.content_type);
        let headers = response.headers_mut();
        headers.insert(header::CACHE_CONTROL, NOT_KEPT);
        headers.insert(header::VARY, policy::VARY);
        headers.insert(EDITION, policy::edition(answer.edition));
        response
    }

    fn whole(
        &self,
        wanted: &Wanted<'_>,
        answer: &Answer,
        encoding: Encoding,
        body: bytes::Bytes,
    ) -> Response {
        let mut response = answer.response(body, wanted.content_type);
        let headers = response.headers_mut();
        if let Some(name) = encoding.name() {
            headers.insert(header::CONTENT_ENCODING, HeaderValue::from_static(name));
        }
        self.label(&mut response, wanted, answer.edition, encoding);
        if wanted.is_shared() {
            answer.mentions.label(response.headers_mut(), self.policy.cache_tags);
        }
        response
    }

    fn not_modified(&self, wanted: &Wanted<'_>, edition: EditionId) -> Response {
        let mut response = Response::new(Body::empty());
        *response.status_mut() = StatusCode::NOT_MODIFIED;
        self.label(&mut response, wanted, edition, wanted.encoding);
        response
    }

    /// Writes the headers that a 304 has as well (RFC 9110, 15.4.5).
    fn label(&self, response: &mut Response, wanted: &Wanted<'_>, edition: EditionId, encoding: Encoding) {
        let headers = response.headers_mut();
        if wanted.is_get {
            headers.insert(header::ETAG, wanted.etag(edition, encoding));
        }
        let control = if wanted.is_shared() { self.shared.clone() } else { policy::PRIVATE };
        headers.insert(header::CACHE_CONTROL, control);
        headers.insert(header::VARY, policy::VARY);
        headers.insert(EDITION, policy::edition(edition));
    }
}
