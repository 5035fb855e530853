//! Writing tags.

use domain::{
    AuditAction, AuditSubject, Change, Edition, Id, Scope, Slug, Subject, Tag, TagId, Taxonomy, UserError,
    UserErrorCode, Version,
};

use crate::error::retry;
use crate::labels::{Labelling, name_for, slug_for, slug_taken};
use crate::{App, Caller, Idempotency, WriteResult, env, idempotency};

/// What an editor sends of a tag.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TagInput {
    /// Its name for people.
    pub name: String,
    /// Its name in web addresses; without one it is made of the name.
    pub slug: Option<String>,
}

impl App {
    /// Makes a tag.
    ///
    /// # Errors
    /// When the name is blank, the slug is taken, or the caller may not.
    pub async fn create_tag(
        &self,
        caller: &Caller,
        input: &TagInput,
        idempotency: Option<&Idempotency>,
    ) -> WriteResult<(Tag, Edition)> {
        caller.require(Scope::ContentPublish)?;
        let request = idempotency.map(|idempotency| idempotency.by(caller));
        let name = name_for(&input.name, "input.name")?;
        let slug = slug_for(input.slug.as_deref(), &name, "input.slug")?;
        retry!({
            let (tx, taxonomy) = self.begin_edition(caller.origin()).await?;
            let now = env::now();
            let id: TagId = env::new_id(now);
            let (keys, edition) = (tx.idempotency_keys(), Some(tx.edition()));
            if let Some(creation) = idempotency::note(&keys, request.as_ref(), id, edition, now).await? {
                drop(tx);
                let id = TagId::from_uuid(creation.id);
                let tag = taxonomy.tag(id).ok_or_else(|| idempotency::gone(id))?;
                return Ok((tag.clone(), self.edition_of(&creation).await?));
            }
            check_slug(&taxonomy, &slug, "input.slug", None)?;
            let tag = Tag { id, version: 1, slug: slug.clone(), name: name.clone(), merged_into: None };
            tx.taxonomy().insert_tag(&tag).await?;
            let what = labelling(AuditAction::TagCreated, &tag);
            let change = Change::upserted(Subject::Tag(tag.id));
            let edition = self.commit_change(tx, change, caller, what).await?;
            Ok((tag, edition))
        })
    }

    /// Renames a tag. Its articles stay; its old slug goes on leading to it. Without a slug it gets
    /// the one that its new name makes.
    ///
    /// # Errors
    /// When there is no such tag, it has changed since, or the slug is taken.
    pub async fn rename_tag(
        &self,
        caller: &Caller,
        id: TagId,
        expected: Version,
        input: &TagInput,
    ) -> WriteResult<(Tag, Edition)> {
        caller.require(Scope::ContentPublish)?;
        let name = name_for(&input.name, "name")?;
        let slug = slug_for(input.slug.as_deref(), &name, "slug")?;
        retry!({
            let (tx, taxonomy) = self.begin_edition(caller.origin()).await?;
            let current = find(&taxonomy, id, "id")?;
            current.expect(expected)?;
            check_slug(&taxonomy, &slug, "slug", Some(id))?;
            let tag = Tag {
                id,
                version: current.version + 1,
                slug: slug.clone(),
                name: name.clone(),
                merged_into: None,
            };
            let old_slug = (current.slug != slug).then_some(&current.slug);
            tx.taxonomy().update_tag(&tag, old_slug).await?;
            let what = labelling(AuditAction::TagRenamed, &tag);
            let change = Change::upserted(Subject::Tag(id));
            let edition = self.commit_change(tx, change, caller, what).await?;
            Ok((tag, edition))
        })
    }

    /// Merges a tag into another: its articles carry that one instead, and its slugs lead there.
    ///
    /// # Errors
    /// When either does not exist, they are the same, or the tag has changed since.
    pub async fn merge_tags(
        &self,
        caller: &Caller,
        id: TagId,
        expected: Version,
        into: TagId,
    ) -> WriteResult<(Tag, Edition)> {
        caller.require(Scope::ContentPublish)?;
        retry!({
            let (mut tx, taxonomy) = self.begin_edition(caller.origin()).await?;
            let source = find(&taxonomy, id, "id")?;
            source.expect(expected)?;
            let target = find(&taxonomy, into, "into")?;
            if source.id == target.id {
                let message = "a tag cannot be merged into itself: name another one in `into`";
                return Err(UserError::at("into", UserErrorCode::Invalid, message).into());
            }
            tx.taxonomy().merge_tags(source.id, target.id).await?;
            tx.relabel(source.id, target.id).await?;
            tx.record(Change::removed(Subject::Tag(source.id)));
            let what = labelling(AuditAction::TagMerged, source);
            let change = Change::upserted(Subject::Tag(target.id));
            let edition = self.commit_change(tx, change, caller, what).await?;
            Ok((target.clone(), edition))
        })
    }
}

pub(crate) fn labelling(action: AuditAction, tag: &Tag) -> Labelling<'_> {
    let Tag { id, version, slug, name, merged_into: _ } = tag;
    Labelling { action, subject: AuditSubject::Tag(*id), version: Some(*version), name, slug }
}

/// The tag, if it has not been merged away.
fn find<'a>(taxonomy: &'a Taxonomy, id: TagId, path: &str) -> Result<&'a Tag, UserError> {
    let tag = taxonomy.tag(id).ok_or_else(|| {
        UserError::at(path, UserErrorCode::NotFound, format!("there is no tag `{id}`: `tags` lists them"))
    })?;
    if tag.id == id {
        return Ok(tag);
    }
    let message = format!("this tag was merged into `{}` ({}): use that one", tag.slug, tag.id);
    Err(UserError::at(path, UserErrorCode::NotFound, message))
}

/// Makes sure that no tag but `own` has, or had, the slug; one that was merged away keeps its slugs.
pub(crate) fn check_slug(
    taxonomy: &Taxonomy,
    slug: &Slug,
    path: &str,
    own: Option<TagId>,
) -> Result<(), UserError> {
    match taxonomy.tag_slug_owner(slug.as_str()) {
        Some(owner) if Some(owner.id) != own => {
            Err(slug_taken(path, slug, format_args!("the tag “{}” ({})", owner.name, owner.id)))
        }
        _ => Ok(()),
    }
}
