//! A load of reads and writes during a fault, and the checks afterwards.

use std::collections::BTreeMap;
use std::hash::{BuildHasher, Hasher, RandomState};
use std::io::ErrorKind;
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use proptest::prelude::Rng;
use proptest::test_runner::{RngAlgorithm, TestRng};
use serde_json::{Value, json};

use crate::journal::{self, ARTICLES, Attempt, Journal, WRITERS, Written};
use crate::support::{Answer, Client, Kind, Server, sql, within};

/// The number of concurrent readers.
const READERS: usize = 2;

/// The maximum growth of the server's memory over a fault, in KiB.
const MAX_GROWTH: u64 = 64 << 10;

/// The fields that each write selects.
pub(crate) const WRITTEN: &str = "
    article { id: articleId version state title schedule { version } publishedVersion } edition { number } userErrors { code message }";

/// Writers with journals, and readers.
#[derive(Debug, Clone)]
pub(crate) struct Load {
    journals: Vec<Journal>,
    random: TestRng,
    /// The number of editions that no writer with a journal has made.
    others: i64,
    /// The memory of the server before the fault, in KiB.
    memory: Option<u64>,
}

/// The progress of a load.
#[derive(Debug, Default)]
pub(crate) struct Progress {
    /// Writes that were acknowledged.
    acknowledged: AtomicUsize,
    /// Writes that were refused with 503: they were not done.
    refused: AtomicUsize,
    /// Writes with an unknown outcome.
    unknown: AtomicUsize,
    /// Reads that were answered.
    read: AtomicUsize,
    /// Reads that were refused with 503.
    not_read: AtomicUsize,
    /// The number of refusals by code.
    codes: Mutex<BTreeMap<String, usize>>,
    /// Descriptions of answers that must not occur.
    wrong: Mutex<Vec<String>>,
    /// The longest time of an answer, except for answers about unknown outcomes.
    longest: Mutex<Duration>,
    /// Whether connections may break from now on, because of the fault.
    allow_broken_connections: AtomicBool,
    /// Whether connections may be refused from now on, because the server stops.
    allow_refused_connections: AtomicBool,
    is_over: AtomicBool,
}

impl Load {
    /// Creates the content that the writers need, on a server without any content.
    pub(crate) fn on(server: &Server) -> Self {
        let named = std::env::var("GREYMATTERS_TEST_SEED").ok().map(|given| given.parse().unwrap());
        let seed: u64 = named.unwrap_or_else(|| RandomState::new().build_hasher().finish());
        eprintln!("GREYMATTERS_TEST_SEED={seed} repeats these writes");
        for writer in 0..WRITERS {
            server.editor.label("tag", json!({"name": format!("w{writer}")}));
        }
        let journals = (0..WRITERS).map(Journal::new).collect();
        let mut load = Self { journals, random: random(seed, 0), others: WRITERS as i64, memory: None };
        load.write(server, 40).assert_no_wrong_answers();
        load.memory = server.resident_kib();
        load
    }

    /// Reads and writes while `act` runs.
    pub(crate) fn during<T>(&mut self, server: &Server, act: impl FnOnce(&Progress) -> T) -> (Progress, T) {
        let progress = Progress::default();
        let seed = self.random.next_u64();
        let result = std::thread::scope(|scope| {
            for (number, journal) in self.journals.iter_mut().enumerate() {
                let progress = &progress;
                let mut random = random(seed, number as u64);
                scope.spawn(move || {
                    while !progress.is_over.load(Ordering::SeqCst) {
                        progress.write(&server.editor, journal, &mut random);
                    }
                });
            }
            for number in 0..READERS {
                let progress = &progress;
                let mut random = random(seed, (WRITERS + number) as u64);
                scope.spawn(move || {
                    let mut seen = 0;
                    while !progress.is_over.load(Ordering::SeqCst) {
                        progress.read(&server.reader, &mut random, &mut seen);
                    }
                });
            }
            // The threads must end, even after a panic.
            let done = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| act(&progress)));
            progress.is_over.store(true, Ordering::SeqCst);
            done
        });
        let result = result.unwrap_or_else(|panic| {
            eprintln!("{progress:#?}");
            std::panic::resume_unwind(panic)
        });
        (progress, result)
    }

    /// Writes until this many writes are acknowledged.
    pub(crate) fn write(&mut self, server: &Server, count: usize) -> Progress {
        self.during(server, |progress| progress.wait_for_acknowledged(count)).0
    }

    /// Adds editions that no writer with a journal has made.
    pub(crate) fn others_published(&mut self, count: i64) {
        self.others += count;
    }

    /// Call this after the fault. Waits until the server is ready, and asserts that it has stored every acknowledged
    /// write and no partial ones, and that it accepts writes.
    pub(crate) fn settle(&mut self, server: &Server) {
        within("the server is ready", || (server.reader.get("/readyz", &[]).status == 200).then_some(()));
        // When this write is acknowledged, all earlier requests are done.
        within("the server accepts writes", || {
            let document = "mutation ($name: String!) { tagCreate(input: { name: $name }) { tag { id } userErrors { message } } }";
            let name = format!("after {}", self.random.next_u64());
            let answer = server.editor.ask_with(document, &json!({"name": name}));
            (answer.status == 200).then(|| answer.data())
        });
        self.others += 1;
        if server.database().kind == Kind::Postgres {
            // PostgreSQL may still be executing statements that the server has cancelled.
            let busy = "SELECT count(*) FROM pg_stat_activity
                WHERE datname = current_database() AND pid <> pg_backend_pid() AND state <> 'idle'";
            within("no statement runs", || {
                (sql::number(server.database().url(), busy).ok()? == 0).then_some(())
            });
        }
        self.check(server);
        let Some(before) = self.memory else { return };
        within("the memory has shrunk to about its size before the fault", || {
            (server.resident_kib()? <= before + MAX_GROWTH).then_some(())
        });
    }

    /// Asserts that the server has stored every acknowledged write, and no partial ones.
    pub(crate) fn check(&mut self, server: &Server) {
        let public = journal::public(&server.reader);
        for journal in &mut self.journals {
            journal.settle(&server.editor, &public);
        }
        let expected = self.journals.iter().map(|journal| journal.editions).sum::<i64>() + self.others;
        assert_eq!(public.edition, expected, "each publish and each withdrawal made one edition");
        assert_eq!(editions(&server.editor), (1..=public.edition).collect::<Vec<_>>(), "editions are dense");
    }

    /// A random number below a limit.
    pub(crate) fn below(&mut self, limit: usize) -> usize {
        below(&mut self.random, limit)
    }

    /// The number of all acknowledged writes.
    pub(crate) fn acknowledged(&self) -> usize {
        self.journals.iter().map(|journal| journal.acknowledged).sum()
    }
}

