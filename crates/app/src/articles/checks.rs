//! The checks before publication, and whether their issues prevent it.

use std::collections::HashMap;

use domain::{
    Article, ArticleId, Revision, Scope, Slug, Taxonomy, Timestamp, UserError, UserErrorCode, Version,
};
use editorial::checks::{self, BrokenBefore, Issue, IssueCode, LinkTarget, Readability, Severity};
use persistence::{Attempt, Publications};
use richtext::RichText;

use super::rendered::Rendered;
use crate::{App, Caller, StoreError, WarningPolicy, WriteError, WriteResult, env, render};

/// The result of the checks of a version.
#[derive(Debug, Clone)]
pub struct ArticleCheck {
    /// The version.
    pub version: Version,
    /// The issues, errors first.
    pub issues: Vec<Issue>,
    /// The readability, if it can be measured in the language of the article.
    pub readability: Option<Readability>,
}

/// The result of checking a revision within an attempt.
pub(super) enum Checked {
    Issues(Vec<Issue>),
    /// An earlier version must be rendered first. The caller drops the attempt, renders it, and decides again.
    Unrendered(Box<Revision>),
}

impl App {
    /// Checks a version as publishing it now would do. Without a version, checks the working copy. Returns `None` when
    /// the article does not exist.
    ///
    /// # Errors
    /// When the version does not exist, or the caller lacks the scope.
    pub async fn check_article(
        &self,
        caller: &Caller,
        id: ArticleId,
        version: Option<Version>,
    ) -> WriteResult<Option<ArticleCheck>> {
        caller.require(Scope::ReadDrafts)?;
        let snapshot = self.store().snapshot().await?;
        let Some(article) = snapshot.articles().find(id).await? else { return Ok(None) };
        let version = version.unwrap_or(article.version);
        let Some(revision) = snapshot.articles().revision(id, version).await? else {
            let message = format!("the article has no version {version}: it has 1 to {}", article.version);
            return Err(UserError::at("version", UserErrorCode::NotFound, message).into());
        };
        let rich = render::markdown(&revision.content.body).await;
        let taxonomy = self.taxonomy_of(&snapshot).await?;
        let targets = self.link_targets(&snapshot.publications(), &revision, &rich).await?;
        let mut before = BrokenBefore::None;
        for earlier in seen_versions(&article, &revision) {
            let Some(earlier) = earlier else {
                before = BrokenBefore::All;
                break;
            };
            let Some(earlier) = snapshot.articles().revision(id, earlier).await? else { continue };
            let earlier = render::markdown(&earlier.content.body).await;
            before = self.also_broken(before, &earlier, &targets);
        }
        let policy = &self.settings().checks;
        let mut issues = checks::check(&revision.content, &rich, policy, env::now(), &targets, &before);
        issues.extend(checks::deleted_labels(&revision.content, &taxonomy));
        let readability = checks::readability(&rich.text, &revision.content.locale);
        Ok(Some(ArticleCheck { version, issues, readability }))
    }

    /// Checks a revision as of an instant. Links that were broken in a version which readers could see already are
    /// warnings.
    pub(super) async fn run_checks(
        &self,
        attempt: &Attempt,
        article: &Article,
        taxonomy: &Taxonomy,
        (revision, rich): (&Revision, &RichText),
        rendered: &Rendered,
        now: Timestamp,
    ) -> Result<Checked, StoreError> {
        let policy = &self.settings().checks;
        let targets = self.link_targets(&attempt.publications(), revision, rich).await?;
        let mut before = BrokenBefore::None;
        if !checks::broken_links(rich, policy, &targets).is_empty() {
            for earlier in seen_versions(article, revision) {
                let Some(earlier) = earlier else {
                    before = BrokenBefore::All;
                    break;
                };
                let Some(earlier) = attempt.articles().revision(article.id, earlier).await? else { continue };
                let Some(text) = rendered.text(attempt, &earlier) else {
                    return Ok(Checked::Unrendered(Box::new(earlier)));
                };
                before = self.also_broken(before, &text, &targets);
            }
        }
        let mut issues = checks::check(&revision.content, rich, policy, now, &targets, &before);
        issues.extend(checks::deleted_labels(&revision.content, taxonomy));
        Ok(Checked::Issues(issues))
    }

