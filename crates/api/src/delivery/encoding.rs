//! How bodies are compressed.

use std::io::{self, Write};

use axum::http::{HeaderMap, header};
use bytes::Bytes;

use crate::weighted::weighted;

/// Shorter bodies are sent as they are: they fit into one packet anyway.
pub(super) const WORTH_IT: usize = 1024;
/// Longer ones are compressed apart from the threads that answer requests.
const INLINE: usize = 64 << 10;

/// A content coding (RFC 9110, 8.4.1; RFC 7932, RFC 8878).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) enum Encoding {
    Identity,
    Gzip,
    Zstd,
    Brotli,
}

impl Encoding {
    /// Those that compress, the smallest answers first.
    const ALL: [Self; 3] = [Self::Brotli, Self::Zstd, Self::Gzip];

    /// The one that the client likes best, and of those that it likes equally the smallest. Nothing at
    /// all, and nothing that we have, is answered as it is.
    pub(super) fn negotiate(headers: &HeaderMap) -> Self {
        let mut best = (0.0, Self::Identity);
        for (name, weight) in weighted(headers, &header::ACCEPT_ENCODING) {
            let named = Self::ALL
                .into_iter()
                .find(|encoding| encoding.name().is_some_and(|known| name.eq_ignore_ascii_case(known)));
            // Whoever takes anything has gzip.
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

    /// Its name in headers.
    pub(super) fn name(self) -> Option<&'static str> {
        match self {
            Self::Identity => None,
            Self::Gzip => Some("gzip"),
            Self::Zstd => Some("zstd"),
            Self::Brotli => Some("br"),
        }
    }

    /// What distinguishes its ETags: the bytes are other ones (RFC 9110, 8.8.3.3).
    pub(super) fn suffix(self) -> &'static str {
        match self {
            Self::Identity => "",
            Self::Gzip => "-gzip",
            Self::Zstd => "-zstd",
            Self::Brotli => "-br",
        }
    }

    /// Compresses a body.
    pub(super) async fn compress(self, body: Bytes) -> io::Result<Bytes> {
        if body.len() <= INLINE {
            return self.bytes(&body);
        }
        tokio::task::spawn_blocking(move || self.bytes(&body)).await.map_err(io::Error::other)?
    }

    /// At levels that take about as long as making the answer did.
    fn bytes(self, body: &[u8]) -> io::Result<Bytes> {
        let out = Vec::with_capacity(body.len() / 2);
        let bytes = match self {
            Self::Identity => body.to_vec(),
            Self::Gzip => {
                let mut writer = flate2::write::GzEncoder::new(out, flate2::Compression::new(6));
                writer.write_all(body)?;
                writer.finish()?
            }
            Self::Zstd => zstd::stream::encode_all(body, 6)?,
            Self::Brotli => {
                let mut out = out;
                let params = brotli::enc::BrotliEncoderParams { quality: 5, ..Default::default() };
                brotli::BrotliCompress(&mut &body[..], &mut out, &params)?;
                out
            }
        };
        Ok(bytes.into())
    }
}

#[cfg(test)]
mod tests {
    use axum::http::HeaderValue;

    use super::*;

    #[test]
    fn the_client_gets_what_it_likes_best() {
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
