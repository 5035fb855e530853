//! The cost of queries for the database: the number of statements, and the number of rows that they read.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use serde_json::{Value, json};
use sqlx::sqlite::SqliteConnection;
use sqlx::{AssertSqlSafe, Connection, PgConnection, Row};
use uuid::Uuid;

use crate::support::bulk::{HOUR, LATEST, OTHERS, POPULAR, fill};
use crate::support::sql::runtime;
use crate::support::{Client, Database, Env, Folder, STATEMENTS, Server};

/// The number of articles in a page. The statement reads one more, to find out whether there is a next page.
const PAGE: i64 = 20;
/// Turns the answer cache off.
const NO_CACHE: (&str, &str) = ("GREYMATTERS_CACHE_MIB", "0");
const YEAR: i64 = 365 * 24 * HOUR;

/// The statements of a document, in order.
fn statements(server: &Server, document: &str) -> Vec<String> {
    // The first request fills the caches. A statement may be logged only after its answer was sent, and then be missing
    // here. So the document is sent three times, and the longest list counts.
    client_for(server, document).data(document);
    let times = (0..3).map(|_| statements_once(server, document));
    times.max_by_key(Vec::len).unwrap()
}

/// The client that can send this document.
fn client_for<'a>(server: &'a Server, document: &str) -> &'a Client {
    if document.contains("desk") { &server.editor } else { &server.reader }
}

fn statements_once(server: &Server, document: &str) -> Vec<String> {
    let id = format!("plan-{}", server.log().len());
    let answer = client_for(server, document).post(
        &[("content-type", "application/json"), ("accept", "application/json"), ("x-request-id", &id)],
        json!({"query": document}).to_string(),
    );
    answer.data();
    server.statements_of(&id)
}

/// A server that logs its statements, with a publication of this size.
fn publication(env: &Env, size: usize) -> Server {
    let database = env.migrated_database();
    fill(&database, size);
    Server::start_with(database, &[NO_CACHE, ("GREYMATTERS_LOG", STATEMENTS)])
}

/// The queries that must not cost more as the publication grows.
fn queries() -> BTreeMap<&'static str, String> {
    // The last year has fewer articles than each of the publications.
    let year_ago = instant(LATEST - YEAR);
    let year = format!("publishedAt: {{ gte: \"{year_ago}\" }}");
    BTreeMap::from([
        ("the latest", format!("(first: {PAGE})")),
        ("the latest of a tag", format!("(first: {PAGE}, where: {{ tags: {{ any: [\"t2\"] }} }})")),
        (
            "the latest of a tag within a year",
            format!("(first: {PAGE}, where: {{ tags: {{ any: [\"t2\"] }}, {year} }})"),
        ),
        (
            "the latest of several tags within a year",
            format!("(first: {PAGE}, where: {{ tags: {{ any: [\"t2\", \"t3\", \"t5\"] }}, {year} }})"),
        ),
        ("by title", format!("(first: {PAGE}, orderBy: {{ field: TITLE, direction: ASC }})")),
        ("by last change", format!("(first: {PAGE}, orderBy: {{ field: UPDATED_AT }})")),
    ])
}

fn instant(micros: i64) -> String {
    let seconds = micros / 1_000_000;
    // 2025-06-15T15:06:40Z is 1 750 000 000.
    assert_eq!(seconds, 1_750_000_000 - YEAR / 1_000_000);
    "2024-06-15T15:06:40Z".to_owned()
}

/// The statement that reads a page.
fn page_statement(server: &Server, arguments: &str) -> String {
    let document = format!("{{ articles{arguments} {{ nodes {{ slug }} }} }}");
    let mut found = statements(server, &document);
    found.retain(|statement| statement.contains("\"publication\""));
    assert_eq!(found.len(), 1, "{found:#?}");
    found.remove(0)
}

/// The value of a placeholder.
enum Bound {
    Label(Uuid),
    Number(i64),
}

