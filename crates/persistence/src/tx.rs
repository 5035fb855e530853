//! Writing.

use domain::{AuditRecord, Change, Edition, EditionId, EditionMark, EditionNumber, Subject, Timestamp};
use sea_orm::sea_query::{LockType, UpdateStatement};
use sea_orm::{ActiveValue::Set, ConnectionTrait, EntityTrait, QuerySelect, QueryTrait};

use tracing::Instrument;

use crate::batch::Batch;
use crate::editions::Successor;
use crate::entity::{audit, change, edition, edition_counter};
use crate::listing::Listing;
use crate::{
    Articles, Audit, Database, Head, IdempotencyKeys, Keys, Previews, Publications, Snapshot, Store,
    StoreError, TaxonomyRows, Transaction, changes, convert,
};

/// A transaction that changes nothing that the public sees. Dropped without a commit, it undoes
/// everything.
#[derive(Debug)]
pub struct Tx {
    tx: Transaction,
    store: Store,
}

impl Tx {
    pub(crate) fn new(tx: Transaction, store: Store) -> Self {
        Self { tx, store }
    }

    /// Articles as editors see them.
    #[must_use]
    pub fn articles(&self) -> Articles<'_, Transaction> {
        Articles(&self.tx)
    }

    /// Tags, topics and authors.
    #[must_use]
    pub fn taxonomy(&self) -> TaxonomyRows<'_, Transaction> {
        TaxonomyRows(&self.tx)
    }

    /// The audit log.
    #[must_use]
    pub fn audit(&self) -> Audit<'_, Transaction> {
        Audit(&self.tx)
    }

    /// Waits until whoever is adding to the audit log has done so, and has the others wait until this
    /// transaction ends: whatever is added later then has a greater id than all that is read now. On
    /// PostgreSQL ids are given out before commits; on SQLite there is one writer, which is this one.
    ///
    /// # Errors
    /// When the database refuses.
    pub async fn settle_audit(&self) -> Result<(), StoreError> {
        if self.store.database() == Database::Postgres {
            self.tx.execute_unprepared("LOCK TABLE audit IN SHARE MODE").await?;
        }
        Ok(())
    }

    /// Requests that have created something.
    #[must_use]
    pub fn idempotency_keys(&self) -> IdempotencyKeys<'_, Transaction> {
        IdempotencyKeys(&self.tx)
    }

    /// API keys.
    #[must_use]
    pub fn keys(&self) -> Keys<'_, Transaction> {
        Keys(&self.tx)
    }

    /// Preview links.
    #[must_use]
    pub fn previews(&self) -> Previews<'_, Transaction> {
        Previews(&self.tx)
    }

    /// What readers get.
    #[must_use]
    pub fn publications(&self) -> Publications<'_, Transaction> {
        Publications(&self.tx)
    }

    /// The last edition that changed a tag, topic or author.
    ///
    /// # Errors
    /// When the database refuses.
    pub async fn taxonomy_edition(&self) -> Result<EditionId, StoreError> {
        let counter = edition_counter::Entity::find().one(&self.tx).await?.ok_or_else(no_counter)?;
        Ok(convert::edition_id(counter.taxonomy, counter.taxonomy_mark))
    }

    /// Keeps everything.
    ///
    /// # Errors
    /// When the database refuses; then nothing is kept.
    pub async fn commit(self) -> Result<(), StoreError> {
        commit(self.tx, self.store, None).await
    }
}

/// A transaction that changes what the public sees. It holds the edition counter, so that no other
/// such transaction runs beside it, and appends one edition when it has recorded a change.
#[derive(Debug)]
pub struct EditionTx {
    tx: Tx,
    current: EditionId,
    taxonomy: EditionId,
    changes: Vec<Change>,
    /// What is written with the edition, or before anything that might read it.
    pending: Batch,
}

impl EditionTx {
    pub(crate) async fn lock(tx: Tx) -> Result<Self, StoreError> {
        let counter = edition_counter::Entity::find();
        let counter = match tx.store.database() {
            // SQLite has one writer at a time, and we are it.
            Database::Sqlite => counter,
            Database::Postgres => counter.lock(LockType::Update),
        };
        let counter = counter.one(&tx.tx).await?.ok_or_else(no_counter)?;
        let edition_counter::Model { id: _, number, taxonomy, mark, taxonomy_mark, empty_mark: _ } = counter;
        Ok(Self {
            tx,
            current: convert::edition_id(number, mark),
            taxonomy: convert::edition_id(taxonomy, taxonomy_mark),
            changes: Vec::new(),
            pending: Batch::default(),
        })
    }

    /// The edition that this transaction makes, if it changes anything.
    #[must_use]
    pub fn edition(&self) -> EditionNumber {
        self.current.number + 1
    }

    /// The last edition that changed a tag, topic or author.
    #[must_use]
    pub fn taxonomy_edition(&self) -> EditionId {
        self.taxonomy
    }

    /// Notes what the public will see changed.
    pub fn record(&mut self, change: Change) {
        if !self.changes.contains(&change) {
            self.changes.push(change);
        }
    }

    /// Adds to the audit log, with the edition.
    ///
    /// # Errors
    /// When it cannot be told in a row.
    pub fn record_in_audit(&mut self, record: &AuditRecord) -> Result<(), StoreError> {
        self.pending
            .push(audit::Entity::insert(crate::audit::row(record, self.tx.tx.origin())?).into_query());
        Ok(())
    }

    /// Has these writes wait for the next ones.
    pub(crate) fn later(&mut self, batch: Batch) {
        self.pending.append(batch);
    }

