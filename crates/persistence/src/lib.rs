//! The only doors to the database: [`Store`], [`Snapshot`] for reading, [`Store::commit`] for writing, and the
//! repositories that they hand out.

mod articles;
mod audit;
mod availability;
mod backup;
mod budget;
mod built_once;
mod changes;
mod connection_memory;
mod convert;
mod deadline;
mod desk;
mod editions;
mod entity;
mod error;
mod idempotency;
mod keys;
mod late_ends;
mod listing;
mod outcome;
mod page_query;
mod page_text;
mod plan;
mod postgres;
mod previews;
mod private_file;
mod publication_row;
mod publications;
mod redirects;
mod replica;
mod reserve;
mod revisions;
mod schema;
mod sizes;
mod snapshot;
mod sqlite_connections;
mod sqlite_file;
mod sqlite_pages;
mod statement_pool;
mod store;
mod taxonomy;
mod transaction;
mod trials;
mod tx;
mod write;

pub use articles::{Articles, NextDue};
pub use audit::{Audit, AuditFilter};
pub use availability::Availability;
pub use backup::{
    AnswerDigest, Answers, BackupError, BackupFile, BackupSource, Completion, Copied, Manifest, Progress,
    Restoring, TableSum, UnfinishedBackup,
};
pub use budget::Budget;
pub use deadline::within;
pub use editions::{Announcements, Editions, Head, Successor};
pub use error::StoreError;
pub(crate) use idempotency::IdempotencyKeys;
pub use idempotency::{Creation, IdempotentRequest};
pub use keys::{ApiKey, Keys};
pub use outcome::WriteOrigin;
pub use plan::{CountPlan, PagePlan};
pub use previews::{Preview, Previews, Shows};
pub use publications::{Page, Publications};
pub use redirects::FormerSlug;
pub use schema::Schema;
pub use sizes::Sizes;
pub use snapshot::Snapshot;
pub use statement_pool::StatementPool;
pub use store::{Database, PoolUsage, Store, StoreOptions};
pub use taxonomy::TaxonomyRows;
pub use transaction::Transaction;
pub use trials::{PREVIEW_TIME, Turn};
pub use tx::Tx;
pub use write::{
    Attempt, AttemptConnection, Decided, Failure, NewPublication, SlugClaim, Steps, Write, WriteKind,
    WriteSet, retry_conflicts,
};
pub(crate) use write::{Batch, Place};

/// A connection or transaction that repositories work on.
pub use sea_orm::ConnectionTrait as Connection;
