//! The bytes of a backup: an SQLite database, followed by its SHA-256.
//!
//! SQLite reads only the number of pages in the header of the file and ignores what follows. Therefore any SQLite
//! program can open a backup, and the digest detects a single changed byte.

use std::fs::File;
use std::io::{self, Read, Seek, SeekFrom, Write};
use std::path::Path;

use sha2::{Digest, Sha256};

use super::BackupError;

/// The first bytes of an SQLite file.
const SQLITE_MAGIC: &[u8] = b"SQLite format 3\0";
/// SQLite's `application_id` of a backup: "GMbk" in ASCII. It identifies the program to which an SQLite file belongs.
pub(super) const APPLICATION_ID: u32 = 0x474d_626b;
/// The position of the `application_id` in the file.
const APPLICATION_ID_AT: usize = 68;
/// The text between the database and its digest.
const SEAL: &[u8] = b"greymatters backup, sha256 of all before this line:\n";
/// The length of this text and the digest.
const SEAL_LENGTH: u64 = SEAL.len() as u64 + 32;

/// Whether a file has the header of a backup.
pub(crate) fn is_backup(path: &Path) -> bool {
    let mut head = [0; APPLICATION_ID_AT + 4];
    let read = File::open(path).and_then(|mut file| file.read_exact(&mut head));
    read.is_ok() && head.starts_with(SQLITE_MAGIC) && head.ends_with(&APPLICATION_ID.to_be_bytes())
}

/// Appends the digest to the file, and writes it to the disk.
pub(super) fn seal(path: &Path) -> io::Result<()> {
    let mut file = File::options().read(true).write(true).open(path)?;
    let length = file.metadata()?.len();
    let digest = digest(&mut file, length)?;
    file.seek(SeekFrom::End(0))?;
    file.write_all(SEAL)?;
    file.write_all(&digest)?;
    file.sync_all()
}

/// Checks that a file is a backup, and that all its bytes are unchanged.
pub(super) fn check_bytes(path: &Path) -> Result<(), BackupError> {
    let mut file = File::open(path).map_err(|cause| file_error(path, cause))?;
    let read = |cause| file_error(path, cause);
    let length = file.metadata().map_err(read)?.len();
    let mut head = vec![0; APPLICATION_ID_AT + 4];
    let has_head = length > SEAL_LENGTH + head.len() as u64 && file.read_exact(&mut head).is_ok();
    let mut seal = vec![0; SEAL.len() + 32];
    if has_head {
        file.seek(SeekFrom::End(-(SEAL_LENGTH.cast_signed()))).map_err(read)?;
        file.read_exact(&mut seal).map_err(read)?;
    }
    let is_named = head.starts_with(SQLITE_MAGIC) && head.ends_with(&APPLICATION_ID.to_be_bytes());
    let is_sealed = seal.starts_with(SEAL);
    if !is_named && !is_sealed {
        return Err(BackupError::NotABackup(path.to_owned()));
    }
    let damaged = |reason: &str| BackupError::Damaged { path: path.to_owned(), reason: reason.to_owned() };
    if !is_sealed {
        return Err(damaged("its end is missing"));
    }
    file.rewind().map_err(read)?;
    let found = digest(&mut file, length - SEAL_LENGTH).map_err(read)?;
    if !is_named || !seal.ends_with(&found) {
        return Err(damaged("its bytes were changed"));
    }
    Ok(())
}

/// The SHA-256 of the first `length` bytes.
fn digest(file: &mut File, length: u64) -> io::Result<[u8; 32]> {
    let mut hash = Sha256::new();
    let mut bytes = vec![0; 1 << 16];
    let mut rest = file.take(length);
    loop {
        match rest.read(&mut bytes)? {
            0 => return Ok(hash.finalize().into()),
            read => hash.update(&bytes[..read]),
        }
    }
}

pub(super) fn file_error(path: &Path, cause: io::Error) -> BackupError {
    BackupError::File { path: path.to_owned(), cause }
}
