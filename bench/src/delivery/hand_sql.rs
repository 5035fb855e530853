//! The baseline hand-written SQL: one statement per answer, on the tables of GreyMatters. The database builds the
//! whole answer as JSON. The difference to GreyMatters is the cost of GraphQL, editions and everything else.

use axum::Router;
use axum::extract::State;
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use domain::Timestamp;
use sqlx::postgres::PgPoolOptions;
use sqlx::sqlite::{SqliteConnectOptions, SqlitePoolOptions};
use sqlx::{AssertSqlSafe, PgPool, SqlitePool};

use super::bare::serve;
use crate::cli::HandSqlOptions;
use crate::dataset::Dataset;
use crate::failure::{Result, While};
use crate::generate::sqlite_path;
use crate::query::{PAGE, YEAR};

/// The numbers of database connections, which are those of the server.
const SQLITE_CONNECTIONS: u32 = 4;
const POSTGRES_CONNECTIONS: u32 = 16;

#[derive(Clone)]
enum Pool {
    Sqlite(SqlitePool),
    Postgres(PgPool),
}

#[derive(Clone)]
struct Answering {
    pool: Pool,
    statements: [String; 3],
    slug: String,
}

/// Runs the subcommand `hand-sql`.
pub(crate) fn run(options: &HandSqlOptions) -> Result<()> {
    let HandSqlOptions { listen, database_url, slug } = options;
    serve(*listen, async || {
        let (pool, statements) = match sqlite_path(database_url) {
            Some(path) => {
                let options = SqliteConnectOptions::new().filename(path).read_only(true);
                let pool = SqlitePoolOptions::new().max_connections(SQLITE_CONNECTIONS);
                (Pool::Sqlite(pool.connect_with(options).await.during("the database")?), sqlite()?)
            }
            None => {
                let pool = PgPoolOptions::new().max_connections(POSTGRES_CONNECTIONS);
                (Pool::Postgres(pool.connect(database_url).await.during("the database")?), postgres()?)
            }
        };
        let state = Answering { pool, statements, slug: slug.clone() };
        Ok(Router::new()
            .route("/q1", get(async |State(state): State<Answering>| state.answer(0).await))
            .route("/q2", get(async |State(state): State<Answering>| state.answer(1).await))
            .route("/q3", get(async |State(state): State<Answering>| state.answer(2).await))
            .with_state(state))
    })
}

impl Answering {
    async fn answer(&self, read: usize) -> Response {
        let sql = AssertSqlSafe(self.statements[read].clone());
        // Every statement has the slug as its parameter, so that all can be sent alike. Two do not use it.
        let answer: sqlx::Result<String> = match &self.pool {
            Pool::Sqlite(pool) => sqlx::query_scalar(sql).bind(&self.slug).fetch_one(pool).await,
            Pool::Postgres(pool) => sqlx::query_scalar(sql).bind(&self.slug).fetch_one(pool).await,
        };
        match answer {
            Ok(json) => ([(header::CONTENT_TYPE, "application/json")], json).into_response(),
            Err(error) => (StatusCode::INTERNAL_SERVER_ERROR, error.to_string()).into_response(),
        }
    }
}

