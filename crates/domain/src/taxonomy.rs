//! The taxonomy: all tags, topics and authors of one edition, in memory.

use std::collections::{BTreeSet, HashMap};

use crate::{Author, AuthorId, LabelId, Slug, Tag, TagId, Topic, TopicId};

/// All tags, topics and authors of one edition. They are few and change seldom, so a page of
/// articles looks up its labels here and not in the database.
#[derive(Debug, Clone, Default)]
pub struct Taxonomy {
    tags: HashMap<TagId, Tag>,
    tag_slugs: HashMap<Slug, TagId>,
    topics: HashMap<TopicId, Topic>,
    topic_slugs: HashMap<Slug, TopicId>,
    children: HashMap<Option<TopicId>, Vec<TopicId>>,
    authors: HashMap<AuthorId, Author>,
    author_slugs: HashMap<Slug, AuthorId>,
}

impl Taxonomy {
    /// Indexes the rows of the database. `old_tag_slugs` are the former slugs of tags.
    #[must_use]
    pub fn new(
        tags: Vec<Tag>,
        old_tag_slugs: Vec<(Slug, TagId)>,
        topics: Vec<Topic>,
        authors: Vec<Author>,
    ) -> Self {
        let mut tag_slugs: HashMap<_, _> = old_tag_slugs.into_iter().collect();
        tag_slugs.extend(tags.iter().map(|tag| (tag.slug.clone(), tag.id)));
        let mut children: HashMap<_, Vec<TopicId>> = HashMap::new();
        let mut ordered: Vec<&Topic> = topics.iter().collect();
        ordered.sort_by_cached_key(|topic| (topic.position, crate::sort_key(&topic.name), topic.id));
        for topic in ordered {
            children.entry(topic.parent).or_default().push(topic.id);
        }
        Self {
            tag_slugs,
            tags: tags.into_iter().map(|tag| (tag.id, tag)).collect(),
            topic_slugs: topics.iter().map(|topic| (topic.slug.clone(), topic.id)).collect(),
            topics: topics.into_iter().map(|topic| (topic.id, topic)).collect(),
            children,
            author_slugs: authors.iter().map(|author| (author.slug.clone(), author.id)).collect(),
            authors: authors.into_iter().map(|author| (author.id, author)).collect(),
        }
    }

    /// Inserts a new tag.
    pub fn insert_tag(&mut self, tag: Tag) {
        self.tag_slugs.insert(tag.slug.clone(), tag.id);
        self.tags.insert(tag.id, tag);
    }

    /// Inserts a new topic as the last of its siblings.
    pub fn insert_topic(&mut self, topic: Topic) {
        self.topic_slugs.insert(topic.slug.clone(), topic.id);
        self.children.entry(topic.parent).or_default().push(topic.id);
        self.topics.insert(topic.id, topic);
    }

    /// Inserts a new author.
    pub fn insert_author(&mut self, author: Author) {
        self.author_slugs.insert(author.slug.clone(), author.id);
        self.authors.insert(author.id, author);
    }

    /// Returns the tag with this id, or the tag that it was merged into.
    #[must_use]
    pub fn tag(&self, id: TagId) -> Option<&Tag> {
        let mut tag = self.tags.get(&id)?;
        // The database stores merges flattened, so one step is enough. The bound guards against a corrupt database.
        for _ in 0..8 {
            match tag.merged_into {
                None => return Some(tag),
                Some(target) => tag = self.tags.get(&target)?,
            }
        }
        None
    }

    /// Returns the tag with this current or former slug, or the tag that it was merged into.
    #[must_use]
    pub fn tag_by_slug(&self, slug: &str) -> Option<&Tag> {
        self.tag(*self.tag_slugs.get(slug)?)
    }

    /// Returns the tag with this current or former slug. Unlike [`Taxonomy::tag_by_slug`], it does not follow
    /// merges.
    #[must_use]
    pub fn tag_slug_owner(&self, slug: &str) -> Option<&Tag> {
        self.tags.get(self.tag_slugs.get(slug)?)
    }

    /// Iterates over the tags that were not merged into another one, in no particular order.
    pub fn tags(&self) -> impl Iterator<Item = &Tag> {
        self.tags.values().filter(|tag| tag.merged_into.is_none())
    }

