//! Withdrawing articles.

use domain::{
    Action, ArticleId, AuditAction, RedirectTarget, Scope, Slug, UserError, UserErrorCode, Version,
    WithdrawReason, check_address,
};
use persistence::{Attempt, Write, WriteKind, WriteSet};

use super::{Saved, load, record, released_slugs};
use crate::{App, Caller, WriteResult, env, text};

/// How to withdraw an article.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WithdrawInput {
    /// What readers get instead.
    pub tombstone: Tombstone,
    /// A note for readers: why the article was withdrawn.
    pub note: Option<String>,
}

/// What readers of a withdrawn article get.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Tombstone {
    /// The information that the article is permanently gone.
    Gone,
    /// A redirect to a published article, named by slug, or to a page on another site, named by its `http(s)` URL.
    Redirect(String),
}

impl App {
    /// Withdraws an article, and cancels its schedule.
    ///
    /// # Errors
    /// When the article does not exist, has another version, or is not public, or when the redirect has no valid target
    /// or leads back to the article.
    pub async fn withdraw_article(
        &self,
        caller: &Caller,
        id: ArticleId,
        expected: Version,
        input: &WithdrawInput,
    ) -> WriteResult<Saved> {
        caller.require(Scope::ContentPublish)?;
        let WithdrawInput { tombstone, note } = input;
        let note = text::line(note.as_deref(), "note")?;
        let note = &note;
        let decide = |mut attempt: Attempt| async move {
            let now = env::now();
            let (article, revision) = load(&mut attempt, id).await?;
            // A wrong state is reported before a wrong redirect.
            article.expect(expected)?;
            article.require(Action::Withdraw)?;
            let reason = match tombstone {
                Tombstone::Gone => WithdrawReason::Gone,
                Tombstone::Redirect(to) => {
                    let site = self.settings().checks.site_url.as_deref();
                    WithdrawReason::Redirect(redirect_target(&attempt, id, to, site).await?)
                }
            };
            let article = article.withdraw(expected, reason.clone(), note.clone(), now)?;
            let edition = attempt.next_edition(env::new_mark(), now).await?;
            let mut writes = WriteSet::in_edition(edition, &caller.actor)
                .with(Write::Withdrawn(id))
                .with(Write::Article(article.clone()));
            writes.extend(released_slugs(&attempt, &article, &revision).await?);
            let mut shown = None;
            if let WithdrawReason::Redirect(target) = reason {
                shown = Some(match &target {
                    RedirectTarget::Article(id) => id.to_string(),
                    RedirectTarget::Url(url) => url.clone(),
                });
                writes.push(Write::RedirectsMoved { from: id, to: target });
            }
            let record = record(&caller.actor, now, AuditAction::ArticleWithdrawn, &article)
                .in_edition(edition.number)
                .with("reason", Some(if shown.is_some() { "REDIRECT" } else { "GONE" }))
                .with("redirectTo", shown)
                .with("note", note.as_ref());
            let saved = Saved { edition: Some(edition), ..Saved::new(article, revision) };
            Ok(attempt.commit(writes.audit(record), saved))
        };
        let saved = self.commit(caller.origin(), WriteKind::Public, decide).await?;
        self.deadlines().changed();
        Ok(saved)
    }
}

/// Resolves the target of a redirect. `site` is the URL of the site that shows the articles.
async fn redirect_target(
    attempt: &Attempt,
    from: ArticleId,
    to: &str,
    site: Option<&str>,
) -> WriteResult<RedirectTarget> {
    let shown = text::quoted(to);
    let loops = || {
        let message = format!("`{shown}` leads to the article that is being withdrawn: name another target");
        UserError::at("redirectTo", UserErrorCode::RedirectLoop, message)
    };
    let invalid = |reason: String| UserError::at("redirectTo", UserErrorCode::Invalid, reason);
    let elsewhere = to
        .split_once("://")
        .filter(|(scheme, _)| ["http", "https"].iter().any(|known| scheme.eq_ignore_ascii_case(known)));
    if let Some((_, rest)) = elsewhere {
        check_address(to).map_err(invalid)?;
        if rest.is_empty() || rest.starts_with(['/', '?', '#']) {
            let reason = format!("`{shown}` names no site: use a URL like https://www.example/page");
            return Err(invalid(reason).into());
        }
        // A URL on the site itself can lead back to this article.
        let own = site.filter(|site| to.starts_with(site.trim_end_matches('/')));
        if let Some(slug) = own.and_then(|_| Slug::of_address(to))
            && attempt.publications().find_by_slug(&slug).await?.is_some_and(|found| found.article == from)
        {
            return Err(loops().into());
        }
        return Ok(RedirectTarget::Url(to.to_owned()));
    }
    let found = match Slug::parse(to) {
        Ok(slug) => attempt.publications().find_by_slug(&slug).await?,
        Err(_) => None,
    };
    match found {
        None => {
            let message = format!(
                "no published article has the slug `{shown}`: name another one, or a URL like https://www.example/page, or withdraw as `GONE`"
            );
            Err(UserError::at("redirectTo", UserErrorCode::NotFound, message).into())
        }
        Some(found) if found.article == from => Err(loops().into()),
        Some(found) => Ok(RedirectTarget::Article(found.article)),
    }
}
