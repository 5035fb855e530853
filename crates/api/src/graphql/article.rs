//! Articles, as readers get them.

use std::sync::Arc;

use async_graphql::connection::PageInfo;
use async_graphql::{Context, ID, Object, OneofObject, SimpleObject};
use domain::{
    ArticleId, Cursor, OrderField, PageRequest, Predicate, Publication, PublicationFields, SortKey, Subject,
};

use tokio::sync::OnceCell;

use super::article_fields;
use super::article_list::ArticleList;
use super::article_where::{ArticleOrder, ArticleWhere};
use super::author::Author;
use super::body::{Body, RequestedForms};
use super::context::{Reader, ledger, reader};
use super::cost::entries;
use super::edition::Edition;
use super::error::ApiError;
use super::image::Image;
use super::paging::neighbours;
use super::scalar::{DateTime, Locale};
use super::tag::Tag;
use super::together::Together;
use super::topic::Topic;
use crate::delivery::Kind;

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
    fn place(&self, field: OrderField) -> Cursor {
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

/// An edge in a connection.
#[derive(SimpleObject)]
pub(crate) struct ArticleEdge {
    /// The item at the end of the edge
    pub(crate) node: Article,
    /// A cursor for use in pagination
    cursor: String,
}

/// What is listed, and what of it was cut out.
pub(crate) struct ArticleConnection {
    edges: Vec<ArticleEdge>,
    neighbours: (bool, bool),
    predicate: Predicate,
    /// How many articles match, once somebody has asked.
    total: OnceCell<i64>,
    reader: Arc<Reader>,
}

/// A part of a list of articles.
#[Object]
impl ArticleConnection {
    /// Information to aid in pagination.
    async fn page_info(&self) -> PageInfo {
        PageInfo {
            has_previous_page: self.neighbours.0,
            has_next_page: self.neighbours.1,
            start_cursor: self.edges.first().map(|edge| edge.cursor.clone()),
            end_cursor: self.edges.last().map(|edge| edge.cursor.clone()),
        }
    }

    /// A list of edges.
    async fn edges(&self) -> &[ArticleEdge] {
        &self.edges
    }

    /// A list of nodes.
    async fn nodes(&self) -> ArticleList<'_> {
        ArticleList(&self.edges)
    }

    /// How many articles match in all. Counted only when it is asked for.
    async fn total_count(&self) -> Result<i64, ApiError> {
        let count = || self.reader.matching(&self.predicate);
        Ok(*self.total.get_or_try_init(count).await?)
    }
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

/// Resolves `articles`.
pub(crate) async fn articles(
    ctx: &Context<'_>,
    filter: Option<ArticleWhere>,
    order: ArticleOrder,
    request: &PageRequest,
) -> Result<ArticleConnection, ApiError> {
    let order = domain::ArticleOrder::from(order);
    let span = request.span(order.field.into())?;
    let reader = reader(ctx).await?;
    reader.mentions.note_all(Kind::Articles);
    if filter.is_some() {
        // Tags merge, topics move, and slugs lead elsewhere.
        [Kind::Authors, Kind::Tags, Kind::Topics].into_iter().for_each(|kind| reader.mentions.note_all(kind));
    }
    let filter = filter.map(|filter| filter.filter("where")).transpose()?.unwrap_or_default();
    let predicate = reader.view.resolve(&filter)?;
    let wanted = ["edges", "nodes", "pageInfo"].iter().any(|field| ctx.look_ahead().field(field).exists());
    let (page, more) = if wanted {
        reader
            .view
            .page(&predicate, order, &span, article_fields::requested(ctx), ledger(ctx).budget())
            .await?
    } else {
        (Vec::new(), false)
    };
    let edges = Article::all(page, &reader)
        .map(|node| ArticleEdge { cursor: node.place(order.field).to_string(), node })
        .collect();
    let total = OnceCell::new();
    Ok(ArticleConnection { edges, neighbours: neighbours(&span, more), predicate, total, reader })
}
