//! Published articles.

use std::sync::Arc;

use async_graphql::{Context, ID, Object, OneofObject, SimpleObject};
use domain::{ArticleId, Cursor, OrderField, Publication, PublicationFields, SortKey, Subject};

use crate::delivery::SubjectKind;
use crate::graphql::error::ApiError;
use crate::graphql::execution::article_batch::ArticleBatch;
use crate::graphql::execution::context::{Reader, ledger, reader};
use crate::graphql::execution::cost::entries;
use crate::graphql::types::author::Author;
use crate::graphql::types::body::{Body, RequestedForms};
use crate::graphql::types::correction::Correction;
use crate::graphql::types::edition::Edition;
use crate::graphql::types::image::Image;
use crate::graphql::types::scalar::{DateTime, Locale};
use crate::graphql::types::tag::Tag;
use crate::graphql::types::topic::Topic;

#[derive(Clone)]
pub(crate) struct Article {
    publication: Arc<Publication>,
    batch: Arc<ArticleBatch>,
}

impl Article {
    /// Makes an article that was read alone.
    pub(crate) fn single(publication: Publication, reader: &Arc<Reader>) -> Self {
        reader.mentions.note(Subject::Article(publication.article));
        let batch = ArticleBatch::new(std::slice::from_ref(&publication), reader);
        Self { publication: Arc::new(publication), batch }
    }

    /// Makes articles that were read together.
    pub(crate) fn all(publications: Vec<Publication>, reader: &Arc<Reader>) -> impl Iterator<Item = Self> {
        let batch = ArticleBatch::new(&publications, reader);
        for publication in &publications {
            reader.mentions.note(Subject::Article(publication.article));
        }
        publications
            .into_iter()
            .map(move |publication| Self { publication: Arc::new(publication), batch: Arc::clone(&batch) })
    }

    /// Returns the publication if this field of it was read. A field that was not read is empty here, whatever the
    /// database holds.
    fn with(&self, field: PublicationFields) -> Result<&Publication, ApiError> {
        let is_read = self.publication.read.contains(field);
        is_read
            .then(|| &*self.publication)
            .ok_or_else(|| ApiError::internal(&"a requested field was not read"))
    }

    pub(crate) fn publication(&self) -> &Publication {
        &self.publication
    }

    /// The reader through which the article was read.
    pub(crate) fn reader(&self) -> &Reader {
        &self.batch.reader
    }

    /// The cursor of the article in a list that is ordered by this field.
    pub(crate) fn cursor(&self, field: OrderField) -> Cursor {
        let publication = &self.publication;
        let key = match field {
            OrderField::PublishedAt => SortKey::Instant(publication.published_at),
            OrderField::UpdatedAt => SortKey::Instant(publication.updated_at),
            OrderField::Title => SortKey::Collated(domain::sort_key(&publication.title)),
        };
        Cursor { list: field.into(), key, id: domain::Id::uuid(publication.article) }
    }
}

/// A published article.
#[Object]
impl Article {
    /// The id of the article. It never changes.
    pub(crate) async fn id(&self) -> ID {
        self.publication.article.to_string().into()
    }

    /// The slug: the name of the article in web addresses. Its former slugs lead to the article as well.
    async fn slug(&self) -> String {
        self.publication.slug.to_string()
    }

    /// The language of the article.
    async fn locale(&self) -> Locale {
        Locale(self.publication.locale.to_string())
    }

    /// The headline, as plain text.
    async fn title(&self) -> &str {
        &self.publication.title
    }

    /// The line below the headline, as plain text. Null if there is none.
    async fn deck(&self, ctx: &Context<'_>) -> Result<Option<&str>, ApiError> {
        let deck = self.with(PublicationFields::DECK)?.deck.as_deref();
        ledger(ctx).answer(deck.map_or(0, str::len) as u64)?;
        Ok(deck)
    }

