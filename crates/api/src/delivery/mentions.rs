//! Cache tags: what an answer mentions, by the names in the log of changes. When one of them changes, a shared
//! cache can purge exactly the answers that may have changed.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, LazyLock, Mutex, PoisonError};

use axum::http::{HeaderMap, HeaderName, HeaderValue};
use domain::Subject;

use super::policy::CacheTags;

const CACHE_TAG: HeaderName = HeaderName::from_static("cache-tag");
const SURROGATE_KEY: HeaderName = HeaderName::from_static("surrogate-key");

/// The maximum length of each header, in bytes. Long lists of names are replaced by their kinds. All headers of an
/// answer must fit into the buffer of a proxy, which often has 4 KiB.
const MAX_LENGTH: usize = 1_536;

/// A kind of object. An answer with this cache tag depends on every object of the kind, including objects that do
/// not exist yet.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum SubjectKind {
    Articles,
    Authors,
    Tags,
    Topics,
    /// Any change.
    Edition,
}

impl SubjectKind {
    fn name(self) -> &'static str {
        match self {
            Self::Articles => "articles",
            Self::Authors => "authors",
            Self::Tags => "tags",
            Self::Topics => "topics",
            Self::Edition => "edition",
        }
    }

    fn of(subject: Subject) -> Self {
        match subject {
            Subject::Article(_) => Self::Articles,
            Subject::Author(_) => Self::Authors,
            Subject::Tag(_) => Self::Tags,
            Subject::Topic(_) => Self::Topics,
        }
    }
}

/// Returns the cache tags of all answers that depend on these subjects.
pub(crate) fn cache_tags_of(subjects: &[Subject]) -> Vec<String> {
    let kinds: BTreeSet<SubjectKind> = subjects.iter().map(|subject| SubjectKind::of(*subject)).collect();
    let kinds = kinds.into_iter().chain((!subjects.is_empty()).then_some(SubjectKind::Edition));
    kinds.map(|kind| kind.name().to_owned()).chain(subjects.iter().map(Subject::to_string)).collect()
}

/// What an answer mentions. It is recorded while the answer is made.
#[derive(Debug, Default)]
pub(crate) struct Mentions(Mutex<Recorded>);

#[derive(Debug, Default)]
struct Recorded {
    kinds: BTreeSet<SubjectKind>,
    subjects: Vec<Subject>,
}

impl Mentions {
    /// Records that the answer shows data of this subject.
    pub(crate) fn note(&self, subject: Subject) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).subjects.push(subject);
    }

    /// Records that the answer shows data of these subjects.
    pub(crate) fn note_all_of(&self, subjects: Vec<Subject>) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).subjects.extend(subjects);
    }

    /// Records that the answer depends on which objects of this kind exist.
    pub(crate) fn note_all(&self, kind: SubjectKind) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).kinds.insert(kind);
    }

    /// Returns everything that was recorded. Nothing is recorded any more.
    pub(crate) fn headers(&self) -> CacheTagHeaders {
        let recorded = std::mem::take(&mut *self.0.lock().unwrap_or_else(PoisonError::into_inner));
        CacheTagHeaders::of(recorded)
    }
}

/// The cache tags of an answer, as headers. They are made when the answer is first sent to a shared cache, so an
/// answer that is never sent to one does not need them.
#[derive(Debug, Clone)]
pub(crate) struct CacheTagHeaders {
    headers: Arc<LazyLock<Headers, Box<dyn FnOnce() -> Headers + Send>>>,
    /// The size in bytes, roughly.
    size: usize,
}

#[derive(Debug, Default)]
struct Headers {
    with_commas: Option<HeaderValue>,
    with_spaces: Option<HeaderValue>,
}

impl Default for CacheTagHeaders {
    fn default() -> Self {
        Self::of(Recorded::default())
    }
}

impl CacheTagHeaders {
    fn of(recorded: Recorded) -> Self {
        let names = recorded.subjects.len();
        // A name has about 33 characters and occurs in both headers.
        let size = names * size_of::<Subject>() + (names * 68).min(2 * MAX_LENGTH);
        Self { headers: Arc::new(LazyLock::new(Box::new(|| recorded.headers()))), size }
    }

    pub(super) fn size(&self) -> usize {
        self.size
    }

    pub(super) fn write(&self, headers: &mut HeaderMap, tags: CacheTags) {
        let mut insert = |name: HeaderName, value: &Option<HeaderValue>| {
            if let Some(value) = value {
                headers.insert(name, value.clone());
            }
        };
        if matches!(tags, CacheTags::Both | CacheTags::CacheTag) {
            insert(CACHE_TAG, &self.headers.with_commas);
        }
        if matches!(tags, CacheTags::Both | CacheTags::SurrogateKey) {
            insert(SURROGATE_KEY, &self.headers.with_spaces);
        }
    }
}

impl Recorded {
    fn headers(self) -> Headers {
        let Self { mut kinds, subjects: mut recorded } = self;
        recorded.sort_unstable();
        recorded.dedup();
        let mut subjects: BTreeMap<SubjectKind, Vec<String>> = BTreeMap::new();
        for subject in &recorded {
            subjects.entry(SubjectKind::of(*subject)).or_default().push(subject.to_string());
        }
        let length = |names: &Vec<String>| names.iter().map(|name| name.len() + 1).sum::<usize>();
        while subjects.values().map(length).sum::<usize>() > MAX_LENGTH {
            let longest = subjects.iter().max_by_key(|(_, names)| length(names)).map(|(kind, _)| *kind);
            let Some(kind) = longest else { break };
            subjects.remove(&kind);
            kinds.insert(kind);
        }
        let names =
            kinds.iter().map(|kind| kind.name()).chain(subjects.values().flatten().map(String::as_str));
        let names: Vec<&str> = names.collect();
        let header = |separator: &str| {
            // All characters are printable ASCII.
            (!names.is_empty()).then(|| HeaderValue::try_from(names.join(separator)).ok()).flatten()
        };
        Headers { with_commas: header(","), with_spaces: header(" ") }
    }
}

#[cfg(test)]
mod tests {
    use domain::{ArticleId, Id, TagId};
    use uuid::Uuid;

    use super::*;

    fn shown(mentions: &Mentions) -> (String, String) {
        let mut headers = HeaderMap::new();
        mentions.headers().write(&mut headers, CacheTags::Both);
        let text =
            |name| headers.get(name).and_then(|value| value.to_str().ok()).unwrap_or_default().to_owned();
        (text(CACHE_TAG), text(SURROGATE_KEY))
    }

    #[test]
    fn every_cache_tag_occurs_once() {
        let mentions = Mentions::default();
        let article = ArticleId::from_uuid(Uuid::from_u128(1));
        mentions.note(Subject::Article(article));
        mentions.note(Subject::Article(article));
        mentions.note_all(SubjectKind::Articles);
        let (tags, keys) = shown(&mentions);
        assert_eq!(tags, format!("articles,{article}"));
        assert_eq!(keys, format!("articles {article}"));
        assert_eq!(shown(&Mentions::default()), (String::new(), String::new()));
    }

    #[test]
    fn too_many_cache_tags_are_replaced_by_their_kind() {
        let mentions = Mentions::default();
        for number in 1..=1_000 {
            mentions.note(Subject::Article(ArticleId::from_uuid(Uuid::from_u128(number))));
        }
        let tag = TagId::from_uuid(Uuid::from_u128(1));
        mentions.note(Subject::Tag(tag));
        assert_eq!(shown(&mentions).0, format!("articles,{tag}"));
    }
}
