//! The database: connecting, migrating, beginning to read or write.

use std::sync::Arc;
use std::time::Duration;

use domain::{
    ArticleId, ArticleOrder, EditionId, EditionMark, EditionNumber, Predicate, PublicationFields, Revision,
    Span, Version,
};
use migrations::Migrator;
use sea_orm::sea_query::LockType;
use sea_orm::sqlx::{self, postgres::PgListener, postgres::PgPoolOptions};
use sea_orm::{
    Condition, ConnectionTrait, DbBackend, EntityTrait, QuerySelect, SqliteTransactionMode,
    SqlxPostgresConnector, Statement, TransactionOptions, TransactionTrait,
};
use sea_orm_migration::MigratorTrait;
use tokio::sync::{Mutex, OwnedMutexGuard};
use tokio::time::Instant;

use crate::connection_memory::KeptByConnection;
use crate::editions::{CHANNEL, Learnt, Sighting, Successor};
use crate::entity::edition_counter;
use crate::page_query::{PageQuery, Reading};
use crate::postgres::{Connector, Pool, Purpose, Reach, Timeouts};
use crate::replica::Replica;
use crate::schema::{self, KnownToBeNewer};
use crate::sqlite_connections::{Limits, SqliteConnections};
use crate::sqlite_file::SqliteFile;
use crate::sqlite_pages::SqlitePages;
use crate::transaction::Begin;
use crate::trials::{Trial, Trials, Turn, Writer};
use crate::write;
use crate::{
    Announcements, Articles, Availability, Editions, Head, Keys, Page, Previews, Publications, Schema,
    Snapshot, StatementPool, Steps, StoreError, Transaction, Tx, WriteKind, error, snapshot,
};

/// How many connections read from one SQLite file at once.
const SQLITE_READERS: usize = 4;
/// How long a node waits for a server when it starts, and a writer on SQLite for those of its own node.
pub(crate) const PATIENCE: Duration = Duration::from_secs(10);
/// How often the latest edition is asked for again, when another one was learnt while the database was asked.
const REFRESHED_AGAIN: usize = 3;
/// How long a reader of SQLite waits for a connection.
const READ_PATIENCE: Duration = Duration::from_millis(1900);
/// How long a writer on SQLite waits for another process.
pub(crate) const LOCK_PATIENCE: Duration = Duration::from_millis(1500);
/// How long a write may take that a request waits for.
const WRITE_TIMEOUT: Duration = Duration::from_secs(30);
/// How long a node waits between two attempts to reach a server.
const PAUSE: Duration = Duration::from_millis(200);
/// Connections beside those that statements go over: one that asks whether the server is there, one that
/// listens.
const BESIDE: usize = 2;
/// Held by whoever migrates or restores. The number is ours alone: "greymatt" in ASCII.
pub(crate) const MIGRATION_LOCK: i64 = 0x6772_6579_6d61_7474;

/// Which database.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Database {
    /// A file beside the program.
    Sqlite,
    /// A server, for several nodes.
    Postgres,
}

/// How much of a database one node takes.
#[derive(Debug, Clone, Copy)]
pub struct StoreOptions {
    /// How many connections it has to PostgreSQL at most; at least [`StoreOptions::FEWEST`].
    pub connections: usize,
    /// How long a read may take.
    pub read_timeout: Duration,
    /// How many bytes its connections keep together: pages of an SQLite file, and prepared statements.
    pub kept_bytes: u64,
}

impl StoreOptions {
    /// The fewest connections that a node can do with.
    pub const FEWEST: usize = 4;
}

impl Default for StoreOptions {
    fn default() -> Self {
        Self { connections: 24, read_timeout: Duration::from_secs(5), kept_bytes: 16 << 20 }
    }
}

/// How many connections of one kind are in use.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PoolUsage {
    /// So many are.
    pub in_use: usize,
    /// So many may be, for now.
    pub most: usize,
    /// So many wait for one.
    pub waiting: usize,
}

/// The database. Cheap to clone.
#[derive(Debug, Clone)]
pub struct Store {
    backend: Backend,
    options: StoreOptions,
    readers: StatementPool,
    writer: StatementPool,
    availability: Arc<Availability>,
    editions: Arc<Editions>,
    trials: Arc<Trials>,
    /// The turn to change what the public sees without holding the edition counter.
    turn_to_write: Arc<Mutex<()>>,
    replica: Option<Arc<Replica>>,
    newer: Arc<KnownToBeNewer>,
}

