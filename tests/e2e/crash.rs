//! The process is killed at random moments under a load of writes, again and again: what was
//! acknowledged is there when it starts again, and nothing is there by half.
//!
//! `GREYMATTERS_TEST_KILLS` says how often; a failure tells its seed for `GREYMATTERS_TEST_SEED`.

mod journal;

use std::hash::{BuildHasher, Hasher, RandomState};
use std::sync::atomic::{AtomicUsize, Ordering};

use proptest::prelude::Rng;
use proptest::test_runner::{RngAlgorithm, TestRng};
use serde_json::{Value, json};

use crate::support::{Client, Server, within};
use journal::{Journal, Written};

/// How often it is killed.
const KILLS: usize = 50;
/// How many write at once.
const WRITERS: usize = 4;
/// How many articles each writer goes on with.
const ARTICLES: usize = 3;
/// At most so many writes are acknowledged between two kills.
const WRITES: usize = 24;

const WRITTEN: &str = "
    article { id version state title schedule { version } publishedVersion } edition { number } userErrors { code message }";

/// A number below another one.
fn below(random: &mut TestRng, limit: usize) -> usize {
    random.next_u32() as usize % limit
}

fn random(seed: u64, stream: u64) -> TestRng {
    let mut bytes = [0; 32];
    bytes[..8].copy_from_slice(&seed.to_le_bytes());
    bytes[8..16].copy_from_slice(&stream.to_le_bytes());
    TestRng::from_seed(RngAlgorithm::ChaCha, &bytes)
}

/// Writes until the server is gone. Every answer is a write that was acknowledged.
fn write(editor: &Client, journal: &mut Journal, random: &mut TestRng, acknowledged: &AtomicUsize) {
    loop {
        let attempt = journal.next(below(random, 100), below(random, ARTICLES));
        let (document, variables) = attempt.request(WRITTEN);
        let Some(answer) = editor.try_ask_with(&document, &variables) else {
            journal.unanswered(attempt);
            return;
        };
        let done = answer.data()["done"].take();
        assert_eq!(done["userErrors"], json!([]), "{attempt:?}: {done:#}");
        journal.acknowledged(&attempt, Written::of(&done));
        acknowledged.fetch_add(1, Ordering::SeqCst);
    }
}

/// Has everybody write, and kills the server in the midst of it.
fn kill_under_load(server: &Server, journals: &mut [Journal], random: &mut TestRng, seed: u64) {
    let acknowledged = AtomicUsize::new(0);
    // As soon as the first requests are under way, or after some writes.
    let enough = below(random, WRITES);
    std::thread::scope(|scope| {
        for (number, journal) in journals.iter_mut().enumerate() {
            let (editor, acknowledged) = (&server.editor, &acknowledged);
            let mut random = self::random(seed, random.next_u64() ^ number as u64);
            scope.spawn(move || write(editor, journal, &mut random, acknowledged));
        }
        within("enough is written", || (acknowledged.load(Ordering::SeqCst) >= enough).then_some(()));
        server.kill();
    });
}

/// The numbers of the editions that the audit log tells of.
fn editions(editor: &Client) -> Vec<i64> {
    let document = "query ($after: String) { desk { audit(first: 100, after: $after) {
        nodes { edition } pageInfo { hasNextPage endCursor }
    } } }";
    let (mut found, mut after) = (Vec::new(), Value::Null);
    loop {
        let page = editor.data_with(document, &json!({"after": after}))["desk"]["audit"].take();
        found.extend(page["nodes"].as_array().unwrap().iter().filter_map(|entry| entry["edition"].as_i64()));
        if page["pageInfo"]["hasNextPage"] == false {
            found.sort_unstable();
            return found;
        }
        after = page["pageInfo"]["endCursor"].clone();
    }
}

both! {
    fn what_was_acknowledged_outlives_every_kill_and_nothing_is_there_by_half(env: &Env) {
        let number = |name: &str| std::env::var(name).ok().map(|given| given.parse::<u64>().unwrap());
        let seed = number("GREYMATTERS_TEST_SEED").unwrap_or_else(|| RandomState::new().build_hasher().finish());
        let kills = number("GREYMATTERS_TEST_KILLS").map_or(KILLS, |kills| kills as usize);
        eprintln!("GREYMATTERS_TEST_SEED={seed} writes the same again");
        let mut random = random(seed, 0);
        let mut server = env.server();
        for writer in 0..WRITERS {
            server.editor.label("tag", json!({"name": format!("w{writer}")}));
        }
        let mut journals: Vec<_> = (0..WRITERS).map(Journal::new).collect();
        let mut kept = 0;
        for kill in 0..kills {
            kill_under_load(&server, &mut journals, &mut random, seed);
            // It starts again by itself, whatever the last one left behind.
            server = server.beside();
            let public = journal::public(&server.reader);
            for journal in &mut journals {
                kept += journal.settle(&server.editor, &public);
            }
            // Each tag made one as well.
            let made = journals.iter().map(|journal| journal.editions).sum::<i64>() + WRITERS as i64;
            assert_eq!(public.edition, made, "after kill {kill}");
        }
        let acknowledged: usize = journals.iter().map(|journal| journal.count).sum();
        assert_eq!(editions(&server.editor), (1..=server.reader.edition()).collect::<Vec<_>>());
        assert!(acknowledged > kills, "only {acknowledged} writes were acknowledged");
        eprintln!("{acknowledged} writes acknowledged, {kept} kept that were not");
    }
}
