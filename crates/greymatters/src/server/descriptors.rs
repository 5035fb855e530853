//! How many files and connections the process may have open.

/// Raises the limit as far as the system lets us. Returns the limit.
pub(crate) fn raise() -> u64 {
    match rlimit::increase_nofile_limit(u64::MAX) {
        Ok(limit) => limit,
        Err(error) => {
            tracing::warn!(%error, "the limit of open files could not be raised");
            rlimit::Resource::NOFILE.get_soft().unwrap_or(256)
        }
    }
}
