//! The slugs and redirects of articles.

use domain::{ArticleId, Id, RedirectTarget, Slug};
use sea_orm::sea_query::{DeleteStatement, Expr, ExprTrait, InsertStatement, OnConflict, UpdateStatement};
use sea_orm::{ActiveValue::Set, ColumnTrait, EntityTrait, QueryFilter, QueryTrait};

use crate::entity::{article, article_slug};

/// What an article uses a slug for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum SlugUse {
    /// For its working copy. If the article owns the slug already, the slug does not change.
    WorkingCopy,
    /// For its publication.
    Present,
    /// For readers who use a former address.
    Former,
}

/// Claims a slug for an article. If the article owns the slug already, the slug stays as it is or becomes public. If
/// another article owns it, the statement changes no row.
pub(crate) fn claim_slug(slug: &Slug, owner: ArticleId, used: SlugUse) -> InsertStatement {
    let (public, former) = (used != SlugUse::WorkingCopy, used == SlugUse::Former);
    let unchanged = |column| Expr::col((article_slug::Entity, column));
    let (public_then, former_then) = match used {
        SlugUse::WorkingCopy => {
            (unchanged(article_slug::Column::Public), unchanged(article_slug::Column::Former))
        }
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

/// Marks the public slugs of an article as former ones, except those that the same write claims.
pub(crate) fn mark_former_slugs(owner: ArticleId, claimed: &[Slug]) -> UpdateStatement {
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

/// Deletes the slugs of an article that were never public, except those in `keep`.
pub(crate) fn release_slugs(owner: ArticleId, keep: &[Slug]) -> DeleteStatement {
    article_slug::Entity::delete_many()
        .filter(article_slug::Column::Article.eq(owner.uuid()))
        .filter(article_slug::Column::Public.eq(false))
        .filter(article_slug::Column::Slug.is_not_in(keep.iter().map(Slug::as_str)))
        .into_query()
}

/// Changes all redirects to the article `from` into redirects to its new target.
pub(crate) fn move_redirects(from: ArticleId, to: &RedirectTarget) -> UpdateStatement {
    let (redirect_to, redirect_url) = match to {
        RedirectTarget::Article(to) => (Some(to.uuid()), None),
        RedirectTarget::Url(url) => (None, Some(url.clone())),
    };
    let new_target = article::ActiveModel {
        redirect_to: Set(redirect_to),
        redirect_url: Set(redirect_url),
        ..Default::default()
    };
    article::Entity::update_many()
        .set(new_target)
        .filter(article::Column::RedirectTo.eq(from.uuid()))
        .into_query()
}
