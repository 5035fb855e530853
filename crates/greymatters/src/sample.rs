//! The sample publication of `greymatters dev`.

use app::import::ImportFile;
use include_dir::{Dir, include_dir};

use crate::import::is_wanted;

static SAMPLE: Dir<'_> = include_dir!("$CARGO_MANIFEST_DIR/sample");

/// Returns the files, as an import would read them from a folder.
pub(crate) fn files() -> Vec<ImportFile> {
    let mut files: Vec<_> = SAMPLE
        .files()
        .filter_map(|file| {
            let path = file.path().to_str()?;
            is_wanted(path).then(|| ImportFile { path: path.to_owned(), bytes: file.contents().to_vec() })
        })
        .collect();
    files.sort_by(|a, b| a.path.cmp(&b.path));
    files
}
