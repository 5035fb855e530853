//! Generated decisions are committed in both ways: as one statement, and as a transaction after a conflict. Afterwards,
//! all tables must be equal.

use std::sync::atomic::{AtomicBool, Ordering};

use domain::{
    Article, ArticleId, ArticleState, AuditAction, AuditRecord, AuditSubject, Author, AuthorId, Body,
    Content, EditionMark, Id, LIMITS, Locale, RedirectTarget, Revision, Seo, Slug, Tag, TagId, Timestamp,
    Topic, TopicId, WithdrawReason,
};
use persistence::{
    Attempt, Decided, IdempotentRequest, NewPublication, Person, SlugClaim, Store, StoreError, Write,
    WriteKind, WriteOrigin, WriteSet,
};
use proptest::prelude::*;
use proptest::strategy::ValueTree;

use super::seeded;
use crate::support::{Database, Env, Kind, sql};

/// The number of consecutive decisions.
const STEPS: usize = 120;
const ARTICLES: u8 = 4;
const TAGS: u8 = 4;
/// The number of topics, and of authors.
const TOPICS: u8 = 2;

/// A decision, without the rows that it reads.
#[derive(Debug, Clone)]
enum Step {
    /// A new or first version of an article.
    Save {
        article: u8,
        labels: u8,
        slug: u8,
        day: Option<i8>,
    },
    Publish {
        article: u8,
        note: bool,
    },
    Withdraw {
        article: u8,
        to: Option<u8>,
        note: bool,
    },
    Delete {
        article: u8,
    },
    RenameTag {
        tag: u8,
        slug: u8,
    },
    MergeTags {
        source: u8,
        target: u8,
    },
    DeleteTag {
        tag: u8,
    },
    MoveTopic {
        topic: u8,
        position: u8,
        slug: u8,
    },
    ReplaceTopic {
        source: u8,
        target: u8,
    },
    DeleteTopic {
        topic: u8,
    },
    RenameAuthor {
        author: u8,
        slug: u8,
    },
    MergeAuthors {
        source: u8,
        target: u8,
    },
}

fn step() -> impl Strategy<Value = Step> {
    let article = 0..ARTICLES;
    let (tags, topics) = (|| 0..TAGS, || 0..TOPICS);
    let tag = tags();
    prop_oneof![
        4 => (article.clone(), any::<u8>(), 0..3_u8, prop::option::of(-2..3_i8)).prop_map(
            |(article, labels, slug, day)| Step::Save { article, labels, slug, day }
        ),
        4 => (article.clone(), any::<bool>()).prop_map(|(article, note)| Step::Publish { article, note }),
        2 => (article.clone(), prop::option::of(0..ARTICLES), any::<bool>())
            .prop_map(|(article, to, note)| Step::Withdraw { article, to, note }),
        1 => article.prop_map(|article| Step::Delete { article }),
        1 => (tag.clone(), 0..3_u8).prop_map(|(tag, slug)| Step::RenameTag { tag, slug }),
        1 => (tag.clone(), tag).prop_map(|(source, target)| Step::MergeTags { source, target }),
        1 => tags().prop_map(|tag| Step::DeleteTag { tag }),
        1 => (topics(), 0..5_u8, 0..3_u8)
            .prop_map(|(topic, position, slug)| Step::MoveTopic { topic, position, slug }),
        1 => (topics(), topics()).prop_map(|(source, target)| Step::ReplaceTopic { source, target }),
        1 => topics().prop_map(|topic| Step::DeleteTopic { topic }),
        1 => (topics(), 0..3_u8).prop_map(|(author, slug)| Step::RenameAuthor { author, slug }),
        1 => (topics(), topics()).prop_map(|(source, target)| Step::MergeAuthors { source, target }),
    ]
}

fn id<T: Id>(number: u8) -> T {
    T::new(Timestamp::UNIX_EPOCH, [number; 10])
}

fn slug(text: &str) -> Slug {
    Slug::parse(text).unwrap()
}

fn day(day: i64) -> Timestamp {
    Timestamp::from_second(day * 24 * 60 * 60 + 60).unwrap()
}

