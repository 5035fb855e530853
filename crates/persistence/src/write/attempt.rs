//! One attempt at a write: what it reads, and what its decision therefore depends on.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use domain::{Article, ArticleId, Change, Edition, EditionId, EditionMark, Id, Revision, Slug, Timestamp};
use sea_orm::sea_query::{Alias, Expr, ExprTrait, JoinType, LockType, Query, SelectStatement};
use sea_orm::{ConnectionTrait, DbBackend, EntityTrait, FromQueryResult, Iterable, QuerySelect, Statement};
use tokio::sync::OwnedMutexGuard;

use super::batch::Batch;
use super::connection::AttemptConnection;
use super::statements::{self, SeenArticles};
use super::write_set::WriteSet;
use super::{Strategy, WriteKind, WriteOrigin, run_to_completion};
use crate::connection::FixedQuery;
use crate::editions::Successor;
use crate::entity::revision::revision_from_row;
use crate::entity::{article, edition_counter, revision};
use crate::repositories::{IdempotencyKeys, article_from_row};
use crate::store::schema_condition;
use crate::{
    Articles, Creation, Database, IdempotentRequest, Keys, Previews, Publications, Store, StoreError,
    TaxonomyRows, Transaction, convert,
};

/// One attempt at a write. The decision depends on everything that is read through it. If any of that has changed at
/// the commit, nothing is written, and the next attempt reads it again.
#[derive(Debug)]
pub struct Attempt {
    store: Store,
    pub(super) origin: WriteOrigin,
    pub(super) connection: AttemptConnection,
    /// The latest edition, and the last one that changed a tag, topic or author. `None` before they are read.
    counter: Option<(EditionId, EditionId)>,
    /// The last edition that changed a tag, topic or author, if the decision depends on it.
    taxonomy: Option<EditionId>,
    /// The articles that were read without being locked.
    pub(super) seen: SeenArticles,
    /// The changes of earlier steps.
    pub(super) changes: Vec<Change>,
    /// Whether the decision is based on the memory of this node, which may be out of date.
    may_be_out_of_date: Arc<AtomicBool>,
    /// Held if the attempt makes an edition without locking the counter, so that such writes of one node do not
    /// overtake each other.
    turn: Option<OwnedMutexGuard<()>>,
}

/// The decision of a use case.
#[derive(Debug)]
pub struct Decided<T>(pub(super) Outcome<T>);

#[derive(Debug)]
pub(super) enum Outcome<T> {
    Commit(Box<Attempt>, WriteSet, T),
    Nothing(T),
    Again,
}

impl<T> Decided<T> {
    /// Writes nothing.
    pub fn nothing(attempt: Attempt, answer: T) -> Self {
        drop(attempt);
        Self(Outcome::Nothing(answer))
    }

    /// Runs the use case again, after it has released the attempt and done slow work.
    #[must_use]
    pub fn again() -> Self {
        Self(Outcome::Again)
    }
}

impl Attempt {
    pub(super) async fn begin(
        store: &Store,
        strategy: Strategy,
        origin: WriteOrigin,
        kind: WriteKind,
        may_be_out_of_date: Arc<AtomicBool>,
    ) -> Result<Self, StoreError> {
        let (connection, counter, turn) = match strategy {
            Strategy::Statement => {
                let turn = match kind {
                    WriteKind::Private => None,
                    WriteKind::Public => Some(store.write_turn().await),
                };
                (AttemptConnection::Pool(store.writer().clone()), None, turn)
            }
            Strategy::Transaction => {
                let (tx, counter) = store.begin_attempt(kind).await?;
                (AttemptConnection::Transaction(tx), counter, None)
            }
        };
        Ok(Self {
            store: store.clone(),
            origin,
            connection,
            counter,
            taxonomy: None,
            seen: SeenArticles::new(),
            changes: Vec::new(),
            may_be_out_of_date,
            turn,
        })
    }

