//! Digests: what answers are kept by.

use sha2::{Digest as _, Sha256};

/// A SHA-256. Clients choose what is digested, so nothing weaker would do: whoever found two requests
/// with one digest could have one answered in place of the other.
pub(crate) type Digest = [u8; 32];

/// The digest of a list of texts.
pub(crate) fn digest(parts: &[&[u8]]) -> Digest {
    let mut hash = Sha256::new();
    for part in parts {
        // With its length, so that no other list has the same bytes.
        hash.update((part.len() as u64).to_le_bytes());
        hash.update(part);
    }
    hash.finalize().into()
}