/// The time of a step.
fn at(number: usize) -> Timestamp {
    Timestamp::from_second(1_700_000_000 + i64::try_from(number).unwrap()).unwrap()
}

fn record(number: usize, action: AuditAction, subject: AuditSubject) -> AuditRecord {
    AuditRecord::new(at(number), "tester", action, subject)
}

impl Step {
    fn kind(&self) -> WriteKind {
        match self {
            Self::Save { .. } | Self::Delete { .. } => WriteKind::Private,
            _ => WriteKind::Public,
        }
    }

    async fn decide(&self, number: usize, mut attempt: Attempt) -> Result<Decided<()>, StoreError> {
        let now = at(number);
        let mark = EditionMark::new(u64::try_from(number).unwrap().to_be_bytes());
        match *self {
            Self::Save { article, labels, slug, day } => {
                let found = attempt.article(id(article)).await?;
                let writes = save(number, article, found, content(article, labels, slug, day));
                Ok(attempt.commit(writes, ()))
            }
            Self::Publish { article, note } => {
                let found = attempt.article(id(article)).await?;
                let Some((article, revision)) = found.filter(|(found, _)| found.published_as_is().is_none())
                else {
                    return Ok(Decided::nothing(attempt, ()));
                };
                let edition = attempt.next_edition(mark, now).await?;
                let note = note.then(|| format!("Correction {number}"));
                let writes = publish(number, article.corrected(now, note), &revision, edition.number);
                let mut set = WriteSet::in_edition(edition, "tester");
                set.extend(writes);
                Ok(attempt.commit(set, ()))
            }
            Self::Withdraw { article, to, note } => {
                let found = attempt.article(id(article)).await?;
                let Some((article, _)) = found.filter(|(found, _)| found.published_version().is_some())
                else {
                    return Ok(Decided::nothing(attempt, ()));
                };
                let target = match to {
                    Some(to) => attempt.articles().find(id(to)).await?,
                    None => None,
                };
                let target = target.filter(|to| to.id != article.id && to.published_version().is_some());
                let target = target.map(|to| RedirectTarget::Article(to.id));
                let edition = attempt.next_edition(mark, now).await?;
                let owner = article.id;
                let reason = target.clone().map_or(WithdrawReason::Gone, WithdrawReason::Redirect);
                let version = article.version;
                let article = article.withdraw(version, reason, note.then(|| "Why".into()), now).unwrap();
                let record = record(number, AuditAction::ArticleWithdrawn, AuditSubject::Article(owner));
                let mut set = WriteSet::in_edition(edition, "tester").with(Write::Withdrawn(owner));
                set.push(Write::Article(article));
                set.extend(target.map(|to| Write::RedirectsMoved { from: owner, to }));
                Ok(attempt.commit(set.audit(record), ()))
            }
            Self::Delete { article } => {
                let found = attempt.article(id(article)).await?;
                let Some((article, _)) = found.filter(|(found, _)| found.state == ArticleState::Draft) else {
                    return Ok(Decided::nothing(attempt, ()));
                };
                let record = record(number, AuditAction::ArticleDeleted, AuditSubject::Article(article.id));
                let set = WriteSet::new().with(Write::ArticleRemoved(article.id)).audit(record);
                Ok(attempt.commit(set, ()))
            }
            Self::RenameTag { tag, slug: text } => {
                let edition = attempt.next_edition(mark, now).await?;
                let tags = attempt.taxonomy().load().await?;
                let current = tags.tag(id(tag)).filter(|found| found.id == id(tag)).cloned();
                let Some(current) = current else { return Ok(Decided::nothing(attempt, ())) };
                let next = slug(&format!("tag-{tag}-{text}"));
                let old_slug = (current.slug != next).then_some(current.slug);
                let renamed =
                    Tag { slug: next, version: current.version + 1, ..tags.tag(id(tag)).unwrap().clone() };
                let record = record(number, AuditAction::TagRenamed, AuditSubject::Tag(renamed.id));
                let set = WriteSet::in_edition(edition, "tester").with(Write::Tag { tag: renamed, old_slug });
                Ok(attempt.commit(set.audit(record), ()))
            }
            Self::MergeTags { source, target } => {
                let edition = attempt.next_edition(mark, now).await?;
                let tags = attempt.taxonomy().load().await?;
                let is_itself = |tag: u8| {
                    tags.tag(id(tag)).is_some_and(|found| found.id == id(tag) && found.deleted_at.is_none())
                };
                if source == target || !is_itself(source) || !is_itself(target) {
                    return Ok(Decided::nothing(attempt, ()));
                }
                let (source, target): (TagId, TagId) = (id(source), id(target));
                let record = record(number, AuditAction::TagMerged, AuditSubject::Tag(source));
                let set = WriteSet::in_edition(edition, "tester").with(Write::TagMerged { source, target });
                Ok(attempt.commit(set.audit(record), ()))
            }
            Self::DeleteTag { tag } => {
                let edition = attempt.next_edition(mark, now).await?;
                let tags = attempt.taxonomy().load().await?;
                let current =
                    tags.tag(id(tag)).filter(|found| found.id == id(tag) && found.deleted_at.is_none());
                let Some(current) = current else { return Ok(Decided::nothing(attempt, ())) };
                let record = record(number, AuditAction::TagDeleted, AuditSubject::Tag(current.id));
                let write = Write::TagDeleted { id: current.id, at: now };
                if attempt.taxonomy().uses(current.id.into()).await?.public > 0 {
                    return Ok(Decided::nothing(attempt, ()));
                }
                Ok(attempt.commit(WriteSet::in_edition(edition, "tester").with(write).audit(record), ()))
            }
            Self::MoveTopic { topic, position, slug: text } => {
                let edition = attempt.next_edition(mark, now).await?;
                let topics = attempt.taxonomy().load().await?;
                let Some(current) = topics.topic(id(topic)).filter(|found| found.id == id(topic)).cloned()
                else {
                    return Ok(Decided::nothing(attempt, ()));
                };
                let next = slug(&format!("topic-{topic}-{text}"));
                let old_slug = (current.slug != next).then(|| current.slug.clone());
                let (version, position) = (current.version + 1, i32::from(position));
                let topic = Topic { position, slug: next, version, ..current };
                let record = record(number, AuditAction::TopicMoved, AuditSubject::Topic(topic.id));
                let write = Write::Topic { topic, old_slug };
                Ok(attempt.commit(WriteSet::in_edition(edition, "tester").with(write).audit(record), ()))
            }
            Self::ReplaceTopic { source, target } => {
                let edition = attempt.next_edition(mark, now).await?;
                let topics = attempt.taxonomy().load().await?;
                let is_itself = |topic: u8| {
                    topics
                        .topic(id(topic))
                        .is_some_and(|found| found.id == id(topic) && found.deleted_at.is_none())
                };
                if source == target || !is_itself(source) || !is_itself(target) {
                    return Ok(Decided::nothing(attempt, ()));
                }
                let (source, target): (TopicId, TopicId) = (id(source), id(target));
                let record = record(number, AuditAction::TopicDeleted, AuditSubject::Topic(source));
                let write = Write::TopicMerged { source, target };
                Ok(attempt.commit(WriteSet::in_edition(edition, "tester").with(write).audit(record), ()))
            }
            Self::DeleteTopic { topic } => {
                let edition = attempt.next_edition(mark, now).await?;
                let topics = attempt.taxonomy().load().await?;
                let current = topics
                    .topic(id(topic))
                    .filter(|found| found.id == id(topic) && found.deleted_at.is_none());
                let Some(current) = current else { return Ok(Decided::nothing(attempt, ())) };
                if attempt.taxonomy().uses(current.id.into()).await?.public > 0 {
                    return Ok(Decided::nothing(attempt, ()));
                }
                let record = record(number, AuditAction::TopicDeleted, AuditSubject::Topic(current.id));
                let write = Write::TopicDeleted { id: current.id, at: now };
                Ok(attempt.commit(WriteSet::in_edition(edition, "tester").with(write).audit(record), ()))
            }
            Self::RenameAuthor { author, slug: text } => {
                let edition = attempt.next_edition(mark, now).await?;
                let authors = attempt.taxonomy().load().await?;
                let found = authors.author(id(author)).filter(|found| found.id == id(author)).cloned();
                let Some(current) = found else { return Ok(Decided::nothing(attempt, ())) };
                let next = slug(&format!("author-{author}-{text}"));
                let old_slug = (current.slug != next).then(|| current.slug.clone());
                let author = Author { slug: next, version: current.version + 1, ..current };
                let record = record(number, AuditAction::AuthorUpdated, AuditSubject::Author(author.id));
                let write = Write::Author { author, old_slug };
                Ok(attempt.commit(WriteSet::in_edition(edition, "tester").with(write).audit(record), ()))
            }
            Self::MergeAuthors { source, target } => {
                let edition = attempt.next_edition(mark, now).await?;
                let authors = attempt.taxonomy().load().await?;
                let is_itself =
                    |author: u8| authors.author(id(author)).is_some_and(|found| found.id == id(author));
                if source == target || !is_itself(source) || !is_itself(target) {
                    return Ok(Decided::nothing(attempt, ()));
                }
                let (source, target): (AuthorId, AuthorId) = (id(source), id(target));
                let record = record(number, AuditAction::AuthorMerged, AuditSubject::Author(source));
                let write = Write::AuthorMerged { source, target };
                Ok(attempt.commit(WriteSet::in_edition(edition, "tester").with(write).audit(record), ()))
            }
        }
    }
}

