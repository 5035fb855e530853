//! The audit log. Entries are only added, and never changed.

use domain::{AuditAction, AuditEntry, AuditRecord, AuditSubject, Span, Timestamp};
use sea_orm::{
    ActiveValue::{NotSet, Set},
    ColumnTrait, ConnectionTrait, EntityTrait, QueryFilter, QueryOrder, QuerySelect,
};

use crate::convert::{self, instant, micros, parsed};
use crate::entity::audit;
use crate::{StoreError, WriteOrigin};

/// A filter for entries of the log.
#[derive(Debug, Clone, Default)]
pub struct AuditFilter {
    /// The subject.
    pub subject: Option<AuditSubject>,
    /// The actor.
    pub actor: Option<String>,
    /// The actions, of which one must match.
    pub actions: Option<Vec<AuditAction>>,
    /// The earliest instant.
    pub since: Option<Timestamp>,
    /// The instant before which entries must be.
    pub until: Option<Timestamp>,
    /// The id of the request.
    pub request_id: Option<String>,
}

/// The audit log.
#[derive(Debug)]
pub struct Audit<'a, C: ConnectionTrait>(pub(crate) &'a C);

impl<C: ConnectionTrait> Audit<'_, C> {
    /// A part of the log, the newest entries first, and whether there are more. Cursors contain the ids of entries.
    pub async fn page(
        &self,
        filter: &AuditFilter,
        span: &Span,
    ) -> Result<(Vec<AuditEntry>, bool), StoreError> {
        let AuditFilter { subject, actor, actions, since, until, request_id } = filter;
        let mut query = audit::Entity::find();
        if let Some(subject) = subject {
            query = query.filter(audit::Column::Subject.eq(subject.kind_and_uuid().1));
        }
        if let Some(actor) = actor {
            query = query.filter(audit::Column::Actor.eq(actor.as_str()));
        }
        if let Some(actions) = actions {
            query = query.filter(audit::Column::Action.is_in(actions.iter().map(|action| action.as_str())));
        }
        if let Some(since) = since {
            query = query.filter(audit::Column::At.gte(micros(*since)));
        }
        if let Some(until) = until {
            query = query.filter(audit::Column::At.lt(micros(*until)));
        }
        if let Some(request_id) = request_id {
            query = query.filter(audit::Column::RequestId.eq(request_id.as_str()));
        }
        if let Some(after) = &span.after {
            query = query.filter(audit::Column::Id.lt(convert::number(after)));
        }
        if let Some(before) = &span.before {
            query = query.filter(audit::Column::Id.gt(convert::number(before)));
        }
        query = match span.backward {
            false => query.order_by_desc(audit::Column::Id),
            true => query.order_by_asc(audit::Column::Id),
        };
        let rows = query.limit(span.limit as u64 + 1).all(self.0).await?;
        let entries = rows.into_iter().map(entry).collect::<Result<Vec<_>, _>>()?;
        Ok(convert::cut(entries, span))
    }
}

/// The row of an entry.
pub(crate) fn audit_row(
    record: &AuditRecord,
    origin: &WriteOrigin,
) -> Result<audit::ActiveModel, StoreError> {
    let AuditRecord { at, actor, action, subject, version, edition, details } = record;
    let (kind, id) = subject.kind_and_uuid();
    Ok(audit::ActiveModel {
        id: NotSet,
        at: Set(micros(*at)),
        actor: Set(actor.clone()),
        action: Set(action.as_str().to_owned()),
        subject_type: Set(kind.to_owned()),
        subject: Set(id),
        version: Set(*version),
        edition: Set(*edition),
        details: Set(convert::json(details)?),
        request_id: Set(origin.request_id.clone()),
        write_id: Set(Some(origin.write)),
    })
}

fn entry(row: audit::Model) -> Result<AuditEntry, StoreError> {
    let audit::Model {
        id,
        at,
        actor,
        action,
        subject_type,
        subject,
        version,
        edition,
        details,
        request_id,
        write_id: _,
    } = row;
    let subject = AuditSubject::from_kind_and_uuid(&subject_type, subject).ok_or_else(|| {
        StoreError::Damaged(format!("an entry of the audit log has the subject type `{subject_type}`"))
    })?;
    let record = AuditRecord {
        at: instant(at)?,
        actor,
        action: parsed(action.parse())?,
        subject,
        version,
        edition,
        details: convert::from_json(&details)?,
    };
    Ok(AuditEntry { id, record, request_id })
}