    /// Writes what waits.
    pub(crate) async fn flush(&mut self) -> Result<(), StoreError> {
        Ok(std::mem::take(&mut self.pending).run(&self.tx.tx).await?)
    }

    /// Articles as editors see them.
    #[must_use]
    pub fn articles(&self) -> Articles<'_, Transaction> {
        self.tx.articles()
    }

    /// Tags, topics and authors.
    #[must_use]
    pub fn taxonomy(&self) -> TaxonomyRows<'_, Transaction> {
        self.tx.taxonomy()
    }

    /// The audit log.
    #[must_use]
    pub fn audit(&self) -> Audit<'_, Transaction> {
        self.tx.audit()
    }

    /// What readers get.
    #[must_use]
    pub fn publications(&self) -> Publications<'_, Transaction> {
        self.tx.publications()
    }

    /// Requests that have created something.
    #[must_use]
    pub fn idempotency_keys(&self) -> IdempotencyKeys<'_, Transaction> {
        self.tx.idempotency_keys()
    }

    /// What is live, by label.
    pub(crate) fn listing(&self) -> Listing<'_, Transaction> {
        Listing(&self.tx.tx)
    }

    /// Keeps everything and appends the edition of this mark, if there is a change to tell. Answers the
    /// edition that is current then.
    ///
    /// # Errors
    /// When the database refuses; then nothing is kept.
    pub async fn commit(
        self,
        at: Timestamp,
        mark: EditionMark,
        actor: &str,
    ) -> Result<EditionId, StoreError> {
        let number = self.edition();
        let Self { tx: Tx { tx, store }, current, taxonomy, changes, mut pending } = self;
        if changes.is_empty() {
            pending.run(&tx).await?;
            commit(tx, store, None).await?;
            return Ok(current);
        }
        let last = Head { edition: current.made_at(at), taxonomy };
        let made = append(Edition { number, mark, at }, &last, &changes, actor, &mut pending);
        pending.push(counter(&made.head));
        pending.run(&tx).await?;
        let id = made.head.edition.id();
        commit(tx, store, Some(made)).await?;
        Ok(id)
    }

    /// What the public would see if this were kept as the next edition, with this mark. It is undone when the
    /// answer is dropped, and so the edition need not be written at all.
    ///
    /// # Errors
    /// When the database refuses.
    pub async fn try_out(mut self, at: Timestamp, mark: EditionMark) -> Result<Snapshot, StoreError> {
        self.flush().await?;
        let next = (!self.changes.is_empty()).then_some(Edition { number: self.edition(), mark, at });
        Snapshot::of_trial(self.tx.tx, next).await
    }
}

/// Appends an edition and what it changes, and announces it; the counter is still to be set. `last` is the
/// edition before it, of which the instant does not matter.
pub(crate) fn append(
    edition: Edition,
    last: &Head,
    changes: &[Change],
    actor: &str,
    batch: &mut Batch,
) -> Successor {
    let Edition { number, mark, at } = edition;
    let row = edition::ActiveModel {
        number: Set(number),
        at: Set(convert::micros(at)),
        actor: Set(actor.to_owned()),
        mark: Set(convert::mark_number(mark)),
    };
    batch.push(edition::Entity::insert(row).into_query());
    let rows = changes.iter().zip(0..).map(|(change, position)| changes::row(number, position, *change));
    for chunk in rows.collect::<Vec<_>>().chunks(500) {
        batch.push(change::Entity::insert_many(chunk.to_vec()).into_query());
    }
    let taxonomy_changed = changes.iter().any(|change| !matches!(change.subject, Subject::Article(_)));
    let head = Head { edition, taxonomy: if taxonomy_changed { edition.id() } else { last.taxonomy } };
    let made = Successor { previous: last.edition.id(), head };
    batch.announce(&made);
    made
}

/// Has the counter stand at what is the latest now.
pub(crate) fn counter(head: &Head) -> UpdateStatement {
    let Head { edition, taxonomy } = head;
    let counter = edition_counter::ActiveModel {
        number: Set(edition.number),
        mark: Set(convert::mark_number(edition.mark)),
        taxonomy: Set(taxonomy.number),
        taxonomy_mark: Set(convert::mark_number(taxonomy.mark)),
        ..Default::default()
    };
    edition_counter::Entity::update_many().set(counter).into_query()
}

/// Commits, and then learns of the edition that is the latest now: before anybody is told of it, so that whoever was
/// reads at least this. It runs to its end in a task of its own, even when the request is given up meanwhile.
async fn commit(tx: Transaction, store: Store, made: Option<Successor>) -> Result<(), StoreError> {
    let origin = tx.origin().cloned();
    let committed = async move {
        match (tx.commit().await, origin) {
            (Ok(()), _) => {}
            (Err(error), Some(origin)) => store.settle(&origin, error).await?,
            (Err(error), None) => return Err(error.cause),
        }
        if let Some(made) = made {
            store.learn_own(&made).await;
        }
        Ok(())
    };
    to_its_end(committed).await
}

/// Runs something to its end, even when whoever waits for it is gone.
pub(crate) async fn to_its_end(
    work: impl Future<Output = Result<(), StoreError>> + Send + 'static,
) -> Result<(), StoreError> {
    let done = tokio::spawn(work.in_current_span()).await;
    done.unwrap_or_else(|error| Err(StoreError::Unavailable(error.to_string())))
}

fn no_counter() -> StoreError {
    StoreError::Damaged("the edition counter is missing".to_owned())
}
