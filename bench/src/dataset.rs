//! Generates a publication. The result depends only on the number of articles.

use domain::{ArticleId, Author, AuthorId, Id, Image, Slug, Tag, TagId, Timestamp, Topic, TopicId};

use crate::body::{Bodies, RenderedBody};
use crate::random::{Random, Zipf};
use crate::words::Prose;

/// The version of the generator. It changes when the generated data changes, so that old databases are not reused.
pub(crate) const VERSION: u32 = 1;

const SEED: u64 = 0x6772_6579_6d61_7474;
/// 1 November 2021, in microseconds since 1970: the first article's date.
const START: i64 = 1_635_724_800_000_000;
/// 1 November 2026: the exclusive end of the dates.
const END: i64 = 1_793_491_200_000_000;

const TAG_KINDS: [&str; 20] = [
    "Patient",
    "Physician",
    "Community",
    "Digital",
    "Local",
    "Mobile",
    "Clinical",
    "Pediatric",
    "Cardiac",
    "Cancer",
    "Maternity",
    "Emergency",
    "Surgical",
    "Rural",
    "Academic",
    "Virtual",
    "Seasonal",
    "Regional",
    "Nursing",
    "Volunteer",
];
const TAG_SUBJECTS: [&str; 10] = [
    "Outreach",
    "Reviews",
    "Portals",
    "Campaigns",
    "Analytics",
    "Email",
    "Search",
    "Video",
    "Accessibility",
    "Recruitment",
];
/// Each root topic with its children.
const TOPICS: [(&str, [&str; 2]); 4] = [
    ("Being Found", ["Search Engines", "Local Listings"]),
    ("Patient Experience", ["Patient Portals", "Scheduling"]),
    ("Campaigns and Content", ["Email Programs", "Video and Podcasts"]),
    ("Governance", ["Privacy and Consent", "Accessibility Standards"]),
];
const FIRST_NAMES: [&str; 10] =
    ["Amara", "Bo", "Chiara", "Dmitri", "Elena", "Farid", "Grace", "Hiro", "Ingrid", "Jonas"];
const LAST_NAMES: [&str; 5] = ["Okafor", "Lindqvist", "Marchetti", "Nakamura", "Whitfield"];

/// The tags, topics and authors, and the data from which articles are generated.
pub(crate) struct Dataset {
    pub(crate) tags: Vec<Tag>,
    pub(crate) topics: Vec<Topic>,
    pub(crate) authors: Vec<Author>,
    /// The number of articles.
    pub(crate) size: usize,
    popularity: Zipf,
    prose: Prose,
    bodies: Bodies,
}

/// An article. Its first version is published.
pub(crate) struct Article<'a> {
    pub(crate) id: ArticleId,
    pub(crate) slug: String,
    pub(crate) title: String,
    pub(crate) deck: Option<String>,
    pub(crate) hero: Option<Image>,
    pub(crate) tags: Vec<&'a Tag>,
    pub(crate) topics: Vec<&'a Topic>,
    pub(crate) authors: Vec<&'a Author>,
    pub(crate) body: &'a RenderedBody,
    /// The date that readers see. The article was created and published at that instant as well.
    pub(crate) date: Timestamp,
}

impl Dataset {
    pub(crate) fn new(size: usize) -> Self {
        let mut random = Random::new(SEED, 0);
        let prose = Prose::new();
        Self {
            tags: tags(&mut random),
            topics: topics(&mut random, &prose),
            authors: authors(&mut random, &prose),
            size,
            popularity: Zipf::new(TAG_KINDS.len() * TAG_SUBJECTS.len()),
            bodies: Bodies::new(&prose, &mut random, size),
            prose,
        }
    }

    /// Returns the slug of the most frequent tag.
    pub(crate) fn most_popular_tag() -> Slug {
        slug(&format!("{} {}", TAG_KINDS[0], TAG_SUBJECTS[0]))
    }

    /// Returns the instant at which the tags, topics and authors were created.
    pub(crate) fn start() -> Timestamp {
        instant(START)
    }

    /// Iterates over the articles, the oldest first.
    pub(crate) fn articles(&self) -> impl Iterator<Item = Article<'_>> {
        (0..self.size).map(|index| self.article(index))
    }

    fn article(&self, index: usize) -> Article<'_> {
        let mut random = Random::new(SEED, 1 + index as u64);
        let step = (END - START) / self.size.max(1) as i64;
        let date =
            START + step * index as i64 + random.below(usize::try_from(step).unwrap_or(1).max(1)) as i64;
        let date = instant(date);
        let title = self.prose.title(&mut random);
        let count = random.between(3, 6);
        let mut tags: Vec<&Tag> = Vec::with_capacity(count);
        while tags.len() < count {
            let tag = &self.tags[self.popularity.draw(&mut random)];
            if !tags.iter().any(|known| known.id == tag.id) {
                tags.push(tag);
            }
        }
        Article {
            id: ArticleId::new(date, random.bytes()),
            slug: format!("{}-{index}", title.to_lowercase().replace(' ', "-")),
            deck: (random.below(3) > 0).then(|| self.prose.sentence(&mut random)),
            hero: (random.below(2) == 0).then(|| hero(&mut random, &self.prose, index)),
            tags,
            topics: pick_some(&mut random, &self.topics, 2),
            authors: pick_some(&mut random, &self.authors, 2),
            body: self.bodies.of(index),
            title,
            date,
        }
    }
}

