//! Publications of any size, written directly into the database.

use super::database::{Database, Kind};

/// The id of the tag of every second article.
pub(crate) const POPULAR: u128 = 0xa1;
/// The ids of two tags: of every third and of every fifth article.
pub(crate) const OTHERS: [u128; 2] = [0xa2, 0xa3];
/// The publication date of the latest article. Each earlier article is one hour older.
pub(crate) const LATEST: i64 = 1_750_000_000_000_000;
/// An hour, in microseconds.
pub(crate) const HOUR: i64 = 3_600_000_000;

/// Fills an empty publication with `size` articles.
pub(crate) fn fill(database: &Database, size: usize) {
    // An expression for the n-th id, and a query for the numbers up to `size`.
    let (id, numbers): (fn(&str) -> String, String) = match database.kind {
        Kind::Sqlite => (
            |n| format!("unhex(printf('%032x', {n}))"),
            format!(
                "(WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < {size}) SELECT i FROM n)"
            ),
        ),
        Kind::Postgres => (
            |n| format!("lpad(to_hex({n}), 32, '0')::uuid"),
            format!("(SELECT i FROM generate_series(1, {size}) AS n(i))"),
        ),
    };
    let none = if database.kind == Kind::Sqlite { "x''" } else { "''::bytea" };
    let article = id("4096 + i");
    let at = format!("({LATEST} - (i - 1) * {HOUR})");
    let mut sql = format!(
        "INSERT INTO edition (number, at, actor, mark) VALUES (1, {LATEST}, 'test', {size});
         UPDATE edition_counter SET number = 1, taxonomy = 1, mark = {size}, taxonomy_mark = {size};
         INSERT INTO article (id, version, state, published_version, published_edition, created_at, updated_at, first_published_at)
             SELECT {article}, 1, 'PUBLISHED', 1, 1, {at}, {at}, {at} FROM {numbers} AS n;
         INSERT INTO publication (id, article, version, from_edition, slug, locale, title, title_key, title_sort, excerpt, authors, topics,
                 tags, aliases, published_at, updated_at)
             SELECT i, {article}, 1, 1, 'a' || i, 'en', 'A ' || i, 'a ' || i, {none}, 'Excerpt', {none}, {none}, {none}, '[]', {at}, {at}
             FROM {numbers} AS n;
         INSERT INTO publication_body (publication, markdown, html, text, outline, images, word_count, reading_time_minutes)
             SELECT i, 'x', 'x', 'x', '[]', '[]', 1, 1 FROM {numbers} AS n;"
    );
    for (tag, each) in [(POPULAR, 2), (OTHERS[0], 3), (OTHERS[1], 5)] {
        let label = id(&tag.to_string());
        sql.push_str(&format!(
            "INSERT INTO tag (id, version, slug, name) VALUES ({label}, 1, 't{each}', 'T {each}');
             INSERT INTO listing (label, published_at, article, publication)
                 SELECT {label}, {at}, {article}, i FROM {numbers} AS n WHERE i % {each} = 0;
             INSERT INTO label_count (label, articles) VALUES ({label}, {size} / {each});"
        ));
    }
    sql.push_str(
        "INSERT INTO day_count (day, articles)
             SELECT published_at / 86400000000, COUNT(*) FROM publication GROUP BY published_at / 86400000000;",
    );
    database.execute(&sql);
    let keys: Vec<String> = (1..=size).map(|i| format!("({i}, {})", sort_key(database, i))).collect();
    // Both databases call the columns so.
    database.execute(&format!(
        "UPDATE publication SET title_sort = keys.column2 FROM (VALUES {}) AS keys WHERE id = keys.column1; ANALYZE;",
        keys.join(", ")
    ));
}

/// The sort key of the title of the n-th article, as a literal.
fn sort_key(database: &Database, n: usize) -> String {
    let key: String =
        collation::sort_key(&format!("A {n}")).iter().map(|byte| format!("{byte:02x}")).collect();
    match database.kind {
        Kind::Sqlite => format!("x'{key}'"),
        Kind::Postgres => format!("'\\x{key}'::bytea"),
    }
}