/// The values for the placeholders of a statement, in order. The text before a placeholder decides.
fn values(statement: &str) -> Vec<Bound> {
    let mut labels = [POPULAR, OTHERS[0], OTHERS[1]].into_iter().map(Uuid::from_u128);
    let mut values = Vec::new();
    let mut rest = statement;
    let mut before = String::new();
    while let Some(at) = rest.find(['?', '$']) {
        before.push_str(&rest[..at]);
        rest = rest[at + 1..].trim_start_matches(|c: char| c.is_ascii_digit());
        values.push(match before.trim_end() {
            text if text.ends_with("\"label\" =") => Bound::Label(labels.next().unwrap()),
            text if text.ends_with("\"published_at\" >=") => Bound::Number(LATEST - YEAR),
            text if text.ends_with("LIMIT") => Bound::Number(PAGE + 1),
            text => panic!("add the value for the placeholder after `{text}` here"),
        });
    }
    values
}

/// The plan of a statement on SQLite, and the number of its steps.
fn sqlite_cost(database: &Database, statement: &str) -> (Vec<String>, u64) {
    runtime().block_on(async {
        let mut connection = SqliteConnection::connect(database.url()).await.unwrap();
        let bind = |sql: String| {
            let query = sqlx::query(AssertSqlSafe(sql));
            values(statement).into_iter().fold(query, |query, value| match value {
                Bound::Label(id) => query.bind(id),
                Bound::Number(number) => query.bind(number),
            })
        };
        let plan = bind(format!("EXPLAIN QUERY PLAN {statement}")).fetch_all(&mut connection).await.unwrap();
        let plan = plan.iter().map(|row| row.get::<String, _>("detail")).collect();
        let steps = Arc::new(AtomicU64::new(0));
        let counted = Arc::clone(&steps);
        connection.lock_handle().await.unwrap().set_progress_handler(1, move || {
            counted.fetch_add(1, Ordering::Relaxed);
            true
        });
        let rows = bind(statement.to_owned()).fetch_all(&mut connection).await.unwrap();
        assert_eq!(rows.len() as i64, PAGE + 1, "{statement}");
        (plan, steps.load(Ordering::Relaxed))
    })
}

/// Settings that make PostgreSQL plan for a small publication as for one with a million articles: a full scan and
/// parallel workers look cheap.
const AS_IF_LARGE: &str = "SET random_page_cost = 40; SET parallel_setup_cost = 0; \
     SET parallel_tuple_cost = 0; SET min_parallel_table_scan_size = 0; SET min_parallel_index_scan_size = 0";

/// The generic plan that PostgreSQL uses for a repeated statement, with the rows that each part has read.
fn postgres_plan(database: &Database, setting: &str, statement: &str) -> Value {
    let values: Vec<_> = values(statement)
        .into_iter()
        .map(|value| match value {
            Bound::Label(id) => format!("'{id}'::uuid"),
            Bound::Number(number) => format!("{number}::bigint"),
        })
        .collect();
    runtime().block_on(async {
        let mut connection = PgConnection::connect(database.url()).await.unwrap();
        sqlx::raw_sql(AssertSqlSafe(setting.to_owned())).execute(&mut connection).await.unwrap();
        let execute = format!("EXECUTE page ({})", values.join(", "));
        let prepare = format!("PREPARE page AS {statement}; {}", format!("{execute};").repeat(10));
        sqlx::raw_sql(AssertSqlSafe(prepare)).execute(&mut connection).await.unwrap();
        let explain = format!("EXPLAIN (ANALYZE, FORMAT JSON) {execute}");
        let row = sqlx::raw_sql(AssertSqlSafe(explain)).fetch_one(&mut connection).await.unwrap();
        let text: String = row.try_get_unchecked(0).unwrap();
        serde_json::from_str::<Value>(&text).unwrap()[0]["Plan"].take()
    })
}

/// Every part of a plan.
fn plan_parts(plan: &Value) -> Vec<&Value> {
    let below = plan["Plans"].as_array().into_iter().flatten();
    std::iter::once(plan).chain(below.flat_map(plan_parts)).collect()
}

fn number(part: &Value, name: &str) -> f64 {
    part[name].as_f64().unwrap_or(0.0)
}

