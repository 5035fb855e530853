//! The mapping from front-matter keys to fields.

/// A field of an article that front matter can set.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Field {
    Title,
    Slug,
    Permalink,
    Deck,
    PublishedAt,
    UpdatedAt,
    ExpiresAt,
    Draft,
    Locale,
    Tags,
    Topics,
    Authors,
    Excerpt,
    Image,
    ImageAlt,
    ImageCaption,
    ImageCredit,
    Aliases,
    ExternalRef,
    SeoTitle,
    SeoDescription,
    SourceUrl,
}

/// Every field with its name on the command line and its default keys.
///
/// The comparison of keys ignores case, `-` and `_`: `featured_image` also matches `featuredImage`.
const FIELDS: [(Field, &str, &[&str]); 22] = [
    (Field::Title, "title", &["title"]),
    (Field::Slug, "slug", &["slug"]),
    (Field::Permalink, "permalink", &["permalink", "url", "path"]),
    (Field::Deck, "deck", &["subtitle", "deck", "standfirst", "dek"]),
    (
        Field::PublishedAt,
        "published_at",
        &[
            // In Hugo, `date` can be earlier than the day on which a post becomes public.
            "publish_date",
            "date",
            "pub_date",
            "published",
            "published_at",
            "date_published",
            "posted",
            "created",
            "created_at",
        ],
    ),
    (
        Field::UpdatedAt,
        "updated_at",
        &[
            "lastmod",
            "updated",
            "modified",
            "updated_at",
            "last_modified_at",
            "updated_date",
            "date_modified",
        ],
    ),
    (Field::ExpiresAt, "expires_at", &["expiry_date", "unpublish_date", "expires_at"]),
    (Field::Draft, "draft", &["draft"]),
    (Field::Locale, "locale", &["lang", "language", "locale"]),
    (Field::Tags, "tags", &["tags", "tag", "keywords"]),
    (Field::Topics, "topics", &["topic", "topics", "category", "categories", "section"]),
    (Field::Authors, "authors", &["author", "authors", "byline"]),
    (Field::Excerpt, "excerpt", &["excerpt", "summary", "description"]),
    (
        Field::Image,
        "image",
        &[
            "image",
            "featured_image",
            "hero_image",
            "hero",
            "cover",
            "cover_image",
            "header.image",
            "banner",
            "thumbnail",
            "images",
        ],
    ),
    (
        Field::ImageAlt,
        "image_alt",
        &[
            "image_alt",
            "image_alt_text",
            "hero_image_alt",
            "hero_alt",
            "featured_image_alt",
            "cover_alt",
            "cover_image_alt",
            "thumbnail_alt",
            "banner_alt",
            "alt",
            "alt_text",
        ],
    ),
    (
        Field::ImageCaption,
        "image_caption",
        &["image_caption", "image_figcaption", "hero_caption", "featured_image_caption", "header.caption"],
    ),
    (
        Field::ImageCredit,
        "image_credit",
        &["image_credit", "photo_credit", "hero_credit", "featured_image_credit"],
    ),
    (Field::Aliases, "aliases", &["redirect_from", "redirects", "aliases"]),
    (Field::ExternalRef, "external_ref", &["external_ref", "id", "guid", "uuid"]),
    (Field::SeoTitle, "seo_title", &["seo.title", "seo_title", "meta_title"]),
    (
        Field::SeoDescription,
        "seo_description",
        &["seo.description", "seo_description", "meta_description", "description"],
    ),
    (
        Field::SourceUrl,
        "source_url",
        &["source_url", "external_url", "link", "link_url", "external_link", "linked_url"],
    ),
];

/// The front-matter keys of each field, in the order of precedence.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KeyMap {
    keys: Vec<(Field, Vec<String>)>,
}

impl Default for KeyMap {
    fn default() -> Self {
        let keys = FIELDS
            .iter()
            .map(|(field, _, keys)| (*field, keys.iter().map(|key| (*key).to_owned()).collect()))
            .collect();
        Self { keys }
    }
}

