//! The row of an article.

use domain::{
    Article, ArticleId, ArticleState, AuthorId, EditorialReview, Id, RedirectTarget, Review, Schedule,
    Source, SourceFile, Verdict, WithdrawReason, sort_key,
};
use sea_orm::sea_query::{DeleteStatement, InsertStatement, UpdateStatement};
use sea_orm::{ActiveModelTrait, ColumnTrait, EntityTrait, IntoActiveModel, QueryFilter, QueryTrait};

use crate::StoreError;
use crate::convert::{ZonedColumns, corrections_from, corrections_text, instant, micros, parsed};
use crate::entity::article;

/// Inserts a new article.
pub(crate) fn insert_article(article: &Article) -> InsertStatement {
    article::Entity::insert(row(article)).into_query()
}

/// Updates an article.
pub(crate) fn update_article(article: &Article) -> Result<UpdateStatement, StoreError> {
    Ok(article::Entity::update(row(article)).validate()?.into_query())
}

/// Deletes the row of an article.
pub(crate) fn delete_article(id: ArticleId) -> DeleteStatement {
    article::Entity::delete_many().filter(article::Column::Id.eq(id.uuid())).into_query()
}

/// The article of a row.
pub(crate) fn article_from_row(row: article::Model) -> Result<Article, StoreError> {
    let article::Model {
        id,
        external_ref,
        version,
        state,
        published_version,
        published_edition,
        redirect_to,
        created_at,
        updated_at,
        first_published_at,
        source_digest,
        source_version,
        title,
        title_folded: _,
        title_sort: _,
        review,
        review_version,
        review_by,
        review_at,
        review_comment,
        schedule_version,
        schedule_by,
        schedule_at,
        schedule_zone,
        schedule_resolution,
        schedule_expires_at,
        schedule_expires_zone,
        schedule_expires_resolution,
        expires_at,
        expires_zone,
        expires_resolution,
        archived_at,
        withdrawn_at,
        redirect_url,
        last_reviewed_at,
        review_due_at,
        reviewer,
        import_source,
        import_path,
        import_id,
        import_bytes,
        withdraw_note,
        schedule_note,
        corrections,
    } = row;
    let state = match (state.as_str(), published_version, published_edition) {
        ("DRAFT", _, _) => ArticleState::Draft,
        ("PUBLISHED", Some(version), Some(edition)) => ArticleState::Published { version, edition },
        ("WITHDRAWN", _, _) => {
            let reason = match (redirect_to, redirect_url) {
                (Some(to), _) => WithdrawReason::Redirect(RedirectTarget::Article(ArticleId::from_uuid(to))),
                (None, Some(url)) => WithdrawReason::Redirect(RedirectTarget::Url(url)),
                (None, None) => WithdrawReason::Gone,
            };
            ArticleState::Withdrawn {
                reason,
                at: instant(withdrawn_at.unwrap_or(updated_at))?,
                note: withdraw_note,
            }
        }
        (other, _, _) => return Err(StoreError::Damaged(format!("an article has the state `{other}`"))),
    };
    let verdict = match (review_version, review_by, review_at) {
        (Some(version), Some(by), Some(at)) => {
            Some(Verdict { version, by, at: instant(at)?, comment: review_comment })
        }
        _ => None,
    };
    let review = match (review.as_deref(), verdict) {
        (Some("REQUESTED"), Some(verdict)) => Review::Requested(verdict),
        (Some("APPROVED"), Some(verdict)) => Review::Approved(verdict),
        (Some("CHANGES_REQUESTED"), Some(verdict)) => Review::ChangesRequested(verdict),
        (None, _) => Review::None,
        (Some(other), _) => {
            return Err(StoreError::Damaged(format!("an article has the review state `{other}`")));
        }
    };
    let publish =
        ZonedColumns { at: schedule_at, zone: schedule_zone, resolution: schedule_resolution }.read()?;
    let schedule_expires = ZonedColumns {
        at: schedule_expires_at,
        zone: schedule_expires_zone,
        resolution: schedule_expires_resolution,
    };
    let schedule = match (schedule_version, publish, schedule_by) {
        (Some(version), Some(publish), Some(by)) => {
            Some(Schedule { version, publish, expires: schedule_expires.read()?, by, note: schedule_note })
        }
        _ => None,
    };
    let file = source_file(import_source, import_path, import_id, import_bytes)?;
    let source = source_digest
        .zip(source_version)
        .map(|(digest, version)| Ok::<_, StoreError>(Source { digest: digest_of(digest)?, version, file }));
    Ok(Article {
        id: ArticleId::from_uuid(id),
        external_ref,
        title,
        version,
        state,
        review,
        schedule,
        expires: ZonedColumns { at: expires_at, zone: expires_zone, resolution: expires_resolution }
            .read()?,
        archived_at: archived_at.map(instant).transpose()?,
        editorial: EditorialReview {
            last_reviewed_at: last_reviewed_at.map(instant).transpose()?,
            due_at: review_due_at.map(instant).transpose()?,
            reviewer: reviewer.map(AuthorId::from_uuid),
        },
        created_at: instant(created_at)?,
        updated_at: instant(updated_at)?,
        first_published_at: first_published_at.map(instant).transpose()?,
        corrections: corrections_from(corrections.as_deref())?,
        source: source.transpose()?,
    })
}

