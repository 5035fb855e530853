//! The digests that tell whether a file has changed since its last import.

use importer::markdown::{KeyMap, Settings};
use sha2::{Digest, Sha256};

use super::{ImportFile, ImportOptions};

/// The front-matter keys of each field by default, when digests covered them.
const KEYS_BEFORE: [(&str, &str); 20] = [
    ("title", "title"),
    ("slug", "slug"),
    ("permalink", "permalink,url"),
    ("deck", "subtitle,deck,standfirst,dek"),
    ("published_at", "date,publish_date,pub_date,published,published_at,date_published"),
    ("updated_at", "lastmod,updated,modified,updated_at,last_modified_at,updated_date,date_modified"),
    ("draft", "draft"),
    ("locale", "lang,language,locale"),
    ("tags", "tags,tag,keywords"),
    ("topics", "topic,topics,category,categories,section"),
    ("authors", "author,authors,byline"),
    ("excerpt", "excerpt,summary,description"),
    ("image", "image,featured_image,hero_image,hero,cover,cover_image,header.image,banner,thumbnail,images"),
    ("image_alt", "image_alt,image_alt_text,hero_image_alt,hero_alt,featured_image_alt,cover_alt"),
    ("image_caption", "image_caption,image_figcaption,hero_caption,featured_image_caption,header.caption"),
    ("image_credit", "image_credit,photo_credit,hero_credit,featured_image_credit"),
    ("aliases", "redirect_from,redirects,aliases"),
    ("external_ref", "external_ref,id,guid,uuid"),
    ("seo_title", "seo.title,seo_title,meta_title"),
    ("seo_description", "seo.description,seo_description,meta_description,description"),
];

/// The digests of a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Digests {
    /// Of the file and the options that affect its content.
    pub(super) current: [u8; 32],
    /// The same, as an import made it before files were recorded.
    pub(super) before: [u8; 32],
}

/// Digests a file and the options that affect its content.
pub(super) fn of(file: &ImportFile, options: &ImportOptions) -> Digests {
    let ImportOptions {
        source: _,
        settings: Settings { keys, tags, image_base },
        dry_run: _,
        without_alt,
        overwrite: _,
        slugs,
        missing: _,
        undated,
        is_strict: _,
    } = options;
    let mut hash = Sha256::new();
    for (field, keys) in keys.overridden() {
        hash.update(format!("{field}={}\n", keys.join(",")));
    }
    for (tag, kind) in tags.entries() {
        hash.update(format!("{tag}={kind}\n"));
    }
    hash.update(format!("{without_alt:?}\n{slugs:?}\n{undated:?}\n{image_base}\n"));
    hash.update(&file.bytes);
    Digests { current: hash.finalize().into(), before: before(file, options) }
}

/// Digests a file as an import did before files were recorded.
pub(super) fn before(file: &ImportFile, options: &ImportOptions) -> [u8; 32] {
    let mut hash = Sha256::new();
    for (field, default) in KEYS_BEFORE {
        hash.update(format!(
            "{field}={}\n",
            keys_of(&options.settings.keys, field).unwrap_or_else(|| default.to_owned())
        ));
    }
    hash.update(format!("{:?}\n", options.without_alt));
    hash.update(&file.bytes);
    hash.finalize().into()
}

/// Digests the bytes of a file.
pub(super) fn of_bytes(file: &ImportFile) -> [u8; 32] {
    Sha256::digest(&file.bytes).into()
}

/// The keys of a field, if they are not the default.
fn keys_of(keys: &KeyMap, field: &str) -> Option<String> {
    keys.overridden().find(|(name, _)| *name == field).map(|(_, keys)| keys.join(","))
}
