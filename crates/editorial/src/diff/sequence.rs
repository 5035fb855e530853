//! How two sequences became one another, within bounds.
//!
//! Finding the shortest way costs up to the square of what changed. So what occurs once on both
//! sides holds the sequences together first ([patience](https://bramcohen.livejournal.com/73318.html)),
//! which costs little and reads well; the shortest way is looked for in the gaps between, as long
//! as the steps suffice. A gap beyond them is told as wholly replaced: longer than need be, and as
//! right. The steps are counted, not timed, so that the answer is the same on every machine.

use std::collections::HashMap;
use std::convert::Infallible;
use std::ops::Range;

use similar::DiffOp;
use similar::algorithms::{Capture, DiffHook, NoFinishHook, Replace, myers};

/// How often gaps are divided again by what occurs once in them.
const DEPTH: usize = 8;

/// The operations that make `new` of `old`, in order and without gaps. At most `steps` are taken in
/// looking for the shortest; they are counted down.
pub(super) fn operations(old: &[u32], new: &[u32], steps: &mut usize) -> Vec<DiffOp> {
    let mut search = Search { old, new, steps, found: Replace::new(Capture::new()) };
    let Ok(()) = search.compare(0..old.len(), 0..new.len(), DEPTH).and_then(|()| search.found.finish());
    search.found.into_inner().into_ops()
}

/// Numbers for texts: the same for equal ones.
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

    /// Compares what differs at both ends.
    fn compare_gap(&mut self, old: Range<usize>, new: Range<usize>, depth: usize) -> Result<(), Infallible> {
        let anchors = if depth == 0 || old.is_empty() || new.is_empty() {
            Vec::new()
        } else {
            self.anchors(old.clone(), new.clone())
        };
        if anchors.is_empty() {
            return self.compare_rest(old, new);
        }
        let (mut old_from, mut new_from) = (old.start, new.start);
        for (old_at, new_at) in anchors {
            self.compare(old_from..old_at, new_from..new_at, depth - 1)?;
            self.found.equal(old_at, new_at, 1)?;
            (old_from, new_from) = (old_at + 1, new_at + 1);
        }
        self.compare(old_from..old.end, new_from..new.end, depth - 1)
    }

    /// Compares what nothing holds together.
    fn compare_rest(&mut self, old: Range<usize>, new: Range<usize>) -> Result<(), Infallible> {
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

    /// Where in both ranges what occurs once in each is, as far as the order is the same.
    fn anchors(&self, old: Range<usize>, new: Range<usize>) -> Vec<(usize, usize)> {
        let mut places = once(self.old, old.clone());
        let in_new = once(self.new, new);
        let pairs: Vec<(usize, usize)> = old
            .filter_map(|at| {
                let number = self.old[at];
                let old_at = places.remove(&number).flatten()?;
                let new_at = in_new.get(&number).copied().flatten()?;
                Some((old_at, new_at))
            })
            .collect();
        longest_increasing(&pairs)
    }
}

/// Where each number of the range is; `None` for one that occurs more than once.
fn once(numbers: &[u32], range: Range<usize>) -> HashMap<u32, Option<usize>> {
    let mut places = HashMap::new();
    for at in range {
        places.entry(numbers[at]).and_modify(|place| *place = None).or_insert(Some(at));
    }
    places
}

/// The most pairs, ordered by their first, whose second increase as well (patience sorting).
fn longest_increasing(pairs: &[(usize, usize)]) -> Vec<(usize, usize)> {
    // The pair that ends the best run of each length, and before each pair the one that it follows.
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
        fn operations_make_the_new_of_the_old(
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
    fn a_gap_beyond_the_steps_is_replaced() {
        let (old, new) = ([1, 2, 1, 2, 1, 1], [2, 1, 1, 2, 2]);
        assert_eq!(operations(&old, &new, &mut 0).len(), 1);
        assert!(operations(&old, &new, &mut 1000).len() > 1);
    }
}
