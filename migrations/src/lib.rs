//! The migrations of the database schema, for SQLite and PostgreSQL.
//!
//! Migrations name tables and columns as text, and never use the current entities, so that a migration always does
//! what it did when it was written. Existing migrations are never edited; a change is a new migration at the end of
//! the list.

mod m20261123_000001_publication_core;
mod m20261125_000002_editorial_workflow;
mod m20261125_000003_keys;
mod m20261125_000004_publication_by_id;
mod m20261127_000005_edition_marks;
mod m20261127_000006_write_outcomes;
mod m20261127_000007_day_counts;
mod m20261127_000008_idempotency_keys;
mod m20261127_000009_mark_of_the_empty_edition;
mod m20261127_000010_former_slugs;
mod m20261128_000011_import_identity;
mod m20261128_000012_title_sort_keys;
mod m20261128_000013_label_corrections;
mod types;

use sea_orm_migration::prelude::*;

/// All migrations, the oldest first.
pub struct Migrator;

#[async_trait::async_trait]
impl MigratorTrait for Migrator {
    fn migrations() -> Vec<Box<dyn MigrationTrait>> {
        vec![
            Box::new(m20261123_000001_publication_core::Migration),
            Box::new(m20261125_000002_editorial_workflow::Migration),
            Box::new(m20261125_000003_keys::Migration),
            Box::new(m20261125_000004_publication_by_id::Migration),
            Box::new(m20261127_000005_edition_marks::Migration),
            Box::new(m20261127_000006_write_outcomes::Migration),
            Box::new(m20261127_000007_day_counts::Migration),
            Box::new(m20261127_000008_idempotency_keys::Migration),
            Box::new(m20261127_000009_mark_of_the_empty_edition::Migration),
            Box::new(m20261127_000010_former_slugs::Migration),
            Box::new(m20261128_000011_import_identity::Migration),
            Box::new(m20261128_000012_title_sort_keys::Migration),
            Box::new(m20261128_000013_label_corrections::Migration),
        ]
    }
}
