//! Compares two bodies line by line.

use std::fmt::Write as _;
use std::ops::Range;

use similar::{DiffTag, group_diff_ops};

use super::sequence::{Numbers, operations};
use super::words::{Words, plain, plain_line};
use super::{BodyDiff, DiffLine, Hunk, LineKind, Word};

/// The number of unchanged lines before and after a change.
const CONTEXT: usize = 3;

/// The budget for finding a shortest diff, in steps of [`operations`]: enough for about 5,800 lines without an
/// anchor, which take a fraction of a second.
const STEPS: usize = 1 << 25;

/// Compares two bodies.
pub(super) fn compare(before: &str, after: &str) -> BodyDiff {
    if before == after {
        return BodyDiff::default();
    }
    let old: Vec<&str> = before.split_inclusive('\n').collect();
    let new: Vec<&str> = after.split_inclusive('\n').collect();
    let mut numbers = Numbers::default();
    let old_numbers: Vec<u32> = old.iter().map(|line| numbers.number(line)).collect();
    let new_numbers: Vec<u32> = new.iter().map(|line| numbers.number(line)).collect();
    let ops = operations(&old_numbers, &new_numbers, &mut { STEPS });
    let mut words = Words::new();
    let mut body = BodyDiff::default();
    for group in group_diff_ops(ops, CONTEXT) {
        let mut lines = Vec::new();
        let (mut old_covered, mut new_covered) = (None, None);
        for op in group {
            let (tag, old_range, new_range) = op.as_tag_tuple();
            cover(&mut old_covered, &old_range);
            cover(&mut new_covered, &new_range);
            let (old, new) = (&old[old_range], &new[new_range]);
            if tag == DiffTag::Equal {
                lines.extend(old.iter().map(|line| {
                    let (text, newline) = split_newline(line);
                    DiffLine {
                        kind: LineKind::Equal,
                        text: text.to_owned(),
                        newline,
                        words: plain_line(text),
                    }
                }));
                continue;
            }
            body.removed_lines += old.len();
            body.added_lines += new.len();
            push_changed(old, new, &mut words, &mut lines);
        }
        let (old_start, old_lines) = hunk_range(old_covered);
        let (new_start, new_lines) = hunk_range(new_covered);
        body.hunks.push(Hunk { old_start, old_lines, new_start, new_lines, lines });
    }
    body
}

impl BodyDiff {
    /// Returns the unified diff, as `diff -u` writes it and `patch` reads it; empty when nothing changed.
    /// `old` and `new` are the names of the two texts; control characters in them become spaces.
    #[must_use]
    pub fn unified(&self, old: &str, new: &str) -> String {
        let Self { hunks, added_lines: _, removed_lines: _ } = self;
        if hunks.is_empty() {
            return String::new();
        }
        let mut out = format!("--- {}\n+++ {}\n", header_name(old), header_name(new));
        for Hunk { old_start, old_lines, new_start, new_lines, lines } in hunks {
            // Writing to a string cannot fail.
            let _ = writeln!(out, "@@ -{old_start},{old_lines} +{new_start},{new_lines} @@");
            for DiffLine { kind, text, newline, words: _ } in lines {
                out.push(match kind {
                    LineKind::Equal => ' ',
                    LineKind::Removed => '-',
                    LineKind::Added => '+',
                });
                out.push_str(text);
                out.push_str(if *newline { "\n" } else { "\n\\ No newline at end of file\n" });
            }
        }
        out
    }
}

/// Appends the lines of a changed place: the removed lines, then the added ones.
fn push_changed(old: &[&str], new: &[&str], words: &mut Words, lines: &mut Vec<DiffLine>) {
    let old: Vec<(&str, bool)> = old.iter().map(|line| split_newline(line)).collect();
    let new: Vec<(&str, bool)> = new.iter().map(|line| split_newline(line)).collect();
    let old_texts: Vec<&str> = old.iter().map(|(text, _)| *text).collect();
    let new_texts: Vec<&str> = new.iter().map(|(text, _)| *text).collect();
    let (old_words, new_words) = if old.is_empty() || new.is_empty() {
        (plain(&old_texts), plain(&new_texts))
    } else {
        words.compare(&old_texts, &new_texts)
    };
    let line = |kind, (text, newline): (&str, bool), words: Vec<Word>| DiffLine {
        kind,
        text: text.to_owned(),
        newline,
        words,
    };
    lines.extend(old.into_iter().zip(old_words).map(|(text, words)| line(LineKind::Removed, text, words)));
    lines.extend(new.into_iter().zip(new_words).map(|(text, words)| line(LineKind::Added, text, words)));
}

/// Returns a line without its line feed, and whether it had one.
fn split_newline(line: &str) -> (&str, bool) {
    line.strip_suffix('\n').map_or((line, false), |text| (text, true))
}

/// Extends the range that a hunk covers.
fn cover(covered: &mut Option<Range<usize>>, range: &Range<usize>) {
    let start = covered.as_ref().map_or(range.start, |covered| covered.start);
    *covered = Some(start..range.end);
}

/// Returns the first line and the number of lines, as a unified diff counts them.
fn hunk_range(covered: Option<Range<usize>>) -> (usize, usize) {
    let range = covered.unwrap_or_default();
    (if range.is_empty() { range.start } else { range.start + 1 }, range.len())
}

/// Returns the name of a text for the header, on one line. After a name with spaces comes a tab, as in
/// Git's diffs: otherwise `patch` would read the part after a space as a date.
fn header_name(name: &str) -> String {
    let mut header: String = name.chars().map(|c| if c.is_control() { ' ' } else { c }).collect();
    if header.contains(' ') {
        header.push('\t');
    }
    header
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_unified_diff_has_the_format_of_patch() {
        let before = "# Flu\n\nWash your hands.\n\n1\n2\n3\n4\n5\n6\nlast";
        let after = "# Flu\n\nWash your feet.\n\n1\n2\n3\n4\n5\n6\nlast\n";
        let body = compare(before, after);
        assert_eq!((body.added_lines, body.removed_lines), (2, 2));
        assert_eq!(
            body.unified("version 1", "b"),
            "--- version 1\t\n+++ b\n@@ -1,6 +1,6 @@\n # Flu\n \n-Wash your hands.\n+Wash your feet.\n \n 1\n 2\n\
             @@ -8,4 +8,4 @@\n 4\n 5\n 6\n-last\n\\ No newline at end of file\n+last\n"
        );
    }

    #[test]
    fn an_empty_text_starts_at_line_zero() {
        assert_eq!(compare("", "a\nb\n").unified("x", "y"), "--- x\n+++ y\n@@ -0,0 +1,2 @@\n+a\n+b\n");
        assert_eq!(
            compare("a", "").unified("x\ny", "y"),
            "--- x y\t\n+++ y\n@@ -1,1 +0,0 @@\n-a\n\\ No newline at end of file\n"
        );
        assert_eq!(compare("a", "a").unified("x", "y"), "");
    }
}
