//! What happens by itself when its time has come: scheduled publications, ends, overdue reviews.
//!
//! Each step is one write and one edition. The write rests on the edition counter and the article's row: several nodes
//! do it once.

use std::sync::atomic::{AtomicI64, Ordering};
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use domain::{
    Article, ArticleId, AuditAction, AuditRecord, AuditSubject, EditionNumber, OverduePolicy, Revision,
    Schedule, Taxonomy, Timestamp, WithdrawReason, ZonedInstant,
};
use persistence::{Attempt, Decided, NextDue, Write, WriteKind, WriteSet};
use tokio::time::sleep;

use super::rendered::Rendered;
use super::slugs::check_slug;
use super::{Publishing, keep, publication, record, released_slugs, revision_of};
use crate::caller::origin;
use crate::{App, StoreError, WriteError, WriteResult, env};

/// Who does what happens by itself.
const SCHEDULER: &str = "scheduler";
/// How often a node looks whether another one has scheduled something: well within the second that a
/// deadline may be late.
const POLL: Duration = Duration::from_millis(400);
/// How long it waits when the database does not answer.
const RETRY: Duration = Duration::from_millis(250);
/// How long it waits when it cannot be done for another reason.
const PAUSE: Duration = Duration::from_secs(1);
/// How often old idempotency keys are removed.
const REMOVAL: Duration = Duration::from_secs(60 * 60);
/// How many are looked up at once.
const BATCH: u64 = 200;

/// What is due.
#[derive(Debug)]
pub(crate) enum Due {
    /// A scheduled version becomes public.
    Publish(Schedule),
    /// What is public ends.
    Expire(ZonedInstant),
    /// What is public has not been looked at in time.
    Overdue(Timestamp),
}

impl Due {
    /// What is due first of an article, if anything is by `now`.
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

/// How long after its end an article may still be shown: nodes look every [`POLL`], and applying it takes a moment.
const GRACE: Duration = Duration::from_secs(1);

/// The first deadlines that have not been applied, as this node last saw them.
#[derive(Debug)]
pub(crate) struct NextDeadline {
    any: Mutex<Option<Timestamp>>,
    /// Until when answers may hold what is public, in microseconds since 1970: every request looks.
    shown_until: AtomicI64,
}

impl Default for NextDeadline {
    fn default() -> Self {
        Self { any: Mutex::default(), shown_until: AtomicI64::new(i64::MAX) }
    }
}

impl NextDeadline {
    fn note(&self, next: NextDue) {
        let NextDue { any, end } = next;
        *self.any.lock().unwrap_or_else(PoisonError::into_inner) = any;
        let until = end.and_then(|end| end.checked_add(GRACE).ok());
        let until = until.map_or(i64::MAX, Timestamp::as_microsecond);
        self.shown_until.store(until, Ordering::Relaxed);
    }

    /// Whether an article has come to its end, and this node does not know that this was applied: it could not be,
    /// or the database does not answer.
    pub(crate) fn has_ended(&self) -> bool {
        let until = self.shown_until.load(Ordering::Relaxed);
        until != i64::MAX && until < env::now().as_microsecond()
    }
}

impl App {
    /// For how long the first deadline that has come has not been applied, if one has come.
    #[must_use]
    pub fn overdue_for(&self) -> Option<Duration> {
        let next = *self.next_deadline().any.lock().unwrap_or_else(PoisonError::into_inner);
        Duration::try_from(env::now().duration_since(next?)).ok()
    }

    /// Applies everything that is due, and answers how much that was. What has come to its end is not shown from
    /// then on, even when that cannot be applied. A node that is older than its database applies nothing: it leaves
    /// that to the nodes of the later version.
    ///
    /// # Errors
    /// When the database does not answer; what was applied before stays.
    pub async fn apply_due(&self) -> Result<usize, StoreError> {
        let applied = self.try_to_apply_due().await;
        match &applied {
            Ok(_) => self.note_late_ends(false),
            Err(_) => {
                // When not even that can be read, nothing is; what was at hand before is still answered.
                if let Ok(ended) = self.store().publications_now().ended(self.ends()).await {
                    self.note_late_ends(!ended.is_empty());
                }
            }
        }
        applied
    }

