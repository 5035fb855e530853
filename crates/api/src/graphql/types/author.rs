//! Authors.

use std::sync::Arc;

use app::{AuthorInput as Input, AuthorUpdate};
use async_graphql::connection::{Connection, Edge, EmptyFields};
use async_graphql::{Context, Enum, ID, InputObject, MaybeUndefined, Object, SimpleObject};
use domain::{AuthorId, CursorList, PageRequest, SortKey, Subject};

use crate::delivery::SubjectKind;
use crate::graphql::error::ApiError;
use crate::graphql::execution::context::{Reader, app, caller, ledger, reader};
use crate::graphql::mutations::article_input::field;
use crate::graphql::protocol::idempotency::idempotency;
use crate::graphql::types::edition::Edition;
use crate::graphql::types::paging::{ListCursor, OrderDirection, Total, page};
use crate::graphql::types::scalar::Slug;
use crate::graphql::types::user_error::{UserError, id_argument, written_or_errors};

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

/// An author: a person or an editorial desk with a byline. Two entries for one person can be merged. Former slugs keep
/// working.
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

    /// The version of the author, which increases with each change. Send it as `expectedVersion` with the next write.
    async fn version(&self) -> i32 {
        self.author.version
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

/// The changes of an author. Fields that are left out stay as they are.
#[derive(InputObject)]
pub(crate) struct AuthorUpdateInput {
    /// The name in the byline. Null counts as left out.
    name: Option<String>,
    /// The slug: the name of the author in web addresses. The old slug keeps working. Null counts as left out.
    slug: Option<Slug>,
    /// The job title. Null removes it.
    job_title: MaybeUndefined<String>,
    /// One or two sentences about the author, as plain text. Null removes them.
    bio: MaybeUndefined<String>,
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

impl AuthorPayload {
    async fn new(
        ctx: &Context<'_>,
        written: app::WriteResult<(domain::Author, domain::Edition)>,
    ) -> Result<Self, ApiError> {
        let (written, user_errors) = written_or_errors(ctx, written)?;
        let Some((author, edition)) = written else {
            return Ok(Self { author: None, edition: None, user_errors });
        };
        let reader = Reader::open(app(ctx)).await?;
        let author = Author::new(author, &reader);
        Ok(Self { author: Some(author), edition: Some(edition.into()), user_errors })
    }
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
        let written = app(ctx).create_author(caller(ctx)?, &input, idempotency(ctx)?.as_ref()).await;
        AuthorPayload::new(ctx, written).await
    }

    /// Changes fields of an author. The articles keep the author, and the old slug keeps working.
    /// Scope: `content:publish`.
    async fn author_update(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The id of the author.")] id: ID,
        #[graphql(
            desc = "The `version` of the author that you have seen. If it has changed since, the write is refused."
        )]
        expected_version: i32,
        #[graphql(desc = "The changes.")] input: AuthorUpdateInput,
    ) -> Result<AuthorPayload, ApiError> {
        let AuthorUpdateInput { name, slug, job_title, bio } = input;
        let input = AuthorUpdate {
            name,
            slug: slug.map(|Slug(text)| text),
            job_title: field(job_title, |text| text),
            bio: field(bio, |text| text),
        };
        let written = match id_argument::<AuthorId>(&id, "id") {
            Ok(id) => app(ctx).update_author(caller(ctx)?, id, expected_version, &input).await,
            Err(error) => Err(error.into()),
        };
        AuthorPayload::new(ctx, written).await
    }

    /// Merges an author into another one. The articles name the other author, the slugs lead to it, and the result is
    /// the other author. Scope: `content:publish`.
    async fn author_merge(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The id of the author that disappears.")] id: ID,
        #[graphql(
            desc = "The `version` of that author that you have seen. If it has changed since, the write is refused."
        )]
        expected_version: i32,
        #[graphql(desc = "The id of the author that remains.")] into: ID,
    ) -> Result<AuthorPayload, ApiError> {
        let ids = id_argument::<AuthorId>(&id, "id")
            .and_then(|id| Ok((id, id_argument::<AuthorId>(&into, "into")?)));
        let written = match ids {
            Ok((id, into)) => app(ctx).merge_authors(caller(ctx)?, id, expected_version, into).await,
            Err(error) => Err(error.into()),
        };
        AuthorPayload::new(ctx, written).await
    }
}
