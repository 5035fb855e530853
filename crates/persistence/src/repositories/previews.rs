//! Preview links, and the key that signs them.

use domain::{ArticleId, Id, PreviewId, Timestamp};
use sea_orm::sea_query::{InsertStatement, UpdateStatement};
use sea_orm::{
    ActiveValue::Set, ColumnTrait, ConnectionTrait, EntityTrait, QueryFilter, QueryOrder, QueryTrait,
};

use crate::StoreError;
use crate::convert::{instant, micros};
use crate::entity::{preview, signing_key};

/// A preview link, without its signature.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Preview {
    /// Its id.
    pub id: PreviewId,
    /// What it shows.
    pub shows: PreviewTarget,
    /// Who created it.
    pub created_by: String,
    /// When it was created.
    pub created_at: Timestamp,
    /// When it expires.
    pub expires_at: Timestamp,
    /// When it was revoked.
    pub revoked_at: Option<Timestamp>,
}

/// What a preview link shows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PreviewTarget {
    /// The publication as if the working copy of one article were public.
    WorkingCopy(ArticleId),
    /// The publication as it will be at this instant, if nobody changes anything until then.
    At(Timestamp),
}

/// Preview links.
#[derive(Debug)]
pub struct Previews<'a, C: ConnectionTrait>(pub(crate) &'a C);

impl<C: ConnectionTrait> Previews<'_, C> {
    /// The preview link with this id.
    pub async fn find(&self, id: PreviewId) -> Result<Option<Preview>, StoreError> {
        preview::Entity::find_by_id(id.uuid()).one(self.0).await?.map(read).transpose()
    }

    /// The links that expire after `now` and are not revoked, the newest first.
    pub async fn open(&self, now: Timestamp) -> Result<Vec<Preview>, StoreError> {
        let query = preview::Entity::find()
            .filter(preview::Column::ExpiresAt.gt(micros(now)))
            .filter(preview::Column::RevokedAt.is_null())
            .order_by_desc(preview::Column::CreatedAt)
            .order_by_desc(preview::Column::Id);
        query.all(self.0).await?.into_iter().map(read).collect()
    }

    /// The key that signs links. `None` before the first link is created.
    pub async fn signing_key(&self) -> Result<Option<Vec<u8>>, StoreError> {
        Ok(signing_key::Entity::find().one(self.0).await?.map(|row| row.secret))
    }
}

/// Inserts a new link.
pub(crate) fn insert_preview(preview: &Preview) -> InsertStatement {
    let Preview { id, shows, created_by, created_at, expires_at, revoked_at } = preview;
    let (article, at) = match shows {
        PreviewTarget::WorkingCopy(article) => (Some(article.uuid()), None),
        PreviewTarget::At(at) => (None, Some(micros(*at))),
    };
    let row = preview::ActiveModel {
        id: Set(id.uuid()),
        article: Set(article),
        at: Set(at),
        created_by: Set(created_by.clone()),
        created_at: Set(micros(*created_at)),
        expires_at: Set(micros(*expires_at)),
        revoked_at: Set(revoked_at.map(micros)),
    };
    preview::Entity::insert(row).into_query()
}

/// Revokes a link.
pub(crate) fn revoke_preview(id: PreviewId, now: Timestamp) -> UpdateStatement {
    preview::Entity::update_many()
        .set(preview::ActiveModel { revoked_at: Set(Some(micros(now))), ..Default::default() })
        .filter(preview::Column::Id.eq(id.uuid()))
        .into_query()
}

/// Inserts the key that signs links. There must be none yet.
pub(crate) fn insert_signing_key(secret: &[u8], now: Timestamp) -> InsertStatement {
    let row =
        signing_key::ActiveModel { id: Set(1), secret: Set(secret.to_vec()), created_at: Set(micros(now)) };
    signing_key::Entity::insert(row).into_query()
}

fn read(row: preview::Model) -> Result<Preview, StoreError> {
    let preview::Model { id, article, at, created_by, created_at, expires_at, revoked_at } = row;
    let shows = match (article, at) {
        (Some(article), None) => PreviewTarget::WorkingCopy(ArticleId::from_uuid(article)),
        (None, Some(at)) => PreviewTarget::At(instant(at)?),
        _ => {
            return Err(StoreError::Damaged(format!(
                "the preview {id} shows nothing, or more than one thing"
            )));
        }
    };
    Ok(Preview {
        id: PreviewId::from_uuid(id),
        shows,
        created_by,
        created_at: instant(created_at)?,
        expires_at: instant(expires_at)?,
        revoked_at: revoked_at.map(instant).transpose()?,
    })
}
