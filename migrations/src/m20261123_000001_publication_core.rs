//! Creates the tables for editions, articles, revisions, publications, tags, topics, authors and API keys.
//!
//! Instants are integers: microseconds since 1970 in UTC. So both databases store, compare and index them
//! alike. Ids are the UUIDs inside the TypeIDs. Lists of ids (`tags`, `topics` and `authors` of a revision or
//! publication) are concatenated 16-byte UUIDs. That is sufficient, because revisions and publications are
//! written once and read as a whole, and tags are never deleted.

use sea_orm_migration::prelude::*;
use sea_orm_migration::sea_orm::DbBackend;

use crate::types::types;

#[derive(DeriveMigrationName)]
pub(crate) struct Migration;

const TABLES: [(&str, &str); 13] = [
    (
        "edition_counter",
        // A table with one row. A transaction that makes an edition locks the row first and increments the
        // number. Therefore edition numbers are consecutive and in commit order. `taxonomy` is the last
        // edition that changed a tag, topic or author.
        "id {int} NOT NULL PRIMARY KEY CHECK (id = 1), number {bigint} NOT NULL, taxonomy {bigint} NOT NULL",
    ),
    ("edition", "number {bigint} NOT NULL PRIMARY KEY, at {bigint} NOT NULL, actor TEXT NOT NULL"),
    (
        "change",
        "edition {bigint} NOT NULL REFERENCES edition (number), position {int} NOT NULL, kind TEXT NOT NULL, \
         subject_type TEXT NOT NULL, subject {uuid} NOT NULL, PRIMARY KEY (edition, position)",
    ),
    (
        "tag",
        "id {uuid} NOT NULL PRIMARY KEY, version {int} NOT NULL, slug TEXT NOT NULL UNIQUE, name TEXT NOT NULL, \
         merged_into {uuid} REFERENCES tag (id)",
    ),
    ("tag_redirect", "slug TEXT NOT NULL PRIMARY KEY, tag {uuid} NOT NULL REFERENCES tag (id)"),
    (
        "topic",
        "id {uuid} NOT NULL PRIMARY KEY, version {int} NOT NULL, slug TEXT NOT NULL UNIQUE, name TEXT NOT NULL, \
         description TEXT, \
         parent {uuid} REFERENCES topic (id), position {int} NOT NULL",
    ),
    (
        "author",
        "id {uuid} NOT NULL PRIMARY KEY, slug TEXT NOT NULL UNIQUE, name TEXT NOT NULL, job_title TEXT, bio TEXT",
    ),
    (
        "article",
        "id {uuid} NOT NULL PRIMARY KEY, external_ref TEXT UNIQUE, version {int} NOT NULL, state TEXT NOT NULL, \
         published_version {int}, published_edition {bigint}, redirect_to {uuid} REFERENCES article (id), \
         created_at {bigint} NOT NULL, updated_at {bigint} NOT NULL, first_published_at {bigint}, \
         source_digest {bytes}, source_version {int}",
    ),
    (
        // Every slug that an article has, or had while it was public. A slug belongs to one article
        // forever. Readers can find an article only by slugs that have been public.
        "article_slug",
        "slug TEXT NOT NULL PRIMARY KEY, article {uuid} NOT NULL REFERENCES article (id), public {bool} NOT NULL",
    ),
    (
        "revision",
        "article {uuid} NOT NULL REFERENCES article (id), version {int} NOT NULL, slug TEXT NOT NULL, \
         locale TEXT NOT NULL, title TEXT NOT NULL, deck TEXT, excerpt TEXT, body TEXT NOT NULL, \
         hero_url TEXT, hero_alt TEXT, hero_caption TEXT, hero_credit TEXT, hero_width {bigint}, hero_height {bigint}, \
         seo_title TEXT, seo_description TEXT, authors {bytes} NOT NULL, topics {bytes} NOT NULL, tags {bytes} NOT NULL, \
         aliases TEXT NOT NULL, published_at {bigint}, created_at {bigint} NOT NULL, actor TEXT NOT NULL, \
         PRIMARY KEY (article, version)",
    ),
    (
        // Rows are immutable, except for `until_edition`, which ends a publication.
        "publication",
        "id {serial} PRIMARY KEY, article {uuid} NOT NULL REFERENCES article (id), version {int} NOT NULL, \
         from_edition {bigint} NOT NULL, until_edition {bigint}, slug TEXT NOT NULL, locale TEXT NOT NULL, \
         title TEXT NOT NULL, title_key TEXT {bytewise} NOT NULL, deck TEXT, excerpt TEXT NOT NULL, \
         hero_url TEXT, hero_alt TEXT, hero_caption TEXT, hero_credit TEXT, hero_width {bigint}, hero_height {bigint}, \
         seo_title TEXT, seo_description TEXT, external_ref TEXT, \
         authors {bytes} NOT NULL, topics {bytes} NOT NULL, tags {bytes} NOT NULL, \
         aliases TEXT NOT NULL, published_at {bigint} NOT NULL, updated_at {bigint} NOT NULL",
    ),
    (
        // A separate table, so that a list of articles does not have to read the bodies.
        "publication_body",
        "publication {bigint} NOT NULL PRIMARY KEY REFERENCES publication (id), markdown TEXT NOT NULL, \
         html TEXT NOT NULL, text TEXT NOT NULL, outline TEXT NOT NULL, images TEXT NOT NULL, \
         word_count {int} NOT NULL, reading_time_minutes {int} NOT NULL",
    ),
    (
        "api_key",
        "id {uuid} NOT NULL PRIMARY KEY, name TEXT NOT NULL, hash {bytes} NOT NULL UNIQUE, scopes TEXT NOT NULL, \
         created_at {bigint} NOT NULL",
    ),
];

