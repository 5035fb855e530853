//! Making articles public: now, or at a time to come.

use domain::{
    Action, Article, ArticleId, ArticleState, AuditAction, AuditRecord, Body, Content, EditionNumber, Parts,
    Publication, Revision, Schedule, Scope, Slug, Taxonomy, Timestamp, UserError, UserErrorCode, Version,
    ZonedInstant,
};
use editorial::checks::{Issue, IssueCode};
use persistence::{Database, EditionTx, Publications, Seen};
use richtext::RichText;

use super::slugs::claim_slug;
use super::{Saved, keep, load, overtaken, record};
use crate::error::retry;
use crate::{App, Caller, Field, StoreError, WriteError, WriteResult, env, render};

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
        // A revision never changes, so that it can be rendered while nobody waits.
        let mut rendered = None;
        if self.store().database() == Database::Sqlite {
            rendered = self.rendered_ahead(id, expected).await?;
        }
        loop {
            let publish = Publish { caller, id, expected, times: &times, input, rendered: rendered.as_ref() };
            let step = match &times.at {
                None => match overtaken(publish.at_once(self).await)? {
                    Some(step) => step,
                    None => retry!({ publish.now(self).await })?,
                },
                Some(at) => retry!({ publish.later(self, at).await })?,
            };
            match step {
                Step::Done(saved) => return Ok(*saved),
                Step::Render(markdown) => rendered = Some(render::markdown(&markdown).await),
            }
        }
    }

    /// The text of a revision as readers get it, read before anybody has to wait.
    async fn rendered_ahead(&self, id: ArticleId, version: Version) -> Result<Option<RichText>, StoreError> {
        Ok(match self.store().articles().revision(id, version).await? {
            Some(revision) => Some(render::markdown(&revision.content.body).await),
            None => None,
        })
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
        retry!({
            let tx = self.store().begin(caller.origin()).await?;
            let (article, revision) = load(&tx.articles(), id).await?;
            let scheduled = article.schedule.clone();
            let article = article.cancel_schedule(expected)?;
            super::release_slugs(&tx.articles(), &article, &revision).await?;
            let at = scheduled.map(|schedule| schedule.publish.local());
            let record = record(&caller.actor, env::now(), AuditAction::ArticleScheduleCancelled, &article)
                .with("scheduledFor", at);
            let saved = keep(tx, article, revision, &record).await?;
            self.deadlines_changed();
            Ok(saved)
        })
    }
}

/// What came of an attempt.
enum Step {
    Done(Box<Saved>),
    /// The text has to be rendered first, while nobody waits.
    Render(String),
}

impl Step {
    fn done(saved: Saved) -> Self {
        Self::Done(Box::new(saved))
    }
}

/// A request to publish.
#[derive(Clone, Copy)]
struct Publish<'a> {
    caller: &'a Caller,
    id: ArticleId,
    expected: Version,
    times: &'a Times,
    input: &'a PublishInput,
    rendered: Option<&'a RichText>,
}

