//! Adds a hash index on the id of publications on PostgreSQL. A page of a label looks up each of its publications, and
//! a hash index takes the same number of steps for any size of the table. SQLite stores tables in the order of their
//! ids and needs no index.

use sea_orm_migration::prelude::*;
use sea_orm_migration::sea_orm::DbBackend;

#[derive(DeriveMigrationName)]
pub(crate) struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        if manager.get_database_backend() == DbBackend::Postgres {
            let index = "CREATE INDEX publication_by_id ON publication USING hash (id)";
            manager.get_connection().execute_unprepared(index).await?;
        }
        Ok(())
    }
}
