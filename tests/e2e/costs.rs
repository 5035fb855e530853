//! No request exceeds the cost limit, and ordinary requests cost little.

use std::collections::BTreeSet;

use serde_json::{Value, json};

use crate::support::bulk::{HOUR, LATEST, fill};
use crate::support::{Client, Database, Env, Kind, Server};

/// A server with a publication of this size.
fn publication(env: &Env, size: usize, settings: &[(&str, &str)]) -> Server {
    let database = filled(env, size);
    Server::start_with(database, settings)
}

fn filled(env: &Env, size: usize) -> Database {
    let database = env.migrated_database();
    fill(&database, size);
    database
}

/// Asserts that a request is refused for its cost, and returns the error.
fn refusal(client: &Client, document: &str) -> Value {
    let answer = client.ask(document);
    let body = answer.json();
    let error = &body["errors"][0];
    assert_eq!(answer.status, 400, "{document:.300}: {:.500}", answer.text);
    assert_eq!(error["extensions"]["code"], "COST_EXCEEDED", "{document:.300}: {:.500}", answer.text);
    assert_eq!(body["errors"].as_array().map(Vec::len), Some(1));
    assert!(body.get("data").is_none(), "{:.500}", answer.text);
    let cost = &error["extensions"]["cost"];
    assert!(cost["requested"].as_u64() > cost["maximum"].as_u64(), "{cost}");
    let limit = &error["extensions"]["limit"];
    assert_eq!(limit["name"], "cost");
    assert_eq!(limit["flag"], "--max-cost");
    assert_eq!((&limit["requested"], &limit["value"]), (&cost["requested"], &cost["maximum"]));
    error.clone()
}

/// A filter of ten terms whose count is not known in advance.
const TEN_TERMS: &str = r#"{ or: [
    { tags: { all: ["t2", "t3"], none: ["t5"] }, locale: "de" },
    { tags: { all: ["t3", "t5"], none: ["t2"] }, publishedAt: { lt: "1990-01-01T00:00:00Z" } },
    { not: { tags: { any: ["t2", "t3", "t5"] } } }
] }"#;

/// Creates tags `x1`, `x2` and so on. Each article lacks at most one of them.
fn add_tags(database: &Database, count: usize) {
    let (id, listed) = match database.kind {
        Kind::Sqlite => (
            "unhex(printf('%032x', 8192 + n.i))",
            format!(
                "(WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < {count}) SELECT i FROM n)"
            ),
        ),
        Kind::Postgres => (
            "lpad(to_hex(8192 + n.i), 32, '0')::uuid",
            format!("(SELECT i FROM generate_series(1, {count}) AS n(i))"),
        ),
    };
    let lacks = count + 1;
    database.execute(&format!(
        "INSERT INTO tag (id, version, slug, name) SELECT {id}, 1, 'x' || n.i, 'X ' || n.i FROM {listed} AS n;
         INSERT INTO listing (label, published_at, article, publication)
             SELECT {id}, p.published_at, p.article, p.id FROM {listed} AS n, publication p WHERE p.id % {lacks} <> n.i;
         INSERT INTO label_count (label, articles) SELECT label, COUNT(*) FROM listing
             WHERE label NOT IN (SELECT label FROM label_count) GROUP BY label;"
    ));
}

/// The slugs of the first `count` of these tags.
fn tags(count: usize) -> Vec<String> {
    (1..=count).map(|n| format!("x{n}")).collect()
}

/// Makes the database count to a billion whenever it reads a publication.
fn make_reading_slow(database: &Database) {
    let count = match database.kind {
        Kind::Sqlite => {
            "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 1000000000) SELECT COUNT(*) FROM n"
        }
        Kind::Postgres => "SELECT COUNT(*) FROM generate_series(1, 1000000000)",
    };
    database.execute(&format!(
        "ALTER TABLE publication RENAME TO fast_publication;
         CREATE VIEW publication AS SELECT * FROM fast_publication WHERE ({count}) > 0;"
    ));
}