    /// The teaser, as plain text: what the editor wrote, or else the beginning of the text.
    async fn excerpt(
        &self,
        ctx: &Context<'_>,
        #[graphql(
            desc = "The maximum length in characters: 1 to 2000. A longer teaser is cut between two words."
        )]
        max_length: Option<i32>,
    ) -> Result<String, ApiError> {
        let excerpt = &self.with(PublicationFields::EXCERPT)?.excerpt;
        ledger(ctx).answer(excerpt.len() as u64)?;
        let Some(max_length) = max_length else { return Ok(excerpt.clone()) };
        let max =
            usize::try_from(max_length).ok().filter(|max| (1..=2_000).contains(max)).ok_or_else(|| {
                ApiError::argument(
                    "maxLength",
                    format!("`maxLength` is {max_length}: it must be between 1 and 2000"),
                )
            })?;
        Ok(app::shorten(excerpt, max))
    }

    /// The text of the article, in several formats.
    async fn body(&self, ctx: &Context<'_>) -> Result<Body, ApiError> {
        let asked = RequestedForms::of(ctx);
        let body = self.batch.body(self.publication.key, &asked, ledger(ctx)).await?;
        Ok(Body { body, forms: asked.forms })
    }

    /// The picture at the top. Null if there is none.
    async fn hero_image(&self) -> Result<Option<Image>, ApiError> {
        Ok(self.with(PublicationFields::HERO_IMAGE)?.hero_image.clone().map(Image::from))
    }

    /// The authors, in the order of the byline.
    async fn authors(&self, ctx: &Context<'_>) -> Result<Vec<Author>, ApiError> {
        ledger(ctx).list(ctx, self.publication.authors.len(), entries::FEW)?;
        let taxonomy = self.batch.reader.view.taxonomy();
        let found = taxonomy.resolve_authors(&self.publication.authors).into_iter();
        Ok(found.map(|author| Author::new(author.clone(), &self.batch.reader)).collect())
    }

    /// The topics to which the article belongs, the main topic first.
    async fn topics(&self, ctx: &Context<'_>) -> Result<Vec<Topic>, ApiError> {
        ledger(ctx).list(ctx, self.publication.topics.len(), entries::FEW)?;
        let taxonomy = self.batch.reader.view.taxonomy();
        let found = taxonomy.resolve_topics(&self.publication.topics).into_iter();
        Ok(found.map(|topic| Topic::new(topic.clone(), &self.batch.reader)).collect())
    }

    /// The tags of the article.
    async fn tags(&self, ctx: &Context<'_>) -> Result<Vec<Tag>, ApiError> {
        ledger(ctx).list(ctx, self.publication.tags.len(), entries::SEVERAL)?;
        let tags = self.batch.reader.view.taxonomy().resolve_tags(&self.publication.tags);
        Ok(tags.into_iter().map(|tag| Tag::new(tag.clone(), &self.batch.reader)).collect())
    }

    /// The title and the description for search engines.
    async fn seo(&self) -> Result<Seo, ApiError> {
        Ok(self.with(PublicationFields::SEO)?.seo.clone().into())
    }

    /// Addresses at which the article was published before, on other sites. Redirect them to this article.
    async fn aliases(&self, ctx: &Context<'_>) -> Result<&[String], ApiError> {
        let aliases = &self.with(PublicationFields::ALIASES)?.aliases;
        ledger(ctx).answer(aliases.iter().map(|alias| alias.len() as u64).sum())?;
        Ok(aliases)
    }

    /// What publications of the article have corrected, the oldest correction first. At most 100 notes, which editors write
    /// when they publish.
    async fn corrections(&self, ctx: &Context<'_>) -> Result<Vec<Correction>, ApiError> {
        let corrections = &self.with(PublicationFields::CORRECTIONS)?.corrections;
        ledger(ctx).list(ctx, corrections.len(), entries::FEW)?;
        ledger(ctx).answer(corrections.iter().map(|correction| correction.note.len() as u64).sum())?;
        Ok(corrections.iter().cloned().map(Correction::from).collect())
    }

    /// The id of the article in the system from which it was imported. Null if there is none.
    async fn external_ref(&self) -> Result<Option<&str>, ApiError> {
        Ok(self.with(PublicationFields::EXTERNAL_REF)?.external_ref.as_deref())
    }

    /// The publication date that readers see.
    async fn published_at(&self) -> DateTime {
        self.publication.published_at.into()
    }

    /// The date of the last change that readers can see.
    async fn updated_at(&self) -> DateTime {
        self.publication.updated_at.into()
    }

    /// The version of the article that is public.
    async fn version(&self) -> i32 {
        self.publication.version
    }

    /// The edition in which this version became public.
    async fn edition(&self) -> Edition {
        Edition::Numbered(self.publication.edition, Arc::clone(&self.batch))
    }
}

/// The title and the description for search engines.
#[derive(SimpleObject)]
pub(crate) struct Seo {
    /// The title for search results. Null if search engines should use the title of the article.
    title: Option<String>,
    /// The description for search results. Null if search engines should use the excerpt.
    description: Option<String>,
}

impl From<domain::Seo> for Seo {
    fn from(seo: domain::Seo) -> Self {
        let domain::Seo { title, description } = seo;
        Self { title, description }
    }
}

/// Names one article. Exactly one of the fields must be given.
#[derive(OneofObject)]
pub(crate) enum ArticleBy {
    /// The slug of the article, current or former.
    Slug(String),
    /// The id of the article.
    Id(ID),
    /// The id of the article in the system from which it was imported.
    ExternalRef(String),
}

/// Resolves `article`.
pub(crate) async fn article(ctx: &Context<'_>, by: ArticleBy) -> Result<Option<Article>, ApiError> {
    let reader = reader(ctx).await?;
    // Whether the article itself has this slug or id. If not, the same request may find another article tomorrow.
    let (found, is_own) = match by {
        ArticleBy::Slug(slug) => {
            let found = reader.view.article_by_slug(&slug).await?;
            let is_own = found.as_ref().is_some_and(|found| found.slug.as_str() == slug);
            (found, is_own)
        }
        ArticleBy::Id(id) => {
            let found = reader.view.article(id.parse::<ArticleId>()?).await?;
            let is_own = found.is_some();
            (found, is_own)
        }
        ArticleBy::ExternalRef(external_ref) => {
            (reader.view.article_by_external_ref(&external_ref).await?, false)
        }
    };
    if !is_own {
        reader.mentions.note_all(SubjectKind::Articles);
    }
    Ok(found.map(|publication| Article::single(publication, &reader)))
}