/// Returns the statements for SQLite. A list of ids is a blob of 16 bytes for each id.
fn sqlite() -> Result<[String; 3]> {
    let labels = |column: &str, table: &str, fields: &str| {
        format!(
            "(WITH RECURSIVE place(n) AS (SELECT 0 WHERE length(p.{column}) > 0 UNION ALL \
             SELECT n + 1 FROM place WHERE (n + 2) * 16 <= length(p.{column})) \
             SELECT json_group_array(json_object({fields})) FROM place \
             JOIN {table} AS label ON label.id = substr(p.{column}, n * 16 + 1, 16))"
        )
    };
    let article = |more: &str| {
        format!(
            "json_object('id', lower(hex(p.article)), 'slug', p.slug, 'title', p.title, 'excerpt', p.excerpt, \
             'publishedAt', strftime('%Y-%m-%dT%H:%M:%fZ', p.published_at / 1e6, 'unixepoch'), \
             'tags', {}, 'topics', {}, 'authors', {}{more})",
            labels("tags", "tag", "'name', label.name, 'slug', label.slug"),
            labels("topics", "topic", "'name', label.name"),
            labels("authors", "author", "'name', label.name"),
        )
    };
    let list = |from: &str| {
        format!(
            "SELECT json_object('data', json_object('articles', json_object('nodes', json_group_array(json(one))))) \
             FROM (SELECT {} AS one FROM {from} LIMIT {PAGE}) WHERE ?1 IS NOT NULL",
            article("")
        )
    };
    Ok([
        list(LATEST),
        list(&of_tag()?),
        format!(
            "SELECT json_object('data', json_object('article', {})) FROM article_slug AS s \
             JOIN publication AS p ON p.article = s.article AND p.until_edition IS NULL \
             JOIN publication_body AS b ON b.publication = p.id WHERE s.slug = ?1",
            article(", 'body', json_object('markdown', b.markdown)")
        ),
    ])
}

/// Returns the statements for PostgreSQL.
fn postgres() -> Result<[String; 3]> {
    let labels = |column: &str, table: &str, fields: &str| {
        format!(
            "(SELECT coalesce(json_agg(json_build_object({fields}) ORDER BY n), '[]') \
             FROM generate_series(0, length(p.{column}) / 16 - 1) AS n JOIN {table} AS label \
             ON label.id = encode(substring(p.{column} FROM n * 16 + 1 FOR 16), 'hex')::uuid)"
        )
    };
    let article = |more: &str| {
        format!(
            "json_build_object('id', p.article, 'slug', p.slug, 'title', p.title, 'excerpt', p.excerpt, \
             'publishedAt', to_timestamp(p.published_at / 1e6) AT TIME ZONE 'UTC', \
             'tags', {}, 'topics', {}, 'authors', {}{more})",
            labels("tags", "tag", "'name', label.name, 'slug', label.slug"),
            labels("topics", "topic", "'name', label.name"),
            labels("authors", "author", "'name', label.name"),
        )
    };
    let list = |from: &str| {
        format!(
            "SELECT json_build_object('data', json_build_object('articles', json_build_object('nodes', \
             json_agg({} ORDER BY p.published_at DESC, p.article DESC))))::text \
             FROM (SELECT p.* FROM {from} LIMIT {PAGE}) AS p WHERE $1::text IS NOT NULL",
            article("")
        )
    };
    Ok([
        list(LATEST),
        list(&of_tag()?),
        format!(
            "SELECT json_build_object('data', json_build_object('article', {}))::text FROM article_slug AS s \
             JOIN publication AS p ON p.article = s.article AND p.until_edition IS NULL \
             JOIN publication_body AS b ON b.publication = p.id WHERE s.slug = $1",
            article(", 'body', json_build_object('markdown', b.markdown)")
        ),
    ])
}

const LATEST: &str =
    "publication AS p WHERE p.until_edition IS NULL ORDER BY p.published_at DESC, p.article DESC";

/// Returns the `FROM` clause for the publications of the most popular tag within the year, the latest first.
fn of_tag() -> Result<String> {
    let micros = |text: &str| text.parse::<Timestamp>().map(|at| at.as_microsecond()).during(text);
    let (from, until) = (micros(YEAR.0)?, micros(YEAR.1)?);
    Ok(format!(
        "listing AS l JOIN publication AS p ON l.publication = p.id \
         WHERE l.label = (SELECT id FROM tag WHERE slug = '{}') \
         AND l.published_at >= {from} AND l.published_at < {until} \
         ORDER BY l.published_at DESC, l.article DESC",
        Dataset::most_popular_tag()
    ))
}
