//! A mixed load for some time: the memory of the server stays within a limit.
//!
//! `GREYMATTERS_TEST_SOAK` sets the duration in seconds.

use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use proptest::prelude::Rng;
use proptest::test_runner::TestRng;
use serde_json::{Value, json};

use crate::load::{Load, below, random};
use crate::support::{Answer, Client, Saved, Server};

/// The duration in seconds.
const DURATION_SECONDS: u64 = 10;
/// The memory limit of the server in KiB.
const MEMORY_LIMIT_KIB: u64 = 256 << 10;
/// The number of long articles.
const LONG_ARTICLES: usize = 60;
/// The number of concurrent readers besides the load.
const READERS: usize = 4;

both! {
    fn memory_stays_within_its_limit_under_a_mixed_load(env: &Env) {
        let seconds = std::env::var("GREYMATTERS_TEST_SOAK").map_or(DURATION_SECONDS, |given| given.parse().unwrap());
        let server = env.server();
        let mut load = Load::on(&server);
        for number in 0..LONG_ARTICLES {
            server.editor.published(json!({"title": format!("Long {number}"), "body": long_body(number)}));
        }
        load.others_published(LONG_ARTICLES as i64);
        let preview = preview(&server.editor);
        let Some(before) = server.resident_kib() else { return };
        let (is_over, extra_reads) = (AtomicBool::new(false), AtomicUsize::new(0));
        let (progress, samples) = load.during(&server, |_| {
            thread::scope(|scope| {
                for reader in 0..READERS {
                    let (server, preview, is_over, extra_reads) = (&server, &preview, &is_over, &extra_reads);
                    scope.spawn(move || {
                        let mut random = random(seconds, reader as u64);
                        while !is_over.load(Ordering::SeqCst) {
                            ask(server, preview, &mut random);
                            extra_reads.fetch_add(1, Ordering::SeqCst);
                        }
                    });
                }
                let started = Instant::now();
                let mut samples = Vec::new();
                while started.elapsed() < Duration::from_secs(seconds) {
                    thread::park_timeout(Duration::from_secs(1));
                    samples.extend(server.resident_kib());
                }
                is_over.store(true, Ordering::SeqCst);
                samples
            })
        });
        progress.assert_no_wrong_answers();
        load.check(&server);
        let (last, most) = (samples[samples.len() - 1], samples.iter().max().unwrap());
        eprintln!(
            "{:?}, {seconds} s: {} writes, {} reads; memory {} MiB at first, {} MiB at most, {} MiB at last",
            env.kind, progress.writes().0, progress.reads().0 + extra_reads.into_inner(), before >> 10, most >> 10, last >> 10
        );
        assert!(*most <= MEMORY_LIMIT_KIB, "{samples:?}");
    }
}

/// A body of about 20 KB.
fn long_body(number: usize) -> String {
    let paragraph =
        format!("Paragraph of **{number}** with a [link](/to/{number}) and *some* more words of it. ");
    (0..20).map(|part| format!("## Part {part}\n\n{}\n\n", paragraph.repeat(12))).collect()
}

/// Creates a preview link to a draft.
fn preview(editor: &Client) -> String {
    let Saved { id, .. } = editor.create(json!({"title": "Preview", "body": long_body(0)}));
    let document = "mutation ($id: ID!) { previewCreate(input: { articleId: $id }) { token } }";
    let made = editor.data_with(document, &json!({"id": id}));
    made["previewCreate"]["token"].as_str().unwrap().to_owned()
}

/// Sends one of the typical requests, and checks the answer.
fn ask(server: &Server, preview: &str, random: &mut TestRng) {
    let (reader, editor) = (&server.reader, &server.editor);
    let (first, offset, number) = (1 + below(random, 100), below(random, 40), random.next_u32());
    let (answer, expected) = match below(random, 12) {
        0 => {
            let document = "query ($first: Int, $offset: Int) { articles(first: $first, offset: $offset) {
                totalCount nodes { id slug title tags { slug name } publishedAt } pageInfo { endCursor }
            } }";
            (reader.ask_with(document, &json!({"first": first, "offset": offset})), 200)
        }
        1 => {
            let document = format!(
                "{{ articles(first: 20, offset: {offset}) {{ nodes {{ title body {{ html markdown text outline {{ text }} }} }} }} }}"
            );
            (reader.ask(&document), 200)
        }
        // A document that nobody has sent before.
        2 => {
            let document = format!("{{ a{number}: articles(first: 5) {{ nodes {{ b{number}: title }} }} }}");
            (reader.ask(&document), 200)
        }
        3 => {
            let document = "query ($where: ArticleWhere) { articles(where: $where, orderBy: {field: TITLE}) { totalCount nodes { title } } }";
            let filter = json!({"or": [{"tags": {"any": [format!("w{}", offset % 4)]}}, {"not": {"tags": {"any": ["w0"]}}}]});
            (reader.ask_with(document, &json!({"where": filter})), 200)
        }
        4 => (reader.get(&format!("/v1/articles?first={first}&offset={offset}&count=true"), &[]), 200),
        5 => {
            let coding = ["br", "gzip", "zstd", "identity"][below(random, 4)];
            (reader.get(&format!("/v1/articles/long-{offset}"), &[("accept-encoding", coding)]), 200)
        }
        6 => {
            let path = format!("/v1/tags?first={first}");
            let etag = reader.get(&path, &[]);
            let etag = etag.header("etag").unwrap_or("\"none\"").to_owned();
            let again = reader.get(&path, &[("if-none-match", &etag)]);
            // An article may have been published between the two requests.
            let status = if again.status == 304 { 304 } else { 200 };
            (again, status)
        }
        7 => {
            let document = "query ($first: Int) { desk { articles(first: $first) { nodes { title state workingCopy { body } } } } }";
            (editor.ask_with(document, &json!({"first": first.min(20)})), 200)
        }
        8 => {
            let document =
                json!({"query": format!("{{ a{number}: articles(first: 5) {{ nodes {{ title }} }} }}")});
            let headers = [("content-type", "application/json"), ("x-preview", preview)];
            (reader.post(&headers, document.to_string()), 200)
        }
        9 => (reader.ask("{ __schema { types { name description fields { name type { name } } } } }"), 200),
        10 => (reader.get(&format!("/v1/articles/none-{number}"), &[]), 404),
        _ => (reader.ask(&format!("{{ articles {{ nodes {{ none{number} }} }} }}")), 400),
    };
    assert_expected(&answer, expected);
}

/// Asserts that an answer has the expected status. A preview may be refused while many clients publish.
fn assert_expected(answer: &Answer, expected: u16) {
    let is_refusal = answer.status == 503 && answer.header("retry-after").is_some();
    assert!(answer.status == expected || is_refusal, "{expected} was expected: {answer:?}");
    if answer.status == 200 {
        let body: Value = serde_json::from_str(&answer.text).unwrap_or_default();
        let code = &body["errors"][0]["extensions"]["code"];
        assert!(code.is_null() || code == "SERVICE_UNAVAILABLE", "{answer:?}");
    }
}
