//! Rows of `publication` as pages read them: by place, and no more of them than is asked for.

use domain::{ArticleId, EditionMark, Id, Parts, Publication, Seo, Slug};
use uuid::Uuid;

use crate::StoreError;
use crate::convert::{self, HeroColumns, ids, instant, parsed};
use crate::entity::publication::Column;

/// What every page needs, and what it is sorted by.
const ALWAYS: [Column; 12] = [
    Column::Id,
    Column::Article,
    Column::Version,
    Column::FromEdition,
    Column::Slug,
    Column::Locale,
    Column::Title,
    Column::Authors,
    Column::Topics,
    Column::Tags,
    Column::PublishedAt,
    Column::UpdatedAt,
];

/// What belongs to each part, in the order in which a row is read.
const BY_PART: [(Parts, &[Column]); 6] = [
    (Parts::DECK, &[Column::Deck]),
    (Parts::EXCERPT, &[Column::Excerpt]),
    (
        Parts::HERO_IMAGE,
        &[
            Column::HeroUrl,
            Column::HeroAlt,
            Column::HeroCaption,
            Column::HeroCredit,
            Column::HeroWidth,
            Column::HeroHeight,
        ],
    ),
    (Parts::SEO, &[Column::SeoTitle, Column::SeoDescription]),
    (Parts::EXTERNAL_REF, &[Column::ExternalRef]),
    (Parts::ALIASES, &[Column::Aliases]),
];

/// The columns that these parts need, in their order. In a page the edition comes after them.
pub(crate) fn columns(parts: Parts) -> impl Iterator<Item = Column> {
    let wanted = BY_PART.into_iter().filter(move |(part, _)| parts.has(*part));
    ALWAYS.into_iter().chain(wanted.flat_map(|(_, columns)| columns.iter().copied()))
}

/// A row whose columns are taken one after the other.
pub(crate) trait Cells {
    /// A whole number.
    fn number(&mut self) -> Result<i64, StoreError>;
    /// A whole number, or nothing.
    fn number_or_none(&mut self) -> Result<Option<i64>, StoreError>;
    /// A text.
    fn text(&mut self) -> Result<String, StoreError>;
    /// A text, or nothing.
    fn text_or_none(&mut self) -> Result<Option<String>, StoreError>;
    /// Bytes.
    fn bytes(&mut self) -> Result<Vec<u8>, StoreError>;
    /// An id.
    fn uuid(&mut self) -> Result<Uuid, StoreError>;
    /// A version.
    fn version(&mut self) -> Result<i32, StoreError>;
}

/// A publication, and the mark of the edition that its row was seen in.
pub(crate) fn read(cells: &mut impl Cells, parts: Parts) -> Result<(Publication, EditionMark), StoreError> {
    let mut publication = Publication {
        key: cells.number()?,
        article: ArticleId::from_uuid(cells.uuid()?),
        version: cells.version()?,
        edition: cells.number()?,
        slug: parsed(Slug::parse(&cells.text()?))?,
        locale: parsed(cells.text()?.parse::<domain::Locale>())?,
        title: cells.text()?,
        authors: ids(&cells.bytes()?)?,
        topics: ids(&cells.bytes()?)?,
        tags: ids(&cells.bytes()?)?,
        published_at: instant(cells.number()?)?,
        updated_at: instant(cells.number()?)?,
        deck: None,
        excerpt: String::new(),
        hero_image: None,
        seo: Seo::default(),
        external_ref: None,
        aliases: Vec::new(),
        parts,
    };
    if parts.has(Parts::DECK) {
        publication.deck = cells.text_or_none()?;
    }
    if parts.has(Parts::EXCERPT) {
        publication.excerpt = cells.text()?;
    }
    if parts.has(Parts::HERO_IMAGE) {
        let hero = HeroColumns {
            url: cells.text_or_none()?,
            alt: cells.text_or_none()?,
            caption: cells.text_or_none()?,
            credit: cells.text_or_none()?,
            width: cells.number_or_none()?,
            height: cells.number_or_none()?,
        };
        publication.hero_image = hero.into();
    }
    if parts.has(Parts::SEO) {
        publication.seo = Seo { title: cells.text_or_none()?, description: cells.text_or_none()? };
    }
    if parts.has(Parts::EXTERNAL_REF) {
        publication.external_ref = cells.text_or_none()?;
    }
    if parts.has(Parts::ALIASES) {
        publication.aliases = convert::from_json(&cells.text()?)?;
    }
    Ok((publication, convert::mark(cells.number()?)))
}

/// A row of SeaORM's.
pub(crate) struct SeaCells<'a> {
    row: &'a sea_orm::QueryResult,
    at: usize,
}

impl<'a> SeaCells<'a> {
    pub(crate) fn of(row: &'a sea_orm::QueryResult) -> Self {
        Self { row, at: 0 }
    }

    fn next<T: sea_orm::TryGetable>(&mut self) -> Result<T, StoreError> {
        self.at += 1;
        Ok(self.row.try_get_by_index(self.at - 1)?)
    }
}

impl Cells for SeaCells<'_> {
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
