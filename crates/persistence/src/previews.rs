//! Preview links, and what they are signed with.

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
    pub shows: Shows,
    /// Who made it.
    pub created_by: String,
    /// When it was made.
    pub created_at: Timestamp,
    /// When it ends.
    pub expires_at: Timestamp,
    /// When it was revoked.
    pub revoked_at: Option<Timestamp>,
}

/// What a preview link shows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Shows {
    /// The publication, with the working copy of one article as if it were public.
    WorkingCopy(ArticleId),
    /// The publication as it will be at an instant, if nobody does anything until then.
    At(Timestamp),
}

/// Preview links.
#[derive(Debug)]
pub struct Previews<'a, C: ConnectionTrait>(pub(crate) &'a C);

impl<C: ConnectionTrait> Previews<'_, C> {
    /// The preview link.
    ///
    /// # Errors
    /// When the database refuses.
    pub async fn find(&self, id: PreviewId) -> Result<Option<Preview>, StoreError> {
        preview::Entity::find_by_id(id.uuid()).one(self.0).await?.map(read).transpose()
    }

    /// The links that end after `now` and were not revoked, the newest first.
    ///
    /// # Errors
    /// When the database refuses.
    pub async fn open(&self, now: Timestamp) -> Result<Vec<Preview>, StoreError> {
        let query = preview::Entity::find()
            .filter(preview::Column::ExpiresAt.gt(micros(now)))
            .filter(preview::Column::RevokedAt.is_null())
            .order_by_desc(preview::Column::CreatedAt)
            .order_by_desc(preview::Column::Id);
        query.all(self.0).await?.into_iter().map(read).collect()
    }

    /// What links are signed with; nothing before the first one is made.
    ///
    /// # Errors
    /// When the database refuses.
    pub async fn signing_key(&self) -> Result<Option<Vec<u8>>, StoreError> {
        Ok(signing_key::Entity::find().one(self.0).await?.map(|row| row.secret))
    }
}

/// Keeps a new link.
pub(crate) fn insertion(preview: &Preview) -> InsertStatement {
    let Preview { id, shows, created_by, created_at, expires_at, revoked_at } = preview;
    let (article, at) = match shows {
        Shows::WorkingCopy(article) => (Some(article.uuid()), None),
        Shows::At(at) => (None, Some(micros(*at))),
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

/// Ends a link before its time.
pub(crate) fn revocation(id: PreviewId, now: Timestamp) -> UpdateStatement {
    preview::Entity::update_many()
        .set(preview::ActiveModel { revoked_at: Set(Some(micros(now))), ..Default::default() })
        .filter(preview::Column::Id.eq(id.uuid()))
        .into_query()
}

/// Keeps what links are signed with. There must be nothing yet.
pub(crate) fn signing_key_insertion(secret: &[u8], now: Timestamp) -> InsertStatement {
    let row =
        signing_key::ActiveModel { id: Set(1), secret: Set(secret.to_vec()), created_at: Set(micros(now)) };
    signing_key::Entity::insert(row).into_query()
}

fn read(row: preview::Model) -> Result<Preview, StoreError> {
    let preview::Model { id, article, at, created_by, created_at, expires_at, revoked_at } = row;
    let shows = match (article, at) {
        (Some(article), None) => Shows::WorkingCopy(ArticleId::from_uuid(article)),
        (None, Some(at)) => Shows::At(instant(at)?),
        _ => return Err(StoreError::Damaged(format!("the preview {id} shows nothing, or two things"))),
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
