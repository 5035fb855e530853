//! A load of reads and writes that goes on while something fails, and what must hold afterwards.

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

/// How many read at once.
const READERS: usize = 2;

/// How many KiB more than before a fault the server may hold after it.
const GROWTH: u64 = 64 << 10;

/// What a write asks for.
pub(crate) const WRITTEN: &str = "
    article { id: articleId version state title schedule { version } publishedVersion } edition { number } userErrors { code message }";

/// Writers that keep journals, and readers beside them.
#[derive(Debug, Clone)]
pub(crate) struct Load {
    journals: Vec<Journal>,
    random: TestRng,
    /// Editions that others have made.
    others: i64,
    /// How many KiB of memory the server held before the fault.
    memory: Option<u64>,
}

/// How far a load has come.
#[derive(Debug, Default)]
pub(crate) struct Progress {
    /// Writes that were acknowledged.
    acknowledged: AtomicUsize,
    /// Writes that were refused with 503: they were not done.
    refused: AtomicUsize,
    /// Writes of which nobody knows whether they were done.
    unknown: AtomicUsize,
    /// Reads that were answered.
    read: AtomicUsize,
    /// Reads that were refused with 503.
    not_read: AtomicUsize,
    /// The codes of refusals, and how many there were.
    codes: Mutex<BTreeMap<String, usize>>,
    /// What should not have been answered.
    wrong: Mutex<Vec<String>>,
    /// The longest that an answer has taken, other than that the outcome of a write is unknown.
    longest: Mutex<Duration>,
    /// Connections may break off from here on, since the fault is one that breaks them off.
    may_break_off: AtomicBool,
    /// Connections may be refused from here on, since the server stops.
    may_be_refused: AtomicBool,
    is_over: AtomicBool,
}

impl Load {
    /// Makes what the writers need. Nobody may have written to the server's database before.
    pub(crate) fn on(server: &Server) -> Self {
        let named = std::env::var("GREYMATTERS_TEST_SEED").ok().map(|given| given.parse().unwrap());
        let seed: u64 = named.unwrap_or_else(|| RandomState::new().build_hasher().finish());
        eprintln!("GREYMATTERS_TEST_SEED={seed} writes the same again");
        for writer in 0..WRITERS {
            server.editor.label("tag", json!({"name": format!("w{writer}")}));
        }
        let journals = (0..WRITERS).map(Journal::new).collect();
        let mut load = Self { journals, random: random(seed, 0), others: WRITERS as i64, memory: None };
        load.write(server, 40).nothing_wrong();
        load.memory = server.resident_kib();
        load
    }

    /// Reads and writes while something else is done, which decides how long.
    pub(crate) fn during<T>(&mut self, server: &Server, act: impl FnOnce(&Progress) -> T) -> (Progress, T) {
        let progress = Progress::default();
        let seed = self.random.next_u64();
        let answer = std::thread::scope(|scope| {
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
            // However it ends, the threads have to end as well.
            let done = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| act(&progress)));
            progress.is_over.store(true, Ordering::SeqCst);
            done
        });
        let answer = answer.unwrap_or_else(|panic| {
            eprintln!("{progress:#?}");
            std::panic::resume_unwind(panic)
        });
        (progress, answer)
    }

    /// Writes until so many writes are acknowledged.
    pub(crate) fn write(&mut self, server: &Server, count: usize) -> Progress {
        self.during(server, |progress| progress.wait_for_acknowledged(count)).0
    }

    /// Somebody else has made so many editions.
    pub(crate) fn others_published(&mut self, count: i64) {
        self.others += count;
    }

    /// The fault is over. Waits until the server is ready, and checks that it has kept every acknowledged
    /// write, nothing by half, and that it goes on.
    pub(crate) fn settle(&mut self, server: &Server) {
        within("the server is ready", || (server.reader.get("/readyz", &[]).status == 200).then_some(()));
        // A write of its own: whatever was under way before is over when it is done.
        within("the server takes writes", || {
            let document = "mutation ($name: String!) { tagCreate(input: { name: $name }) { tag { id } userErrors { message } } }";
            let name = format!("after {}", self.random.next_u64());
            let answer = server.editor.ask_with(document, &json!({"name": name}));
            (answer.status == 200).then(|| answer.data())
        });
        self.others += 1;
        if server.database().kind == Kind::Postgres {
            // What was on its way to PostgreSQL when it was given up may be done there still.
            let busy = "SELECT count(*) FROM pg_stat_activity
                WHERE datname = current_database() AND pid <> pg_backend_pid() AND state <> 'idle'";
            within("nothing is under way", || {
                (sql::number(server.database().url(), busy).ok()? == 0).then_some(())
            });
        }
        self.check(server);
        let Some(before) = self.memory else { return };
        within("memory is back to about where it was", || {
            (server.resident_kib()? <= before + GROWTH).then_some(())
        });
    }

    /// Checks that the server has kept every acknowledged write, and nothing by half.
    pub(crate) fn check(&mut self, server: &Server) {
        let public = journal::public(&server.reader);
        for journal in &mut self.journals {
            journal.settle(&server.editor, &public);
        }
        let made = self.journals.iter().map(|journal| journal.editions).sum::<i64>() + self.others;
        assert_eq!(public.edition, made, "the edition is the number of what was made public");
        assert_eq!(editions(&server.editor), (1..=public.edition).collect::<Vec<_>>(), "editions are dense");
    }

    /// A random number below another one.
    pub(crate) fn below(&mut self, limit: usize) -> usize {
        below(&mut self.random, limit)
    }

    /// How many writes were acknowledged in all.
    pub(crate) fn acknowledged(&self) -> usize {
        self.journals.iter().map(|journal| journal.count).sum()
    }
}