fn topic(number: u8) -> Topic {
    Topic {
        id: id(number),
        version: 1,
        slug: slug(&format!("topic-{number}")),
        name: format!("Topic {number}"),
        description: None,
        parent: None,
        position: 0,
        merged_into: None,
        deleted_at: None,
    }
}

fn author(number: u8) -> Author {
    Author {
        id: id(number),
        version: 1,
        slug: slug(&format!("author-{number}")),
        name: format!("Author {number}"),
        job_title: None,
        bio: None,
        merged_into: None,
    }
}

/// The content before the steps: an edition for each tag, topic and author.
fn first_labels() -> Vec<(Write, AuditRecord)> {
    let tags = (0..TAGS).map(|number| {
        let id: TagId = id(number);
        let (slug, name) = (slug(&format!("tag-{number}")), format!("Tag {number}"));
        let tag = Tag { id, version: 1, slug, name, merged_into: None, deleted_at: None };
        (Write::NewTag(tag), record(0, AuditAction::TagCreated, AuditSubject::Tag(id)))
    });
    let topics = (0..TOPICS).map(|number| {
        let record = record(0, AuditAction::TopicCreated, AuditSubject::Topic(id(number)));
        (Write::NewTopic(topic(number)), record)
    });
    let authors = (0..TOPICS).map(|number| {
        let record = record(0, AuditAction::AuthorCreated, AuditSubject::Author(id(number)));
        (Write::NewAuthor(author(number)), record)
    });
    tags.chain(topics).chain(authors).collect()
}

