//! Adds the number of live articles for each day. It makes it fast to count the articles in a range of dates, and to
//! estimate the cost of a query before it is executed. The transactions that update the listing update it as well.

use sea_orm_migration::prelude::*;
use sea_orm_migration::sea_orm::DbBackend;

use crate::types::types;

#[derive(DeriveMigrationName)]
pub(crate) struct Migration;

const DAY_COUNT: &str =
    "CREATE TABLE day_count (day {bigint} NOT NULL PRIMARY KEY, articles {bigint} NOT NULL)";

/// Days count from 1 January 1970 in UTC; earlier days are negative.
const FILL: &str = "INSERT INTO day_count (day, articles) \
     SELECT (published_at - ((published_at % 86400000000 + 86400000000) % 86400000000)) / 86400000000, COUNT(*) \
     FROM publication WHERE until_edition IS NULL GROUP BY 1";

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let sqlite = manager.get_database_backend() == DbBackend::Sqlite;
        let strict = if sqlite { " STRICT" } else { "" };
        let connection = manager.get_connection();
        connection.execute_unprepared(&format!("{}{strict}", types(DAY_COUNT, sqlite))).await?;
        connection.execute_unprepared(FILL).await?;
        Ok(())
    }
}
