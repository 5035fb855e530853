//! Connections to PostgreSQL.
//!
//! One [`Pool`] per database holds all connections for statements, and limits their number. Reads leave at least one
//! connection for writes, and writes leave at least one for reads. A connection whose statement was abandoned is
//! closed, so that the server abandons the statement as well.

mod connect;
mod lease;
mod permits;
mod pool;
mod purpose;
mod transaction;

pub(crate) use connect::{Connector, SettingsScope};
pub(crate) use pool::Pool;
pub(crate) use purpose::{Purpose, Timeouts};
pub(crate) use transaction::PgTransaction;
