//! Writing tags.

use domain::{
    AuditAction, AuditRecord, AuditSubject, Edition, Remedy, Scope, Slug, Tag, TagId, Taxonomy, Timestamp,
    UserError, UserErrorCode, Version,
};
use persistence::Write;

use super::labels::{self, Label, LabelChange, slug_taken};
use crate::{App, Caller, Idempotency, WriteResult, text};

/// The input for a tag.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TagInput {
    /// The display name.
    pub name: String,
    /// The slug. Without one, it is made from the name.
    pub slug: Option<String>,
}

impl App {
    /// Creates a tag.
    ///
    /// # Errors
    /// When the input is wrong, the slug is taken, or the caller lacks the scope.
    pub async fn create_tag(
        &self,
        caller: &Caller,
        input: &TagInput,
        idempotency: Option<&Idempotency>,
    ) -> WriteResult<(Tag, Edition)> {
        caller.require(Scope::ContentPublish)?;
        let name = text::name(&input.name, "name")?;
        let slug = text::slug(input.slug.as_deref(), &name)?;
        self.create_label(caller, idempotency, |taxonomy, id| {
            check_slug(taxonomy, &slug, None)?;
            Ok(Tag { id, version: 1, slug: slug.clone(), name: name.clone(), merged_into: None })
        })
        .await
    }

    /// Renames a tag. Its articles keep it, and its former slug keeps working.
    ///
    /// # Errors
    /// When the tag does not exist, it has another version, or the slug is taken.
    pub async fn rename_tag(
        &self,
        caller: &Caller,
        id: TagId,
        expected: Version,
        input: &TagInput,
    ) -> WriteResult<(Tag, Edition)> {
        caller.require(Scope::ContentPublish)?;
        let name = text::name(&input.name, "name")?;
        let slug = text::slug(input.slug.as_deref(), &name)?;
        self.change_label(caller, |taxonomy| {
            let current = find(taxonomy, id, "id")?;
            current.expect(expected)?;
            check_slug(taxonomy, &slug, Some(id))?;
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

    /// Merges a tag into another one. Its articles get the other tag instead, and its slugs return the other tag.
    ///
    /// # Errors
    /// When one of the tags does not exist, both are the same, or the tag has another version.
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

/// Finds a tag that has not been merged into another one.
fn find<'a>(taxonomy: &'a Taxonomy, id: TagId, path: &str) -> Result<&'a Tag, UserError> {
    let tag = taxonomy.tag(id).ok_or_else(|| {
        UserError::at(path, UserErrorCode::NotFound, format!("there is no tag `{id}`"))
            .with_remedy(Remedy::ListTags)
    })?;
    if tag.id == id {
        return Ok(tag);
    }
    let message = format!("this tag was merged into `{}` ({}): use that one", tag.slug, tag.id);
    Err(UserError::at(path, UserErrorCode::NotFound, message))
}

/// Checks that no tag other than `own` has, or once had, the slug. A merged tag keeps its slugs.
fn check_slug(taxonomy: &Taxonomy, slug: &Slug, own: Option<TagId>) -> Result<(), UserError> {
    match taxonomy.tag_slug_owner(slug.as_str()) {
        Some(owner) if Some(owner.id) != own => {
            Err(slug_taken(slug, format_args!("the tag “{}” ({})", owner.name, owner.id)))
        }
        _ => Ok(()),
    }
}
