//! Connections to either database: statements, transactions, time limits, and whether the database answers.

mod availability;
pub(crate) mod deadline;
mod fixed_query;
mod memory;
mod replica;
mod statement_pool;
mod transaction;

pub use availability::Availability;
pub(crate) use availability::{GaveUp, Probe};
pub use deadline::within;
pub(crate) use fixed_query::FixedQuery;
pub(crate) use memory::{CACHE_SIZE, ConnectionMemory};
pub(crate) use replica::Replica;
pub use statement_pool::StatementPool;
pub use transaction::Transaction;
pub(crate) use transaction::TransactionMode;

/// How many connections of one kind are in use.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PoolUsage {
    /// The number of connections in use.
    pub in_use: usize,
    /// The current limit of connections.
    pub most: usize,
    /// The number of callers that wait for a connection.
    pub waiting: usize,
}
