//! How files are read.

use super::keys::KeyMap;
use super::template::TagMap;

/// How files are read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Settings {
    /// The front-matter keys of each field.
    pub keys: KeyMap,
    /// What the names of tags and components stand for.
    pub tags: TagMap,
    /// The address of the imported folder, for relative addresses of pictures and attachments: a path or a URL.
    pub image_base: String,
}

impl Default for Settings {
    fn default() -> Self {
        Self { keys: KeyMap::default(), tags: TagMap::default(), image_base: "/".to_owned() }
    }
}
