//! Compares the fields other than the body.

use std::collections::BTreeSet;

use domain::{Content, Image, Seo};

use super::{FieldChange, FieldChangeKind, ListChange};

/// Returns the fields other than the body that changed, in the order of the article input.
pub(super) fn changes(before: &Content, after: &Content) -> Vec<FieldChange> {
    let Content {
        slug,
        locale,
        title,
        deck,
        excerpt,
        body: _,
        hero_image,
        seo: Seo { title: seo_title, description: seo_description },
        authors,
        topics,
        tags,
        aliases,
        published_at,
    } = before;
    let mut changes = Changes(Vec::new());
    changes.text("slug", Some(slug), Some(&after.slug));
    changes.text("title", Some(title), Some(&after.title));
    changes.text("deck", deck.as_ref(), after.deck.as_ref());
    changes.text("excerpt", excerpt.as_ref(), after.excerpt.as_ref());
    changes.image(hero_image.as_ref(), after.hero_image.as_ref());
    changes.list("authors", FieldChangeKind::Authors, authors, &after.authors);
    changes.list("topics", FieldChangeKind::Topics, topics, &after.topics);
    changes.list("tags", FieldChangeKind::Tags, tags, &after.tags);
    changes.text("locale", Some(locale), Some(&after.locale));
    changes.text("seo.title", seo_title.as_ref(), after.seo.title.as_ref());
    changes.text("seo.description", seo_description.as_ref(), after.seo.description.as_ref());
    changes.list("aliases", FieldChangeKind::Aliases, aliases, &after.aliases);
    changes.text("publishedAt", published_at.as_ref(), after.published_at.as_ref());
    changes.0
}

struct Changes(Vec<FieldChange>);

impl Changes {
    fn text<T: PartialEq + ToString>(&mut self, field: &'static str, before: Option<&T>, after: Option<&T>) {
        if before != after {
            let kind = FieldChangeKind::Text {
                before: before.map(ToString::to_string),
                after: after.map(ToString::to_string),
            };
            self.0.push(FieldChange { field, kind });
        }
    }

    /// Compares two images. When one of them is missing, every field of the other one counts as changed.
    fn image(&mut self, before: Option<&Image>, after: Option<&Image>) {
        let [before, after] = [before, after].map(ImageFields::of);
        self.text("heroImage.url", before.url, after.url);
        self.text("heroImage.alt", before.alt, after.alt);
        self.text("heroImage.caption", before.caption, after.caption);
        self.text("heroImage.credit", before.credit, after.credit);
        self.text("heroImage.width", before.width, after.width);
        self.text("heroImage.height", before.height, after.height);
    }

    fn list<T: Clone + Ord>(
        &mut self,
        field: &'static str,
        kind: fn(ListChange<T>) -> FieldChangeKind,
        before: &[T],
        after: &[T],
    ) {
        if before == after {
            return;
        }
        let (added, common_after) = split_by(after, before);
        let (removed, common_before) = split_by(before, after);
        let reordered = common_before != common_after;
        self.0.push(FieldChange { field, kind: kind(ListChange { added, removed, reordered }) });
    }
}

/// The fields of an image; all are `None` when there is no image.
#[derive(Default)]
struct ImageFields<'a> {
    url: Option<&'a String>,
    alt: Option<&'a String>,
    caption: Option<&'a String>,
    credit: Option<&'a String>,
    width: Option<&'a u32>,
    height: Option<&'a u32>,
}

impl<'a> ImageFields<'a> {
    fn of(image: Option<&'a Image>) -> Self {
        let Some(Image { url, alt, caption, credit, width, height }) = image else { return Self::default() };
        Self {
            url: Some(url),
            alt: alt.as_ref(),
            caption: caption.as_ref(),
            credit: credit.as_ref(),
            width: width.as_ref(),
            height: height.as_ref(),
        }
    }
}

/// Splits a list into the entries that `other` does not have and those that it has.
fn split_by<T: Clone + Ord>(list: &[T], other: &[T]) -> (Vec<T>, Vec<T>) {
    let other: BTreeSet<&T> = other.iter().collect();
    list.iter().cloned().partition(|entry| !other.contains(entry))
}

#[cfg(test)]
mod tests {
    use domain::{Id, TagId, Timestamp};

    use super::*;
    use crate::checks::sample;

    fn tag(number: u8) -> TagId {
        TagId::new(Timestamp::UNIX_EPOCH, [number; 10])
    }

    #[test]
    fn every_changed_field_is_listed_once() {
        let before = Content { hero_image: None, ..sample() };
        let after = Content {
            slug: domain::Slug::parse("other").unwrap(),
            locale: "fr".parse().unwrap(),
            title: "Other".to_owned(),
            deck: None,
            excerpt: Some("Teaser".to_owned()),
            body: "Other".to_owned(),
            hero_image: Some(Image {
                url: "/a.png".to_owned(),
                alt: Some("A ward".to_owned()),
                caption: None,
                credit: None,
                width: Some(640),
                height: None,
            }),
            seo: Seo { title: Some("T".to_owned()), description: Some("D".to_owned()) },
            authors: Vec::new(),
            topics: Vec::new(),
            tags: Vec::new(),
            aliases: vec!["/old".to_owned()],
            published_at: Some(Timestamp::UNIX_EPOCH),
        };
        let fields: Vec<_> = changes(&before, &after).iter().map(|change| change.field).collect();
        assert_eq!(
            fields,
            [
                "slug",
                "title",
                "deck",
                "excerpt",
                "heroImage.url",
                "heroImage.alt",
                "heroImage.width",
                "authors",
                "topics",
                "tags",
                "locale",
                "seo.title",
                "seo.description",
                "aliases",
                "publishedAt",
            ]
        );
        assert_eq!(changes(&before, &before), []);
    }

    #[test]
    fn a_changed_scalar_has_both_values() {
        let before = sample();
        let after = Content { published_at: Some(Timestamp::UNIX_EPOCH), ..sample() };
        let kind = FieldChangeKind::Text { before: None, after: Some("1970-01-01T00:00:00Z".to_owned()) };
        assert_eq!(changes(&before, &after), [FieldChange { field: "publishedAt", kind }]);
    }

    #[test]
    fn a_changed_list_has_what_was_added_removed_and_reordered() {
        let with = |tags: &[u8]| Content { tags: tags.iter().map(|n| tag(*n)).collect(), ..sample() };
        let change = |before: &[u8], after: &[u8]| match changes(&with(before), &with(after)).pop() {
            Some(FieldChange { field: "tags", kind: FieldChangeKind::Tags(change) }) => change,
            other => panic!("{other:?}"),
        };
        assert_eq!(
            change(&[1, 2, 3], &[3, 4, 1]),
            ListChange { added: vec![tag(4)], removed: vec![tag(2)], reordered: true }
        );
        assert_eq!(
            change(&[1, 2], &[1, 3, 2]),
            ListChange { added: vec![tag(3)], removed: vec![], reordered: false }
        );
    }
}