#[derive(Debug, Clone)]
enum Backend {
    Sqlite { file: Arc<SqliteFile>, readers: Arc<SqliteConnections>, pages: Option<Arc<SqlitePages>> },
    Postgres { pool: Pool },
}

impl Store {
    /// Connects to `sqlite:PATH` (the file is made if it is not there) or `postgres://…`.
    ///
    /// # Errors
    /// When the address is unknown, the file is not a database or the server does not answer.
    pub async fn connect(url: &str) -> Result<Self, StoreError> {
        Self::connect_with(url, StoreOptions::default()).await
    }

    /// The same, taking as much of it as these options say.
    ///
    /// # Errors
    /// When the address is unknown, the file is not a database or the server does not answer.
    pub async fn connect_with(url: &str, options: StoreOptions) -> Result<Self, StoreError> {
        let availability = Arc::<Availability>::default();
        let store = |backend, readers, writer, availability| Self {
            backend,
            options,
            readers,
            writer,
            availability,
            editions: Arc::default(),
            trials: Arc::default(),
            turn_to_write: Arc::default(),
            replica: None,
            newer: Arc::default(),
        };
        if is_postgres(url) {
            let pool = pool(url, options, BESIDE, &availability)?;
            reached(&pool, url).await?;
            let readers = StatementPool::postgres(pool.clone(), Purpose::Read);
            let writer = StatementPool::postgres(pool.clone(), Purpose::Write);
            return Ok(store(Backend::Postgres { pool }, readers, writer, availability));
        }
        let path = url.strip_prefix("sqlite:").ok_or_else(|| StoreError::Address(redact(url)))?;
        if path.trim_start_matches('/').is_empty() || path.contains(":memory:") {
            return Err(StoreError::Address(url.to_owned()));
        }
        // Pages are read by whichever thread of the runtime asks, on a connection for each.
        let threads = std::thread::available_parallelism().map_or(1, usize::from);
        let kept = KeptByConnection::on_sqlite(options.kept_bytes, SQLITE_READERS + 1 + threads);
        let file = Arc::new(SqliteFile::open(url, kept).await?);
        let limits = Limits { turn: READ_PATIENCE, statement: options.read_timeout };
        let readers = SqliteConnections::new(&file, SQLITE_READERS, &availability, limits).opened().await?;
        let limits = Limits { turn: PATIENCE, statement: WRITE_TIMEOUT };
        let writer = SqliteConnections::new(&file, 1, &availability, limits);
        let pages = SqlitePages::of(url, &file).map(Arc::new);
        let reading = StatementPool::sqlite(Arc::clone(&readers));
        let backend = Backend::Sqlite { file, readers, pages };
        Ok(store(backend, reading, StatementPool::sqlite(writer), availability))
    }

    /// Reads what the public sees from this copy as well, as far as it has come. It is not waited for: a
    /// copy that does not answer is not read from until it does.
    ///
    /// # Errors
    /// [`StoreError::Replica`] when either is not PostgreSQL.
    pub async fn with_replica(self, url: &str) -> Result<Self, StoreError> {
        if self.database() != Database::Postgres || !is_postgres(url) {
            return Err(StoreError::Replica(redact(url)));
        }
        let pool = pool(url, self.options, BESIDE - 1, &Arc::default())?;
        Ok(Self { replica: Some(Arc::new(Replica::new(pool))), ..self })
    }

    /// Whether the database answers.
    #[must_use]
    pub fn availability(&self) -> &Availability {
        &self.availability
    }

    /// Asks the databases all the time whether they are there, for ever. Until then, they are taken to.
    pub async fn watch(&self) {
        let first = async {
            match &self.backend {
                Backend::Sqlite { readers, .. } => self.availability.watch("the database", &**readers).await,
                Backend::Postgres { pool } => {
                    self.availability.watch("the database", &**pool.connector()).await;
                }
            }
        };
        let replica = async {
            if let Some(replica) = &self.replica {
                let pool = &replica.pool;
                pool.availability().watch("the copy of the database", &**pool.connector()).await;
            }
        };
        tokio::join!(first, replica);
    }

