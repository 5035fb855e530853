//! `--memory`: one budget for all caches of a node.

use crate::support::{CommandExt, Server, greymatters};

/// The smallest allowed budget.
const LEAST: (&str, &str) = ("GREYMATTERS_MEMORY", "16MiB");

/// The size of a cache in bytes, from the metrics of the server.
fn cached(server: &Server, cache: &str) -> u64 {
    let text = server.editor.get("/metrics", &[]).text;
    let name = format!("greymatters_cache_bytes{{cache=\"{cache}\"}} ");
    text.lines().find_map(|line| line.strip_prefix(name.as_str())).unwrap().parse().unwrap()
}

#[test]
fn an_invalid_budget_is_refused() {
    for (size, expected) in [
        ("256MB", "not a size like `256MiB`, `1GiB` or `268435456` (bytes)"),
        ("lots", "not a size like"),
        ("64", "less than 16MiB, which the caches need at least"),
        ("15MiB", "less than 16MiB, which the caches need at least"),
        ("99999999GiB", "more than any machine has"),
    ] {
        let complaint =
            greymatters(&["serve", "--database-url", "sqlite:x.db", "--memory", size]).run().failed();
        assert!(complaint.contains("--memory <SIZE>") && complaint.contains(expected), "{size}: {complaint}");
        let complaint = greymatters(&["serve", "--database-url", "sqlite:x.db"])
            .env("GREYMATTERS_MEMORY", size)
            .run()
            .failed();
        assert!(complaint.contains(expected), "{size}: {complaint}");
    }
}

both! {
    fn long_documents_stay_within_the_budget(env: &Env) {
        let server = env.server_with(&[LEAST]);
        // Some documents fit into the cache together, and some are too long for it.
        let document = |number: usize| {
            let fields = if number.is_multiple_of(2) { 9_000 } else { 3_000 };
            format!("{{ edition {{ {} }} }} # {number}", "number ".repeat(fields))
        };
        for number in 0..8 {
            server.reader.data(&document(number));
        }
        let before = server.resident();
        for number in 8..48 {
            server.reader.data(&document(number));
            let taken = cached(&server, "documents");
            assert!(taken <= 2 << 20, "{number}: {taken}");
        }
        assert!(cached(&server, "documents") > 0, "documents are cached while they fit");
        let grown = server.resident().saturating_sub(before);
        assert!(grown < 40 << 20, "{grown} bytes more after 40 documents");
    }

    fn long_answers_stay_within_the_budget(env: &Env) {
        let server = env.server_with(&[LEAST]);
        for number in 0..60 {
            let document = "{ __schema { types { name description fields { name description } } } }";
            server.reader.data(&format!("{document} # {number}"));
            let taken = cached(&server, "answers");
            assert!(taken <= 8 << 20, "{number}: {taken}");
        }
        assert!(cached(&server, "answers") > 1 << 20, "answers are cached while they fit");
    }

    fn a_flag_turns_the_answer_cache_off(env: &Env) {
        let server = env.server_with(&[LEAST, ("GREYMATTERS_CACHE_MIB", "0")]);
        for number in 0..3 {
            server.reader.data(&format!("{{ edition {{ {} }} }} # {number}", "number ".repeat(3_000)));
        }
        assert_eq!(cached(&server, "answers"), 0);
        assert!(cached(&server, "documents") > 0, "the flag does not affect cached documents");
    }
}
