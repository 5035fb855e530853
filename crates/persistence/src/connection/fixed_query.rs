//! Queries whose SQL text never changes. Building the text takes longer than sending it, so it is built once.

use std::sync::OnceLock;

use sea_orm::sea_query::{SelectStatement, Value};
use sea_orm::{DbBackend, Statement};

/// The SQL text of a query for each database, built at the first use.
pub(crate) struct FixedQuery {
    postgres: OnceLock<String>,
    sqlite: OnceLock<String>,
}

impl FixedQuery {
    pub(crate) const fn new() -> Self {
        Self { postgres: OnceLock::new(), sqlite: OnceLock::new() }
    }

    /// The query with these values: all that `build` binds, in the same order.
    pub(crate) fn with(
        &self,
        database: DbBackend,
        values: impl IntoIterator<Item = Value>,
        build: impl FnOnce() -> SelectStatement,
    ) -> Statement {
        let text = if database == DbBackend::Postgres { &self.postgres } else { &self.sqlite };
        let text = text.get_or_init(|| database.build(&build()).sql);
        Statement::from_sql_and_values(database, text, values)
    }
}
