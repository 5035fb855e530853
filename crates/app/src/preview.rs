//! Previews: the publication as it is not yet, for whoever has the link.
//!
//! A preview is read in a transaction that makes public what the link shows, and is never committed:
//! readers' own queries answer it, and nobody else sees any of it.

use std::sync::{Arc, PoisonError};

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use domain::{
    ArticleId, ArticleState, AuditAction, AuditRecord, AuditSubject, Edition, Id, PreviewId, Scope, Taxonomy,
    Timestamp, UserError, UserErrorCode,
};
use hmac::{Hmac, KeyInit, Mac};
use persistence::{
    Attempt, Decided, Preview, Shows, Steps, Turn, Write, WriteKind, WriteSet, retry_conflicts,
};
use sha2::Sha256;

use crate::articles::rendered::Rendered;
use crate::articles::{Publishing, check_slug, deadlines, load_at, publication, revision_of};
use crate::{App, Caller, Idempotency, StoreError, View, WriteError, WriteResult, env, idempotency};

/// What every token begins with, so that people and scanners know it for a secret.
pub(crate) const PREFIX: &str = "gmp_";
/// How long a link works when nothing is said: a week.
const DEFAULT_SECONDS: i64 = 7 * 24 * 60 * 60;
/// How long a link can work: ninety days.
const MAX_SECONDS: i64 = 90 * 24 * 60 * 60;
/// How many deadlines a preview of a time to come plays through.
const MAX_DEADLINES: usize = 500;
/// How many bytes of what such a preview publishes are rendered.
const MAX_RENDERED: usize = 64 << 20;
/// Bytes of a token: id, end, signature.
const TOKEN: usize = 16 + 8 + 32;

/// What a link is to show, and for how long.
#[derive(Debug, Clone, Default)]
pub struct PreviewInput {
    /// The working copy of this article …
    pub article: Option<ArticleId>,
    /// … or the publication as of this instant.
    pub at: Option<Timestamp>,
    /// For how long; a week when nothing is said.
    pub expires_in_seconds: Option<i32>,
}

/// A link that has just been made. The token is shown once and kept nowhere.
#[derive(Debug, Clone)]
pub struct NewPreview {
    /// The link.
    pub preview: Preview,
    /// What requests carry.
    pub token: String,
    /// Where to look.
    pub url: String,
}

