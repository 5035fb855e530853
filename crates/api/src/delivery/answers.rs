//! The answers that are kept.

use std::sync::Arc;
use std::time::Duration;

use axum::body::Body;
use axum::http::{HeaderName, HeaderValue, StatusCode, header};
use axum::response::Response;
use bytes::Bytes;
use domain::EditionId;
use moka::future::Cache;
use moka::policy::EvictionPolicy;

use super::encoding::Encoding;
use super::mentions::Labels;
use super::question::Digest;
use crate::metrics::Operation;

/// What nobody has asked for this long is let go before there is need to: most of it belongs to editions
/// that are over.
const IDLE: Duration = Duration::from_secs(10 * 60);
/// About what an entry takes beside its body.
const OVERHEAD: usize = 400;
/// About what a request that is remembered takes.
const REQUEST: u64 = 400;
/// A cache notices that it is full when so and so many entries were added, or after a while. With entries of this
/// size or more it looks each time.
const LARGE: usize = 32 << 10;

/// An answer, as long as its edition is the latest.
#[derive(Debug, Clone)]
pub(crate) struct Answer {
    /// 200, or where else to look.
    status: StatusCode,
    /// The body, as it is sent.
    pub(super) body: Bytes,
    /// What its status, or its place in a list, has it say besides.
    header: Option<(HeaderName, HeaderValue)>,
    /// The edition that it belongs to.
    pub(super) edition: EditionId,
    /// What it tells of.
    pub(super) mentions: Labels,
}

impl Answer {
    /// What was asked for.
    pub(crate) fn found(body: Bytes, edition: EditionId, mentions: Labels) -> Self {
        Self { status: StatusCode::OK, body, header: None, edition, mentions }
    }

    /// It is elsewhere, for good (RFC 9110, 15.4.9).
    pub(crate) fn moved(location: HeaderValue, edition: EditionId, mentions: Labels) -> Self {
        let header = Some((header::LOCATION, location));
        Self { status: StatusCode::PERMANENT_REDIRECT, body: Bytes::new(), header, edition, mentions }
    }

    /// The same, beside other pages (RFC 8288).
    pub(crate) fn with_links(self, links: Option<HeaderValue>) -> Self {
        Self { header: links.map(|links| (header::LINK, links)), ..self }
    }

    /// Whether it is what was asked for.
    pub(super) fn is_found(&self) -> bool {
        self.status == StatusCode::OK
    }

    /// The answer with a body in some encoding, and without what delivery adds.
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
    /// The latest edition that was known when it was asked; the answer's own may be later.
    edition: EditionId,
    encoding: Encoding,
}

pub(super) struct Answers {
    /// What was asked by requests that came before. The same question can come in many forms.
    questions: Cache<Digest, (Digest, Arc<Operation>)>,
    /// Bounded in bytes. The least recently used go first: an answer of a new edition must not be turned
    /// away because those of the last one were asked for so often.
    kept: Option<Cache<Key, Arc<Answer>>>,
}

impl Answers {
    /// Keeps answers in so many bytes, and remembers requests in so many.
    pub(super) fn new(bytes: u64, request_bytes: u64) -> Self {
        let kept = Cache::builder()
            .max_capacity(bytes)
            .weigher(|_: &Key, answer: &Arc<Answer>| weight(answer))
            .eviction_policy(EvictionPolicy::lru())
            .time_to_idle(IDLE)
            .build();
        let questions = Cache::builder()
            .max_capacity(request_bytes / REQUEST)
            .eviction_policy(EvictionPolicy::lru())
            .build();
        Self { questions, kept: (bytes > 0).then_some(kept) }
    }

    /// What a request that came before is answered in this edition, if that is kept.
    pub(super) async fn known(
        &self,
        request: &Digest,
        edition: EditionId,
        encoding: Encoding,
    ) -> Option<(Arc<Operation>, Arc<Answer>, Encoding, Bytes)> {
        let kept = self.kept.as_ref()?;
        let (question, operation) = self.questions.get(request).await?;
        let found = kept.get(&Key { question, edition, encoding }).await;
        if let Some(answer) = found {
            let body = answer.body.clone();
            return Some((operation, answer, encoding, body));
        }
        let answer = kept.get(&Key { question, edition, encoding: Encoding::Identity }).await?;
        let (encoding, body) = self.encoded(question, edition, &answer, encoding).await;
        Some((operation, answer, encoding, body))
    }

    /// Notes what a request asks.
    pub(super) async fn remember(&self, request: Digest, question: Digest, operation: Arc<Operation>) {
        if self.kept.is_some() {
            self.questions.insert(request, (question, operation)).await;
        }
    }

    /// The operation of a request that came before.
    pub(super) async fn operation(&self, request: &Digest) -> Option<Arc<Operation>> {
        Some(self.questions.get(request).await?.1)
    }

    /// How many answers are kept, and about how many bytes they take.
    pub(super) fn size(&self) -> (u64, u64) {
        self.kept.as_ref().map_or((0, 0), |kept| (kept.entry_count(), kept.weighted_size()))
    }

    /// The answer to a question, made if it is not kept: once for all who ask meanwhile.
    pub(super) async fn made<E: Send + Sync + 'static>(
        &self,
        question: Digest,
        edition: EditionId,
        make: impl Future<Output = Result<Answer, E>>,
    ) -> Result<Arc<Answer>, Arc<E>> {
        let Some(kept) = &self.kept else { return make.await.map(Arc::new).map_err(Arc::new) };
        let key = Key { question, edition, encoding: Encoding::Identity };
        let answer = kept.try_get_with(key, async { make.await.map(Arc::new) }).await?;
        make_room(kept, &answer).await;
        Ok(answer)
    }

    /// Drops all answers.
    pub(super) fn forget(&self) {
        if let Some(kept) = &self.kept {
            kept.invalidate_all();
        }
    }

    /// The body in an encoding, compressed once; as it is, where that is not worth it.
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
        let compressed = match &self.kept {
            Some(kept) => {
                let made = kept.try_get_with(Key { question, edition, encoding }, compress).await.ok();
                if let Some(made) = &made {
                    make_room(kept, made).await;
                }
                made
            }
            None => compress.await.ok(),
        };
        compressed.map_or(plain, |compressed| (encoding, compressed.body.clone()))
    }
}

/// Lets go of others when a large answer was added.
async fn make_room(kept: &Cache<Key, Arc<Answer>>, added: &Answer) {
    if added.body.len() >= LARGE {
        kept.run_pending_tasks().await;
    }
}

fn weight(answer: &Answer) -> u32 {
    u32::try_from(answer.body.len() + answer.mentions.size() + OVERHEAD).unwrap_or(u32::MAX)
}