/// The live articles by label (a tag, topic or author) and date. The latest articles of a label are a range
/// of the primary key. `label_count` has the number of rows of each label.
const LISTING: &str = "label {uuid} NOT NULL, published_at {bigint} NOT NULL, article {uuid} NOT NULL, \
     publication {bigint} NOT NULL, PRIMARY KEY (label, published_at, article)";
const LABEL_COUNT: &str = "label {uuid} NOT NULL PRIMARY KEY, articles {bigint} NOT NULL";

const INDEXES: [&str; 8] = [
    "CREATE UNIQUE INDEX publication_live_article ON publication (article) WHERE until_edition IS NULL",
    "CREATE INDEX publication_live_published ON publication (published_at, article) WHERE until_edition IS NULL",
    "CREATE INDEX publication_live_updated ON publication (updated_at, article) WHERE until_edition IS NULL",
    "CREATE INDEX publication_live_title ON publication (title_key, article) WHERE until_edition IS NULL",
    "CREATE INDEX publication_live_external_ref ON publication (external_ref) \
     WHERE until_edition IS NULL AND external_ref IS NOT NULL",
    "CREATE INDEX listing_article ON listing (article)",
    "CREATE INDEX article_slug_article ON article_slug (article)",
    "CREATE INDEX article_redirect_to ON article (redirect_to) WHERE redirect_to IS NOT NULL",
];

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let connection = manager.get_connection();
        let sqlite = manager.get_database_backend() == DbBackend::Sqlite;
        for (name, columns) in TABLES {
            let strict = if sqlite { " STRICT" } else { "" };
            let table = types(&format!("CREATE TABLE {name} ({columns}){strict}"), sqlite);
            connection.execute_unprepared(&table).await?;
        }
        for (name, columns) in [("listing", LISTING), ("label_count", LABEL_COUNT)] {
            let without_rowid = if sqlite { " STRICT, WITHOUT ROWID" } else { "" };
            let table = types(&format!("CREATE TABLE {name} ({columns}){without_rowid}"), sqlite);
            connection.execute_unprepared(&table).await?;
        }
        for index in INDEXES {
            connection.execute_unprepared(index).await?;
        }
        connection
            .execute_unprepared("INSERT INTO edition_counter (id, number, taxonomy) VALUES (1, 0, 0)")
            .await?;
        Ok(())
    }
}
