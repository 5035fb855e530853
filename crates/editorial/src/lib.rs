//! What editors are told about a text: what changed between two revisions, and what to mend before
//! it is published.
//!
//! Pure: no async, SQL, HTTP, serde, clock or environment. The same input gives the same answer on
//! every machine, and bodies of the greatest size, however hostile, take time in proportion to
//! their length; `diff/sequence.rs` says what bounds make it so.

#![forbid(unsafe_code)]

pub mod checks;
pub mod diff;