impl KeyMap {
    /// Makes a map from the defaults and from overrides of the form `field=key[,key…]`. A key can be a path
    /// such as `seo.title`. An override replaces the default keys of its field.
    ///
    /// # Errors
    /// [`KeyMapError`] when an override is malformed.
    pub fn with_overrides<I>(overrides: I) -> Result<Self, KeyMapError>
    where
        I: IntoIterator,
        I::Item: AsRef<str>,
    {
        let mut map = Self::default();
        let mut seen = Vec::new();
        for text in overrides {
            let (field, keys) = parse_override(text.as_ref())?;
            if seen.contains(&field) {
                return Err(KeyMapError::Twice(name_of(field).to_owned()));
            }
            seen.push(field);
            for entry in &mut map.keys {
                if entry.0 == field {
                    entry.1.clone_from(&keys);
                }
            }
        }
        Ok(map)
    }

    /// Iterates over the names of the fields whose keys are not the defaults, and their keys.
    pub fn overridden(&self) -> impl Iterator<Item = (&'static str, &[String])> {
        let is_default = |field: Field, keys: &[String]| {
            FIELDS.iter().any(|(known, _, default)| *known == field && default.iter().eq(keys))
        };
        let overridden = self.keys.iter().filter(move |(field, keys)| !is_default(*field, keys));
        overridden.map(|(field, keys)| (name_of(*field), keys.as_slice()))
    }

    pub(crate) fn keys(&self, field: Field) -> &[String] {
        self.keys.iter().find(|(known, _)| *known == field).map_or(&[], |(_, keys)| keys)
    }
}

/// Why an override is malformed.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum KeyMapError {
    /// The override is not of the form `field=key[,key]`.
    #[error("`{0}` is not of the form `field=key[,key]`: write for example `topics=category,section`")]
    Shape(String),
    /// The field does not exist.
    #[error("`{0}` is not a field: the fields are {known}", known = known_fields())]
    UnknownField(String),
    /// Two overrides have the same field.
    #[error("`{0}` is mapped twice: put its keys in one list, separated by commas")]
    Twice(String),
}

fn parse_override(text: &str) -> Result<(Field, Vec<String>), KeyMapError> {
    let shape = || KeyMapError::Shape(text.to_owned());
    let (name, keys) = text.split_once('=').ok_or_else(shape)?;
    let name = name.trim();
    let field = FIELDS
        .iter()
        .find(|(_, known, _)| normalised(known) == normalised(name))
        .map(|(field, ..)| *field)
        .ok_or_else(|| KeyMapError::UnknownField(name.to_owned()))?;
    let keys: Vec<String> = keys.split(',').map(|key| key.trim().to_owned()).collect();
    if keys.iter().any(|key| key.split('.').any(|part| normalised(part).is_empty())) {
        return Err(shape());
    }
    Ok((field, keys))
}

fn name_of(field: Field) -> &'static str {
    FIELDS.iter().find(|(known, ..)| *known == field).map_or("", |(_, name, _)| name)
}

fn known_fields() -> String {
    FIELDS.map(|(_, name, _)| name).join(", ")
}

/// Normalises a key for comparison: `Featured-Image`, `featured_image` and `featuredImage` become equal.
pub(crate) fn normalised(key: &str) -> String {
    key.chars().filter(|c| !matches!(c, '_' | '-')).flat_map(char::to_lowercase).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_override_replaces_only_the_keys_of_its_field() {
        let map = KeyMap::with_overrides(["topics = category, section", "seo-title=meta.headline"]).unwrap();
        assert_eq!(map.keys(Field::Topics), ["category", "section"]);
        assert_eq!(map.keys(Field::SeoTitle), ["meta.headline"]);
        assert_eq!(map.keys(Field::Tags), KeyMap::default().keys(Field::Tags));
        let overridden: Vec<_> = map.overridden().map(|(field, _)| field).collect();
        assert_eq!(overridden, ["topics", "seo_title"]);
    }

    #[test]
    fn the_error_for_a_malformed_override_shows_the_right_form() {
        let message = |text: &str| KeyMap::with_overrides([text]).unwrap_err().to_string();
        assert!(message("topic=category").contains("the fields are title, slug,"));
        for wrong in ["topics", "topics=", "topics=a,,b", "topics=a.", "="] {
            assert!(KeyMap::with_overrides([wrong]).is_err(), "{wrong}");
        }
        assert!(message("topics").contains("topics=category,section"));
        let twice = KeyMap::with_overrides(["tags=a", "tags=b"]).unwrap_err();
        assert_eq!(twice, KeyMapError::Twice("tags".into()));
    }
}
