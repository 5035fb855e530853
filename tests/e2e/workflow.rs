//! Random sequences of actions on articles. The program does the same as a small model, and refuses actions for the
//! same reasons.
//!
//! `PROPTEST_CASES` sets the number of sequences. A failure prints its seed, and
//! `GREYMATTERS_TEST_SEED` repeats it.

mod model;
mod refusals;
mod step;

use std::collections::BTreeMap;
use std::hash::{BuildHasher, Hasher, RandomState};
use std::sync::Barrier;

use proptest::collection::vec;
use proptest::prelude::*;
use proptest::test_runner::{Config, RngAlgorithm, TestError, TestRng, TestRunner};
use serde_json::{Value, json};

use crate::support::{Client, Env, Server, within};
use model::{Model, SavedVersion};
use step::{Event, Step};

/// The number of sequences.
const CASES: u32 = 6;
/// The length of a sequence.
const LENGTH: std::ops::Range<usize> = 20..45;

const PAYLOAD: &str = "
    article { id: articleId version state publishedVersion openActions }
    edition { number } conflict { expectedVersion currentVersion } userErrors { code path message }";
const EVERYTHING: &str = "{
    edition { number }
    articles(first: 100) { nodes { id version title slug edition { number } corrections { note } } }
    redirects(first: 100) { nodes { slug kind article { id } url note } }
    desk { articles(first: 100) { nodes {
        id: articleId version state title slug openActions closedActions { action reasons { code } } publishedVersion hasUnpublishedChanges
        review { state version } schedule { version note } withdrawal { reason articleId url note }
        archivedAt editorialReview { lastReviewedAt } publication { version }
    } } }
}";

/// A server, its editors, and the model.
struct Comparison {
    server: Server,
    editors: Vec<Client>,
    model: Model,
}

impl Comparison {
    fn new(env: &Env, four_eyes: bool) -> Self {
        let policy = if four_eyes { "four-eyes" } else { "none" };
        let server = env.server_with(&[("GREYMATTERS_REVIEW", policy)]);
        let scopes = ["content:write", "content:publish", "content:read-drafts"];
        let editors = (0..step::EDITORS).map(|_| server.client_with(&scopes)).collect();
        Self { server, editors, model: Model::new(four_eyes) }
    }

    /// Applies an event to the server and the model, and compares the answers and everything that is visible afterwards.
    fn apply(&mut self, event: &Event) -> Result<(), TestCaseError> {
        let count = self.model.articles.len();
        match event {
            Event::Create { by, slug } => self.create(*by, *slug)?,
            _ if count == 0 => {}
            Event::Step(step) => self.step(step.article % count, step)?,
            Event::Race { article } => self.race(article % count)?,
            Event::Due { article } => self.apply_schedule(article % count),
        }
        self.compare()
    }

    fn create(&mut self, by: usize, slug: Option<usize>) -> Result<(), TestCaseError> {
        let place = self.model.articles.len();
        let title = step::title(place, 0);
        let expected_slug = slug.map_or_else(|| title.to_lowercase().replace(' ', "-"), step::slug);
        let expected = self.model.create(SavedVersion { title: title.clone(), slug: expected_slug, by });
        let input = json!({"title": title, "slug": slug.map(step::slug), "body": "Some text."});
        let document = format!(
            "mutation ($input: ArticleInput!) {{ done: articleCreate(input: $input) {{ {PAYLOAD} }} }}"
        );
        let done = self.editors[by].data_with(&document, &json!({"input": input}))["done"].take();
        prop_assert_eq!(refusal(&done), expected.err(), "{:#}", done);
        if expected.is_ok() {
            done["article"]["id"].as_str().unwrap().clone_into(&mut self.model.articles[place].id);
        }
        Ok(())
    }

    fn step(&mut self, place: usize, step: &Step) -> Result<(), TestCaseError> {
        let (document, mut variables) = step.request(place, &self.model);
        let current = self.model.articles[place].version();
        let expected_version = current.checked_add_signed(step.version_offset as isize).unwrap();
        variables["id"] = self.model.articles[place].id.clone().into();
        variables["version"] = expected_version.into();
        let before = self.model.edition;
        let expected = self.model.act(place, step, expected_version);
        let done = self.editors[step.by].data_with(&document, &variables)["done"].take();
        prop_assert_eq!(refusal(&done), expected.err(), "{:#}", done);
        if expected == Err("STALE_VERSION") && step.action.name() != "DELETE" {
            stale(&done, expected_version, current)?;
        } else if expected.is_err() {
            prop_assert!(done["article"].is_null() && done["edition"].is_null(), "{:#}", done);
        } else if self.model.edition > before {
            prop_assert_eq!(&done["edition"]["number"], &json!(self.model.edition));
        }
        Ok(())
    }

