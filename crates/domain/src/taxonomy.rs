//! The taxonomy: all tags, topics and authors of one edition, in memory.

use std::collections::{BTreeSet, HashMap};

use crate::label_index::{Label, LabelIndex};
use crate::{Author, AuthorId, LabelId, Slug, Tag, TagId, Topic, TopicId};

/// All tags, topics and authors of one edition. They are few and change seldom, so a page of
/// articles looks up its labels here and not in the database.
#[derive(Debug, Clone, Default)]
pub struct Taxonomy {
    tags: LabelIndex<Tag>,
    topics: LabelIndex<Topic>,
    /// The current topics below each topic, in their order.
    children: HashMap<Option<TopicId>, Vec<TopicId>>,
    authors: LabelIndex<Author>,
}

/// The former slugs of labels, and the labels that had them.
#[derive(Debug, Clone, Default)]
pub struct FormerSlugs {
    /// The former slugs of tags.
    pub tags: Vec<(Slug, TagId)>,
    /// The former slugs of topics.
    pub topics: Vec<(Slug, TopicId)>,
    /// The former slugs of authors.
    pub authors: Vec<(Slug, AuthorId)>,
}

/// The current labels of an article.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CurrentLabels {
    /// The tags.
    pub tags: Vec<TagId>,
    /// The topics.
    pub topics: Vec<TopicId>,
    /// The authors.
    pub authors: Vec<AuthorId>,
}

impl Taxonomy {
    /// Indexes the rows of the database.
    #[must_use]
    pub fn new(tags: Vec<Tag>, topics: Vec<Topic>, authors: Vec<Author>, former: FormerSlugs) -> Self {
        let mut children: HashMap<_, Vec<TopicId>> = HashMap::new();
        let mut ordered: Vec<&Topic> = topics.iter().filter(|topic| topic.is_current()).collect();
        ordered.sort_by_cached_key(|topic| (topic.position, crate::sort_key(&topic.name), topic.id));
        for topic in ordered {
            children.entry(topic.parent).or_default().push(topic.id);
        }
        Self {
            tags: LabelIndex::new(tags, former.tags),
            topics: LabelIndex::new(topics, former.topics),
            children,
            authors: LabelIndex::new(authors, former.authors),
        }
    }

    /// Inserts a new tag.
    pub fn insert_tag(&mut self, tag: Tag) {
        self.tags.insert(tag);
    }

    /// Inserts a new topic as the last of its siblings.
    pub fn insert_topic(&mut self, topic: Topic) {
        self.children.entry(topic.parent).or_default().push(topic.id);
        self.topics.insert(topic);
    }

    /// Inserts a new author.
    pub fn insert_author(&mut self, author: Author) {
        self.authors.insert(author);
    }

    /// Returns the tag with this id, or the tag that it was merged into. It may be deleted.
    #[must_use]
    pub fn tag(&self, id: TagId) -> Option<&Tag> {
        self.tags.get(id)
    }

    /// Returns the tag with this current or former slug, or the tag that it was merged into. A deleted tag is not
    /// found.
    #[must_use]
    pub fn tag_by_slug(&self, slug: &str) -> Option<&Tag> {
        self.tags.by_slug(slug)
    }

    /// Returns the tag with this current or former slug. Unlike [`Taxonomy::tag_by_slug`], it does not follow
    /// merges, and finds deleted tags.
    #[must_use]
    pub fn tag_slug_owner(&self, slug: &str) -> Option<&Tag> {
        self.tags.slug_owner(slug)
    }

    /// Iterates over the tags that were neither merged nor deleted, in no particular order.
    pub fn tags(&self) -> impl Iterator<Item = &Tag> {
        self.tags.current()
    }

    /// Returns the tags with these ids in their order. It follows merges, drops unknown ids, and returns each tag
    /// once. A deleted tag is included, because old publications and revisions still name it.
    #[must_use]
    pub fn resolve_tags(&self, ids: &[TagId]) -> Vec<&Tag> {
        self.tags.resolve(ids)
    }

    /// Returns the topics with these ids, as [`Taxonomy::resolve_tags`] does for tags.
    #[must_use]
    pub fn resolve_topics(&self, ids: &[TopicId]) -> Vec<&Topic> {
        self.topics.resolve(ids)
    }

    /// Returns the authors with these ids, as [`Taxonomy::resolve_tags`] does for tags.
    #[must_use]
    pub fn resolve_authors(&self, ids: &[AuthorId]) -> Vec<&Author> {
        self.authors.resolve(ids)
    }

