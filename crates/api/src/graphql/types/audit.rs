//! The audit log: who did what, and when.

use std::sync::Arc;

use app::{AuditFilter, Caller};
use async_graphql::connection::{Connection, Edge, EmptyFields};
use async_graphql::{ComplexObject, Enum, ID, InputObject, SimpleObject};
use domain::{AuditSubject, Cursor, CursorList, PageRequest, SortKey, TimeZone, UnknownSubject};

use crate::graphql::error::ApiError;
use crate::graphql::execution::context::Reader;
use crate::graphql::types::paging::{ListCursor, neighbours};
use crate::graphql::types::scalar::DateTime;

macro_rules! declare {
    ($($(#[$doc:meta])* $action:ident = $name:literal,)*) => {
        /// An action in the audit log. New values may be added.
        #[derive(Enum, Copy, Clone, PartialEq, Eq)]
        #[graphql(remote = "domain::AuditAction")]
        pub(crate) enum AuditAction {
            $($(#[$doc])* $action,)*
        }
    };
}

domain::audit_actions!(declare);

/// An entry of the audit log. Entries never change.
#[derive(SimpleObject)]
#[graphql(complex)]
pub(crate) struct AuditEntry {
    /// The number of the entry. Later entries have greater numbers.
    sequence: i64,
    /// The time of the action.
    at: DateTime,
    /// The actor: the id of an API key, `oidc:` followed by a subject, `cli`, or `scheduler`.
    actor: String,
    /// The action.
    action: AuditAction,
    /// The id of the article, tag, topic, author, API key or preview link that the action concerns.
    subject: ID,
    /// The version of the article, tag or topic that the action concerns or created. Null if there is none.
    version: Option<i32>,
    /// The number of the edition that the action created. Null if the public saw no change.
    edition: Option<i64>,
    /// More details about the action.
    details: Vec<AuditDetail>,
    /// The id of the request, as in the header `X-Request-Id`. Null if no request caused the action, and for
    /// entries from versions that did not record it.
    request_id: Option<String>,
    #[graphql(skip)]
    reader: Arc<Reader>,
}

#[ComplexObject]
impl AuditEntry {
    /// The name of the actor: of the API key, or of the person. Null if it is not known.
    async fn actor_name(&self) -> Result<Option<String>, ApiError> {
        Ok(self.reader.actor_name(&self.actor).await?)
    }
}

/// A detail of an entry of the audit log.
#[derive(SimpleObject)]
pub(crate) struct AuditDetail {
    /// The name of the detail, for example `comment`, `acknowledged` or `scheduledFor`.
    name: String,
    /// The value of the detail.
    value: String,
}

impl AuditEntry {
    fn new(entry: domain::AuditEntry, reader: &Arc<Reader>) -> Self {
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
            reader: Arc::clone(reader),
        }
    }
}

/// A filter for entries of the audit log. An entry must match all given fields.
#[derive(InputObject, Default)]
pub(crate) struct AuditWhere {
    /// Only entries about this article, tag, topic, author, API key or preview link.
    subject: Option<ID>,
    /// Only entries by this actor.
    actor: Option<String>,
    /// Only entries with one of these actions.
    actions: Option<Vec<AuditAction>>,
    /// Only entries from this time or later. A date without a time includes the whole day.
    since: Option<DateTime>,
    /// Only entries from before this time. A date without a time excludes the whole day.
    until: Option<DateTime>,
    /// Only entries of the request with this id. They show whether a write took effect that was answered with
    /// `OUTCOME_UNKNOWN`.
    request_id: Option<String>,
}

impl AuditWhere {
    pub(crate) fn filter(self, zone: &TimeZone) -> Result<AuditFilter, ApiError> {
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
        let instant = |path: &str, at: Option<DateTime>| at.map(|at| at.start(path, zone)).transpose();
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

pub(crate) type AuditConnection = Connection<ListCursor, AuditEntry, EmptyFields, EmptyFields>;

/// Returns a page of the audit entries about one article.
pub(crate) async fn activity(
    reader: &Arc<Reader>,
    caller: &Caller,
    article: domain::ArticleId,
    request: &PageRequest,
) -> Result<AuditConnection, ApiError> {
    let filter = AuditFilter { subject: Some(AuditSubject::Article(article)), ..AuditFilter::default() };
    page(reader, caller, &filter, request).await
}

/// Returns a page of the audit log.
pub(crate) async fn page(
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
            Edge::new(ListCursor(Cursor { list: CursorList::Audit, key, id }), AuditEntry::new(entry, reader))
        })
        .collect();
    Ok(connection)
}
