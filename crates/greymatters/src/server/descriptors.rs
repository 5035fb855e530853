//! The limit of open file descriptors.

/// Raises the limit as far as the system allows. Returns the new limit.
pub(crate) fn raise() -> u64 {
    match rlimit::increase_nofile_limit(u64::MAX) {
        Ok(limit) => limit,
        Err(error) => {
            tracing::warn!(%error, "the limit of open files could not be raised");
            rlimit::Resource::NOFILE.get_soft().unwrap_or(256)
        }
    }
}
