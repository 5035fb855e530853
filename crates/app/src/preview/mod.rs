//! Previews: a link shows a working copy as if it were public, or the publication at a future time.
//!
//! A preview publishes what the link shows in a transaction, reads it with the queries of readers, and rolls the
//! transaction back. Nobody else sees it.

mod trial;

use std::sync::PoisonError;

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use domain::{
    ArticleId, AuditAction, AuditRecord, AuditSubject, Id, PreviewId, Remedy, Scope, Timestamp, UserError,
    UserErrorCode,
};
use hmac::{Hmac, KeyInit, Mac};
use persistence::{Attempt, Decided, Preview, PreviewTarget, Write, WriteKind, WriteSet};
use sha2::Sha256;

use crate::articles::load_at;
use crate::{App, Caller, Idempotency, StoreError, WriteResult, env, idempotency};

/// The first characters of every token. People and secret scanners recognise tokens by them.
pub(crate) const PREFIX: &str = "gmp_";
/// How long a link works by default: a week.
const DEFAULT_SECONDS: i64 = 7 * 24 * 60 * 60;
/// How long a link can work at most: 90 days.
const MAX_SECONDS: i64 = 90 * 24 * 60 * 60;
/// The maximum number of deadlines that a preview of a future time applies.
const MAX_DEADLINES: usize = 500;
/// The length of a token in bytes: id, expiry, signature.
const TOKEN: usize = 16 + 8 + 32;

/// The input for a new preview link.
#[derive(Debug, Clone, Default)]
pub struct PreviewInput {
    /// The article whose working copy the link shows. Exclusive with `as_of`.
    pub article_id: Option<ArticleId>,
    /// The future time at which the link shows the publication. Exclusive with `article_id`.
    pub as_of: Option<Timestamp>,
    /// How long the link works. Without a value, a week.
    pub expires_in_seconds: Option<i32>,
}

/// A new link with its token. The token is not stored.
#[derive(Debug, Clone)]
pub struct NewPreview {
    /// The link.
    pub preview: Preview,
    /// The token, which requests send.
    pub token: String,
    /// The URL that shows the preview.
    pub url: String,
}