    /// Two editors save the same version at once: one succeeds, and the other gets the current version.
    fn race(&mut self, place: usize) -> Result<(), TestCaseError> {
        let article = &self.model.articles[place];
        let version = article.version();
        let barrier = Barrier::new(2);
        let save = |by: usize| {
            let title = format!("Article {place} by {by} upon {version}");
            let document = format!(
                "mutation ($id: ID!, $version: Int!, $title: String!) {{
                    done: articleUpdate(id: $id, expectedVersion: $version, input: {{ title: $title }}) {{ {PAYLOAD} }}
                }}"
            );
            let variables = json!({"id": article.id, "version": version, "title": title});
            let (barrier, editor) = (&barrier, &self.editors[by]);
            move || {
                barrier.wait();
                (by, title, editor.data_with(&document, &variables)["done"].take())
            }
        };
        let answers = std::thread::scope(|scope| {
            let threads = [0, 1].map(|by| scope.spawn(save(by)));
            threads.map(|thread| thread.join().unwrap())
        });
        let slug = article.current().slug.clone();
        let (won, lost): (Vec<_>, Vec<_>) = answers.iter().partition(|(_, _, done)| refusal(done).is_none());
        let update = Step {
            article: place,
            by: 0,
            version_offset: 0,
            action: step::Action::Update { title: None, slug: None },
        };
        if let Err(expected) = self.model.act(place, &update, version) {
            prop_assert!(lost.iter().all(|(_, _, done)| refusal(done) == Some(expected)));
            prop_assert_eq!(lost.len(), 2);
            return Ok(());
        }
        let [(by, title, _)] = won[..] else {
            return Err(TestCaseError::fail(format!(
                "{} of two updates were stored: {answers:#?}",
                won.len()
            )));
        };
        prop_assert_eq!(refusal(&lost[0].2), Some("STALE_VERSION"));
        stale(&lost[0].2, version, version + 1)?;
        self.model.save_winner(place, SavedVersion { title: title.clone(), slug, by: *by });
        Ok(())
    }

    fn apply_schedule(&mut self, place: usize) {
        let article = &self.model.articles[place];
        if article.schedule.is_none() {
            return;
        }
        // Every article has its own title.
        let title = &article.current().title;
        self.server.database().execute(&format!(
            "UPDATE article SET schedule_at = 1000000 WHERE title = '{title}' AND schedule_at IS NOT NULL"
        ));
        let document = "query ($id: ID!) { desk { article(id: $id) { schedule { version } } } }";
        within("the schedule is applied", || {
            let data = self.server.editor.data_with(document, &json!({"id": article.id}));
            data["desk"]["article"]["schedule"].is_null().then_some(())
        });
        self.model.apply_schedule(place);
    }

    /// Compares everything that is visible on the server with the model.
    fn compare(&self) -> Result<(), TestCaseError> {
        let mut seen = self.server.editor.data(EVERYTHING);
        prop_assert_eq!(&seen["edition"]["number"], &json!(self.model.edition));
        prop_assert_eq!(by_id(&seen["articles"]["nodes"]), self.model.public());
        prop_assert_eq!(&seen["redirects"]["nodes"], &json!(self.model.redirects()));
        for article in seen["desk"]["articles"]["nodes"].as_array_mut().unwrap() {
            let public = article["publication"]["version"].clone();
            prop_assert_eq!(&public, &article["publishedVersion"]);
            let mut open: Vec<String> = serde_json::from_value(article["openActions"].take()).unwrap();
            open.sort_unstable();
            article["openActions"] = json!(open);
            let closed = article["closedActions"].take();
            let reason = |closed: &Value| {
                let [reason] = &closed["reasons"].as_array().unwrap()[..] else { panic!("{closed:#}") };
                (closed["action"].as_str().unwrap().to_owned(), reason["code"].clone())
            };
            article["closedActions"] = closed.as_array().unwrap().iter().map(reason).collect();
            article["isArchived"] = (!article["archivedAt"].is_null()).into();
            article["wasReviewed"] = (!article["editorialReview"]["lastReviewedAt"].is_null()).into();
            for field in ["archivedAt", "editorialReview", "publication"] {
                article.as_object_mut().unwrap().remove(field);
            }
        }
        prop_assert_eq!(by_id(&seen["desk"]["articles"]["nodes"]), self.model.desk());
        Ok(())
    }
}

