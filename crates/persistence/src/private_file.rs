//! Files that only their owner can read. Databases and backups contain drafts, hashes of keys, and the secret that
//! signs preview links.

use std::fs::{File, OpenOptions};
use std::io;
use std::path::Path;

/// Creates a new file with mode 0600, whatever the umask is.
pub(crate) fn create(path: &Path) -> io::Result<File> {
    let mut options = OpenOptions::new();
    options.read(true).write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let file = options.open(path)?;
    // The umask may have removed permissions of the owner.
    #[cfg(unix)]
    file.set_permissions(std::os::unix::fs::PermissionsExt::from_mode(0o600))?;
    Ok(file)
}

/// Creates the file if it does not exist. The permissions of an existing file stay unchanged.
pub(crate) fn create_if_missing(path: &Path) -> io::Result<()> {
    match create(path) {
        Err(error) if error.kind() != io::ErrorKind::AlreadyExists => Err(error),
        _ => Ok(()),
    }
}