#[test]
fn sqlite_reads_as_many_rows_of_a_large_publication_as_of_a_small_one() {
    use crate::support::Kind;
    let env = Env { kind: Kind::Sqlite };
    // There is one article per hour, so both publications cover more than a year.
    let sizes = [10_000, 30_000].map(|size| publication(&env, size));
    for (name, arguments) in queries() {
        let statement = page_statement(&sizes[0], &arguments);
        assert_eq!(page_statement(&sizes[1], &arguments), statement, "{name}");
        let [(plan, small), (other, large)] =
            [&sizes[0], &sizes[1]].map(|server| sqlite_cost(server.database(), &statement));
        assert_eq!(plan, other, "{name}");
        for line in &plan {
            let scan = line.strip_prefix("SCAN ").unwrap_or_default();
            let table = scan.split_whitespace().next().unwrap_or_default();
            // Intermediate results may be scanned, but a table must be read along an index.
            let is_cut = ["found", "merged", "part", "edition_counter", ""].contains(&table);
            assert!(
                is_cut || scan.contains("USING INDEX") || scan.contains("USING COVERING INDEX"),
                "{name}: {plan:#?}"
            );
        }
        // Only merged lists may be sorted.
        let sorts = plan.iter().any(|line| line.contains("TEMP B-TREE FOR"));
        assert!(!sorts || name.contains("several"), "{name}: {plan:#?}");
        assert!(
            large.abs_diff(small) * 20 <= small,
            "{name}: {small} steps at one size, {large} at the other"
        );
        assert!(small < 200 * PAGE as u64, "{name}: {small} steps for a page: {plan:#?}");
    }
}

/// Gives each article of a filled publication its slug, and every hundredth article a former slug.
fn give_slugs(server: &Server) {
    server.database().execute(
        "INSERT INTO article_slug (slug, article, public, former)
             SELECT slug, article, TRUE, FALSE FROM publication;
         INSERT INTO article_slug (slug, article, public, former)
             SELECT 'was-' || slug, article, TRUE, TRUE FROM publication WHERE id % 100 = 0;
         ANALYZE;",
    );
}

/// The statement that reads a page of redirects.
fn redirects_statement(server: &Server) -> String {
    let document = format!("{{ redirects(first: {PAGE}) {{ nodes {{ slug kind }} }} }}");
    let mut found = statements(server, &document);
    found.retain(|statement| statement.contains("\"article_slug\""));
    assert_eq!(found.len(), 1, "{found:#?}");
    found.remove(0)
}

#[test]
fn sqlite_reads_redirects_along_the_index_of_former_slugs() {
    use crate::support::Kind;
    let env = Env { kind: Kind::Sqlite };
    let server = publication(&env, 10_000);
    give_slugs(&server);
    let (plan, steps) = sqlite_cost(server.database(), &redirects_statement(&server));
    assert!(plan.iter().any(|line| line.contains("article_slug_former")), "{plan:#?}");
    assert!(!plan.iter().any(|line| line.contains("TEMP B-TREE")), "{plan:#?}");
    assert!(steps < 200 * PAGE as u64, "{steps} steps: {plan:#?}");
}

mod postgres {
    use super::*;
    use crate::support::Kind;

    #[test]
    fn reads_redirects_along_the_index_of_former_slugs() {
        Env::run(Kind::Postgres, |env| {
            let server = publication(env, 10_000);
            give_slugs(&server);
            let plan = postgres_plan(server.database(), "", &redirects_statement(&server));
            for part in plan_parts(&plan) {
                let loops = number(part, "Actual Loops");
                let read = loops * (number(part, "Actual Rows") + number(part, "Rows Removed by Filter"));
                assert!(read <= (PAGE + 1) as f64 || part["Relation Name"] == "edition_counter", "{plan:#}");
            }
        });
    }

