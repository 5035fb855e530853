//! The statements of one write. PostgreSQL gets them as one statement, as each by itself costs a way to the server and
//! back, which is most of what a write costs. SQLite gets them one after the other.

use sea_orm::sea_query::{
    CommonTableExpression, Expr, Query, ReturningClause, SubQueryStatement, WithClause, WithQuery,
};
use sea_orm::{ConnectionTrait, DbBackend, DbErr};

use crate::editions::{CHANNEL, Successor};
use crate::error::{OVERTAKEN, overtaken};

/// Statements in their order. No two of them write the same row. As one statement they all read the database as it was
/// before; one after the other, each reads what those before it have written. They must do the same either way.
#[derive(Debug)]
pub(crate) struct Batch {
    backend: DbBackend,
    statements: Vec<SubQueryStatement>,
    /// The places of the statements that must find a row.
    conditions: Vec<usize>,
    announcement: Option<String>,
}

impl Batch {
    pub(crate) fn new(backend: DbBackend) -> Self {
        Self { backend, statements: Vec::new(), conditions: Vec::new(), announcement: None }
    }

    /// Whether the database gets one statement.
    pub(crate) fn is_one_statement(&self) -> bool {
        self.backend == DbBackend::Postgres
    }

    /// Adds a statement, and returns its place.
    pub(crate) fn push(&mut self, statement: impl Into<SubQueryStatement>) -> Place {
        self.statements.push(statement.into());
        Place(self.statements.len() - 1)
    }

    /// Adds a statement that must find exactly one row. If it does not, nothing of the batch is kept, and running it
    /// fails with [`StoreError::Conflict`](crate::StoreError::Conflict).
    pub(crate) fn push_condition(&mut self, statement: impl Into<SubQueryStatement>) {
        let place = self.push_counted(statement);
        self.conditions.push(place.0);
    }

    /// Adds a statement whose rows other parts of the one statement count, and returns its place.
    pub(crate) fn push_counted(&mut self, statement: impl Into<SubQueryStatement>) -> Place {
        let mut statement = statement.into();
        if self.is_one_statement() {
            let found = || -> ReturningClause { Query::returning().expr(Expr::cust("1")) };
            match &mut statement {
                SubQueryStatement::InsertStatement(statement) => _ = statement.returning(found()),
                SubQueryStatement::UpdateStatement(statement) => _ = statement.returning(found()),
                SubQueryStatement::DeleteStatement(statement) => _ = statement.returning(found()),
                SubQueryStatement::SelectStatement(_) | SubQueryStatement::WithStatement(_) => {}
            }
        }
        self.push(statement)
    }

    /// Announces an edition when the write is committed. Only PostgreSQL has a way to.
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
            last.expr(fulfilled(&conditions));
            if let Some(text) = announcement {
                last.expr(Expr::cust_with_values("pg_notify($1, $2)", [CHANNEL.to_owned(), text]));
            }
            let mut query = WithQuery::new();
            query.with_clause(with).query(last);
            connection.execute(&query).await?;
            return Ok(());
        }
        for (place, statement) in statements.into_iter().enumerate() {
            let found = match statement {
                SubQueryStatement::InsertStatement(statement) => run(connection, &statement).await?,
                SubQueryStatement::UpdateStatement(statement) => run(connection, &statement).await?,
                SubQueryStatement::DeleteStatement(statement) => run(connection, &statement).await?,
                SubQueryStatement::SelectStatement(statement) => {
                    u64::from(connection.query_one(&statement).await?.is_some())
                }
                SubQueryStatement::WithStatement(_) => 0,
            };
            if found != 1 && conditions.contains(&place) {
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
    /// What other parts of the one statement call the rows that this part returns.
    pub(crate) fn name(self) -> String {
        format!("w{}", self.0)
    }
}

/// An expression that fails unless each of these statements has found its row. SQL cannot raise an error by
/// itself, but a text that is no number becomes none, and its message says the text.
fn fulfilled(conditions: &[usize]) -> Expr {
    if conditions.is_empty() {
        return Expr::cust("1");
    }
    let found: Vec<_> = conditions
        .iter()
        .map(|place| format!("(SELECT count(*) FROM {}) = 1", Place(*place).name()))
        .collect();
    let found = found.join(" AND ");
    Expr::cust(format!("CAST(CASE WHEN {found} THEN '1' ELSE '{OVERTAKEN}' END AS integer)"))
}

async fn run<C: ConnectionTrait>(
    connection: &C,
    statement: &impl sea_orm::StatementBuilder,
) -> Result<u64, DbErr> {
    Ok(connection.execute(statement).await?.rows_affected())
}
