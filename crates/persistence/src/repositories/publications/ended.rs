//! Public articles whose end has passed. While their withdrawal cannot be written, they are removed from lists when
//! reading.

use std::collections::{HashMap, HashSet};

use domain::{ArticleId, Ends, Id, LabelId, OverduePolicy};
use sea_orm::ConnectionTrait;
use sea_orm::sea_query::{Alias, Cond, Expr, ExprTrait, Query, SelectStatement};
use uuid::Uuid;

use crate::convert::micros;
use crate::entity::{article, listing};
use crate::{Publications, StoreError};

/// Selects the ids of public articles whose end has passed.
pub(crate) fn ended_articles(ends: Ends) -> SelectStatement {
    let Ends { by, overdue } = ends;
    let a = Alias::new("ended");
    let passed = |column| Expr::col((a.clone(), column)).lte(micros(by));
    let mut any = Cond::any().add(passed(article::Column::ExpiresAt));
    if overdue == OverduePolicy::Withdraw {
        any = any.add(passed(article::Column::ReviewDueAt));
    }
    Query::select()
        .column((a.clone(), article::Column::Id))
        .from_as(article::Entity, a.clone())
        .and_where(Expr::col((a, article::Column::State)).eq("PUBLISHED"))
        .cond_where(any)
        .to_owned()
}

impl<C: ConnectionTrait> Publications<'_, C> {
    /// The public articles whose end has passed.
    pub async fn ended(&self, ends: Ends) -> Result<HashSet<ArticleId>, StoreError> {
        let rows = self.0.query_all(&ended_articles(ends)).await?;
        rows.iter().map(|row| Ok(ArticleId::from_uuid(row.try_get_by_index::<Uuid>(0)?))).collect()
    }

    /// The number of such articles of each label. Labels without any are omitted.
    pub async fn ended_label_counts(&self, ends: Ends) -> Result<HashMap<LabelId, i64>, StoreError> {
        let query = Query::select()
            .column(listing::Column::Label)
            .expr(Expr::col(listing::Column::Article).count())
            .from(listing::Entity)
            .and_where(Expr::col(listing::Column::Article).in_subquery(ended_articles(ends)))
            .group_by_col(listing::Column::Label)
            .to_owned();
        let rows = self.0.query_all(&query).await?;
        rows.iter()
            .map(|row| Ok((LabelId(row.try_get_by_index::<Uuid>(0)?), row.try_get_by_index::<i64>(1)?)))
            .collect()
    }
}
