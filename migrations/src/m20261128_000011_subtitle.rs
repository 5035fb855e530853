//! Adds the subtitle.

use sea_orm_migration::prelude::*;

#[derive(DeriveMigrationName)]
pub(crate) struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        for table in ["revision", "publication"] {
            let statement = format!("ALTER TABLE {table} ADD COLUMN subtitle text");
            manager.get_connection().execute_unprepared(&statement).await?;
        }
        Ok(())
    }
}
