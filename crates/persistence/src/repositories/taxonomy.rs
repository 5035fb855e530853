//! Tags, topics and authors.

use domain::{
    Author, AuthorId, FormerSlugs, Id, LabelId, Slug, Tag, TagId, Taxonomy, Timestamp, Topic, TopicId,
};
use sea_orm::sea_query::{Expr, ExprTrait, InsertStatement, OnConflict, Query, UpdateStatement};
use sea_orm::{
    ActiveModelTrait, ActiveValue::Set, ColumnTrait, ConnectionTrait, EntityTrait, IntoActiveModel,
    QueryFilter, QueryTrait,
};
use uuid::Uuid;

use crate::StoreError;
use crate::convert::{instant, micros, parsed};
use crate::entity::{
    article, author, author_redirect, label_count, tag, tag_redirect, topic, topic_redirect, working_label,
};
use crate::write::Batch;

/// Tags, topics and authors.
#[derive(Debug)]
pub struct TaxonomyRows<'a, C: ConnectionTrait>(pub(crate) &'a C);

/// Where articles use a label.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct LabelUse {
    /// The number of public articles with the label.
    pub public: i64,
    /// Whether the working copy of an article has the label. Archived articles do not count.
    pub is_in_working_copies: bool,
}

impl<C: ConnectionTrait> TaxonomyRows<'_, C> {
    /// Loads all of them.
    pub async fn load(&self) -> Result<Taxonomy, StoreError> {
        let tags = tag::Entity::find().all(self.0).await?;
        let topics = topic::Entity::find().all(self.0).await?;
        let authors = author::Entity::find().all(self.0).await?;
        let former = FormerSlugs {
            tags: former(tag_redirect::Entity::find().all(self.0).await?, |row| (row.slug, row.tag))?,
            topics: former(topic_redirect::Entity::find().all(self.0).await?, |row| (row.slug, row.topic))?,
            authors: former(author_redirect::Entity::find().all(self.0).await?, |row| {
                (row.slug, row.author)
            })?,
        };
        Ok(Taxonomy::new(
            tags.into_iter().map(tag).collect::<Result<_, _>>()?,
            topics.into_iter().map(topic).collect::<Result<_, _>>()?,
            authors.into_iter().map(author).collect::<Result<_, _>>()?,
            former,
        ))
    }

    /// Finds out where articles use a label.
    pub async fn uses(&self, label: LabelId) -> Result<LabelUse, StoreError> {
        let count = label_count::Entity::find_by_id(label.0).one(self.0).await?;
        let mut unarchived = Query::select();
        unarchived
            .column((working_label::Entity, working_label::Column::Article))
            .from(working_label::Entity)
            .inner_join(
                article::Entity,
                Expr::col((article::Entity, article::Column::Id))
                    .equals((working_label::Entity, working_label::Column::Article)),
            )
            .and_where(Expr::col((working_label::Entity, working_label::Column::Label)).eq(label.0))
            .and_where(Expr::col((article::Entity, article::Column::ArchivedAt)).is_null())
            .limit(1);
        Ok(LabelUse {
            public: count.map_or(0, |count| count.articles),
            is_in_working_copies: self.0.query_one(&unarchived).await?.is_some(),
        })
    }
}

/// Inserts a new tag.
pub(crate) fn insert_tag(tag: &Tag) -> InsertStatement {
    tag::Entity::insert(tag_row(tag)).into_query()
}

/// Updates a tag. Its previous slug, if it has changed, redirects to the tag.
pub(crate) fn update_tag(tag: &Tag, old_slug: Option<&Slug>, batch: &mut Batch) -> Result<(), StoreError> {
    batch.push(tag::Entity::update(tag_row(tag).reset_all()).validate()?.into_query());
    // The new slug may be an earlier slug of the tag, which must not redirect any more.
    let own = tag_redirect::Entity::delete_many().filter(tag_redirect::Column::Slug.eq(tag.slug.as_str()));
    batch.push(own.into_query());
    if let Some(old_slug) = old_slug {
        let row = tag_redirect::ActiveModel { slug: Set(old_slug.to_string()), tag: Set(tag.id.uuid()) };
        let conflict = OnConflict::column(tag_redirect::Column::Slug)
            .update_column(tag_redirect::Column::Tag)
            .to_owned();
        batch.push(tag_redirect::Entity::insert(row).on_conflict(conflict).into_query());
    }
    Ok(())
}

