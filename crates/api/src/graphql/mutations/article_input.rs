//! What an editor sends of an article.

use app::{ArticleInput as Input, Field, SeoInput as Seo, WriteError};
use async_graphql::{InputObject, MaybeUndefined};

use crate::graphql::types::image::ImageInput;
use crate::graphql::types::scalar::{DateTime, Locale, Slug, slugs};

/// An article. In an update, what is left out stays and what is null is cleared.
#[derive(InputObject)]
pub(crate) struct ArticleInput {
    /// Its name in web addresses. A new article without one gets one from its title.
    slug: MaybeUndefined<Slug>,
    /// The headline, plain text; at most 300 characters. A new article needs one.
    title: MaybeUndefined<String>,
    /// The line below the headline, plain text; at most 2000 characters.
    deck: MaybeUndefined<String>,
    /// The teaser, plain text; at most 2000 characters. Without one, lists show the beginning of the
    /// text.
    excerpt: MaybeUndefined<String>,
    /// The text, in Markdown; at most 1 MiB. Publishing asks for it.
    body: MaybeUndefined<String>,
    /// The picture on top.
    hero_image: MaybeUndefined<ImageInput>,
    /// Who wrote it: slugs of authors, in the order of print.
    authors: MaybeUndefined<Vec<Slug>>,
    /// Where it belongs in the tree: slugs of topics, the main one first.
    topics: MaybeUndefined<Vec<Slug>>,
    /// Its labels: slugs of tags. Unknown ones are refused, not created.
    tags: MaybeUndefined<Vec<Slug>>,
    /// Its language; `en` when nothing is said.
    locale: MaybeUndefined<Locale>,
    /// What the system that it comes from calls it; at most 255 characters, one article each.
    external_ref: MaybeUndefined<String>,
    /// What search engines are told instead of title and excerpt.
    seo: MaybeUndefined<SeoInput>,
    /// Addresses under which it was published elsewhere before.
    aliases: MaybeUndefined<Vec<String>>,
    /// The date that readers see; left out, the moment of the first publication.
    published_at: MaybeUndefined<DateTime>,
}

/// What search engines are told.
#[derive(InputObject)]
pub(crate) struct SeoInput {
    /// The title for result pages.
    title: Option<String>,
    /// The description for result pages.
    description: Option<String>,
}

/// A field that may be left out, null, or given.
pub(crate) fn field<T, U>(given: MaybeUndefined<T>, convert: impl FnOnce(T) -> U) -> Field<U> {
    match given {
        MaybeUndefined::Undefined => Field::Keep,
        MaybeUndefined::Null => Field::Clear,
        MaybeUndefined::Value(value) => Field::Set(convert(value)),
    }
}

impl ArticleInput {
    /// The fields that are given, by the names that they have in the working copy.
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
