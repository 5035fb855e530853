//! Writing labels: what tags, topics and authors have in common.

use domain::{
    AuditAction, AuditRecord, AuditSubject, Edition, Id, Slug, Taxonomy, Timestamp, UserError, UserErrorCode,
};
use persistence::{Attempt, Creation, Decided, Write, WriteKind, WriteSet};

use crate::{App, Caller, Idempotency, WriteResult, env, idempotency};

/// A tag, topic or author.
pub(crate) trait Label: Clone + Send + Sync {
    /// The type of its id.
    type Id: Id;

    /// The action of the audit log that creates one.
    const CREATED: AuditAction;

    fn id(&self) -> Self::Id;

    fn find(taxonomy: &Taxonomy, id: Self::Id) -> Option<&Self>;

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
    /// What to write.
    pub(crate) write: Write,
    /// The action for the audit log.
    pub(crate) action: AuditAction,
    /// The label that the entry of the audit log is about.
    pub(crate) subject: T,
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

    /// Changes a label, and returns it with the edition that shows the change.
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

/// The error for a slug that another label has. All labels are public, so the message may name the owner.
pub(crate) fn slug_taken(slug: &Slug, owner: impl std::fmt::Display) -> UserError {
    let message = format!("the slug `{slug}` belongs to {owner}: choose another one");
    UserError::at("slug", UserErrorCode::SlugTaken, message)
}
