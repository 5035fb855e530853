//! Bringing the schema of the database up to date.

use migrations::Migrator;
use sea_orm::sqlx::postgres::PgPoolOptions;
use sea_orm::{
    ConnectionTrait, SqliteTransactionMode, SqlxPostgresConnector, TransactionOptions, TransactionTrait,
};
use sea_orm_migration::MigratorTrait;

use super::connect::CONNECT_TIMEOUT;
use super::{Backend, Database, Schema, Store};
use crate::postgres::SettingsScope;
use crate::{StoreError, Transaction};

/// The advisory lock for migrations and restores. Its number is "greymatt" in ASCII, so that no other program uses it.
pub(crate) const MIGRATION_LOCK: i64 = 0x6772_6579_6d61_7474;

impl Store {
    /// Applies the missing migrations, and returns their number. Several nodes can do this at the same time: one of
    /// them migrates, and the others wait and find nothing to do. A schema that is newer than this program is an
    /// error.
    pub async fn migrate(&self) -> Result<usize, StoreError> {
        match self.schema().await? {
            Schema::Older(_) => {}
            other => return other.ensure_current().map(|()| 0),
        }
        let (connection, scope) = match &self.backend {
            Backend::Sqlite { file, .. } => (file.connect_to_migrate().await?, None),
            Backend::Postgres { pool } => {
                let connector = pool.connector();
                let connections = PgPoolOptions::new().max_connections(1).acquire_timeout(CONNECT_TIMEOUT);
                let connections = connections.connect_lazy_with(connector.unlimited());
                let scope = Some(connector.settings_scope());
                (SqlxPostgresConnector::from_sqlx_postgres_pool(connections), scope)
            }
        };
        let options = TransactionOptions {
            sqlite_transaction_mode: scope.is_none().then_some(SqliteTransactionMode::Immediate),
            ..TransactionOptions::default()
        };
        let tx = connection.begin_with_options(options).await?;
        if self.database() == Database::Postgres {
            tx.execute_unprepared(&format!("SELECT pg_advisory_xact_lock({MIGRATION_LOCK})")).await?;
        }
        if scope == Some(SettingsScope::Transaction) {
            // The session of the pooler may have prepared statements of others, with the names that sqlx uses.
            tx.execute_unprepared("DEALLOCATE ALL").await?;
        }
        let pending = match Schema::of(&tx).await? {
            Schema::Older(pending) => pending,
            other => return other.ensure_current().map(|()| 0),
        };
        Migrator::install(&tx).await?;
        if self.database() == Database::Postgres {
            // Waits for running writes, and makes later ones wait: see `schema`.
            tx.execute_unprepared("LOCK TABLE seaql_migrations IN ACCESS EXCLUSIVE MODE").await?;
        }
        Migrator::up(&tx, None).await?;
        if scope == Some(SettingsScope::Transaction) {
            tx.execute_unprepared("DEALLOCATE ALL").await?;
        }
        tx.commit().await?;
        connection.close().await?;
        self.check_file()?;
        Ok(pending)
    }

    /// Compares the schema of the database with the schema that this program knows.
    pub async fn schema(&self) -> Result<Schema, StoreError> {
        let schema = Schema::of(&self.readers).await?;
        self.newer_schema.note(&schema);
        Ok(schema)
    }

    /// Whether the schema was newer than this program when it was last checked. Then the database is only read, and all
    /// writes are refused.
    #[must_use]
    pub fn is_newer(&self) -> bool {
        self.newer_schema.is_known()
    }

    /// Checks that this program knows the schema. It must be the first read of a transaction that writes: from then
    /// on, a migration waits for the transaction.
    pub(super) async fn ensure_known_schema(&self, tx: &Transaction) -> Result<(), StoreError> {
        if super::schema::is_known(tx).await? {
            return Ok(());
        }
        let schema = Schema::of(tx).await?;
        self.newer_schema.note(&schema);
        schema.ensure_current()
    }
}
