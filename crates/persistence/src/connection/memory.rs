//! How much memory each connection may use for its caches.

/// The setting of SQLite for [`ConnectionMemory::cache_size`].
pub(crate) const CACHE_SIZE: &str = "cache_size";
/// The approximate size of a prepared statement: its program on SQLite, its column descriptions on PostgreSQL.
const STATEMENT_BYTES: u64 = 16 << 10;
/// The smallest and the largest number of statements that a connection keeps prepared.
const STATEMENTS: (u64, u64) = (8, 100);
/// The smallest page cache of a connection to SQLite, in KiB.
const MIN_PAGES_KIB: u64 = 128;

/// How much one connection may keep in memory.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct ConnectionMemory {
    /// The number of statements that the connection keeps prepared.
    pub(crate) statements: usize,
    /// The size of the page cache in KiB; 0 on PostgreSQL, where the server caches pages.
    page_kib: u64,
}

impl ConnectionMemory {
    /// The share of one connection when several connections to SQLite use this many bytes together. A third is for
    /// statements, and the rest is for pages.
    pub(crate) fn on_sqlite(bytes: u64, connections: usize) -> Self {
        let each = bytes / connections as u64;
        let statements = statements(each / 3);
        let pages = each.saturating_sub(statements * STATEMENT_BYTES);
        Self { statements: statements as usize, page_kib: (pages >> 10).max(MIN_PAGES_KIB) }
    }

    /// The share of one connection when several connections to PostgreSQL use this many bytes together.
    pub(crate) fn on_postgres(bytes: u64, connections: usize) -> Self {
        Self { statements: statements(bytes / connections as u64) as usize, page_kib: 0 }
    }

    /// The value of SQLite's `cache_size`. A negative value is a number of KiB.
    pub(crate) fn cache_size(self) -> i64 {
        -i64::try_from(self.page_kib).unwrap_or(i64::MAX)
    }
}

/// The number of statements that fit into this many bytes.
fn statements(bytes: u64) -> u64 {
    (bytes / STATEMENT_BYTES).clamp(STATEMENTS.0, STATEMENTS.1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn connections_together_stay_within_the_given_memory() {
        for (bytes, connections) in [(4 << 20, 7), (16 << 20, 7), (64 << 20, 7), (1 << 30, 69)] {
            let each = ConnectionMemory::on_sqlite(bytes, connections);
            let taken =
                connections as u64 * ((each.page_kib << 10) + each.statements as u64 * STATEMENT_BYTES);
            assert!(taken <= bytes, "{taken} of {bytes}");
        }
        let little = ConnectionMemory::on_sqlite(0, 7);
        assert_eq!((little.statements, little.cache_size()), (8, -128));
        assert_eq!(ConnectionMemory::on_postgres(16 << 20, 24).statements, 42);
    }
}