fn content(article: u8, labels: u8, number: u8, day_number: Option<i8>) -> Content {
    let has = |bit: u8| labels & (1 << bit) != 0;
    assert!(LIMITS.list > usize::from(TAGS));
    Content {
        slug: slug(&format!("article-{article}-{number}")),
        locale: Locale::english(),
        title: format!("Article {article}, {labels}"),
        deck: None,
        excerpt: None,
        body: "Text.".into(),
        hero_image: None,
        seo: Seo::default(),
        authors: (0..TOPICS).filter(|author| has(6 + author)).map(id).collect(),
        topics: (0..TOPICS).filter(|topic| has(4 + topic)).map(id).collect(),
        tags: (0..TAGS).filter(|tag| has(*tag)).map(id).collect(),
        // Some slugs belong to another article, and some to the article itself.
        aliases: vec![
            format!("/old/article-{}-0", (article + 1) % ARTICLES),
            format!("/x/article-{article}-1"),
        ],
        published_at: day_number.map(|number| day(i64::from(number))),
    }
}

fn save(number: usize, article: u8, found: Option<(Article, Revision)>, content: Content) -> WriteSet {
    let (owner, now): (ArticleId, Timestamp) = (id(article), at(number));
    let claim = SlugClaim { slug: content.slug.clone(), owner, is_public: false, is_required: false };
    let keep = vec![content.slug.clone()];
    let title = content.title.clone();
    let revision =
        |version| Revision { article: owner, version, content, created_at: now, actor: "tester".into() };
    match found {
        None => {
            let request = IdempotentRequest {
                actor: "tester".into(),
                key: format!("key-{number}"),
                path: "x".into(),
                fingerprint: vec![1],
            };
            WriteSet::new()
                .with(Write::Creation { request, created: owner.uuid(), edition: None, at: now })
                .with(Write::NewArticle(Article::create(owner, None, title, now)))
                .with(Write::SlugClaimed(claim))
                .with(Write::Revision(revision(1)))
                .audit(record(number, AuditAction::ArticleCreated, AuditSubject::Article(owner)))
        }
        Some((article, _)) => {
            let version = article.version;
            let article = article.edit(version, title, now).unwrap();
            WriteSet::new()
                .with(Write::Article(article))
                .with(Write::SlugClaimed(claim))
                .with(Write::Revision(revision(version + 1)))
                .with(Write::SlugsReleased { owner, keep })
                .audit(record(number, AuditAction::ArticleUpdated, AuditSubject::Article(owner)))
        }
    }
}

