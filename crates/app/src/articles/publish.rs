//! Publishing articles: now, or at a scheduled time.

use std::collections::BTreeSet;

use domain::{
    Action, Article, ArticleId, AuditAction, Body, Content, CurrentLabels, EditionNumber, Revision, Schedule,
    Scope, Slug, Taxonomy, Timestamp, UserError, UserErrorCode, Version, ZonedInstant,
};
use editorial::checks::IssueCode;
use persistence::{Attempt, Decided, NewPublication, SlugClaim, Write, WriteKind, WriteSet};
use richtext::RichText;

use super::checks::Checked;
use super::rendered::Rendered;
use super::slugs::check_slug;
use super::{Saved, load, record, released_slugs, update};
use crate::{App, Caller, Field, WriteError, WriteResult, env, render, text};

/// How to publish an article.
#[derive(Debug, Clone, Default)]
pub struct PublishInput {
    /// When, in the format of RFC 9557. Without a value, now.
    pub at: Option<String>,
    /// When the publication expires. If it is left out, the current value stays.
    pub expires_at: Field<String>,
    /// The warnings that the editor accepts.
    pub acknowledge: Vec<IssueCode>,
    /// A note for readers: what the publication corrects.
    pub note: Option<String>,
}

/// An instant that passed less than this long ago counts as now: clocks differ, and requests take time.
const TOLERANCE: std::time::Duration = std::time::Duration::from_secs(60);

impl App {
    /// Publishes the working copy, or schedules its publication. If that version is public already, only its expiry
    /// changes, and the result has the edition that published it.
    ///
    /// # Errors
    /// When the article does not exist, has another version, or lacks the approval that the policy requires, or when the
    /// checks find errors, or warnings that are not acknowledged.
    pub async fn publish_article(
        &self,
        caller: &Caller,
        id: ArticleId,
        expected: Version,
        input: &PublishInput,
    ) -> WriteResult<Saved> {
        caller.require(Scope::ContentPublish)?;
        let times = Times::parse(input, env::now())?;
        let note = text::line(input.note.as_deref(), "note")?;
        let rendered = Rendered::default();
        if let Some(revision) = self.store().revision_ahead(id, expected).await? {
            rendered.add(&revision).await;
        }
        let publish = Publish {
            app: self,
            caller,
            id,
            expected,
            times: &times,
            note: note.as_ref(),
            input,
            rendered: &rendered,
        };
        let (mut saved, published_in) = match &times.at {
            None => {
                let decide = |attempt| publish.now(attempt);
                self.commit(caller.origin(), WriteKind::Public, decide).await?
            }
            Some(at) => {
                let decide = |attempt| publish.later(attempt, at);
                self.commit(caller.origin(), WriteKind::Private, decide).await?
            }
        };
        if times.at.is_some() || saved.article.expires.is_some() || saved.article.editorial.due_at.is_some() {
            self.deadlines().changed();
        }
        if let Some(number) = published_in {
            saved.edition = self.edition(number).await?;
        }
        Ok(saved)
    }

    /// Cancels the schedule of an article.
    ///
    /// # Errors
    /// When the article does not exist, has another version, or has no schedule.
    pub async fn cancel_schedule(
        &self,
        caller: &Caller,
        id: ArticleId,
        expected: Version,
    ) -> WriteResult<Saved> {
        caller.require(Scope::ContentPublish)?;
        let decide = |mut attempt: Attempt| async move {
            let (article, revision) = load(&mut attempt, id).await?;
            let scheduled = article.schedule.clone();
            let article = article.cancel_schedule(expected)?;
            let at = scheduled.map(|schedule| schedule.publish.local());
            let record = record(&caller.actor, env::now(), AuditAction::ArticleScheduleCancelled, &article)
                .with("scheduledFor", at);
            let mut writes = update(&article, record);
            writes.extend(released_slugs(&attempt, &article, &revision).await?);
            Ok(attempt.commit(writes, Saved::new(article, revision)))
        };
        let saved = self.commit(caller.origin(), WriteKind::Private, decide).await?;
        self.deadlines().changed();
        Ok(saved)
    }
}

/// The article after publishing. If the version was public already, also the edition that had published it.
type Published = (Saved, Option<EditionNumber>);

/// A request to publish an article.
#[derive(Clone, Copy)]
struct Publish<'a> {
    app: &'a App,
    caller: &'a Caller,
    id: ArticleId,
    expected: Version,
    times: &'a Times,
    /// A note for readers: what the publication corrects.
    note: Option<&'a String>,
    input: &'a PublishInput,
    rendered: &'a Rendered,
}

