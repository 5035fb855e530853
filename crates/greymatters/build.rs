//! Digests what answers are made by: the sources of the program and the versions of what it depends on. It is
//! part of every `ETag`. The same sources have the same digest wherever and whenever they are built.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use sha2::{Digest, Sha256};

/// What the program is made of, from the root of the workspace.
const SOURCES: [&str; 4] = ["Cargo.lock", "Cargo.toml", "crates", "migrations"];

fn main() -> io::Result<()> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    let mut files = Vec::new();
    for source in SOURCES {
        // Of a folder, Cargo looks at everything below it.
        println!("cargo::rerun-if-changed={}", root.join(source).display());
        find(&root, Path::new(source), &mut files)?;
    }
    // By their names as bytes, with the same separator everywhere.
    files.sort_unstable();
    println!("cargo::rustc-env=SOURCES_DIGEST={:016x}", digest(&root, &files)?);
    Ok(())
}

/// Finds the files at a place or below it, by their paths from the root.
fn find(root: &Path, place: &Path, files: &mut Vec<String>) -> io::Result<()> {
    let path = root.join(place);
    if !path.is_dir() {
        files.push(place.to_string_lossy().replace('\\', "/"));
        return Ok(());
    }
    for entry in fs::read_dir(path)? {
        let name = PathBuf::from(entry?.file_name());
        // What editors and tools leave behind is no source.
        if !name.to_string_lossy().starts_with('.') && name != Path::new("target") {
            find(root, &place.join(name), files)?;
        }
    }
    Ok(())
}

/// The first eight bytes of a SHA-256, which is the same whichever compiler has built this.
fn digest(root: &Path, files: &[String]) -> io::Result<u64> {
    let mut hasher = Sha256::new();
    for file in files {
        let bytes = fs::read(root.join(file))?;
        // With their lengths, so that no other files have the same bytes.
        for part in [file.as_bytes(), &bytes] {
            hasher.update((part.len() as u64).to_le_bytes());
            hasher.update(part);
        }
    }
    let digest = hasher.finalize();
    Ok(digest.iter().take(8).fold(0, |number, byte| number << 8 | u64::from(*byte)))
}