    /// How many connections are in use, by what they are for.
    #[must_use]
    pub fn usage(&self) -> Vec<(&'static str, PoolUsage)> {
        match &self.backend {
            Backend::Sqlite { .. } => vec![("read", self.readers.usage()), ("write", self.writer.usage())],
            Backend::Postgres { pool } => {
                let replica = self.replica.as_ref().map(|replica| ("replica", replica.pool.usage()));
                [("any", pool.usage())].into_iter().chain(replica).collect()
            }
        }
    }

    /// Which database this is.
    #[must_use]
    pub fn database(&self) -> Database {
        match &self.backend {
            Backend::Sqlite { .. } => Database::Sqlite,
            Backend::Postgres { .. } => Database::Postgres,
        }
    }

    pub(crate) fn writer(&self) -> &StatementPool {
        &self.writer
    }

    pub(crate) fn readers(&self) -> &StatementPool {
        &self.readers
    }

    /// The edition that the replica has reached, if there is one; -1 while it does not answer.
    #[must_use]
    pub fn replica_edition(&self) -> Option<EditionNumber> {
        self.replica.as_ref().map(|replica| replica.reached())
    }

    /// What this node knows of editions.
    #[must_use]
    pub fn editions(&self) -> &Editions {
        &self.editions
    }

    /// Asks the database for the latest edition.
    ///
    /// # Errors
    /// When it does not answer.
    pub async fn refresh(&self) -> Result<Head, StoreError> {
        let mut sighting = snapshot::sight(&self.readers, self.known()).await?;
        for _ in 0..REFRESHED_AGAIN {
            if self.learn(&sighting) {
                break;
            }
            // Another edition was learnt meanwhile, and it has to be seen whether that one is there.
            sighting = snapshot::sight(&self.readers, self.known()).await?;
        }
        Ok(sighting.head)
    }

