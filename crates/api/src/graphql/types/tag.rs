//! Tags.

use std::sync::Arc;

use app::{TagInput as Input, TagUpdate};
use async_graphql::connection::{Connection, Edge, EmptyFields};
use async_graphql::{Context, Enum, ID, InputObject, Object, SimpleObject};
use domain::{ArticleFilter, CursorList, LabelFilter, PageRequest, SortKey, Subject, TagId, Taxonomy};

use crate::delivery::SubjectKind;
use crate::graphql::error::ApiError;
use crate::graphql::execution::context::{Reader, app, caller, reader};
use crate::graphql::execution::warning::note_unknown_slug;
use crate::graphql::protocol::idempotency::idempotency;
use crate::graphql::types::edition::Edition;
use crate::graphql::types::paging::{ListCursor, OrderDirection, Total, page};
use crate::graphql::types::scalar::{DateTime, Slug, slugs};
use crate::graphql::types::user_error::{UserError, id_argument, written_or_errors};

pub(crate) struct Tag {
    tag: domain::Tag,
    reader: Arc<Reader>,
}

impl Tag {
    pub(crate) fn new(tag: domain::Tag, reader: &Arc<Reader>) -> Self {
        reader.mentions.note(Subject::Tag(tag.id));
        Self { tag, reader: Arc::clone(reader) }
    }
}

/// A tag: a label without a hierarchy. A tag can be renamed, merged into another one, or deleted. Its former slugs keep
/// working until it is deleted.
#[Object]
impl Tag {
    /// The id of the tag. It never changes.
    pub(crate) async fn id(&self) -> ID {
        self.tag.id.to_string().into()
    }

    /// The display name.
    async fn name(&self) -> &str {
        &self.tag.name
    }

    /// The slug: the name of the tag in web addresses.
    async fn slug(&self) -> &str {
        self.tag.slug.as_str()
    }

    /// The number of published articles with this tag.
    async fn article_count(&self) -> Result<i64, ApiError> {
        Ok(self.reader.count(self.tag.id.into()).await?)
    }

    /// The version of the tag, which increases with each change. Send it as `expectedVersion` with the next write.
    async fn version(&self) -> i32 {
        self.tag.version
    }

    /// The time at which the tag was deleted. Null if it was not. Only old versions of articles still have a deleted
    /// tag.
    async fn deleted_at(&self) -> Option<DateTime> {
        self.tag.deleted_at.map(DateTime::from)
    }
}

/// A filter for tags. A tag must match all given fields.
#[derive(InputObject)]
pub(crate) struct TagWhere {
    /// Only tags whose name contains this text, ignoring case.
    name_contains: Option<String>,
    /// Only tags with one of these slugs, current or former. 1 to 100 slugs.
    slugs: Option<Vec<Slug>>,
    /// Only tags that at least one published article has (true), or that none has (false).
    used: Option<bool>,
}

/// The field by which tags are sorted.
#[derive(Enum, Copy, Clone, PartialEq, Eq)]
pub(crate) enum TagOrderField {
    /// The number of published articles with the tag.
    Use,
    /// The name, in alphabetical order: case does not matter, and `Äpfel` comes before `zebra`.
    Name,
}

/// The order of a list of tags. Tags with equal values are sorted by id, in the same direction.
#[derive(InputObject, Copy, Clone)]
pub(crate) struct TagOrder {
    /// The field to sort by.
    field: TagOrderField,
    /// The direction.
    #[graphql(default_with = "OrderDirection::Desc")]
    direction: OrderDirection,
}

impl Default for TagOrder {
    fn default() -> Self {
        Self { field: TagOrderField::Use, direction: OrderDirection::Desc }
    }
}

pub(crate) type TagConnection = Connection<ListCursor, Tag, Total, EmptyFields>;

/// Resolves `tag`.
pub(crate) async fn tag(ctx: &Context<'_>, slug: &str) -> Result<Option<Tag>, ApiError> {
    let reader = reader(ctx).await?;
    let found = reader.view.taxonomy().tag_by_slug(slug);
    if found.is_none_or(|tag| tag.slug.as_str() != slug) {
        reader.mentions.note_all(SubjectKind::Tags);
    }
    Ok(found.map(|tag| Tag::new(tag.clone(), &reader)))
}

