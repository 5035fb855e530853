//! Reads rows of `publication` from both databases: only the requested columns, one after the other.

use domain::{ArticleId, EditionMark, Id, Publication, PublicationFields, Seo, Slug};
use uuid::Uuid;

use crate::StoreError;
use crate::convert::{self, HeroColumns, ids, instant, parsed};
use crate::entity::publication::Column;

/// A row. Each call reads the next column.
pub(crate) trait Cells {
    fn number(&mut self) -> Result<i64, StoreError>;
    fn number_or_none(&mut self) -> Result<Option<i64>, StoreError>;
    fn text(&mut self) -> Result<String, StoreError>;
    fn text_or_none(&mut self) -> Result<Option<String>, StoreError>;
    fn bytes(&mut self) -> Result<Vec<u8>, StoreError>;
    fn uuid(&mut self) -> Result<Uuid, StoreError>;
    fn version(&mut self) -> Result<i32, StoreError>;
}

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
}

/// Reads a publication, and from the next column the mark of the edition in which the row was read.
pub(super) fn read_with_mark(
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

/// A row of SeaORM.
pub(crate) struct SeaOrmCells<'a> {
    row: &'a sea_orm::QueryResult,
    at: usize,
}

impl<'a> SeaOrmCells<'a> {
    pub(crate) fn of(row: &'a sea_orm::QueryResult) -> Self {
        Self { row, at: 0 }
    }

    fn next<T: sea_orm::TryGetable>(&mut self) -> Result<T, StoreError> {
        self.at += 1;
        Ok(self.row.try_get_by_index(self.at - 1)?)
    }
}

impl Cells for SeaOrmCells<'_> {
    fn number(&mut self) -> Result<i64, StoreError> {
        self.next()
    }

    fn number_or_none(&mut self) -> Result<Option<i64>, StoreError> {
        self.next()
    }

    fn text(&mut self) -> Result<String, StoreError> {
        self.next()
    }

    fn text_or_none(&mut self) -> Result<Option<String>, StoreError> {
        self.next()
    }

    fn bytes(&mut self) -> Result<Vec<u8>, StoreError> {
        self.next()
    }

    fn uuid(&mut self) -> Result<Uuid, StoreError> {
        self.next()
    }

    fn version(&mut self) -> Result<i32, StoreError> {
        self.next()
    }
}
