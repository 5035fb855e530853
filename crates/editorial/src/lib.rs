//! What editors are told: how two revisions differ, and what a revision should be mended for before it
//! is published.
//!
//! Pure, like `domain`: whatever is needed from outside is an argument.

pub mod checks;
pub mod diff;