impl Publish<'_> {
    async fn now(&self, app: &App) -> WriteResult<Step> {
        let Self { caller, id, expected, times, input: _, rendered: _ } = *self;
        let (mut tx, taxonomy) = app.begin_edition(caller.origin()).await?;
        let now = env::now();
        let (mut article, revision) = load(&tx.articles(), id).await?;
        article.expect(expected)?;
        article.require(Action::Publish)?;
        // The end of what was scheduled is that of what takes its place, too.
        let planned = article.schedule.as_ref().and_then(|schedule| schedule.expires.clone());
        let planned = planned.filter(|expires| expires.at > now);
        let expires = times.expires.clone().apply(article.expires.clone().or(planned));
        if let Some(number) = article.published_as_is() {
            if expires == article.expires {
                drop(tx);
            } else {
                article.expires = expires;
                tx.articles().update(&article).await?;
                let ends = article.expires.as_ref().map(ZonedInstant::local);
                let record = record(&caller.actor, now, AuditAction::ArticleExpirySet, &article);
                tx.audit().record(&record.with("expiresAt", ends)).await?;
                // What the public sees does not change.
                tx.commit(now, env::new_mark(), &caller.actor).await?;
                app.deadlines_changed();
            }
            let edition = app.edition(number).await?;
            return Ok(Step::done(Saved { edition, ..Saved::new(article, revision) }));
        }
        article.expires = expires;
        let publications = tx.publications();
        let Some(ready) = self.ready(app, &publications, article, &revision, tx.edition(), now).await? else {
            return Ok(Step::Render(revision.content.body));
        };
        let Ready { article, issues, body, record } = ready;
        make_public(&mut tx, &taxonomy, &article, expected, &revision.content, &body, now).await?;
        tx.record_in_audit(&record)?;
        super::release_slugs(&tx.articles(), &article, &revision).await?;
        let edition = tx.commit(now, env::new_mark(), &caller.actor).await?;
        if article.expires.is_some() || article.editorial.due_at.is_some() {
            app.deadlines_changed();
        }
        let edition = Some(edition.made_at(now));
        Ok(Step::done(Saved { edition, issues, ..Saved::new(article, revision) }))
    }

    /// Publishes what never was public in one statement; nothing where that cannot be.
    async fn at_once(&self, app: &App) -> WriteResult<Option<Step>> {
        let Self { caller, id, expected, times, input: _, rendered: _ } = *self;
        let Some(mut write) = app.store().at_once(caller.origin()) else { return Ok(None) };
        // Those of one node come after each other, so that they need not overtake each other.
        let _turn = app.turn().await;
        let Some(mut seen) = write.article(id).await? else { return Ok(None) };
        let Some(taxonomy) = app.known_taxonomy(seen.taxonomy) else { return Ok(None) };
        let Seen { article, revision, .. } = &seen;
        if article.state != ArticleState::Draft
            || article.schedule.is_some()
            || !revision.content.aliases.is_empty()
        {
            return Ok(None);
        }
        article.expect(expected)?;
        article.require(Action::Publish)?;
        let now = env::now();
        let mut article = article.clone();
        article.expires = times.expires.clone().apply(article.expires.take());
        let edition = seen.next_edition(env::new_mark(), now);
        let publications = write.publications();
        let body = &revision.content.body;
        // Nobody waits for what is written at once.
        let is_short = body.len() <= render::INLINE;
        let short = (self.rendered.is_none() && is_short).then(|| richtext::render(body));
        let publish = Publish { rendered: self.rendered.or(short.as_ref()), ..*self };
        let ready = publish.ready(app, &publications, article, revision, edition.number, now).await?;
        let Some(ready) = ready else {
            return Ok(Some(Step::Render(std::mem::take(&mut seen.revision.content.body))));
        };
        let Ready { article, issues, body, record } = ready;
        let content = &revision.content;
        let publication = Publication {
            key: seen.key,
            ..publication(&article, &taxonomy, expected, edition.number, content, &body, now)
        };
        write.publish_first(&publication, &body, &seen, edition, &caller.actor)?;
        // In the order in which the others take hold of rows: the article before its slugs.
        write.update(&article, &seen)?;
        write.claim_slug(&content.slug, id, true);
        if article.version > 1 {
            write.release_slugs(id, &[&content.slug]);
        }
        write.record_in_audit(&record)?;
        write.commit().await?;
        if article.expires.is_some() || article.editorial.due_at.is_some() {
            app.deadlines_changed();
        }
        let saved = Saved { edition: Some(edition), issues, ..Saved::new(article, seen.revision) };
        Ok(Some(Step::done(saved)))
    }

    /// What is to be written, unless something holds it up; nothing when the text has to be rendered first.
    async fn ready<C: persistence::Connection>(
        &self,
        app: &App,
        publications: &Publications<'_, C>,
        article: Article,
        revision: &Revision,
        edition: EditionNumber,
        now: Timestamp,
    ) -> WriteResult<Option<Ready>> {
        let Self { caller, expected, input, rendered, .. } = *self;
        app.settings().review.may_publish(expected, &article.review)?;
        let Some(rich) = rendered else { return Ok(None) };
        let issues = app.run_checks(publications, revision, rich, now).await?;
        app.decide(&issues, &input.acknowledge)?;
        let body = render::into_body(&revision.content.body, rich.clone());
        let article = article.publish(expected, revision.content.published_at, now, edition)?;
        let record = record(&caller.actor, now, AuditAction::ArticlePublished, &article)
            .in_edition(edition)
            .with("acknowledged", codes(&input.acknowledge))
            .with("expiresAt", article.expires.as_ref().map(ZonedInstant::local));
        Ok(Some(Ready { article, issues, body, record }))
    }

    async fn later(&self, app: &App, at: &ZonedInstant) -> WriteResult<Step> {
        let Self { caller, id, expected, times, input, rendered } = *self;
        let tx = app.store().begin(caller.origin()).await?;
        let now = env::now();
        let (article, revision) = load(&tx.articles(), id).await?;
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
        let Some(rich) = rendered else { return Ok(Step::Render(revision.content.body)) };
        let issues = app.run_checks(&tx.publications(), &revision, rich, at.at).await?;
        app.decide(&issues, &input.acknowledge)?;
        tx.articles().update(&article).await?;
        super::release_slugs(&tx.articles(), &article, &revision).await?;
        let expires = article.schedule.as_ref().and_then(|schedule| schedule.expires.as_ref());
        let record = record(&caller.actor, now, AuditAction::ArticleScheduled, &article)
            .with("scheduledFor", Some(at.local()))
            .with("acknowledged", codes(&input.acknowledge))
            .with("expiresAt", expires.map(ZonedInstant::local));
        tx.audit().record(&record).await?;
        tx.commit().await?;
        app.deadlines_changed();
        Ok(Step::done(Saved { issues, ..Saved::new(article, revision) }))
    }
}

