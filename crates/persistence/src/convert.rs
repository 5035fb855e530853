//! Conversions between columns and domain values.

use domain::{
    Correction, Cursor, EditionId, EditionMark, EditionNumber, Id, Image, Resolution, SortKey, Span,
    Timestamp, ZonedInstant,
};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::StoreError;

/// An instant as microseconds since 1970.
pub(crate) fn micros(at: Timestamp) -> i64 {
    at.as_microsecond()
}

/// An instant from microseconds since 1970.
pub(crate) fn instant(micros: i64) -> Result<Timestamp, StoreError> {
    Timestamp::from_microsecond(micros).map_err(damaged)
}

/// The mark of an edition as an integer.
pub(crate) fn mark_number(mark: EditionMark) -> i64 {
    i64::from_be_bytes(mark.bytes())
}

/// The mark of an edition from an integer.
pub(crate) fn mark(number: i64) -> EditionMark {
    EditionMark::new(number.to_be_bytes())
}

/// The id of an edition from its columns.
pub(crate) fn edition_id(number: EditionNumber, mark_number: i64) -> EditionId {
    EditionId { number, mark: mark(mark_number) }
}

/// A list of ids as concatenated UUIDs.
pub(crate) fn id_bytes<T: Id>(ids: &[T]) -> Vec<u8> {
    ids.iter().flat_map(|id| id.uuid().into_bytes()).collect()
}

/// A list of ids from concatenated UUIDs.
pub(crate) fn ids<T: Id>(bytes: &[u8]) -> Result<Vec<T>, StoreError> {
    let (chunks, rest) = bytes.as_chunks::<16>();
    if !rest.is_empty() {
        return Err(StoreError::Damaged(format!("a list of ids has {} bytes", bytes.len())));
    }
    Ok(chunks.iter().map(|chunk| T::from_uuid(Uuid::from_bytes(*chunk))).collect())
}

/// A value that was parsed from a column. A failure becomes [`StoreError::Damaged`].
pub(crate) fn parsed<T, E: std::fmt::Display>(result: Result<T, E>) -> Result<T, StoreError> {
    result.map_err(damaged)
}

/// A value as JSON text.
pub(crate) fn json<T: Serialize + ?Sized>(value: &T) -> Result<String, StoreError> {
    serde_json::to_string(value).map_err(damaged)
}

/// A value from JSON text.
pub(crate) fn from_json<'a, T: Deserialize<'a>>(text: &'a str) -> Result<T, StoreError> {
    serde_json::from_str(text).map_err(damaged)
}

/// The notes about corrections as JSON text: a list of pairs of microseconds and note. `None` without notes.
pub(crate) fn corrections_text(corrections: &[Correction]) -> Option<String> {
    if corrections.is_empty() {
        return None;
    }
    let pairs: Vec<_> = corrections.iter().map(|Correction { at, note }| (micros(*at), note)).collect();
    // Serializing pairs of a number and a text cannot fail.
    serde_json::to_string(&pairs).ok()
}

/// The notes about corrections from the text of [`corrections_text`].
pub(crate) fn corrections_from(text: Option<&str>) -> Result<Vec<Correction>, StoreError> {
    let Some(text) = text else { return Ok(Vec::new()) };
    let pairs: Vec<(i64, String)> = from_json(text)?;
    pairs.into_iter().map(|(at, note)| Ok(Correction { at: instant(at)?, note })).collect()
}

fn damaged(error: impl std::fmt::Display) -> StoreError {
    StoreError::Damaged(error.to_string())
}

/// The columns of a hero image, in revisions and publications.
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

/// The columns of an instant with its time zone.
#[derive(Default)]
pub(crate) struct ZonedColumns {
    pub(crate) at: Option<i64>,
    pub(crate) zone: Option<String>,
    pub(crate) resolution: Option<String>,
}

impl From<Option<&ZonedInstant>> for ZonedColumns {
    fn from(zoned: Option<&ZonedInstant>) -> Self {
        let Some(ZonedInstant { at, zone, resolution }) = zoned else { return Self::default() };
        let resolution = match resolution {
            Resolution::Exact => "EXACT",
            Resolution::Gap => "GAP",
            Resolution::Overlap => "OVERLAP",
        };
        Self { at: Some(micros(*at)), zone: Some(zone.clone()), resolution: Some(resolution.to_owned()) }
    }
}

impl ZonedColumns {
    pub(crate) fn read(self) -> Result<Option<ZonedInstant>, StoreError> {
        let (Some(at), Some(zone)) = (self.at, self.zone) else { return Ok(None) };
        let resolution = match self.resolution.as_deref() {
            Some("GAP") => Resolution::Gap,
            Some("OVERLAP") => Resolution::Overlap,
            _ => Resolution::Exact,
        };
        Ok(Some(ZonedInstant { at: instant(at)?, zone, resolution }))
    }
}

/// The number in a cursor of a numbered list.
pub(crate) fn number(cursor: &Cursor) -> i64 {
    match cursor.key {
        SortKey::Number(number) | SortKey::LogEntry { number, edition: _ } => number,
        SortKey::Instant(at) => micros(at),
        SortKey::Text(_) | SortKey::Collated(_) => 0,
    }
}

/// The rows of a span, and whether there are more. The rows were read in the order of the span, with one row more than
/// it asks for.
pub(crate) fn cut<T>(mut rows: Vec<T>, span: &Span) -> (Vec<T>, bool) {
    let more = rows.len() > span.limit;
    rows.truncate(span.limit);
    if span.backward {
        rows.reverse();
    }
    (rows, more)
}