impl Progress {
    /// From now on, connections may break.
    pub(crate) fn allow_broken_connections(&self) {
        self.allow_broken_connections.store(true, Ordering::SeqCst);
    }

    /// From now on, new connections may be refused. Accepted ones must be answered.
    pub(crate) fn allow_refused_connections(&self) {
        self.allow_refused_connections.store(true, Ordering::SeqCst);
    }

    /// Waits until this many more writes are acknowledged.
    pub(crate) fn wait_for_acknowledged(&self, more: usize) {
        wait_for("writes are acknowledged", &self.acknowledged, more);
    }

    /// Waits until this many more writes are refused.
    pub(crate) fn wait_for_refused(&self, more: usize) {
        wait_for("writes are refused", &self.refused, more);
    }

    /// Waits until this many more writes are refused or have an unknown outcome.
    pub(crate) fn wait_for_unacknowledged(&self, more: usize) {
        let count = || self.refused.load(Ordering::SeqCst) + self.unknown.load(Ordering::SeqCst);
        let enough = count() + more;
        within("writes are not acknowledged", || (count() >= enough).then_some(()));
    }

    /// Waits until this many more reads are answered.
    pub(crate) fn wait_for_read(&self, more: usize) {
        wait_for("reads are answered", &self.read, more);
    }

    /// The numbers of acknowledged writes, refused writes, and writes with an unknown outcome.
    pub(crate) fn writes(&self) -> (usize, usize, usize) {
        let number = |count: &AtomicUsize| count.load(Ordering::SeqCst);
        (number(&self.acknowledged), number(&self.refused), number(&self.unknown))
    }

    /// The numbers of answered and refused reads.
    pub(crate) fn reads(&self) -> (usize, usize) {
        (self.read.load(Ordering::SeqCst), self.not_read.load(Ordering::SeqCst))
    }

    /// The codes of all refusals.
    pub(crate) fn codes(&self) -> Vec<String> {
        self.codes.lock().unwrap().keys().cloned().collect()
    }

    /// The longest time of an answer, except for answers about unknown outcomes.
    pub(crate) fn longest(&self) -> Duration {
        *self.longest.lock().unwrap()
    }

    /// Asserts that there were no wrong answers: no 5xx except for 503 with a reason.
    #[track_caller]
    pub(crate) fn assert_no_wrong_answers(&self) -> &Self {
        let wrong = self.wrong.lock().unwrap();
        assert!(
            wrong.is_empty(),
            "{} wrong answers, such as {:#?}",
            wrong.len(),
            &wrong[..wrong.len().min(5)]
        );
        self
    }

