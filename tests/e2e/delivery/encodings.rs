//! Compressed answers.

use std::io::Read;

use super::{LIST, get};
use crate::support::Answer;

/// The decompressed body.
fn plain(answer: &Answer) -> Vec<u8> {
    let mut plain = Vec::new();
    let bytes = answer.bytes.as_slice();
    match answer.header("content-encoding") {
        None => plain.extend_from_slice(bytes),
        Some("gzip") => _ = flate2::read::GzDecoder::new(bytes).read_to_end(&mut plain).unwrap(),
        Some("zstd") => plain = zstd::stream::decode_all(bytes).unwrap(),
        Some("br") => brotli::BrotliDecompress(&mut &*bytes, &mut plain).unwrap(),
        Some(other) => panic!("{other}"),
    }
    plain
}

both! {
    fn an_answer_has_the_encoding_that_its_client_prefers(env: &Env) {
        let server = env.sample();
        let document = "{ articles(first: 20) { nodes { slug title excerpt body { html } } } }";
        let plainly = get(&server.reader, document, &[]);
        assert_eq!(plainly.header("content-encoding"), None);
        let mut etags = vec![plainly.header("etag").unwrap().to_owned()];
        for (accepted, expected) in [
            ("gzip, deflate, br, zstd", Some("br")),
            ("gzip, zstd", Some("zstd")),
            ("gzip", Some("gzip")),
            ("gzip;q=0.5, br;q=0", Some("gzip")),
            ("deflate", None),
            ("identity", None),
            ("br;q=nonsense", None),
        ] {
            // The first answer is new, and the second one is cached.
            for _ in 0..2 {
                let answer = get(&server.reader, document, &[("accept-encoding", accepted)]);
                assert_eq!(answer.header("content-encoding"), expected, "{accepted}");
                assert!(plain(&answer) == plainly.bytes, "{accepted}");
                assert!(expected.is_none() || answer.bytes.len() * 2 < plainly.bytes.len(), "{accepted}");
                assert!(answer.header("vary").unwrap().contains("accept-encoding"));
                let etag = answer.header("etag").unwrap();
                let again = get(&server.reader, document, &[("accept-encoding", accepted), ("if-none-match", etag)]);
                assert_eq!((again.status, again.header("etag")), (304, Some(etag)), "{accepted}");
                etags.push(etag.to_owned());
            }
        }
        etags.sort();
        etags.dedup();
        assert_eq!(etags.len(), 4, "each encoding has its own ETag: {etags:?}");
    }

    fn short_answers_are_not_compressed(env: &Env) {
        let answer = get(&env.sample().reader, "{ edition { number } }", &[("accept-encoding", "gzip, br")]);
        assert_eq!(answer.header("content-encoding"), None);
        assert!(get(&env.sample().reader, LIST, &[("accept-encoding", "gzip")]).header("content-encoding").is_some());
    }

    fn answers_to_posts_are_compressed_too(env: &Env) {
        let body = serde_json::json!({"query": LIST}).to_string();
        let headers = [("content-type", "application/json"), ("accept-encoding", "zstd")];
        let answer = env.sample().reader.post(&headers, body);
        assert_eq!(answer.header("content-encoding"), Some("zstd"));
        assert_eq!(plain(&answer), get(&env.sample().reader, LIST, &[]).bytes);
    }
}
