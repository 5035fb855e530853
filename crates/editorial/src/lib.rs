//! Tools for editors: `diff` compares two revisions, and `checks` finds what to fix before an
//! article is published.
//!
//! Pure: no async, SQL, HTTP, serde, clock or environment. The result depends only on the input, not on
//! the machine. The running time is linear in the length of the bodies, even for hostile ones;
//! `diff/sequence.rs` explains the limits that ensure this.

#![forbid(unsafe_code)]

pub mod checks;
pub mod diff;