    /// Returns the labels that a new publication gets from these: merged labels are replaced, deleted ones left out.
    #[must_use]
    pub fn current_labels(&self, tags: &[TagId], topics: &[TopicId], authors: &[AuthorId]) -> CurrentLabels {
        CurrentLabels {
            tags: self.tags.resolve_current(tags),
            topics: self.topics.resolve_current(topics),
            authors: self.authors.resolve_current(authors),
        }
    }

    /// Iterates over the ids of the labels that were merged into one of `labels`.
    pub fn merged_into<'a>(&'a self, labels: &'a BTreeSet<LabelId>) -> impl Iterator<Item = LabelId> + 'a {
        let tags = self.tags.merged().map(|(from, into)| (from.id.into(), into.id.into()));
        let topics = self.topics.merged().map(|(from, into)| (from.id.into(), into.id.into()));
        let authors = self.authors.merged().map(|(from, into)| (from.id.into(), into.id.into()));
        let all = tags.chain(topics).chain(authors);
        all.filter(|(_, into): &(LabelId, LabelId)| labels.contains(into)).map(|(from, _)| from)
    }

    /// Returns the topic with this id, or the topic that replaced it. It may be deleted.
    #[must_use]
    pub fn topic(&self, id: TopicId) -> Option<&Topic> {
        self.topics.get(id)
    }

    /// Returns the topic with this current or former slug, or the topic that replaced it. A deleted topic is not
    /// found.
    #[must_use]
    pub fn topic_by_slug(&self, slug: &str) -> Option<&Topic> {
        self.topics.by_slug(slug)
    }

    /// Returns the topic with this current or former slug, even if it was replaced or deleted.
    #[must_use]
    pub fn topic_slug_owner(&self, slug: &str) -> Option<&Topic> {
        self.topics.slug_owner(slug)
    }

    /// Iterates over the topics that were neither replaced nor deleted, in no particular order.
    pub fn topics(&self) -> impl Iterator<Item = &Topic> {
        self.topics.current()
    }

    /// Iterates over the direct children of a topic in their order, or over the roots when `parent` is `None`.
    pub fn children(&self, parent: Option<TopicId>) -> impl Iterator<Item = &Topic> {
        self.children.get(&parent).into_iter().flatten().filter_map(|id| self.topics.get(*id))
    }

    /// Returns the ids of the topic and all its descendants, parents before children.
    #[must_use]
    pub fn subtree(&self, root: TopicId) -> Vec<TopicId> {
        let mut found = vec![root];
        let mut next = 0;
        while next < found.len() && found.len() <= self.topics.len() {
            found.extend(self.children.get(&Some(found[next])).into_iter().flatten());
            next += 1;
        }
        found
    }

    /// Returns the topics from the root to the topic itself. Empty when the id is unknown.
    #[must_use]
    pub fn path(&self, id: TopicId) -> Vec<&Topic> {
        let mut path = Vec::new();
        let mut next = self.topics.get(id);
        while let Some(topic) = next
            && path.len() <= self.topics.len()
        {
            path.push(topic);
            next = topic.parent.and_then(|parent| self.topics.get(parent));
        }
        path.reverse();
        path
    }

    /// Whether moving `topic` below `parent` would make it its own ancestor.
    #[must_use]
    pub fn would_cycle(&self, topic: TopicId, parent: TopicId) -> bool {
        self.subtree(topic).contains(&parent)
    }

    /// Returns the author with this id, or the author that replaced it.
    #[must_use]
    pub fn author(&self, id: AuthorId) -> Option<&Author> {
        self.authors.get(id)
    }

    /// Returns the author with this current or former slug, or the author that replaced it.
    #[must_use]
    pub fn author_by_slug(&self, slug: &str) -> Option<&Author> {
        self.authors.by_slug(slug)
    }

    /// Returns the author with this current or former slug, even if it was merged into another one.
    #[must_use]
    pub fn author_slug_owner(&self, slug: &str) -> Option<&Author> {
        self.authors.slug_owner(slug)
    }

    /// Iterates over the authors that were not merged into another one, in no particular order.
    pub fn authors(&self) -> impl Iterator<Item = &Author> {
        self.authors.current()
    }
}

#[cfg(test)]
mod tests {
    use jiff::Timestamp;
    use proptest::prelude::*;

    use super::*;
    use crate::Id;

