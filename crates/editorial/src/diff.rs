//! How two revisions differ.

use std::fmt::Display;
use std::time::Duration;

use domain::{AuthorId, Content, Image, Seo, TagId, TopicId};
use similar::{ChangeTag, DiffOp, TextDiff};

/// How two revisions differ.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RevisionDiff {
    /// Everything but the body, in the order of the input's fields. What is alike is left out.
    pub fields: Vec<FieldChange>,
    /// The body.
    pub body: BodyDiff,
}

/// A field that differs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FieldChange {
    /// The path of the input field, like `heroImage.alt`.
    pub field: &'static str,
    /// What it was and what it is.
    pub change: Change,
}

/// What a field was and what it is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Change {
    /// A value, or none.
    Value {
        /// What it was.
        before: Option<String>,
        /// What it is.
        after: Option<String>,
    },
    /// A list of authors.
    Authors(ListChange<AuthorId>),
    /// A list of topics.
    Topics(ListChange<TopicId>),
    /// A list of tags.
    Tags(ListChange<TagId>),
    /// A list of addresses.
    Aliases(ListChange<String>),
}

/// How two lists differ.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ListChange<T> {
    /// What has come, in its order.
    pub added: Vec<T>,
    /// What has gone, in its order.
    pub removed: Vec<T>,
    /// Whether what has stayed is in another order.
    pub reordered: bool,
}

/// How two bodies differ.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct BodyDiff {
    /// The places that differ, with some lines around each.
    pub hunks: Vec<Hunk>,
    /// How many lines have come.
    pub added_lines: usize,
    /// How many lines have gone.
    pub removed_lines: usize,
    /// The same in the unified format of POSIX `diff -u`; empty when the bodies are alike.
    pub unified: String,
}

/// A place where two bodies differ. Line numbers count from 1, as in a unified diff.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Hunk {
    /// The first line in the old body.
    pub old_start: usize,
    /// How many lines of the old body it covers.
    pub old_lines: usize,
    /// The first line in the new body.
    pub new_start: usize,
    /// How many lines of the new body it covers.
    pub new_lines: usize,
    /// The lines.
    pub lines: Vec<DiffLine>,
}

/// A line of a hunk.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DiffLine {
    /// Whether it has stayed, come or gone.
    pub kind: LineKind,
    /// The line in parts, without its end: put together, they are the line.
    pub words: Vec<Word>,
    /// Whether a line feed ends it: only the last line of a body may have none.
    pub ends: bool,
}

/// What became of a line.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LineKind {
    /// It has stayed.
    Equal,
    /// It has come.
    Added,
    /// It has gone.
    Removed,
}

/// A part of a line.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Word {
    /// The text.
    pub text: String,
    /// Whether it differs from the line that it is compared with.
    pub changed: bool,
}

impl DiffLine {
    /// The line, without its end.
    #[must_use]
    pub fn text(&self) -> String {
        self.words.iter().map(|word| word.text.as_str()).collect()
    }
}

/// Lines around each difference.
const CONTEXT: usize = 3;
/// How long the differences of lines are sought; after that they are right, but not the smallest. Bodies
/// have at most 1 MiB.
const PATIENCE: Duration = Duration::from_millis(300);
/// How many lines that replace one another are compared word by word, and how many bytes they may have.
const WORD_LINES: usize = 100;
const WORD_BYTES: usize = 16 << 10;
/// How much of a diff is compared word by word in all.
const WORD_BUDGET: usize = 256 << 10;

/// How two revisions differ. `names` are what the unified text calls them.
#[must_use]
pub fn diff(before: &Content, after: &Content, names: [&str; 2]) -> RevisionDiff {
    let Content {
        slug,
        locale,
        title,
        deck,
        excerpt,
        body,
        hero_image,
        seo: Seo { title: seo_title, description: seo_description },
        authors,
        topics,
        tags,
        aliases,
        published_at,
    } = before;
    let mut fields = Fields(Vec::new());
    fields.value("slug", Some(slug), Some(&after.slug));
    fields.value("locale", Some(locale), Some(&after.locale));
    fields.value("title", Some(title), Some(&after.title));
    fields.value("deck", deck.as_ref(), after.deck.as_ref());
    fields.value("excerpt", excerpt.as_ref(), after.excerpt.as_ref());
    fields.image(hero_image.as_ref(), after.hero_image.as_ref());
    fields.list("authors", authors, &after.authors, Change::Authors);
    fields.list("topics", topics, &after.topics, Change::Topics);
    fields.list("tags", tags, &after.tags, Change::Tags);
    fields.value("seo.title", seo_title.as_ref(), after.seo.title.as_ref());
    fields.value("seo.description", seo_description.as_ref(), after.seo.description.as_ref());
    fields.list("aliases", aliases, &after.aliases, Change::Aliases);
    fields.value("publishedAt", published_at.as_ref(), after.published_at.as_ref());
    RevisionDiff { fields: fields.0, body: bodies(body, &after.body, names) }
}

struct Fields(Vec<FieldChange>);