both! {
    fn a_read_that_takes_the_database_too_long_is_refused(env: &Env) {
        let server = env.server_with(&[("GREYMATTERS_READ_TIMEOUT", "1")]);
        server.editor.published(json!({"title": "One"}));
        make_reading_slow(server.database());
        let is_beyond = |limit: &Value| {
            assert_eq!((&limit["name"], &limit["value"], &limit["flag"]), (&json!("time"), &json!(1), &json!("--read-timeout")), "{limit}");
            assert!(limit["requested"].as_u64() > Some(1), "{limit}");
        };
        let answer = server.reader.ask(r#"{ edition { number } articles(where: { locale: "en" }) { totalCount } }"#);
        let body = answer.json();
        let error = &body["errors"][0];
        assert_eq!((answer.status, &error["extensions"]["code"]), (400, &json!("COST_EXCEEDED")), "{}", answer.text);
        assert!(body.get("data").is_none() && body["errors"].as_array().map(Vec::len) == Some(1), "{}", answer.text);
        is_beyond(&error["extensions"]["limit"]);
        assert!(error["message"].as_str().unwrap().contains("--read-timeout"), "{error}");
        let answer = server.reader.get("/v1/articles?first=0&count=true&locale=en", &[]);
        assert_eq!((answer.status, &answer.json()["code"]), (400, &json!("COST_EXCEEDED")), "{}", answer.text);
        is_beyond(&answer.json()["limit"]);
        // The database still counts as available.
        assert_eq!(server.reader.get("/readyz", &[]).status, 200);
    }

    fn pages_of_100_with_3_tags_and_a_range_of_dates_are_within_the_limit(env: &Env) {
        let server = publication(env, 10_000, &[]);
        let dates = [
            "",
            r#", publishedAt: { gte: "2025-06-14T00:00:00Z" }"#,
            r#", publishedAt: { gte: "2025-01-01T00:00:00Z", lt: "2025-03-01T00:00:00Z" }"#,
            r#", publishedAt: { lt: "2024-06-01T00:00:00Z" }"#,
        ];
        for tags in [r#"all: ["t2", "t3", "t5"]"#, r#"any: ["t2", "t3", "t5"]"#, r#"none: ["t2", "t3", "t5"]"#, r#"all: ["t2"], none: ["t3", "t5"]"#] {
            for dates in dates {
                for order in ["TITLE", "UPDATED_AT", "PUBLISHED_AT"] {
                    for direction in ["ASC", "DESC"] {
                        let page = format!(
                            "{{ articles(first: 100, where: {{ tags: {{ {tags} }}{dates} }}, orderBy: {{ field: {order}, direction: {direction} }})
                             {{ nodes {{ id title }} pageInfo {{ endCursor }} }} }}"
                        );
                        assert!(server.reader.data(&page)["articles"]["nodes"].is_array(), "{page}");
                    }
                }
            }
        }
    }

    fn two_dozen_known_counts_are_within_the_limit(env: &Env) {
        let server = publication(env, 10_000, &[]);
        let filters = ["{}", r#"{ tags: { any: ["t2"] } }"#, r#"{ publishedAt: { gte: "2025-01-01T12:00:00Z", lt: "2025-03-01T00:00:00Z" } }"#];
        let counts: String = (0..24).map(|n| format!("a{n}: articles(where: {}) {{ totalCount }} ", filters[n % 3])).collect();
        let counted = server.reader.data(&format!("{{ {counts} }}"));
        assert_eq!((&counted["a0"]["totalCount"], &counted["a22"]["totalCount"]), (&json!(10_000), &json!(5_000)));
    }

    fn three_levels_of_relations_are_within_the_limit(env: &Env) {
        let reader = &env.sample().reader;
        let found = reader.data(
            "{ articles(first: 20) { nodes {
                authors { name articleCount } tags { name articleCount }
                topics { name parent { name children { name articleCount } } children { name children { name path { name } } } path { name children { name } } }
            } } tags(first: 20) { nodes { name articleCount } } authors(first: 20) { nodes { name articleCount } } }",
        );
        assert_eq!(found["articles"]["nodes"].as_array().map(Vec::len), Some(20));
    }

    fn filters_with_many_tags_are_planned_in_time(env: &Env) {
        let database = filled(env, 120);
        add_tags(&database, 100);
        let server = Server::start_with(database, &[]);
        let tags = json!(tags(100));
        // Article 101 has all these tags.
        for (filter, expected) in [("all", 1), ("any", 120), ("none", 0)] {
            let ask = |selection: &str| {
                let document = format!("query ($tags: [Slug!]) {{ articles(first: 100, where: {{ tags: {{ {filter}: $tags }} }}{selection} }}");
                server.reader.data_with(&document, &json!({"tags": tags}))["articles"].clone()
            };
            for order in ["TITLE", "PUBLISHED_AT"] {
                let page = ask(&format!(", orderBy: {{ field: {order} }}) {{ nodes {{ id }} }}"));
                assert_eq!(page["nodes"].as_array().map(Vec::len), Some(expected.min(100)), "{filter} {order}");
            }
            assert_eq!(ask(") { totalCount }")["totalCount"], expected, "{filter}");
        }
    }

    fn fifty_counts_of_ten_terms_are_refused_before_execution(env: &Env) {
        let server = publication(env, 2_000, &[]);
        let counts: String =
            (0..50).map(|n| format!("a{n}: articles(first: 0, where: {TEN_TERMS}) {{ totalCount }} ")).collect();
        let error = refusal(&server.reader, &format!("{{ {counts} }}"));
        let fields = error["extensions"]["cost"]["fields"].as_array().unwrap();
        assert_eq!(fields[0]["path"][1], "totalCount", "{error}");
        assert!(fields[0]["cost"].as_u64() > Some(2_000), "{error}");
        assert!(error["message"].as_str().unwrap().contains(".totalCount"), "{error}");
        // One such count is within the limit.
        let one = server.reader.data(&format!("{{ articles(first: 0, where: {TEN_TERMS}) {{ totalCount }} }}"));
        let expected = (1..=2_000).filter(|i| i % 2 != 0 && i % 3 != 0 && i % 5 != 0).count();
        assert_eq!(one["articles"]["totalCount"], expected);
    }

    fn a_count_of_sixty_tags_is_refused_alike_over_rest(env: &Env) {
        let database = filled(env, 2_000);
        add_tags(&database, 60);
        let server = Server::start_with(database, &[]);
        let answer = server.reader.get(&format!("/v1/articles?first=0&count=true&tag.none={}", tags(60).join(",")), &[]);
        let problem = answer.json();
        assert_eq!(answer.status, 400, "{}", answer.text);
        assert_eq!(answer.header("content-type"), Some("application/problem+json"));
        assert_eq!(problem["code"], "COST_EXCEEDED", "{problem}");
        assert!(problem["cost"]["requested"].as_u64() > problem["cost"]["maximum"].as_u64(), "{problem}");
        assert_eq!(problem["limit"]["flag"], "--max-cost");
        // A count of fewer tags is within the limit.
        let answer = server.reader.get("/v1/articles?first=0&count=true&tag.none=x1", &[]);
        assert_eq!(answer.json()["totalCount"], 2_000 / 61 + usize::from(2_000 % 61 >= 1), "{}", answer.text);
    }

    fn known_counts_cost_almost_nothing(env: &Env) {
        let server = publication(env, 5_000, &[("GREYMATTERS_MAX_COST", "20000")]);
        let year_ago = "2024-06-15T15:06:40Z";
        for (filter, expected) in [
            (String::new(), 5_000),
            (r#", where: { tags: { any: ["t2"] } }"#.to_owned(), 2_500),
            (r#", where: { tags: { none: ["t3"] } }"#.to_owned(), 5_000 - 1_666),
            (format!(r#", where: {{ publishedAt: {{ gte: "{year_ago}" }} }}"#), 5_000),
            (r#", where: { publishedAt: { gte: "2025-06-01T00:00:00Z", lt: "2025-06-02T00:00:00Z" } }"#.to_owned(), 24),
            (r#", where: { publishedAt: { gt: "2025-06-01T00:06:40Z", lte: "2025-06-01T03:06:40Z" } }"#.to_owned(), 3),
            (r#", where: { publishedAt: { gte: "2025-06-01T01:00:00Z", lt: "2025-06-03T02:00:00Z" } }"#.to_owned(), 49),
            (r#", where: { publishedAt: { gte: "2025-06-03T00:00:00Z", lt: "2025-06-01T00:00:00Z" } }"#.to_owned(), 0),
        ] {
            let counts: String =
                (0..24).map(|n| format!("a{n}: articles(first: 0{filter}) {{ totalCount }} ")).collect();
            let counted = server.reader.data(&format!("{{ {counts} }}"));
            for n in 0..24 {
                assert_eq!(counted[format!("a{n}")]["totalCount"], expected, "{filter}");
            }
        }
    }

    fn a_repeated_count_is_executed_once(env: &Env) {
        let server = publication(env, 2_000, &[]);
        let names: String = (0..100).map(|n| format!("c{n}: totalCount ")).collect();
        let counted = server.reader.data(&format!("{{ articles(first: 0, where: {TEN_TERMS}) {{ {names} }} }}"));
        assert_eq!(counted["articles"]["c0"], counted["articles"]["c99"]);
    }

    fn a_page_that_finds_nothing_does_not_read_everything(env: &Env) {
        // Only the first three hundred articles by title are read; reading all of them would exceed the limit.
        let server = publication(env, 5_000, &[("GREYMATTERS_MAX_COST", "5000")]);
        for order in ["TITLE", "UPDATED_AT", "PUBLISHED_AT"] {
            let page = |filter: &str| format!("{{ articles(orderBy: {{ field: {order} }}, where: {filter}) {{ nodes {{ slug }} }} }}");
            let error = refusal(&server.reader, &page(r#"{ locale: "de" }"#));
            assert!(error["message"].as_str().unwrap().contains("`articles`"), "{error}");
            server.reader.data(&page(r#"{ locale: "en" }"#));
        }
        let generous = server.beside_with("info", &[("GREYMATTERS_MAX_COST", "200000")]);
        for order in ["TITLE", "UPDATED_AT", "PUBLISHED_AT"] {
            let page = format!(r#"{{ articles(orderBy: {{ field: {order} }}, where: {{ locale: "de" }}) {{ nodes {{ slug }} }} }}"#);
            assert_eq!(generous.reader.data(&page)["articles"]["nodes"], json!([]));
        }
    }

    fn both_ways_to_read_a_page_return_the_same(env: &Env) {
        let size = 3_000;
        let server = publication(env, size, &[]);
        let labels = |i: usize| [2, 3, 5].into_iter().filter(|each| i.is_multiple_of(*each)).collect::<BTreeSet<_>>();
        let has = |i: usize, tag: usize| labels(i).contains(&tag);
        let june = |i: usize| (LATEST - (i as i64 - 1) * HOUR) >= 1_748_736_000_000_000;
        type Matches<'a> = Box<dyn Fn(usize) -> bool + 'a>;
        let filters: Vec<(&str, Matches<'_>)> = vec![
            ("{}", Box::new(|_| true)),
            (r#"{ tags: { all: ["t2", "t3", "t5"] } }"#, Box::new(|i| i % 30 == 0)),
            (r#"{ tags: { any: ["t2", "t5"] } }"#, Box::new(|i| has(i, 2) || has(i, 5))),
            (r#"{ tags: { any: ["t2", "t5"], all: ["t3"] } }"#, Box::new(|i| has(i, 3) && (has(i, 2) || has(i, 5)))),
            (r#"{ tags: { all: ["t5"], none: ["t2"] } }"#, Box::new(|i| has(i, 5) && !has(i, 2))),
            (r#"{ tags: { any: ["t5"] }, locale: "en" }"#, Box::new(|i| has(i, 5))),
            (r#"{ tags: { any: ["t5", "t3"] }, locale: "de" }"#, Box::new(|_| false)),
            (r#"{ publishedAt: { gte: "2025-06-01T00:00:00Z" } }"#, Box::new(june)),
            (r#"{ tags: { any: ["t5", "t3"] }, publishedAt: { gte: "2025-06-01T00:00:00Z" } }"#, Box::new(|i| june(i) && (has(i, 5) || has(i, 3)))),
            (r#"{ tags: { all: ["t5", "t3"] }, publishedAt: { gte: "2025-06-01T00:00:00Z" } }"#, Box::new(|i| june(i) && has(i, 5) && has(i, 3))),
            (r#"{ or: [{ tags: { any: ["t5"] } }, { publishedAt: { gte: "2025-06-01T00:00:00Z" } }] }"#, Box::new(|i| june(i) || has(i, 5))),
        ];
        for (filter, matches) in &filters {
            let matching: Vec<usize> = (1..=size).filter(|i| matches(*i)).collect();
            for order in ["TITLE", "UPDATED_AT", "PUBLISHED_AT"] {
                // By dates, the latest article comes first; by title, the order is alphabetical.
                let mut ascending = matching.clone();
                if order == "TITLE" {
                    ascending.sort_by_key(|i| format!("a {i}"));
                } else {
                    ascending.reverse();
                }
                for direction in ["ASC", "DESC"] {
                    let mut expected: Vec<_> = ascending.iter().map(|i| format!("a{i}")).collect();
                    if direction == "DESC" {
                        expected.reverse();
                    }
                    let ask = |arguments: &str| {
                        let document = format!(
                            "{{ articles({arguments}, where: {filter}, orderBy: {{ field: {order}, direction: {direction} }}) \
                             {{ totalCount pageInfo {{ endCursor hasNextPage }} nodes {{ slug }} }} }}"
                        );
                        let found = server.reader.data(&document)["articles"].clone();
                        let slugs = found["nodes"].as_array().unwrap().iter();
                        let slugs: Vec<_> = slugs.map(|node| node["slug"].as_str().unwrap().to_owned()).collect();
                        (slugs, found)
                    };
                    let what = format!("{filter} by {order} {direction}");
                    let (first, found) = ask("first: 30");
                    assert_eq!(first, expected.iter().take(30).cloned().collect::<Vec<_>>(), "{what}");
                    assert_eq!(found["totalCount"], expected.len(), "{what}");
                    assert_eq!(found["pageInfo"]["hasNextPage"], expected.len() > 30, "{what}");
                    if let Some(cursor) = found["pageInfo"]["endCursor"].as_str() {
                        let (next, _) = ask(&format!("first: 30, after: \"{cursor}\""));
                        assert_eq!(next, expected.iter().skip(30).take(30).cloned().collect::<Vec<_>>(), "{what}");
                    }
                    let (last, _) = ask("last: 10");
                    assert_eq!(last, expected[expected.len().saturating_sub(10)..], "{what}");
                    let (skipped, _) = ask("first: 5, offset: 120");
                    assert_eq!(skipped, expected.iter().skip(120).take(5).cloned().collect::<Vec<_>>(), "{what}");
                }
            }
        }
    }

    fn the_cost_is_reported_only_on_request(env: &Env) {
        let reader = &env.sample().reader;
        let body = json!({"query": "{ articles(first: 3) { nodes { slug tags { name } } } edition { number } }"}).to_string();
        let headers = [("content-type", "application/json"), ("accept", "application/json")];
        let plain = reader.post(&headers, body.clone());
        let with_cost = reader.post(&[headers[0], headers[1], ("graphql-cost", "1")], body.clone());
        let cost = &with_cost.json()["extensions"]["cost"];
        assert!(cost["requested"].as_u64() > Some(100), "{}", with_cost.text);
        assert!(cost["maximum"].as_u64() >= Some(32_000), "{}", with_cost.text);
        assert_eq!(cost["fields"][0]["path"], json!(["articles"]), "{}", with_cost.text);
        assert_eq!(with_cost.header("cache-control"), Some("private, no-store"));
        assert_eq!(with_cost.header("etag"), None);
        assert_eq!(with_cost.json()["data"], plain.json()["data"]);
        let again = reader.post(&headers, body);
        assert_eq!((again.text.as_str(), again.header("etag")), (plain.text.as_str(), plain.header("etag")));
        assert!(plain.json().get("extensions").is_none(), "{}", plain.text);
    }

    fn too_many_fields_are_refused(env: &Env) {
        let reader = &env.sample().reader;
        let fields: String = (0..190).map(|n| format!("x{n}: heroImage {{ url alt }} ")).collect();
        let error = refusal(reader, &format!("{{ articles(first: 100) {{ nodes {{ {fields} }} }} }}"));
        assert_eq!(error["extensions"]["cost"]["fields"][0]["path"], json!(["articles"]));
        reader.data(&format!("{{ articles(first: 20) {{ nodes {{ {fields} }} }} }}"));
        // Skipped fields cost nothing.
        reader.data(&format!("{{ articles(first: 100) {{ nodes {{ slug ... @skip(if: true) {{ {fields} }} }} }} }}"));
    }

    fn bodies_count_their_length_each_time_they_are_selected(env: &Env) {
        let database = filled(env, 100);
        let long = match env.kind {
            Kind::Sqlite => "replace(hex(zeroblob(10000)), '0', 'x')",
            Kind::Postgres => "repeat('x', 20000)",
        };
        database.execute(&format!("UPDATE publication_body SET markdown = {long}, html = {long}, text = {long}"));
        let server = Server::start_with(database, &[]);
        let page = |body: &str| format!("{{ articles(first: 100) {{ nodes {{ {body} }} }} }}");
        let assert_too_long = |reader: &Client, document: &str| {
            let answer = reader.ask(document);
            let body = answer.json();
            let error = &body["errors"][0];
            assert_eq!((answer.status, &error["extensions"]["code"]), (400, &json!("COST_EXCEEDED")), "{:.500}", answer.text);
            let limit = &error["extensions"]["limit"];
            assert_eq!((&limit["name"], &limit["flag"]), (&json!("answer"), &json!("--max-answer")), "{error}");
            assert!(limit["requested"].as_u64() > limit["value"].as_u64(), "{error}");
            assert!(answer.text.len() < 64 << 10, "{}", answer.text.len());
        };
        let forms: String = (0..9).map(|n| format!("h{n}: html ")).collect();
        assert_too_long(&server.reader, &page(&format!("body {{ {forms} }}")));
        // This number of bodies exceeds the cost limit, whatever their length.
        let bodies: String = (0..95).map(|n| format!("b{n}: body {{ h{n}: html }} ")).collect();
        refusal(&server.reader, &page(&bodies));
        // Requesting all formats of every body is within the limit.
        let found = server.reader.data(&page("body { markdown html text outline { text } images { url } wordCount }"));
        assert_eq!(found["articles"]["nodes"].as_array().map(Vec::len), Some(100));
        assert_eq!(found["articles"]["nodes"][99]["body"]["html"].as_str().map(str::len), Some(20_000));
        // Fields that are not requested are not charged.
        server.reader.data(&page(&(0..15).map(|n| format!("b{n}: body {{ w{n}: wordCount }} ")).collect::<String>()));
        let brief = server.beside_with("info", &[("GREYMATTERS_MAX_ANSWER", "100000")]);
        brief.reader.data("{ articles(first: 4) { nodes { body { html } } } }");
        assert_too_long(&brief.reader, "{ articles(first: 5) { nodes { body { html } } } }");
        // Together, the bodies exceed the limit.
        assert_too_long(&brief.reader, "{ articles(first: 3) { nodes { a: body { html } b: body { html } } } }");
        // REST has the same limit.
        assert_eq!(brief.reader.get("/v1/articles?first=100&include=body", &[]).json()["code"], "COST_EXCEEDED");
    }

    fn directly_written_lists_are_limited_too(env: &Env) {
        let server = publication(env, 100, &[("GREYMATTERS_MAX_ANSWER", "70000")]);
        let names: String = (0..100).map(|n| format!("t{n}: title ")).collect();
        let answer = server.reader.ask(&format!("{{ articles(first: 100) {{ nodes {{ {names} }} }} }}"));
        assert_eq!(answer.json()["errors"][0]["extensions"]["limit"]["name"], "answer", "{:.300}", answer.text);
        server.reader.data(&format!("{{ articles(first: 10) {{ nodes {{ {names} }} }} }}"));
    }

    fn a_default_value_costs_the_same_as_a_sent_value(env: &Env) {
        let reader = &env.sample().reader;
        let cost = |document: &str, variables: Value| {
            let body = json!({"query": document, "variables": variables}).to_string();
            let answer = reader.post(&[("content-type", "application/json"), ("graphql-cost", "1")], body).json();
            answer["extensions"]["cost"]["requested"].as_u64().unwrap_or_else(|| panic!("{answer}"))
        };
        let none = r#"tags: {none: ["accessibility", "seo", "analytics", "privacy"]}"#;
        let counted = "articles(first: $n, where: $where) { totalCount nodes { tags { name } } }";
        let by_default = format!("query ($n: Int = 100, $where: ArticleWhere = {{ {none} }}) {{ {counted} }}");
        let given = format!("query ($n: Int, $where: ArticleWhere) {{ {counted} }}");
        let values = json!({"n": 100, "where": {"tags": {"none": ["accessibility", "seo", "analytics", "privacy"]}}});
        assert_eq!(cost(&by_default, json!({})), cost(&given, values));
        assert!(cost(&by_default, json!({})) > cost(&given, json!({})) * 2, "defaults are counted");
    }

    fn introspection_costs_the_length_of_its_answer(env: &Env) {
        let reader = &env.sample().reader;
        let names: String = (0..199).map(|n| format!("x{n}: name ")).collect();
        let error = refusal(reader, &format!("{{ __schema {{ types {{ fields {{ {names} }} }} }} }}"));
        assert_eq!(error["extensions"]["cost"]["fields"][0]["path"], json!(["__schema"]));
        // Each level is multiplied by the number of types with an `id`.
        let ever_deeper = "possibleTypes { interfaces { ".repeat(8) + "name" + &" } }".repeat(8);
        refusal(reader, &format!("{{ __schema {{ types {{ {ever_deeper} }} }} }}"));
        refusal(reader, &format!("{{ __type(name: \"Node\") {{ {ever_deeper} }} }}"));
        reader.data(include_str!("introspection.graphql"));
        reader.data("{ __type(name: \"Query\") { fields { name type { fields { name type { name } } } } } }");
    }
}
