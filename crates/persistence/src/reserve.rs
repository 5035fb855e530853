//! A file beside an SQLite database that takes up a little room, and gives it back when the disk is full.
//!
//! SQLite needs some room to open a database at all: the shared memory beside it has to grow. Without the reserve, a
//! server could not start on a full disk, not even to be read. While it is spent, nothing is written, as the room that
//! it gave back is for opening the database alone.

use std::fs::{self, OpenOptions};
use std::io::{self, ErrorKind, Write};
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use crate::StoreError;
use crate::sqlite_file::{beside, is_no_room};

/// How much it takes up.
const SIZE: usize = 256 << 10;
/// How long it is waited before it is tried again to make it.
const PAUSE: Duration = Duration::from_millis(200);

/// The reserve of a database.
#[derive(Debug)]
pub(crate) struct Reserve {
    path: PathBuf,
    state: Mutex<State>,
}

#[derive(Debug, Clone, Copy)]
enum State {
    /// Nobody has looked yet.
    Unknown,
    /// It is there.
    Kept,
    /// There was no room for it, then.
    Missing(Instant),
    /// It cannot be made, for another reason than a full disk.
    Impossible,
}

impl Reserve {
    pub(crate) fn of(database: &Path) -> Self {
        Self { path: beside(database, "-reserve"), state: Mutex::new(State::Unknown) }
    }

    /// Makes sure that it is there.
    ///
    /// # Errors
    /// [`StoreError::StorageFull`] when there is no room for it.
    pub(crate) fn keep(&self) -> Result<(), StoreError> {
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        let full = || StoreError::StorageFull(format!("no room for `{}`", self.path.display()));
        match *state {
            State::Kept | State::Impossible => return Ok(()),
            State::Missing(since) if since.elapsed() < PAUSE => return Err(full()),
            State::Missing(_) | State::Unknown => {}
        }
        match self.make() {
            Ok(()) => *state = State::Kept,
            Err(error) if is_no_room(&error) => {
                *state = State::Missing(Instant::now());
                return Err(full());
            }
            Err(error) => {
                let path = self.path.display();
                log::warn!("{path}: {error}; without it, the database may not open when the disk is full");
                *state = State::Impossible;
            }
        }
        Ok(())
    }

    /// Gives its room back, and answers whether there was any.
    pub(crate) fn spend(&self) -> bool {
        let spent = fs::remove_file(&self.path).is_ok();
        if spent {
            *self.state.lock().unwrap_or_else(PoisonError::into_inner) = State::Missing(Instant::now());
        }
        spent
    }

    fn make(&self) -> io::Result<()> {
        match fs::metadata(&self.path) {
            Ok(there) if there.len() >= SIZE as u64 => return Ok(()),
            Err(error) if error.kind() != ErrorKind::NotFound => return Err(error),
            _ => {}
        }
        let made = self.write();
        if made.is_err() {
            let _ = fs::remove_file(&self.path);
        }
        made
    }

    fn write(&self) -> io::Result<()> {
        let mut options = OpenOptions::new();
        options.write(true).create(true).truncate(true);
        #[cfg(unix)]
        std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
        let mut file = options.open(&self.path)?;
        // A umask can have taken more away than others' rights.
        #[cfg(unix)]
        file.set_permissions(std::os::unix::fs::PermissionsExt::from_mode(0o600))?;
        // Nothing that a file system could leave out, or compress.
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