impl Fields {
    fn value<T: Display + PartialEq>(&mut self, field: &'static str, before: Option<&T>, after: Option<&T>) {
        if before != after {
            let change = Change::Value {
                before: before.map(ToString::to_string),
                after: after.map(ToString::to_string),
            };
            self.0.push(FieldChange { field, change });
        }
    }

    fn image(&mut self, before: Option<&Image>, after: Option<&Image>) {
        const FIELDS: [&str; 6] = [
            "heroImage.url",
            "heroImage.alt",
            "heroImage.caption",
            "heroImage.credit",
            "heroImage.width",
            "heroImage.height",
        ];
        let parts = |image: Option<&Image>| -> [Option<String>; 6] {
            let Some(Image { url, alt, caption, credit, width, height }) = image.cloned() else {
                return Default::default();
            };
            let pixels = |n: Option<u32>| n.map(|n| n.to_string());
            [Some(url), alt, caption, credit, pixels(width), pixels(height)]
        };
        for (field, (before, after)) in FIELDS.into_iter().zip(parts(before).into_iter().zip(parts(after))) {
            self.value(field, before.as_ref(), after.as_ref());
        }
    }

    fn list<T: Clone + PartialEq>(
        &mut self,
        field: &'static str,
        before: &[T],
        after: &[T],
        change: impl FnOnce(ListChange<T>) -> Change,
    ) {
        if before == after {
            return;
        }
        let missing = |list: &[T], from: &[T]| -> Vec<T> {
            list.iter().filter(|entry| !from.contains(entry)).cloned().collect()
        };
        let (added, removed) = (missing(after, before), missing(before, after));
        let stayed = before.iter().filter(|entry| after.contains(entry));
        let reordered = !stayed.eq(after.iter().filter(|entry| before.contains(entry)));
        self.0.push(FieldChange { field, change: change(ListChange { added, removed, reordered }) });
    }
}

fn bodies(before: &str, after: &str, [old, new]: [&str; 2]) -> BodyDiff {
    if before == after {
        return BodyDiff::default();
    }
    // Lines as everybody else counts them: a carriage return alone is no end of a line.
    let old_lines: Vec<&str> = before.split_inclusive('\n').collect();
    let new_lines: Vec<&str> = after.split_inclusive('\n').collect();
    let diff =
        TextDiff::configure().timeout(PATIENCE).newline_terminated(true).diff_slices(&old_lines, &new_lines);
    let mut budget = WORD_BUDGET;
    let mut body = BodyDiff::default();
    for group in diff.grouped_ops(CONTEXT) {
        let (Some(first), Some(last)) = (group.first(), group.last()) else { continue };
        let (old, new) =
            (first.old_range().start..last.old_range().end, first.new_range().start..last.new_range().end);
        let mut lines = Vec::new();
        for op in &group {
            if let Some(bytes) = bytes_by_word(op, &diff).filter(|bytes| *bytes <= budget) {
                budget -= bytes;
                for change in diff.iter_inline_changes(op) {
                    let words =
                        change.iter_strings_lossy().map(|(changed, text)| (text.into_owned(), changed));
                    lines.push(line(change.tag(), words));
                }
            } else {
                for change in diff.iter_changes(op) {
                    let changed = change.tag() != ChangeTag::Equal;
                    lines.push(line(change.tag(), [(change.value().to_owned(), changed)]));
                }
            }
        }
        body.hunks.push(Hunk {
            old_start: start(&old),
            old_lines: old.len(),
            new_start: start(&new),
            new_lines: new.len(),
            lines,
        });
    }
    let count = |kind: LineKind| {
        body.hunks.iter().flat_map(|hunk| &hunk.lines).filter(|line| line.kind == kind).count()
    };
    (body.added_lines, body.removed_lines) = (count(LineKind::Added), count(LineKind::Removed));
    body.unified = diff.unified_diff().context_radius(CONTEXT).header(old, new).to_string();
    body
}

/// The number of a hunk's first line; of a hunk without lines, the one of the line before it.
fn start(range: &std::ops::Range<usize>) -> usize {
    if range.is_empty() { range.start } else { range.start + 1 }
}

/// The bytes of lines that replace one another, when they are few enough to be compared word by word.
fn bytes_by_word<'a>(op: &DiffOp, diff: &TextDiff<'a, 'a, str>) -> Option<usize> {
    let DiffOp::Replace { old_len, new_len, .. } = *op else { return None };
    if old_len + new_len > WORD_LINES {
        return None;
    }
    let bytes = diff.iter_changes(op).map(|change| change.value().len()).sum();
    (bytes <= WORD_BYTES).then_some(bytes)
}

