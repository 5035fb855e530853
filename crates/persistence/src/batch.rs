//! Writes whose results nobody waits for, sent together: on PostgreSQL each statement by itself costs a
//! way to the server and back, which is most of what a write costs.

use sea_orm::sea_query::{CommonTableExpression, Expr, Query, SubQueryStatement, WithClause};
use sea_orm::{ConnectionTrait, DbBackend};

use crate::StoreError;

/// Statements in their order. No two of them write the same row, and none reads what another writes.
#[derive(Debug, Default)]
pub(crate) struct Batch(Vec<SubQueryStatement>);

impl Batch {
    pub(crate) fn push(&mut self, statement: impl Into<SubQueryStatement>) {
        self.0.push(statement.into());
    }

    pub(crate) fn append(&mut self, mut more: Self) {
        self.0.append(&mut more.0);
    }

    /// Sends them all: on PostgreSQL as one statement (a `WITH` whose parts write), elsewhere one after the
    /// other.
    pub(crate) async fn run<C: ConnectionTrait>(self, connection: &C) -> Result<(), StoreError> {
        let Self(mut statements) = self;
        if statements.len() > 1 && connection.get_database_backend() == DbBackend::Postgres {
            let mut with = WithClause::new();
            for (place, statement) in statements.drain(..).enumerate() {
                with.cte(
                    CommonTableExpression::new().table_name(format!("w{place}")).query(statement).to_owned(),
                );
            }
            let query = Query::select().expr(Expr::val(1)).to_owned().with(with);
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
