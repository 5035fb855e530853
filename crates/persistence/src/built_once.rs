//! Queries whose text is always the same. Building one costs more than sending it.

use std::sync::OnceLock;

use sea_orm::sea_query::{SelectStatement, Value};
use sea_orm::{DbBackend, Statement};

/// The text of a query, built when it is first needed.
pub(crate) struct BuiltOnce {
    postgres: OnceLock<String>,
    sqlite: OnceLock<String>,
}

impl BuiltOnce {
    pub(crate) const fn new() -> Self {
        Self { postgres: OnceLock::new(), sqlite: OnceLock::new() }
    }

    /// The query with these values, which have to be all that `build` binds, in its order.
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
