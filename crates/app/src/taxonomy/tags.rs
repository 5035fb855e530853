//! Writing tags.

use domain::{
    AuditAction, AuditRecord, AuditSubject, Edition, Remedy, Scope, Slug, Tag, TagId, Taxonomy, Timestamp,
    UserError, Version,
};
use persistence::Write;

use super::labels::{self, Label, LabelChange, check_slug, find, find_pair};
use crate::{App, Caller, Idempotency, WriteResult, text};

/// The input for a tag.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TagInput {
    /// The display name.
    pub name: String,
    /// The slug. Without one, it is made from the name.
    pub slug: Option<String>,
}

/// The changes of a tag. A field that is left out keeps its value.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct TagUpdate {
    /// The display name.
    pub name: Option<String>,
    /// The slug.
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
            check_slug::<Tag>(taxonomy, &slug, None)?;
            let (slug, name) = (slug.clone(), name.clone());
            Ok(Tag { id, version: 1, slug, name, merged_into: None, deleted_at: None })
        })
        .await
    }

    /// Changes the name or the slug of a tag. Its articles keep it, and its former slug keeps working.
    ///
    /// # Errors
    /// When the tag does not exist, it has another version, the input is wrong, or the slug is taken.
    pub async fn update_tag(
        &self,
        caller: &Caller,
        id: TagId,
        expected: Version,
        input: &TagUpdate,
    ) -> WriteResult<(Tag, Edition)> {
        caller.require(Scope::ContentPublish)?;
        let TagUpdate { name, slug } = input;
        let name = name.as_deref().map(|name| text::name(name, "name")).transpose()?;
        let slug = text::given_slug(slug.as_deref())?;
        self.change_label(caller, |taxonomy, _| {
            let current = find::<Tag>(taxonomy, id, "id")?;
            current.expect(expected)?;
            let next = Tag {
                version: current.version + 1,
                name: name.clone().unwrap_or_else(|| current.name.clone()),
                slug: slug.clone().unwrap_or_else(|| current.slug.clone()),
                ..current.clone()
            };
            check_slug::<Tag>(taxonomy, &next.slug, Some(id))?;
            let unchanged =
                |current: &Tag, next: &Tag| *current == Tag { version: current.version, ..next.clone() };
            let write = |tag, old_slug| Write::Tag { tag, old_slug };
            Ok(LabelChange::update(current, next, AuditAction::TagRenamed, unchanged, write))
        })
        .await
    }

    /// Renames a tag. Without a slug, it gets one that is made from the name.
    ///
    /// # Errors
    /// See [`App::update_tag`].
    pub async fn rename_tag(
        &self,
        caller: &Caller,
        id: TagId,
        expected: Version,
        input: &TagInput,
    ) -> WriteResult<(Tag, Edition)> {
        caller.require(Scope::ContentPublish)?;
        let name = text::name(&input.name, "name")?;
        let slug = text::slug(input.slug.as_deref(), &name)?.to_string();
        self.update_tag(caller, id, expected, &TagUpdate { name: Some(name), slug: Some(slug) }).await
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
        self.change_label(caller, |taxonomy, _| {
            let (source, target) = find_pair::<Tag>(taxonomy, (id, expected), into, "into")?;
            let write = Write::TagMerged { source: source.id, target: target.id };
            Ok(LabelChange::replacement(source, target, AuditAction::TagMerged, write))
        })
        .await
    }

    /// Deletes a tag that no article uses, or replaces it by another tag. Returns the other tag, or the deleted one.
    ///
    /// # Errors
    /// When one of the tags does not exist, the tag has another version, or an article uses it and no tag replaces it.
    pub async fn delete_tag(
        &self,
        caller: &Caller,
        id: TagId,
        expected: Version,
        replace_with: Option<TagId>,
    ) -> WriteResult<(Tag, Edition)> {
        caller.require(Scope::ContentPublish)?;
        self.change_label(caller, |taxonomy, now| {
            let Some(target) = replace_with else {
                let tag = find::<Tag>(taxonomy, id, "id")?;
                tag.expect(expected)?;
                let write = Write::TagDeleted { id, at: domain::truncate(now) };
                return Ok(LabelChange::deletion(tag, AuditAction::TagDeleted, write));
            };
            let (source, target) = find_pair::<Tag>(taxonomy, (id, expected), target, "replaceWith")?;
            let write = Write::TagMerged { source: source.id, target: target.id };
            Ok(LabelChange::replacement(source, target, AuditAction::TagDeleted, write))
        })
        .await
    }
}

impl Label for Tag {
    type Id = TagId;

    const KIND: &'static str = "tag";

    const LIST: Remedy = Remedy::ListTags;

    const CREATED: AuditAction = AuditAction::TagCreated;

    fn id(&self) -> TagId {
        self.id
    }

    fn slug(&self) -> &Slug {
        &self.slug
    }

    fn name(&self) -> &str {
        &self.name
    }

    fn is_deleted(&self) -> bool {
        self.deleted_at.is_some()
    }

    fn find(taxonomy: &Taxonomy, id: TagId) -> Option<&Self> {
        taxonomy.tag(id)
    }

    fn slug_owner<'a>(taxonomy: &'a Taxonomy, slug: &Slug) -> Option<&'a Self> {
        taxonomy.tag_slug_owner(slug.as_str())
    }

    fn expect(&self, expected: Version) -> Result<(), UserError> {
        Self::expect(self, expected)
    }

    fn insertion(self) -> Write {
        Write::NewTag(self)
    }

    fn record(&self, action: AuditAction, now: Timestamp, actor: &str) -> AuditRecord {
        let Self { id, version, slug, name, merged_into: _, deleted_at: _ } = self;
        labels::record(now, actor, action, AuditSubject::Tag(*id), (name, slug)).of_version(*version)
    }
}
