//! Articles, as readers get them.

use std::sync::Arc;

use async_graphql::{Context, ID, Object, OneofObject, SimpleObject};
use domain::{ArticleId, Cursor, OrderField, Publication, PublicationFields, SortKey, Subject};

use crate::delivery::Kind;
use crate::graphql::error::ApiError;
use crate::graphql::execution::context::{Reader, ledger, reader};
use crate::graphql::execution::cost::entries;
use crate::graphql::execution::read_together::Together;
use crate::graphql::types::author::Author;
use crate::graphql::types::body::{Body, RequestedForms};
use crate::graphql::types::edition::Edition;
use crate::graphql::types::image::Image;
use crate::graphql::types::scalar::{DateTime, Locale};
use crate::graphql::types::tag::Tag;
use crate::graphql::types::topic::Topic;

#[derive(Clone)]
pub(crate) struct Article {
    publication: Arc<Publication>,
    together: Arc<Together>,
}

impl Article {
    /// An article that was read by itself.
    pub(crate) fn single(publication: Publication, reader: &Arc<Reader>) -> Self {
        reader.mentions.note(Subject::Article(publication.article));
        let together = Together::new(std::slice::from_ref(&publication), reader);
        Self { publication: Arc::new(publication), together }
    }

    /// Articles that were read together.
    pub(crate) fn all(publications: Vec<Publication>, reader: &Arc<Reader>) -> impl Iterator<Item = Self> {
        let together = Together::new(&publications, reader);
        for publication in &publications {
            reader.mentions.note(Subject::Article(publication.article));
        }
        publications.into_iter().map(move |publication| Self {
            publication: Arc::new(publication),
            together: Arc::clone(&together),
        })
    }

    /// The publication, if this field of it was read. A field that was not read is empty here, whatever the database
    /// holds.
    fn with(&self, field: PublicationFields) -> Result<&Publication, ApiError> {
        let is_read = self.publication.read.contains(field);
        is_read
            .then(|| &*self.publication)
            .ok_or_else(|| ApiError::internal(&"a requested field was not read"))
    }

    pub(crate) fn publication(&self) -> &Publication {
        &self.publication
    }

    /// The view that the article was read in.
    pub(crate) fn reader(&self) -> &Reader {
        &self.together.reader
    }

    /// Its place in an ordered list.
    pub(crate) fn place(&self, field: OrderField) -> Cursor {
        let publication = &self.publication;
        let key = match field {
            OrderField::PublishedAt => SortKey::Instant(publication.published_at),
            OrderField::UpdatedAt => SortKey::Instant(publication.updated_at),
            OrderField::Title => SortKey::Text(domain::title_key(&publication.title)),
        };
        Cursor { list: field.into(), key, id: domain::Id::uuid(publication.article) }
    }
}

/// A published article: what readers get, and nothing else.
#[Object]
impl Article {
    /// Its id, the same through all its editions.
    pub(crate) async fn id(&self) -> ID {
        self.publication.article.to_string().into()
    }

    /// Its name in web addresses. Its former slugs lead to it as well.
    async fn slug(&self) -> String {
        self.publication.slug.to_string()
    }

    /// Its language.
    async fn locale(&self) -> Locale {
        Locale(self.publication.locale.to_string())
    }

    /// The headline, plain text.
    async fn title(&self) -> &str {
        &self.publication.title
    }

    /// The line below the headline, plain text.
    async fn deck(&self, ctx: &Context<'_>) -> Result<Option<&str>, ApiError> {
        let deck = self.with(PublicationFields::DECK)?.deck.as_deref();
        ledger(ctx).answer(deck.map_or(0, str::len) as u64)?;
        Ok(deck)
    }

