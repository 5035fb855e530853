//! Parses the files of other publishing systems. Pure: no file system, no clock, no database. It only
//! parses; the domain decides which articles are valid.

pub mod markdown;
pub mod taxonomy;
