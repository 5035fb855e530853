//! The storage of the generated publications, for each kind of database.

use std::fs;
use std::path::{Path, PathBuf};
use std::time::Instant;

use serde::{Deserialize, Serialize};

use crate::cli::Database;
use crate::cluster::Cluster;
use crate::dataset::{self, Dataset};
use crate::failure::{Result, While};
use crate::generate::generate;
use crate::postgres::ask;
use crate::server::make_key;

/// A generated publication in a database.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct Stored {
    pub(crate) articles: u32,
    pub(crate) generated_in_seconds: f64,
    pub(crate) bytes: u64,
}

/// The storage of the publications for one kind of database.
pub(crate) struct Storage {
    pub(crate) database: Database,
    kind: Kind,
    work_dir: PathBuf,
}

enum Kind {
    Files,
    Temporary(Cluster),
    /// The URL of an existing server, from `--postgres-url`.
    External(String),
}

impl Storage {
    /// Opens the storage. Starts a PostgreSQL cluster when one is needed and no server is named.
    pub(crate) fn open(database: Database, postgres_url: Option<&str>, work_dir: &Path) -> Result<Self> {
        let kind = match (database, postgres_url) {
            (Database::Sqlite, _) => Kind::Files,
            (Database::Postgres, Some(url)) => Kind::External(url.to_owned()),
            (Database::Postgres, None) => Kind::Temporary(Cluster::start(&work_dir.join("postgres"))?),
        };
        Ok(Self { database, kind, work_dir: work_dir.to_owned() })
    }

    /// Returns the name for use in file names.
    pub(crate) fn name(&self) -> &'static str {
        match self.kind {
            Kind::Files | Kind::Temporary(_) => self.database.name(),
            Kind::External(_) => "given-postgres",
        }
    }

    /// Returns the PostgreSQL cluster, if this program started it.
    pub(crate) fn cluster(&self) -> Option<&Cluster> {
        match &self.kind {
            Kind::Temporary(cluster) => Some(cluster),
            Kind::Files | Kind::External(_) => None,
        }
    }

    /// Returns the URL of the publication of this size.
    pub(crate) fn url(&self, articles: u32) -> String {
        self.url_of(&name(articles))
    }

    /// Returns the file of the publication of this size, on SQLite.
    pub(crate) fn file(&self, articles: u32) -> Option<PathBuf> {
        matches!(self.kind, Kind::Files).then(|| self.file_of(&name(articles)))
    }

    /// Generates the publication of this size, unless it exists already.
    pub(crate) fn stored(&self, program: &Path, articles: u32, regenerate: bool) -> Result<Stored> {
        let manifest = self.work_dir.join(format!("{}-{}.json", self.name(), name(articles)));
        if regenerate && manifest.exists() {
            fs::remove_file(&manifest).during(manifest.display())?;
        }
        if let Ok(text) = fs::read_to_string(&manifest)
            && let Ok(stored) = serde_json::from_str(&text)
            && self.has(articles)
        {
            return Ok(stored);
        }
        eprintln!("generating {articles} articles ({})", self.name());
        let start = Instant::now();
        self.remove_database(&name(articles))?;
        if !matches!(self.kind, Kind::Files) {
            ask(&self.server(), &format!("CREATE DATABASE {}", name(articles)))?;
        }
        let url = self.url(articles);
        generate(program, &url, &Dataset::new(articles as usize))?;
        let seconds = start.elapsed().as_secs_f64();
        make_key(program, &url)?;
        let stored = Stored { articles, generated_in_seconds: seconds, bytes: self.bytes(articles)? };
        fs::write(&manifest, serde_json::to_string(&stored).during("a manifest")?)
            .during(manifest.display())?;
        Ok(stored)
    }

    /// Copies the publication of this size, for writing. The copy replaces an earlier one. The original must not be in
    /// use.
    pub(crate) fn copy(&self, articles: u32) -> Result<DatabaseCopy<'_>> {
        let copy = DatabaseCopy { storage: self, name: format!("{}_copy", name(articles)) };
        self.remove_database(&copy.name)?;
        if matches!(self.kind, Kind::Files) {
            let (from, to) = (self.file_of(&name(articles)), self.file_of(&copy.name));
            for suffix in ["", "-wal"] {
                let [from, to] = [&from, &to].map(|path| with_suffix(path, suffix));
                if from.exists() {
                    fs::copy(&from, &to).during(to.display())?;
                }
            }
        } else {
            ask(&self.server(), &format!("CREATE DATABASE {} TEMPLATE {}", copy.name, name(articles)))?;
        }
        Ok(copy)
    }

    /// Returns the URL of the database with this name.
    fn url_of(&self, name: &str) -> String {
        match &self.kind {
            Kind::Files => format!("sqlite:{}", self.file_of(name).display()),
            Kind::Temporary(cluster) => cluster.url(name),
            Kind::External(url) => with_database(url, name),
        }
    }

    fn file_of(&self, name: &str) -> PathBuf {
        self.work_dir.join(name).with_extension("db")
    }

    /// Returns the URL for creating and dropping databases.
    fn server(&self) -> String {
        match &self.kind {
            Kind::External(url) => url.clone(),
            Kind::Files | Kind::Temporary(_) => self.url_of("postgres"),
        }
    }

    fn has(&self, articles: u32) -> bool {
        match self.kind {
            Kind::Files => self.file_of(&name(articles)).exists(),
            Kind::Temporary(_) | Kind::External(_) => ask(&self.url(articles), "SELECT 1").is_ok(),
        }
    }

    /// Removes a database, if it exists.
    fn remove_database(&self, name: &str) -> Result<()> {
        if !matches!(self.kind, Kind::Files) {
            return ask(&self.server(), &format!("DROP DATABASE IF EXISTS {name}")).map(|_| ());
        }
        for suffix in ["", "-wal", "-shm"] {
            let path = with_suffix(&self.file_of(name), suffix);
            if path.exists() {
                fs::remove_file(&path).during(path.display())?;
            }
        }
        Ok(())
    }

    fn bytes(&self, articles: u32) -> Result<u64> {
        match self.kind {
            Kind::Files => {
                let file = self.file_of(&name(articles));
                Ok(fs::metadata(&file).during(file.display())?.len())
            }
            Kind::Temporary(_) | Kind::External(_) => {
                let size = ask(&self.url(articles), "SELECT pg_database_size(current_database())")?;
                size.parse().during("the size of the database")
            }
        }
    }
}