    fn topic_id(n: usize) -> TopicId {
        TopicId::new(Timestamp::UNIX_EPOCH, [u8::try_from(n).unwrap(); 10])
    }

    fn topic(n: usize, parent: Option<usize>) -> Topic {
        let name = format!("t{n}");
        Topic {
            id: topic_id(n),
            version: 1,
            slug: Slug::from_text(&name).unwrap(),
            name,
            description: None,
            parent: parent.map(topic_id),
            position: 0,
            merged_into: None,
            deleted_at: None,
        }
    }

    fn tree_of(topics: &[Topic]) -> Taxonomy {
        Taxonomy::new(vec![], topics.to_vec(), vec![], FormerSlugs::default())
    }

    proptest! {
        /// Allowed moves never make a cycle: every path ends at a root.
        #[test]
        fn a_tree_stays_a_tree(moves in prop::collection::vec((0usize..12, 0usize..12), 0..60)) {
            let mut topics: Vec<Topic> = (0..12).map(|n| topic(n, None)).collect();
            for (child, parent) in moves {
                let tree = tree_of(&topics);
                if !tree.would_cycle(topic_id(child), topic_id(parent)) {
                    topics[child].parent = Some(topic_id(parent));
                }
                let tree = tree_of(&topics);
                let reached: usize = tree.children(None).map(|root| tree.subtree(root.id).len()).sum();
                prop_assert_eq!(reached, 12);
                for n in 0..12 {
                    let path = tree.path(topic_id(n));
                    prop_assert_eq!(path[0].parent, None);
                    prop_assert_eq!(path[path.len() - 1].id, topic_id(n));
                    for above in &path {
                        prop_assert!(tree.subtree(above.id).contains(&topic_id(n)));
                    }
                }
            }
        }
    }

    fn tag(n: u8, name: &str, merged_into: Option<u8>) -> Tag {
        Tag {
            id: tag_id(n),
            version: 1,
            slug: Slug::from_text(name).unwrap(),
            name: name.to_owned(),
            merged_into: merged_into.map(tag_id),
            deleted_at: None,
        }
    }

    fn tag_id(n: u8) -> TagId {
        TagId::new(Timestamp::UNIX_EPOCH, [n; 10])
    }

    #[test]
    fn looking_up_a_merged_tag_returns_its_target_once() {
        let former = FormerSlugs {
            tags: vec![(Slug::parse("social-media").unwrap(), tag_id(1))],
            ..FormerSlugs::default()
        };
        let tags = vec![tag(1, "Social", None), tag(2, "Socials", Some(1))];
        let taxonomy = Taxonomy::new(tags, vec![], vec![], former);
        for slug in ["social", "socials", "social-media"] {
            assert_eq!(taxonomy.tag_by_slug(slug).unwrap().name, "Social");
        }
        assert_eq!(taxonomy.resolve_tags(&[tag_id(2), tag_id(1)]).len(), 1);
        assert_eq!(taxonomy.tags().count(), 1);
        let social = BTreeSet::from([tag_id(1).into()]);
        assert_eq!(taxonomy.merged_into(&social).collect::<Vec<_>>(), [tag_id(2).into()]);
    }

    #[test]
    fn a_deleted_label_is_found_by_its_id_only() {
        let deleted = Tag { deleted_at: Some(Timestamp::UNIX_EPOCH), ..tag(1, "Gone", None) };
        let tags = vec![deleted, tag(2, "Past", Some(1)), tag(3, "Here", None)];
        let gone = Topic { deleted_at: Some(Timestamp::UNIX_EPOCH), ..topic(1, None) };
        let taxonomy = Taxonomy::new(tags, vec![gone], vec![], FormerSlugs::default());
        assert_eq!(taxonomy.tag_by_slug("gone"), None);
        assert_eq!(taxonomy.tag_by_slug("past"), None);
        assert_eq!(taxonomy.tag_slug_owner("past").unwrap().name, "Past");
        assert_eq!(taxonomy.tag(tag_id(2)).unwrap().name, "Gone");
        assert_eq!(taxonomy.tags().count(), 1);
        assert_eq!(taxonomy.children(None).count(), 0);
        assert_eq!(taxonomy.topic(topic_id(1)).unwrap().name, "t1");
        let current = taxonomy.current_labels(&[tag_id(1), tag_id(3)], &[topic_id(1)], &[]);
        assert_eq!((current.tags, current.topics), (vec![tag_id(3)], vec![]));
    }
}