    /// The mark of an edition, past or present; nothing when there is none of this number. That of edition 0 is not
    /// known where something was published before marks were kept.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn mark_of(&self, number: EditionNumber) -> Result<Option<EditionMark>, StoreError> {
        if number == 0 {
            return snapshot::empty_mark(&self.readers).await;
        }
        let times = self.editions.times_replaced();
        let found = snapshot::editions(&self.readers, &[number], Condition::all()).await?;
        let id = found.first().map(domain::Edition::id);
        if let Some(id) = id {
            self.editions.remember(id, times);
        }
        Ok(id.map(|id| id.mark))
    }

    /// The edition that this node takes for the latest.
    fn known(&self) -> EditionId {
        self.editions.latest().edition.id()
    }

    /// Takes note of what was seen; tells whether it shows anything of what this node knows now.
    fn learn(&self, sighting: &Sighting) -> bool {
        match self.editions.learn(sighting) {
            Learnt::Known => true,
            Learnt::Outdated => false,
            Learnt::Replaced(known) => {
                log::warn!(
                    "the database does not hold edition {known}, which this node knew: it was restored, replaced, or \
                     failed over to a copy that lagged; everything that this node held of it is dropped, and the \
                     latest edition is {}",
                    sighting.head.edition.id()
                );
                true
            }
        }
    }

    /// Takes note of an edition that this node made.
    pub(crate) async fn learn_own(&self, made: &Successor) {
        if !self.editions.succeed(made)
            && let Err(error) = self.refresh().await
        {
            // It is made all the same; whoever follows the editions asks again.
            log::debug!("the latest edition cannot be looked up: {error}");
            self.editions.ask();
        }
    }

    /// Looks how far the copy is that is read from, if there is one.
    pub async fn refresh_replica(&self) {
        let Some(replica) = &self.replica else { return };
        let seen = snapshot::sight(&replica.connection, self.known()).await;
        if let Err(error) = &seen {
            log::debug!("the copy that is read from does not answer: {error}");
        }
        let answers = seen.is_ok();
        if replica.note(seen.ok()) {
            if answers {
                log::info!("reading from the copy of the database");
            } else {
                log::warn!("the copy of the database does not answer: reading from the first");
            }
        }
    }

    /// Whether there is a copy that has not come as far as this node knows.
    #[must_use]
    pub fn replica_lags(&self) -> bool {
        self.replica.as_ref().is_some_and(|replica| !replica.has(self.known()))
    }

    /// Hears of the editions of other nodes; nothing where the database has no way to tell.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn announcements(&self) -> Result<Option<Announcements>, StoreError> {
        let Backend::Postgres { pool } = &self.backend else { return Ok(None) };
        if pool.connector().reach() == Reach::Transaction {
            return Ok(None);
        }
        let listen = async {
            // A pool of its own, as that is what a listener connects by.
            let pool = PgPoolOptions::new()
                .max_connections(1)
                .acquire_timeout(LOCK_PATIENCE)
                .connect_lazy_with(pool.connector().unlimited());
            let mut listener = PgListener::connect_with(&pool).await?;
            listener.eager_reconnect(false);
            listener.listen(CHANNEL).await?;
            Ok(Announcements(listener))
        };
        match self.availability.unless_away(Instant::now() + LOCK_PATIENCE, listen).await {
            Ok(listening) => {
                listening.map(Some).map_err(|error: sqlx::Error| StoreError::Unavailable(error.to_string()))
            }
            Err(why) => Err(error::gave_up(why).into()),
        }
    }

    /// Takes note of an edition that was announced. Asks the database unless it is the next one of those that
    /// this node knows: others were announced that it did not hear of, or they are of another history.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn learn_announced(&self, announced: &Successor) -> Result<(), StoreError> {
        if !self.editions.succeed(announced) {
            self.refresh().await?;
        }
        Ok(())
    }

    /// Brings the schema up to date, and answers how many migrations that took. Safe when several
    /// nodes do it at once: one does, the others wait and find nothing left to do.
    ///
    /// # Errors
    /// When the database refuses, or is newer than this program; then nothing has changed.
    pub async fn migrate(&self) -> Result<usize, StoreError> {
        match self.schema().await? {
            Schema::Older(_) => {}
            other => return other.ensure_current().map(|()| 0),
        }
        let (connection, reach) = match &self.backend {
            Backend::Sqlite { file, .. } => (file.connect_to_migrate().await?, None),
            Backend::Postgres { pool } => {
                let pool = pool.connector();
                let connections = PgPoolOptions::new().max_connections(1).acquire_timeout(PATIENCE);
                let connections = connections.connect_lazy_with(pool.unlimited());
                (SqlxPostgresConnector::from_sqlx_postgres_pool(connections), Some(pool.reach()))
            }
        };
        let options = TransactionOptions {
            sqlite_transaction_mode: reach.is_none().then_some(SqliteTransactionMode::Immediate),
            ..TransactionOptions::default()
        };
        let tx = connection.begin_with_options(options).await?;
        if self.database() == Database::Postgres {
            tx.execute_unprepared(&format!("SELECT pg_advisory_xact_lock({MIGRATION_LOCK})")).await?;
        }
        if reach == Some(Reach::Transaction) {
            // What others have prepared in the pooler's session has the names that are given here.
            tx.execute_unprepared("DEALLOCATE ALL").await?;
        }
        let pending = match Schema::of(&tx).await? {
            Schema::Older(pending) => pending,
            other => return other.ensure_current().map(|()| 0),
        };
        Migrator::install(&tx).await?;
        if self.database() == Database::Postgres {
            // Waits for those who are writing, and has the next ones wait: see `schema`.
            tx.execute_unprepared("LOCK TABLE seaql_migrations IN ACCESS EXCLUSIVE MODE").await?;
        }
        Migrator::up(&tx, None).await?;
        if reach == Some(Reach::Transaction) {
            tx.execute_unprepared("DEALLOCATE ALL").await?;
        }
        tx.commit().await?;
        connection.close().await?;
        self.check_file()?;
        Ok(pending)
    }

    /// Which schema the database has, compared with the one that this program knows.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn schema(&self) -> Result<Schema, StoreError> {
        let schema = Schema::of(&self.readers).await?;
        self.newer.note(&schema);
        Ok(schema)
    }

    /// Whether the database was newer than this program when somebody last looked: it is read then, and every
    /// write is refused.
    #[must_use]
    pub fn is_newer(&self) -> bool {
        self.newer.get()
    }

    /// Makes sure that the file of an SQLite database is the one that the server began with: neither deleted nor
    /// replaced. PostgreSQL has none.
    ///
    /// # Errors
    /// [`StoreError::FileLost`] when it is not, now and ever after.
    pub fn check_file(&self) -> Result<(), StoreError> {
        match &self.backend {
            Backend::Sqlite { file, .. } => file.check(),
            Backend::Postgres { .. } => Ok(()),
        }
    }

    /// The same; and makes room in reserve, if it was needed and there is some again.
    ///
    /// # Errors
    /// [`StoreError::FileLost`], now and ever after; [`StoreError::StorageFull`] until there is room.
    pub async fn look_after_file(&self) -> Result<(), StoreError> {
        let Backend::Sqlite { file, .. } = &self.backend else { return Ok(()) };
        let file = Arc::clone(file);
        // The disk may be slow.
        let looked = tokio::task::spawn_blocking(move || file.check_to_write()).await;
        looked.unwrap_or_else(|error| Err(StoreError::Unavailable(error.to_string())))
    }

    /// Whether the database answers.
    ///
    /// # Errors
    /// When it does not.
    pub async fn ping(&self) -> Result<(), StoreError> {
        Ok(self.readers.execute_unprepared("SELECT 1").await.map(|_| ())?)
    }

    /// API keys. They belong to no edition, so they are read without a snapshot; and by whoever is to write,
    /// so that they do not wait for readers.
    #[must_use]
    pub fn keys(&self) -> Keys<'_, StatementPool> {
        Keys(match &self.backend {
            Backend::Sqlite { .. } => &self.readers,
            Backend::Postgres { .. } => &self.writer,
        })
    }

    /// Preview links. They belong to no edition either.
    #[must_use]
    pub fn previews(&self) -> Previews<'_, StatementPool> {
        Previews(&self.readers)
    }

    /// Articles, for looking up what falls due: it is looked up again where it is done.
    #[must_use]
    pub fn articles(&self) -> Articles<'_, StatementPool> {
        Articles(&self.readers)
    }

    /// A version of an article, read before an attempt at a write holds it up; `None` where the first attempt holds
    /// nothing, and reads it anyway.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn revision_ahead(
        &self,
        id: ArticleId,
        version: Version,
    ) -> Result<Option<Revision>, StoreError> {
        match self.database() {
            Database::Sqlite => self.articles().revision(id, version).await,
            Database::Postgres => Ok(None),
        }
    }

    /// Begins to read: everything read through the answer belongs to one edition.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn snapshot(&self) -> Result<Snapshot, StoreError> {
        let (snapshot, sighting) = self.snapshot_of(&self.readers, &self.availability).await?;
        self.learn(&sighting);
        Ok(snapshot)
    }

    /// The same, for what the public sees: from the copy that is read from, if there is one that has come
    /// as far as this node knows.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn public_snapshot(&self) -> Result<Snapshot, StoreError> {
        if let Some(replica) = self.replica.as_ref().filter(|replica| replica.has(self.known())) {
            match self.snapshot_of(&replica.connection, replica.pool.availability()).await {
                Ok((snapshot, sighting)) if sighting.holds_known => return Ok(snapshot),
                // It cannot go back, but another copy can be put in its place.
                Ok(_) => _ = replica.note(None),
                Err(error) => {
                    log::warn!("the copy of the database does not answer, reading from the first: {error}");
                    replica.note(None);
                }
            }
        }
        self.snapshot().await
    }

    /// What the public sees now, without a transaction: whether statements after each other saw the same
    /// edition is for whoever reads to look, by [`Store::is_latest`].
    #[must_use]
    pub fn publications_now(&self) -> Publications<'_, StatementPool> {
        match self.replica.as_ref().filter(|replica| replica.has(self.known())) {
            Some(replica) => Publications(&replica.connection),
            None => Publications(&self.readers),
        }
    }

    /// Whether a page is read along one range of an index: it costs the same however large the publication is, and
    /// needs no plan.
    #[must_use]
    pub fn is_short_page(predicate: &Predicate, order: ArticleOrder, span: &Span) -> bool {
        let reading = Reading::Usual;
        PageQuery { predicate, order, span, fields: PublicationFields::empty(), reading }.is_short()
    }

    /// A short page of what the public sees now, and the edition that it was seen in.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn page_now(
        &self,
        predicate: &Predicate,
        order: ArticleOrder,
        span: &Span,
        fields: PublicationFields,
    ) -> Result<Page, StoreError> {
        let query = PageQuery { predicate, order, span, fields, reading: Reading::Usual };
        if let Backend::Sqlite { pages: Some(pages), .. } = &self.backend
            && query.is_short()
            && let Some(page) = pages.page(&query)?
        {
            return Ok(page);
        }
        let page = self.page_of(&query).await;
        if self.is_cut_off_from_replica(&page) {
            return self.page_of(&query).await;
        }
        page
    }

    async fn page_of(&self, query: &PageQuery<'_>) -> Result<Page, StoreError> {
        let publications = self.publications_now();
        if query.is_short() {
            return Publications(&publications.0.for_short_pages()).page_of(query).await;
        }
        publications.page_of(query).await
    }

    /// Whether what was read from the copy has to be read again, from the first: the copy does not answer.
    /// It is not read from any more until it does.
    pub fn is_cut_off_from_replica<T>(&self, read: &Result<T, StoreError>) -> bool {
        let (Some(replica), Err(StoreError::Unavailable(cause))) = (&self.replica, read) else {
            return false;
        };
        if replica.note(None) {
            log::warn!("the copy of the database does not answer, reading from the first: {cause}");
        }
        // Even if that is no news: whoever else noticed has read at the same time.
        true
    }

    /// Whether an edition that was the latest still is. Then it was all the while in between.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn is_latest(&self, id: EditionId) -> Result<bool, StoreError> {
        Ok(self.refresh().await?.edition.id() == id)
    }

    /// Begins to read. It is begun again, once, when the connection breaks off before anything was read.
    async fn snapshot_of(
        &self,
        connection: &StatementPool,
        availability: &Availability,
    ) -> Result<(Snapshot, Sighting), StoreError> {
        let known = self.known();
        let begin = async || Snapshot::read(connection.begin(Begin::Snapshot).await?, known).await;
        match begin().await {
            Err(StoreError::Unavailable(_)) if !availability.is_away() => begin().await,
            begun => begun,
        }
    }

    /// Waits for this node's turn to change what the public sees without holding the edition counter.
    pub(crate) async fn turn_to_write(&self) -> OwnedMutexGuard<()> {
        Arc::clone(&self.turn_to_write).lock_owned().await
    }

    /// Begins a transaction that writes. One that may change what the public sees locks the edition counter before
    /// anything else, and answers what it says: such transactions come one after the other.
    pub(crate) async fn begin_attempt(
        &self,
        kind: WriteKind,
    ) -> Result<(Transaction, Option<(EditionId, EditionId)>), StoreError> {
        let is_public = kind == WriteKind::Public;
        let _waiting = (is_public || self.waits_on_begin()).then(|| self.waiting_writer());
        let tx = self.begin_write().await?;
        let counter = if is_public { Some(self.lock_counter(&tx).await?) } else { None };
        Ok((tx, counter))
    }

    async fn lock_counter(&self, tx: &Transaction) -> Result<(EditionId, EditionId), StoreError> {
        let counter = edition_counter::Entity::find();
        let counter = match self.database() {
            // SQLite has one writer at a time, and we are it.
            Database::Sqlite => counter,
            Database::Postgres => counter.lock(LockType::Update),
        };
        write::ids_of(counter.one(tx).await?)
    }

    /// Waits for the right to try out what the public would see. Few have it at once, and for two seconds at most.
    ///
    /// # Errors
    /// [`StoreError::GaveWay`] when it takes too long.
    pub async fn turn_to_try(&self) -> Result<Turn, StoreError> {
        Ok(self.trials.turn().await?)
    }

    /// Begins to try out what the public would see. It is never kept: [`Steps::try_out`] makes a
    /// snapshot of it, and dropping that undoes it. Nobody else sees any of it, and readers do not wait
    /// for it. It takes the edition counter like writers do, and ends when one of them waits for it: what
    /// is read through it then fails with [`StoreError::GaveWay`].
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn begin_trial(&self, turn: Turn) -> Result<Steps, StoreError> {
        turn.quiet().await?;
        let begun = crate::within(turn.left(), self.writer.begin(Begin::Trial)).await?;
        let trial = Trial::new(begun, turn);
        if let Backend::Postgres { pool } = &self.backend {
            // Before the first read: what was published while it waited belongs to what it sees. The migrations
            // come before the counter, as in every transaction that writes.
            trial.execute_unprepared("LOCK TABLE seaql_migrations IN ACCESS SHARE MODE").await?;
            trial.execute_unprepared("LOCK TABLE edition_counter IN EXCLUSIVE MODE").await?;
            let process = Statement::from_string(DbBackend::Postgres, "SELECT pg_backend_pid()");
            if let Some(process) = trial.rows(process).await?.first() {
                trial.gives_way_to_other_nodes(pool, process.try_get_by_index(0)?);
            }
        }
        let tx = Transaction::from(trial);
        self.ensure_known_schema(&tx).await?;
        let counter = self.lock_counter(&tx).await?;
        Ok(Steps::of_trial(self, tx, counter))
    }

    /// Begins a transaction in the turn of those who write, which writes nothing. It works with a schema that
    /// is newer than this program, too.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn begin_without_writing(&self) -> Result<Tx, StoreError> {
        Ok(Tx::new(self.begin_unchecked().await?, self.clone()))
    }

    async fn begin_write(&self) -> Result<Transaction, StoreError> {
        let tx = self.begin_unchecked().await?;
        self.ensure_known_schema(&tx).await?;
        Ok(tx)
    }

    /// Makes sure that a transaction which is about to write knows the schema. It must be its first look at the
    /// database: a migration waits for it from then on.
    async fn ensure_known_schema(&self, tx: &Transaction) -> Result<(), StoreError> {
        if schema::is_known(tx).await? {
            return Ok(());
        }
        let found = Schema::of(tx).await?;
        self.newer.note(&found);
        found.ensure_current()
    }

    pub(crate) async fn begin_unchecked(&self) -> Result<Transaction, StoreError> {
        self.writer.begin(Begin::Write).await
    }

    /// Notes that a writer waits for what is tried out, until the answer is dropped.
    pub(crate) fn waiting_writer(&self) -> Writer {
        self.trials.writer()
    }

    /// Whether every writer waits for what is tried out, from when it begins; elsewhere only those do that take
    /// the edition counter.
    fn waits_on_begin(&self) -> bool {
        self.database() == Database::Sqlite
    }
}

