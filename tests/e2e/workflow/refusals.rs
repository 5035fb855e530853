//! What is refused says why, and what can be done instead.