    #[test]
    fn reads_no_more_than_a_page() {
        Env::run(Kind::Postgres, |env| {
            let server = publication(env, 10_000);
            for (name, arguments) in queries() {
                let statement = page_statement(&server, &arguments);
                let tags = statement.matches("\"label\" =").count().max(1);
                let read_at_most = (tags as i64 * (PAGE + 1)) as f64;
                // The plan must be a range of one index.
                let is_short = ["the latest", "the latest of a tag", "the latest of a tag within a year"];
                let plan = if is_short.contains(&name) {
                    let setting = server.setting_for_short_pages();
                    postgres_plan(server.database(), &format!("{AS_IF_LARGE}; {setting}"), &statement)
                } else {
                    postgres_plan(server.database(), "", &statement)
                };
                for part in plan_parts(&plan) {
                    if part["Relation Name"] == "edition_counter" {
                        // This table has one row.
                        continue;
                    }
                    let kind = part["Node Type"].as_str().unwrap();
                    assert_ne!(kind, "Seq Scan", "{name}: {plan:#}");
                    let loops = number(part, "Actual Loops");
                    let read = loops * (number(part, "Actual Rows") + number(part, "Rows Removed by Filter"));
                    assert!(read <= read_at_most, "{name}: {read} rows of {kind} in {plan:#}");
                }
            }
        });
    }
}

