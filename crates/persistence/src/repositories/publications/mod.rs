//! Publications: what the public sees. The bodies of past ones can be read as well.

mod body;
mod ended;
mod former_slugs;
mod insert;

use std::collections::HashMap;

use domain::{ArticleId, Id, LabelId, Publication, PublicationFields, Slug};
use sea_orm::sea_query::{Alias, Expr, ExprTrait, JoinType, Query, SelectStatement};
use sea_orm::{
    ColumnTrait, ConnectionTrait, EntityTrait, QueryFilter, QueryOrder, QueryResult, QuerySelect, QueryTrait,
    Select,
};

pub(crate) use ended::ended_articles;
pub use former_slugs::FormerSlug;
pub(crate) use insert::{PublicationKey, end_publication, insert_publication};

use crate::StoreError;
use crate::cells::SeaOrmCells;
use crate::entity::{label_count, publication};

/// What the public sees. Pages are read with [`read_page`](crate::read_page).
#[derive(Debug)]
pub struct Publications<'a, C: ConnectionTrait>(pub(crate) &'a C);

impl<C: ConnectionTrait> Publications<'_, C> {
    /// The live publications of these articles, in no particular order.
    pub async fn find_many(&self, ids: &[ArticleId]) -> Result<Vec<Publication>, StoreError> {
        if ids.is_empty() {
            return Ok(Vec::new());
        }
        let found = publication::Entity::find()
            .filter(publication::Column::Article.is_in(ids.iter().map(|id| id.uuid())))
            .filter(publication::Column::UntilEdition.is_null());
        let rows = self.0.query_all(&select_all(found)).await?;
        rows.iter().map(read_row).collect()
    }

    /// The live publication of this article.
    pub async fn find(&self, id: ArticleId) -> Result<Option<Publication>, StoreError> {
        Ok(self.find_many(&[id]).await?.pop())
    }

    /// The live publication for a slug. If the slug is a former one, or if its article redirects to another one, this
    /// is the publication to which readers are redirected.
    pub async fn find_by_slug(&self, slug: &Slug) -> Result<Option<Publication>, StoreError> {
        let (owner, target) = (Alias::new("s"), Alias::new("a"));
        let query = Query::select()
            .expr(Expr::cust("COALESCE(a.redirect_to, a.id)"))
            .from_as(Alias::new("article_slug"), owner.clone())
            .join_as(
                JoinType::InnerJoin,
                Alias::new("article"),
                target.clone(),
                Expr::col((target, Alias::new("id"))).equals((owner.clone(), Alias::new("article"))),
            )
            .and_where(Expr::col((owner.clone(), Alias::new("slug"))).eq(slug.as_str()))
            .and_where(Expr::col((owner, Alias::new("public"))).eq(true))
            .to_owned();
        let found = publication::Entity::find()
            .filter(publication::Column::Article.in_subquery(query))
            .filter(publication::Column::UntilEdition.is_null())
            .limit(1);
        self.0.query_one(&select_all(found)).await?.as_ref().map(read_row).transpose()
    }

    /// The live publication with this name in another system.
    pub async fn find_by_external_ref(&self, external_ref: &str) -> Result<Option<Publication>, StoreError> {
        let found = publication::Entity::find()
            .filter(publication::Column::ExternalRef.eq(external_ref))
            .filter(publication::Column::UntilEdition.is_null())
            // Working copies can move a name to another article. The name belongs to the article that was published
            // last.
            .order_by_desc(publication::Column::FromEdition)
            .limit(1);
        self.0.query_one(&select_all(found)).await?.as_ref().map(read_row).transpose()
    }

    /// The number of live articles of each label. Labels without articles are omitted.
    pub async fn label_counts(&self) -> Result<HashMap<LabelId, i64>, StoreError> {
        let rows =
            label_count::Entity::find().filter(label_count::Column::Articles.gt(0)).all(self.0).await?;
        Ok(rows.into_iter().map(|row| (LabelId(row.label), row.articles)).collect())
    }
}

/// Selects all columns of publications.
fn select_all(found: Select<publication::Entity>) -> SelectStatement {
    found.select_only().columns(publication::columns(PublicationFields::all())).into_query()
}

/// Reads a row of [`select_all`].
fn read_row(row: &QueryResult) -> Result<Publication, StoreError> {
    publication::read(&mut SeaOrmCells::of(row), PublicationFields::all())
}
