//! The list of editions in the order of their commits, for those who purge caches.

use std::collections::HashMap;
use std::sync::Arc;

use async_graphql::Context;
use domain::{EditionId, EditionNumber, PageRequest, Subject};
use tokio::sync::OnceCell;

use crate::at_least::NamedEdition;
use crate::delivery::SubjectKind;
use crate::graphql::error::ApiError;
use crate::graphql::execution::context::{Reader, app, ledger, reader};
use crate::graphql::types::edition::Edition;

/// A list that shows cache tags ends before an edition with which it would have more changes than this.
const MAX_CHANGES: u64 = 10_000;
/// The number of changes that cost one unit: about as many as there are cache tags in the bytes that cost one.
const CHANGES_PER_UNIT: u64 = 8;

/// Editions that were read together, and what they changed.
pub(crate) struct ListedEditions {
    reader: Arc<Reader>,
    numbers: Vec<EditionNumber>,
    subjects: OnceCell<HashMap<EditionNumber, Vec<Subject>>>,
}

impl ListedEditions {
    /// Returns what one of the editions changed. This is read for all of them together.
    pub(crate) async fn subjects(&self, number: EditionNumber) -> Result<&[Subject], ApiError> {
        let read = || async {
            let mut by_edition: HashMap<_, Vec<_>> = HashMap::new();
            for (edition, change) in self.reader.view.changes(&self.numbers).await? {
                by_edition.entry(edition).or_default().push(change.subject);
            }
            Ok::<_, ApiError>(by_edition)
        };
        Ok(self.subjects.get_or_try_init(read).await?.get(&number).map_or(&[], Vec::as_slice))
    }
}

/// Resolves `editions`.
pub(crate) async fn editions(ctx: &Context<'_>, after: &str, first: i32) -> Result<Vec<Edition>, ApiError> {
    let after = named(after)?;
    let limit = usize::try_from(first).ok().filter(|limit| (1..=MAX_FIRST).contains(limit));
    let limit = limit.ok_or_else(|| {
        ApiError::argument("first", format!("`first` is {first}: it must be from 1 to {MAX_FIRST}"))
    })?;
    let reader = reader(ctx).await?;
    reader.mentions.note_all(SubjectKind::Edition);
    require_known(ctx, &reader, after).await?;
    let latest = reader.view.edition().number;
    let mut numbers: Vec<_> = (after.number.saturating_add(1)..=latest).take(limit).collect();
    if numbers.is_empty() {
        return Ok(Vec::new());
    }
    if ctx.look_ahead().field("cacheTags").exists() {
        let counts: HashMap<_, _> = reader.view.change_counts(&numbers).await?.into_iter().collect();
        let charged = cut(&mut numbers, |number| counts.get(&number).copied().unwrap_or(0));
        ledger(ctx).budget().spend(charged / CHANGES_PER_UNIT)?;
    }
    let mut found = reader.view.editions(&numbers).await?;
    found.retain(|edition| numbers.contains(&edition.number));
    found.sort_unstable_by_key(|edition| edition.number);
    let listed = Arc::new(ListedEditions { reader, numbers, subjects: OnceCell::new() });
    Ok(found.into_iter().map(|edition| Edition::Listed(edition, Arc::clone(&listed))).collect())
}

/// The maximum number of editions in a list.
const MAX_FIRST: usize = PageRequest::MAX.unsigned_abs() as usize;

fn named(after: &str) -> Result<NamedEdition, ApiError> {
    after.parse().map_err(|()| {
        let shown: String = after.chars().take(40).collect();
        ApiError::argument("after", format!("`after` is `{shown}`: {}", NamedEdition::FORMAT))
    })
}

/// Refuses a mark that the edition with this number does not have: the client has seen another history.
async fn require_known(ctx: &Context<'_>, reader: &Reader, named: NamedEdition) -> Result<(), ApiError> {
    let NamedEdition { number, mark: Some(mark) } = named else { return Ok(()) };
    let (wanted, latest) = (EditionId { number, mark }, reader.view.edition().id());
    // Nothing was public in edition 0, so no client has anything of it.
    if wanted == latest || number == 0 {
        return Ok(());
    }
    if app(ctx).has_lost(wanted) {
        return Err(ApiError::edition_unknown("after", wanted));
    }
    if number > latest.number {
        return Err(ApiError::edition_not_reached("after", wanted, latest));
    }
    let found = reader.view.editions(&[number]).await?;
    match found.iter().any(|edition| edition.id() == wanted) {
        true => Ok(()),
        false => Err(ApiError::edition_unknown("after", wanted)),
    }
}

/// Ends a list of editions before their changes become too many, but keeps the first. Returns the number of changes.
fn cut(numbers: &mut Vec<EditionNumber>, changes_of: impl Fn(EditionNumber) -> u64) -> u64 {
    let (mut kept, mut changes) = (0, 0);
    for number in &*numbers {
        let more = changes + changes_of(*number);
        if kept > 0 && more > MAX_CHANGES {
            break;
        }
        (kept, changes) = (kept + 1, more);
    }
    numbers.truncate(kept);
    changes
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_list_ends_before_its_changes_become_too_many() {
        let kept = |counts: [u64; 3]| {
            let mut numbers = vec![0, 1, 2];
            let place = |number: EditionNumber| usize::try_from(number).unwrap();
            let changes = cut(&mut numbers, |number| counts[place(number)]);
            assert_eq!(changes, counts[..numbers.len()].iter().sum::<u64>());
            numbers.len()
        };
        assert_eq!(kept([1, 1, 1]), 3);
        assert_eq!(kept([MAX_CHANGES - 1, 1, 1]), 2);
        assert_eq!(kept([1, MAX_CHANGES, 1]), 1);
        // An edition is never divided, so that a client always gets ahead.
        assert_eq!(kept([5 * MAX_CHANGES, 1, 1]), 1);
    }
}