/// Why a preview cannot be shown.
#[derive(Debug, thiserror::Error)]
pub enum PreviewError {
    /// The text is not a token that this publication signed.
    #[error("the preview token is not known: pass it on as it was given, or ask for a new link")]
    Unknown,
    /// The link has expired.
    #[error("the preview expired at {0}: ask for a new link")]
    Expired(Timestamp),
    /// The link was revoked.
    #[error("the preview was revoked: ask for a new link")]
    Revoked,
    /// The article was deleted or archived.
    #[error("the article that the preview showed was deleted or archived")]
    Gone,
    /// Too many deadlines pass until the time that the link shows, or their bodies are too large.
    #[error(
        "more than {MAX_DEADLINES} articles change until then, or very long ones: preview an earlier time"
    )]
    TooMuch,
    /// The database does not answer.
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl App {
    /// Creates a preview link.
    ///
    /// # Errors
    /// When the input names nothing to show or two things, a time in the past, or a lifetime that is out of bounds, or
    /// when the caller lacks the scope.
    pub async fn create_preview(
        &self,
        caller: &Caller,
        input: &PreviewInput,
        idempotency: Option<&Idempotency>,
    ) -> WriteResult<NewPreview> {
        caller.require(Scope::ReadDrafts)?;
        let request = idempotency.map(|idempotency| idempotency.by(caller));
        let PreviewInput { article_id, as_of, expires_in_seconds } = input;
        let now = env::now();
        let refuse = |path: &str, code, message: String| Err(UserError::at(path, code, message).into());
        let shows = match (article_id, as_of) {
            (Some(article), None) => PreviewTarget::WorkingCopy(*article),
            (None, Some(at)) if *at > now => PreviewTarget::At(domain::truncate(*at)),
            (None, Some(at)) => {
                let message = format!("`asOf` is {at}, which has passed: name a time in the future");
                return refuse("asOf", UserErrorCode::InPast, message);
            }
            (None, None) => {
                let message =
                    "name what to show: an article in `articleId`, or a time in the future in `asOf`"
                        .to_owned();
                return refuse("", UserErrorCode::Required, message);
            }
            (Some(_), Some(_)) => {
                let message = "name either `articleId` or `asOf`, not both".to_owned();
                return refuse("", UserErrorCode::Invalid, message);
            }
        };
        let seconds = expires_in_seconds.map_or(DEFAULT_SECONDS, i64::from);
        if !(1..=MAX_SECONDS).contains(&seconds) {
            let message =
                format!("`expiresInSeconds` is {seconds}: it must be between 1 and {MAX_SECONDS} (90 days)");
            return refuse("expiresInSeconds", UserErrorCode::Invalid, message);
        }
        let expires_at = now + std::time::Duration::from_secs(seconds.unsigned_abs());
        let request = request.as_ref();
        let decide = |mut attempt: Attempt| async move {
            if let Some(creation) = idempotency::created_before(&attempt, request).await? {
                let id = PreviewId::from_uuid(creation.id);
                let made = self.preview_created_before(&mut attempt, id).await?;
                return Ok(Decided::nothing(attempt, made));
            }
            let id: PreviewId = env::new_id(now);
            let mut slug = String::new();
            if let PreviewTarget::WorkingCopy(id) = shows {
                let (found, revision) = load_at(&mut attempt, id, "articleId").await?;
                if found.archived_at.is_some() {
                    let message = "the article is ARCHIVED";
                    let error = UserError::at("articleId", UserErrorCode::InvalidState, message);
                    return Err(error.with_remedy(Remedy::Unarchive).into());
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
                PreviewTarget::WorkingCopy(id) => id.to_string(),
                PreviewTarget::At(at) => at.to_string(),
            };
            let record = preview_record(caller, now, AuditAction::PreviewCreated, id);
            let record = record.with("shows", Some(shown)).with("expiresAt", Some(expires_at));
            writes.extend(idempotency::creation(request, id, None, now));
            let made = self.sign_preview(preview, &key, &slug);
            Ok(attempt.commit(writes.audit(record), made))
        };
        self.commit(caller.origin(), WriteKind::Private, decide).await
    }

    /// Returns the link that the same request created earlier. Its token is signed again and is the same.
    async fn preview_created_before(&self, attempt: &mut Attempt, id: PreviewId) -> WriteResult<NewPreview> {
        let preview = attempt.previews().find(id).await?.ok_or_else(|| idempotency::deleted_since(id))?;
        let key = attempt.previews().signing_key().await?;
        let key = key.ok_or_else(|| StoreError::Damaged("the signing key is missing".to_owned()))?;
        let slug = match preview.shows {
            PreviewTarget::WorkingCopy(id) => {
                load_at(attempt, id, "articleId").await?.1.content.slug.to_string()
            }
            PreviewTarget::At(_) => String::new(),
        };
        Ok(self.sign_preview(preview, &key, &slug))
    }

    fn sign_preview(&self, preview: Preview, key: &[u8], slug: &str) -> NewPreview {
        let token = sign(key, preview.id, preview.expires_at);
        let template = self.settings().preview_url.as_deref().unwrap_or("/graphql?preview={token}");
        let url = template.replace("{token}", &token).replace("{slug}", slug);
        NewPreview { preview, token, url }
    }

    /// Returns the links that work now, the newest first.
    ///
    /// # Errors
    /// When the caller lacks the scope, or the database does not answer.
    pub async fn open_previews(&self, caller: &Caller) -> WriteResult<Vec<Preview>> {
        caller.require(Scope::ReadDrafts)?;
        Ok(self.store().previews().open(env::now()).await?)
    }

    /// Revokes a preview link.
    ///
    /// # Errors
    /// When the link does not exist, or the caller lacks the scope.
    pub async fn revoke_preview(&self, caller: &Caller, id: PreviewId) -> WriteResult<Preview> {
        caller.require(Scope::ReadDrafts)?;
        let now = env::now();
        let decide = |attempt: Attempt| async move {
            let Some(preview) = attempt.previews().find(id).await? else {
                let error =
                    UserError::at("id", UserErrorCode::NotFound, format!("there is no preview `{id}`"));
                return Err(error.with_remedy(Remedy::ListPreviews).into());
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

    /// Finds the preview link of a token. Checks the signature before it asks the database.
    ///
    /// # Errors
    /// When the token is not valid, or the link was revoked, has expired or does not exist.
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

    async fn signing_key(&self) -> Result<Option<Vec<u8>>, StoreError> {
        let known = self.known_signing_key().read().unwrap_or_else(PoisonError::into_inner).clone();
        if known.is_some() {
            return Ok(known);
        }
        let histories = self.store().editions().replaced();
        let found = self.store().previews().signing_key().await?;
        let mut cached = self.known_signing_key().write().unwrap_or_else(PoisonError::into_inner);
        // Another database may have replaced the one that the key was read from.
        if !histories.has_changed().unwrap_or(true) {
            cached.clone_from(&found);
        }
        Ok(found)
    }
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
    let mut mac = Hmac::<Sha256>::new_from_slice(key).expect("HMAC takes keys of any length");
    mac.update(signed);
    mac
}