/// Picks 1 to `max` random entries, without duplicates.
fn pick_some<'a, T>(random: &mut Random, from: &'a [T], max: usize) -> Vec<&'a T> {
    let mut found: Vec<&T> = Vec::with_capacity(max);
    for _ in 0..random.between(1, max) {
        let one = random.pick(from);
        if !found.iter().any(|known| std::ptr::eq(*known, one)) {
            found.push(one);
        }
    }
    found
}

fn hero(random: &mut Random, prose: &Prose, index: usize) -> Image {
    Image {
        url: format!("https://images.hospital.example/{index}.jpg"),
        alt: Some(prose.sentence(random)),
        caption: (random.below(2) == 0).then(|| prose.sentence(random)),
        credit: Some("Communications".to_owned()),
        width: Some(1_600),
        height: Some(900),
    }
}

fn tags(random: &mut Random) -> Vec<Tag> {
    let names = (0..TAG_KINDS.len() * TAG_SUBJECTS.len()).map(|n| {
        // The subject advances by one more after each round of the kinds, so that all combinations differ.
        let kind = TAG_KINDS[n % TAG_KINDS.len()];
        let subject = TAG_SUBJECTS[(n + n / TAG_KINDS.len()) % TAG_SUBJECTS.len()];
        format!("{kind} {subject}")
    });
    names
        .map(|name| Tag {
            id: TagId::new(instant(START), random.bytes()),
            version: 1,
            slug: slug(&name),
            name,
            merged_into: None,
            deleted_at: None,
        })
        .collect()
}

fn topics(random: &mut Random, prose: &Prose) -> Vec<Topic> {
    let mut topics = Vec::new();
    for (position, (root, below)) in (0..).zip(TOPICS) {
        let parent = TopicId::new(instant(START), random.bytes());
        topics.push(topic(parent, root, Some(prose.sentence(random)), None, position));
        for (position, name) in (0..).zip(below) {
            let id = TopicId::new(instant(START), random.bytes());
            topics.push(topic(id, name, None, Some(parent), position));
        }
    }
    topics
}

fn topic(
    id: TopicId,
    name: &str,
    description: Option<String>,
    parent: Option<TopicId>,
    position: i32,
) -> Topic {
    Topic {
        id,
        version: 1,
        slug: slug(name),
        name: name.to_owned(),
        description,
        parent,
        position,
        merged_into: None,
        deleted_at: None,
    }
}

fn authors(random: &mut Random, prose: &Prose) -> Vec<Author> {
    let names = FIRST_NAMES.iter().flat_map(|first| LAST_NAMES.map(|last| format!("{first} {last}")));
    names
        .map(|name| Author {
            id: AuthorId::new(instant(START), random.bytes()),
            version: 1,
            merged_into: None,
            slug: slug(&name),
            name,
            job_title: Some("Editor".to_owned()),
            bio: Some(prose.sentence(random)),
        })
        .collect()
}

#[expect(clippy::expect_used, reason = "the names are letters and spaces")]
fn slug(name: &str) -> Slug {
    Slug::from_text(name).expect("a name makes a slug")
}

#[expect(clippy::expect_used, reason = "the dates lie between 2021 and 2026")]
fn instant(micros: i64) -> Timestamp {
    Timestamp::from_microsecond(micros).expect("a date of our time")
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;

    #[test]
    fn the_publication_has_the_documented_size() {
        let dataset = Dataset::new(500);
        assert_eq!((dataset.tags.len(), dataset.topics.len(), dataset.authors.len()), (200, 12, 50));
        assert_eq!(dataset.tags.iter().map(|tag| &tag.slug).collect::<HashSet<_>>().len(), 200);
        assert_eq!(dataset.tags[0].slug, Dataset::most_popular_tag());
        let articles: Vec<_> = dataset.articles().collect();
        assert_eq!(articles.iter().map(|article| &article.slug).collect::<HashSet<_>>().len(), 500);
        assert!(articles.is_sorted_by_key(|article| (article.date, article.id)));
        assert!(articles.iter().all(|article| (3..=6).contains(&article.tags.len())));
        assert!(articles.iter().all(|article| (2_850..4_000).contains(&article.body.body.markdown.len())));
        assert!(articles[0].date >= Dataset::start() && articles[499].date < instant(END));
    }
}
