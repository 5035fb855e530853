//! Fuzz targets for all input from outside. Each target takes arbitrary bytes, and panics when the program
//! misbehaves. `fuzz/run` searches for such bytes, and a test runs each target on its seeds.

mod backups;
mod publication;
mod requests;
mod texts;

/// A fuzz target.
#[derive(Debug, Clone, Copy)]
pub struct Target {
    /// The name, which is also the name of the folder with its seeds.
    pub name: &'static str,
    /// Runs the target on an input. It panics when the program misbehaves.
    pub run: fn(&[u8]),
}

/// All targets.
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

/// Removes the files of the test database. Targets must not run afterwards.
pub fn clean_up() {
    publication::remove_file();
}