fn line(tag: ChangeTag, words: impl IntoIterator<Item = (String, bool)>) -> DiffLine {
    let kind = match tag {
        ChangeTag::Equal => LineKind::Equal,
        ChangeTag::Insert => LineKind::Added,
        ChangeTag::Delete => LineKind::Removed,
    };
    let mut words: Vec<Word> = words.into_iter().map(|(text, changed)| Word { text, changed }).collect();
    let mut ends = false;
    if let Some(last) = words.last_mut()
        && last.text.ends_with('\n')
    {
        last.text.pop();
        ends = true;
    }
    words.retain(|word| !word.text.is_empty());
    DiffLine { kind, words, ends }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn content(body: &str) -> Content {
        Content {
            slug: domain::Slug::parse("a").unwrap(),
            locale: domain::Locale::english(),
            title: "T".to_owned(),
            deck: None,
            excerpt: None,
            body: body.to_owned(),
            hero_image: None,
            seo: Seo::default(),
            authors: Vec::new(),
            topics: Vec::new(),
            tags: Vec::new(),
            aliases: Vec::new(),
            published_at: None,
        }
    }

    fn body(before: &str, after: &str) -> BodyDiff {
        diff(&content(before), &content(after), ["version 1", "version 2"]).body
    }

    /// Does to the old body what the hunks say.
    fn patch(before: &str, diff: &BodyDiff) -> String {
        let old: Vec<&str> = before.split_inclusive('\n').collect();
        let (mut done, mut out) = (0, String::new());
        for hunk in &diff.hunks {
            let from = if hunk.old_lines == 0 { hunk.old_start } else { hunk.old_start - 1 };
            out.extend(old[done..from].iter().copied());
            for line in hunk.lines.iter().filter(|line| line.kind != LineKind::Removed) {
                out.push_str(&line.text());
                out.push_str(if line.ends { "\n" } else { "" });
            }
            done = from + hunk.old_lines;
        }
        out.extend(old[done..].iter().copied());
        out
    }

    #[test]
    fn words_that_changed_are_told_apart() {
        let diff = body("one\nthe quick fox\nthree\n", "one\nthe slow fox\nthree\n");
        assert_eq!((diff.added_lines, diff.removed_lines, diff.hunks.len()), (1, 1, 1));
        let hunk = &diff.hunks[0];
        assert_eq!((hunk.old_start, hunk.old_lines, hunk.new_start, hunk.new_lines), (1, 3, 1, 3));
        let added = hunk.lines.iter().find(|line| line.kind == LineKind::Added).unwrap();
        let changed: Vec<_> = added.words.iter().filter(|word| word.changed).map(|word| &word.text).collect();
        assert_eq!(changed, ["slow"]);
        assert_eq!(
            diff.unified,
            "--- version 1\n+++ version 2\n@@ -1,3 +1,3 @@\n one\n-the quick fox\n+the slow fox\n three\n"
        );
    }

    #[test]
    fn a_missing_last_line_feed_is_told() {
        let diff = body("a", "a\n");
        assert!(diff.unified.contains("\\ No newline at end of file"), "{}", diff.unified);
        assert_eq!(patch("a", &diff), "a\n");
    }

    #[test]
    fn fields_are_told_by_their_paths() {
        let mut after = content("x");
        after.title = "U".to_owned();
        after.aliases = vec!["/a".to_owned(), "/b".to_owned()];
        after.hero_image = Some(Image {
            url: "/a.png".to_owned(),
            alt: Some("A ward".to_owned()),
            caption: None,
            credit: None,
            width: Some(10),
            height: None,
        });
        let told = diff(&content("x"), &after, ["1", "2"]);
        let fields: Vec<_> = told.fields.iter().map(|change| change.field).collect();
        assert_eq!(fields, ["title", "heroImage.url", "heroImage.alt", "heroImage.width", "aliases"]);
        assert_eq!(told.body, BodyDiff::default());
        let mut again = after.clone();
        again.aliases.reverse();
        let told = diff(&after, &again, ["1", "2"]);
        let reordered = ListChange { added: vec![], removed: vec![], reordered: true };
        assert_eq!(told.fields, [FieldChange { field: "aliases", change: Change::Aliases(reordered) }]);
    }

    #[test]
    fn the_largest_bodies_are_compared_too() {
        let before: String = (0..200_000).map(|n| format!("{}\n", n % 7)).collect();
        let after: String = (0..200_000).map(|n| format!("{}\n", n % 5)).collect();
        assert_eq!(patch(&before, &body(&before, &after)), after);
        let (before, after) = ("a ".repeat(500_000), "b ".repeat(500_000));
        assert_eq!(patch(&before, &body(&before, &after)), after);
    }

    proptest! {
        #[test]
        fn what_the_hunks_say_makes_the_new_body(
            before in "([ab é\r]{0,4}\n?){0,12}", after in "([ab é\r]{0,4}\n?){0,12}"
        ) {
            let diff = body(&before, &after);
            prop_assert_eq!(patch(&before, &diff), after.clone());
            prop_assert_eq!(diff.hunks.is_empty(), before == after);
            for hunk in &diff.hunks {
                let count = |not: LineKind| hunk.lines.iter().filter(|line| line.kind != not).count();
                prop_assert_eq!((count(LineKind::Added), count(LineKind::Removed)), (hunk.old_lines, hunk.new_lines));
            }
        }
    }
}
