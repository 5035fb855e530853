//! Databases for tests.

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicI64, Ordering};
use std::sync::{Arc, OnceLock};

use super::server::{EVERY_SCOPE, key};
use super::{postgres, scratch, sql};

/// The kind of a database.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    /// An SQLite file.
    Sqlite,
    /// A database on a PostgreSQL server.
    Postgres,
}

/// The tables of a publication, in an order in which rows refer only to earlier tables.
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

/// Gives a copy of the template marks of its own, as a migration does. Different databases never have the same marks.
const NEW_MARKS_SQLITE: &str = "UPDATE edition_counter SET mark = random(), taxonomy_mark = random();
     UPDATE edition_counter SET empty_mark = mark";
const NEW_MARKS_POSTGRES: &str = "UPDATE edition_counter SET
         mark = ('x' || substr(md5(gen_random_uuid()::text), 1, 16))::bit(64)::bigint,
         taxonomy_mark = ('x' || substr(md5(gen_random_uuid()::text), 1, 16))::bit(64)::bigint;
     UPDATE edition_counter SET empty_mark = mark";

/// A database that is removed at the end of the test.
#[derive(Debug)]
pub(crate) struct Database {
    pub(crate) kind: Kind,
    url: String,
    home: Home,
    /// The API key with every scope that it was made with.
    key: Option<String>,
    at_least: Arc<AtomicI64>,
}

#[derive(Debug)]
enum Home {
    Folder(PathBuf),
    Server(String),
    Elsewhere,
}

impl Database {
    /// A new database without tables.
    pub(crate) fn create(kind: Kind) -> Self {
        match kind {
            Kind::Sqlite => Self::in_new_folder(),
            Kind::Postgres => Self::on_server(""),
        }
    }

    /// A new database with all tables, an empty publication, and an API key that has every scope. It is a copy of a
    /// template: copying takes a fraction of the time that the migrations take.
    pub(crate) fn migrated(kind: Kind) -> Self {
        static TEMPLATES: [OnceLock<Database>; 2] = [const { OnceLock::new() }; 2];
        let template = TEMPLATES[kind as usize].get_or_init(|| {
            let mut template = Self::create(kind);
            template.key = Some(key(&template, &EVERY_SCOPE));
            if kind == Kind::Sqlite {
                // Everything moves from the write-ahead log into the file that is copied.
                template.execute("PRAGMA wal_checkpoint(TRUNCATE)");
            }
            template
        });
        let mut copy = match kind {
            Kind::Sqlite => {
                let copy = Self::in_new_folder();
                let log = fs::metadata(template.file().with_extension("db-wal")).map_or(0, |log| log.len());
                assert_eq!(log, 0, "the file is complete without its write-ahead log");
                fs::copy(template.file(), copy.file()).unwrap();
                copy.execute(NEW_MARKS_SQLITE);
                copy
            }
            Kind::Postgres => {
                let Home::Server(name) = &template.home else { panic!("{template:?} is not on the server") };
                let copy = Self::on_server(&format!("TEMPLATE {name}"));
                copy.execute(NEW_MARKS_POSTGRES);
                copy
            }
        };
        copy.key.clone_from(&template.key);
        copy
    }

    fn in_new_folder() -> Self {
        let folder = scratch::path("sqlite");
        fs::create_dir(&folder).unwrap();
        let url = format!("sqlite:{}", folder.join("test.db").display());
        Self { kind: Kind::Sqlite, url, home: Home::Folder(folder), key: None, at_least: Arc::default() }
    }

    /// A new database on the PostgreSQL server, created with these options.
    fn on_server(options: &str) -> Self {
        let server = postgres::server().unwrap();
        let name = format!("greymatters_test_{}_{}", std::process::id(), scratch::unique("db"));
        if server.is_external {
            fs::write(scratch::root().join("databases").join(&name), "").unwrap();
        }
        sql::postgres(&server.url, &format!("CREATE DATABASE {name} {options}")).unwrap();
        let url = server.url_of(&name);
        Self { kind: Kind::Postgres, url, home: Home::Server(name), key: None, at_least: Arc::default() }
    }

    /// The file of an SQLite database.
    fn file(&self) -> &Path {
        Path::new(self.url.strip_prefix("sqlite:").unwrap())
    }

    /// An SQLite file in this folder. It is removed with the folder.
    pub(crate) fn in_folder(folder: &Path) -> Self {
        let url = format!("sqlite:{}", folder.join("test.db").display());
        Self { kind: Kind::Sqlite, url, home: Home::Elsewhere, key: None, at_least: Arc::default() }
    }

    /// A PostgreSQL database with this URL. It is removed with its cluster.
    pub(crate) fn at(url: &str) -> Self {
        Self {
            kind: Kind::Postgres,
            url: url.to_owned(),
            home: Home::Elsewhere,
            key: None,
            at_least: Arc::default(),
        }
    }

    /// After a write by another process: from now on, clients require the edition of that write.
    pub(crate) fn was_written_by_others(&self) {
        // After an import that was refused as a whole, there may be no tables.
        if let Ok(number) = sql::edition(self.kind, &self.url) {
            self.at_least.fetch_max(number, Ordering::Relaxed);
        }
    }

    /// The edition that clients require.
    pub(crate) fn at_least(&self) -> Arc<AtomicI64> {
        Arc::clone(&self.at_least)
    }

    /// An API key with every scope: the one that the database was made with, or a new one.
    pub(crate) fn key(&self) -> String {
        self.key.clone().unwrap_or_else(|| key(self, &EVERY_SCOPE))
    }

    pub(crate) fn url(&self) -> &str {
        &self.url
    }

    /// Saves a copy of the publication in the database, for [`Database::put_back`].
    pub(crate) fn save(&self) {
        let copies = TABLES.map(|table| format!("CREATE TABLE saved_{table} AS SELECT * FROM {table};"));
        self.execute(&copies.concat());
    }

    /// Restores the saved publication, without the knowledge of running servers.
    pub(crate) fn put_back(&self) {
        let begin = if self.kind == Kind::Sqlite { "BEGIN IMMEDIATE;" } else { "BEGIN;" };
        let emptied: String = TABLES.iter().rev().map(|table| format!("DELETE FROM {table};")).collect();
        let filled = TABLES.map(|table| format!("INSERT INTO {table} SELECT * FROM saved_{table};")).concat();
        self.execute(&format!("{begin} {emptied} {filled} COMMIT;"));
    }

    /// Returns the number that a query selects, bypassing the program.
    pub(crate) fn number(&self, query: &str) -> i64 {
        sql::number_in(self.kind, &self.url, query).unwrap()
    }

    /// Runs statements, bypassing the program.
    pub(crate) fn execute(&self, statements: &str) {
        self.try_execute(statements).unwrap();
    }

    /// Like [`Database::execute`], but returns the error of the database.
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