    fn write(&self, editor: &Client, journal: &mut Journal, random: &mut TestRng) {
        let attempt = journal.next(below(random, 100), below(random, ARTICLES));
        let (document, variables) = attempt.request(WRITTEN);
        let started = Instant::now();
        match editor.attempt(&document, &variables) {
            Err(error) if self.is_refused(&error) => journal.record_not_sent(attempt),
            Err(error) => self.connection_broke(&error, journal, attempt),
            Ok(answer) => match self.record_time(started, refusal(&answer)) {
                None => {
                    let done = answer.data()["done"].take();
                    assert_eq!(done["userErrors"], json!([]), "{attempt:?}: {done:#}");
                    journal.record_acknowledged(&attempt, Written::of(&done));
                    self.acknowledged.fetch_add(1, Ordering::SeqCst);
                }
                Some(code) if code == "OUTCOME_UNKNOWN" => {
                    self.record_code(code);
                    journal.record_unknown(attempt);
                    self.unknown.fetch_add(1, Ordering::SeqCst);
                }
                Some(code) => {
                    self.record_refusal(&answer, code);
                    self.refused.fetch_add(1, Ordering::SeqCst);
                }
            },
        }
    }

    fn connection_broke(&self, error: &ureq::Error, journal: &mut Journal, attempt: Attempt) {
        if !self.allow_broken_connections.load(Ordering::SeqCst) {
            self.record_wrong_answer(format!("{error}: {attempt:?}"));
        }
        journal.record_unknown(attempt);
        self.unknown.fetch_add(1, Ordering::SeqCst);
        std::thread::yield_now();
    }

    fn read(&self, reader: &Client, random: &mut TestRng, seen: &mut i64) {
        let first = below(random, 100) + 1;
        let document = format!("{{ edition {{ number }} articles(first: {first}) {{ nodes {{ title }} }} }}");
        let started = Instant::now();
        let answer = match reader.attempt(&document, &json!({})) {
            Ok(answer) => answer,
            Err(error) => {
                if !self.is_refused(&error) && !self.allow_broken_connections.load(Ordering::SeqCst) {
                    self.record_wrong_answer(format!("{error}: {document}"));
                }
                std::thread::yield_now();
                return;
            }
        };
        match self.record_time(started, refusal(&answer)) {
            None => {
                let edition = answer.data()["edition"]["number"].as_i64().unwrap();
                assert!(edition >= *seen, "edition {edition} after {seen}");
                *seen = edition;
                self.read.fetch_add(1, Ordering::SeqCst);
            }
            Some(code) => {
                self.record_refusal(&answer, code);
                self.not_read.fetch_add(1, Ordering::SeqCst);
            }
        }
    }

    /// Whether the server refused a connection, and this test allows that.
    fn is_refused(&self, error: &ureq::Error) -> bool {
        let refused = match error {
            ureq::Error::Io(error) => error.kind() == ErrorKind::ConnectionRefused,
            error => matches!(error, ureq::Error::ConnectionFailed),
        };
        if refused {
            std::thread::yield_now();
        }
        refused && self.allow_refused_connections.load(Ordering::SeqCst)
    }

    /// Records how long an answer with this code took, and returns the code.
    fn record_time(&self, started: Instant, code: Option<String>) -> Option<String> {
        // Before the server reports an unknown outcome, it tries to find the outcome for two more seconds.
        if code.as_deref() != Some("OUTCOME_UNKNOWN") {
            let mut longest = self.longest.lock().unwrap();
            *longest = started.elapsed().max(*longest);
        }
        code
    }

    /// Records a refusal, which must be a 503 with `Retry-After`.
    fn record_refusal(&self, answer: &Answer, code: String) {
        if answer.status != 503 || answer.header("retry-after").is_none() {
            self.record_wrong_answer(format!("{} {code}: {}", answer.status, answer.text));
        }
        self.record_code(code);
    }

    fn record_code(&self, code: String) {
        *self.codes.lock().unwrap().entry(code).or_default() += 1;
    }

    fn record_wrong_answer(&self, what: String) {
        self.wrong.lock().unwrap().push(what);
    }
}

/// The code of the first error of an answer, if there is one.
fn refusal(answer: &Answer) -> Option<String> {
    let body: Value = serde_json::from_str(&answer.text).unwrap_or_default();
    let code = body["errors"][0]["extensions"]["code"].as_str().map(ToOwned::to_owned);
    code.or_else(|| (answer.status != 200).then(|| format!("no code, status {}", answer.status)))
}

fn wait_for(what: &str, count: &AtomicUsize, more: usize) {
    let enough = count.load(Ordering::SeqCst) + more;
    within(&format!("{more} {what}"), || (count.load(Ordering::SeqCst) >= enough).then_some(()));
}

/// The numbers of the editions in the audit log.
pub(crate) fn editions(editor: &Client) -> Vec<i64> {
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

/// A number below a limit.
pub(crate) fn below(random: &mut TestRng, limit: usize) -> usize {
    random.next_u32() as usize % limit
}

/// Random numbers that depend only on the seed and the stream.
pub(crate) fn random(seed: u64, stream: u64) -> TestRng {
    let mut bytes = [0; 32];
    bytes[..8].copy_from_slice(&seed.to_le_bytes());
    bytes[8..16].copy_from_slice(&stream.to_le_bytes());
    TestRng::from_seed(RngAlgorithm::ChaCha, &bytes)
}