/// Merges `source`, and all tags that were merged into it before, into `target`.
pub(crate) fn merge_tag(source: TagId, target: TagId) -> UpdateStatement {
    let merged = tag::ActiveModel { merged_into: Set(Some(target.uuid())), ..Default::default() };
    tag::Entity::update_many()
        .set(merged)
        .filter(tag::Column::Id.eq(source.uuid()).or(tag::Column::MergedInto.eq(source.uuid())))
        .into_query()
}

/// Deletes a tag: sets the time of its deletion.
pub(crate) fn delete_tag(id: TagId, at: Timestamp) -> UpdateStatement {
    let deleted = tag::ActiveModel { deleted_at: Set(Some(micros(at))), ..Default::default() };
    tag::Entity::update_many().set(deleted).filter(tag::Column::Id.eq(id.uuid())).into_query()
}

/// Inserts a new topic.
pub(crate) fn insert_topic(topic: &Topic) -> InsertStatement {
    topic::Entity::insert(topic_row(topic)).into_query()
}

/// Updates a topic. Its previous slug, if it has changed, redirects to the topic.
pub(crate) fn update_topic(
    topic: &Topic,
    old_slug: Option<&Slug>,
    batch: &mut Batch,
) -> Result<(), StoreError> {
    batch.push(topic::Entity::update(topic_row(topic).reset_all()).validate()?.into_query());
    let own =
        topic_redirect::Entity::delete_many().filter(topic_redirect::Column::Slug.eq(topic.slug.as_str()));
    batch.push(own.into_query());
    if let Some(old_slug) = old_slug {
        let row =
            topic_redirect::ActiveModel { slug: Set(old_slug.to_string()), topic: Set(topic.id.uuid()) };
        let conflict = OnConflict::column(topic_redirect::Column::Slug)
            .update_column(topic_redirect::Column::Topic)
            .to_owned();
        batch.push(topic_redirect::Entity::insert(row).on_conflict(conflict).into_query());
    }
    Ok(())
}

/// Replaces `source`, and all topics that it replaced before, by `target`.
pub(crate) fn merge_topic(source: TopicId, target: TopicId) -> UpdateStatement {
    let merged = topic::ActiveModel { merged_into: Set(Some(target.uuid())), ..Default::default() };
    topic::Entity::update_many()
        .set(merged)
        .filter(topic::Column::Id.eq(source.uuid()).or(topic::Column::MergedInto.eq(source.uuid())))
        .into_query()
}

/// Deletes a topic: sets the time of its deletion.
pub(crate) fn delete_topic(id: TopicId, at: Timestamp) -> UpdateStatement {
    let deleted = topic::ActiveModel { deleted_at: Set(Some(micros(at))), ..Default::default() };
    topic::Entity::update_many().set(deleted).filter(topic::Column::Id.eq(id.uuid())).into_query()
}

/// Inserts a new author.
pub(crate) fn insert_author(author: &Author) -> InsertStatement {
    author::Entity::insert(author_row(author)).into_query()
}

/// Updates an author. Their previous slug, if it has changed, redirects to the author.
pub(crate) fn update_author(
    author: &Author,
    old_slug: Option<&Slug>,
    batch: &mut Batch,
) -> Result<(), StoreError> {
    batch.push(author::Entity::update(author_row(author).reset_all()).validate()?.into_query());
    let own =
        author_redirect::Entity::delete_many().filter(author_redirect::Column::Slug.eq(author.slug.as_str()));
    batch.push(own.into_query());
    if let Some(old_slug) = old_slug {
        let row =
            author_redirect::ActiveModel { slug: Set(old_slug.to_string()), author: Set(author.id.uuid()) };
        let conflict = OnConflict::column(author_redirect::Column::Slug)
            .update_column(author_redirect::Column::Author)
            .to_owned();
        batch.push(author_redirect::Entity::insert(row).on_conflict(conflict).into_query());
    }
    Ok(())
}