    /// The teaser, plain text: the editor's, or the beginning of the text.
    async fn excerpt(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Cut it, at a word, to at most this many characters; 1 to 2000.")]
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

    /// The text, in every form.
    async fn body(&self, ctx: &Context<'_>) -> Result<Body, ApiError> {
        let asked = RequestedForms::of(ctx);
        let body = self.together.body(self.publication.key, &asked, ledger(ctx)).await?;
        Ok(Body { body, forms: asked.forms })
    }

    /// The picture on top.
    async fn hero_image(&self) -> Result<Option<Image>, ApiError> {
        Ok(self.with(PublicationFields::HERO_IMAGE)?.hero_image.clone().map(Image::from))
    }

    /// Who wrote it, in the order of print.
    async fn authors(&self, ctx: &Context<'_>) -> Result<Vec<Author>, ApiError> {
        ledger(ctx).list(ctx, self.publication.authors.len(), entries::FEW)?;
        let taxonomy = self.together.reader.view.taxonomy();
        let found = self.publication.authors.iter().filter_map(|id| taxonomy.author(*id));
        Ok(found.map(|author| Author::new(author.clone(), &self.together.reader)).collect())
    }

    /// Where it belongs in the tree, the main topic first.
    async fn topics(&self, ctx: &Context<'_>) -> Result<Vec<Topic>, ApiError> {
        ledger(ctx).list(ctx, self.publication.topics.len(), entries::FEW)?;
        let taxonomy = self.together.reader.view.taxonomy();
        let found = self.publication.topics.iter().filter_map(|id| taxonomy.topic(*id));
        Ok(found.map(|topic| Topic::new(topic.clone(), &self.together.reader)).collect())
    }

    /// Its labels.
    async fn tags(&self, ctx: &Context<'_>) -> Result<Vec<Tag>, ApiError> {
        ledger(ctx).list(ctx, self.publication.tags.len(), entries::SEVERAL)?;
        let tags = self.together.reader.view.taxonomy().resolve_tags(&self.publication.tags);
        Ok(tags.into_iter().map(|tag| Tag::new(tag.clone(), &self.together.reader)).collect())
    }

    /// What search engines are told.
    async fn seo(&self) -> Result<Seo, ApiError> {
        Ok(self.with(PublicationFields::SEO)?.seo.clone().into())
    }

    /// Addresses under which it was published elsewhere before: redirect them here.
    async fn aliases(&self, ctx: &Context<'_>) -> Result<&[String], ApiError> {
        let aliases = &self.with(PublicationFields::ALIASES)?.aliases;
        ledger(ctx).answer(aliases.iter().map(|alias| alias.len() as u64).sum())?;
        Ok(aliases)
    }

    /// What the system that it came from calls it.
    async fn external_ref(&self) -> Result<Option<&str>, ApiError> {
        Ok(self.with(PublicationFields::EXTERNAL_REF)?.external_ref.as_deref())
    }

    /// The date that readers see.
    async fn published_at(&self) -> DateTime {
        self.publication.published_at.into()
    }

    /// When what readers see of it last changed.
    async fn updated_at(&self) -> DateTime {
        self.publication.updated_at.into()
    }

    /// Which saved version of it is public.
    async fn version(&self) -> i32 {
        self.publication.version
    }

    /// The edition that made this version public.
    async fn edition(&self) -> Edition {
        Edition::Numbered(self.publication.edition, Arc::clone(&self.together))
    }
}

/// What search engines are told instead of title and excerpt.
#[derive(SimpleObject)]
pub(crate) struct Seo {
    /// The title for result pages; the article's own, where there is none.
    title: Option<String>,
    /// The description for result pages; the excerpt, where there is none.
    description: Option<String>,
}

impl From<domain::Seo> for Seo {
    fn from(seo: domain::Seo) -> Self {
        let domain::Seo { title, description } = seo;
        Self { title, description }
    }
}

/// Names one article, in exactly one way.
#[derive(OneofObject)]
pub(crate) enum ArticleBy {
    /// By its slug, present or past.
    Slug(String),
    /// By its id.
    Id(ID),
    /// By what the system that it came from calls it.
    ExternalRef(String),
}

/// Resolves `article`.
pub(crate) async fn article(ctx: &Context<'_>, by: ArticleBy) -> Result<Option<Article>, ApiError> {
    let reader = reader(ctx).await?;
    // Whether the article itself says that it is the one: if not, another one may be tomorrow.
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
        reader.mentions.note_all(Kind::Articles);
    }
    Ok(found.map(|publication| Article::single(publication, &reader)))
}