/// Resolves `tags`.
pub(crate) async fn tags(
    ctx: &Context<'_>,
    filter: Option<TagWhere>,
    order: TagOrder,
    request: &PageRequest,
) -> Result<TagConnection, ApiError> {
    let list = match order.field {
        TagOrderField::Use => CursorList::TagsByUse,
        TagOrderField::Name => CursorList::TagsByName,
    };
    let span = request.span(list)?;
    let reader = reader(ctx).await?;
    reader.mentions.note_all(SubjectKind::Tags);
    let taxonomy = reader.view.taxonomy();
    let counts = reader.counts().await?;
    let count = |tag: &domain::Tag| counts.get(&tag.id.into()).copied().unwrap_or(0);
    let mut found: Vec<&domain::Tag> = taxonomy.tags().collect();
    if let Some(TagWhere { name_contains, slugs: wanted, used }) = filter {
        if let Some(text) = name_contains {
            let text = text.to_lowercase();
            found.retain(|tag| tag.name.to_lowercase().contains(&text));
        }
        if let Some(wanted) = wanted {
            let wanted = check_count("where.slugs", slugs(wanted))?;
            check_slugs(ctx, taxonomy, &wanted)?;
            let ids: Vec<_> =
                wanted.iter().filter_map(|slug| taxonomy.tag_by_slug(slug)).map(|tag| tag.id).collect();
            found.retain(|tag| ids.contains(&tag.id));
        }
        if let Some(used) = used {
            found.retain(|tag| (count(tag) > 0) == used);
        }
    }
    let entries = found
        .into_iter()
        .map(|tag| {
            let key = match order.field {
                TagOrderField::Use => SortKey::Number(count(tag)),
                TagOrderField::Name => SortKey::Collated(domain::sort_key(&tag.name)),
            };
            (key, domain::Id::uuid(tag.id), tag.clone())
        })
        .collect();
    let page = page(list, entries, order.direction.into(), &span);
    let (before, after) = page.neighbours;
    let mut connection = Connection::with_additional_fields(before, after, Total { total_count: page.total });
    connection.edges =
        page.entries.into_iter().map(|(place, tag)| Edge::new(place, Tag::new(tag, &reader))).collect();
    Ok(connection)
}

/// Refuses text that cannot be the slug of a tag, and notes slugs that never existed.
fn check_slugs(ctx: &Context<'_>, taxonomy: &Taxonomy, slugs: &[String]) -> Result<(), ApiError> {
    let any = LabelFilter { any: Some(slugs.to_vec()), ..LabelFilter::default() };
    let filter = ArticleFilter { tags: Some(any), ..ArticleFilter::default() };
    let argument = "where.slugs";
    filter
        .resolve(taxonomy)
        .map_err(|refused| ApiError::argument(argument, format!("`{argument}` {}", refused.reason)))?;
    for unknown in filter.unknown_slugs(taxonomy) {
        note_unknown_slug(ctx, argument.to_owned(), &unknown.slug);
    }
    Ok(())
}

/// Refuses an empty list of names, and one with more than 100 entries.
pub(crate) fn check_count(argument: &str, names: Vec<String>) -> Result<Vec<String>, ApiError> {
    match names.len() {
        0 => Err(ApiError::argument(
            argument,
            format!(
                "`{argument}` is an empty list, which could mean everything or nothing: leave it out, or name at least one entry"
            ),
        )),
        1..=100 => Ok(names),
        many => {
            Err(ApiError::argument(argument, format!("`{argument}` has {many} entries: send at most 100")))
        }
    }
}

/// The data of a new tag.
#[derive(InputObject)]
pub(crate) struct TagInput {
    /// The display name.
    name: String,
    /// The slug: the name of the tag in web addresses. Without one, it is made from the name.
    slug: Option<Slug>,
}

/// The changes of a tag. Fields that are left out, or null, stay as they are.
#[derive(InputObject)]
pub(crate) struct TagUpdateInput {
    /// The display name.
    name: Option<String>,
    /// The slug: the name of the tag in web addresses. The old slug keeps working.
    slug: Option<Slug>,
}

/// The result of a mutation of a tag.
#[derive(SimpleObject)]
pub(crate) struct TagPayload {
    /// The tag. Null if the write was refused.
    tag: Option<Tag>,
    /// The edition that shows the change. Null if the write was refused.
    edition: Option<Edition>,
    /// Why the write was refused. Empty if it succeeded.
    user_errors: Vec<UserError>,
}

impl TagPayload {
    async fn new(
        ctx: &Context<'_>,
        written: app::WriteResult<(domain::Tag, domain::Edition)>,
    ) -> Result<Self, ApiError> {
        let (written, user_errors) = written_or_errors(ctx, written)?;
        let Some((tag, edition)) = written else { return Ok(Self { tag: None, edition: None, user_errors }) };
        let reader = Reader::open(app(ctx)).await?;
        Ok(Self { tag: Some(Tag::new(tag, &reader)), edition: Some(edition.into()), user_errors })
    }
}

/// The result of the deletion of a tag.
#[derive(SimpleObject)]
pub(crate) struct TagDeletePayload {
    /// The id of the deleted tag. Null if the deletion was refused.
    deleted_id: Option<ID>,
    /// The tag that the articles have instead. Null if there is none.
    replacement: Option<Tag>,
    /// The edition that shows the change. Null if the deletion was refused.
    edition: Option<Edition>,
    /// Why the deletion was refused. Empty if it succeeded.
    user_errors: Vec<UserError>,
}

