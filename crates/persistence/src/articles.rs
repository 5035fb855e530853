//! Articles and their slugs, as editors see them; their revisions are in `revisions.rs`.

use domain::{
    Article, ArticleId, ArticleState, AuthorId, EditorialReview, Id, OverduePolicy, RedirectTarget, Review,
    Schedule, Slug, Source, Timestamp, Verdict, WithdrawReason,
};
use sea_orm::sea_query::{DeleteStatement, Expr, ExprTrait, InsertStatement, OnConflict, UpdateStatement};
use sea_orm::{
    ActiveModelTrait, ActiveValue::Set, ColumnTrait, ConnectionTrait, EntityTrait, IntoActiveModel,
    QueryFilter, QueryOrder, QuerySelect, QueryTrait,
};

use crate::StoreError;
use crate::convert::{ZonedColumns, instant, micros, parsed};
use crate::entity::{article, article_slug};

/// Articles, as editors see them.
#[derive(Debug)]
pub struct Articles<'a, C: ConnectionTrait>(pub(crate) &'a C);

impl<C: ConnectionTrait> Articles<'_, C> {
    /// The article.
    ///
    /// # Errors
    /// When the database refuses.
    pub async fn find(&self, id: ArticleId) -> Result<Option<Article>, StoreError> {
        article::Entity::find_by_id(id.uuid()).one(self.0).await?.map(article).transpose()
    }

    /// Those of these articles that exist, in no order.
    ///
    /// # Errors
    /// When the database refuses.
    pub async fn find_all(&self, ids: &[ArticleId]) -> Result<Vec<Article>, StoreError> {
        let query = article::Entity::find().filter(article::Column::Id.is_in(ids.iter().map(|id| id.uuid())));
        query.all(self.0).await?.into_iter().map(article).collect()
    }

    /// The article that another system knows by this name.
    ///
    /// # Errors
    /// When the database refuses.
    pub async fn find_by_external_ref(&self, external_ref: &str) -> Result<Option<Article>, StoreError> {
        let query = article::Entity::find().filter(article::Column::ExternalRef.eq(external_ref));
        query.one(self.0).await?.map(article).transpose()
    }

    /// The articles that another system knows by these names, in no order.
    ///
    /// # Errors
    /// When the database refuses.
    pub async fn find_all_by_external_ref(&self, names: &[&str]) -> Result<Vec<Article>, StoreError> {
        let mut found = Vec::new();
        for chunk in names.chunks(500) {
            let known = article::Column::ExternalRef.is_in(chunk.iter().copied());
            let rows = article::Entity::find().filter(known).all(self.0).await?;
            for row in rows {
                found.push(article(row)?);
            }
        }
        Ok(found)
    }

    /// The article that a slug belongs to.
    ///
    /// # Errors
    /// When the database refuses.
    pub async fn slug_owner(&self, slug: &Slug) -> Result<Option<ArticleId>, StoreError> {
        let found = article_slug::Entity::find_by_id(slug.as_str()).one(self.0).await?;
        Ok(found.map(|row| ArticleId::from_uuid(row.article)))
    }

    /// Articles for which something falls due at `now` or before, the earliest first; at most `limit`.
    ///
    /// # Errors
    /// When the database refuses.
    pub async fn due(
        &self,
        now: Timestamp,
        overdue: OverduePolicy,
        limit: u64,
    ) -> Result<Vec<ArticleId>, StoreError> {
        let now = micros(now);
        let mut found = Vec::new();
        for (column, live) in Self::deadlines(overdue) {
            let mut query = article::Entity::find()
                .select_only()
                .column(article::Column::Id)
                .column(column)
                .filter(column.lte(now));
            if live {
                query = query.filter(article::Column::State.eq("PUBLISHED"));
            }
            let rows: Vec<(uuid::Uuid, Option<i64>)> =
                query.order_by_asc(column).limit(limit).into_tuple().all(self.0).await?;
            found.extend(rows.into_iter().map(|(id, at)| (at, ArticleId::from_uuid(id))));
        }
        found.sort_unstable();
        found.truncate(usize::try_from(limit).unwrap_or(usize::MAX));
        Ok(found.into_iter().map(|(_, id)| id).collect())
    }

    /// When something falls due next.
    ///
    /// # Errors
    /// When the database refuses.
    pub async fn next_due(&self, overdue: OverduePolicy) -> Result<NextDue, StoreError> {
        let (mut next, mut end): (Option<i64>, Option<i64>) = (None, None);
        for (column, live) in Self::deadlines(overdue) {
            let mut query = article::Entity::find().select_only().column(column).filter(column.is_not_null());
            if live {
                query = query.filter(article::Column::State.eq("PUBLISHED"));
            }
            let first: Option<i64> = query.order_by_asc(column).into_tuple().one(self.0).await?;
            next = next.into_iter().chain(first).min();
            if live {
                end = end.into_iter().chain(first).min();
            }
        }
        Ok(NextDue { any: next.map(instant).transpose()?, end: end.map(instant).transpose()? })
    }

    /// The columns of what falls due, and whether it does so only for what is public.
    fn deadlines(overdue: OverduePolicy) -> impl Iterator<Item = (article::Column, bool)> {
        let withdraw = overdue == OverduePolicy::Withdraw;
        [(article::Column::ScheduleAt, false), (article::Column::ExpiresAt, true)]
            .into_iter()
            .chain(withdraw.then_some((article::Column::ReviewDueAt, true)))
    }
}

