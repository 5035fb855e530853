//! ARCHITECTURE and CONTRIBUTING: the files and folders that they name exist.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

/// What these documents leave out of a path.
const LEFT_OUT: [&str; 2] = ["crates", "src"];

/// Collects the files and folders below a folder, whose name is given. The names of folders end with a slash.
fn collect(folder: &Path, name: &str, paths: &mut BTreeSet<String>) {
    for entry in fs::read_dir(folder).unwrap().map(Result::unwrap) {
        let file = entry.file_name().into_string().unwrap();
        let is_folder = entry.file_type().unwrap().is_dir();
        if ["target", ".git", "node_modules"].contains(&file.as_str()) {
            continue;
        }
        let path = if LEFT_OUT.contains(&file.as_str()) { name.to_owned() } else { format!("{name}/{file}") };
        if is_folder {
            collect(&entry.path(), &path, paths);
        }
        paths.insert(if is_folder { path + "/" } else { path });
    }
}

/// The words of a text that are in code quotes and look like paths. `{a,b}.rs` stands for two paths.
fn named(text: &str) -> Vec<String> {
    let quoted = text.split('`').skip(1).step_by(2);
    let is_path = |word: &&str| {
        let is_plain = word.chars().all(|c| c.is_ascii_alphanumeric() || "/._-{},".contains(c));
        is_plain && (word.ends_with(".rs") || word.ends_with(".mjs") || word.ends_with('/'))
    };
    let expand = |word: &str| match word.split_once('{').zip(word.split_once('}')) {
        Some(((before, _), (names, after))) => {
            let names = names.split_once('{').unwrap().1;
            names.split(',').map(|name| format!("{before}{name}{after}")).collect()
        }
        None => vec![word.to_owned()],
    };
    quoted.filter(is_path).flat_map(expand).collect()
}

#[test]
fn every_named_file_and_folder_exists() {
    let root = Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/../.."));
    let mut paths = BTreeSet::new();
    collect(root, "", &mut paths);
    for document in ["ARCHITECTURE.md", "CONTRIBUTING.md"] {
        let named = named(&fs::read_to_string(root.join(document)).unwrap());
        assert!(named.len() > 10, "{document} names {named:?}");
        for name in named {
            let parts: Vec<&str> = name.split('/').filter(|part| !LEFT_OUT.contains(part)).collect();
            let end = format!("/{}", parts.join("/"));
            assert!(
                paths.iter().any(|path| path.ends_with(&end)),
                "{document} names `{name}`, which does not exist"
            );
        }
    }
}
