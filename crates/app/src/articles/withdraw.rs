//! Taking articles from the public.

use domain::{
    Action, ArticleId, AuditAction, RedirectTarget, Scope, Slug, UserError, UserErrorCode, Version,
    WithdrawReason, check_address,
};
use persistence::{Attempt, Write, WriteKind, WriteSet};

use super::{Saved, load, record, released_slugs};
use crate::{App, Caller, WriteResult, env};

/// What readers who ask for a withdrawn article are to get.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum WithdrawInput {
    /// The word that it is gone for good.
    Gone,
    /// Something else: a published article, by slug, or a page elsewhere, by its `http(s)` address.
    Redirect(String),
}

impl App {
    /// Takes an article from the public, and calls off what was scheduled.
    ///
    /// # Errors
    /// When there is no such article, it has changed since, is not public, or the redirect leads
    /// nowhere or in a circle.
    pub async fn withdraw_article(
        &self,
        caller: &Caller,
        id: ArticleId,
        expected: Version,
        input: &WithdrawInput,
    ) -> WriteResult<Saved> {
        caller.require(Scope::ContentPublish)?;
        let decide = |mut attempt: Attempt| async move {
            let now = env::now();
            let (article, revision) = load(&mut attempt, id).await?;
            // What cannot be withdrawn is refused before what is wrong with the redirect.
            article.expect(expected)?;
            article.require(Action::Withdraw)?;
            let reason = match input {
                WithdrawInput::Gone => WithdrawReason::Gone,
                WithdrawInput::Redirect(to) => {
                    let site = self.settings().checks.site_url.as_deref();
                    WithdrawReason::Redirect(target(&attempt, id, to, site).await?)
                }
            };
            let article = article.withdraw(expected, reason.clone(), now)?;
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
                .with("redirectTo", shown);
            let saved = Saved { edition: Some(edition), ..Saved::new(article, revision) };
            Ok(attempt.commit(writes.audit(record), saved))
        };
        let saved = self.commit(caller.origin(), WriteKind::Public, decide).await?;
        self.deadlines_changed();
        Ok(saved)
    }
}

/// What a redirect ends at. `site` is the address of the site that shows the articles.
async fn target(
    attempt: &Attempt,
    from: ArticleId,
    to: &str,
    site: Option<&str>,
) -> WriteResult<RedirectTarget> {
    let shown: String = to.chars().take(100).collect();
    let loops = || {
        let message = format!("`{shown}` leads to the article that is being withdrawn: name another one");
        UserError::at("redirectTo", UserErrorCode::RedirectLoop, message)
    };
    let invalid = |reason: String| UserError::at("redirectTo", UserErrorCode::Invalid, reason);
    let elsewhere = to
        .split_once("://")
        .filter(|(scheme, _)| ["http", "https"].iter().any(|known| scheme.eq_ignore_ascii_case(known)));
    if let Some((_, rest)) = elsewhere {
        check_address(to).map_err(invalid)?;
        if rest.is_empty() || rest.starts_with(['/', '?', '#']) {
            let reason = format!("`{shown}` names no site: use an address like https://www.example/page");
            return Err(invalid(reason).into());
        }
        // An address on the site itself may come back here.
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
                "no published article has the slug `{shown}`: name one, or an address like https://www.example/page, or withdraw as `GONE`"
            );
            Err(UserError::at("redirectTo", UserErrorCode::NotFound, message).into())
        }
        Some(found) if found.article == from => Err(loops().into()),
        Some(found) => Ok(RedirectTarget::Article(found.article)),
    }
}
