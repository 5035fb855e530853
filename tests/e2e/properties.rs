//! Compares filters, orders and pages of generated publications with an oracle that checks every
//! article.
//!
//! A failure prints its seed: set `GREYMATTERS_TEST_SEED` to repeat it.
//! `PROPTEST_CASES` sets the number of queries per publication.

mod filter;
mod lists;
pub(crate) mod publication;
mod writes;

use std::hash::{BuildHasher, Hasher, RandomState};

use proptest::prelude::*;
use proptest::strategy::ValueTree;
use proptest::test_runner::{Config, RngAlgorithm, TestError, TestRng, TestRunner};
use serde_json::{Value, json};

use crate::support::Client;
use filter::Filter;
use publication::{Order, Publication};

/// The number of generated publications, and the number of queries for each.
const PUBLICATIONS: u64 = 2;
const QUERIES: u32 = 40;

const PAGE: &str = "query (
    $where: ArticleWhere, $order: ArticleOrder!, $first: Int, $after: String, $last: Int, $before: String, $offset: Int
) {
    articles(
        where: $where, orderBy: $order, first: $first, after: $after, last: $last, before: $before, offset: $offset
    ) { nodes { id } pageInfo { hasPreviousPage hasNextPage startCursor endCursor } }
}";
const ALL: &str = "query ($where: ArticleWhere, $order: ArticleOrder!) {
    articles(where: $where, orderBy: $order, first: 100) { totalCount nodes { id } }
    counted: articles(where: $where) { totalCount }
}";

/// A query for articles.
#[derive(Debug, Clone)]
struct Query {
    filter: Filter,
    order: Order,
    size: usize,
}

fn query() -> impl Strategy<Value = Query> {
    (filter::strategy(), publication::orders(), 1_usize..=12).prop_map(|(filter, order, size)| Query {
        filter,
        order,
        size,
    })
}

pub(crate) fn ids(list: &Value) -> Vec<String> {
    let nodes = list["nodes"].as_array().unwrap();
    nodes.iter().map(|node| node["id"].as_str().unwrap().to_owned()).collect()
}

impl Query {
    fn page(&self, reader: &Client, all: &[String], mut variables: Value) -> Value {
        variables["where"] = self.filter.json(all);
        variables["order"] = self.order.json();
        reader.data_with(PAGE, &variables)["articles"].take()
    }

    /// Requests all articles at once, and page by page in both directions. Asserts that they are always the same articles
    /// in the same order.
    fn check(&self, reader: &Client, publication: &Publication) -> Result<(), TestCaseError> {
        let ids_of_all = publication.ids();
        let expected = &publication.expected(&self.filter, self.order);
        let filter = self.filter.json(&ids_of_all);
        let all = reader.data_with(ALL, &json!({"where": filter, "order": self.order.json()}));
        prop_assert_eq!(&ids(&all["articles"]), expected);
        prop_assert_eq!(&all["articles"]["totalCount"], &json!(expected.len()));
        prop_assert_eq!(&all["counted"]["totalCount"], &json!(expected.len()));

        pages(expected, self.size, |variables| self.page(reader, &ids_of_all, variables))
    }
}

/// Requests page by page in both directions. Asserts that the articles are always the same, in the same order. `page`
/// returns a connection.
pub(crate) fn pages(
    expected: &[String],
    size: usize,
    page: impl Fn(Value) -> Value,
) -> Result<(), TestCaseError> {
    let pages: Vec<&[String]> = expected.chunks(size).collect();
    let mut after = Value::Null;
    for (number, expected) in pages.iter().enumerate() {
        let page = page(json!({"first": size, "after": after}));
        prop_assert_eq!(&ids(&page), expected, "page {} forward", number);
        prop_assert_eq!(&page["pageInfo"]["hasNextPage"], &json!(number + 1 < pages.len()));
        prop_assert_eq!(&page["pageInfo"]["hasPreviousPage"], &json!(number > 0));
        after = page["pageInfo"]["endCursor"].clone();
    }
    let mut before = Value::Null;
    let pages: Vec<&[String]> = expected.rchunks(size).collect();
    for (number, expected) in pages.iter().enumerate() {
        let page = page(json!({"last": size, "before": before}));
        prop_assert_eq!(&ids(&page), expected, "page {} backward", number);
        prop_assert_eq!(&page["pageInfo"]["hasPreviousPage"], &json!(number + 1 < pages.len()));
        prop_assert_eq!(&page["pageInfo"]["hasNextPage"], &json!(number > 0));
        before = page["pageInfo"]["startCursor"].clone();
    }
    for offset in (0..=expected.len()).step_by(size) {
        let page = page(json!({"first": size, "offset": offset}));
        let end = expected.len().min(offset + size);
        prop_assert_eq!(&ids(&page), &expected[offset..end], "offset {}", offset);
    }
    // With both cursors, the page has the articles between the first and the last.
    if let [_, between @ .., _] = expected {
        let first = page(json!({"first": 1}))["pageInfo"]["endCursor"].take();
        let last = page(json!({"last": 1}))["pageInfo"]["startCursor"].take();
        let forward = page(json!({"first": size, "after": first, "before": last}));
        prop_assert_eq!(&ids(&forward), &between[..between.len().min(size)]);
        let backward = page(json!({"last": size, "after": first, "before": last}));
        prop_assert_eq!(&ids(&backward), &between[between.len().saturating_sub(size)..]);
    }
    Ok(())
}

fn runner(seed: u64) -> TestRunner {
    let cases = std::env::var("PROPTEST_CASES").ok().and_then(|cases| cases.parse().ok()).unwrap_or(QUERIES);
    let config = Config { cases, failure_persistence: None, max_shrink_iters: 200, ..Config::default() };
    let mut bytes = [0; 32];
    bytes[..8].copy_from_slice(&seed.to_le_bytes());
    TestRunner::new_with_rng(config, TestRng::from_seed(RngAlgorithm::ChaCha, &bytes))
}

/// Runs a test for some seeds, or for the given one.
pub(crate) fn seeded(test: impl Fn(u64, &mut TestRunner)) {
    let given = std::env::var("GREYMATTERS_TEST_SEED").ok().map(|seed| seed.parse().unwrap());
    let seed = given.unwrap_or_else(|| RandomState::new().build_hasher().finish());
    for seed in seed..seed.saturating_add(if given.is_some() { 1 } else { PUBLICATIONS }) {
        test(seed, &mut runner(seed));
    }
}

/// Fails with the seed that repeats the failure.
pub(crate) fn fail_with_seed<Q: std::fmt::Debug>(
    seed: u64,
    outcome: Result<(), TestError<Q>>,
    of: &dyn std::fmt::Debug,
) {
    match outcome {
        Ok(()) => {}
        Err(TestError::Fail(reason, query)) => {
            panic!("GREYMATTERS_TEST_SEED={seed} repeats this: {reason}\n{query:#?}\nof {of:#?}")
        }
        Err(error) => panic!("GREYMATTERS_TEST_SEED={seed}: {error}"),
    }
}

both! {
    fn every_list_matches_the_oracle(env: &Env) {
        seeded(|seed, runner| {
            let publication = publication::strategy().new_tree(runner).unwrap().current();
            let server = env.server();
            let publication: Publication = publication.publish(&server);
            let outcome = runner.run(&query(), |query| query.check(&server.reader, &publication));
            fail_with_seed(seed, outcome, &publication);
        });
    }
}