/// Why a token shows nothing.
#[derive(Debug, thiserror::Error)]
pub enum PreviewError {
    /// It is none, or was not signed here.
    #[error("the preview token is not known: pass it on as it was given, or ask for a new link")]
    Unknown,
    /// Its time is over.
    #[error("the preview ended at {0}: ask for a new link")]
    Expired(Timestamp),
    /// It was revoked.
    #[error("the preview was revoked: ask for a new link")]
    Revoked,
    /// What it showed is not there any more.
    #[error("the article that the preview showed was deleted or archived")]
    Gone,
    /// More happens until then than is played through.
    #[error(
        "more than {MAX_DEADLINES} articles change until then, or very long ones: preview an earlier time"
    )]
    TooMuch,
    /// The database does not answer.
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl App {
    /// Makes a preview link.
    ///
    /// # Errors
    /// When it names nothing to show, or two things, a time that has passed, or too long a life.
    pub async fn create_preview(
        &self,
        caller: &Caller,
        input: &PreviewInput,
        idempotency: Option<&Idempotency>,
    ) -> WriteResult<NewPreview> {
        caller.require(Scope::ReadDrafts)?;
        let request = idempotency.map(|idempotency| idempotency.by(caller));
        let PreviewInput { article, at, expires_in_seconds } = input;
        let now = env::now();
        let refuse = |path: &str, code, message: String| Err(UserError::at(path, code, message).into());
        let shows = match (article, at) {
            (Some(article), None) => Shows::WorkingCopy(*article),
            (None, Some(at)) if *at > now => Shows::At(domain::truncate(*at)),
            (None, Some(at)) => {
                let message = format!("`asOf` is {at}, which has passed: name a time to come");
                return refuse("input.asOf", UserErrorCode::InPast, message);
            }
            (None, None) => {
                let message =
                    "name what is to be shown: an article in `articleId`, or a time to come in `asOf`"
                        .to_owned();
                return refuse("input", UserErrorCode::Required, message);
            }
            (Some(_), Some(_)) => {
                let message = "name either `articleId` or `asOf`, not both".to_owned();
                return refuse("input", UserErrorCode::Invalid, message);
            }
        };
        let seconds = expires_in_seconds.map_or(DEFAULT_SECONDS, i64::from);
        if !(1..=MAX_SECONDS).contains(&seconds) {
            let message =
                format!("`expiresInSeconds` is {seconds}: it must be between 1 and {MAX_SECONDS} (90 days)");
            return refuse("input.expiresInSeconds", UserErrorCode::Invalid, message);
        }
        let expires_at = now + std::time::Duration::from_secs(seconds.unsigned_abs());
        let request = request.as_ref();
        let decide = |mut attempt: Attempt| async move {
            if let Some(creation) = idempotency::created_before(&attempt, request).await? {
                let id = PreviewId::from_uuid(creation.id);
                let made = self.preview_made_before(&mut attempt, id).await?;
                return Ok(Decided::nothing(attempt, made));
            }
            let id: PreviewId = env::new_id(now);
            let mut slug = String::new();
            if let Shows::WorkingCopy(id) = shows {
                let (found, revision) = load_at(&mut attempt, id, "input.articleId").await?;
                if found.archived_at.is_some() {
                    let message = "the article is ARCHIVED: take it out first (`articleUnarchive`)";
                    return Err(UserError::at("input.articleId", UserErrorCode::InvalidState, message).into());
                }
                slug = revision.content.slug.to_string();
            }
            let preview = Preview {
                id,
                shows,
                created_by: caller.actor.clone(),
                created_at: now,
                expires_at,
                revoked_at: None,
            };
            let mut writes = WriteSet::new().with(Write::NewPreview(preview.clone()));
            let key = match attempt.previews().signing_key().await? {
                Some(key) => key,
                None => {
                    let secret = env::random::<32>().to_vec();
                    writes.push(Write::SigningKey { secret: secret.clone(), at: now });
                    secret
                }
            };
            let shown = match shows {
                Shows::WorkingCopy(id) => id.to_string(),
                Shows::At(at) => at.to_string(),
            };
            let record = preview_record(caller, now, AuditAction::PreviewCreated, id);
            let record = record.with("shows", Some(shown)).with("expiresAt", Some(expires_at));
            writes.extend(idempotency::creation(request, id, None, now));
            let made = self.told_of_preview(preview, &key, &slug);
            Ok(attempt.commit(writes.audit(record), made))
        };
        self.commit(caller.origin(), WriteKind::Private, decide).await
    }

    /// A link that a repeated request has made before. Its token is signed again, and is the same.
    async fn preview_made_before(&self, attempt: &mut Attempt, id: PreviewId) -> WriteResult<NewPreview> {
        let preview = attempt.previews().find(id).await?.ok_or_else(|| idempotency::gone(id))?;
        let key = attempt.previews().signing_key().await?;
        let key = key.ok_or_else(|| StoreError::Damaged("the signing key is missing".to_owned()))?;
        let slug = match preview.shows {
            Shows::WorkingCopy(id) => {
                load_at(attempt, id, "input.articleId").await?.1.content.slug.to_string()
            }
            Shows::At(_) => String::new(),
        };
        Ok(self.told_of_preview(preview, &key, &slug))
    }

    fn told_of_preview(&self, preview: Preview, key: &[u8], slug: &str) -> NewPreview {
        let token = sign(key, preview.id, preview.expires_at);
        let template = self.settings().preview_url.as_deref().unwrap_or("/graphql?preview={token}");
        let url = template.replace("{token}", &token).replace("{slug}", slug);
        NewPreview { preview, token, url }
    }

    /// The links that work now, the newest first.
    ///
    /// # Errors
    /// When the caller may not read drafts.
    pub async fn open_previews(&self, caller: &Caller) -> WriteResult<Vec<Preview>> {
        caller.require(Scope::ReadDrafts)?;
        Ok(self.store().previews().open(env::now()).await?)
    }

    /// Ends a preview link before its time.
    ///
    /// # Errors
    /// When there is no such link.
    pub async fn revoke_preview(&self, caller: &Caller, id: PreviewId) -> WriteResult<Preview> {
        caller.require(Scope::ReadDrafts)?;
        let now = env::now();
        let decide = |attempt: Attempt| async move {
            let Some(preview) = attempt.previews().find(id).await? else {
                let message = format!("there is no preview `{id}`: `desk.previews` lists those that work");
                return Err(UserError::at("id", UserErrorCode::NotFound, message).into());
            };
            if preview.revoked_at.is_some() {
                return Ok(Decided::nothing(attempt, preview));
            }
            let record = preview_record(caller, now, AuditAction::PreviewRevoked, id);
            let writes = WriteSet::new().with(Write::PreviewRevoked { id, at: now }).audit(record);
            Ok(attempt.commit(writes, Preview { revoked_at: Some(now), ..preview }))
        };
        self.commit(caller.origin(), WriteKind::Private, decide).await
    }

    /// What a token shows. The signature is checked before the database is asked.
    ///
    /// # Errors
    /// When it shows nothing, or nothing any more.
    pub async fn preview(&self, token: &str) -> Result<Preview, PreviewError> {
        let bytes = token
            .strip_prefix(PREFIX)
            .filter(|text| text.len() < 2 * TOKEN)
            .and_then(|text| URL_SAFE_NO_PAD.decode(text).ok())
            .and_then(|bytes| <[u8; TOKEN]>::try_from(bytes).ok())
            .ok_or(PreviewError::Unknown)?;
        let key = self.signing_key().await?.ok_or(PreviewError::Unknown)?;
        let (signed, signature) = bytes.split_at(TOKEN - 32);
        mac(&key, signed).verify_slice(signature).map_err(|_| PreviewError::Unknown)?;
        let (id, _) = signed.split_first_chunk::<16>().ok_or(PreviewError::Unknown)?;
        let id = PreviewId::from_uuid(uuid::Uuid::from_bytes(*id));
        let preview = self.store().previews().find(id).await?.ok_or(PreviewError::Gone)?;
        if preview.revoked_at.is_some() {
            return Err(PreviewError::Revoked);
        }
        if preview.expires_at <= env::now() {
            return Err(PreviewError::Expired(preview.expires_at));
        }
        Ok(preview)
    }

    /// Begins to read what a preview shows.
    ///
    /// # Errors
    /// When what it shows is not there any more, or is too much.
    pub async fn preview_view(&self, preview: &Preview) -> Result<View, PreviewError> {
        let tried = retry_conflicts(|| async {
            let turn = self.store().turn_to_try().await?;
            let rendered = match self.rendered(preview.shows, &turn).await? {
                Ok(rendered) => rendered,
                Err(error) => return Ok(Err(error)),
            };
            let mut steps = self.store().begin_trial(turn).await?;
            let taxonomy = self.taxonomy_for(&mut steps).await?;
            let now = env::now();
            let edition = steps.next_edition(env::new_mark(), now).await?;
            let shown = match preview.shows {
                Shows::WorkingCopy(id) => {
                    show_working_copy(&mut steps, &taxonomy, id, edition, &rendered).await?
                }
                Shows::At(at) => self.play(&mut steps, &taxonomy, at, edition, &rendered).await?,
            };
            Ok(match shown {
                Ok(at) => {
                    let snapshot = steps.try_out(Edition { at, ..edition }).await?;
                    Ok(View::new(snapshot, taxonomy, &Arc::default()))
                }
                Err(error) => Err(error),
            })
        });
        let tried: WriteResult<Result<View, PreviewError>> = tried.await;
        match tried {
            Ok(view) => view,
            Err(WriteError::Store(error)) => Err(error.into()),
            // What it shows was saved and checked before, so that this is no fault of the reader's.
            Err(error) => Err(StoreError::Damaged(error.to_string()).into()),
        }
    }

    /// Renders what is to be shown, before anybody has to wait for it.
    async fn rendered(
        &self,
        shows: Shows,
        turn: &Turn,
    ) -> Result<Result<Rendered, PreviewError>, StoreError> {
        let rendered = Rendered::default();
        let articles = self.store().articles();
        match shows {
            Shows::WorkingCopy(id) => {
                let Some(article) = articles.find(id).await? else { return Ok(Err(PreviewError::Gone)) };
                rendered.add(&revision_of(&articles, id, article.version).await?).await;
            }
            Shows::At(until) => {
                for id in articles.due(until, self.settings().overdue, MAX_DEADLINES as u64).await? {
                    let scheduled = articles.find(id).await?.and_then(|article| article.schedule);
                    if let Some(schedule) = scheduled {
                        rendered.add(&revision_of(&articles, id, schedule.version).await?).await;
                    }
                    if rendered.bytes() > MAX_RENDERED || turn.is_late() {
                        return Ok(Err(PreviewError::TooMuch));
                    }
                }
            }
        }
        Ok(Ok(rendered))
    }

    /// Plays through what happens by itself until an instant, in its order.
    async fn play(
        &self,
        steps: &mut Steps,
        taxonomy: &Taxonomy,
        until: Timestamp,
        edition: Edition,
        rendered: &Rendered,
    ) -> WriteResult<Result<Timestamp, PreviewError>> {
        let overdue = self.settings().overdue;
        let mut played = 0;
        loop {
            let due = steps.articles().due(until, overdue, MAX_DEADLINES as u64).await?;
            if due.is_empty() {
                return Ok(Ok(until));
            }
            for id in due {
                played += 1;
                if played > MAX_DEADLINES {
                    return Ok(Err(PreviewError::TooMuch));
                }
                let Some(article) = steps.articles().find(id).await? else { continue };
                let writes = match deadlines::Due::of(&article, until, overdue) {
                    None => continue,
                    Some(deadlines::Due::Publish(schedule)) => {
                        let revision = revision_of(&steps.articles(), id, schedule.version).await?;
                        check_slug(steps, &revision.content.slug, id).await?;
                        deadlines::scheduled_publication(
                            article,
                            schedule,
                            &revision,
                            rendered,
                            taxonomy,
                            edition.number,
                        )?
                    }
                    Some(deadlines::Due::Expire(expires)) => deadlines::ended(article, expires.at),
                    Some(deadlines::Due::Overdue(due)) => deadlines::ended(article, due),
                };
                try_step(steps, edition, writes).await?;
            }
        }
    }

    async fn signing_key(&self) -> Result<Option<Vec<u8>>, StoreError> {
        let known = self.known_signing_key().read().unwrap_or_else(PoisonError::into_inner).clone();
        if known.is_some() {
            return Ok(known);
        }
        let histories = self.store().editions().replaced();
        let found = self.store().previews().signing_key().await?;
        let mut kept = self.known_signing_key().write().unwrap_or_else(PoisonError::into_inner);
        // Another database may have been put in place of the one that was read.
        if !histories.has_changed().unwrap_or(true) {
            kept.clone_from(&found);
        }
        Ok(found)
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

/// Takes a step that is never kept, and so is told to nobody.
async fn try_step(steps: &mut Steps, edition: Edition, writes: Vec<Write>) -> Result<(), StoreError> {
    let mut set = WriteSet::in_edition(edition, "");
    set.extend(writes);
    steps.apply(set).await
}

fn preview_record(caller: &Caller, now: Timestamp, action: AuditAction, id: PreviewId) -> AuditRecord {
    AuditRecord::new(now, &caller.actor, action, AuditSubject::Preview(id))
}

fn sign(key: &[u8], id: PreviewId, expires_at: Timestamp) -> String {
    let mut bytes = id.uuid().into_bytes().to_vec();
    bytes.extend(expires_at.as_microsecond().to_be_bytes());
    let signature = mac(key, &bytes).finalize().into_bytes();
    bytes.extend_from_slice(&signature);
    format!("{PREFIX}{}", URL_SAFE_NO_PAD.encode(bytes))
}

/// The signature of a token: HMAC-SHA-256 (RFC 2104).
fn mac(key: &[u8], signed: &[u8]) -> Hmac<Sha256> {
    #[expect(clippy::expect_used, reason = "HMAC takes keys of any length")]
    let mut mac = Hmac::<Sha256>::new_from_slice(key).expect("a key of any length will do");
    mac.update(signed);
    mac
}
