//! The articles of a source whose files are missing.

use domain::{Article, AuditAction, Edition, Source, WithdrawReason};
use persistence::{ImportedArticle, Write, WriteSet};

use super::report::{ImportReport, MissingFile, MissingOutcome};
use super::{ImportOptions, MissingFiles};
use crate::{App, Caller, WriteResult, articles, env};

impl App {
    /// Keeps, reports or withdraws the public articles whose files are missing. `missing` has the paths of the files.
    pub(super) async fn import_missing(
        &self,
        caller: &Caller,
        missing: &[(String, ImportedArticle)],
        options: &ImportOptions,
    ) -> WriteResult<ImportReport> {
        let mut report = ImportReport::default();
        let public = missing.iter().filter(|(_, article)| article.is_public);
        let shown = |path: &str, article: &ImportedArticle, outcome| MissingFile {
            path: path.to_owned(),
            title: article.title.clone(),
            outcome,
        };
        match options.missing {
            MissingFiles::Keep => {}
            MissingFiles::Report => {
                let kept = public.map(|(path, article)| shown(path, article, MissingOutcome::Kept));
                report.missing = kept.collect();
            }
            MissingFiles::Withdraw => {
                let mut steps = self.store().begin_steps(caller.origin()).await?;
                let edition = steps.next_edition(env::new_mark(), env::now()).await?;
                for (path, imported) in public {
                    let Some((article, _)) = steps.article(imported.id).await? else { continue };
                    if article.published_version().is_none() {
                        continue;
                    }
                    let is_edited =
                        article.source.as_ref().is_none_or(|source| source.version != article.version);
                    if is_edited && !options.overwrite {
                        report.missing.push(shown(path, imported, MissingOutcome::EditedHere));
                        continue;
                    }
                    steps.apply(withdrawal(article, edition, &caller.actor)?).await?;
                    report.missing.push(shown(path, imported, MissingOutcome::Withdrawn));
                }
                if !options.dry_run {
                    let edition = Edition { at: env::now(), ..edition };
                    let is_made = steps.commit(edition, &caller.actor).await?;
                    report.edition = is_made.then_some(edition.number);
                }
            }
        }
        Ok(report)
    }
}

/// Returns the writes that withdraw an article. If its file returns, the next import publishes the article again.
fn withdrawal(article: Article, edition: Edition, actor: &str) -> WriteResult<WriteSet> {
    let now = env::now();
    let (id, version, source) = (article.id, article.version, article.source.clone());
    let record = articles::record(actor, now, AuditAction::ArticleWithdrawn, &article)
        .in_edition(edition.number)
        .with("reason", Some("GONE"));
    let source = source.map(|source| Source { digest: [0; 32], version, ..source });
    let article = Article { source, ..article.withdraw(version, WithdrawReason::Gone, None, now)? };
    let writes = WriteSet::in_edition(edition, actor).with(Write::Article(article));
    Ok(writes.with(Write::Withdrawn(id)).audit(record))
}
