//! The digests by which answers are cached.

use sha2::{Digest as _, Sha256};

/// A SHA-256. Clients choose what is digested. With a weaker hash, a client could construct two requests with the
/// same digest, and one would be answered with the answer to the other.
pub(crate) type Digest = [u8; 32];

/// Returns the digest of a list of texts.
pub(crate) fn digest(parts: &[&[u8]]) -> Digest {
    let mut hash = Sha256::new();
    for part in parts {
        // The length makes sure that different lists have different bytes.
        hash.update((part.len() as u64).to_le_bytes());
        hash.update(part);
    }
    hash.finalize().into()
}