impl Publish<'_> {
    /// Decides how to publish now.
    async fn now(self, mut attempt: Attempt) -> WriteResult<Decided<Published>> {
        let Self { app, caller, id, expected, times, note, input, rendered } = self;
        let (mut article, revision) = load(&mut attempt, id).await?;
        let taxonomy = app.taxonomy_for(&mut attempt).await?;
        let now = env::now();
        article.expect(expected)?;
        article.require(Action::Publish)?;
        if note.is_some() {
            article.expect_correctable()?;
        }
        // This publication replaces the scheduled one and takes over its expiry.
        let scheduled = article.schedule.as_ref().and_then(|schedule| schedule.expires.clone());
        let scheduled = scheduled.filter(|expires| expires.at > now);
        let expires = times.expires.clone().apply(article.expires.clone().or(scheduled));
        if let Some(number) = article.published_as_is() {
            if expires == article.expires {
                let saved = Saved::new(article, revision);
                return Ok(Decided::nothing(attempt, (saved, Some(number))));
            }
            // The expiry is not public, so this needs no edition.
            article.expires = expires;
            let ends = article.expires.as_ref().map(ZonedInstant::local);
            let record = record(&caller.actor, now, AuditAction::ArticleExpirySet, &article);
            let writes = update(&article, record.with("expiresAt", ends));
            return Ok(attempt.commit(writes, (Saved::new(article, revision), Some(number))));
        }
        article.expires = expires;
        app.settings().review.may_publish(expected, &article.review)?;
        let Some(rich) = rendered.text(&attempt, &revision) else {
            drop(attempt);
            rendered.add(&revision).await;
            return Ok(Decided::again());
        };
        let checked =
            app.run_checks(&attempt, &article, &taxonomy, (&revision, &*rich), rendered, now).await?;
        let issues = match checked {
            Checked::Issues(issues) => issues,
            Checked::Unrendered(earlier) => {
                drop(attempt);
                rendered.add(&earlier).await;
                return Ok(Decided::again());
            }
        };
        app.require_publishable(&issues, &input.acknowledge)?;
        check_slug(&attempt, &revision.content.slug, id).await?;
        let edition = attempt.next_edition(env::new_mark(), now).await?;
        let replaces = article.published_version().is_some();
        let article = article.publish(expected, revision.content.published_at, now, edition.number)?;
        let article = article.corrected(domain::truncate(now), note.cloned());
        let record = record(&caller.actor, now, AuditAction::ArticlePublished, &article)
            .in_edition(edition.number)
            .with("note", note)
            .with("acknowledged", codes(&input.acknowledge))
            .with("expiresAt", article.expires.as_ref().map(ZonedInstant::local));
        let body = render::into_body(&revision.content.body, RichText::clone(&rich));
        let publishing =
            Publishing { article: &article, revision: &revision, body, replaces, updated_at: now };
        let mut writes = WriteSet::in_edition(edition, &caller.actor);
        // All writers lock the article before its slugs, to avoid deadlocks.
        writes.push(Write::Article(article.clone()));
        writes.extend(publication(publishing, &taxonomy, edition.number));
        if article.version > 1 {
            let keep = public_slugs(&revision.content).collect();
            writes.push(Write::SlugsReleased { owner: id, keep });
        }
        let saved = Saved { edition: Some(edition), issues, ..Saved::new(article, revision) };
        Ok(attempt.commit(writes.audit(record), (saved, None)))
    }

    /// Decides how to schedule the publication.
    async fn later(self, mut attempt: Attempt, at: &ZonedInstant) -> WriteResult<Decided<Published>> {
        let Self { app, caller, id, expected, times, note, input, rendered } = self;
        let (article, revision) = load(&mut attempt, id).await?;
        let taxonomy = app.taxonomy_for(&mut attempt).await?;
        let now = env::now();
        let last = match &article.schedule {
            Some(schedule) => schedule.expires.clone(),
            None => article.expires.clone(),
        };
        let last = last.filter(|expires| expires.at > at.at);
        let schedule = Schedule {
            version: expected,
            publish: at.clone(),
            expires: times.expires.clone().apply(last),
            by: caller.actor.clone(),
            note: note.cloned(),
        };
        // A wrong state is reported before problems of the content.
        let correctable = article.expect_correctable();
        let article = article.schedule(expected, schedule)?;
        if note.is_some() {
            correctable?;
        }
        app.settings().review.may_publish(expected, &article.review)?;
        let Some(rich) = rendered.text(&attempt, &revision) else {
            drop(attempt);
            rendered.add(&revision).await;
            return Ok(Decided::again());
        };
        let checked =
            app.run_checks(&attempt, &article, &taxonomy, (&revision, &*rich), rendered, at.at).await?;
        let issues = match checked {
            Checked::Issues(issues) => issues,
            Checked::Unrendered(earlier) => {
                drop(attempt);
                rendered.add(&earlier).await;
                return Ok(Decided::again());
            }
        };
        app.require_publishable(&issues, &input.acknowledge)?;
        let expires = article.schedule.as_ref().and_then(|schedule| schedule.expires.as_ref());
        let record = record(&caller.actor, now, AuditAction::ArticleScheduled, &article)
            .with("scheduledFor", Some(at.local()))
            .with("note", note)
            .with("acknowledged", codes(&input.acknowledge))
            .with("expiresAt", expires.map(ZonedInstant::local));
        let mut writes = update(&article, record);
        writes.extend(released_slugs(&attempt, &article, &revision).await?);
        Ok(attempt.commit(writes, (Saved { issues, ..Saved::new(article, revision) }, None)))
    }
}