/// Merges `source`, and all authors that were merged into it before, into `target`.
pub(crate) fn merge_author(source: AuthorId, target: AuthorId) -> UpdateStatement {
    let merged = author::ActiveModel { merged_into: Set(Some(target.uuid())), ..Default::default() };
    author::Entity::update_many()
        .set(merged)
        .filter(author::Column::Id.eq(source.uuid()).or(author::Column::MergedInto.eq(source.uuid())))
        .into_query()
}

/// The former slugs in rows of redirects.
fn former<R, I: Id>(
    rows: Vec<R>,
    columns: impl Fn(R) -> (String, Uuid),
) -> Result<Vec<(Slug, I)>, StoreError> {
    let slug = |row| {
        let (slug, owner) = columns(row);
        Ok((parsed(Slug::parse(&slug))?, I::from_uuid(owner)))
    };
    rows.into_iter().map(slug).collect()
}

fn deleted_at(micros: Option<i64>) -> Result<Option<Timestamp>, StoreError> {
    micros.map(instant).transpose()
}

fn tag(row: tag::Model) -> Result<Tag, StoreError> {
    let tag::Model { id, version, slug, name, merged_into, deleted_at: deleted } = row;
    Ok(Tag {
        id: TagId::from_uuid(id),
        version,
        slug: parsed(Slug::parse(&slug))?,
        name,
        merged_into: merged_into.map(TagId::from_uuid),
        deleted_at: deleted_at(deleted)?,
    })
}

fn tag_row(tag: &Tag) -> tag::ActiveModel {
    let Tag { id, version, slug, name, merged_into, deleted_at } = tag;
    tag::Model {
        id: id.uuid(),
        version: *version,
        slug: slug.to_string(),
        name: name.clone(),
        merged_into: merged_into.map(Id::uuid),
        deleted_at: deleted_at.map(micros),
    }
    .into_active_model()
}

fn topic(row: topic::Model) -> Result<Topic, StoreError> {
    let topic::Model {
        id,
        version,
        slug,
        name,
        description,
        parent,
        position,
        merged_into,
        deleted_at: deleted,
    } = row;
    Ok(Topic {
        id: TopicId::from_uuid(id),
        version,
        slug: parsed(Slug::parse(&slug))?,
        name,
        description,
        parent: parent.map(TopicId::from_uuid),
        position,
        merged_into: merged_into.map(TopicId::from_uuid),
        deleted_at: deleted_at(deleted)?,
    })
}

fn topic_row(topic: &Topic) -> topic::ActiveModel {
    let Topic { id, version, slug, name, description, parent, position, merged_into, deleted_at } = topic;
    topic::Model {
        id: id.uuid(),
        version: *version,
        slug: slug.to_string(),
        name: name.clone(),
        description: description.clone(),
        parent: parent.map(Id::uuid),
        position: *position,
        merged_into: merged_into.map(Id::uuid),
        deleted_at: deleted_at.map(micros),
    }
    .into_active_model()
}

fn author(row: author::Model) -> Result<Author, StoreError> {
    let author::Model { id, version, slug, name, job_title, bio, merged_into } = row;
    Ok(Author {
        id: AuthorId::from_uuid(id),
        version,
        slug: parsed(Slug::parse(&slug))?,
        name,
        job_title,
        bio,
        merged_into: merged_into.map(AuthorId::from_uuid),
    })
}

fn author_row(author: &Author) -> author::ActiveModel {
    let Author { id, version, slug, name, job_title, bio, merged_into } = author;
    author::Model {
        id: id.uuid(),
        version: *version,
        slug: slug.to_string(),
        name: name.clone(),
        job_title: job_title.clone(),
        bio: bio.clone(),
        merged_into: merged_into.map(Id::uuid),
    }
    .into_active_model()
}
