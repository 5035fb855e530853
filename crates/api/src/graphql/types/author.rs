//! Authors.

use std::sync::Arc;

use app::AuthorInput as Input;
use async_graphql::connection::{Connection, Edge, EmptyFields};
use async_graphql::{Context, Enum, ID, InputObject, Object, SimpleObject};
use domain::{CursorList, PageRequest, SortKey, Subject};

use crate::delivery::SubjectKind;
use crate::graphql::error::ApiError;
use crate::graphql::execution::context::{Reader, app, caller, ledger, reader};
use crate::graphql::protocol::idempotency::idempotency;
use crate::graphql::types::edition::Edition;
use crate::graphql::types::paging::{ListCursor, OrderDirection, Total, page};
use crate::graphql::types::scalar::Slug;
use crate::graphql::types::user_error::{UserError, written_or_errors};

pub(crate) struct Author {
    author: domain::Author,
    reader: Arc<Reader>,
}

impl Author {
    pub(crate) fn new(author: domain::Author, reader: &Arc<Reader>) -> Self {
        reader.mentions.note(Subject::Author(author.id));
        Self { author, reader: Arc::clone(reader) }
    }
}

/// An author: a person or an editorial desk with a byline.
#[Object]
impl Author {
    /// The id of the author. It never changes.
    pub(crate) async fn id(&self) -> ID {
        self.author.id.to_string().into()
    }

    /// The name in the byline.
    async fn name(&self) -> &str {
        &self.author.name
    }

    /// The slug: the name of the author in web addresses.
    async fn slug(&self) -> &str {
        self.author.slug.as_str()
    }

    /// The job title. Null if none is known.
    async fn job_title(&self) -> Option<&str> {
        self.author.job_title.as_deref()
    }

    /// One or two sentences about the author, as plain text. Null if there are none.
    async fn bio(&self, ctx: &Context<'_>) -> Result<Option<&str>, ApiError> {
        let bio = self.author.bio.as_deref();
        ledger(ctx).answer(bio.map_or(0, str::len) as u64)?;
        Ok(bio)
    }

    /// The number of published articles by this author.
    async fn article_count(&self) -> Result<i64, ApiError> {
        Ok(self.reader.count(self.author.id.into()).await?)
    }
}

/// The field by which authors are sorted.
#[derive(Enum, Copy, Clone, PartialEq, Eq)]
pub(crate) enum AuthorOrderField {
    /// The number of published articles by the author.
    Use,
    /// The name, in alphabetical order: case does not matter, and `Äpfel` comes before `zebra`.
    Name,
}

/// The order of a list of authors. Authors with equal values are sorted by id, in the same direction.
#[derive(InputObject, Copy, Clone)]
pub(crate) struct AuthorOrder {
    /// The field to sort by.
    field: AuthorOrderField,
    /// The direction.
    #[graphql(default_with = "OrderDirection::Asc")]
    direction: OrderDirection,
}

impl Default for AuthorOrder {
    fn default() -> Self {
        Self { field: AuthorOrderField::Name, direction: OrderDirection::Asc }
    }
}

pub(crate) type AuthorConnection = Connection<ListCursor, Author, Total, EmptyFields>;

/// Resolves `author`.
pub(crate) async fn author(ctx: &Context<'_>, slug: &str) -> Result<Option<Author>, ApiError> {
    let reader = reader(ctx).await?;
    let found = reader.view.taxonomy().author_by_slug(slug);
    if found.is_none_or(|author| author.slug.as_str() != slug) {
        reader.mentions.note_all(SubjectKind::Authors);
    }
    Ok(found.map(|author| Author::new(author.clone(), &reader)))
}

/// Resolves `authors`.
pub(crate) async fn authors(
    ctx: &Context<'_>,
    order: AuthorOrder,
    request: &PageRequest,
) -> Result<AuthorConnection, ApiError> {
    let list = match order.field {
        AuthorOrderField::Use => CursorList::AuthorsByUse,
        AuthorOrderField::Name => CursorList::AuthorsByName,
    };
    let span = request.span(list)?;
    let reader = reader(ctx).await?;
    reader.mentions.note_all(SubjectKind::Authors);
    let counts = reader.counts().await?;
    let entries = reader
        .view
        .taxonomy()
        .authors()
        .map(|author| {
            let key = match order.field {
                AuthorOrderField::Use => SortKey::Number(counts.get(&author.id.into()).copied().unwrap_or(0)),
                AuthorOrderField::Name => SortKey::Collated(domain::sort_key(&author.name)),
            };
            (key, domain::Id::uuid(author.id), author.clone())
        })
        .collect();
    let page = page(list, entries, order.direction.into(), &span);
    let (before, after) = page.neighbours;
    let mut connection = Connection::with_additional_fields(before, after, Total { total_count: page.total });
    connection.edges = page
        .entries
        .into_iter()
        .map(|(place, author)| Edge::new(place, Author::new(author, &reader)))
        .collect();
    Ok(connection)
}

/// The data of a new author.
#[derive(InputObject)]
pub(crate) struct AuthorInput {
    /// The name in the byline.
    name: String,
    /// The slug: the name of the author in web addresses. Without one, it is made from the name.
    slug: Option<Slug>,
    /// The job title, for example `Digital strategy editor`.
    job_title: Option<String>,
    /// One or two sentences about the author, as plain text.
    bio: Option<String>,
}

/// The result of a mutation of an author.
#[derive(SimpleObject)]
pub(crate) struct AuthorPayload {
    /// The author. Null if the write was refused.
    author: Option<Author>,
    /// The edition that shows the change. Null if the write was refused.
    edition: Option<Edition>,
    /// Why the write was refused. Empty if it succeeded.
    user_errors: Vec<UserError>,
}

#[derive(Default)]
pub(crate) struct AuthorMutation;

#[Object]
impl AuthorMutation {
    /// Creates an author. Scope: `content:publish`.
    async fn author_create(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The new author.")] input: AuthorInput,
    ) -> Result<AuthorPayload, ApiError> {
        let AuthorInput { name, slug, job_title, bio } = input;
        let input = Input { name, slug: slug.map(|Slug(text)| text), job_title, bio };
        let (written, user_errors) = written_or_errors(
            ctx,
            app(ctx).create_author(caller(ctx)?, &input, idempotency(ctx)?.as_ref()).await,
        )?;
        let Some((author, edition)) = written else {
            return Ok(AuthorPayload { author: None, edition: None, user_errors });
        };
        let reader = Reader::open(app(ctx)).await?;
        let author = Author::new(author, &reader);
        Ok(AuthorPayload { author: Some(author), edition: Some(edition.into()), user_errors })
    }
}
