//! Writing tags.

use domain::{
    AuditAction, AuditRecord, AuditSubject, Edition, Scope, Slug, Tag, TagId, Taxonomy, Timestamp, UserError,
    UserErrorCode, Version,
};
use persistence::Write;

use crate::labels::{self, Label, LabelChange, name_for, slug_for, slug_taken};
use crate::{App, Caller, Idempotency, WriteResult};

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
        let name = name_for(&input.name, "input.name")?;
        let slug = slug_for(input.slug.as_deref(), &name, "input.slug")?;
        self.create_label(caller, idempotency, |taxonomy, id| {
            check_slug(taxonomy, &slug, "input.slug", None)?;
            Ok(Tag { id, version: 1, slug: slug.clone(), name: name.clone(), merged_into: None })
        })
        .await
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
        self.change_label(caller, |taxonomy| {
            let current = find(taxonomy, id, "id")?;
            current.expect(expected)?;
            check_slug(taxonomy, &slug, "slug", Some(id))?;
            let tag = Tag {
                id,
                version: current.version + 1,
                slug: slug.clone(),
                name: name.clone(),
                merged_into: None,
            };
            let old_slug = (current.slug != slug).then(|| current.slug.clone());
            let write = Write::Tag { tag: tag.clone(), old_slug };
            Ok(LabelChange { label: tag.clone(), write, action: AuditAction::TagRenamed, subject: tag })
        })
        .await
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
        self.change_label(caller, |taxonomy| {
            let source = find(taxonomy, id, "id")?;
            source.expect(expected)?;
            let target = find(taxonomy, into, "into")?;
            if source.id == target.id {
                let message = "a tag cannot be merged into itself: name another one in `into`";
                return Err(UserError::at("into", UserErrorCode::Invalid, message));
            }
            let write = Write::TagMerged { source: source.id, target: target.id };
            let (label, subject) = (target.clone(), source.clone());
            Ok(LabelChange { label, write, action: AuditAction::TagMerged, subject })
        })
        .await
    }
}

impl Label for Tag {
    type Id = TagId;

    const CREATED: AuditAction = AuditAction::TagCreated;

    fn id(&self) -> TagId {
        self.id
    }

    fn find(taxonomy: &Taxonomy, id: TagId) -> Option<&Self> {
        taxonomy.tag(id)
    }

    fn insertion(self) -> Write {
        Write::NewTag(self)
    }

    fn record(&self, action: AuditAction, now: Timestamp, actor: &str) -> AuditRecord {
        let Self { id, version, slug, name, merged_into: _ } = self;
        labels::record(now, actor, action, AuditSubject::Tag(*id), (name, slug)).of_version(*version)
    }
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
