//! Digests the sources of the program and the versions of its dependencies. The digest is part of every `ETag`. The same
//! sources have the same digest on every machine.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use sha2::{Digest, Sha256};

/// The files and folders to digest, relative to the root of the workspace.
const SOURCES: [&str; 4] = ["Cargo.lock", "Cargo.toml", "crates", "migrations"];

fn main() -> io::Result<()> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    let mut files = Vec::new();
    for source in SOURCES {
        // Cargo watches a folder with everything in it.
        println!("cargo::rerun-if-changed={}", root.join(source).display());
        find(&root, Path::new(source), &mut files)?;
    }
    // Sorted by bytes, and with `/` as separator, so that the order is the same on every system.
    files.sort_unstable();
    println!("cargo::rustc-env=SOURCES_DIGEST={:016x}", digest(&root, &files)?);
    Ok(())
}

/// Collects the file, or all files in the folder, as paths relative to the root.
fn find(root: &Path, relative: &Path, files: &mut Vec<String>) -> io::Result<()> {
    let path = root.join(relative);
    if !path.is_dir() {
        files.push(relative.to_string_lossy().replace('\\', "/"));
        return Ok(());
    }
    for entry in fs::read_dir(path)? {
        let name = PathBuf::from(entry?.file_name());
        // Hidden files and build results are not sources.
        if !name.to_string_lossy().starts_with('.') && name != Path::new("target") {
            find(root, &relative.join(name), files)?;
        }
    }
    Ok(())
}

/// Returns the first eight bytes of a SHA-256 digest. Unlike `Hash`, it does not depend on the version of the compiler.
fn digest(root: &Path, files: &[String]) -> io::Result<u64> {
    let mut hasher = Sha256::new();
    for file in files {
        let bytes = fs::read(root.join(file))?;
        // Each value is preceded by its length, so that different files never feed the same bytes.
        for part in [file.as_bytes(), &bytes] {
            hasher.update((part.len() as u64).to_le_bytes());
            hasher.update(part);
        }
    }
    let digest = hasher.finalize();
    Ok(digest.iter().take(8).fold(0, |number, byte| number << 8 | u64::from(*byte)))
}
