//! Reading a preview: publishes what the link shows in a transaction that is rolled back.

use std::sync::Arc;

use domain::{ArticleId, ArticleState, Edition, Taxonomy, Timestamp};
use persistence::{DryRunPermit, Preview, PreviewTarget, Steps, Write, WriteSet, retry_conflicts};

use super::{MAX_DEADLINES, PreviewError};
use crate::articles::rendered::Rendered;
use crate::articles::{Publishing, check_slug, due, publication, revision_of};
use crate::{App, StoreError, View, WriteError, WriteResult, env};

/// The maximum size in bytes of the bodies that such a preview renders.
const MAX_RENDERED: usize = 64 << 20;

impl App {
    /// Returns a view of what a preview link shows.
    ///
    /// # Errors
    /// When the article was deleted or archived, or the preview is too expensive.
    pub async fn preview_view(&self, preview: &Preview) -> Result<View, PreviewError> {
        let tried = retry_conflicts(|| async {
            let permit = self.store().dry_run_permit().await?;
            let rendered = match self.render_preview(preview.shows, &permit).await? {
                Ok(rendered) => rendered,
                Err(error) => return Ok(Err(error)),
            };
            let mut steps = self.store().begin_dry_run(permit).await?;
            let taxonomy = self.taxonomy_for(&mut steps).await?;
            let now = env::now();
            let edition = steps.next_edition(env::new_mark(), now).await?;
            let shown = match preview.shows {
                PreviewTarget::WorkingCopy(id) => {
                    show_working_copy(&mut steps, &taxonomy, id, edition, &rendered).await?
                }
                PreviewTarget::At(at) => {
                    self.apply_until(&mut steps, &taxonomy, at, edition, &rendered).await?
                }
            };
            Ok(match shown {
                Ok(at) => {
                    let snapshot = steps.into_snapshot(Edition { at, ..edition }).await?;
                    Ok(View::new(snapshot, taxonomy, &Arc::default()))
                }
                Err(error) => Err(error),
            })
        });
        let tried: WriteResult<Result<View, PreviewError>> = tried.await;
        match tried {
            Ok(view) => view,
            Err(WriteError::Store(error)) => Err(error.into()),
            // The content was checked when it was saved, so this is not an error of the client.
            Err(error) => Err(StoreError::Damaged(error.to_string()).into()),
        }
    }

    /// Renders the bodies that a preview publishes, before its transaction makes other writers wait.
    async fn render_preview(
        &self,
        shows: PreviewTarget,
        permit: &DryRunPermit,
    ) -> Result<Result<Rendered, PreviewError>, StoreError> {
        let rendered = Rendered::default();
        let articles = self.store().articles();
        match shows {
            PreviewTarget::WorkingCopy(id) => {
                let Some(article) = articles.find(id).await? else { return Ok(Err(PreviewError::Gone)) };
                rendered.add(&revision_of(&articles, id, article.version).await?).await;
            }
            PreviewTarget::At(until) => {
                for id in articles.due(until, self.settings().overdue, MAX_DEADLINES as u64).await? {
                    let scheduled = articles.find(id).await?.and_then(|article| article.schedule);
                    if let Some(schedule) = scheduled {
                        rendered.add(&revision_of(&articles, id, schedule.version).await?).await;
                    }
                    if rendered.bytes() > MAX_RENDERED || permit.is_late() {
                        return Ok(Err(PreviewError::TooMuch));
                    }
                }
            }
        }
        Ok(Ok(rendered))
    }

    /// Applies all deadlines up to an instant, in their order.
    async fn apply_until(
        &self,
        steps: &mut Steps,
        taxonomy: &Taxonomy,
        until: Timestamp,
        edition: Edition,
        rendered: &Rendered,
    ) -> WriteResult<Result<Timestamp, PreviewError>> {
        let overdue = self.settings().overdue;
        let mut applied = 0;
        loop {
            let ids = steps.articles().due(until, overdue, MAX_DEADLINES as u64).await?;
            if ids.is_empty() {
                return Ok(Ok(until));
            }
            for id in ids {
                applied += 1;
                if applied > MAX_DEADLINES {
                    return Ok(Err(PreviewError::TooMuch));
                }
                let Some(article) = steps.articles().find(id).await? else { continue };
                let writes = match due::Due::of(&article, until, overdue) {
                    None => continue,
                    Some(due::Due::Publish(schedule)) => {
                        let revision = revision_of(&steps.articles(), id, schedule.version).await?;
                        check_slug(steps, &revision.content.slug, id).await?;
                        due::scheduled_publication(
                            article,
                            schedule,
                            &revision,
                            rendered,
                            taxonomy,
                            edition.number,
                        )?
                    }
                    Some(due::Due::Expire(expires)) => due::withdrawal(article, expires.at),
                    Some(due::Due::Overdue(at)) => due::withdrawal(article, at),
                };
                try_step(steps, edition, writes).await?;
            }
        }
    }
}

async fn show_working_copy(
    steps: &mut Steps,
    taxonomy: &Taxonomy,
    id: ArticleId,
    edition: Edition,
    rendered: &Rendered,
) -> WriteResult<Result<Timestamp, PreviewError>> {
    let now = edition.at;
    let Some(mut article) = steps.articles().find(id).await? else { return Ok(Err(PreviewError::Gone)) };
    if article.archived_at.is_some() {
        return Ok(Err(PreviewError::Gone));
    }
    if article.published_as_is().is_some() {
        return Ok(Ok(now));
    }
    let revision = revision_of(&steps.articles(), id, article.version).await?;
    let body = rendered.body(&revision)?;
    let replaces = article.published_version().is_some();
    article.state = ArticleState::Published { version: article.version, edition: edition.number };
    let first = revision.content.published_at.or(article.first_published_at);
    article.first_published_at = first.or(Some(now));
    check_slug(steps, &revision.content.slug, id).await?;
    let publishing = Publishing { article: &article, revision: &revision, body, replaces, updated_at: now };
    let mut writes = publication(publishing, taxonomy, edition.number);
    writes.push(Write::Article(article));
    try_step(steps, edition, writes).await?;
    Ok(Ok(now))
}

/// Applies writes that will be rolled back. They have no actor, as nobody will see them.
async fn try_step(steps: &mut Steps, edition: Edition, writes: Vec<Write>) -> Result<(), StoreError> {
    let mut set = WriteSet::in_edition(edition, "");
    set.extend(writes);
    steps.apply(set).await
}
