//! Making articles public: now, or at a time to come.

use std::collections::BTreeSet;

use domain::{
    Action, Article, ArticleId, AuditAction, Body, Content, EditionNumber, Revision, Schedule, Scope, Slug,
    Taxonomy, Timestamp, UserError, UserErrorCode, Version, ZonedInstant,
};
use editorial::checks::IssueCode;
use persistence::{Attempt, Decided, NewPublication, SlugClaim, Write, WriteKind, WriteSet};
use richtext::RichText;

use super::rendered::Rendered;
use super::slugs::check_slug;
use super::{Saved, keep, load, record, released_slugs};
use crate::{App, Caller, Field, WriteError, WriteResult, env, render};

/// How an article is to be published.
#[derive(Debug, Clone, Default)]
pub struct PublishInput {
    /// When, as RFC 9557 writes it; at once, when nothing is said.
    pub at: Option<String>,
    /// When it ends again. Left out, it stays as it is.
    pub expires_at: Field<String>,
    /// The warnings that the editor has seen and accepts.
    pub acknowledge: Vec<IssueCode>,
}

/// How late an instant may come to count as now: clocks differ, and requests take time.
const TOLERANCE: std::time::Duration = std::time::Duration::from_secs(60);

impl App {
    /// Makes the working copy public, or schedules that. Publishing what is public already changes
    /// nothing but its end, and answers the edition that made it so.
    ///
    /// # Errors
    /// When there is no such article, it has changed since, was not approved by whom the policy asks
    /// for, or the checks find errors, or warnings that were not acknowledged.
    pub async fn publish_article(
        &self,
        caller: &Caller,
        id: ArticleId,
        expected: Version,
        input: &PublishInput,
    ) -> WriteResult<Saved> {
        caller.require(Scope::ContentPublish)?;
        let times = Times::parse(input, env::now())?;
        let rendered = Rendered::default();
        if let Some(revision) = self.store().revision_ahead(id, expected).await? {
            rendered.add(&revision).await;
        }
        let publish = Publish { app: self, caller, id, expected, times: &times, input, rendered: &rendered };
        let (mut saved, before) = match &times.at {
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
            self.deadlines_changed();
        }
        if let Some(number) = before {
            saved.edition = self.edition(number).await?;
        }
        Ok(saved)
    }

    /// Calls off what was scheduled.
    ///
    /// # Errors
    /// When there is no such article, it has changed since, or nothing was scheduled.
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
            let mut writes = keep(&article, record);
            writes.extend(released_slugs(&attempt, &article, &revision).await?);
            Ok(attempt.commit(writes, Saved::new(article, revision)))
        };
        let saved = self.commit(caller.origin(), WriteKind::Private, decide).await?;
        self.deadlines_changed();
        Ok(saved)
    }
}

/// What came of publishing, and the edition that had made the article public before, if nothing else was to be done.
type Published = (Saved, Option<EditionNumber>);

/// A request to publish.
#[derive(Clone, Copy)]
struct Publish<'a> {
    app: &'a App,
    caller: &'a Caller,
    id: ArticleId,
    expected: Version,
    times: &'a Times,
    input: &'a PublishInput,
    rendered: &'a Rendered,
}

impl Publish<'_> {
    async fn now(self, mut attempt: Attempt) -> WriteResult<Decided<Published>> {
        let Self { app, caller, id, expected, times, input, rendered } = self;
        let (mut article, revision) = load(&mut attempt, id).await?;
        let taxonomy = app.taxonomy_for(&mut attempt).await?;
        let now = env::now();
        article.expect(expected)?;
        article.require(Action::Publish)?;
        // The end of what was scheduled is that of what takes its place, too.
        let planned = article.schedule.as_ref().and_then(|schedule| schedule.expires.clone());
        let planned = planned.filter(|expires| expires.at > now);
        let expires = times.expires.clone().apply(article.expires.clone().or(planned));
        if let Some(number) = article.published_as_is() {
            if expires == article.expires {
                let saved = Saved::new(article, revision);
                return Ok(Decided::nothing(attempt, (saved, Some(number))));
            }
            // What the public sees does not change.
            article.expires = expires;
            let ends = article.expires.as_ref().map(ZonedInstant::local);
            let record = record(&caller.actor, now, AuditAction::ArticleExpirySet, &article);
            let writes = keep(&article, record.with("expiresAt", ends));
            return Ok(attempt.commit(writes, (Saved::new(article, revision), Some(number))));
        }
        article.expires = expires;
        app.settings().review.may_publish(expected, &article.review)?;
        let Some(rich) = rendered.text(&attempt, &revision) else {
            drop(attempt);
            rendered.add(&revision).await;
            return Ok(Decided::again());
        };
        let issues = app.run_checks(&attempt.publications(), &revision, &rich, now).await?;
        app.decide(&issues, &input.acknowledge)?;
        check_slug(&attempt, &revision.content.slug, id).await?;
        let edition = attempt.next_edition(env::new_mark(), now).await?;
        let replaces = article.published_version().is_some();
        let article = article.publish(expected, revision.content.published_at, now, edition.number)?;
        let record = record(&caller.actor, now, AuditAction::ArticlePublished, &article)
            .in_edition(edition.number)
            .with("acknowledged", codes(&input.acknowledge))
            .with("expiresAt", article.expires.as_ref().map(ZonedInstant::local));
        let body = render::into_body(&revision.content.body, RichText::clone(&rich));
        let publishing =
            Publishing { article: &article, revision: &revision, body, replaces, updated_at: now };
        let mut writes = WriteSet::in_edition(edition, &caller.actor);
        // In the order in which the others take hold of rows: the article before its slugs.
        writes.push(Write::Article(article.clone()));
        writes.extend(publication(publishing, &taxonomy, edition.number));
        if article.version > 1 {
            let keep = public_slugs(&revision.content).collect();
            writes.push(Write::SlugsReleased { owner: id, keep });
        }
        let saved = Saved { edition: Some(edition), issues, ..Saved::new(article, revision) };
        Ok(attempt.commit(writes.audit(record), (saved, None)))
    }

    async fn later(self, mut attempt: Attempt, at: &ZonedInstant) -> WriteResult<Decided<Published>> {
        let Self { app, caller, id, expected, times, input, rendered } = self;
        let (article, revision) = load(&mut attempt, id).await?;
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
        };
        // What cannot be scheduled is refused before what is wrong with the text.
        let article = article.schedule(expected, schedule)?;
        app.settings().review.may_publish(expected, &article.review)?;
        let Some(rich) = rendered.text(&attempt, &revision) else {
            drop(attempt);
            rendered.add(&revision).await;
            return Ok(Decided::again());
        };
        let issues = app.run_checks(&attempt.publications(), &revision, &rich, at.at).await?;
        app.decide(&issues, &input.acknowledge)?;
        let expires = article.schedule.as_ref().and_then(|schedule| schedule.expires.as_ref());
        let record = record(&caller.actor, now, AuditAction::ArticleScheduled, &article)
            .with("scheduledFor", Some(at.local()))
            .with("acknowledged", codes(&input.acknowledge))
            .with("expiresAt", expires.map(ZonedInstant::local));
        let mut writes = keep(&article, record);
        writes.extend(released_slugs(&attempt, &article, &revision).await?);
        Ok(attempt.commit(writes, (Saved { issues, ..Saved::new(article, revision) }, None)))
    }
}

