//! The cache of answers.

use std::sync::Arc;
use std::time::Duration;

use axum::body::Body;
use axum::http::{HeaderName, HeaderValue, StatusCode, header};
use axum::response::Response;
use bytes::Bytes;
use domain::EditionId;
use moka::future::Cache;
use moka::policy::EvictionPolicy;

use super::digest::Digest;
use super::encoding::Encoding;
use super::mentions::CacheTagHeaders;
use crate::metrics::Operation;

/// Entries that were not requested for this long are removed even if there is room. Most of them belong to past
/// editions.
const MAX_IDLE: Duration = Duration::from_secs(10 * 60);
/// The estimated size of an entry without its body, in bytes.
const ENTRY_OVERHEAD: usize = 400;
/// The estimated size of a remembered request, in bytes.
const REQUEST_SIZE: u64 = 400;
/// The cache checks its size after a number of insertions or some time. After an entry of this size or more, in
/// bytes, it checks at once.
const LARGE_ENTRY: usize = 32 << 10;

/// A public answer. It is valid while its edition is the latest.
#[derive(Debug, Clone)]
pub(crate) struct Answer {
    /// 200, or a redirection.
    status: StatusCode,
    /// The body, as it is sent.
    pub(super) body: Bytes,
    /// A header that only this answer has: `Location` or `Link`.
    header: Option<(HeaderName, HeaderValue)>,
    /// The edition to which the answer belongs.
    pub(super) edition: EditionId,
    /// What the answer mentions, as cache tags.
    pub(super) mentions: CacheTagHeaders,
}

impl Answer {
    /// Makes an answer with the requested data.
    pub(crate) fn found(body: Bytes, edition: EditionId, mentions: CacheTagHeaders) -> Self {
        Self { status: StatusCode::OK, body, header: None, edition, mentions }
    }

    /// Makes a permanent redirect (RFC 9110, 15.4.9).
    pub(crate) fn moved(location: HeaderValue, edition: EditionId, mentions: CacheTagHeaders) -> Self {
        let header = Some((header::LOCATION, location));
        Self { status: StatusCode::PERMANENT_REDIRECT, body: Bytes::new(), header, edition, mentions }
    }

    /// Adds links to other pages (RFC 8288).
    pub(crate) fn with_links(self, links: Option<HeaderValue>) -> Self {
        Self { header: links.map(|links| (header::LINK, links)), ..self }
    }

    /// Whether this is the requested data, and not a redirect.
    pub(super) fn is_found(&self) -> bool {
        self.status == StatusCode::OK
    }

    /// Makes a response with a body in some encoding, without the headers that delivery adds.
    pub(super) fn response(&self, body: Bytes, content_type: &'static str) -> Response {
        let mut response = Response::new(Body::empty());
        *response.status_mut() = self.status;
        let headers = response.headers_mut();
        headers.reserve(12);
        if let Some((name, value)) = &self.header {
            headers.insert(name.clone(), value.clone());
        }
        if !body.is_empty() {
            headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(content_type));
            *response.body_mut() = Body::from(body);
        }
        response
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
struct Key {
    question: Digest,
    /// The latest edition that was known when the request came. The edition of the answer may be later.
    edition: EditionId,
    encoding: Encoding,
}

pub(super) struct Answers {
    /// The questions of earlier requests. The same question can be sent in many forms.
    questions: Cache<Digest, (Digest, Arc<Operation>)>,
    /// The answers, limited by their size. The least recently used are removed first: otherwise, answers of past
    /// editions that were requested often would keep out those of a new edition.
    answers: Option<Cache<Key, Arc<Answer>>>,
}

impl Answers {
    /// Makes caches of at most these sizes in bytes, for answers and for requests.
    pub(super) fn new(bytes: u64, request_bytes: u64) -> Self {
        let answers = Cache::builder()
            .max_capacity(bytes)
            .weigher(|_: &Key, answer: &Arc<Answer>| weight(answer))
            .eviction_policy(EvictionPolicy::lru())
            .time_to_idle(MAX_IDLE)
            .build();
        let questions = Cache::builder()
            .max_capacity(request_bytes / REQUEST_SIZE)
            .eviction_policy(EvictionPolicy::lru())
            .build();
        Self { questions, answers: (bytes > 0).then_some(answers) }
    }

