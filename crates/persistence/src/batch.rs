//! Writes whose results nobody waits for, sent together: on PostgreSQL each statement by itself costs a
//! way to the server and back, which is most of what a write costs.

use sea_orm::sea_query::{CommonTableExpression, Expr, Query, SubQueryStatement, WithClause, WithQuery};
use sea_orm::{ConnectionTrait, DbBackend, DbErr};

use crate::editions::{CHANNEL, Successor};
use crate::error::OVERTAKEN;

/// Statements in their order. No two of them write the same row, and none reads what another writes.
#[derive(Debug, Default)]
pub(crate) struct Batch {
    statements: Vec<SubQueryStatement>,
    /// Which of them have to find a row, for the others to be kept.
    conditions: Vec<usize>,
    announcement: Option<String>,
}

impl Batch {
    pub(crate) fn push(&mut self, statement: impl Into<SubQueryStatement>) {
        self.statements.push(statement.into());
    }

    /// Adds a statement that has to find exactly one row, which it returns; otherwise nothing of the batch
    /// is kept, and running it fails with [`StoreError::Conflict`]. Only for PostgreSQL.
    pub(crate) fn push_condition(&mut self, statement: impl Into<SubQueryStatement>) {
        self.conditions.push(self.statements.len());
        self.push(statement);
    }

    /// Announces an edition, when the transaction commits. Only PostgreSQL has a way to.
    pub(crate) fn announce(&mut self, edition: &Successor) {
        self.announcement = Some(edition.announcement());
    }

    pub(crate) fn append(&mut self, mut more: Self) {
        let before = self.statements.len();
        self.conditions.extend(more.conditions.into_iter().map(|place| place + before));
        self.statements.append(&mut more.statements);
    }

    /// Sends them all: on PostgreSQL as one statement (a `WITH` whose parts write), elsewhere one after the
    /// other.
    pub(crate) async fn run<C: ConnectionTrait>(self, connection: &C) -> Result<(), DbErr> {
        let Self { mut statements, conditions, announcement } = self;
        let is_postgres = connection.get_database_backend() == DbBackend::Postgres;
        if is_postgres && (statements.len() > 1 || announcement.is_some() || !conditions.is_empty()) {
            let mut with = WithClause::new();
            for (place, statement) in statements.drain(..).enumerate() {
                let mut part = CommonTableExpression::new();
                part.table_name(format!("w{place}")).query(statement);
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
        for statement in statements {
            match statement {
                SubQueryStatement::InsertStatement(statement) => run(connection, &statement).await?,
                SubQueryStatement::UpdateStatement(statement) => run(connection, &statement).await?,
                SubQueryStatement::DeleteStatement(statement) => run(connection, &statement).await?,
                SubQueryStatement::SelectStatement(_) | SubQueryStatement::WithStatement(_) => {}
            }
        }
        Ok(())
    }
}

/// An expression that fails unless each of these statements has found its row. SQL cannot raise an error by
/// itself, but a text that is no number becomes none, and its message says the text.
fn fulfilled(conditions: &[usize]) -> Expr {
    if conditions.is_empty() {
        return Expr::cust("1");
    }
    let found: Vec<_> =
        conditions.iter().map(|place| format!("(SELECT count(*) FROM w{place}) = 1")).collect();
    let found = found.join(" AND ");
    Expr::cust(format!("CAST(CASE WHEN {found} THEN '1' ELSE '{OVERTAKEN}' END AS integer)"))
}

async fn run<C: ConnectionTrait>(
    connection: &C,
    statement: &impl sea_orm::StatementBuilder,
) -> Result<(), DbErr> {
    connection.execute(statement).await?;
    Ok(())
}
