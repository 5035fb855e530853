//! What articles are filed under: shared by tags, topics and authors.

use std::sync::Arc;

use domain::{
    AuditAction, AuditRecord, AuditSubject, Change, Edition, LIMITS, Slug, Taxonomy, Timestamp, UserError,
    UserErrorCode, Version,
};
use persistence::{EditionTx, WriteOrigin};

use crate::{App, Caller, StoreError, WriteResult, env};

impl App {
    /// Begins to write what the public sees, with the tags, topics and authors as they are now.
    pub(crate) async fn begin_edition(
        &self,
        origin: WriteOrigin,
    ) -> Result<(EditionTx, Arc<Taxonomy>), StoreError> {
        self.with_taxonomy(self.store().begin_edition(origin).await?).await
    }

    /// The same transaction, with the tags, topics and authors as they are in it: out of memory unless they
    /// have changed.
    pub(crate) async fn with_taxonomy(
        &self,
        tx: EditionTx,
    ) -> Result<(EditionTx, Arc<Taxonomy>), StoreError> {
        let taxonomy = match self.known_taxonomy(tx.taxonomy_edition()) {
            Some(known) => known,
            None => Arc::new(tx.taxonomy().load().await?),
        };
        Ok((tx, taxonomy))
    }

    /// Records a change, and who made it, commits and answers the edition that it made.
    pub(crate) async fn commit_change(
        &self,
        mut tx: EditionTx,
        change: Change,
        caller: &Caller,
        what: Labelling<'_>,
    ) -> WriteResult<Edition> {
        tx.record(change);
        let at = env::now();
        tx.audit().record(&what.record(at, &caller.actor).in_edition(tx.edition())).await?;
        Ok(tx.commit(at, env::new_mark(), &caller.actor).await?.made_at(at))
    }
}

/// What was done to a tag, topic or author.
pub(crate) struct Labelling<'a> {
    pub(crate) action: AuditAction,
    pub(crate) subject: AuditSubject,
    pub(crate) version: Option<Version>,
    pub(crate) name: &'a str,
    pub(crate) slug: &'a Slug,
}

impl Labelling<'_> {
    pub(crate) fn record(self, at: Timestamp, actor: &str) -> AuditRecord {
        let Self { action, subject, version, name, slug } = self;
        let record = AuditRecord::new(at, actor, action, subject);
        AuditRecord { version, ..record }.with("name", Some(name)).with("slug", Some(slug))
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
