//! Tags, topics and authors.

use domain::{Author, AuthorId, Id, Slug, Tag, TagId, Taxonomy, Topic, TopicId};
use sea_orm::sea_query::{ExprTrait, OnConflict};
use sea_orm::{
    ActiveModelTrait, ActiveValue::Set, ColumnTrait, ConnectionTrait, EntityTrait, IntoActiveModel,
    QueryFilter,
};

use crate::StoreError;
use crate::convert::parsed;
use crate::entity::{author, tag, tag_redirect, topic};

/// Tags, topics and authors.
#[derive(Debug)]
pub struct TaxonomyRows<'a, C: ConnectionTrait>(pub(crate) &'a C);

impl<C: ConnectionTrait> TaxonomyRows<'_, C> {
    /// All of them, indexed.
    ///
    /// # Errors
    /// When the database refuses.
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

    /// Keeps a new tag.
    ///
    /// # Errors
    /// [`StoreError::Conflict`] when its slug is taken.
    pub async fn insert_tag(&self, tag: &Tag) -> Result<(), StoreError> {
        tag::Entity::insert(tag_row(tag)).exec_without_returning(self.0).await?;
        Ok(())
    }

    /// Keeps what has changed of a tag. `old_slug` goes on leading to it.
    ///
    /// # Errors
    /// [`StoreError::Conflict`] when its slug is taken.
    pub async fn update_tag(&self, tag: &Tag, old_slug: Option<&Slug>) -> Result<(), StoreError> {
        tag::Entity::update(tag_row(tag).reset_all()).exec(self.0).await?;
        // A tag that gets an old name of its own back no longer redirects from it.
        tag_redirect::Entity::delete_by_id(tag.slug.as_str()).exec(self.0).await?;
        if let Some(old_slug) = old_slug {
            tag_redirect::Entity::insert(tag_redirect::ActiveModel {
                slug: Set(old_slug.to_string()),
                tag: Set(tag.id.uuid()),
            })
            .on_conflict(
                OnConflict::column(tag_redirect::Column::Slug)
                    .update_column(tag_redirect::Column::Tag)
                    .to_owned(),
            )
            .exec_without_returning(self.0)
            .await?;
        }
        Ok(())
    }

    /// Makes `source`, and whatever was merged into it before, answer as `target`.
    ///
    /// # Errors
    /// When the database refuses.
    pub async fn merge_tags(&self, source: TagId, target: TagId) -> Result<(), StoreError> {
        let merged = tag::ActiveModel { merged_into: Set(Some(target.uuid())), ..Default::default() };
        tag::Entity::update_many()
            .set(merged)
            .filter(tag::Column::Id.eq(source.uuid()).or(tag::Column::MergedInto.eq(source.uuid())))
            .exec(self.0)
            .await?;
        Ok(())
    }

    /// Keeps a new topic.
    ///
    /// # Errors
    /// [`StoreError::Conflict`] when its slug is taken.
    pub async fn insert_topic(&self, topic: &Topic) -> Result<(), StoreError> {
        topic::Entity::insert(topic_row(topic)).exec_without_returning(self.0).await?;
        Ok(())
    }

    /// Keeps what has changed of a topic.
    ///
    /// # Errors
    /// When the database refuses.
    pub async fn update_topic(&self, topic: &Topic) -> Result<(), StoreError> {
        topic::Entity::update(topic_row(topic).reset_all()).exec(self.0).await?;
        Ok(())
    }

    /// Keeps a new author.
    ///
    /// # Errors
    /// [`StoreError::Conflict`] when its slug is taken.
    pub async fn insert_author(&self, author: &Author) -> Result<(), StoreError> {
        author::Entity::insert(author_row(author)).exec_without_returning(self.0).await?;
        Ok(())
    }
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
