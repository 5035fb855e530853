//! Folders of files to import.

use std::fs;
use std::path::{Path, PathBuf};

use super::command::{CommandExt, Ended};
use super::database::Database;
use super::{greymatters, scratch};

/// A folder of files to import.
pub(crate) struct Folder {
    pub(crate) path: PathBuf,
}

impl Folder {
    /// Makes an empty folder with this name.
    pub(crate) fn new(name: &str) -> Self {
        let path = scratch::path("folder").join(name);
        fs::create_dir_all(&path).unwrap();
        Self { path }
    }

    /// The sample publication.
    pub(crate) fn sample() -> Self {
        Self { path: Path::new(env!("CARGO_MANIFEST_DIR")).join("sample") }
    }

    /// Writes a file in the folder.
    pub(crate) fn write(&self, path: &str, text: impl AsRef<[u8]>) -> &Self {
        let path = self.path.join(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
        self
    }

    /// Runs `greymatters import markdown FOLDER …`.
    pub(crate) fn import(&self, database: &Database, options: &[&str]) -> Ended {
        let ended = greymatters(&["import", "markdown"]).arg(&self.path).args(options).on(database).run();
        database.was_written_by_others();
        ended
    }
}