    /// Returns the cached answer to an earlier request in this edition.
    pub(super) async fn get_known(
        &self,
        request: &Digest,
        edition: EditionId,
        encoding: Encoding,
    ) -> Option<(Arc<Operation>, Arc<Answer>, Encoding, Bytes)> {
        let answers = self.answers.as_ref()?;
        let (question, operation) = self.questions.get(request).await?;
        let found = answers.get(&Key { question, edition, encoding }).await;
        if let Some(answer) = found {
            let body = answer.body.clone();
            return Some((operation, answer, encoding, body));
        }
        let answer = answers.get(&Key { question, edition, encoding: Encoding::Identity }).await?;
        let (encoding, body) = self.encoded(question, edition, &answer, encoding).await;
        Some((operation, answer, encoding, body))
    }

    /// Remembers the question of a request.
    pub(super) async fn remember(&self, request: Digest, question: Digest, operation: Arc<Operation>) {
        if self.answers.is_some() {
            self.questions.insert(request, (question, operation)).await;
        }
    }

    /// Returns the operation of an earlier request.
    pub(super) async fn operation(&self, request: &Digest) -> Option<Arc<Operation>> {
        Some(self.questions.get(request).await?.1)
    }

    /// Returns how many answers are cached, and about how many bytes they take.
    pub(super) fn size(&self) -> (u64, u64) {
        self.answers.as_ref().map_or((0, 0), |answers| (answers.entry_count(), answers.weighted_size()))
    }

    /// Returns the answer to a question. If it is not cached, it is made once for all requests that wait for it.
    pub(super) async fn get_or_make<E: Send + Sync + 'static>(
        &self,
        question: Digest,
        edition: EditionId,
        make: impl Future<Output = Result<Answer, E>>,
    ) -> Result<Arc<Answer>, Arc<E>> {
        let Some(answers) = &self.answers else { return make.await.map(Arc::new).map_err(Arc::new) };
        let key = Key { question, edition, encoding: Encoding::Identity };
        let answer = answers.try_get_with(key, async { make.await.map(Arc::new) }).await?;
        make_room(answers, &answer).await;
        Ok(answer)
    }

    /// Removes all answers.
    pub(super) fn clear(&self) {
        if let Some(answers) = &self.answers {
            answers.invalidate_all();
        }
    }

    /// Returns the body in an encoding, compressed once. A body that is not worth compressing is returned
    /// unchanged.
    pub(super) async fn encoded(
        &self,
        question: Digest,
        edition: EditionId,
        answer: &Answer,
        encoding: Encoding,
    ) -> (Encoding, Bytes) {
        let plain = (Encoding::Identity, answer.body.clone());
        if !encoding.is_worth_it(answer.body.len()) {
            return plain;
        }
        let compress = async {
            let body = encoding.compress(answer.body.clone()).await?;
            Ok::<_, std::io::Error>(Arc::new(Answer { body, ..answer.clone() }))
        };
        let compressed = match &self.answers {
            Some(answers) => {
                let made = answers.try_get_with(Key { question, edition, encoding }, compress).await.ok();
                if let Some(made) = &made {
                    make_room(answers, made).await;
                }
                made
            }
            None => compress.await.ok(),
        };
        compressed.map_or(plain, |compressed| (encoding, compressed.body.clone()))
    }
}

/// Checks the size of the cache at once after a large insertion.
async fn make_room(answers: &Cache<Key, Arc<Answer>>, added: &Answer) {
    if added.body.len() >= LARGE_ENTRY {
        answers.run_pending_tasks().await;
    }
}

fn weight(answer: &Answer) -> u32 {
    u32::try_from(answer.body.len() + answer.mentions.size() + ENTRY_OVERHEAD).unwrap_or(u32::MAX)
}
