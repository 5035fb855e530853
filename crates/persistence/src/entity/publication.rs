//! Table `publication`, and the conversions of its rows to domain values and back.

use domain::{
    ArticleId, Content, EditionMark, Id, Publication, PublicationFields, Seo, Slug, sort_key, title_key,
};
use sea_orm::ActiveValue::{NotSet, Set};
use sea_orm::entity::prelude::*;

use crate::cells::Cells;
use crate::convert::{self, HeroColumns, id_bytes, ids, instant, micros, parsed};
use crate::{NewPublication, StoreError};

#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "publication")]
pub(crate) struct Model {
    #[sea_orm(primary_key)]
    pub(crate) id: i64,
    pub(crate) article: Uuid,
    pub(crate) version: i32,
    pub(crate) from_edition: i64,
    pub(crate) until_edition: Option<i64>,
    pub(crate) slug: String,
    pub(crate) locale: String,
    pub(crate) title: String,
    pub(crate) title_key: String,
    pub(crate) title_sort: Vec<u8>,
    pub(crate) deck: Option<String>,
    pub(crate) excerpt: String,
    pub(crate) hero_url: Option<String>,
    pub(crate) hero_alt: Option<String>,
    pub(crate) hero_caption: Option<String>,
    pub(crate) hero_credit: Option<String>,
    pub(crate) hero_width: Option<i64>,
    pub(crate) hero_height: Option<i64>,
    pub(crate) seo_title: Option<String>,
    pub(crate) seo_description: Option<String>,
    pub(crate) external_ref: Option<String>,
    pub(crate) authors: Vec<u8>,
    pub(crate) topics: Vec<u8>,
    pub(crate) tags: Vec<u8>,
    pub(crate) aliases: String,
    pub(crate) published_at: i64,
    pub(crate) updated_at: i64,
    pub(crate) corrections: Option<String>,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub(crate) enum Relation {}

impl ActiveModelBehavior for ActiveModel {}

/// Declares once for each field of [`Publication`] which columns hold it, and how it is read from them. A field after
/// `if` is read only when it is requested.
///
/// The macro generates [`columns`] and [`read`], so that both use the same columns in the same order. A field of
/// [`Publication`] without a declaration breaks the build.
macro_rules! publication_columns {
    ($( $field:ident $(if $optional:ident)? : [$($column:ident),+] = $read:expr; )+) => {
        /// The columns of a publication with these optional fields, in the order of [`read`].
        pub(crate) fn columns(optional: PublicationFields) -> impl Iterator<Item = Column> {
            const ALL: &[(PublicationFields, &[Column])] = &[
                $((publication_columns!(@fields $($optional)?), &[$(Column::$column),+])),+
            ];
            let requested = ALL.iter().filter(move |(fields, _)| optional.contains(*fields));
            requested.flat_map(|(_, columns)| columns.iter().copied())
        }

        /// Reads a publication with these optional fields from a row with the columns of [`columns`].
        pub(crate) fn read<C: Cells>(
            cells: &mut C,
            optional: PublicationFields,
        ) -> Result<Publication, StoreError> {
            // Rust evaluates the fields in the written order, which is the order of the columns.
            Ok(Publication {
                $($field: publication_columns!(@read cells, optional, $read, $($optional)?),)+
                read: optional,
            })
        }
    };
    (@fields) => { PublicationFields::empty() };
    (@fields $optional:ident) => { PublicationFields::$optional };
    (@read $cells:ident, $wanted:ident, $read:expr,) => { reader::<C, _>($read)($cells)? };
    (@read $cells:ident, $wanted:ident, $read:expr, $optional:ident) => {
        if $wanted.contains(PublicationFields::$optional) { reader::<C, _>($read)($cells)? } else { Default::default() }
    };
}

publication_columns! {
    key: [Id] = C::number;
    article: [Article] = |cells| Ok(ArticleId::from_uuid(cells.uuid()?));
    version: [Version] = C::version;
    edition: [FromEdition] = C::number;
    slug: [Slug] = |cells| parsed(Slug::parse(&cells.text()?));
    locale: [Locale] = |cells| parsed(cells.text()?.parse::<domain::Locale>());
    title: [Title] = C::text;
    authors: [Authors] = |cells| ids(&cells.bytes()?);
    topics: [Topics] = |cells| ids(&cells.bytes()?);
    tags: [Tags] = |cells| ids(&cells.bytes()?);
    published_at: [PublishedAt] = |cells| instant(cells.number()?);
    updated_at: [UpdatedAt] = |cells| instant(cells.number()?);
    deck if DECK: [Deck] = C::text_or_none;
    excerpt if EXCERPT: [Excerpt] = C::text;
    hero_image if HERO_IMAGE: [HeroUrl, HeroAlt, HeroCaption, HeroCredit, HeroWidth, HeroHeight] = |cells| {
        Ok(HeroColumns {
            url: cells.text_or_none()?,
            alt: cells.text_or_none()?,
            caption: cells.text_or_none()?,
            credit: cells.text_or_none()?,
            width: cells.number_or_none()?,
            height: cells.number_or_none()?,
        }
        .into())
    };
    seo if SEO: [SeoTitle, SeoDescription] = |cells| {
        Ok(Seo { title: cells.text_or_none()?, description: cells.text_or_none()? })
    };
    external_ref if EXTERNAL_REF: [ExternalRef] = C::text_or_none;
    aliases if ALIASES: [Aliases] = |cells| convert::from_json(&cells.text()?);
    corrections if CORRECTIONS: [Corrections] = |cells| convert::corrections_from(cells.text_or_none()?.as_deref());
}

/// Reads a publication, and from the next column the mark of the edition in which the row was read.
pub(crate) fn read_with_mark(
    cells: &mut impl Cells,
    optional: PublicationFields,
) -> Result<(Publication, EditionMark), StoreError> {
    Ok((read(cells, optional)?, convert::mark(cells.number()?)))
}

/// Helps the compiler to infer the types of a closure that reads a field.
fn reader<C, T>(
    read: impl FnOnce(&mut C) -> Result<T, StoreError>,
) -> impl FnOnce(&mut C) -> Result<T, StoreError> {
    read
}

/// The row of a new publication. The database chooses its key.
pub(crate) fn row(publication: &NewPublication) -> Result<ActiveModel, StoreError> {
    let NewPublication {
        article,
        version,
        edition,
        content,
        excerpt,
        body: _,
        external_ref,
        corrections,
        published_at,
        updated_at,
        replaces: _,
    } = publication;
    let Content {
        slug,
        locale,
        title,
        deck,
        excerpt: _,
        body: _,
        hero_image,
        seo: Seo { title: seo_title, description: seo_description },
        authors,
        topics,
        tags,
        aliases,
        published_at: _,
    } = content;
    let hero = HeroColumns::from(hero_image.clone());
    Ok(ActiveModel {
        id: NotSet,
        article: Set(article.uuid()),
        version: Set(*version),
        from_edition: Set(*edition),
        until_edition: Set(None),
        slug: Set(slug.to_string()),
        locale: Set(locale.to_string()),
        title_key: Set(title_key(title)),
        title_sort: Set(sort_key(title)),
        title: Set(title.clone()),
        deck: Set(deck.clone()),
        excerpt: Set(excerpt.clone()),
        hero_url: Set(hero.url),
        hero_alt: Set(hero.alt),
        hero_caption: Set(hero.caption),
        hero_credit: Set(hero.credit),
        hero_width: Set(hero.width),
        hero_height: Set(hero.height),
        seo_title: Set(seo_title.clone()),
        seo_description: Set(seo_description.clone()),
        external_ref: Set(external_ref.clone()),
        authors: Set(id_bytes(authors)),
        topics: Set(id_bytes(topics)),
        tags: Set(id_bytes(tags)),
        aliases: Set(convert::json(aliases)?),
        published_at: Set(micros(*published_at)),
        updated_at: Set(micros(*updated_at)),
        corrections: Set(convert::corrections_text(corrections)),
    })
}
