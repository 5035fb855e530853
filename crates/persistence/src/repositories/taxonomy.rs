//! Tags, topics and authors.

use domain::{Author, AuthorId, Id, Slug, Tag, TagId, Taxonomy, Topic, TopicId};
use sea_orm::sea_query::{ExprTrait, InsertStatement, OnConflict, UpdateStatement};
use sea_orm::{
    ActiveModelTrait, ActiveValue::Set, ColumnTrait, ConnectionTrait, EntityTrait, IntoActiveModel,
    QueryFilter, QueryTrait,
};

use crate::StoreError;
use crate::convert::parsed;
use crate::entity::{author, tag, tag_redirect, topic};
use crate::write::Batch;

/// Tags, topics and authors.
#[derive(Debug)]
pub struct TaxonomyRows<'a, C: ConnectionTrait>(pub(crate) &'a C);

impl<C: ConnectionTrait> TaxonomyRows<'_, C> {
    /// Loads all of them.
    pub async fn load(&self) -> Result<Taxonomy, StoreError> {
        let tags = tag::Entity::find().all(self.0).await?;
        let redirects = tag_redirect::Entity::find().all(self.0).await?;
        let topics = topic::Entity::find().all(self.0).await?;
        let authors = author::Entity::find().all(self.0).await?;
        Ok(Taxonomy::new(
            tags.into_iter().map(tag).collect::<Result<_, _>>()?,
            redirects
                .into_iter()
                .map(|row| Ok((parsed(Slug::parse(&row.slug))?, TagId::from_uuid(row.tag))))
                .collect::<Result<_, StoreError>>()?,
            topics.into_iter().map(topic).collect::<Result<_, _>>()?,
            authors.into_iter().map(author).collect::<Result<_, _>>()?,
        ))
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

/// Inserts a new topic.
pub(crate) fn insert_topic(topic: &Topic) -> InsertStatement {
    topic::Entity::insert(topic_row(topic)).into_query()
}

/// Updates a topic.
pub(crate) fn update_topic(topic: &Topic) -> Result<UpdateStatement, StoreError> {
    Ok(topic::Entity::update(topic_row(topic).reset_all()).validate()?.into_query())
}

/// Inserts a new author.
pub(crate) fn insert_author(author: &Author) -> InsertStatement {
    author::Entity::insert(author_row(author)).into_query()
}

fn tag(row: tag::Model) -> Result<Tag, StoreError> {
    let tag::Model { id, version, slug, name, merged_into } = row;
    Ok(Tag {
        id: TagId::from_uuid(id),
        version,
        slug: parsed(Slug::parse(&slug))?,
        name,
        merged_into: merged_into.map(TagId::from_uuid),
    })
}

fn tag_row(tag: &Tag) -> tag::ActiveModel {
    let Tag { id, version, slug, name, merged_into } = tag;
    tag::Model {
        id: id.uuid(),
        version: *version,
        slug: slug.to_string(),
        name: name.clone(),
        merged_into: merged_into.map(Id::uuid),
    }
    .into_active_model()
}

fn topic(row: topic::Model) -> Result<Topic, StoreError> {
    let topic::Model { id, version, slug, name, description, parent, position } = row;
    Ok(Topic {
        id: TopicId::from_uuid(id),
        version,
        slug: parsed(Slug::parse(&slug))?,
        name,
        description,
        parent: parent.map(TopicId::from_uuid),
        position,
    })
}

fn topic_row(topic: &Topic) -> topic::ActiveModel {
    let Topic { id, version, slug, name, description, parent, position } = topic;
    topic::Model {
        id: id.uuid(),
        version: *version,
        slug: slug.to_string(),
        name: name.clone(),
        description: description.clone(),
        parent: parent.map(Id::uuid),
        position: *position,
    }
    .into_active_model()
}

fn author(row: author::Model) -> Result<Author, StoreError> {
    let author::Model { id, slug, name, job_title, bio } = row;
    Ok(Author { id: AuthorId::from_uuid(id), slug: parsed(Slug::parse(&slug))?, name, job_title, bio })
}

fn author_row(author: &Author) -> author::ActiveModel {
    let Author { id, slug, name, job_title, bio } = author;
    author::Model {
        id: id.uuid(),
        slug: slug.to_string(),
        name: name.clone(),
        job_title: job_title.clone(),
        bio: bio.clone(),
    }
    .into_active_model()
}