both! {
    fn the_length_of_a_desk_page_does_not_change_the_number_of_statements(env: &Env) {
        let server = env.server_with(&[NO_CACHE, ("GREYMATTERS_LOG", STATEMENTS)]);
        for n in 0..12 {
            server.editor.published(json!({"title": format!("Title {n}")}));
        }
        let count = |first: usize| {
            let document = format!(
                "{{ desk {{ articles(first: {first}) {{ nodes {{ title state workingCopy {{ slug }} publication {{ slug }} }} }} }} }}"
            );
            statements(&server, &document).len()
        };
        assert_eq!(count(1), count(12));
    }

    fn the_length_of_a_page_does_not_change_the_number_of_statements(env: &Env) {
        let folder = Folder::new("many");
        for number in 0..100 {
            folder.write(&format!("p{number}.md"), format!(
                "---\ntitle: P {number}\ndate: 2024-01-01\ntags: [a, b, t{number}]\ntopics: ['One > Two', Three]\nauthors: [Ann {number}, Bo]\n---\nText.\n"
            ));
        }
        let server = env.server_with(&[NO_CACHE]);
        folder.import(server.database(), &[]).succeeded();
        let server = server.beside_logging(STATEMENTS);
        let cost = |selection: &str| statements(&server, &format!("{{ articles{selection} }}")).len();

        let all_fields = "nodes {
            id title excerpt publishedAt edition { number at } heroImage { url } body { markdown html text wordCount }
            authors { name articleCount } topics { name path { name } parent { name } articleCount }
            tags { name slug articleCount }
        } pageInfo { hasNextPage endCursor }";
        let of_two = cost(&format!("(first: 2) {{ {all_fields} }}"));
        let of_hundred = cost(&format!("(first: 100) {{ {all_fields} }}"));
        assert_eq!(of_two, of_hundred);
        // Fields that are not requested cost nothing.
        let plain = cost("(first: 100) { nodes { slug title publishedAt } }");
        assert_eq!(plain, 1, "a page needs exactly one statement");
        assert_eq!(cost("(first: 100) { nodes { slug tags { name } topics { path { name } } authors { name } } }"), plain);
        // The lengths of bodies are read before the bodies.
        assert_eq!(cost("(first: 100) { nodes { slug body { html text } } }"), plain + 2);
        // The statement of a count does not return the edition, so the edition is read once at the end.
        assert_eq!(cost("(first: 100) { totalCount nodes { slug } }"), plain + 2);
        assert_eq!(cost("(first: 100) { totalCount }"), 2, "a count alone reads no page");
        assert!(of_hundred <= plain + 5, "{of_hundred} statements for all fields, {plain} for the page alone");
    }

    fn every_article_needs_the_same_number_of_statements(env: &Env) {
        let server = env.sample().beside_with(STATEMENTS, &[NO_CACHE]);
        let cost = |by: &str| {
            let document = format!("{{ article(by: {{ {by} }}) {{ title tags {{ name }} topics {{ path {{ name }} }} authors {{ name }} }} }}");
            statements(&server, &document).len()
        };
        let slug = cost(r#"slug: "alt-text-that-says-something""#);
        assert_eq!(cost(r#"slug: "no-such-article""#), slug);
        assert_eq!(cost(r#"slug: "provider-directory-tips""#), slug);
        assert_eq!(cost(r#"externalRef: "sample/2023-12-05-first-hour-of-a-crisis.md""#), slug);
        assert!(slug <= 2, "{slug}");
    }
}

/// The cost of a write: each statement is one round trip.
mod writes {
    use super::*;
    use crate::support::Kind;

    #[test]
    fn creating_and_publishing_are_one_statement_each_on_postgresql() {
        Env::run(Kind::Postgres, |env| {
            let server = env.server().beside_logging(STATEMENTS);
            let write = |id: &str, document: &str, variables: Value| {
                let answer = server.editor.post(
                    &[("content-type", "application/json"), ("x-request-id", id)],
                    json!({"query": document, "variables": variables}).to_string(),
                );
                let statements = server.statements_of(id);
                let first_word = |statement: &String| statement.split(' ').next().unwrap().to_owned();
                (answer.data(), statements.iter().map(first_word).collect::<Vec<_>>())
            };
            let create = "mutation($input: ArticleInput!) {
                articleCreate(input: $input) { article { id: articleId version slug state } userErrors { message } } }";
            let publish = "mutation($id: ID!) {
                articlePublish(id: $id, expectedVersion: 1) {
                    article { id state } edition { number } userErrors { message } } }";
            // The first round fills the caches.
            for round in 0..2 {
                let input =
                    json!({"title": format!("A{round}"), "slug": format!("a{round}"), "body": "Text."});
                let (made, statements) = write(&format!("create-{round}"), create, json!({"input": input}));
                let made = &made["articleCreate"];
                assert_eq!(made["article"]["state"], "DRAFT", "{made}");
                if round == 1 {
                    // There is one statement for the key, and one for the write.
                    assert_eq!(statements, ["SELECT", "WITH"]);
                }
                let id = made["article"]["id"].clone();
                let (published, statements) = write(&format!("publish-{round}"), publish, json!({"id": id}));
                let published = &published["articlePublish"];
                assert_eq!(published["edition"]["number"], round + 1, "{published}");
                if round == 1 {
                    // There are statements for the key, for the article with its working copy, and for the write.
                    assert_eq!(statements, ["SELECT", "SELECT", "WITH"]);
                }
                if round == 0 {
                    continue;
                }
                // Actions on a published article are single statements, too.
                for (name, arguments, version) in [
                    ("articleUpdate", r#"input: { title: "Another" }"#, 1),
                    ("articleSubmit", "", 2),
                    ("articleApprove", "", 2),
                    ("articlePublish", "", 2),
                    ("articleWithdraw", "", 2),
                    ("articleArchive", "", 2),
                ] {
                    let document = format!(
                        "mutation($id: ID!) {{ {name}(id: $id, expectedVersion: {version}, {arguments}) {{
                            article {{ id state }} userErrors {{ message }} }} }}"
                    );
                    let (done, statements) = write(name, &document, json!({"id": id}));
                    assert_eq!(done[name]["userErrors"], json!([]), "{done}");
                    let writers = if name == "articleApprove" { vec!["SELECT"] } else { vec![] };
                    let expected = [vec!["SELECT", "SELECT"], writers, vec!["WITH"]].concat();
                    assert_eq!(statements, expected, "{name}");
                }
            }
            // There are statements for the key, for the edition counter, and for the write.
            let create = r#"mutation { tagCreate(input: { name: "Tag" }) { edition { number } userErrors { message } } }"#;
            let (made, statements) = write("tag", create, json!({}));
            assert_eq!(made["tagCreate"]["userErrors"], json!([]), "{made}");
            // The statements after that read the tags for the answer.
            assert_eq!(statements[..3], ["SELECT", "SELECT", "WITH"]);
        });
    }
}
