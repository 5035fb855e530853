//! The database. [`Store`] is the only access to it: [`Snapshot`] and [`read_page`] read, and [`Store::commit`] writes.
//!
//! | folder | what |
//! | --- | --- |
//! | `store/` | [`Store`]: connecting, migrating, and beginning to read or to write |
//! | `connection/` | pools, transactions and time limits for either database |
//! | `postgres/`, `sqlite/` | the connections to each database |
//! | `page/` | reading a page of articles, and counting articles |
//! | `cost/` | how a page or a count is read, and what that costs |
//! | `repositories/` | reading rows as domain values, and the statements that write them |
//! | `write/` | committing the decisions of use cases |
//! | `editions/` | the editions that this node knows, and those of other nodes |
//! | `backup/` | backups and restores |
//! | `entity/` | the tables, as SeaORM sees them |
//!
//! Every function that uses the database returns a [`StoreError`] if the database does not answer or refuses a
//! statement.

mod backup;
mod cells;
mod connection;
mod convert;
mod cost;
mod editions;
mod entity;
mod error;
mod page;
mod postgres;
mod private_file;
mod repositories;
mod sqlite;
mod store;
mod write;

pub use backup::{
    AnswerDigest, Answers, BackupError, BackupFile, BackupSource, CopiedBackup, Manifest, Progress, Restore,
    RestoredDatabase, TableSum, UnfinishedBackup,
};
pub use connection::{Availability, PoolUsage, StatementPool, Transaction, within};
pub use cost::{Budget, CountPlan, PagePlan, Sizes};
pub use editions::{Announcements, Editions, Head, Successor};
pub use error::StoreError;
pub use page::{Page, PageQuery, PageSource, page_cost, read_page};
pub use repositories::{
    Actors, ApiKey, Articles, Audit, AuditFilter, Creation, FormerSlug, IdempotentRequest, ImportedArticle,
    Keys, LabelUse, NextDue, Person, Preview, PreviewTarget, Previews, Publications, TaxonomyRows,
};
pub use store::{Database, Schema, SettledAudit, Snapshot, Store, StoreOptions};
pub use write::{
    Attempt, AttemptConnection, Decided, DryRunPermit, Failure, NewPublication, PREVIEW_TIME, SlugClaim,
    Steps, Write, WriteKind, WriteOrigin, WriteSet, noting_writes, retry_conflicts,
};

/// A connection or transaction that repositories work on.
pub use sea_orm::ConnectionTrait as Connection;