impl Progress {
    /// Connections may break off from here on.
    pub(crate) fn may_break_off(&self) {
        self.may_break_off.store(true, Ordering::SeqCst);
    }

    /// New connections may be refused from here on. Whoever is let in is answered.
    pub(crate) fn may_be_refused(&self) {
        self.may_be_refused.store(true, Ordering::SeqCst);
    }

    /// Waits until so many more writes are acknowledged.
    pub(crate) fn wait_for_acknowledged(&self, more: usize) {
        wait_for("writes are acknowledged", &self.acknowledged, more);
    }

    /// Waits until so many more writes are refused.
    pub(crate) fn wait_for_refused(&self, more: usize) {
        wait_for("writes are refused", &self.refused, more);
    }

    /// Waits until so many more writes are not acknowledged: they are refused, or their outcome is unknown.
    pub(crate) fn wait_for_unacknowledged(&self, more: usize) {
        let count = || self.refused.load(Ordering::SeqCst) + self.unknown.load(Ordering::SeqCst);
        let enough = count() + more;
        within("writes are not acknowledged", || (count() >= enough).then_some(()));
    }

    /// Waits until so many more reads are answered.
    pub(crate) fn wait_for_read(&self, more: usize) {
        wait_for("reads are answered", &self.read, more);
    }

    /// How many writes were acknowledged, refused, and of unknown outcome.
    pub(crate) fn writes(&self) -> (usize, usize, usize) {
        let number = |count: &AtomicUsize| count.load(Ordering::SeqCst);
        (number(&self.acknowledged), number(&self.refused), number(&self.unknown))
    }

    /// How many reads were answered, and refused.
    pub(crate) fn reads(&self) -> (usize, usize) {
        (self.read.load(Ordering::SeqCst), self.not_read.load(Ordering::SeqCst))
    }

    /// The different codes of the refusals.
    pub(crate) fn codes(&self) -> Vec<String> {
        self.codes.lock().unwrap().keys().cloned().collect()
    }

    /// The longest that an answer has taken, other than that the outcome of a write is unknown.
    pub(crate) fn longest(&self) -> Duration {
        *self.longest.lock().unwrap()
    }