/// The file of these columns.
pub(super) fn source_file(
    source: Option<String>,
    path: Option<String>,
    id: Option<String>,
    bytes: Option<Vec<u8>>,
) -> Result<Option<SourceFile>, StoreError> {
    match (source, path, bytes) {
        (Some(source), Some(path), Some(bytes)) => {
            Ok(Some(SourceFile { source, path, id, bytes: digest_of(bytes)? }))
        }
        _ => Ok(None),
    }
}

pub(super) fn digest_of(bytes: Vec<u8>) -> Result<[u8; 32], StoreError> {
    parsed(<[u8; 32]>::try_from(bytes).map_err(|_| "a digest does not have 32 bytes"))
}

fn row(article: &Article) -> article::ActiveModel {
    let Article {
        id,
        external_ref,
        title,
        version,
        state,
        review,
        schedule,
        expires,
        archived_at,
        editorial: EditorialReview { last_reviewed_at, due_at, reviewer },
        created_at,
        updated_at,
        first_published_at,
        corrections,
        source,
    } = article;
    let state = StateColumns::from(state);
    let (review, verdict) = match review {
        Review::None => (None, None),
        Review::Requested(verdict) => (Some("REQUESTED"), Some(verdict)),
        Review::Approved(verdict) => (Some("APPROVED"), Some(verdict)),
        Review::ChangesRequested(verdict) => (Some("CHANGES_REQUESTED"), Some(verdict)),
    };
    let publish = ZonedColumns::from(schedule.as_ref().map(|schedule| &schedule.publish));
    let schedule_expires =
        ZonedColumns::from(schedule.as_ref().and_then(|schedule| schedule.expires.as_ref()));
    let expires = ZonedColumns::from(expires.as_ref());
    let file = source.as_ref().and_then(|source| source.file.as_ref());
    article::Model {
        id: id.uuid(),
        external_ref: external_ref.clone(),
        version: *version,
        state: state.name.to_owned(),
        published_version: state.published_version,
        published_edition: state.published_edition,
        redirect_to: state.redirect_to,
        created_at: micros(*created_at),
        updated_at: micros(*updated_at),
        first_published_at: first_published_at.map(micros),
        source_digest: source.as_ref().map(|source| source.digest.to_vec()),
        source_version: source.as_ref().map(|source| source.version),
        title: title.clone(),
        title_folded: title.to_lowercase(),
        title_sort: sort_key(title),
        review: review.map(str::to_owned),
        review_version: verdict.map(|verdict| verdict.version),
        review_by: verdict.map(|verdict| verdict.by.clone()),
        review_at: verdict.map(|verdict| micros(verdict.at)),
        review_comment: verdict.and_then(|verdict| verdict.comment.clone()),
        schedule_version: schedule.as_ref().map(|schedule| schedule.version),
        schedule_by: schedule.as_ref().map(|schedule| schedule.by.clone()),
        schedule_at: publish.at,
        schedule_zone: publish.zone,
        schedule_resolution: publish.resolution,
        schedule_expires_at: schedule_expires.at,
        schedule_expires_zone: schedule_expires.zone,
        schedule_expires_resolution: schedule_expires.resolution,
        expires_at: expires.at,
        expires_zone: expires.zone,
        expires_resolution: expires.resolution,
        archived_at: archived_at.map(micros),
        withdrawn_at: state.withdrawn_at,
        redirect_url: state.redirect_url,
        last_reviewed_at: last_reviewed_at.map(micros),
        review_due_at: due_at.map(micros),
        reviewer: reviewer.map(AuthorId::uuid),
        import_source: file.map(|file| file.source.clone()),
        import_path: file.map(|file| file.path.clone()),
        import_id: file.and_then(|file| file.id.clone()),
        import_bytes: file.map(|file| file.bytes.to_vec()),
        withdraw_note: state.withdraw_note,
        schedule_note: schedule.as_ref().and_then(|schedule| schedule.note.clone()),
        corrections: corrections_text(corrections),
    }
    .into_active_model()
    .reset_all()
}

/// The columns of a state.
#[derive(Default)]
struct StateColumns {
    name: &'static str,
    published_version: Option<i32>,
    published_edition: Option<i64>,
    withdrawn_at: Option<i64>,
    redirect_to: Option<uuid::Uuid>,
    redirect_url: Option<String>,
    withdraw_note: Option<String>,
}

impl From<&ArticleState> for StateColumns {
    fn from(state: &ArticleState) -> Self {
        match state {
            ArticleState::Draft => Self { name: "DRAFT", ..Self::default() },
            ArticleState::Published { version, edition } => Self {
                name: "PUBLISHED",
                published_version: Some(*version),
                published_edition: Some(*edition),
                ..Self::default()
            },
            ArticleState::Withdrawn { reason, at, note } => {
                let (redirect_to, redirect_url) = match reason {
                    WithdrawReason::Gone => (None, None),
                    WithdrawReason::Redirect(RedirectTarget::Article(to)) => (Some(to.uuid()), None),
                    WithdrawReason::Redirect(RedirectTarget::Url(url)) => (None, Some(url.clone())),
                };
                Self {
                    name: "WITHDRAWN",
                    withdrawn_at: Some(micros(*at)),
                    redirect_to,
                    redirect_url,
                    withdraw_note: note.clone(),
                    ..Self::default()
                }
            }
        }
    }
}
