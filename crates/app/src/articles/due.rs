//! What happens to an article when a deadline has passed: it is published as scheduled, or withdrawn because its
//! publication has ended or its editorial review is overdue.
//!
//! Each step is one write and one edition. The write depends on the edition counter and on the article's row, so that
//! only one of several nodes succeeds.

use domain::{
    Article, ArticleId, AuditAction, AuditRecord, AuditSubject, EditionNumber, OverduePolicy, Revision,
    Schedule, Taxonomy, Timestamp, WithdrawReason, ZonedInstant,
};
use persistence::{Attempt, Decided, Write, WriteKind, WriteSet};

use super::rendered::Rendered;
use super::slugs::check_slug;
use super::{Publishing, publication, record, released_slugs, revision_of, update};
use crate::caller::origin;
use crate::{App, StoreError, WriteError, WriteResult, env};

/// The actor of these writes in the audit log.
const SCHEDULER: &str = "scheduler";

/// A step that is due.
#[derive(Debug)]
pub(crate) enum Due {
    /// Publish a scheduled version.
    Publish(Schedule),
    /// Withdraw the article, because its publication has expired.
    Expire(ZonedInstant),
    /// Withdraw the article, because its editorial review is overdue.
    Overdue(Timestamp),
}

impl Due {
    /// Returns the earliest step of an article that is due at `now`.
    pub(crate) fn of(article: &Article, now: Timestamp, overdue: OverduePolicy) -> Option<Self> {
        let is_public = article.published_version().is_some();
        let publish = article.schedule.clone().map(|schedule| (schedule.publish.at, Self::Publish(schedule)));
        let expires = article.expires.clone().filter(|_| is_public);
        let expires = expires.map(|expires| (expires.at, Self::Expire(expires)));
        let review = article.editorial.due_at.filter(|_| is_public && overdue == OverduePolicy::Withdraw);
        let review = review.map(|due| (due, Self::Overdue(due)));
        let first = [expires, publish, review].into_iter().flatten().min_by_key(|(at, _)| *at);
        first.filter(|(at, _)| *at <= now).map(|(_, due)| due)
    }
}

impl App {
    /// Applies the earliest due step of an article. Returns whether there was one.
    pub(crate) async fn apply_due_to(&self, id: ArticleId) -> WriteResult<bool> {
        let rendered = Rendered::default();
        let decide = |attempt| self.decide_due(attempt, id, &rendered);
        let applied = self.commit(origin(), WriteKind::Public, decide).await?;
        let Some((action, edition)) = applied else { return Ok(false) };
        tracing::info!(article = %id, action = action.as_str(), edition, "applied what was due");
        Ok(true)
    }

    async fn decide_due(
        &self,
        mut attempt: Attempt,
        id: ArticleId,
        rendered: &Rendered,
    ) -> WriteResult<Decided<Option<(AuditAction, EditionNumber)>>> {
        let now = env::now();
        let found = attempt.article(id).await?;
        let due = found.and_then(|(article, revision)| {
            Due::of(&article, now, self.settings().overdue).map(|due| (article, revision, due))
        });
        let Some((article, revision, due)) = due else { return Ok(Decided::nothing(attempt, None)) };
        let taxonomy = self.taxonomy_for(&mut attempt).await?;
        let edition = attempt.next_edition(env::new_mark(), now).await?;
        let public = article.published_version().unwrap_or(article.version);
        let (action, version, detail, writes) = match due {
            Due::Publish(schedule) => {
                let version = schedule.version;
                let revision = if revision.version == version {
                    revision
                } else {
                    revision_of(&attempt.articles(), id, version).await?
                };
                if rendered.text(&attempt, &revision).is_none() {
                    drop(attempt);
                    rendered.add(&revision).await;
                    return Ok(Decided::again());
                }
                check_slug(&attempt, &revision.content.slug, id).await?;
                let detail = ("scheduledFor", schedule.publish.local());
                let writes =
                    scheduled_publication(article, schedule, &revision, rendered, &taxonomy, edition.number)?;
                (AuditAction::ArticlePublished, version, detail, writes)
            }
            Due::Expire(expires) => {
                let detail = ("expiresAt", expires.local());
                (AuditAction::ArticleExpired, public, detail, withdrawal(article, now))
            }
            Due::Overdue(due) => {
                let detail = ("dueAt", due.to_string());
                (AuditAction::ArticleReviewOverdue, public, detail, withdrawal(article, now))
            }
        };
        let record = AuditRecord::new(now, SCHEDULER, action, AuditSubject::Article(id))
            .of_version(version)
            .in_edition(edition.number)
            .with(detail.0, Some(detail.1));
        let mut set = WriteSet::in_edition(edition, SCHEDULER);
        set.extend(writes);
        Ok(attempt.commit(set.audit(record), Some((action, edition.number))))
    }

    /// Cancels a schedule that cannot be carried out, so that editors notice it at the desk.
    pub(crate) async fn cancel_failed_schedule(
        &self,
        id: ArticleId,
        error: &WriteError,
    ) -> Result<(), StoreError> {
        tracing::error!(article = %id, %error, "a scheduled publication failed, and the schedule was cancelled");
        let decide = |mut attempt: Attempt| async move {
            let Some((article, revision)) = attempt.article(id).await? else {
                return Ok(Decided::nothing(attempt, ()));
            };
            let article = Article { schedule: None, ..article };
            let record = record(SCHEDULER, env::now(), AuditAction::ArticleScheduleFailed, &article)
                .with("reason", Some(error));
            let mut writes = update(&article, record);
            writes.extend(released_slugs(&attempt, &article, &revision).await?);
            Ok(attempt.commit(writes, ()))
        };
        self.store().commit(origin(), WriteKind::Private, decide).await
    }
}

/// Returns the writes that publish a scheduled version as of the scheduled instant. Its text must be rendered already.
pub(crate) fn scheduled_publication(
    article: Article,
    schedule: Schedule,
    revision: &Revision,
    rendered: &Rendered,
    taxonomy: &Taxonomy,
    edition: EditionNumber,
) -> Result<Vec<Write>, StoreError> {
    let updated_at = schedule.publish.at;
    let replaces = article.published_version().is_some();
    let body = rendered.body(revision)?;
    let article = article.publish_scheduled(schedule, revision.content.published_at, edition);
    let publishing = Publishing { article: &article, revision, body, replaces, updated_at };
    let mut writes = publication(publishing, taxonomy, edition);
    writes.push(Write::Article(article));
    Ok(writes)
}

/// Returns the writes that withdraw an article whose publication has ended.
pub(crate) fn withdrawal(article: Article, now: Timestamp) -> Vec<Write> {
    let id = article.id;
    vec![Write::Withdrawn(id), Write::Article(article.withdraw_when_due(WithdrawReason::Gone, now))]
}