    async fn try_to_apply_due(&self) -> Result<usize, StoreError> {
        let mut applied = 0;
        loop {
            let overdue = self.settings().overdue;
            let due = self.store().articles().due(env::now(), overdue, BATCH).await?;
            let before = applied;
            for id in due {
                match self.apply(id).await {
                    Ok(true) => applied += 1,
                    Ok(false) => {}
                    Err(WriteError::Store(error)) => return Err(error),
                    Err(error) => self.give_up(id, &error).await?,
                }
            }
            if applied == before {
                return Ok(applied);
            }
        }
    }

    /// Applies what falls due, when it does, for ever. Removes old idempotency keys besides, once an hour.
    pub async fn keep_deadlines(&self) {
        let mut removal = env::now();
        loop {
            if removal <= env::now() {
                removal = env::now() + REMOVAL;
                match self.remove_old_idempotency_keys().await {
                    // A node of the later version removes them.
                    Ok(()) | Err(StoreError::UpgradeRequired(_)) => {}
                    Err(error) => {
                        tracing::warn!(%error, "old idempotency keys cannot be removed; trying again in an hour");
                    }
                }
            }
            let wait = match self.until_next().await {
                Ok(wait) => wait,
                // It was said when that was noticed.
                Err(StoreError::UpgradeRequired(_)) => RETRY,
                Err(error @ StoreError::Unavailable(_)) => {
                    // The log says so already.
                    tracing::debug!(%error, "what is scheduled cannot be looked up; trying again");
                    RETRY
                }
                Err(error) => {
                    tracing::warn!(%error, "what is scheduled cannot be looked up; trying again");
                    PAUSE
                }
            };
            tokio::select! {
                () = sleep(wait) => {}
                () = self.deadlines().notified() => {}
            }
        }
    }

    /// Applies what is due, and answers how long nothing else is.
    async fn until_next(&self) -> Result<Duration, StoreError> {
        let next = self.store().articles().next_due(self.settings().overdue).await?;
        self.next_deadline().note(next);
        let Some(next) = next.any else { return Ok(POLL) };
        let left = Duration::try_from(next.duration_since(env::now())).unwrap_or_default();
        if left.is_zero() && self.apply_due().await? > 0 {
            return Ok(Duration::ZERO);
        }
        // What could not be applied is due still, and is no reason to run in circles.
        Ok(if left.is_zero() { POLL } else { left.min(POLL) })
    }

    /// Applies what is due first of an article; answers whether there was anything.
    async fn apply(&self, id: ArticleId) -> WriteResult<bool> {
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
                (AuditAction::ArticleExpired, public, detail, ended(article, now))
            }
            Due::Overdue(due) => {
                let detail = ("dueAt", due.to_string());
                (AuditAction::ArticleReviewOverdue, public, detail, ended(article, now))
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

    /// Calls off what cannot be done, so that editors see it at the desk.
    async fn give_up(&self, id: ArticleId, error: &WriteError) -> Result<(), StoreError> {
        tracing::error!(article = %id, %error, "what was scheduled could not be done, and was called off");
        let decide = |mut attempt: Attempt| async move {
            let Some((article, revision)) = attempt.article(id).await? else {
                return Ok(Decided::nothing(attempt, ()));
            };
            let article = Article { schedule: None, ..article };
            let record = record(SCHEDULER, env::now(), AuditAction::ArticleScheduleFailed, &article)
                .with("reason", Some(error));
            let mut writes = keep(&article, record);
            writes.extend(released_slugs(&attempt, &article, &revision).await?);
            Ok(attempt.commit(writes, ()))
        };
        self.store().commit(origin(), WriteKind::Private, decide).await
    }
}

/// What makes public what was scheduled, as of the instant that it was scheduled for. Its text was rendered.
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

/// What takes an article from the public, as its time is over.
pub(crate) fn ended(article: Article, now: Timestamp) -> Vec<Write> {
    let id = article.id;
    vec![Write::Withdrawn(id), Write::Article(article.withdraw_when_due(WithdrawReason::Gone, now))]
}