fn publish(number: usize, article: Article, revision: &Revision, edition: i64) -> Vec<Write> {
    let (owner, now, content) = (article.id, at(number), &revision.content);
    let replaces = article.published_version().is_some();
    let article = article.publish(revision.version, content.published_at, now, edition).unwrap();
    let body = Body {
        markdown: "Text.".into(),
        html: "<p>Text.</p>".into(),
        text: "Text.".into(),
        outline: Vec::new(),
        images: Vec::new(),
        word_count: 1,
        reading_time_minutes: 1,
    };
    let publication = NewPublication {
        article: owner,
        version: revision.version,
        edition,
        content: content.clone(),
        excerpt: "Text.".into(),
        body,
        external_ref: None,
        corrections: article.corrections.clone(),
        published_at: article.first_published_at.unwrap(),
        updated_at: now,
        replaces,
    };
    let mut slugs: Vec<_> = content.aliases.iter().filter_map(|alias| Slug::of_address(alias)).collect();
    slugs.push(content.slug.clone());
    slugs.sort();
    slugs.dedup();
    let claims: Vec<_> = slugs
        .iter()
        .map(|slug| SlugClaim { slug: slug.clone(), owner, is_public: true, is_required: false })
        .map(Write::SlugClaimed)
        .collect();
    let record = record(number, AuditAction::ArticlePublished, AuditSubject::Article(owner));
    [Write::Article(article), Write::Published(Box::new(publication))]
        .into_iter()
        .chain(claims)
        .chain([Write::SlugsReleased { owner, keep: slugs }, Write::Audit(record.in_edition(edition))])
        .collect()
}

/// Commits these steps to an empty database. If `conflict_once` is true, the first attempt of each step has a conflict.
fn commit_all(database: &Database, steps: &[Step], conflict_once: bool) {
    sql::runtime().block_on(async {
        let store = Store::connect(database.url()).await.unwrap();
        store.migrate().await.unwrap();
        store.refresh().await.unwrap();
        for (number, (write, record)) in first_labels().into_iter().enumerate() {
            let (write, record) = (&write, &record);
            commit(&store, number, WriteKind::Public, conflict_once, |mut attempt| async move {
                let mark = EditionMark::new([0xff; 8]);
                let edition = attempt.next_edition(mark, at(0)).await?;
                let set = WriteSet::in_edition(edition, "tester").with(write.clone()).audit(record.clone());
                Ok(attempt.commit(set, ()))
            })
            .await;
        }
        for (number, step) in steps.iter().enumerate() {
            commit(&store, number, step.kind(), conflict_once, |attempt| step.decide(number, attempt)).await;
        }
    });
}

