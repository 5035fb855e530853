//! Tests that a generated database equals a database whose articles were published through the use cases.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use app::{
    App, ArticleInput, AuthorInput, Caller, Field, ImageInput, PublishInput, Settings, TagInput, TopicInput,
    WarningPolicy,
};
use domain::{Image, TopicId};
use persistence::Store;
use sqlx::{AssertSqlSafe, Connection, SqliteConnection};

use crate::dataset::{Article, Dataset};
use crate::publish::publish;
use crate::sqlite::SqliteSink;
use crate::table::Table;

/// Columns with random values.
const RANDOM: [&str; 3] = ["mark", "taxonomy_mark", "empty_mark"];

const ARTICLES: usize = 40;
/// Columns with the time of a write, which differs between the two databases.
const TIMES: [&str; 3] = ["at", "created_at", "updated_at"];

#[test]
fn a_generated_database_equals_a_published_one() {
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build().unwrap();
    let dir = Folder::new();
    let dataset = Dataset::new(ARTICLES);

    let generated = dir.0.join("generated.db");
    drop(runtime.block_on(migrated(&generated)));
    let mut sink = SqliteSink::open(&generated).unwrap();
    publish(&dataset, &mut sink, |_| ()).unwrap();
    sink.finish().unwrap();

    let published = dir.0.join("published.db");
    let settings = Settings { warnings: WarningPolicy::Allow, ..Settings::default() };
    let app = App::new(runtime.block_on(migrated(&published)), settings);
    runtime.block_on(write(&app, &dataset));

    let (generated, published) =
        (runtime.block_on(contents(&generated)), runtime.block_on(contents(&published)));
    assert_eq!(generated["publication"].len(), ARTICLES);
    for (table, rows) in &published {
        assert_eq!(&generated[table], rows, "{table}");
    }
}

async fn migrated(path: &Path) -> Store {
    let store = Store::connect(&format!("sqlite:{}", path.display())).await.unwrap();
    store.migrate().await.unwrap();
    store
}

/// Publishes the articles as an editor would.
async fn write(app: &App, dataset: &Dataset) {
    let caller = Caller::operator();
    for tag in &dataset.tags {
        app.create_tag(&caller, &TagInput { name: tag.name.clone(), slug: None }, None).await.unwrap();
    }
    let slug_of =
        |id: TopicId| dataset.topics.iter().find(|topic| topic.id == id).map(|topic| topic.slug.to_string());
    for topic in &dataset.topics {
        let input = TopicInput {
            name: topic.name.clone(),
            slug: None,
            description: topic.description.clone(),
            parent: topic.parent.and_then(slug_of),
            position: None,
        };
        app.create_topic(&caller, &input, None).await.unwrap();
    }
    for author in &dataset.authors {
        let input = AuthorInput {
            name: author.name.clone(),
            slug: None,
            job_title: author.job_title.clone(),
            bio: author.bio.clone(),
        };
        app.create_author(&caller, &input, None).await.unwrap();
    }
    for article in dataset.articles() {
        let saved = app.create_article(&caller, &input(&article), None).await.unwrap();
        let (id, version) = (saved.article.id, saved.article.version);
        app.publish_article(&caller, id, version, &PublishInput::default()).await.unwrap();
    }
}

fn input(article: &Article<'_>) -> ArticleInput {
    let Article { id: _, slug, title, deck, hero, tags, topics, authors, body, date } = article;
    ArticleInput {
        slug: Field::Set(slug.clone()),
        title: Field::Set(title.clone()),
        deck: deck.clone().into(),
        body: Field::Set(body.body.markdown.clone()),
        hero_image: hero.clone().map(image).into(),
        authors: Field::Set(authors.iter().map(|author| author.slug.to_string()).collect()),
        topics: Field::Set(topics.iter().map(|topic| topic.slug.to_string()).collect()),
        tags: Field::Set(tags.iter().map(|tag| tag.slug.to_string()).collect()),
        published_at: Field::Set(*date),
        ..ArticleInput::default()
    }
}

fn image(image: Image) -> ImageInput {
    let Image { url, alt, caption, credit, width, height } = image;
    let pixels = |pixels: Option<u32>| pixels.map(|pixels| i32::try_from(pixels).unwrap());
    ImageInput { url, alt, caption, credit, width: pixels(width), height: pixels(height) }
}

/// Returns every row of every table, with names instead of ids, and without times and random values.
async fn contents(path: &Path) -> BTreeMap<String, Vec<String>> {
    let mut connection = SqliteConnection::connect(&format!("sqlite:{}", path.display())).await.unwrap();
    let mut names = BTreeMap::new();
    for sql in [
        "SELECT hex(id), slug FROM tag UNION ALL SELECT hex(id), slug FROM topic",
        "SELECT hex(id), slug FROM author UNION ALL SELECT hex(article), slug FROM article_slug",
    ] {
        names.extend(sqlx::query_as::<_, (String, String)>(sql).fetch_all(&mut connection).await.unwrap());
    }
    let tables: Vec<String> = sqlx::query_scalar(
        "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite_%' \
         AND name NOT IN ('api_key', 'audit', 'seaql_migrations')",
    )
    .fetch_all(&mut connection)
    .await
    .unwrap();
    for table in Table::ALL {
        assert!(tables.iter().any(|known| known == table.shape().0), "{}", table.shape().0);
    }
    let mut contents = BTreeMap::new();
    for table in tables {
        let sql = format!("SELECT name FROM pragma_table_info('{table}')");
        let columns: Vec<String> =
            sqlx::query_scalar(AssertSqlSafe(sql)).fetch_all(&mut connection).await.unwrap();
        let is_compared =
            |column: &&String| !TIMES.contains(&column.as_str()) && !RANDOM.contains(&column.as_str());
        let columns = columns.iter().filter(is_compared);
        let columns: Vec<String> = columns.map(|column| format!("'{column} ' || quote({column})")).collect();
        let sql = format!("SELECT {} FROM {table}", columns.join(" || ', ' || "));
        let rows: Vec<String> =
            sqlx::query_scalar(AssertSqlSafe(sql)).fetch_all(&mut connection).await.unwrap();
        let mut rows: Vec<String> = rows.iter().map(|row| named(row, &names)).collect();
        rows.sort();
        contents.insert(table, rows);
    }
    let broken: Vec<String> = sqlx::query_scalar("SELECT \"table\" FROM pragma_foreign_key_check")
        .fetch_all(&mut connection)
        .await
        .unwrap();
    assert!(broken.is_empty(), "{broken:?}");
    contents
}

/// Replaces the ids in a row by names. A blob `X'…'` contains one or more ids of 16 bytes, or something else, which stays.
fn named(row: &str, names: &BTreeMap<String, String>) -> String {
    let mut parts = row.split("X'");
    let mut text = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        let (hex, rest) = part.split_once('\'').unwrap();
        let ids = hex.as_bytes().chunks(32).map(|id| names.get(std::str::from_utf8(id).unwrap()));
        let ids: Option<Vec<_>> = ids.map(|name| name.map(String::as_str)).collect();
        text.push_str(&ids.map_or_else(|| hex.to_owned(), |ids| ids.join("+")));
        text.push_str(rest);
    }
    text
}

/// A temporary folder, which is removed when this is dropped.
struct Folder(PathBuf);

impl Folder {
    fn new() -> Self {
        let dir = std::env::temp_dir().join(format!("greymatters-bench-{}", std::process::id()));
        std::fs::create_dir_all(&dir).unwrap();
        Self(dir)
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.0);
    }
}
