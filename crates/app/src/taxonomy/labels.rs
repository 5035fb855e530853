//! Writing labels: what tags, topics and authors have in common.

use std::fmt::Display;

use domain::{
    AuditAction, AuditRecord, AuditSubject, Edition, Id, LabelId, Remedy, Slug, Taxonomy, Timestamp,
    UserError, UserErrorCode, Version,
};
use persistence::{Attempt, Creation, Decided, LabelUse, Write, WriteKind, WriteSet};

use crate::{App, Caller, Idempotency, WriteResult, env, idempotency};

/// A tag, topic or author.
pub(crate) trait Label: Clone + PartialEq + Send + Sync {
    /// The type of its id.
    type Id: Id + Into<LabelId> + Send + Sync;

    /// The word for one, in messages.
    const KIND: &'static str;

    /// How to find one that exists.
    const LIST: Remedy;

    /// The action of the audit log that creates one.
    const CREATED: AuditAction;

    fn id(&self) -> Self::Id;

    fn slug(&self) -> &Slug;

    fn name(&self) -> &str;

    fn is_deleted(&self) -> bool;

    /// Finds it, or the label that replaced it. It may be deleted.
    fn find(taxonomy: &Taxonomy, id: Self::Id) -> Option<&Self>;

    /// Finds the label that has or had a slug, even if it was merged or deleted.
    fn slug_owner<'a>(taxonomy: &'a Taxonomy, slug: &Slug) -> Option<&'a Self>;

    /// Checks that a write is based on the current version.
    fn expect(&self, expected: Version) -> Result<(), UserError>;

    /// Returns the write that inserts it.
    fn insertion(self) -> Write;

    /// Makes an entry of the audit log about it.
    fn record(&self, action: AuditAction, now: Timestamp, actor: &str) -> AuditRecord;
}

/// Makes an entry of the audit log about a label.
pub(crate) fn record(
    now: Timestamp,
    actor: &str,
    action: AuditAction,
    subject: AuditSubject,
    (name, slug): (&str, &Slug),
) -> AuditRecord {
    AuditRecord::new(now, actor, action, subject).with("name", Some(name)).with("slug", Some(slug))
}

/// The decision to change a label.
pub(crate) struct LabelChange<T> {
    /// The label to return to the caller.
    pub(crate) label: T,
    /// What to write. `None` if nothing changes.
    pub(crate) write: Option<Write>,
    /// The action for the audit log.
    pub(crate) action: AuditAction,
    /// The label that the entry of the audit log is about.
    pub(crate) subject: T,
    /// The label that replaces the subject.
    pub(crate) replacement: Option<T>,
    /// Whether the change is refused while articles use the subject.
    pub(crate) needs_no_use: bool,
}

impl<T: Label> LabelChange<T> {
    /// Makes the decision to store the new state of a label. `write` gets the new state and the former slug, if the
    /// slug has changed. If the new state differs in nothing but the version, nothing is written.
    pub(crate) fn update(
        current: &T,
        next: T,
        action: AuditAction,
        unchanged: impl Fn(&T, &T) -> bool,
        write: impl Fn(T, Option<Slug>) -> Write,
    ) -> Self {
        if unchanged(current, &next) {
            let label = current.clone();
            let subject = label.clone();
            return Self { label, write: None, action, subject, replacement: None, needs_no_use: false };
        }
        let old_slug = (current.slug() != next.slug()).then(|| current.slug().clone());
        let write = Some(write(next.clone(), old_slug));
        Self { label: next.clone(), write, action, subject: next, replacement: None, needs_no_use: false }
    }

    /// Makes the decision to replace a label by another one.
    pub(crate) fn replacement(source: &T, target: &T, action: AuditAction, write: Write) -> Self {
        Self {
            label: target.clone(),
            write: Some(write),
            action,
            subject: source.clone(),
            replacement: Some(target.clone()),
            needs_no_use: false,
        }
    }

    /// Makes the decision to delete a label that no article uses.
    pub(crate) fn deletion(label: &T, action: AuditAction, write: Write) -> Self {
        Self {
            label: label.clone(),
            write: Some(write),
            action,
            subject: label.clone(),
            replacement: None,
            needs_no_use: true,
        }
    }
}

impl App {
    /// Creates a label. A repeated request returns the label that it created the first time.
    pub(crate) async fn create_label<T: Label>(
        &self,
        caller: &Caller,
        idempotency: Option<&Idempotency>,
        make: impl Fn(&Taxonomy, T::Id) -> Result<T, UserError>,
    ) -> WriteResult<(T, Edition)> {
        let request = idempotency.map(|idempotency| idempotency.by(caller));
        let (request, make) = (request.as_ref(), &make);
        let decide = |mut attempt: Attempt| async move {
            // The taxonomy is read before the idempotency key. If the key is not found, the taxonomy is older than any
            // label that the same request may create on another node, and the commit detects that.
            let taxonomy = self.taxonomy_for(&mut attempt).await?;
            if let Some(creation) = idempotency::created_before(&attempt, request).await? {
                let id = T::Id::from_uuid(creation.id);
                let label = match T::find(&taxonomy, id).cloned() {
                    Some(label) => label,
                    // The label was created after the taxonomy was read.
                    None => {
                        let taxonomy = attempt.taxonomy().load().await?;
                        T::find(&taxonomy, id).cloned().ok_or_else(|| idempotency::deleted_since(id))?
                    }
                };
                return Ok(Decided::nothing(attempt, (label, Err(creation))));
            }
            let now = env::now();
            let label = make(&taxonomy, env::new_id(now))?;
            let edition = attempt.next_edition(env::new_mark(), now).await?;
            let record = label.record(T::CREATED, now, &caller.actor).in_edition(edition.number);
            let mut writes = WriteSet::in_edition(edition, &caller.actor);
            writes.extend(idempotency::creation(request, label.id(), Some(edition.number), now));
            writes.push(label.clone().insertion());
            Ok(attempt.commit(writes.audit(record), (label, Ok(edition))))
        };
        let (label, edition): (T, Result<Edition, Creation>) =
            self.commit(caller.origin(), WriteKind::Public, decide).await?;
        let edition = match edition {
            Ok(edition) => edition,
            Err(creation) => self.edition_of(&creation).await?,
        };
        Ok((label, edition))
    }

