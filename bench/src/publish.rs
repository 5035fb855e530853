//! Writes the rows of a publication directly, without the server: first the tags, topics and authors, then
//! the articles. Each is created and published once, in its own edition. Only the audit log stays empty.

use std::collections::BTreeMap;

use domain::{
    ArticleId, Author, AuthorId, Id, Image, LabelId, Tag, TagId, Timestamp, Topic, TopicId, sort_key,
    title_key,
};

use crate::dataset::{Article, Dataset};
use crate::failure::Result;
use crate::table::{Table, Value};

/// The actor of the writes: the operator, as on the command line.
const ACTOR: &str = "cli";
/// A day, in microseconds.
const DAY: i64 = 24 * 60 * 60 * 1_000_000;

/// A query that returns 0 on an empty database.
pub(crate) const EMPTY: &str = "SELECT number + (SELECT count(*) FROM article) FROM edition_counter";

/// Receives the rows of a publication.
pub(crate) trait Sink {
    /// Receives a row, with its values in the order of [`Table::shape`].
    fn row(&mut self, table: Table, row: &[Value<'_>]) -> Result<()>;

    /// Receives the final state of the edition counter, after all rows.
    fn counter(&mut self, number: i64, taxonomy: i64) -> Result<()>;
}

/// Writes a publication. Calls `progress` with the number of finished articles.
pub(crate) fn publish(dataset: &Dataset, sink: &mut impl Sink, progress: impl Fn(u64)) -> Result<()> {
    let mut publisher = Publisher { sink, edition: 0, counts: BTreeMap::new(), days: BTreeMap::new() };
    publisher.labels(dataset)?;
    let taxonomy = publisher.edition;
    for (article, key) in dataset.articles().zip(1..) {
        publisher.article(&article, key)?;
        if key % 1_000 == 0 {
            progress(key.unsigned_abs());
        }
    }
    let Publisher { sink, edition, counts, days } = publisher;
    for (label, articles) in counts {
        sink.row(Table::LabelCount, &[Value::Uuid(label.0.into_bytes()), Value::Int(articles)])?;
    }
    for (day, articles) in days {
        sink.row(Table::DayCount, &[Value::Int(day), Value::Int(articles)])?;
    }
    sink.counter(edition, taxonomy)
}

/// Returns the mark of an edition. It is deterministic, and different for each edition.
pub(crate) fn mark(edition: i64) -> i64 {
    // Fibonacci hashing: multiplication by an odd number is injective.
    edition.wrapping_mul(0x9e37_79b9_7f4a_7c15_u64.cast_signed())
}

struct Publisher<'a, S> {
    sink: &'a mut S,
    edition: i64,
    counts: BTreeMap<LabelId, i64>,
    /// The number of articles for each day since 1970.
    days: BTreeMap<i64, i64>,
}

impl<S: Sink> Publisher<'_, S> {
    fn labels(&mut self, dataset: &Dataset) -> Result<()> {
        let at = Dataset::start();
        for Tag { id, version, slug, name, merged_into: _, deleted_at: _ } in &dataset.tags {
            self.edition(at, TagId::PREFIX, uuid(*id))?;
            let row = [uuid(*id), int(*version), Value::Text(slug.as_str()), Value::Text(name), Value::Null];
            self.sink.row(Table::Tag, &row)?;
        }
        for topic in &dataset.topics {
            let Topic {
                id,
                version,
                slug,
                name,
                description,
                parent,
                position,
                merged_into: _,
                deleted_at: _,
            } = topic;
            self.edition(at, TopicId::PREFIX, uuid(*id))?;
            let row = [
                uuid(*id),
                int(*version),
                Value::Text(slug.as_str()),
                Value::Text(name),
                description.as_deref().into(),
                parent.map_or(Value::Null, uuid),
                int(*position),
            ];
            self.sink.row(Table::Topic, &row)?;
        }
        for Author { id, version: _, slug, name, job_title, bio, merged_into: _ } in &dataset.authors {
            self.edition(at, AuthorId::PREFIX, uuid(*id))?;
            let row = [
                uuid(*id),
                Value::Text(slug.as_str()),
                Value::Text(name),
                job_title.as_deref().into(),
                bio.as_deref().into(),
            ];
            self.sink.row(Table::Author, &row)?;
        }
        Ok(())
    }