/// The code of a refused step.
fn refusal(done: &Value) -> Option<&str> {
    let errors = done["userErrors"].as_array().unwrap_or_else(|| panic!("{done:#}"));
    assert!(errors.len() < 2, "{done:#}");
    errors.first().map(|error| error["code"].as_str().unwrap())
}

/// Asserts that the refusal of an old version contains the current one.
fn stale(done: &Value, expected_version: usize, current: usize) -> Result<(), TestCaseError> {
    prop_assert_eq!(&done["article"]["version"], &json!(current), "{:#}", done);
    prop_assert_eq!(
        &done["conflict"],
        &json!({"expectedVersion": expected_version, "currentVersion": current})
    );
    Ok(())
}

fn by_id(nodes: &Value) -> BTreeMap<String, Value> {
    let nodes = nodes.as_array().unwrap().iter();
    nodes.map(|node| (node["id"].as_str().unwrap().to_owned(), node.clone())).collect()
}

/// Tries sequences until one fails, and then finds a shorter one that also fails.
fn try_sequences(env: &Env, four_eyes: bool, cases: u32) {
    let given = std::env::var("GREYMATTERS_TEST_SEED").ok().map(|seed| seed.parse().unwrap());
    let seed: u64 = given.unwrap_or_else(|| RandomState::new().build_hasher().finish());
    let cases = std::env::var("PROPTEST_CASES").ok().and_then(|cases| cases.parse().ok()).unwrap_or(cases);
    let config = Config { cases, failure_persistence: None, max_shrink_iters: 60, ..Config::default() };
    let mut bytes = [0; 32];
    bytes[..8].copy_from_slice(&seed.to_le_bytes());
    let mut runner = TestRunner::new_with_rng(config, TestRng::from_seed(RngAlgorithm::ChaCha, &bytes));
    let outcome = runner.run(&vec(step::events(), LENGTH), |events| {
        let mut comparison = Comparison::new(env, four_eyes);
        events.iter().enumerate().try_for_each(|(number, event)| {
            comparison
                .apply(event)
                .map_err(|error| TestCaseError::fail(format!("event {number}, {event:?}: {error}")))
        })
    });
    match outcome {
        Ok(()) => {}
        Err(TestError::Fail(reason, events)) => {
            panic!("GREYMATTERS_TEST_SEED={seed} repeats this: {reason}\n{events:?}")
        }
        Err(error) => panic!("GREYMATTERS_TEST_SEED={seed}: {error}"),
    }
}

both! {
    fn random_actions_match_the_model(env: &Env) {
        try_sequences(env, false, CASES);
    }

    fn a_withdrawal_frees_the_scheduled_slug(env: &Env) {
        let server = env.server();
        let article = server.editor.published(json!({"title": "One", "slug": "one"}));
        let scheduled = server.editor.update(&article, json!({"slug": "two"}));
        let document = "mutation ($id: ID!) {
            articlePublish(id: $id, expectedVersion: 2, at: \"2100-01-01T00:00:00Z\") { userErrors { code } }
        }";
        let done = server.editor.data_with(document, &json!({"id": article.id}));
        assert_eq!(done["articlePublish"]["userErrors"], json!([]));
        server.editor.update(&scheduled, json!({"slug": "three"}));
        let taken = "mutation { articleCreate(input: { title: \"Another\", slug: \"two\" }) { userErrors { code } } }";
        let wanted = || server.editor.data(taken)["articleCreate"]["userErrors"].take();
        assert_eq!(wanted(), json!([{"code": "SLUG_TAKEN"}]));
        let document = "mutation ($id: ID!) { articleWithdraw(id: $id, expectedVersion: 3) { userErrors { code } } }";
        let done = server.editor.data_with(document, &json!({"id": article.id}));
        assert_eq!(done["articleWithdraw"]["userErrors"], json!([]));
        assert_eq!(wanted(), json!([]));
    }

    fn random_actions_under_four_eyes_match_the_model(env: &Env) {
        try_sequences(env, true, CASES);
    }
}