async fn commit<F>(
    store: &Store,
    number: usize,
    kind: WriteKind,
    conflict_once: bool,
    decide: impl Fn(Attempt) -> F,
) where
    F: Future<Output = Result<Decided<()>, StoreError>>,
{
    let origin = WriteOrigin {
        request_id: Some(format!("step-{number}")),
        write: i64::try_from(number).unwrap(),
        person: Some(Person { actor: "tester".into(), name: format!("Name {}", number / 10) }),
    };
    let had_conflict = AtomicBool::new(!conflict_once);
    let (had_conflict, decide) = (&had_conflict, &decide);
    let decided = |attempt: Attempt| async move {
        if !had_conflict.swap(true, Ordering::Relaxed) {
            return Err(StoreError::Conflict("made by the test".to_owned()));
        }
        // After a conflict, no other write can interfere.
        assert!(!conflict_once || attempt.holds_locks());
        decide(attempt).await
    };
    store.commit(origin, kind, decided).await.unwrap_or_else(|error| panic!("step {number}: {error}"));
}

/// Every row of every table, without the random values of an empty database.
fn rows(database: &Database) -> Vec<String> {
    const TABLES: &str = "SELECT table_name::text FROM information_schema.tables \
                          WHERE table_schema = 'public' AND table_name <> 'seaql_migrations' ORDER BY 1";
    sql::texts(database.url(), TABLES)
        .into_iter()
        .flat_map(|table| {
            let rows = format!("SELECT (to_jsonb(t) - 'empty_mark')::text FROM {table} t ORDER BY 1");
            sql::texts(database.url(), &rows).into_iter().map(move |row| format!("{table}: {row}"))
        })
        .collect()
}

/// Asserts that the listing and the counts match the live publications.
fn check_counts(database: &Database) {
    for wrong in [
        "SELECT count(*) FROM listing l WHERE NOT EXISTS (SELECT 1 FROM publication p WHERE p.id = l.publication \
         AND p.article = l.article AND p.published_at = l.published_at AND p.until_edition IS NULL)",
        "SELECT count(*) FROM label_count c WHERE c.articles <> \
         (SELECT count(*) FROM listing l WHERE l.label = c.label)",
        "SELECT count(*) FROM listing l WHERE NOT EXISTS (SELECT 1 FROM label_count c WHERE c.label = l.label)",
        "SELECT (SELECT count(*) FROM publication WHERE until_edition IS NULL) \
         - (SELECT COALESCE(CAST(sum(articles) AS bigint), 0) FROM day_count)",
        "SELECT count(*) FROM day_count WHERE articles < 0",
        "SELECT (SELECT count(*) FROM article WHERE state = 'PUBLISHED') \
         - (SELECT count(*) FROM publication WHERE until_edition IS NULL)",
        "SELECT (SELECT count(*) FROM edition) - (SELECT number FROM edition_counter)",
    ] {
        assert_eq!(database.number(wrong), 0, "{wrong}");
    }
}

both! {
    fn the_listing_and_the_counts_follow_every_write(env: &Env) {
        seeded(|seed, runner| {
            let steps = prop::collection::vec(step(), STEPS).new_tree(runner).unwrap().current();
            println!("GREYMATTERS_TEST_SEED={seed} repeats these steps");
            let database = env.database();
            commit_all(&database, &steps, false);
            check_counts(&database);
        });
    }
}

#[test]
fn one_statement_stores_what_a_transaction_stores() {
    Env::run(Kind::Postgres, |env| {
        seeded(|seed, runner| {
            let steps = prop::collection::vec(step(), STEPS).new_tree(runner).unwrap().current();
            println!("GREYMATTERS_TEST_SEED={seed} repeats these steps");
            let (by_statement, by_transaction) = (env.database(), env.database());
            commit_all(&by_statement, &steps, false);
            commit_all(&by_transaction, &steps, true);
            let (one, other) = (rows(&by_statement), rows(&by_transaction));
            assert!(one.len() > STEPS, "{one:#?}");
            for (one, other) in one.iter().zip(&other) {
                assert_eq!(one, other);
            }
            assert_eq!(one.len(), other.len());
            check_counts(&by_transaction);
        });
    });
}
