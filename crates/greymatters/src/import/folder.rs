//! Reads the files of a folder.

use std::collections::BTreeMap;
use std::fs;
use std::io::Read;
use std::path::{Path, PathBuf};

use app::import::{ImportFile, is_taxonomy};

use crate::failure::Failure;

/// How many bytes of a file are read: enough to notice that it is too large to import.
const MAX_READ: u64 = 2 << 20;

/// The files of a folder.
#[derive(Debug, Default)]
pub(super) struct FolderFiles {
    /// The files to import, in the order of their paths.
    pub(super) read: Vec<ImportFile>,
    /// The visible files that are not imported, by the ends of their names.
    pub(super) unread: BTreeMap<String, Unread>,
}

/// Files that are not imported, and whose names have the same end.
#[derive(Debug)]
pub(super) struct Unread {
    pub(super) count: usize,
    /// The path of the first one.
    pub(super) first: String,
}

/// Reads the files of a folder and its subfolders.
pub(super) fn read(dir: &Path) -> Result<FolderFiles, Failure> {
    let mut found = FolderFiles::default();
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
                found.read.push(ImportFile { path: relative, bytes });
            } else if !kind.is_dir() && !name.starts_with('.') {
                let count = |unread: &mut Unread| {
                    unread.count += 1;
                    if relative < unread.first {
                        unread.first.clone_from(&relative);
                    }
                };
                let new = || Unread { count: 1, first: relative.clone() };
                found.unread.entry(end_of(&name)).and_modify(count).or_insert_with(new);
            }
        }
    }
    found.read.sort_by(|a, b| a.path.cmp(&b.path));
    Ok(found)
}

/// The extension of a name, with its dot, in lower case; or the whole name.
fn end_of(name: &str) -> String {
    let lower = name.to_lowercase();
    match lower.rsplit_once('.') {
        Some((stem, extension)) if !stem.is_empty() && extension != "md" => format!(".{extension}"),
        _ => lower,
    }
}

/// Whether an import reads the file with this path, relative to the folder.
pub(crate) fn is_wanted(path: &str) -> bool {
    let name = path.rsplit('/').next().unwrap_or(path);
    let lower = name.to_ascii_lowercase();
    let markdown = [".md", ".markdown", ".mdx"].iter().any(|ending| lower.ends_with(ending));
    is_taxonomy(path) || (markdown && !name.starts_with('.') && lower != "readme.md")
}

fn failure(path: &Path, cause: std::io::Error) -> Failure {
    Failure::File { path: PathBuf::from(path), cause }
}
