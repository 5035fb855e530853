//! The environment of a test.

use std::sync::OnceLock;

use super::database::{Database, Kind};
use super::{Folder, Server, postgres};

static SAMPLES: [OnceLock<Server>; 2] = [const { OnceLock::new() }; 2];

/// The environment of a test: the kind of its database.
pub(crate) struct Env {
    pub(crate) kind: Kind,
}

impl Env {
    /// Runs a test if its database is installed.
    pub(crate) fn run(kind: Kind, test: impl Fn(&Self)) {
        if kind == Kind::Sqlite || postgres::server().is_some() {
            test(&Self { kind });
        }
    }

    /// A new database without tables.
    pub(crate) fn database(&self) -> Database {
        Database::create(self.kind)
    }

    /// A new database with an empty publication and an API key.
    pub(crate) fn migrated_database(&self) -> Database {
        Database::migrated(self.kind)
    }

    /// A new server with an empty publication.
    pub(crate) fn server(&self) -> Server {
        self.server_with(&[])
    }

    /// Like [`Env::server`], with these variables in its environment.
    pub(crate) fn server_with(&self, settings: &[(&str, &str)]) -> Server {
        Server::start_with(self.migrated_database(), settings)
    }

    /// The server of the sample publication. All tests share it, so they may only read.
    pub(crate) fn sample(&self) -> &'static Server {
        let server = &SAMPLES[self.kind as usize];
        server.get_or_init(|| {
            let database = self.database();
            Folder::sample().import(&database, &[]).succeeded();
            Server::start(database)
        })
    }
}

impl Drop for Env {
    fn drop(&mut self) {
        let Some(sample) = SAMPLES[self.kind as usize].get() else { return };
        let faults = sample.faults();
        if std::thread::panicking() {
            let log = sample.log();
            let last = log.get(log.len().saturating_sub(10)..);
            eprintln!("faults of the sample server: {faults:#?}; its last log lines: {last:#?}");
        } else {
            assert!(faults.is_empty(), "faults of the sample server: {faults:#?}");
        }
    }
}
