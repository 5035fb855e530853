//! The input of a mutation that writes an article.

use app::{ArticleInput as Input, Field, SeoInput as Seo, WriteError};
use async_graphql::{InputObject, MaybeUndefined};

use crate::graphql::types::image::ImageInput;
use crate::graphql::types::scalar::{DateTime, Locale, Slug, slugs};

/// The data of an article. In an update, a field without a value does not change, and null clears a field.
#[derive(InputObject)]
pub(crate) struct ArticleInput {
    /// The slug: the name of the article in web addresses. Without one, a new article gets one that is made from
    /// its title.
    slug: MaybeUndefined<Slug>,
    /// The headline, as plain text: at most 300 characters. A new article requires it.
    title: MaybeUndefined<String>,
    /// The line below the headline, as plain text: at most 2000 characters.
    deck: MaybeUndefined<String>,
    /// The teaser, as plain text: at most 2000 characters. Without one, lists show the beginning of the text.
    excerpt: MaybeUndefined<String>,
    /// The text in Markdown: at most 1 MiB. Publishing requires it.
    body: MaybeUndefined<String>,
    /// The picture at the top.
    hero_image: MaybeUndefined<ImageInput>,
    /// The slugs of the authors, in the order of the byline.
    authors: MaybeUndefined<Vec<Slug>>,
    /// The slugs of the topics, the main topic first.
    topics: MaybeUndefined<Vec<Slug>>,
    /// The slugs of the tags. Unknown slugs are refused; no tags are created.
    tags: MaybeUndefined<Vec<Slug>>,
    /// The language. Without one, a new article has `en`.
    locale: MaybeUndefined<Locale>,
    /// The id of the article in the system from which it was imported: at most 255 characters, unique among all
    /// articles.
    external_ref: MaybeUndefined<String>,
    /// The title and the description for search engines. Without them, search engines should use the title and the
    /// excerpt.
    seo: MaybeUndefined<SeoInput>,
    /// Addresses at which the article was published before, on other sites.
    aliases: MaybeUndefined<Vec<String>>,
    /// The publication date that readers see. Without one, it is the time of the first publication.
    published_at: MaybeUndefined<DateTime>,
}

/// The title and the description for search engines.
#[derive(InputObject)]
pub(crate) struct SeoInput {
    /// The title for search results.
    title: Option<String>,
    /// The description for search results.
    description: Option<String>,
}

/// Converts a field that may be missing, null or set.
pub(crate) fn field<T, U>(given: MaybeUndefined<T>, convert: impl FnOnce(T) -> U) -> Field<U> {
    match given {
        MaybeUndefined::Undefined => Field::Keep,
        MaybeUndefined::Null => Field::Clear,
        MaybeUndefined::Value(value) => Field::Set(convert(value)),
    }
}

impl ArticleInput {
    /// Returns the names of the fields that are set or null, as the working copy names them.
    pub(crate) fn sent(&self) -> Vec<&'static str> {
        let Self {
            slug,
            title,
            deck,
            excerpt,
            body,
            hero_image,
            authors,
            topics,
            tags,
            locale,
            external_ref,
            seo,
            aliases,
            published_at,
        } = self;
        let fields = [
            ("slug", slug.is_undefined()),
            ("title", title.is_undefined()),
            ("deck", deck.is_undefined()),
            ("excerpt", excerpt.is_undefined()),
            ("body", body.is_undefined()),
            ("heroImage", hero_image.is_undefined()),
            ("authors", authors.is_undefined()),
            ("topics", topics.is_undefined()),
            ("tags", tags.is_undefined()),
            ("locale", locale.is_undefined()),
            ("externalRef", external_ref.is_undefined()),
            ("seo", seo.is_undefined()),
            ("aliases", aliases.is_undefined()),
            ("publishedAt", published_at.is_undefined()),
        ];
        fields.into_iter().filter(|(_, is_left_out)| !is_left_out).map(|(name, _)| name).collect()
    }

    pub(crate) fn input(self) -> Result<Input, WriteError> {
        let Self {
            slug,
            title,
            deck,
            excerpt,
            body,
            hero_image,
            authors,
            topics,
            tags,
            locale,
            external_ref,
            seo,
            aliases,
            published_at,
        } = self;
        let published_at = match published_at {
            MaybeUndefined::Value(at) => Field::Set(at.checked("input.publishedAt")?),
            other => field(other, |_| domain::Timestamp::UNIX_EPOCH),
        };
        Ok(Input {
            slug: field(slug, |Slug(text)| text),
            title: field(title, |text| text),
            deck: field(deck, |text| text),
            excerpt: field(excerpt, |text| text),
            body: field(body, |text| text),
            hero_image: field(hero_image, Into::into),
            authors: field(authors, slugs),
            topics: field(topics, slugs),
            tags: field(tags, slugs),
            locale: field(locale, |Locale(text)| text),
            external_ref: field(external_ref, |text| text),
            seo: field(seo, |SeoInput { title, description }| Seo { title, description }),
            aliases: field(aliases, |list| list),
            published_at,
        })
    }
}
