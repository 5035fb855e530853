//! ARCHITECTURE and CONTRIBUTING: the files, folders and Rust names that they mention exist.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

/// The folders that the documents omit from paths.
const LEFT_OUT: [&str; 2] = ["crates", "src"];

/// The paths and the Rust words of the repository.
#[derive(Default)]
struct Repository {
    /// The paths of all files and folders. Those of folders end with a slash.
    paths: BTreeSet<String>,
    /// All words in Rust files.
    words: BTreeSet<String>,
}

impl Repository {
    /// Adds everything below a folder.
    fn add(&mut self, folder: &Path, name: &str) {
        for entry in fs::read_dir(folder).unwrap().map(Result::unwrap) {
            let file = entry.file_name().into_string().unwrap();
            let is_folder = entry.file_type().unwrap().is_dir();
            if ["target", ".git", "node_modules"].contains(&file.as_str()) {
                continue;
            }
            let path =
                if LEFT_OUT.contains(&file.as_str()) { name.to_owned() } else { format!("{name}/{file}") };
            if is_folder {
                self.add(&entry.path(), &path);
            } else if file.ends_with(".rs") {
                let text = fs::read_to_string(entry.path()).unwrap();
                let words = text.split(|c: char| !c.is_ascii_alphanumeric() && c != '_');
                self.words.extend(words.map(ToOwned::to_owned));
            }
            self.paths.insert(if is_folder { path + "/" } else { path });
        }
    }

    /// Whether a file or folder has this path, or a path that ends with it.
    fn has_path(&self, path: &str) -> bool {
        let parts: Vec<&str> = path.split('/').filter(|part| !LEFT_OUT.contains(part)).collect();
        let end = format!("/{}", parts.join("/"));
        self.paths.iter().any(|path| path.ends_with(&end))
    }
}

/// Whether a word looks like a path of a file or folder. `{a,b}.rs` stands for two paths.
fn is_path(word: &str) -> bool {
    let is_plain = word.chars().all(|c| c.is_ascii_alphanumeric() || "/._-{},".contains(c));
    is_plain && [".rs", ".mjs", "/"].iter().any(|end| word.ends_with(end))
}

/// The paths for which a word with braces stands.
fn expanded(word: &str) -> Vec<String> {
    let parts = word.split_once('{').and_then(|(before, rest)| Some((before, rest.split_once('}')?)));
    let Some((before, (names, after))) = parts else { return vec![word.to_owned()] };
    names.split(',').map(|name| format!("{before}{name}{after}")).collect()
}

#[test]
fn everything_that_the_documentation_names_exists() {
    let root = Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/../.."));
    let mut repository = Repository::default();
    repository.add(root, "");
    for document in ["ARCHITECTURE.md", "CONTRIBUTING.md"] {
        let text = fs::read_to_string(root.join(document)).unwrap();
        // These are the texts in code quotes.
        for word in text.split('`').skip(1).step_by(2) {
            let is_rust =
                word.contains("::") && word.chars().all(|c| c.is_ascii_alphanumeric() || "_:".contains(c));
            let exists = if is_path(word) {
                expanded(word).iter().all(|path| repository.has_path(path))
            } else if is_rust {
                word.split("::").all(|name| name.is_empty() || repository.words.contains(name))
            } else {
                true
            };
            assert!(exists, "{document} names `{word}`, which does not exist");
        }
    }
}