/// What publishing an article comes to.
struct Ready {
    /// As it is then.
    article: Article,
    issues: Vec<Issue>,
    body: Body,
    record: AuditRecord,
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

/// Makes content public as a version of an article that has become `PUBLISHED`. `updated_at` is what
/// readers see as the last change.
pub(crate) async fn make_public(
    tx: &mut EditionTx,
    taxonomy: &Taxonomy,
    article: &Article,
    version: Version,
    content: &Content,
    body: &Body,
    updated_at: Timestamp,
) -> WriteResult<()> {
    let id = article.id;
    let publication = publication(article, taxonomy, version, tx.edition(), content, body, updated_at);
    tx.publish(&publication, body).await?;
    claim_slug(&tx.articles(), &content.slug, id, true).await?;
    for slug in content.aliases.iter().filter_map(|alias| Slug::of_address(alias)) {
        // One that belongs to another article stays with it.
        tx.articles().claim_slug(&slug, id, true).await?;
    }
    tx.articles().update(article).await?;
    Ok(())
}

/// What readers get of a version of an article, without its key.
fn publication(
    article: &Article,
    taxonomy: &Taxonomy,
    version: Version,
    edition: EditionNumber,
    content: &Content,
    body: &Body,
    updated_at: Timestamp,
) -> Publication {
    let Content {
        slug,
        locale,
        title,
        deck,
        excerpt,
        body: _,
        hero_image,
        seo,
        authors,
        topics,
        tags,
        aliases,
        published_at: _,
    } = content;
    Publication {
        key: 0,
        article: article.id,
        version,
        edition,
        slug: slug.clone(),
        locale: locale.clone(),
        title: title.clone(),
        deck: deck.clone(),
        excerpt: excerpt.clone().unwrap_or_else(|| render::excerpt(body)),
        hero_image: hero_image.clone(),
        seo: seo.clone(),
        external_ref: article.external_ref.clone(),
        authors: authors.clone(),
        topics: topics.clone(),
        tags: taxonomy.resolve_tags(tags).iter().map(|tag| tag.id).collect(),
        aliases: aliases.clone(),
        published_at: article.first_published_at.unwrap_or(updated_at),
        updated_at,
        parts: Parts::ALL,
    }
}
