//! What articles are filed under: shared by tags, topics and authors.

use std::sync::Arc;

use domain::{
    AuditAction, AuditRecord, AuditSubject, Edition, Id, LIMITS, Slug, Taxonomy, Timestamp, UserError,
    UserErrorCode,
};
use persistence::{Attempt, Creation, Decided, Write, WriteKind, WriteSet};

use crate::{App, Caller, Idempotency, StoreError, WriteResult, env, idempotency};

/// A tag, topic or author.
pub(crate) trait Label: Clone + Send + Sync {
    /// The type of its id.
    type Id: Id;

    /// What the audit log calls making one.
    const CREATED: AuditAction;

    fn id(&self) -> Self::Id;

    fn find(taxonomy: &Taxonomy, id: Self::Id) -> Option<&Self>;

    /// What keeps a new one.
    fn insertion(self) -> Write;

    /// What the audit log is told of something done to it.
    fn record(&self, action: AuditAction, now: Timestamp, actor: &str) -> AuditRecord;
}

/// What the audit log is told of something done to a tag, topic or author.
pub(crate) fn record(
    now: Timestamp,
    actor: &str,
    action: AuditAction,
    subject: AuditSubject,
    (name, slug): (&str, &Slug),
) -> AuditRecord {
    AuditRecord::new(now, actor, action, subject).with("name", Some(name)).with("slug", Some(slug))
}

/// A change of a label, as it was decided.
pub(crate) struct LabelChange<T> {
    /// The label that is answered.
    pub(crate) label: T,
    /// What is written.
    pub(crate) write: Write,
    /// What the audit log is told.
    pub(crate) action: AuditAction,
    /// The label that the audit log is told about.
    pub(crate) subject: T,
}

impl App {
    /// The tags, topics and authors that an attempt rests on: out of memory unless they have changed.
    pub(crate) async fn taxonomy_for(&self, attempt: &mut Attempt) -> Result<Arc<Taxonomy>, StoreError> {
        match self.known_taxonomy(attempt.taxonomy_edition().await?) {
            Some(known) => Ok(known),
            None => Ok(Arc::new(attempt.taxonomy().load().await?)),
        }
    }

    /// Makes a tag, topic or author. A repeated request finds the one that it has made before.
    pub(crate) async fn create_label<T: Label>(
        &self,
        caller: &Caller,
        idempotency: Option<&Idempotency>,
        make: impl Fn(&Taxonomy, T::Id) -> Result<T, UserError>,
    ) -> WriteResult<(T, Edition)> {
        let request = idempotency.map(|idempotency| idempotency.by(caller));
        let (request, make) = (request.as_ref(), &make);
        let decide = |mut attempt: Attempt| async move {
            // Before the request is looked up: if it has not been done by then, the taxonomy is without its label.
            let taxonomy = self.taxonomy_for(&mut attempt).await?;
            if let Some(creation) = idempotency::created_before(&attempt, request).await? {
                let id = T::Id::from_uuid(creation.id);
                let label = match T::find(&taxonomy, id).cloned() {
                    Some(label) => label,
                    // It was created after the taxonomy was read.
                    None => {
                        let taxonomy = attempt.taxonomy().load().await?;
                        T::find(&taxonomy, id).cloned().ok_or_else(|| idempotency::gone(id))?
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

    /// Changes a tag or topic as decided, and answers the edition that shows it.
    pub(crate) async fn change_label<T: Label>(
        &self,
        caller: &Caller,
        change: impl Fn(&Taxonomy) -> Result<LabelChange<T>, UserError>,
    ) -> WriteResult<(T, Edition)> {
        let change = &change;
        let decide = |mut attempt: Attempt| async move {
            let taxonomy = self.taxonomy_for(&mut attempt).await?;
            let LabelChange { label, write, action, subject } = change(&taxonomy)?;
            let now = env::now();
            let edition = attempt.next_edition(env::new_mark(), now).await?;
            let record = subject.record(action, now, &caller.actor).in_edition(edition.number);
            let writes = WriteSet::in_edition(edition, &caller.actor).with(write).audit(record);
            Ok(attempt.commit(writes, (label, edition)))
        };
        self.commit(caller.origin(), WriteKind::Public, decide).await
    }
}

/// The slug that was given, or one made of the name.
pub(crate) fn slug_for(slug: Option<&str>, name: &str, path: &str) -> Result<Slug, UserError> {
    let slug = match slug {
        Some(slug) => Slug::parse(slug),
        None => Slug::from_text(name),
    };
    slug.map_err(|error| UserError::at(path, UserErrorCode::Invalid, error))
}

/// A slug that another tag, topic or author has. All of these are public.
pub(crate) fn slug_taken(path: &str, slug: &Slug, owner: impl std::fmt::Display) -> UserError {
    UserError::at(
        path,
        UserErrorCode::SlugTaken,
        format!("the slug `{slug}` belongs to {owner}: choose another one"),
    )
}

/// A name, trimmed.
pub(crate) fn name_for(name: &str, path: &str) -> Result<String, UserError> {
    let name = name.split_whitespace().collect::<Vec<_>>().join(" ");
    let length = name.chars().count();
    if length == 0 {
        return Err(UserError::at(
            path,
            UserErrorCode::Required,
            "the name is blank: it needs at least one character",
        ));
    }
    if length > LIMITS.title {
        let message = format!("the name has {length} characters and may have {}: shorten it", LIMITS.title);
        return Err(UserError::at(path, UserErrorCode::TooLong, message));
    }
    if name.contains('\0') {
        return Err(UserError::at(path, UserErrorCode::Invalid, "the name holds a NUL character: remove it"));
    }
    Ok(name)
}

/// A line about something, or none if it is blank.
pub(crate) fn line_for(text: Option<&str>, path: &str) -> Result<Option<String>, UserError> {
    let Some(text) = text.map(str::trim).filter(|text| !text.is_empty()) else { return Ok(None) };
    let length = text.chars().count();
    if length > LIMITS.line {
        let message = format!("the text has {length} characters and may have {}: shorten it", LIMITS.line);
        return Err(UserError::at(path, UserErrorCode::TooLong, message));
    }
    if text.contains('\0') {
        return Err(UserError::at(path, UserErrorCode::Invalid, "the text holds a NUL character: remove it"));
    }
    Ok(Some(text.to_owned()))
}
