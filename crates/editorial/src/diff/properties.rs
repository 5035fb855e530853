//! Property tests of the comparison.

use domain::Content;
use proptest::prelude::*;

use super::{BodyDiff, Hunk, LineKind, diff};
use crate::checks::sample;

/// Texts made from few different lines, so that many lines repeat, with and without a line feed at the end.
fn text() -> impl Strategy<Value = String> {
    let line = prop::sample::select(vec![
        "",
        "\r",
        "a",
        "b",
        "a b c",
        "a b d",
        "Wash your hands.",
        "Wash your feet.",
        "é ü",
        "日本語",
        "\t x",
    ]);
    (prop::collection::vec(line, 0..40), any::<bool>()).prop_map(|(lines, end)| {
        let mut text = lines.join("\n");
        text.push_str(if end { "\n" } else { "" });
        text
    })
}

fn compared(before: &str, after: &str) -> BodyDiff {
    let with = |body: &str| Content { body: body.to_owned(), ..sample() };
    let difference = diff(&with(before), &with(after));
    assert_eq!(difference.fields, []);
    difference.body
}

/// Applies the hunks to `before`, as `patch` would.
fn applied(before: &str, hunks: &[Hunk]) -> String {
    let old: Vec<&str> = before.split_inclusive('\n').collect();
    let mut out: Vec<String> = Vec::new();
    let mut at = 0;
    for hunk in hunks {
        let start = if hunk.old_lines == 0 { hunk.old_start } else { hunk.old_start - 1 };
        out.extend(old[at..start].iter().map(|line| (*line).to_owned()));
        at = start;
        assert_eq!(out.len(), if hunk.new_lines == 0 { hunk.new_start } else { hunk.new_start - 1 });
        let written = out.len();
        for line in &hunk.lines {
            let text = format!("{}{}", line.text, if line.newline { "\n" } else { "" });
            if line.kind != LineKind::Added {
                assert_eq!(old[at], text);
                at += 1;
            }
            if line.kind != LineKind::Removed {
                out.push(text);
            }
        }
        assert_eq!((at - start, out.len() - written), (hunk.old_lines, hunk.new_lines));
    }
    out.extend(old[at..].iter().map(|line| (*line).to_owned()));
    out.concat()
}

fn check(before: &str, after: &str) {
    let BodyDiff { hunks, added_lines, removed_lines } = compared(before, after);
    assert_eq!(applied(before, &hunks), after);
    let lines = || hunks.iter().flat_map(|hunk| &hunk.lines);
    let count = |kind| lines().filter(|line| line.kind == kind).count();
    assert_eq!((count(LineKind::Added), count(LineKind::Removed)), (added_lines, removed_lines));
    for line in lines() {
        let words: String = line.words.iter().map(|word| word.text.as_str()).collect();
        assert_eq!(words, line.text);
    }
}

proptest! {
    #[test]
    fn applying_the_hunks_turns_the_old_text_into_the_new(before in text(), after in text()) {
        check(&before, &after);
    }

    #[test]
    fn applying_the_hunks_works_for_any_text(before in "(\\PC|[\\n\\r ]){0,60}", after in "(\\PC|[\\n\\r ]){0,60}") {
        check(&before, &after);
    }

    #[test]
    fn equal_texts_do_not_differ(text in text()) {
        prop_assert_eq!(compared(&text, &text), BodyDiff::default());
    }
}

/// Hostile bodies of the maximum size. Each takes a fraction of a second. Without the limits, many would take
/// more than an hour.
#[test]
fn hostile_bodies_of_the_maximum_size_are_compared() {
    const SIZE: usize = 1 << 20;
    let of = |unit: &str| unit.repeat(SIZE / unit.len());
    let numbered = |from: usize| -> String { (from..from + SIZE / 8).map(|n| format!("{n:07}\n")).collect() };
    let reversed: String = numbered(0).lines().rev().map(|line| format!("{line}\n")).collect();
    let every_other = |unit: &str| -> String {
        (0..SIZE / 10).map(|n| if n % 2 == 0 { format!("{n:07}\n") } else { unit.to_owned() }).collect()
    };
    for (before, after) in [
        (of("\n"), of("\r\n")),
        (of("a\nb\n"), of("b\nb\na\n")),
        (of("a\na\nb\nc\n"), of("c\na\nb\nb\na\nc\nc\n")),
        (numbered(0), numbered(SIZE)),
        (numbered(0), reversed),
        (numbered(0), numbered(50)),
        (every_other("a\n"), every_other("b\n")),
        (of("a "), of("b a ")),
        (of("\u{301}"), of("a\u{301}")),
        (of("a\u{200d}"), of("a\u{ad}\u{200d}\n")),
    ] {
        check(&before, &after);
    }
}