/// A copy of a publication. Dropping it removes the database.
pub(crate) struct DatabaseCopy<'a> {
    storage: &'a Storage,
    name: String,
}

impl DatabaseCopy<'_> {
    pub(crate) fn url(&self) -> String {
        self.storage.url_of(&self.name)
    }
}

impl Drop for DatabaseCopy<'_> {
    fn drop(&mut self) {
        // If this fails, the next call of `copy` removes the database.
        let _ = self.storage.remove_database(&self.name);
    }
}

/// Returns the name of the database of a publication.
pub(crate) fn name(articles: u32) -> String {
    format!("greymatters_bench_v{}_{articles}", dataset::VERSION)
}

fn with_suffix(path: &Path, suffix: &str) -> PathBuf {
    let mut path = path.as_os_str().to_owned();
    path.push(suffix);
    path.into()
}

/// Replaces the name of the database in a URL.
fn with_database(url: &str, database: &str) -> String {
    let (address, query) = url.split_once('?').map_or((url, None), |(address, query)| (address, Some(query)));
    let after_scheme = address.find("://").map_or(0, |index| index + 3);
    let server = address[after_scheme..].find('/').map_or(address, |slash| &address[..after_scheme + slash]);
    let query = query.map(|query| format!("?{query}")).unwrap_or_default();
    format!("{server}/{database}{query}")
}

#[cfg(test)]
mod tests {
    use super::with_database;

    #[test]
    fn the_database_of_a_url_is_replaced() {
        for (url, expected) in [
            ("postgres://a:b@host", "postgres://a:b@host/x"),
            ("postgres://host:5432/old?sslmode=disable", "postgres://host:5432/x?sslmode=disable"),
        ] {
            assert_eq!(with_database(url, "x"), expected);
        }
    }
}