    /// The attempt of a dry run.
    pub(super) fn of_dry_run(store: &Store, tx: Transaction, counter: (EditionId, EditionId)) -> Self {
        Self {
            store: store.clone(),
            origin: WriteOrigin { request_id: None, write: 0, person: None },
            connection: AttemptConnection::Transaction(tx),
            counter: Some(counter),
            taxonomy: None,
            seen: SeenArticles::new(),
            changes: Vec::new(),
            may_be_out_of_date: Arc::default(),
            turn: None,
        }
    }

    /// The transaction.
    pub(super) fn into_transaction(self) -> Result<Transaction, StoreError> {
        match self.connection {
            AttemptConnection::Transaction(tx) => Ok(tx),
            AttemptConnection::Pool(_) => Err(statements::no_edition()),
        }
    }

    /// Writes this set, and returns `answer` after the commit.
    #[must_use]
    pub fn commit<T>(self, writes: WriteSet, answer: T) -> Decided<T> {
        Decided(Outcome::Commit(Box::new(self), writes, answer))
    }

    /// Whether the attempt holds locks that others may wait for. Then it must not do slow work.
    #[must_use]
    pub fn holds_locks(&self) -> bool {
        matches!(self.connection, AttemptConnection::Transaction(_))
    }

    /// Articles as editors see them.
    #[must_use]
    pub fn articles(&self) -> Articles<'_, AttemptConnection> {
        Articles(&self.connection)
    }

    /// What the public sees.
    #[must_use]
    pub fn publications(&self) -> Publications<'_, AttemptConnection> {
        Publications(&self.connection)
    }

    /// Tags, topics and authors.
    #[must_use]
    pub fn taxonomy(&self) -> TaxonomyRows<'_, AttemptConnection> {
        TaxonomyRows(&self.connection)
    }

    /// Preview links.
    #[must_use]
    pub fn previews(&self) -> Previews<'_, AttemptConnection> {
        Previews(&self.connection)
    }

    /// API keys.
    #[must_use]
    pub fn keys(&self) -> Keys<'_, AttemptConnection> {
        Keys(&self.connection)
    }

    /// The article and its working copy. The decision depends on both.
    pub async fn article(&mut self, id: ArticleId) -> Result<Option<(Article, Revision)>, StoreError> {
        if self.holds_locks() {
            let mut query = article::Entity::find_by_id(id.uuid());
            if self.store.database() == Database::Postgres {
                query = query.lock(LockType::Update);
            }
            let Some(row) = query.one(&self.connection).await? else { return Ok(None) };
            let article = article_from_row(row)?;
            let revision = self.articles().revision(id, article.version).await?;
            let missing = || StoreError::Damaged(format!("article {id} has no revision {}", article.version));
            let revision = revision.ok_or_else(missing)?;
            return Ok(Some((article, revision)));
        }
        static QUERY: FixedQuery = FixedQuery::new();
        let query = QUERY.with(DbBackend::Postgres, [id.uuid().into()], || article_with_counter(id));
        let Some(row) = self.connection.query_one_raw(query).await? else { return Ok(None) };
        // All later reads depend on the first read of the counter.
        self.counter.get_or_insert((
            convert::edition_id(row.try_get("", "number")?, row.try_get("", "mark")?),
            convert::edition_id(row.try_get("", "taxonomy")?, row.try_get("", "taxonomy_mark")?),
        ));
        self.seen.insert(id, row.try_get("", "xmin")?);
        let article = article_from_row(article::Model::from_query_result(&row, "a_")?)?;
        let revision = revision_from_row(revision::Model::from_query_result(&row, "r_")?)?;
        Ok(Some((article, revision)))
    }

    /// The edition that this write makes if it changes what the public sees. The decision depends on the previous
    /// edition.
    pub async fn next_edition(&mut self, mark: EditionMark, at: Timestamp) -> Result<Edition, StoreError> {
        let (latest, _) = self.counter().await?;
        Ok(Edition { number: latest.number + 1, mark, at })
    }

    /// The last edition that changed a tag, topic or author. The decision depends on it.
    pub async fn taxonomy_edition(&mut self) -> Result<EditionId, StoreError> {
        let known = match (self.counter, self.holds_locks(), &self.turn) {
            (Some((_, taxonomy)), _, _) => taxonomy,
            (None, false, None) => {
                // The commit checks it, so the memory of this node is sufficient.
                self.may_be_out_of_date.store(true, Ordering::Relaxed);
                self.store.editions().latest().taxonomy
            }
            (None, _, _) => self.counter().await?.1,
        };
        Ok(*self.taxonomy.get_or_insert(known))
    }

    async fn counter(&mut self) -> Result<(EditionId, EditionId), StoreError> {
        if let Some(counter) = self.counter {
            return Ok(counter);
        }
        let counter = edition_counter::Entity::find().one(&self.connection).await?;
        Ok(*self.counter.insert(counter_ids(counter)?))
    }

    /// The other article that owns this slug. Without locks this returns `None`, because the decision has to claim the
    /// slug, and the commit checks the claim.
    pub async fn other_owner_of(&self, slug: &Slug, own: ArticleId) -> Result<Option<ArticleId>, StoreError> {
        if !self.holds_locks() {
            return Ok(None);
        }
        Ok(self.slug_owner(slug).await?.filter(|owner| *owner != own))
    }

    /// The article that owns this slug. With locks, other attempts that use the slug wait.
    pub async fn slug_owner(&self, slug: &Slug) -> Result<Option<ArticleId>, StoreError> {
        if self.holds_locks() && self.store.database() == Database::Postgres {
            let sql = "SELECT pg_advisory_xact_lock($1, hashtext($2))";
            let values = [SLUG_LOCK.into(), slug.as_str().into()];
            let lock = Statement::from_sql_and_values(DbBackend::Postgres, sql, values);
            self.connection.query_one_raw(lock).await?;
        }
        self.articles().slug_owner(slug).await
    }

    /// The other article with this name in another system. Without locks this returns `None`, because the decision has
    /// to write the name, and the commit checks that it is unique.
    pub async fn other_with_external_ref(
        &self,
        external_ref: &str,
        own: ArticleId,
    ) -> Result<Option<ArticleId>, StoreError> {
        if !self.holds_locks() {
            return Ok(None);
        }
        let found = self.articles().find_by_external_ref(external_ref).await?;
        Ok(found.map(|article| article.id).filter(|owner| *owner != own))
    }

    /// The object that a request with the same key has created. A request that creates an object also writes
    /// [`Write::Creation`](crate::Write::Creation), and the commit checks that it is the only one.
    pub async fn created_before(&self, request: &IdempotentRequest) -> Result<Option<Creation>, StoreError> {
        IdempotencyKeys(&self.connection).find(request).await
    }

    /// Commits a write set. There is no other way to write.
    pub(super) async fn commit_writes(self, writes: WriteSet) -> Result<(), StoreError> {
        let Self {
            store,
            origin,
            connection,
            counter,
            taxonomy,
            mut seen,
            changes,
            may_be_out_of_date: _,
            turn,
        } = self;
        let (batch, made) = {
            let holds_locks = matches!(connection, AttemptConnection::Transaction(_));
            let mut batch = Batch::new(connection.get_database_backend());
            if !holds_locks {
                // This comes first, so that it waits for a migration before it holds a lock that the migration needs.
                batch.push_condition(schema_condition());
            }
            let changes = all_changes(changes, &writes);
            let made = if changes.is_empty() {
                if let Some(taxonomy) = taxonomy.filter(|_| !holds_locks) {
                    batch.push_condition(statements::taxonomy_condition(taxonomy));
                }
                None
            } else {
                // The counter is locked first, as in a transaction, so that writes cannot deadlock.
                let next = writes.edition.as_ref().ok_or_else(statements::no_edition)?;
                let last = counter.ok_or_else(statements::no_edition)?;
                Some(statements::add_edition(next, last, &changes, holds_locks, &mut batch))
            };
            statements::add_all(writes, &origin, &mut seen, &mut batch)?;
            statements::add_conditions(seen, &mut batch);
            (batch, made)
        };
        match connection {
            AttemptConnection::Transaction(tx) => {
                batch.run(&tx).await?;
                commit_transaction(tx, store, origin, made).await
            }
            AttemptConnection::Pool(pool) => {
                run_to_completion(async move {
                    // The turn ends after everything else.
                    let _turn = turn;
                    let waiting = made.is_some().then(|| store.waiting_writer());
                    let written = batch.run(&pool).await;
                    drop(waiting);
                    if let Err(error) = written {
                        store.resolve_outcome(&origin, error.into()).await?;
                    }
                    learn(&store, made).await;
                    Ok(())
                })
                .await
            }
        }
    }
}

