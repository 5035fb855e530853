//! One attempt at a write: what it reads, and what its decision therefore rests on.

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
use super::{Strategy, WriteKind, to_its_end};
use crate::built_once::BuiltOnce;
use crate::editions::Successor;
use crate::entity::{article, edition_counter, revision};
use crate::{
    Articles, Creation, Database, IdempotencyKeys, IdempotentRequest, Keys, Previews, Publications, Store,
    StoreError, TaxonomyRows, Transaction, WriteOrigin, articles, convert, revisions, schema,
};

/// One attempt at a write. What is read through it is what the decision rests on: if any of that has changed when the
/// decision is committed, nothing is kept, and the next attempt reads it again.
#[derive(Debug)]
pub struct Attempt {
    store: Store,
    pub(super) origin: WriteOrigin,
    pub(super) connection: AttemptConnection,
    /// The latest edition, and the last one that changed a tag, topic or author; once that was read.
    counter: Option<(EditionId, EditionId)>,
    /// The last edition that changed a tag, topic or author, when the decision rests on it.
    taxonomy: Option<EditionId>,
    /// The articles that were read without being held.
    pub(super) seen: SeenArticles,
    /// What earlier steps have changed.
    pub(super) changes: Vec<Change>,
    /// Whether the decision rests on what this node only knows, and has not read.
    may_be_out_of_date: Arc<AtomicBool>,
    /// Held by whoever writes without holding the counter, so that those of one node do not overtake each other.
    turn: Option<OwnedMutexGuard<()>>,
}

/// What came of an attempt.
#[derive(Debug)]
pub struct Decided<T>(pub(super) Outcome<T>);

#[derive(Debug)]
pub(super) enum Outcome<T> {
    Commit(Box<Attempt>, WriteSet, T),
    Nothing(T),
    Again,
}

impl<T> Decided<T> {
    /// Nothing is to be written.
    pub fn nothing(attempt: Attempt, answer: T) -> Self {
        drop(attempt);
        Self(Outcome::Nothing(answer))
    }

    /// Something had to be done while nobody waits. It is done, and the decision is to be made anew.
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
                    WriteKind::Public => Some(store.turn_to_write().await),
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

    /// An attempt that is never kept.
    pub(super) fn of_trial(store: &Store, tx: Transaction, counter: (EditionId, EditionId)) -> Self {
        Self {
            store: store.clone(),
            origin: WriteOrigin { request_id: None, write: 0 },
            connection: AttemptConnection::Transaction(tx),
            counter: Some(counter),
            taxonomy: None,
            seen: SeenArticles::new(),
            changes: Vec::new(),
            may_be_out_of_date: Arc::default(),
            turn: None,
        }
    }

    /// The transaction that holds what was read.
    pub(super) fn into_transaction(self) -> Result<Transaction, StoreError> {
        match self.connection {
            AttemptConnection::Transaction(tx) => Ok(tx),
            AttemptConnection::Pool(_) => Err(statements::no_edition()),
        }
    }

    /// What is to be written, and what is answered once it is.
    #[must_use]
    pub fn commit<T>(self, writes: WriteSet, answer: T) -> Decided<T> {
        Decided(Outcome::Commit(Box::new(self), writes, answer))
    }

    /// Whether others wait for what the attempt holds. Then nothing may be done in between that takes long.
    #[must_use]
    pub fn is_held(&self) -> bool {
        matches!(self.connection, AttemptConnection::Transaction(_))
    }