fn is_postgres(url: &str) -> bool {
    url.starts_with("postgres://") || url.starts_with("postgresql://")
}

/// The connections to a server, but for those beside.
fn pool(
    url: &str,
    options: StoreOptions,
    beside: usize,
    availability: &Arc<Availability>,
) -> Result<Pool, StoreError> {
    let StoreOptions { connections, read_timeout, kept_bytes } = options;
    let kept = KeptByConnection::on_postgres(kept_bytes, connections);
    let timeouts = Timeouts { read: read_timeout, write: WRITE_TIMEOUT };
    let connector =
        Connector::new(url, timeouts, kept).map_err(|error| StoreError::Unavailable(error.to_string()))?;
    Ok(Pool::new(Arc::new(connector), Arc::clone(availability), connections.saturating_sub(beside)))
}

/// Waits until a server answers that is just starting.
async fn reached(pool: &Pool, url: &str) -> Result<(), StoreError> {
    let started = Instant::now();
    loop {
        let Err(error) = pool.open_one(started + PATIENCE).await else { return Ok(()) };
        if started.elapsed() >= PATIENCE {
            return Err(unreachable_server(url));
        }
        match error {
            // Refused, or starting up.
            sqlx::Error::Io(cause) if cause.kind() == std::io::ErrorKind::ConnectionRefused => {}
            sqlx::Error::Database(refusal) if refusal.code().is_some_and(|code| code == "57P03") => {}
            sqlx::Error::PoolTimedOut => return Err(unreachable_server(url)),
            error => return Err(StoreError::Unavailable(error.to_string())),
        }
        tokio::time::sleep(PAUSE).await;
    }
}

fn unreachable_server(url: &str) -> StoreError {
    StoreError::Unavailable(format!(
        "no connection to {} within {} seconds; is the server running, and the address right?",
        redact(url),
        PATIENCE.as_secs()
    ))
}

/// Leaves the password out of an address that is shown.
pub(crate) fn redact(url: &str) -> String {
    match (url.find("://"), url.rfind('@')) {
        (Some(scheme), Some(at)) if scheme < at => format!("{}://…{}", &url[..scheme], &url[at..]),
        _ => url.to_owned(),
    }
}
