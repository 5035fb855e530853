//! What an answer tells of, by the names that the log of changes has: when one of them changes, caches
//! that know them can let go of exactly the answers that may be other ones now.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Mutex, PoisonError};

use axum::http::{HeaderMap, HeaderName, HeaderValue};
use domain::Subject;

use super::policy::CacheTags;

const CACHE_TAG: HeaderName = HeaderName::from_static("cache-tag");
const SURROGATE_KEY: HeaderName = HeaderName::from_static("surrogate-key");

/// How long each header can become, in bytes. What has more names is labelled with kinds instead.
const LONGEST: usize = 4 << 10;

/// A kind of things: what depends on any of them changing, appearing or going.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Kind {
    Articles,
    Authors,
    Tags,
    Topics,
    /// Every change there is.
    Edition,
}

impl Kind {
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

/// Everything that depends on these subjects, by its names.
pub(crate) fn names_of(subjects: &[Subject]) -> Vec<String> {
    let kinds: BTreeSet<Kind> = subjects.iter().map(|subject| Kind::of(*subject)).collect();
    let kinds = kinds.into_iter().chain((!subjects.is_empty()).then_some(Kind::Edition));
    kinds.map(|kind| kind.name().to_owned()).chain(subjects.iter().map(Subject::to_string)).collect()
}

/// What an answer mentions, noted while it is made.
#[derive(Debug, Default)]
pub(crate) struct Mentions(Mutex<Noted>);

#[derive(Debug, Default)]
struct Noted {
    kinds: BTreeSet<Kind>,
    subjects: Vec<Subject>,
}

impl Mentions {
    /// The answer shows something of this.
    pub(crate) fn note(&self, subject: Subject) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).subjects.push(subject);
    }

    /// The answer shows something of all of these.
    pub(crate) fn note_all_of(&self, subjects: Vec<Subject>) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).subjects.extend(subjects);
    }

    /// The answer depends on which there are of this kind.
    pub(crate) fn note_all(&self, kind: Kind) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).kinds.insert(kind);
    }

    /// Everything that was noted.
    pub(crate) fn labels(&self) -> Labels {
        let mut noted = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        noted.subjects.sort_unstable();
        noted.subjects.dedup();
        let mut subjects: BTreeMap<Kind, Vec<String>> = BTreeMap::new();
        for subject in &noted.subjects {
            subjects.entry(Kind::of(*subject)).or_default().push(subject.to_string());
        }
        Labels::new(noted.kinds.clone(), subjects)
    }
}

/// What an answer mentions, as headers.
#[derive(Debug, Clone, Default)]
pub(crate) struct Labels {
    with_commas: Option<HeaderValue>,
    with_spaces: Option<HeaderValue>,
}

impl Labels {
    fn new(mut kinds: BTreeSet<Kind>, mut subjects: BTreeMap<Kind, Vec<String>>) -> Self {
        let length = |names: &Vec<String>| names.iter().map(|name| name.len() + 1).sum::<usize>();
        while subjects.values().map(length).sum::<usize>() > LONGEST {
            let longest = subjects.iter().max_by_key(|(_, names)| length(names)).map(|(kind, _)| *kind);
            let Some(kind) = longest else { break };
            subjects.remove(&kind);
            kinds.insert(kind);
        }
        let names =
            kinds.iter().map(|kind| kind.name()).chain(subjects.values().flatten().map(String::as_str));
        let names: Vec<&str> = names.collect();
        let header = |separator: &str| {
            // They are all printable ASCII.
            (!names.is_empty()).then(|| HeaderValue::try_from(names.join(separator)).ok()).flatten()
        };
        Self { with_commas: header(","), with_spaces: header(" ") }
    }

    pub(super) fn len(&self) -> usize {
        let length = |value: &Option<HeaderValue>| value.as_ref().map_or(0, HeaderValue::len);
        length(&self.with_commas) + length(&self.with_spaces)
    }

    pub(super) fn label(&self, headers: &mut HeaderMap, tags: CacheTags) {
        let mut insert = |name: HeaderName, value: &Option<HeaderValue>| {
            if let Some(value) = value {
                headers.insert(name, value.clone());
            }
        };
        if matches!(tags, CacheTags::Both | CacheTags::CacheTag) {
            insert(CACHE_TAG, &self.with_commas);
        }
        if matches!(tags, CacheTags::Both | CacheTags::SurrogateKey) {
            insert(SURROGATE_KEY, &self.with_spaces);
        }
    }
}

#[cfg(test)]
mod tests {
    use domain::{ArticleId, Id, TagId};
    use uuid::Uuid;

    use super::*;

    fn shown(mentions: &Mentions) -> (String, String) {
        let mut headers = HeaderMap::new();
        mentions.labels().label(&mut headers, CacheTags::Both);
        let text =
            |name| headers.get(name).and_then(|value| value.to_str().ok()).unwrap_or_default().to_owned();
        (text(CACHE_TAG), text(SURROGATE_KEY))
    }

    #[test]
    fn every_name_is_told_once() {
        let mentions = Mentions::default();
        let article = ArticleId::from_uuid(Uuid::from_u128(1));
        mentions.note(Subject::Article(article));
        mentions.note(Subject::Article(article));
        mentions.note_all(Kind::Articles);
        let (tags, keys) = shown(&mentions);
        assert_eq!(tags, format!("articles,{article}"));
        assert_eq!(keys, format!("articles {article}"));
        assert_eq!(shown(&Mentions::default()), (String::new(), String::new()));
    }

    #[test]
    fn too_many_names_become_their_kind() {
        let mentions = Mentions::default();
        for number in 1..=1_000 {
            mentions.note(Subject::Article(ArticleId::from_uuid(Uuid::from_u128(number))));
        }
        let tag = TagId::from_uuid(Uuid::from_u128(1));
        mentions.note(Subject::Tag(tag));
        assert_eq!(shown(&mentions).0, format!("articles,{tag}"));
    }
}
