//! The sample publication of `greymatters dev`.

use api::{EmbeddedFile, PublicUrl};
use app::import::ImportFile;
use include_dir::{Dir, include_dir};

use crate::import::is_wanted;

static SAMPLE: Dir<'_> = include_dir!("$CARGO_MANIFEST_DIR/sample");

/// The beginning of the paths at which the pictures are served. Articles name them with it.
const PICTURES: &str = "/sample/";

/// Returns the files, as an import would read them from a folder. The pictures are at this URL.
pub(crate) fn files(public_url: &PublicUrl) -> Vec<ImportFile> {
    let pictures = public_url.address(PICTURES);
    let mut files: Vec<_> = SAMPLE
        .files()
        .filter_map(|file| {
            let path = file.path().to_str()?;
            let text = file.contents_utf8()?.replace(PICTURES, &pictures);
            is_wanted(path).then(|| ImportFile { path: path.to_owned(), bytes: text.into_bytes() })
        })
        .collect();
    files.sort_by(|a, b| a.path.cmp(&b.path));
    files
}

/// Returns the pictures of the sample publication. They are served also when `serve` opens its database.
pub(crate) fn pictures() -> Vec<EmbeddedFile> {
    let pictures = SAMPLE.get_dir("pictures").into_iter().flat_map(Dir::files);
    let pictures =
        pictures.filter(|file| file.path().extension().is_some_and(|extension| extension == "svg"));
    pictures
        .filter_map(|file| {
            let name = file.path().file_name()?.to_str()?;
            let path = format!("{PICTURES}{name}");
            Some(EmbeddedFile { path, content_type: "image/svg+xml", bytes: file.contents() })
        })
        .collect()
}
