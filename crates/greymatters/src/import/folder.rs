//! Reads the files of a folder.

use std::fs;
use std::io::Read;
use std::path::{Path, PathBuf};

use app::import::{ImportFile, is_taxonomy};

use crate::failure::Failure;

/// How many bytes of a file are read: enough to notice that it is too large to import.
const MAX_READ: u64 = 2 << 20;

/// Reads the files of a folder and its subfolders, in the order of their paths.
pub(super) fn read(dir: &Path) -> Result<Vec<ImportFile>, Failure> {
    let mut files = Vec::new();
    let mut open = vec![(dir.to_owned(), String::new())];
    while let Some((folder, prefix)) = open.pop() {
        for entry in fs::read_dir(&folder).map_err(|cause| failure(&folder, cause))? {
            let entry = entry.map_err(|cause| failure(&folder, cause))?;
            let path = entry.path();
            let name = entry.file_name().to_string_lossy().into_owned();
            let relative = format!("{prefix}{name}");
            let kind = entry.file_type().map_err(|cause| failure(&path, cause))?;
            if kind.is_dir() && !name.starts_with('.') && name != "node_modules" {
                open.push((path, format!("{relative}/")));
            } else if is_wanted(&relative) && path.is_file() {
                let mut bytes = Vec::new();
                fs::File::open(&path)
                    .and_then(|file| file.take(MAX_READ).read_to_end(&mut bytes))
                    .map_err(|cause| failure(&path, cause))?;
                files.push(ImportFile { path: relative, bytes });
            }
        }
    }
    files.sort_by(|a, b| a.path.cmp(&b.path));
    Ok(files)
}

/// Whether an import reads the file with this path, relative to the folder.
pub(crate) fn is_wanted(path: &str) -> bool {
    let name = path.rsplit('/').next().unwrap_or(path);
    let lower = name.to_ascii_lowercase();
    let markdown = [".md", ".markdown"].iter().any(|ending| lower.ends_with(ending));
    is_taxonomy(path) || (markdown && !name.starts_with('.') && lower != "readme.md")
}

fn failure(path: &Path, cause: std::io::Error) -> Failure {
    Failure::File { path: PathBuf::from(path), cause }
}
