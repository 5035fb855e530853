//! Writes whose results nobody waits for, sent together: on PostgreSQL each statement by itself costs a
//! way to the server and back, which is most of what a write costs.

use sea_orm::sea_query::{CommonTableExpression, Expr, Query, SubQueryStatement, WithClause};
use sea_orm::{ConnectionTrait, DbBackend};

use crate::editions::CHANNEL;
use crate::{Head, StoreError};

/// Statements in their order. No two of them write the same row, and none reads what another writes.
#[derive(Debug, Default)]
pub(crate) struct Batch {
    statements: Vec<SubQueryStatement>,
    announcement: Option<String>,
}

impl Batch {
    pub(crate) fn push(&mut self, statement: impl Into<SubQueryStatement>) {
        self.statements.push(statement.into());
    }

    /// Announces an edition, when the transaction commits. Only PostgreSQL has a way to.
    pub(crate) fn announce(&mut self, head: &Head) {
        self.announcement = Some(head.announcement());
    }

    pub(crate) fn append(&mut self, mut more: Self) {
        self.statements.append(&mut more.statements);
    }

    /// Sends them all: on PostgreSQL as one statement (a `WITH` whose parts write), elsewhere one after the
    /// other.
    pub(crate) async fn run<C: ConnectionTrait>(self, connection: &C) -> Result<(), StoreError> {
        let Self { mut statements, announcement } = self;
        let is_postgres = connection.get_database_backend() == DbBackend::Postgres;
        if is_postgres && (statements.len() > 1 || announcement.is_some()) {
            let mut with = WithClause::new();
            for (place, statement) in statements.drain(..).enumerate() {
                with.cte(
                    CommonTableExpression::new().table_name(format!("w{place}")).query(statement).to_owned(),
                );
            }
            let last = match announcement {
                Some(text) => Expr::cust_with_values("pg_notify($1, $2)", [CHANNEL.to_owned(), text]),
                None => Expr::val(1),
            };
            let query = Query::select().expr(last).to_owned().with(with);
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

async fn run<C: ConnectionTrait>(
    connection: &C,
    statement: &impl sea_orm::StatementBuilder,
) -> Result<(), StoreError> {
    connection.execute(statement).await?;
    Ok(())
}
