//! How much memory the connections to a database keep.

/// The setting of SQLite for [`KeptByConnection::cache_size`].
pub(crate) const CACHE_SIZE: &str = "cache_size";
/// About how much memory a prepared statement takes: on SQLite its program, on PostgreSQL what is known of its
/// columns.
const STATEMENT: u64 = 16 << 10;
/// How many statements a connection keeps prepared, at least and at most.
const STATEMENTS: (u64, u64) = (8, 100);
/// The smallest page cache of a connection to SQLite, in KiB.
const LEAST_PAGES: u64 = 128;

/// What one connection may keep in memory.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct KeptByConnection {
    /// How many different statements it keeps prepared.
    pub(crate) statements: usize,
    /// How many KiB of pages it keeps; none on PostgreSQL, where the server does that.
    page_kib: u64,
}

impl KeptByConnection {
    /// What each of so many connections to SQLite may keep, when they keep so many bytes together: a third for
    /// statements, and the rest for pages.
    pub(crate) fn on_sqlite(bytes: u64, connections: usize) -> Self {
        let each = bytes / connections as u64;
        let statements = statements(each / 3);
        let pages = each.saturating_sub(statements * STATEMENT);
        Self { statements: statements as usize, page_kib: (pages >> 10).max(LEAST_PAGES) }
    }

    /// What each of so many connections to PostgreSQL may keep, when they keep so many bytes together.
    pub(crate) fn on_postgres(bytes: u64, connections: usize) -> Self {
        Self { statements: statements(bytes / connections as u64) as usize, page_kib: 0 }
    }

    /// What SQLite calls `cache_size`: a negative number is of KiB.
    pub(crate) fn cache_size(self) -> i64 {
        -i64::try_from(self.page_kib).unwrap_or(i64::MAX)
    }
}

/// How many statements take so many bytes.
fn statements(bytes: u64) -> u64 {
    (bytes / STATEMENT).clamp(STATEMENTS.0, STATEMENTS.1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn connections_share_what_they_are_given() {
        for (bytes, connections) in [(4 << 20, 7), (16 << 20, 7), (64 << 20, 7), (1 << 30, 69)] {
            let each = KeptByConnection::on_sqlite(bytes, connections);
            let taken = connections as u64 * ((each.page_kib << 10) + each.statements as u64 * STATEMENT);
            assert!(taken <= bytes, "{taken} of {bytes}");
        }
        let little = KeptByConnection::on_sqlite(0, 7);
        assert_eq!((little.statements, little.cache_size()), (8, -128));
        assert_eq!(KeptByConnection::on_postgres(16 << 20, 24).statements, 42);
    }
}