/// The first number of the advisory lock of a slug. The second number is the hash of the slug.
const SLUG_LOCK: i32 = 0x736c_7567;

/// Adds the changes of a write set. Each change is contained only once.
pub(super) fn all_changes(mut changes: Vec<Change>, writes: &WriteSet) -> Vec<Change> {
    for change in writes.changes() {
        if !changes.contains(&change) {
            changes.push(change);
        }
    }
    changes
}

/// Commits a transaction, and learns about the edition that it has made. This happens before the write is
/// acknowledged, so that its sender can read the edition on this node at once.
async fn commit_transaction(
    tx: Transaction,
    store: Store,
    origin: WriteOrigin,
    made: Option<Successor>,
) -> Result<(), StoreError> {
    run_to_completion(async move {
        if let Err(error) = tx.commit().await {
            store.resolve_outcome(&origin, error).await?;
        }
        learn(&store, made).await;
        Ok(())
    })
    .await
}

async fn learn(store: &Store, made: Option<Successor>) {
    if let Some(made) = made {
        store.learn_own(&made).await;
    }
}

/// The latest edition, and the last one that changed a tag, topic or author, from the row of the counter.
pub(crate) fn counter_ids(
    counter: Option<edition_counter::Model>,
) -> Result<(EditionId, EditionId), StoreError> {
    let counter = counter.ok_or_else(|| StoreError::Damaged("the edition counter is missing".to_owned()))?;
    let edition_counter::Model { id: _, number, taxonomy, mark, taxonomy_mark, empty_mark: _ } = counter;
    Ok((convert::edition_id(number, mark), convert::edition_id(taxonomy, taxonomy_mark)))
}

