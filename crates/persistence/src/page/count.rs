//! Counting the articles that match a condition.

use domain::Predicate;
use sea_orm::sea_query::{Alias, Expr, ExprTrait, Query, SelectStatement};
use sea_orm::{ConnectionTrait, DbBackend, EntityTrait, QueryResult, Statement};

use super::condition::{FilteredTable, LookupStyle, reads_publication, without};
use super::statement::join_publication;
use crate::cost::{CountMethod, Dates, Driver, day, start_of_day};
use crate::entity::{label_count, listing, publication};
use crate::{CountPlan, Publications, StoreError};

impl<C: ConnectionTrait> Publications<'_, C> {
    /// The number of matching articles, counted by the method of the plan.
    pub async fn count(&self, plan: &CountPlan) -> Result<i64, StoreError> {
        let mut plan = plan;
        let mut is_complement = false;
        while let CountMethod::Complement(rest) = &plan.method {
            plan = rest;
            is_complement = !is_complement;
        }
        let counted = match &plan.method {
            CountMethod::Nothing => 0,
            CountMethod::All => self.dated(Dates::ALL).await?,
            CountMethod::Label(label) => {
                let row = label_count::Entity::find_by_id(label.0).one(self.0).await?;
                row.map_or(0, |row| row.articles)
            }
            CountMethod::Dated => self.dated(dates(&plan.predicate)).await?,
            method @ (CountMethod::Over(_) | CountMethod::Scan | CountMethod::Complement(_)) => {
                let query = count_statement(&plan.predicate, method, self.0.get_database_backend());
                number(self.0.query_one(&query).await?)?
            }
        };
        if is_complement { Ok(self.dated(Dates::ALL).await? - counted) } else { Ok(counted) }
    }

    /// The number of articles in a range of dates. Whole days come from `day_count`, and the rest is counted.
    async fn dated(&self, dates: Dates) -> Result<i64, StoreError> {
        const SQL: &str = "SELECT CAST(COALESCE((SELECT SUM(articles) FROM day_count WHERE day >= $1 AND day < $2), 0) AS BIGINT) \
             + (SELECT COUNT(*) FROM publication WHERE until_edition IS NULL AND published_at >= $3 AND published_at < $4) \
             + (SELECT COUNT(*) FROM publication WHERE until_edition IS NULL AND published_at >= $5 AND published_at < $6)";
        let Dates { from, before } = dates;
        if from >= before {
            return Ok(0);
        }
        let (first, last) = (day(from), day(before - 1));
        let first_whole = if from == start_of_day(first) { first } else { first + 1 };
        let after_whole = if before == start_of_day(last + 1) { last + 1 } else { last };
        let values = if dates == Dates::ALL {
            [i64::MIN, i64::MAX, 0, 0, 0, 0]
        } else if first_whole > after_whole {
            [0, 0, from, before, 0, 0]
        } else {
            [first_whole, after_whole, from, start_of_day(first_whole), start_of_day(after_whole), before]
        };
        let backend = self.0.get_database_backend();
        let statement = Statement::from_sql_and_values(backend, SQL, values.map(sea_orm::Value::from));
        number(self.0.query_one_raw(statement).await?)
    }
}

/// The statement that counts the matching articles.
fn count_statement(predicate: &Predicate, method: &CountMethod, database: DbBackend) -> SelectStatement {
    let lookups = LookupStyle::of(database, false);
    let p = FilteredTable::publication(lookups);
    let mut query = Query::select();
    if let CountMethod::Over(Driver::Labels(labels)) = method {
        // The listing contains only live articles.
        let rest = without(predicate, labels);
        let l = FilteredTable::listing(Alias::new("l"), Some(p.table.clone()), lookups);
        let article = Expr::col((l.table.clone(), listing::Column::Article));
        query
            .expr(if labels.len() == 1 { article.count() } else { article.count_distinct() })
            .from_as(listing::Entity, l.table.clone())
            .and_where(
                Expr::col((l.table.clone(), listing::Column::Label))
                    .is_in(labels.iter().map(|label| label.0)),
            )
            .cond_where(l.condition(&rest));
        if reads_publication(&rest) {
            join_publication(&mut query, &l.table, &p.table);
        }
        return query;
    }
    query
        .expr(Expr::col((p.table.clone(), publication::Column::Id)).count())
        .from_as(publication::Entity, p.table.clone())
        .and_where(Expr::col((p.table.clone(), publication::Column::UntilEdition)).is_null())
        .cond_where(p.condition(predicate));
    query
}

/// The dates of a condition that restricts only the dates.
fn dates(predicate: &Predicate) -> Dates {
    match predicate {
        Predicate::Published(range) => Dates::of(range),
        _ => Dates::ALL,
    }
}

fn number(row: Option<QueryResult>) -> Result<i64, StoreError> {
    let row = row.ok_or_else(|| StoreError::Damaged("a count has no row".to_owned()))?;
    Ok(row.try_get_by_index(0)?)
}