    /// Returns the tags with these ids in their order. It follows merges, drops unknown ids, and returns each tag
    /// once.
    #[must_use]
    pub fn resolve_tags(&self, ids: &[TagId]) -> Vec<&Tag> {
        let mut found: Vec<&Tag> = Vec::with_capacity(ids.len());
        for tag in ids.iter().filter_map(|&id| self.tag(id)) {
            if !found.iter().any(|known| known.id == tag.id) {
                found.push(tag);
            }
        }
        found
    }

    /// Iterates over the ids of the tags that were merged into one of `labels`.
    pub fn merged_into<'a>(&'a self, labels: &'a BTreeSet<LabelId>) -> impl Iterator<Item = LabelId> + 'a {
        let merged = self.tags.values().filter(|tag| tag.merged_into.is_some());
        merged
            .filter(|tag| self.tag(tag.id).is_some_and(|target| labels.contains(&target.id.into())))
            .map(|tag| tag.id.into())
    }

    /// Returns the topic with this id.
    #[must_use]
    pub fn topic(&self, id: TopicId) -> Option<&Topic> {
        self.topics.get(&id)
    }

    /// Returns the topic with this slug.
    #[must_use]
    pub fn topic_by_slug(&self, slug: &str) -> Option<&Topic> {
        self.topic(*self.topic_slugs.get(slug)?)
    }

    /// Iterates over all topics, in no particular order.
    pub fn topics(&self) -> impl Iterator<Item = &Topic> {
        self.topics.values()
    }

    /// Iterates over the direct children of a topic in their order, or over the roots when `parent` is `None`.
    pub fn children(&self, parent: Option<TopicId>) -> impl Iterator<Item = &Topic> {
        self.children.get(&parent).into_iter().flatten().filter_map(|id| self.topics.get(id))
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
        let mut next = self.topics.get(&id);
        while let Some(topic) = next
            && path.len() <= self.topics.len()
        {
            path.push(topic);
            next = topic.parent.and_then(|parent| self.topics.get(&parent));
        }
        path.reverse();
        path
    }

    /// Whether moving `topic` below `parent` would make it its own ancestor.
    #[must_use]
    pub fn would_cycle(&self, topic: TopicId, parent: TopicId) -> bool {
        self.subtree(topic).contains(&parent)
    }

    /// Returns the author with this id.
    #[must_use]
    pub fn author(&self, id: AuthorId) -> Option<&Author> {
        self.authors.get(&id)
    }

    /// Returns the author with this slug.
    #[must_use]
    pub fn author_by_slug(&self, slug: &str) -> Option<&Author> {
        self.author(*self.author_slugs.get(slug)?)
    }

    /// Iterates over all authors, in no particular order.
    pub fn authors(&self) -> impl Iterator<Item = &Author> {
        self.authors.values()
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
        }
    }

    proptest! {
        /// Allowed moves never make a cycle: every path ends at a root.
        #[test]
        fn a_tree_stays_a_tree(moves in prop::collection::vec((0usize..12, 0usize..12), 0..60)) {
            let mut topics: Vec<Topic> = (0..12).map(|n| topic(n, None)).collect();
            for (child, parent) in moves {
                let tree = Taxonomy::new(vec![], vec![], topics.clone(), vec![]);
                if !tree.would_cycle(topic_id(child), topic_id(parent)) {
                    topics[child].parent = Some(topic_id(parent));
                }
                let tree = Taxonomy::new(vec![], vec![], topics.clone(), vec![]);
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

    #[test]
    fn looking_up_a_merged_tag_returns_its_target_once() {
        let id = |n: u8| TagId::new(Timestamp::UNIX_EPOCH, [n; 10]);
        let tag = |n: u8, name: &str, merged_into| Tag {
            id: id(n),
            version: 1,
            slug: Slug::from_text(name).unwrap(),
            name: name.to_owned(),
            merged_into,
        };
        let taxonomy = Taxonomy::new(
            vec![tag(1, "Social", None), tag(2, "Socials", Some(id(1)))],
            vec![(Slug::parse("social-media").unwrap(), id(1))],
            vec![],
            vec![],
        );
        for slug in ["social", "socials", "social-media"] {
            assert_eq!(taxonomy.tag_by_slug(slug).unwrap().name, "Social");
        }
        assert_eq!(taxonomy.resolve_tags(&[id(2), id(1)]).len(), 1);
        assert_eq!(taxonomy.tags().count(), 1);
    }
}