    /// Nothing was answered that should not have been: no 5xx but 503 with a reason.
    #[track_caller]
    pub(crate) fn nothing_wrong(&self) -> &Self {
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
            Err(error) if self.is_refused(&error) => journal.not_sent(attempt),
            Err(error) => self.broke_off(&error, journal, attempt),
            Ok(answer) => match self.note_time(started, refusal(&answer)) {
                None => {
                    let done = answer.data()["done"].take();
                    assert_eq!(done["userErrors"], json!([]), "{attempt:?}: {done:#}");
                    journal.acknowledged(&attempt, Written::of(&done));
                    self.acknowledged.fetch_add(1, Ordering::SeqCst);
                }
                Some(code) if code == "OUTCOME_UNKNOWN" => {
                    self.note_code(code);
                    journal.unanswered(attempt);
                    self.unknown.fetch_add(1, Ordering::SeqCst);
                }
                Some(code) => {
                    self.note_refusal(&answer, code);
                    self.refused.fetch_add(1, Ordering::SeqCst);
                }
            },
        }
    }

    fn broke_off(&self, error: &ureq::Error, journal: &mut Journal, attempt: Attempt) {
        if !self.may_break_off.load(Ordering::SeqCst) {
            self.note_wrong(format!("{error}: {attempt:?}"));
        }
        journal.unanswered(attempt);
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
                if !self.is_refused(&error) && !self.may_break_off.load(Ordering::SeqCst) {
                    self.note_wrong(format!("{error}: {document}"));
                }
                std::thread::yield_now();
                return;
            }
        };
        match self.note_time(started, refusal(&answer)) {
            None => {
                let edition = answer.data()["edition"]["number"].as_i64().unwrap();
                assert!(edition >= *seen, "edition {edition} after {seen}");
                *seen = edition;
                self.read.fetch_add(1, Ordering::SeqCst);
            }
            Some(code) => {
                self.note_refusal(&answer, code);
                self.not_read.fetch_add(1, Ordering::SeqCst);
            }
        }
    }

    /// Whether the server did not let a client in, and may do so.
    fn is_refused(&self, error: &ureq::Error) -> bool {
        let refused = match error {
            ureq::Error::Io(error) => error.kind() == ErrorKind::ConnectionRefused,
            error => matches!(error, ureq::Error::ConnectionFailed),
        };
        if refused {
            std::thread::yield_now();
        }
        refused && self.may_be_refused.load(Ordering::SeqCst)
    }

    /// Notes how long an answer with this code took, and returns the code.
    fn note_time(&self, started: Instant, code: Option<String>) -> Option<String> {
        // What became of a write is looked up for two seconds more.
        if code.as_deref() != Some("OUTCOME_UNKNOWN") {
            let mut longest = self.longest.lock().unwrap();
            *longest = started.elapsed().max(*longest);
        }
        code
    }

    /// A refusal is a 503 that says when to come again.
    fn note_refusal(&self, answer: &Answer, code: String) {
        if answer.status != 503 || answer.header("retry-after").is_none() {
            self.note_wrong(format!("{} {code}: {}", answer.status, answer.text));
        }
        self.note_code(code);
    }

    fn note_code(&self, code: String) {
        *self.codes.lock().unwrap().entry(code).or_default() += 1;
    }

    fn note_wrong(&self, what: String) {
        self.wrong.lock().unwrap().push(what);
    }
}

/// The code of the first error of an answer, if there is one.
fn refusal(answer: &Answer) -> Option<String> {
    let body: Value = serde_json::from_str(&answer.text).unwrap_or_default();
    let code = body["errors"][0]["extensions"]["code"].as_str().map(ToOwned::to_owned);
    code.or_else(|| (answer.status != 200).then(|| format!("none, status {}", answer.status)))
}

fn wait_for(what: &str, count: &AtomicUsize, more: usize) {
    let enough = count.load(Ordering::SeqCst) + more;
    within(&format!("{more} {what}"), || (count.load(Ordering::SeqCst) >= enough).then_some(()));
}

/// The numbers of the editions that the audit log tells of.
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

/// A number below another one.
pub(crate) fn below(random: &mut TestRng, limit: usize) -> usize {
    random.next_u32() as usize % limit
}

/// A source of random numbers that gives the same again for the same seed.
pub(crate) fn random(seed: u64, stream: u64) -> TestRng {
    let mut bytes = [0; 32];
    bytes[..8].copy_from_slice(&seed.to_le_bytes());
    bytes[8..16].copy_from_slice(&stream.to_le_bytes());
    TestRng::from_seed(RngAlgorithm::ChaCha, &bytes)
}
