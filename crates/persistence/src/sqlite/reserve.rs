//! A file beside an SQLite database that reserves some space. It is deleted when the disk is full.
//!
//! SQLite needs space to open a database, because the index of the write-ahead log has to grow. Without the reserve, a
//! server could not start on a full disk, not even for reads. While the reserve is missing, all writes are refused,
//! because its space is needed to open the database.

use std::fs::{self, OpenOptions};
use std::io::{self, ErrorKind, Write};
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use super::file_error::{is_no_space, with_suffix};
use crate::StoreError;

/// The size of the file.
const SIZE: usize = 256 << 10;
/// The pause between two attempts to create the file.
const RETRY_PAUSE: Duration = Duration::from_millis(200);

/// The reserved space of a database.
#[derive(Debug)]
pub(crate) struct Reserve {
    path: PathBuf,
    state: Mutex<State>,
}

#[derive(Debug, Clone, Copy)]
enum State {
    /// It was not checked yet.
    Unknown,
    /// The file exists.
    Present,
    /// There was no space for the file at this time.
    Missing(Instant),
    /// The file cannot be created for another reason than a full disk.
    Impossible,
}

impl Reserve {
    pub(crate) fn of(database: &Path) -> Self {
        Self { path: with_suffix(database, "-reserve"), state: Mutex::new(State::Unknown) }
    }

    /// Creates the file, if it does not exist. Returns [`StoreError::StorageFull`] when there is no space for it.
    pub(crate) fn ensure(&self) -> Result<(), StoreError> {
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        let full = || StoreError::StorageFull(format!("no space for `{}`", self.path.display()));
        match *state {
            State::Present | State::Impossible => return Ok(()),
            State::Missing(since) if since.elapsed() < RETRY_PAUSE => return Err(full()),
            State::Missing(_) | State::Unknown => {}
        }
        match self.create() {
            Ok(()) => *state = State::Present,
            Err(error) if is_no_space(&error) => {
                *state = State::Missing(Instant::now());
                return Err(full());
            }
            Err(error) => {
                let path = self.path.display();
                log::warn!("{path}: {error}; without this file, the server cannot start on a full disk");
                *state = State::Impossible;
            }
        }
        Ok(())
    }

    /// Deletes the file. Returns whether it existed.
    pub(crate) fn release(&self) -> bool {
        let is_released = fs::remove_file(&self.path).is_ok();
        if is_released {
            *self.state.lock().unwrap_or_else(PoisonError::into_inner) = State::Missing(Instant::now());
        }
        is_released
    }

    fn create(&self) -> io::Result<()> {
        match fs::metadata(&self.path) {
            Ok(there) if there.len() >= SIZE as u64 => return Ok(()),
            Err(error) if error.kind() != ErrorKind::NotFound => return Err(error),
            _ => {}
        }
        let written = self.write();
        if written.is_err() {
            let _ = fs::remove_file(&self.path);
        }
        written
    }

    fn write(&self) -> io::Result<()> {
        let mut options = OpenOptions::new();
        options.write(true).create(true).truncate(true);
        #[cfg(unix)]
        std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
        let mut file = options.open(&self.path)?;
        // The umask may have removed permissions of the owner.
        #[cfg(unix)]
        file.set_permissions(std::os::unix::fs::PermissionsExt::from_mode(0o600))?;
        // Pseudorandom bytes, which a file system can neither omit nor compress.
        let mut number = 1_u64;
        let noise: Vec<u8> = (0..SIZE / 8)
            .flat_map(|_| {
                number ^= number << 13;
                number ^= number >> 7;
                number ^= number << 17;
                number.to_le_bytes()
            })
            .collect();
        file.write_all(&noise)?;
        file.sync_all()
    }
}