    /// Looks up which internal links lead to public articles.
    async fn link_targets<C: persistence::Connection>(
        &self,
        publications: &Publications<'_, C>,
        revision: &Revision,
        rich: &RichText,
    ) -> Result<HashMap<Slug, LinkTarget>, StoreError> {
        let slugs: Vec<Slug> = checks::internal_slugs(rich, &self.settings().checks);
        let known = publications.known_slugs(&slugs).await?;
        let targets = known.into_iter().map(|(slug, owner, public)| {
            let own = owner == revision.article;
            (slug, if public || own { LinkTarget::Public } else { LinkTarget::NotPublic })
        });
        Ok(targets.collect())
    }

    fn also_broken(
        &self,
        before: BrokenBefore,
        earlier: &RichText,
        targets: &HashMap<Slug, LinkTarget>,
    ) -> BrokenBefore {
        let mut broken = checks::broken_links(earlier, &self.settings().checks, targets);
        match before {
            BrokenBefore::All => return BrokenBefore::All,
            BrokenBefore::Links(links) => broken.extend(links),
            BrokenBefore::None => {}
        }
        BrokenBefore::Links(broken)
    }

    /// Checks that no issue prevents publication.
    ///
    /// # Errors
    /// [`WriteError::Checks`] with every issue that is an error, with the warnings that are not acknowledged, and with
    /// the acknowledged codes that no warning has.
    pub(super) fn require_publishable(
        &self,
        issues: &[Issue],
        acknowledged: &[IssueCode],
    ) -> WriteResult<()> {
        let mut errors: Vec<UserError> =
            issues.iter().filter(|issue| issue.severity == Severity::Error).map(user_error).collect();
        let mut warnings: Vec<IssueCode> = Vec::new();
        for issue in issues.iter().filter(|issue| issue.severity == Severity::Warning) {
            if !warnings.contains(&issue.code) {
                warnings.push(issue.code);
            }
        }
        for code in acknowledged.iter().filter(|code| !warnings.contains(code)) {
            let found = if warnings.is_empty() { "none".to_owned() } else { list(&warnings) };
            let message = format!(
                "`{}` was acknowledged, but there is no such warning: the warnings are {found}",
                code.as_str()
            );
            errors.push(UserError::at("acknowledge", UserErrorCode::NotApplicable, message));
        }
        let left: Vec<_> = warnings.into_iter().filter(|code| !acknowledged.contains(code)).collect();
        if self.settings().warnings == WarningPolicy::Acknowledge && !left.is_empty() {
            let message = format!(
                "there are warnings, which `issues` explains: correct the article, or accept the warnings with `acknowledge: [{}]`",
                list(&left)
            );
            errors.push(UserError::at("acknowledge", UserErrorCode::WarningsUnacknowledged, message));
        }
        if errors.is_empty() {
            return Ok(());
        }
        Err(WriteError::Checks { errors, issues: issues.to_vec() })
    }
}

/// The versions of an article that readers could see before this one: here, or on the site that it was imported from.
/// `None` stands for the version itself.
fn seen_versions(article: &Article, revision: &Revision) -> impl Iterator<Item = Option<Version>> {
    let imported = article.source.as_ref().map(|source| source.version).filter(|version| *version > 0);
    let version = revision.version;
    let seen = [article.published_version(), imported].into_iter().flatten();
    let mut seen: Vec<_> = seen.map(|seen| (seen != version).then_some(seen)).collect();
    seen.sort_unstable();
    seen.dedup();
    seen.into_iter()
}

fn list(codes: &[IssueCode]) -> String {
    codes.iter().map(|code| code.as_str()).collect::<Vec<_>>().join(", ")
}

fn user_error(issue: &Issue) -> UserError {
    let Issue { code: found, severity: _, path, message } = issue;
    let code = match found {
        IssueCode::BodyEmpty => UserErrorCode::Required,
        IssueCode::AltTextMissing => UserErrorCode::AltTextMissing,
        IssueCode::InternalLinkBroken => UserErrorCode::LinkBroken,
        _ => UserErrorCode::Invalid,
    };
    UserError {
        code,
        path: path.clone(),
        message: found.summary().to_owned(),
        in_full: Some(message.clone()),
        remedy: None,
    }
}
