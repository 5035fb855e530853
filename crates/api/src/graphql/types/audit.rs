//! The audit log: who did what, and when.

use std::sync::Arc;

use app::{AuditFilter, Caller};
use async_graphql::connection::{Connection, Edge, EmptyFields};
use async_graphql::{Enum, ID, InputObject, SimpleObject};
use domain::{AuditSubject, Cursor, CursorList, PageRequest, SortKey, UnknownSubject};

use crate::graphql::error::ApiError;
use crate::graphql::execution::context::Reader;
use crate::graphql::types::paging::{Place, neighbours};
use crate::graphql::types::scalar::DateTime;

macro_rules! declare {
    ($($(#[$doc:meta])* $action:ident = $name:literal,)*) => {
        /// What was done. More actions may be added.
        #[derive(Enum, Copy, Clone, PartialEq, Eq)]
        #[graphql(remote = "domain::AuditAction")]
        pub(crate) enum AuditAction {
            $($(#[$doc])* $action,)*
        }
    };
}

domain::audit_actions!(declare);

/// One entry of the audit log. Never changed.
#[derive(SimpleObject)]
pub(crate) struct AuditEntry {
    /// Its place in the log: later entries have greater ones.
    sequence: i64,
    /// When.
    at: DateTime,
    /// Who: the id of an API key, `oidc:` and a subject, `cli`, or `scheduler`.
    actor: String,
    /// What was done.
    action: AuditAction,
    /// To what: the id of an article, tag, topic, author, key or preview.
    subject: ID,
    /// The version that it was done to, or that it made.
    version: Option<i32>,
    /// The number of the edition that showed it to the public.
    edition: Option<i64>,
    /// What else there is to know.
    details: Vec<AuditDetail>,
    /// The id of the request that it was for: the header `X-Request-Id` of the request, or of its answer. Null for what
    /// no request asked for, and for entries from before ids were kept.
    request_id: Option<String>,
}

/// Something else to know of an entry of the audit log.
#[derive(SimpleObject)]
pub(crate) struct AuditDetail {
    /// What it is, for example `comment`, `acknowledged` or `scheduledFor`.
    name: String,
    /// What it says.
    value: String,
}

impl From<domain::AuditEntry> for AuditEntry {
    fn from(entry: domain::AuditEntry) -> Self {
        let domain::AuditEntry { id, record, request_id } = entry;
        let domain::AuditRecord { at, actor, action, subject, version, edition, details } = record;
        Self {
            sequence: id,
            at: at.into(),
            actor,
            action: action.into(),
            subject: subject.to_string().into(),
            version,
            edition,
            details: details.into_iter().map(|(name, value)| AuditDetail { name, value }).collect(),
            request_id,
        }
    }
}

/// Which entries of the audit log. Everything that is named must hold.
#[derive(InputObject, Default)]
pub(crate) struct AuditWhere {
    /// About this article, tag, topic, author, key or preview.
    subject: Option<ID>,
    /// By this actor.
    actor: Option<String>,
    /// One of these actions.
    actions: Option<Vec<AuditAction>>,
    /// At this instant or later.
    since: Option<DateTime>,
    /// Before this instant.
    until: Option<DateTime>,
    /// For the request with this id. It tells what became of a write that was answered `OUTCOME_UNKNOWN`.
    request_id: Option<String>,
}

impl AuditWhere {
    fn filter(self) -> Result<AuditFilter, ApiError> {
        let Self { subject, actor, actions, since, until, request_id } = self;
        let subject = subject.map(|id| id.parse()).transpose().map_err(|error: UnknownSubject| {
            ApiError::argument("where.subject", format!("`where.subject`: {error}"))
        })?;
        if actions.as_ref().is_some_and(Vec::is_empty) {
            let message =
                "`where.actions` is an empty list, which could mean everything or nothing: leave it out";
            return Err(ApiError::argument("where.actions", message));
        }
        if actor.as_ref().is_some_and(|actor| actor.contains('\0')) {
            return Err(ApiError::argument("where.actor", "`where.actor` holds a NUL character: remove it"));
        }
        if request_id.as_ref().is_some_and(|id| id.contains('\0')) {
            return Err(ApiError::argument(
                "where.requestId",
                "`where.requestId` holds a NUL character: remove it",
            ));
        }
        let instant = |path: &str, at: Option<DateTime>| at.map(|at| at.instant(path)).transpose();
        Ok(AuditFilter {
            subject,
            actor,
            actions: actions.map(|list| list.into_iter().map(Into::into).collect()),
            since: instant("where.since", since)?,
            until: instant("where.until", until)?,
            request_id,
        })
    }
}

pub(crate) type AuditConnection = Connection<Place, AuditEntry, EmptyFields, EmptyFields>;

/// The log, filtered.
pub(crate) async fn audit(
    reader: &Arc<Reader>,
    caller: &Caller,
    filter: Option<AuditWhere>,
    request: &PageRequest,
) -> Result<AuditConnection, ApiError> {
    page(reader, caller, &filter.unwrap_or_default().filter()?, request).await
}

/// What was done to one article.
pub(crate) async fn activity(
    reader: &Arc<Reader>,
    caller: &Caller,
    article: domain::ArticleId,
    request: &PageRequest,
) -> Result<AuditConnection, ApiError> {
    let filter = AuditFilter { subject: Some(AuditSubject::Article(article)), ..AuditFilter::default() };
    page(reader, caller, &filter, request).await
}

async fn page(
    reader: &Arc<Reader>,
    caller: &Caller,
    filter: &AuditFilter,
    request: &PageRequest,
) -> Result<AuditConnection, ApiError> {
    let span = request.span(CursorList::Audit)?;
    let desk = reader.view.desk(caller)?;
    for (argument, cursor) in [("after", &span.after), ("before", &span.before)] {
        if let Some(Cursor { key: SortKey::LogEntry { edition, .. }, .. }) = cursor
            && !desk.holds(*edition).await?
        {
            return Err(ApiError::edition_unknown(argument, *edition));
        }
    }
    let (entries, more) = desk.audit(filter, &span).await?;
    let edition = desk.latest_edition()?;
    let (before, after) = neighbours(&span, more);
    let mut connection = Connection::new(before, after);
    connection.edges = entries
        .into_iter()
        .map(|entry| {
            let (key, id) = (SortKey::LogEntry { number: entry.id, edition }, uuid::Uuid::nil());
            Edge::new(Place(Cursor { list: CursorList::Audit, key, id }), entry.into())
        })
        .collect();
    Ok(connection)
}