fn codes(acknowledged: &[IssueCode]) -> Option<String> {
    let codes: Vec<_> = acknowledged.iter().map(|code| code.as_str()).collect();
    (!codes.is_empty()).then(|| codes.join(" "))
}

/// The parsed instants of a request.
struct Times {
    /// When to publish. `None` means now.
    at: Option<ZonedInstant>,
    expires: Field<ZonedInstant>,
}

impl Times {
    fn parse(input: &PublishInput, now: Timestamp) -> Result<Self, WriteError> {
        let PublishInput { at, expires_at, acknowledge: _, note: _ } = input;
        let mut errors = Vec::new();
        let mut read = |path: &str, text: &str| {
            let parsed = ZonedInstant::parse(text);
            parsed.map_err(|error| errors.push(UserError::at(path, UserErrorCode::Invalid, error))).ok()
        };
        let at = at.as_deref().and_then(|text| read("at", text));
        let expires = match expires_at {
            Field::Keep => Field::Keep,
            Field::Clear => Field::Clear,
            Field::Set(text) => read("expiresAt", text).map_or(Field::Keep, Field::Set),
        };
        if let Some(at) = &at
            && now.duration_since(at.at) > TOLERANCE.try_into().unwrap_or_default()
        {
            let message = format!(
                "`at` is {}, which has passed: name a time in the future, or leave it out to publish now",
                at.local()
            );
            errors.push(UserError::at("at", UserErrorCode::InPast, message));
        }
        if let Field::Set(expires) = &expires {
            let begins = at.as_ref().map_or(now, |at| at.at.max(now));
            let local = expires.local();
            if expires.at <= now {
                let message = format!("`expiresAt` is {local}, which has passed: name a time in the future");
                errors.push(UserError::at("expiresAt", UserErrorCode::InPast, message));
            } else if expires.at <= begins {
                let message =
                    format!("`expiresAt` is {local}, which is not after the publication: name a later time");
                errors.push(UserError::at("expiresAt", UserErrorCode::Invalid, message));
            }
        }
        WriteError::check(errors)?;
        Ok(Self { at: at.filter(|at| at.at > now), expires })
    }
}

/// A version to publish.
pub(crate) struct Publishing<'a> {
    /// The article in its new state.
    pub(crate) article: &'a Article,
    /// The revision to publish.
    pub(crate) revision: &'a Revision,
    /// The rendered body.
    pub(crate) body: Body,
    /// Whether the article is public already.
    pub(crate) replaces: bool,
    /// The date of the last change that readers see.
    pub(crate) updated_at: Timestamp,
}

/// Returns the writes that publish a version in an edition, without the one for the article's own row.
pub(crate) fn publication(
    publishing: Publishing<'_>,
    taxonomy: &Taxonomy,
    edition: EditionNumber,
) -> Vec<Write> {
    let Publishing { article, revision, body, replaces, updated_at } = publishing;
    let owner = article.id;
    let Content { tags, topics, authors, .. } = &revision.content;
    let CurrentLabels { tags, topics, authors } = taxonomy.current_labels(tags, topics, authors);
    let publication = NewPublication {
        article: owner,
        version: revision.version,
        edition,
        excerpt: revision.content.excerpt.clone().unwrap_or_else(|| render::excerpt(&body)),
        content: Content { tags, topics, authors, body: String::new(), ..revision.content.clone() },
        body,
        external_ref: article.external_ref.clone(),
        corrections: article.corrections.clone(),
        published_at: article.first_published_at.unwrap_or(updated_at),
        updated_at,
        replaces,
    };
    let own = &revision.content.slug;
    let claims = public_slugs(&revision.content).map(|slug| {
        // An alias can belong to another article, which then keeps it.
        let is_required = slug == *own;
        Write::SlugClaimed(SlugClaim { slug, owner, is_public: true, is_required })
    });
    std::iter::once(Write::Published(Box::new(publication))).chain(claims).collect()
}

/// Returns the slugs by which readers find a version once it is public: its own slug, and those of its aliases.
fn public_slugs(content: &Content) -> impl Iterator<Item = Slug> + use<> {
    let aliases = content.aliases.iter().filter_map(|alias| Slug::of_address(alias));
    aliases.chain([content.slug.clone()]).collect::<BTreeSet<_>>().into_iter()
}
