//! Connections to PostgreSQL.
//!
//! One [`Pool`] per database holds every connection that statements go over, and never more than it may.
//! Reads leave one for writes, and writes leave one for reads. A connection on which anything was given up is
//! closed, which has the server give it up as well.

mod connect;
mod connection;
mod permits;
mod pool;
mod transaction;

pub(crate) use connect::{Connector, Reach};
pub(crate) use connection::{Purpose, Timeouts};
pub(crate) use pool::Pool;
pub(crate) use transaction::PgTransaction;