/// When something falls due next.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct NextDue {
    /// Anything.
    pub any: Option<Timestamp>,
    /// The end of an article that is public.
    pub end: Option<Timestamp>,
}

/// Keeps a new article.
pub(crate) fn insertion(article: &Article) -> InsertStatement {
    article::Entity::insert(row(article)).into_query()
}

/// Keeps what has changed of an article.
pub(crate) fn change(article: &Article) -> Result<UpdateStatement, StoreError> {
    Ok(article::Entity::update(row(article)).validate()?.into_query())
}

/// What an article claims a slug for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum SlugUse {
    /// Its working copy. A slug that the article has already stays as it is.
    WorkingCopy,
    /// Its publication.
    Present,
    /// Readers who come to a former address.
    Former,
}

/// Gives a free slug to an article; one that it has already stays as it is, or becomes public. It touches no
/// row when the slug is another article's.
pub(crate) fn slug_claim(slug: &Slug, owner: ArticleId, used: SlugUse) -> InsertStatement {
    let (public, former) = (used != SlugUse::WorkingCopy, used == SlugUse::Former);
    let stays = |column| Expr::col((article_slug::Entity, column));
    let (public_then, former_then) = match used {
        SlugUse::WorkingCopy => (stays(article_slug::Column::Public), stays(article_slug::Column::Former)),
        SlugUse::Present | SlugUse::Former => (Expr::val(public), Expr::val(former)),
    };
    let mut conflict = OnConflict::column(article_slug::Column::Slug);
    conflict
        .value(article_slug::Column::Public, public_then)
        .value(article_slug::Column::Former, former_then)
        .action_and_where(Expr::col((article_slug::Entity, article_slug::Column::Article)).eq(owner.uuid()));
    let claim = article_slug::ActiveModel {
        slug: Set(slug.to_string()),
        article: Set(owner.uuid()),
        public: Set(public),
        former: Set(former),
    };
    article_slug::Entity::insert(claim).on_conflict(conflict).into_query()
}

/// Marks the slugs that an article was public under as former ones, except those that the same write claims.
pub(crate) fn former_slugs(owner: ArticleId, claimed: &[Slug]) -> UpdateStatement {
    let mut former = article_slug::Entity::update_many()
        .col_expr(article_slug::Column::Former, Expr::val(true))
        .filter(article_slug::Column::Article.eq(owner.uuid()))
        .filter(article_slug::Column::Public.eq(true))
        .filter(article_slug::Column::Former.eq(false));
    if !claimed.is_empty() {
        former = former.filter(article_slug::Column::Slug.is_not_in(claimed.iter().map(Slug::as_str)));
    }
    former.into_query()
}

/// Frees the slugs of an article that were never public, but for those that are kept.
pub(crate) fn slug_release(owner: ArticleId, keep: &[Slug]) -> DeleteStatement {
    article_slug::Entity::delete_many()
        .filter(article_slug::Column::Article.eq(owner.uuid()))
        .filter(article_slug::Column::Public.eq(false))
        .filter(article_slug::Column::Slug.is_not_in(keep.iter().map(Slug::as_str)))
        .into_query()
}

/// Points every redirect that ends at `from` to where that one redirects now.
pub(crate) fn redirects_moved(from: ArticleId, to: &RedirectTarget) -> UpdateStatement {
    let (redirect_to, redirect_url) = match to {
        RedirectTarget::Article(to) => (Some(to.uuid()), None),
        RedirectTarget::Url(url) => (None, Some(url.clone())),
    };
    let moved = article::ActiveModel {
        redirect_to: Set(redirect_to),
        redirect_url: Set(redirect_url),
        ..Default::default()
    };
    article::Entity::update_many().set(moved).filter(article::Column::RedirectTo.eq(from.uuid())).into_query()
}

/// Removes the row of an article.
pub(crate) fn deletion(id: ArticleId) -> DeleteStatement {
    article::Entity::delete_many().filter(article::Column::Id.eq(id.uuid())).into_query()
}

/// What an article is, out of its row.
pub(crate) fn article(row: article::Model) -> Result<Article, StoreError> {
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
            ArticleState::Withdrawn { reason, at: instant(withdrawn_at.unwrap_or(updated_at))? }
        }
        (other, _, _) => return Err(StoreError::Damaged(format!("an article is in state `{other}`"))),
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
            return Err(StoreError::Damaged(format!("the review of an article is `{other}`")));
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
            Some(Schedule { version, publish, expires: schedule_expires.read()?, by })
        }
        _ => None,
    };
    let source = source_digest.zip(source_version).map(|(digest, version)| {
        let digest = parsed(<[u8; 32]>::try_from(digest).map_err(|_| "a digest is not of 32 bytes"))?;
        Ok::<_, StoreError>(Source { digest, version })
    });
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
        source: source.transpose()?,
    })
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
    }
    .into_active_model()
    .reset_all()
}

/// The columns that a state takes.
#[derive(Default)]
struct StateColumns {
    name: &'static str,
    published_version: Option<i32>,
    published_edition: Option<i64>,
    withdrawn_at: Option<i64>,
    redirect_to: Option<uuid::Uuid>,
    redirect_url: Option<String>,
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
            ArticleState::Withdrawn { reason, at } => {
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
                    ..Self::default()
                }
            }
        }
    }
}
