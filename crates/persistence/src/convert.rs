//! Between columns and domain values.

use domain::{Id, Image, Timestamp};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::StoreError;

/// An instant as microseconds since 1970.
pub(crate) fn micros(at: Timestamp) -> i64 {
    at.as_microsecond()
}

/// An instant out of microseconds since 1970.
pub(crate) fn instant(micros: i64) -> Result<Timestamp, StoreError> {
    Timestamp::from_microsecond(micros).map_err(damaged)
}

/// A list of ids as their UUIDs, one after the other.
pub(crate) fn id_bytes<T: Id>(ids: &[T]) -> Vec<u8> {
    ids.iter().flat_map(|id| id.uuid().into_bytes()).collect()
}

/// A list of ids out of their UUIDs, one after the other.
pub(crate) fn ids<T: Id>(bytes: &[u8]) -> Result<Vec<T>, StoreError> {
    let (chunks, rest) = bytes.as_chunks::<16>();
    if !rest.is_empty() {
        return Err(StoreError::Damaged(format!("a list of ids has {} bytes", bytes.len())));
    }
    Ok(chunks.iter().map(|chunk| T::from_uuid(Uuid::from_bytes(*chunk))).collect())
}

/// A parsed value out of a text column.
pub(crate) fn parsed<T, E: std::fmt::Display>(result: Result<T, E>) -> Result<T, StoreError> {
    result.map_err(damaged)
}

/// A value as JSON text.
pub(crate) fn json<T: Serialize + ?Sized>(value: &T) -> Result<String, StoreError> {
    serde_json::to_string(value).map_err(damaged)
}

/// A value out of JSON text.
pub(crate) fn from_json<'a, T: Deserialize<'a>>(text: &'a str) -> Result<T, StoreError> {
    serde_json::from_str(text).map_err(damaged)
}

fn damaged(error: impl std::fmt::Display) -> StoreError {
    StoreError::Damaged(error.to_string())
}

/// The columns that a hero image takes, in a revision as in a publication.
#[derive(Default)]
pub(crate) struct HeroColumns {
    pub(crate) url: Option<String>,
    pub(crate) alt: Option<String>,
    pub(crate) caption: Option<String>,
    pub(crate) credit: Option<String>,
    pub(crate) width: Option<i64>,
    pub(crate) height: Option<i64>,
}

impl From<Option<Image>> for HeroColumns {
    fn from(image: Option<Image>) -> Self {
        let Some(Image { url, alt, caption, credit, width, height }) = image else {
            return Self::default();
        };
        Self {
            url: Some(url),
            alt,
            caption,
            credit,
            width: width.map(i64::from),
            height: height.map(i64::from),
        }
    }
}

impl From<HeroColumns> for Option<Image> {
    fn from(columns: HeroColumns) -> Self {
        let HeroColumns { url, alt, caption, credit, width, height } = columns;
        let pixels = |n: Option<i64>| n.and_then(|n| u32::try_from(n).ok());
        Some(Image { url: url?, alt, caption, credit, width: pixels(width), height: pixels(height) })
    }
}
