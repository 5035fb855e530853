//! The statements of one write. PostgreSQL gets them as one statement, because the round trips to the server would be
//! most of the cost of a write. SQLite gets them one after the other.

use sea_orm::sea_query::{
    CommonTableExpression, Expr, Query, ReturningClause, SubQueryStatement, WithClause, WithQuery,
};
use sea_orm::{ConnectionTrait, DbBackend, DbErr};

use crate::editions::{CHANNEL, Successor};
use crate::error::{OVERTAKEN, overtaken};

/// An ordered list of statements. No two of them may write the same row. As parts of one statement, all of them see
/// the database as it was before. One after the other, each of them sees the changes of earlier ones. They must have
/// the same effect in both cases.
#[derive(Debug)]
pub(crate) struct Batch {
    backend: DbBackend,
    statements: Vec<SubQueryStatement>,
    /// The places of the statements that must affect exactly one row.
    conditions: Vec<usize>,
    announcement: Option<String>,
}

impl Batch {
    pub(crate) fn new(backend: DbBackend) -> Self {
        Self { backend, statements: Vec::new(), conditions: Vec::new(), announcement: None }
    }

    /// Whether the database gets all statements as one.
    pub(crate) fn is_one_statement(&self) -> bool {
        self.backend == DbBackend::Postgres
    }

    /// Adds a statement, and returns its place.
    pub(crate) fn push(&mut self, statement: impl Into<SubQueryStatement>) -> Place {
        self.statements.push(statement.into());
        Place(self.statements.len() - 1)
    }

    /// Adds a statement that must select or change exactly one row. Otherwise the batch fails with
    /// [`StoreError::Conflict`](crate::StoreError::Conflict), and nothing is written.
    pub(crate) fn push_condition(&mut self, statement: impl Into<SubQueryStatement>) {
        let place = self.push_counted(statement);
        self.conditions.push(place.0);
    }

    /// Adds a statement whose rows other parts of the one statement can count, and returns its place.
    pub(crate) fn push_counted(&mut self, statement: impl Into<SubQueryStatement>) -> Place {
        let mut statement = statement.into();
        if self.is_one_statement() {
            let row = || -> ReturningClause { Query::returning().expr(Expr::cust("1")) };
            match &mut statement {
                SubQueryStatement::InsertStatement(statement) => _ = statement.returning(row()),
                SubQueryStatement::UpdateStatement(statement) => _ = statement.returning(row()),
                SubQueryStatement::DeleteStatement(statement) => _ = statement.returning(row()),
                SubQueryStatement::SelectStatement(_) | SubQueryStatement::WithStatement(_) => {}
            }
        }
        self.push(statement)
    }

    /// Announces an edition with the commit. SQLite has no announcements.
    pub(crate) fn announce(&mut self, edition: &Successor) {
        self.announcement = Some(edition.announcement());
    }

    /// Sends the statements.
    pub(crate) async fn run<C: ConnectionTrait>(self, connection: &C) -> Result<(), DbErr> {
        let is_one_statement = self.is_one_statement();
        let Self { backend: _, mut statements, conditions, announcement } = self;
        if is_one_statement && (statements.len() > 1 || announcement.is_some() || !conditions.is_empty()) {
            let mut with = WithClause::new();
            for (place, statement) in statements.drain(..).enumerate() {
                let mut part = CommonTableExpression::new();
                part.table_name(Place(place).name()).query(statement);
                with.cte(part);
            }
            let mut last = Query::select();
            last.expr(check_conditions(&conditions));
            if let Some(text) = announcement {
                last.expr(Expr::cust_with_values("pg_notify($1, $2)", [CHANNEL.to_owned(), text]));
            }
            let mut query = WithQuery::new();
            query.with_clause(with).query(last);
            connection.execute(&query).await?;
            return Ok(());
        }
        for (place, statement) in statements.into_iter().enumerate() {
            let rows = match statement {
                SubQueryStatement::InsertStatement(statement) => run(connection, &statement).await?,
                SubQueryStatement::UpdateStatement(statement) => run(connection, &statement).await?,
                SubQueryStatement::DeleteStatement(statement) => run(connection, &statement).await?,
                SubQueryStatement::SelectStatement(statement) => {
                    u64::from(connection.query_one(&statement).await?.is_some())
                }
                SubQueryStatement::WithStatement(_) => 0,
            };
            if rows != 1 && conditions.contains(&place) {
                return Err(overtaken());
            }
        }
        Ok(())
    }
}

/// The place of a statement in a batch.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Place(usize);

impl Place {
    /// The name of this part in the one statement.
    pub(crate) fn name(self) -> String {
        format!("w{}", self.0)
    }
}

/// An expression that fails unless each of these statements has returned one row. SQL has no statement that raises an
/// error. But the cast of a text that is not a number fails, and the message of the error contains the text.
fn check_conditions(conditions: &[usize]) -> Expr {
    if conditions.is_empty() {
        return Expr::cust("1");
    }
    let checks: Vec<_> = conditions
        .iter()
        .map(|place| format!("(SELECT count(*) FROM {}) = 1", Place(*place).name()))
        .collect();
    let checks = checks.join(" AND ");
    Expr::cust(format!("CAST(CASE WHEN {checks} THEN '1' ELSE '{OVERTAKEN}' END AS integer)"))
}

async fn run<C: ConnectionTrait>(
    connection: &C,
    statement: &impl sea_orm::StatementBuilder,
) -> Result<u64, DbErr> {
    Ok(connection.execute(statement).await?.rows_affected())
}