fn codes(acknowledged: &[IssueCode]) -> Option<String> {
    let codes: Vec<_> = acknowledged.iter().map(|code| code.as_str()).collect();
    (!codes.is_empty()).then(|| codes.join(" "))
}

/// The instants of a request, read.
struct Times {
    /// When it is to become public; nothing for now.
    at: Option<ZonedInstant>,
    expires: Field<ZonedInstant>,
}

impl Times {
    fn parse(input: &PublishInput, now: Timestamp) -> Result<Self, WriteError> {
        let PublishInput { at, expires_at, acknowledge: _ } = input;
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
                "`at` is {}, which has passed: name a time to come, or leave it out to publish now",
                at.local()
            );
            errors.push(UserError::at("at", UserErrorCode::InPast, message));
        }
        if let Field::Set(expires) = &expires {
            let begins = at.as_ref().map_or(now, |at| at.at.max(now));
            let local = expires.local();
            if expires.at <= now {
                let message = format!("`expiresAt` is {local}, which has passed: name a time to come");
                errors.push(UserError::at("expiresAt", UserErrorCode::InPast, message));
            } else if expires.at <= begins {
                let message = format!(
                    "`expiresAt` is {local}, which is not after the publication: it would end before it begins"
                );
                errors.push(UserError::at("expiresAt", UserErrorCode::Invalid, message));
            }
        }
        WriteError::check(errors)?;
        Ok(Self { at: at.filter(|at| at.at > now), expires })
    }
}

/// A version that becomes public.
pub(crate) struct Publishing<'a> {
    /// The article, as it is then.
    pub(crate) article: &'a Article,
    /// The version.
    pub(crate) revision: &'a Revision,
    /// Its body, rendered.
    pub(crate) body: Body,
    /// Whether the article is public already.
    pub(crate) replaces: bool,
    /// What readers see as the last change.
    pub(crate) updated_at: Timestamp,
}

/// What makes a version public in an edition, beside the article's own row.
pub(crate) fn publication(
    publishing: Publishing<'_>,
    taxonomy: &Taxonomy,
    edition: EditionNumber,
) -> Vec<Write> {
    let Publishing { article, revision, body, replaces, updated_at } = publishing;
    let owner = article.id;
    let tags = taxonomy.resolve_tags(&revision.content.tags).iter().map(|tag| tag.id).collect();
    let publication = NewPublication {
        article: owner,
        version: revision.version,
        edition,
        excerpt: revision.content.excerpt.clone().unwrap_or_else(|| render::excerpt(&body)),
        content: Content { tags, body: String::new(), ..revision.content.clone() },
        body,
        external_ref: article.external_ref.clone(),
        published_at: article.first_published_at.unwrap_or(updated_at),
        updated_at,
        replaces,
    };
    let own = &revision.content.slug;
    let claims = public_slugs(&revision.content).map(|slug| {
        // An alias that belongs to another article stays with it.
        let is_required = slug == *own;
        Write::SlugClaimed(SlugClaim { slug, owner, is_public: true, is_required })
    });
    std::iter::once(Write::Published(Box::new(publication))).chain(claims).collect()
}

/// The slugs that readers find a version by, once it is public: its own, and those of its aliases.
fn public_slugs(content: &Content) -> impl Iterator<Item = Slug> + use<> {
    let aliases = content.aliases.iter().filter_map(|alias| Slug::of_address(alias));
    aliases.chain([content.slug.clone()]).collect::<BTreeSet<_>>().into_iter()
}
