//! The diff of two sequences, with a bounded running time.
//!
//! Finding a shortest diff takes time up to the square of the number of changed entries. Therefore
//! entries that occur exactly once in both sequences serve as anchors first
//! ([patience diff](https://bramcohen.livejournal.com/73318.html)), which is fast and gives readable
//! diffs. The gaps between anchors get a shortest diff as long as the budget of steps suffices. After
//! that, a gap counts as replaced as a whole, which is correct but longer than necessary. The budget
//! counts steps and not time, so that the result is the same on every machine.

use std::collections::HashMap;
use std::convert::Infallible;
use std::ops::Range;

use similar::DiffOp;
use similar::algorithms::{Capture, DiffHook, NoFinishHook, Replace, myers};

/// The maximum number of times that gaps are divided again by new anchors.
const DEPTH: usize = 8;

/// Returns the operations that turn `old` into `new`, in order and without gaps. The search for shortest diffs
/// takes at most `steps` steps, and subtracts the steps that it took.
pub(super) fn operations(old: &[u32], new: &[u32], steps: &mut usize) -> Vec<DiffOp> {
    let mut search = Search { old, new, steps, found: Replace::new(Capture::new()) };
    let Ok(()) = search.compare(0..old.len(), 0..new.len(), DEPTH).and_then(|()| search.found.finish());
    search.found.into_inner().into_ops()
}

/// Assigns numbers to texts: equal texts get the same number.
#[derive(Default)]
pub(super) struct Numbers<'a>(HashMap<&'a str, u32>);

impl<'a> Numbers<'a> {
    pub(super) fn number(&mut self, text: &'a str) -> u32 {
        let next = u32::try_from(self.0.len()).unwrap_or(u32::MAX);
        *self.0.entry(text).or_insert(next)
    }
}

struct Search<'a> {
    old: &'a [u32],
    new: &'a [u32],
    steps: &'a mut usize,
    found: Replace<Capture>,
}

impl Search<'_> {
    fn compare(&mut self, old: Range<usize>, new: Range<usize>, depth: usize) -> Result<(), Infallible> {
        let (a, b) = (&self.old[old.clone()], &self.new[new.clone()]);
        let start = a.iter().zip(b).take_while(|(a, b)| a == b).count();
        let end = a[start..].iter().rev().zip(b[start..].iter().rev()).take_while(|(a, b)| a == b).count();
        if start > 0 {
            self.found.equal(old.start, new.start, start)?;
        }
        let (old, new) = (old.start + start..old.end - end, new.start + start..new.end - end);
        self.compare_gap(old.clone(), new.clone(), depth)?;
        if end > 0 {
            self.found.equal(old.end, new.end, end)?;
        }
        Ok(())
    }

    /// Compares two ranges that differ in their first and in their last entry.
    fn compare_gap(&mut self, old: Range<usize>, new: Range<usize>, depth: usize) -> Result<(), Infallible> {
        let anchors = if depth == 0 || old.is_empty() || new.is_empty() {
            Vec::new()
        } else {
            self.anchors(old.clone(), new.clone())
        };
        if anchors.is_empty() {
            return self.compare_unanchored(old, new);
        }
        let (mut old_from, mut new_from) = (old.start, new.start);
        for (old_at, new_at) in anchors {
            self.compare(old_from..old_at, new_from..new_at, depth - 1)?;
            self.found.equal(old_at, new_at, 1)?;
            (old_from, new_from) = (old_at + 1, new_at + 1);
        }
        self.compare(old_from..old.end, new_from..new.end, depth - 1)
    }

    /// Compares two ranges without anchors.
    fn compare_unanchored(&mut self, old: Range<usize>, new: Range<usize>) -> Result<(), Infallible> {
        let cost = (old.len() + new.len()).saturating_pow(2);
        if !old.is_empty() && !new.is_empty() && cost <= *self.steps {
            *self.steps -= cost;
            let mut found = NoFinishHook::new(&mut self.found);
            return myers::diff(&mut found, self.old, old, self.new, new);
        }
        if !old.is_empty() {
            self.found.delete(old.start, old.len(), new.start)?;
        }
        if !new.is_empty() {
            self.found.insert(old.end, new.start, new.len())?;
        }
        Ok(())
    }

    /// Returns the positions of the anchors in both ranges: the entries that occur once in each, as far as their
    /// order is the same.
    fn anchors(&self, old: Range<usize>, new: Range<usize>) -> Vec<(usize, usize)> {
        let mut in_old = unique_positions(self.old, old.clone());
        let in_new = unique_positions(self.new, new);
        let pairs: Vec<(usize, usize)> = old
            .filter_map(|at| {
                let number = self.old[at];
                let old_at = in_old.remove(&number).flatten()?;
                let new_at = in_new.get(&number).copied().flatten()?;
                Some((old_at, new_at))
            })
            .collect();
        longest_increasing(&pairs)
    }
}

/// Returns the position of each number of the range; `None` for a number that occurs more than once.
fn unique_positions(numbers: &[u32], range: Range<usize>) -> HashMap<u32, Option<usize>> {
    let mut places = HashMap::new();
    for at in range {
        places.entry(numbers[at]).and_modify(|place| *place = None).or_insert(Some(at));
    }
    places
}

/// Returns a longest subsequence of `pairs` whose second components increase (patience sorting). The first
/// components must increase already.
fn longest_increasing(pairs: &[(usize, usize)]) -> Vec<(usize, usize)> {
    // For each length, the last pair of the best subsequence; for each pair, the pair before it.
    let mut ends: Vec<usize> = Vec::new();
    let mut previous: Vec<Option<usize>> = Vec::with_capacity(pairs.len());
    for (at, (_, second)) in pairs.iter().enumerate() {
        let length = ends.partition_point(|end| pairs[*end].1 < *second);
        previous.push(length.checked_sub(1).map(|shorter| ends[shorter]));
        if length == ends.len() {
            ends.push(at);
        } else {
            ends[length] = at;
        }
    }
    let mut run: Vec<(usize, usize)> =
        std::iter::successors(ends.last().copied(), |at| previous[*at]).map(|at| pairs[at]).collect();
    run.reverse();
    run
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn applying_the_operations_turns_the_old_sequence_into_the_new(
            old in prop::collection::vec(0u32..12, 0..60),
            new in prop::collection::vec(0u32..12, 0..60),
            mut steps in prop_oneof![Just(0usize), Just(200), Just(1 << 20)],
        ) {
            let (mut old_at, mut new_at) = (0, 0);
            for op in operations(&old, &new, &mut steps) {
                let (tag, old_range, new_range) = op.as_tag_tuple();
                prop_assert_eq!((old_range.start, new_range.start), (old_at, new_at));
                (old_at, new_at) = (old_range.end, new_range.end);
                if tag == similar::DiffTag::Equal {
                    prop_assert_eq!(&old[old_range], &new[new_range]);
                }
            }
            prop_assert_eq!((old_at, new_at), (old.len(), new.len()));
        }
    }

    #[test]
    fn a_gap_beyond_the_budget_is_replaced_as_a_whole() {
        let (old, new) = ([1, 2, 1, 2, 1, 1], [2, 1, 1, 2, 2]);
        assert_eq!(operations(&old, &new, &mut 0).len(), 1);
        assert!(operations(&old, &new, &mut 1000).len() > 1);
    }
}
