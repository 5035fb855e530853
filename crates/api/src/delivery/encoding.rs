//! Compresses bodies.

use std::io::{self, Write};

use axum::http::{HeaderMap, header};
use bytes::Bytes;

use crate::weighted::weighted;

/// Shorter bodies are not compressed: they fit into one packet anyway.
const MIN_LENGTH: usize = 1024;
/// Longer bodies are compressed on a separate thread.
const MAX_INLINE_LENGTH: usize = 64 << 10;

/// Longer bodies are compressed at the lowest level, because compressing must not cost more than making the
/// answer.
const LOWEST_LEVEL_LENGTH: usize = 512 << 10;
/// Even longer bodies are not compressed, except with `zstd`, which is fast enough for any length.
const MAX_LENGTH: usize = 3 << 20;

/// A content coding (RFC 9110, 8.4.1; RFC 7932, RFC 8878).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) enum Encoding {
    Identity,
    Gzip,
    Zstd,
    Brotli,
}

impl Encoding {
    /// The codings that compress, best compression first.
    const ALL: [Self; 3] = [Self::Brotli, Self::Zstd, Self::Gzip];

    /// Returns the coding that the client prefers; among equals, the one that compresses best. Without an
    /// acceptable coding, the body is not compressed.
    pub(super) fn negotiate(headers: &HeaderMap) -> Self {
        let mut best = (0.0, Self::Identity);
        for (name, weight) in weighted(headers, &header::ACCEPT_ENCODING) {
            let named = Self::ALL
                .into_iter()
                .find(|encoding| encoding.name().is_some_and(|known| name.eq_ignore_ascii_case(known)));
            // A client that accepts any coding gets gzip.
            let Some(named) = named.or((name == "*").then_some(Self::Gzip)) else { continue };
            if weight > best.0 || (weight == best.0 && weight > 0.0 && named.rank() < best.1.rank()) {
                best = (weight, named);
            }
        }
        best.1
    }

    fn rank(self) -> usize {
        Self::ALL.iter().position(|encoding| *encoding == self).unwrap_or(Self::ALL.len())
    }

    /// Returns the name in headers.
    pub(super) fn name(self) -> Option<&'static str> {
        match self {
            Self::Identity => None,
            Self::Gzip => Some("gzip"),
            Self::Zstd => Some("zstd"),
            Self::Brotli => Some("br"),
        }
    }

    /// Returns the suffix of ETags. The bytes differ, so the ETags must differ (RFC 9110, 8.8.3.3).
    pub(super) fn suffix(self) -> &'static str {
        match self {
            Self::Identity => "",
            Self::Gzip => "-gzip",
            Self::Zstd => "-zstd",
            Self::Brotli => "-br",
        }
    }

    /// Whether a body of this length is compressed.
    pub(super) fn is_worth_it(self, length: usize) -> bool {
        match self {
            Self::Identity => false,
            Self::Zstd => length >= MIN_LENGTH,
            Self::Gzip | Self::Brotli => (MIN_LENGTH..=MAX_LENGTH).contains(&length),
        }
    }

    /// Compresses a body.
    pub(super) async fn compress(self, body: Bytes) -> io::Result<Bytes> {
        if body.len() <= MAX_INLINE_LENGTH {
            return self.bytes(&body);
        }
        tokio::task::spawn_blocking(move || self.bytes(&body)).await.map_err(io::Error::other)?
    }

    /// Compresses at a level that takes about as long as making the answer.
    fn bytes(self, body: &[u8]) -> io::Result<Bytes> {
        let out = Vec::with_capacity(body.len() / 2);
        let is_long = body.len() > LOWEST_LEVEL_LENGTH;
        let bytes = match self {
            Self::Identity => body.to_vec(),
            Self::Gzip => {
                let mut writer =
                    flate2::write::GzEncoder::new(out, flate2::Compression::new(if is_long { 1 } else { 6 }));
                writer.write_all(body)?;
                writer.finish()?
            }
            Self::Zstd => zstd::stream::encode_all(body, if is_long { 1 } else { 6 })?,
            Self::Brotli => {
                let mut out = out;
                // A window larger than the body would only waste memory.
                let lgwin = body.len().next_power_of_two().ilog2().clamp(16, 22);
                let params = brotli::enc::BrotliEncoderParams {
                    quality: if is_long { 1 } else { 5 },
                    lgwin: i32::try_from(lgwin).unwrap_or(22),
                    size_hint: body.len(),
                    ..Default::default()
                };
                brotli::BrotliCompress(&mut &body[..], &mut out, &params)?;
                out
            }
        };
        Ok(bytes.into())
    }
}

#[cfg(test)]
mod tests {
    use std::io::Read;

    use axum::http::HeaderValue;

    use super::*;

    #[test]
    fn long_bodies_are_compressed_and_can_be_decompressed() {
        for length in [2 << 10, 100 << 10, 2 << 20] {
            let body = "all about flu shots; ".repeat(length / 21).into_bytes();
            for encoding in Encoding::ALL {
                assert!(encoding.is_worth_it(length), "{encoding:?}, {length}");
                let bytes = encoding.bytes(&body).unwrap();
                assert!(bytes.len() < length / 10, "{encoding:?}, {length}: {}", bytes.len());
                let mut again = Vec::new();
                match encoding {
                    Encoding::Identity => again.extend(&bytes),
                    Encoding::Gzip => {
                        flate2::read::GzDecoder::new(&bytes[..]).read_to_end(&mut again).unwrap();
                    }
                    Encoding::Zstd => again = zstd::stream::decode_all(&bytes[..]).unwrap(),
                    Encoding::Brotli => brotli::BrotliDecompress(&mut &bytes[..], &mut again).unwrap(),
                }
                assert!(again == body, "{encoding:?}, {length}");
            }
        }
        assert!(!Encoding::Brotli.is_worth_it(16 << 20) && Encoding::Zstd.is_worth_it(16 << 20));
        assert!(!Encoding::Zstd.is_worth_it(1_000) && !Encoding::Identity.is_worth_it(10_000));
    }

    #[test]
    fn the_client_gets_what_it_prefers() {
        for (accepted, expected) in [
            ("gzip, deflate, br, zstd", Encoding::Brotli),
            ("gzip, zstd", Encoding::Zstd),
            ("GZIP", Encoding::Gzip),
            ("gzip;q=1.0, br;q=0.5", Encoding::Gzip),
            ("br;q=0", Encoding::Identity),
            ("*", Encoding::Gzip),
            ("identity", Encoding::Identity),
            ("deflate, compress", Encoding::Identity),
            ("", Encoding::Identity),
        ] {
            let mut headers = HeaderMap::new();
            headers.insert(header::ACCEPT_ENCODING, HeaderValue::from_static(accepted));
            assert_eq!(Encoding::negotiate(&headers), expected, "{accepted}");
        }
        assert_eq!(Encoding::negotiate(&HeaderMap::new()), Encoding::Identity);
    }
}