#[derive(Default)]
pub(crate) struct TagMutation;

#[Object]
impl TagMutation {
    /// Creates a tag. Scope: `content:publish`.
    async fn tag_create(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The new tag.")] input: TagInput,
    ) -> Result<TagPayload, ApiError> {
        let TagInput { name, slug } = input;
        let input = Input { name, slug: slug.map(|Slug(text)| text) };
        TagPayload::new(ctx, app(ctx).create_tag(caller(ctx)?, &input, idempotency(ctx)?.as_ref()).await)
            .await
    }

    /// Changes the name or the slug of a tag. Its articles keep the tag, and its old slug keeps working.
    /// Scope: `content:publish`.
    async fn tag_update(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The id of the tag.")] id: ID,
        #[graphql(
            desc = "The `version` of the tag that you have seen. If it has changed since, the write is refused."
        )]
        expected_version: i32,
        #[graphql(desc = "The changes.")] input: TagUpdateInput,
    ) -> Result<TagPayload, ApiError> {
        let TagUpdateInput { name, slug } = input;
        let input = TagUpdate { name, slug: slug.map(|Slug(text)| text) };
        let written = match id_argument::<TagId>(&id, "id") {
            Ok(id) => app(ctx).update_tag(caller(ctx)?, id, expected_version, &input).await,
            Err(error) => Err(error.into()),
        };
        TagPayload::new(ctx, written).await
    }

    /// Renames a tag. Its articles keep the tag, and its old slug keeps working. Scope: `content:publish`.
    #[graphql(
        deprecation = "Deprecated since 2026-11-28. Use `tagUpdate`, which does not change the slug unless you send one."
    )]
    async fn tag_rename(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The id of the tag.")] id: ID,
        #[graphql(
            desc = "The `version` of the tag that you have seen. If it has changed since, the write is refused."
        )]
        expected_version: i32,
        #[graphql(desc = "The new display name.")] name: String,
        #[graphql(desc = "The new slug. Without one, it is made from the name.")] slug: Option<Slug>,
    ) -> Result<TagPayload, ApiError> {
        let input = Input { name, slug: slug.map(|Slug(text)| text) };
        let written = match id_argument::<TagId>(&id, "id") {
            Ok(id) => app(ctx).rename_tag(caller(ctx)?, id, expected_version, &input).await,
            Err(error) => Err(error.into()),
        };
        TagPayload::new(ctx, written).await
    }

    /// Merges a tag into another one. Its articles get the other tag, its slugs lead to it, and the result is the
    /// other tag. Scope: `content:publish`.
    async fn tag_merge(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The id of the tag that disappears.")] id: ID,
        #[graphql(
            desc = "The `version` of that tag that you have seen. If it has changed since, the write is refused."
        )]
        expected_version: i32,
        #[graphql(desc = "The id of the tag that remains.")] into: ID,
    ) -> Result<TagPayload, ApiError> {
        let ids =
            id_argument::<TagId>(&id, "id").and_then(|id| Ok((id, id_argument::<TagId>(&into, "into")?)));
        let written = match ids {
            Ok((id, into)) => app(ctx).merge_tags(caller(ctx)?, id, expected_version, into).await,
            Err(error) => Err(error.into()),
        };
        TagPayload::new(ctx, written).await
    }

    /// Deletes a tag. If the working copy or the publication of an article has the tag, the deletion is refused unless
    /// `replaceWith` names another tag; archived working copies do not count. Old versions of articles still have the
    /// deleted tag, and nothing else finds it. Scope: `content:publish`.
    async fn tag_delete(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The id of the tag.")] id: ID,
        #[graphql(
            desc = "The `version` of the tag that you have seen. If it has changed since, the write is refused."
        )]
        expected_version: i32,
        #[graphql(
            desc = "The id of the tag that the articles get instead. The slugs of the deleted tag then lead to that one, as after `tagMerge`."
        )]
        replace_with: Option<ID>,
    ) -> Result<TagDeletePayload, ApiError> {
        let ids = id_argument::<TagId>(&id, "id").and_then(|id| {
            let other = replace_with.as_ref().map(|other| id_argument::<TagId>(other, "replaceWith"));
            Ok((id, other.transpose()?))
        });
        let written = match ids {
            Ok((id, other)) => app(ctx).delete_tag(caller(ctx)?, id, expected_version, other).await,
            Err(error) => Err(error.into()),
        };
        let (written, user_errors) = written_or_errors(ctx, written)?;
        let Some((tag, edition)) = written else {
            return Ok(TagDeletePayload { deleted_id: None, replacement: None, edition: None, user_errors });
        };
        let replacement = match replace_with {
            None => None,
            Some(_) => Some(Tag::new(tag, &Reader::open(app(ctx)).await?)),
        };
        Ok(TagDeletePayload { deleted_id: Some(id), replacement, edition: Some(edition.into()), user_errors })
    }
}
