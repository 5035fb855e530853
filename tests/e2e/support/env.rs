//! Where a test runs.

use std::sync::OnceLock;

use super::database::{Database, Kind};
use super::{Folder, Server, postgres};

/// Where a test runs: with which database.
pub(crate) struct Env {
    pub(crate) kind: Kind,
}

impl Env {
    /// Runs a test, unless its database is not installed.
    pub(crate) fn run(kind: Kind, test: impl Fn(&Self)) {
        if kind == Kind::Sqlite || postgres::server().is_some() {
            test(&Self { kind });
        }
    }

    pub(crate) fn is_postgres(&self) -> bool {
        self.kind == Kind::Postgres
    }

    /// A database that is there and empty.
    pub(crate) fn database(&self) -> Database {
        Database::create(self.kind)
    }

    /// A server of the test's own, with an empty publication.
    pub(crate) fn server(&self) -> Server {
        Server::start(self.database())
    }

    /// The server of the sample publication. All tests share it: they only read.
    pub(crate) fn sample(&self) -> &'static Server {
        static SQLITE: OnceLock<Server> = OnceLock::new();
        static POSTGRES: OnceLock<Server> = OnceLock::new();
        let server = match self.kind {
            Kind::Sqlite => &SQLITE,
            Kind::Postgres => &POSTGRES,
        };
        server.get_or_init(|| {
            let database = self.database();
            Folder::sample().import(&database, &[]).succeeded();
            Server::start(database)
        })
    }
}