    /// Articles as editors see them.
    #[must_use]
    pub fn articles(&self) -> Articles<'_, AttemptConnection> {
        Articles(&self.connection)
    }

    /// What readers get.
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

    /// The article and its working copy. The decision rests on both.
    ///
    /// # Errors
    /// When the database refuses.
    pub async fn article(&mut self, id: ArticleId) -> Result<Option<(Article, Revision)>, StoreError> {
        if self.is_held() {
            let mut query = article::Entity::find_by_id(id.uuid());
            if self.store.database() == Database::Postgres {
                query = query.lock(LockType::Update);
            }
            let Some(row) = query.one(&self.connection).await? else { return Ok(None) };
            let article = articles::article(row)?;
            let revision = self.articles().revision(id, article.version).await?;
            let missing = || StoreError::Damaged(format!("{id} has no revision {}", article.version));
            let revision = revision.ok_or_else(missing)?;
            return Ok(Some((article, revision)));
        }
        static QUERY: BuiltOnce = BuiltOnce::new();
        let query = QUERY.with(DbBackend::Postgres, [id.uuid().into()], || article_with_counter(id));
        let Some(row) = self.connection.query_one_raw(query).await? else { return Ok(None) };
        // What was read first is what everything rests on.
        self.counter.get_or_insert((
            convert::edition_id(row.try_get("", "number")?, row.try_get("", "mark")?),
            convert::edition_id(row.try_get("", "taxonomy")?, row.try_get("", "taxonomy_mark")?),
        ));
        self.seen.insert(id, row.try_get("", "written_by")?);
        let article = articles::article(article::Model::from_query_result(&row, "a_")?)?;
        let revision = revisions::revision(revision::Model::from_query_result(&row, "r_")?)?;
        Ok(Some((article, revision)))
    }

    /// The edition that this write makes, if it changes what the public sees. The decision rests on the one before it.
    ///
    /// # Errors
    /// When the database refuses.
    pub async fn next_edition(&mut self, mark: EditionMark, at: Timestamp) -> Result<Edition, StoreError> {
        let (latest, _) = self.counter().await?;
        Ok(Edition { number: latest.number + 1, mark, at })
    }

    /// The last edition that changed a tag, topic or author. The decision rests on there being no later one.
    ///
    /// # Errors
    /// When the database refuses.
    pub async fn taxonomy_edition(&mut self) -> Result<EditionId, StoreError> {
        let known = match (self.counter, self.is_held(), &self.turn) {
            (Some((_, taxonomy)), _, _) => taxonomy,
            (None, false, None) => {
                // It is a condition of what is written, so that what this node knows will do.
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
        Ok(*self.counter.insert(ids_of(counter)?))
    }

    /// The other article that a slug belongs to, if it is known to belong to one. The decision must claim the slug,
    /// and rests on that.
    ///
    /// # Errors
    /// When the database refuses.
    pub async fn other_owner_of(&self, slug: &Slug, own: ArticleId) -> Result<Option<ArticleId>, StoreError> {
        if !self.is_held() {
            // Nearly always it is free, and the claim will tell.
            return Ok(None);
        }
        Ok(self.slug_owner(slug).await?.filter(|owner| *owner != own))
    }

    /// The article that a slug belongs to. Whoever holds what they read has the others wait with it.
    ///
    /// # Errors
    /// When the database refuses.
    pub async fn slug_owner(&self, slug: &Slug) -> Result<Option<ArticleId>, StoreError> {
        if self.is_held() && self.store.database() == Database::Postgres {
            let sql = "SELECT pg_advisory_xact_lock($1, hashtext($2))";
            let values = [SLUG_LOCK.into(), slug.as_str().into()];
            let lock = Statement::from_sql_and_values(DbBackend::Postgres, sql, values);
            self.connection.query_one_raw(lock).await?;
        }
        self.articles().slug_owner(slug).await
    }

    /// The other article that another system knows by this name, if one is known. The decision must keep the name,
    /// and rests on its being free.
    ///
    /// # Errors
    /// When the database refuses.
    pub async fn other_with_external_ref(
        &self,
        external_ref: &str,
        own: ArticleId,
    ) -> Result<Option<ArticleId>, StoreError> {
        if !self.is_held() {
            return Ok(None);
        }
        let found = self.articles().find_by_external_ref(external_ref).await?;
        Ok(found.map(|article| article.id).filter(|owner| *owner != own))
    }

    /// What a request with the same key has created before, if one has. A request that creates something keeps that
    /// with what it creates ([`Write::Creation`](crate::Write::Creation)), and rests on being the only one.
    ///
    /// # Errors
    /// When the database refuses.
    pub async fn created_before(&self, request: &IdempotentRequest) -> Result<Option<Creation>, StoreError> {
        IdempotencyKeys(&self.connection).find(request).await
    }

    /// Commits what was decided. The only way to keep anything.
    pub(super) async fn keep(self, writes: WriteSet) -> Result<(), StoreError> {
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
            let is_held = matches!(connection, AttemptConnection::Transaction(_));
            let mut batch = Batch::new(connection.get_database_backend());
            if !is_held {
                // First, so that it waits for a migration before it holds anything that the migration waits for.
                batch.push_condition(schema::is_known_condition());
            }
            let changes = all_changes(changes, &writes);
            let made = if changes.is_empty() {
                if let Some(taxonomy) = taxonomy.filter(|_| !is_held) {
                    batch.push_condition(statements::taxonomy_condition(taxonomy));
                }
                None
            } else {
                // The counter is locked before anything else, by a transaction too: so they do not wait for each other.
                let next = writes.edition.as_ref().ok_or_else(statements::no_edition)?;
                let last = counter.ok_or_else(statements::no_edition)?;
                Some(statements::add_edition(next, last, &changes, is_held, &mut batch))
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
                to_its_end(async move {
                    // Dropped once everything is over.
                    let _turn = turn;
                    let waiting = made.is_some().then(|| store.waiting_writer());
                    let written = batch.run(&pool).await;
                    drop(waiting);
                    if let Err(error) = written {
                        store.settle(&origin, error.into()).await?;
                    }
                    learn(&store, made).await;
                    Ok(())
                })
                .await
            }
        }
    }
}

/// What attempts hold the slug by that they read: the first of two numbers, the second is the slug's hash.
const SLUG_LOCK: i32 = 0x736c_7567;

pub(super) fn all_changes(mut changes: Vec<Change>, writes: &WriteSet) -> Vec<Change> {
    for change in writes.changes() {
        if !changes.contains(&change) {
            changes.push(change);
        }
    }
    changes
}

/// Commits a transaction, and then learns of the edition that it made: before anybody is told, so that whoever was
/// reads at least this.
async fn commit_transaction(
    tx: Transaction,
    store: Store,
    origin: WriteOrigin,
    made: Option<Successor>,
) -> Result<(), StoreError> {
    to_its_end(async move {
        if let Err(error) = tx.commit().await {
            store.settle(&origin, error).await?;
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

/// The latest edition, and the last one that changed a tag, topic or author, out of the counter's row.
pub(crate) fn ids_of(counter: Option<edition_counter::Model>) -> Result<(EditionId, EditionId), StoreError> {
    let counter = counter.ok_or_else(|| StoreError::Damaged("the edition counter is missing".to_owned()))?;
    let edition_counter::Model { id: _, number, taxonomy, mark, taxonomy_mark, empty_mark: _ } = counter;
    Ok((convert::edition_id(number, mark), convert::edition_id(taxonomy, taxonomy_mark)))
}

/// An article and its working copy, the counter, and what last wrote the article's row, in one statement.
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
        .expr_as(Expr::cust("a.xmin::text"), "written_by")
        .from_as(article::Entity, a.clone())
        .join_as(JoinType::InnerJoin, revision::Entity, r, working_copy)
        .join_as(JoinType::InnerJoin, edition_counter::Entity, c, Expr::cust("TRUE"))
        .and_where(Expr::col((a, article::Column::Id)).eq(id.uuid()));
    query
}
