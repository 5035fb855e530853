//! A database for one test.

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};

use super::{postgres, scratch, sql};

/// Which database.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    /// A file.
    Sqlite,
    /// A database of a PostgreSQL server.
    Postgres,
}

/// The tables of a publication. In this order no row refers to one that comes later.
const TABLES: [&str; 16] = [
    "edition_counter",
    "edition",
    "change",
    "tag",
    "tag_redirect",
    "topic",
    "author",
    "article",
    "article_slug",
    "revision",
    "publication",
    "publication_body",
    "listing",
    "label_count",
    "day_count",
    "working_label",
];

/// A database that is gone when the test is over.
#[derive(Debug)]
pub(crate) struct Database {
    pub(crate) kind: Kind,
    url: String,
    home: Home,
    at_least: Arc<AtomicI64>,
}

#[derive(Debug)]
enum Home {
    Folder(PathBuf),
    Server(String),
    Elsewhere,
}

impl Database {
    /// A new one, empty.
    pub(crate) fn create(kind: Kind) -> Self {
        match kind {
            Kind::Sqlite => {
                let folder = scratch::path("sqlite");
                fs::create_dir(&folder).unwrap();
                let url = format!("sqlite:{}", folder.join("test.db").display());
                Self { kind, url, home: Home::Folder(folder), at_least: Arc::default() }
            }
            Kind::Postgres => {
                let server = postgres::server().unwrap();
                let name = format!("greymatters_test_{}_{}", std::process::id(), scratch::unique("db"));
                if server.is_external {
                    fs::write(scratch::root().join("databases").join(&name), "").unwrap();
                }
                sql::postgres(&server.url, &format!("CREATE DATABASE {name}")).unwrap();
                Self { kind, url: server.url_of(&name), home: Home::Server(name), at_least: Arc::default() }
            }
        }
    }

    /// A file of SQLite in this folder, which goes with it.
    pub(crate) fn in_folder(folder: &Path) -> Self {
        let url = format!("sqlite:{}", folder.join("test.db").display());
        Self { kind: Kind::Sqlite, url, home: Home::Elsewhere, at_least: Arc::default() }
    }

    /// A database of PostgreSQL at this address, which goes with its cluster.
    pub(crate) fn at(url: &str) -> Self {
        Self { kind: Kind::Postgres, url: url.to_owned(), home: Home::Elsewhere, at_least: Arc::default() }
    }

    /// Has clients of its servers ask for what another process has just written.
    pub(crate) fn was_written_by_others(&self) {
        // An import that is refused as a whole may not even have made the tables.
        if let Ok(number) = sql::edition(self.kind, &self.url) {
            self.at_least.fetch_max(number, Ordering::Relaxed);
        }
    }

    /// The edition that its clients ask for at least.
    pub(crate) fn at_least(&self) -> Arc<AtomicI64> {
        Arc::clone(&self.at_least)
    }

    pub(crate) fn url(&self) -> &str {
        &self.url
    }

    /// Keeps a copy of the publication, for [`Database::put_back`].
    pub(crate) fn save(&self) {
        let copies = TABLES.map(|table| format!("CREATE TABLE saved_{table} AS SELECT * FROM {table};"));
        self.execute(&copies.concat());
    }

    /// Has the publication be what it was when it was saved, as a restore does, past servers that run.
    pub(crate) fn put_back(&self) {
        let begin = if self.kind == Kind::Sqlite { "BEGIN IMMEDIATE;" } else { "BEGIN;" };
        let emptied: String = TABLES.iter().rev().map(|table| format!("DELETE FROM {table};")).collect();
        let filled = TABLES.map(|table| format!("INSERT INTO {table} SELECT * FROM saved_{table};")).concat();
        self.execute(&format!("{begin} {emptied} {filled} COMMIT;"));
    }

    /// A number that it answers, past the program.
    pub(crate) fn number(&self, query: &str) -> i64 {
        sql::number_in(self.kind, &self.url, query).unwrap()
    }

    /// Runs statements, past the program.
    pub(crate) fn execute(&self, statements: &str) {
        self.try_execute(statements).unwrap();
    }

    /// The same; answers why the database refuses, if it does.
    pub(crate) fn try_execute(&self, statements: &str) -> Result<(), String> {
        match self.kind {
            Kind::Sqlite => sql::sqlite(&self.url, statements),
            Kind::Postgres => sql::postgres(&self.url, statements),
        }
        .map_err(|error| error.to_string())
    }
}

impl Drop for Database {
    fn drop(&mut self) {
        match &self.home {
            Home::Elsewhere => {}
            Home::Folder(folder) => {
                let _ = fs::remove_dir_all(folder);
            }
            Home::Server(name) => {
                if let Some(server) = postgres::server().filter(|_| !std::thread::panicking()) {
                    sql::postgres(&server.url, &format!("DROP DATABASE {name} WITH (FORCE)")).unwrap();
                    let _ = fs::remove_file(scratch::root().join("databases").join(name));
                }
            }
        }
    }
}