    fn article(&mut self, article: &Article<'_>, key: i64) -> Result<()> {
        let Article { id, slug, title, deck, hero, tags, topics, authors, body, date } = article;
        self.edition(*date, ArticleId::PREFIX, uuid(*id))?;
        *self.days.entry(date.as_microsecond().div_euclid(DAY)).or_default() += 1;
        let (date, edition) = (micros(*date), Value::Int(self.edition));
        let (slug, title, deck) = (Value::Text(slug), title.as_str(), Value::from(deck.as_deref()));
        let (authors_list, topics_list, tags_list) = (
            bytes(authors.iter().map(|author| author.id)),
            bytes(topics.iter().map(|topic| topic.id)),
            bytes(tags.iter().map(|tag| tag.id)),
        );
        let [hero_url, hero_alt, hero_caption, hero_credit, hero_width, hero_height] =
            hero_columns(hero.as_ref());
        self.sink.row(
            Table::Article,
            &[
                uuid(*id),
                Value::Null,
                Value::Int(1),
                Value::Text("PUBLISHED"),
                Value::Int(1),
                edition,
                Value::Null,
                date,
                date,
                date,
                Value::Null,
                Value::Null,
                Value::Text(title),
                Value::Text(&title.to_lowercase()),
                Value::Bytes(&sort_key(title)),
            ],
        )?;
        self.sink.row(Table::ArticleSlug, &[slug, uuid(*id), Value::Bool(true), Value::Bool(false)])?;
        self.sink.row(
            Table::Revision,
            &[
                uuid(*id),
                Value::Int(1),
                slug,
                Value::Text("en"),
                Value::Text(title),
                deck,
                Value::Null,
                Value::Text(&body.body.markdown),
                hero_url,
                hero_alt,
                hero_caption,
                hero_credit,
                hero_width,
                hero_height,
                Value::Null,
                Value::Null,
                Value::Bytes(&authors_list),
                Value::Bytes(&topics_list),
                Value::Bytes(&tags_list),
                Value::Text("[]"),
                date,
                date,
                Value::Text(ACTOR),
            ],
        )?;
        self.sink.row(
            Table::Publication,
            &[
                Value::Int(key),
                uuid(*id),
                Value::Int(1),
                edition,
                Value::Null,
                slug,
                Value::Text("en"),
                Value::Text(title),
                Value::Text(&title_key(title)),
                Value::Bytes(&sort_key(title)),
                deck,
                Value::Text(&body.excerpt),
                hero_url,
                hero_alt,
                hero_caption,
                hero_credit,
                hero_width,
                hero_height,
                Value::Null,
                Value::Null,
                Value::Null,
                Value::Bytes(&authors_list),
                Value::Bytes(&topics_list),
                Value::Bytes(&tags_list),
                Value::Text("[]"),
                date,
                date,
            ],
        )?;
        self.sink.row(
            Table::PublicationBody,
            &[
                Value::Int(key),
                Value::Text(&body.body.markdown),
                Value::Text(&body.body.html),
                Value::Text(&body.body.text),
                Value::Text(&body.outline),
                Value::Text(&body.images),
                int(body.body.word_count),
                int(body.body.reading_time_minutes),
            ],
        )?;
        let labels = tags.iter().map(|tag| LabelId::from(tag.id));
        let labels = labels.chain(topics.iter().map(|topic| topic.id.into()));
        for label in labels.chain(authors.iter().map(|author| author.id.into())) {
            let row = [Value::Uuid(label.0.into_bytes()), date, uuid(*id), Value::Int(key)];
            self.sink.row(Table::Listing, &row)?;
            self.sink.row(Table::WorkingLabel, &[Value::Uuid(label.0.into_bytes()), uuid(*id)])?;
            *self.counts.entry(label).or_default() += 1;
        }
        Ok(())
    }

    /// The next edition, with its one change.
    fn edition(&mut self, at: Timestamp, subject_type: &str, subject: Value<'_>) -> Result<()> {
        self.edition += 1;
        let number = Value::Int(self.edition);
        self.sink
            .row(Table::Edition, &[number, micros(at), Value::Text(ACTOR), Value::Int(mark(self.edition))])?;
        let change = [number, Value::Int(0), Value::Text("UPSERTED"), Value::Text(subject_type), subject];
        self.sink.row(Table::Change, &change)
    }
}

fn hero_columns(hero: Option<&Image>) -> [Value<'_>; 6] {
    let Some(Image { url, alt, caption, credit, width, height }) = hero else { return [Value::Null; 6] };
    [
        Value::Text(url),
        alt.as_deref().into(),
        caption.as_deref().into(),
        credit.as_deref().into(),
        width.map(i64::from).into(),
        height.map(i64::from).into(),
    ]
}

fn uuid<T: Id>(id: T) -> Value<'static> {
    Value::Uuid(id.uuid().into_bytes())
}

fn int(number: i32) -> Value<'static> {
    Value::Int(number.into())
}

fn micros(at: Timestamp) -> Value<'static> {
    Value::Int(at.as_microsecond())
}

fn bytes<T: Id>(ids: impl Iterator<Item = T>) -> Vec<u8> {
    ids.flat_map(|id| id.uuid().into_bytes()).collect()
}
