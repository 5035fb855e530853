//! What comes from outside, as any bytes at all: each target takes some and panics when something is not as
//! it must be. `fuzz/run` looks for such bytes; a test gives each target its seeds.

mod backups;
mod publication;
mod requests;
mod texts;

/// Something that reads what comes from outside.
#[derive(Debug, Clone, Copy)]
pub struct Target {
    /// Its name, which is also that of the folder of its seeds.
    pub name: &'static str,
    /// Reads an input.
    pub run: fn(&[u8]),
}

/// Every target.
pub const TARGETS: &[Target] = &[
    Target { name: "documents", run: requests::documents },
    Target { name: "variables", run: requests::variables },
    Target { name: "query_strings", run: requests::query_strings },
    Target { name: "headers", run: requests::headers },
    Target { name: "preview_tokens", run: requests::preview_tokens },
    Target { name: "bearer_tokens", run: requests::bearer_tokens },
    Target { name: "cursors", run: texts::cursors },
    Target { name: "instants", run: texts::instants },
    Target { name: "markdown", run: texts::markdown },
    Target { name: "article_files", run: texts::article_files },
    Target { name: "taxonomy_files", run: texts::taxonomy_files },
    Target { name: "backups", run: backups::backups },
];

/// Removes the database of the requests. The publication cannot be used afterwards.
pub fn clean_up() {
    publication::remove_file();
}