    /// Changes a label, and returns it with the edition that shows the change. `change` gets the time of the change.
    pub(crate) async fn change_label<T: Label>(
        &self,
        caller: &Caller,
        change: impl Fn(&Taxonomy, Timestamp) -> Result<LabelChange<T>, UserError>,
    ) -> WriteResult<(T, Edition)> {
        let change = &change;
        let decide = |mut attempt: Attempt| async move {
            let taxonomy = self.taxonomy_for(&mut attempt).await?;
            let now = env::now();
            let LabelChange { label, write, action, subject, replacement, needs_no_use } =
                change(&taxonomy, now)?;
            let Some(write) = write else {
                return Ok(Decided::nothing(attempt, (label, self.latest().edition)));
            };
            // The edition is read before the uses. If an article gets the label meanwhile, another edition is made, and
            // the commit detects that.
            let edition = attempt.next_edition(env::new_mark(), now).await?;
            if needs_no_use {
                check_unused(&subject, attempt.taxonomy().uses(subject.id().into()).await?)?;
            }
            let record = subject
                .record(action, now, &caller.actor)
                .in_edition(edition.number)
                .with("replacedBy", replacement.map(|label| label.id()));
            let writes = WriteSet::in_edition(edition, &caller.actor).with(write).audit(record);
            Ok(attempt.commit(writes, (label, edition)))
        };
        self.commit(caller.origin(), WriteKind::Public, decide).await
    }
}

/// Finds a label that was neither merged into another one nor deleted. `path` is the field that names it.
pub(crate) fn find<'a, T: Label>(taxonomy: &'a Taxonomy, id: T::Id, path: &str) -> Result<&'a T, UserError> {
    let kind = T::KIND;
    let not_found = |message: String| UserError::at(path, UserErrorCode::NotFound, message);
    let label = T::find(taxonomy, id)
        .ok_or_else(|| not_found(format!("there is no {kind} `{id}`")).with_remedy(T::LIST))?;
    if label.is_deleted() {
        return Err(not_found(format!("the {kind} `{}` was deleted", label.slug())).with_remedy(T::LIST));
    }
    if label.id() == id {
        return Ok(label);
    }
    Err(not_found(format!("this {kind} was merged into `{}` ({}): use that one", label.slug(), label.id())))
}

/// Finds a label, and the other label that is to replace it.
pub(crate) fn find_pair<'a, T: Label>(
    taxonomy: &'a Taxonomy,
    (id, expected): (T::Id, Version),
    target: T::Id,
    path: &str,
) -> Result<(&'a T, &'a T), UserError> {
    let source = find::<T>(taxonomy, id, "id")?;
    source.expect(expected)?;
    let target = find::<T>(taxonomy, target, path)?;
    if source.id() == target.id() {
        let message = format!("this is the same {}: name another one in `{path}`", T::KIND);
        return Err(UserError::at(path, UserErrorCode::Invalid, message));
    }
    Ok((source, target))
}

/// Checks that no label other than `own` has, or once had, the slug. Merged and deleted labels keep their slugs. All
/// labels are public, so the message may name the owner.
pub(crate) fn check_slug<T: Label>(
    taxonomy: &Taxonomy,
    slug: &Slug,
    own: Option<T::Id>,
) -> Result<(), UserError> {
    let Some(owner) = T::slug_owner(taxonomy, slug).filter(|owner| Some(owner.id()) != own) else {
        return Ok(());
    };
    let deleted = if owner.is_deleted() { ", which was deleted" } else { "" };
    let owner = format!("the {} “{}” ({}){deleted}", T::KIND, owner.name(), owner.id());
    Err(slug_taken(slug, owner))
}

/// The error for a slug that another label has.
fn slug_taken(slug: &Slug, owner: impl Display) -> UserError {
    let message = format!("the slug `{slug}` belongs to {owner}: choose another one");
    UserError::at("slug", UserErrorCode::SlugTaken, message)
}

/// Checks that no article uses a label. The message says nothing about articles that are not public, except that there
/// is one.
fn check_unused<T: Label>(label: &T, found: LabelUse) -> Result<(), UserError> {
    let LabelUse { public, is_in_working_copies } = found;
    let users = match (public, is_in_working_copies) {
        (0, false) => return Ok(()),
        (0, true) => "the working copy of an article has".to_owned(),
        (1, _) => "1 published article has".to_owned(),
        (many, _) => format!("{many} published articles have"),
    };
    let kind = T::KIND;
    let message = format!(
        "{users} the {kind} `{}`: name in `replaceWith` a {kind} that takes its place, or take it from the articles first",
        label.slug()
    );
    Err(UserError::at("id", UserErrorCode::InUse, message))
}