/// Selects an article, its working copy, the counter, and the `xmin` of the row of the article.
fn article_with_counter(id: ArticleId) -> SelectStatement {
    let (a, r, c) = (Alias::new("a"), Alias::new("r"), Alias::new("c"));
    let working_copy = Expr::col((r.clone(), revision::Column::Article))
        .equals((a.clone(), article::Column::Id))
        .and(Expr::col((r.clone(), revision::Column::Version)).equals((a.clone(), article::Column::Version)));
    let mut query = Query::select();
    for column in article::Column::iter() {
        let name = format!("a_{}", sea_orm::IdenStatic::as_str(&column));
        query.expr_as(Expr::col((a.clone(), column)), name);
    }
    for column in revision::Column::iter() {
        let name = format!("r_{}", sea_orm::IdenStatic::as_str(&column));
        query.expr_as(Expr::col((r.clone(), column)), name);
    }
    query
        .column((c.clone(), edition_counter::Column::Number))
        .column((c.clone(), edition_counter::Column::Mark))
        .column((c.clone(), edition_counter::Column::Taxonomy))
        .column((c.clone(), edition_counter::Column::TaxonomyMark))
        .expr_as(Expr::cust("a.xmin::text"), "xmin")
        .from_as(article::Entity, a.clone())
        .join_as(JoinType::InnerJoin, revision::Entity, r, working_copy)
        .join_as(JoinType::InnerJoin, edition_counter::Entity, c, Expr::cust("TRUE"))
        .and_where(Expr::col((a, article::Column::Id)).eq(id.uuid()));
    query
}
