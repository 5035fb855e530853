//! Files of other systems in; what their authors wrote out. Pure: no file system, no clock, no
//! database. What an article may be is for the domain to say; here it is only read.

pub mod markdown;
pub mod taxonomy;
