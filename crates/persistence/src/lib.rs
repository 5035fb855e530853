//! The only doors to the database: [`Store`], [`Snapshot`] for reading, [`Tx`], [`EditionTx`] and [`AtOnce`]
//! for writing, and the repositories that they hand out.

mod articles;
mod at_once;
mod audit;
mod availability;
mod backup;
mod batch;
mod budget;
mod built_once;
mod changes;
mod connection_memory;
mod convert;
mod deadline;
mod desk;
mod direct;
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
mod store;
mod taxonomy;
mod transaction;
mod trials;
mod tx;

pub use articles::{Articles, NextDue};
pub use at_once::{AtOnce, Seen};
pub use audit::{Audit, AuditFilter};
pub use availability::Availability;
pub use backup::{
    AnswerDigest, Answers, BackupError, BackupFile, BackupSource, Completion, Copied, Manifest, Progress,
    Restoring, TableSum, UnfinishedBackup,
};
pub use budget::Budget;
pub use deadline::within;
pub use direct::Direct;
pub use editions::{Announcements, Editions, Head, Successor};
pub use error::StoreError;
pub use idempotency::{Creation, IdempotencyKeys, IdempotentRequest};
pub use keys::{ApiKey, Keys};
pub use outcome::WriteOrigin;
pub use plan::{CountPlan, PagePlan};
pub use previews::{Preview, Previews, Shows};
pub use publications::{Page, Publications};
pub use redirects::FormerSlug;
pub use schema::Schema;
pub use sizes::Sizes;
pub use snapshot::Snapshot;
pub use store::{Database, PoolUsage, Store, StoreOptions};
pub use taxonomy::TaxonomyRows;
pub use transaction::Transaction;
pub use trials::Turn;
pub use tx::{EditionTx, Tx};

/// A connection or transaction that repositories work on.
pub use sea_orm::ConnectionTrait as Connection;
