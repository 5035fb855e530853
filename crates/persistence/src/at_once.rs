//! Writes that are one statement, with no transaction around it. What they rest on was read before without
//! holding it, and the statement fails when any of that has changed.

use domain::{
    Article, ArticleId, AuditRecord, Body, Change, Edition, EditionId, EditionMark, Id, Publication,
    Revision, Slug, Subject, Timestamp,
};
use sea_orm::sea_query::{
    Alias, Expr, ExprTrait, JoinType, Query, ReturningClause, SelectStatement, SubQueryStatement,
    UpdateStatement,
};
use sea_orm::{ColumnTrait, ConnectionTrait, DbBackend, EntityTrait, FromQueryResult, Iterable, QueryTrait};

use crate::batch::Batch;
use crate::built_once::BuiltOnce;
use crate::editions::Successor;
use crate::entity::{article, audit, edition_counter, revision};
use crate::{
    Articles, Database, Direct, Head, IdempotencyKeys, IdempotentRequest, Publications, Store, StoreError,
    WriteOrigin, articles, convert, idempotency, revisions, schema, tx,
};

/// Writes that are kept all at once, or not at all. Nobody waits for them meanwhile, and they wait for
/// nobody: whoever loses against another writer does it again in a transaction.
#[derive(Debug)]
pub struct AtOnce {
    store: Store,
    origin: WriteOrigin,
    batch: Batch,
    made: Option<Successor>,
}

/// An article as it was read, without holding it.
#[derive(Debug)]
pub struct Seen {
    /// The article.
    pub article: Article,
    /// Its working copy.
    pub revision: Revision,
    /// The edition that was the latest.
    pub edition: EditionId,
    /// The last edition that had changed a tag, topic or author.
    pub taxonomy: EditionId,
    /// A key for a publication, which nothing else has.
    pub key: i64,
    /// The transaction that had last written the article's row.
    written_by: String,
}

impl Seen {
    /// The edition after the one that was the latest.
    #[must_use]
    pub fn next_edition(&self, mark: EditionMark, at: Timestamp) -> Edition {
        Edition { number: self.edition.number + 1, mark, at }
    }
}

impl Store {
    /// Begins to write at once; nothing on SQLite, where a transaction costs no more.
    #[must_use]
    pub fn at_once(&self, origin: WriteOrigin) -> Option<AtOnce> {
        (self.database() == Database::Postgres).then(|| {
            let mut batch = Batch::default();
            // First, so that it waits for a migration before it holds anything that the migration waits for.
            batch.push_condition(schema::is_known_condition());
            AtOnce { store: self.clone(), origin, batch, made: None }
        })
    }
}

impl AtOnce {
    /// Articles, as they are now.
    #[must_use]
    pub fn articles(&self) -> Articles<'_, Direct> {
        Articles(self.store.writer())
    }

    /// Requests that have created something, as they are known now.
    #[must_use]
    pub fn idempotency_keys(&self) -> IdempotencyKeys<'_, Direct> {
        IdempotencyKeys(self.store.writer())
    }

    /// Notes what a request creates, and rests on no other one's having its key.
    pub fn note_idempotency_key(&mut self, request: &IdempotentRequest, created: impl Id, now: Timestamp) {
        self.batch.push(idempotency::insertion(request, created.uuid(), None, now));
    }

    /// What readers get now.
    #[must_use]
    pub fn publications(&self) -> Publications<'_, Direct> {
        Publications(self.store.writer())
    }

    /// The article and its working copy as they are now, in one statement.
    ///
    /// # Errors
    /// When the database refuses.
    pub async fn article(&self, id: ArticleId) -> Result<Option<Seen>, StoreError> {
        static QUERY: BuiltOnce = BuiltOnce::new();
        let query = QUERY.with(DbBackend::Postgres, [id.uuid().into()], || article_as_seen(id));
        let Some(row) = self.store.writer().query_one_raw(query).await? else { return Ok(None) };
        Ok(Some(Seen {
            article: articles::article(article::Model::from_query_result(&row, "a_")?)?,
            revision: revisions::revision(revision::Model::from_query_result(&row, "r_")?)?,
            edition: convert::edition_id(row.try_get("", "number")?, row.try_get("", "mark")?),
            taxonomy: convert::edition_id(row.try_get("", "taxonomy")?, row.try_get("", "taxonomy_mark")?),
            key: row.try_get("", "key")?,
            written_by: row.try_get("", "written_by")?,
        }))
    }

    /// Rests on the tags, topics and authors as they are since this edition.
    pub fn rest_on_taxonomy(&mut self, edition: EditionId) {
        let unchanged = Query::select()
            .expr(Expr::cust("1"))
            .from(edition_counter::Entity)
            .and_where(edition_counter::Column::Taxonomy.eq(edition.number))
            .and_where(edition_counter::Column::TaxonomyMark.eq(convert::mark_number(edition.mark)))
            .to_owned();
        self.batch.push_condition(unchanged);
    }

    /// Keeps a new article.
    pub fn insert(&mut self, article: &Article) {
        self.batch.push(articles::insertion(article));
    }

    /// Gives a slug to an article, and rests on its being free, or the article's own.
    pub fn claim_slug(&mut self, slug: &Slug, owner: ArticleId, public: bool) {
        let mut claim = articles::slug_claim(slug, owner, public);
        claim.returning(found());
        self.batch.push_condition(claim);
    }

    /// Frees the slugs of an article that were never public, but for those that are kept.
    pub fn release_slugs(&mut self, owner: ArticleId, keep: &[&Slug]) {
        self.batch.push(articles::slug_release(owner, keep));
    }

    /// Keeps the first version of an article, and what the audit log is told of it.
    ///
    /// # Errors
    /// When it cannot be told in a row.
    pub fn insert_revision(&mut self, revision: &Revision, record: &AuditRecord) -> Result<(), StoreError> {
        revisions::insertion(revision, record, Some(&self.origin), &mut self.batch)
    }

    /// Keeps what has become of an article, and rests on nobody's having written it since it was read.
    ///
    /// # Errors
    /// When it cannot be told in a row.
    pub fn update(&mut self, article: &Article, seen: &Seen) -> Result<(), StoreError> {
        let mut change = articles::change(article)?;
        change.and_where(Expr::cust_with_values("article.xmin::text = $1", [seen.written_by.clone()]));
        self.condition(change);
        Ok(())
    }

    /// Adds to the audit log.
    ///
    /// # Errors
    /// When it cannot be told in a row.
    pub fn record_in_audit(&mut self, record: &AuditRecord) -> Result<(), StoreError> {
        self.batch.push(audit::Entity::insert(crate::audit::row(record, Some(&self.origin))?).into_query());
        Ok(())
    }

    /// Makes the first publication of an article live, in [`Seen::next_edition`], and rests on there being
    /// none yet.
    ///
    /// # Errors
    /// When it cannot be told in rows.
    pub fn publish_first(
        &mut self,
        publication: &Publication,
        body: &Body,
        seen: &Seen,
        edition: Edition,
        actor: &str,
    ) -> Result<(), StoreError> {
        crate::publications::insertion(publication, body, &mut self.batch)?;
        crate::listing::add(publication, publication.key, &publication.labels().collect(), &mut self.batch);
        let changes = [Change::upserted(Subject::Article(publication.article))];
        let last = Head { edition: seen.edition.made_at(edition.at), taxonomy: seen.taxonomy };
        let made = tx::append(edition, &last, &changes, actor, &mut self.batch);
        let mut counter = tx::counter(&made.head);
        counter
            .and_where(edition_counter::Column::Number.eq(seen.edition.number))
            .and_where(edition_counter::Column::Mark.eq(convert::mark_number(seen.edition.mark)));
        self.condition(counter);
        self.made = Some(made);
        Ok(())
    }

    /// Keeps everything.
    ///
    /// # Errors
    /// [`StoreError::Conflict`] when somebody has written in between what this rests on; then, as with any
    /// other error, nothing is kept.
    pub async fn commit(self) -> Result<(), StoreError> {
        let Self { store, origin, batch, made } = self;
        let committed = async move {
            let waiting = made.is_some().then(|| store.waiting_writer());
            let written = batch.run(store.writer()).await;
            drop(waiting);
            if let Err(error) = written {
                store.settle(&origin, error.into()).await?;
            }
            if let Some(made) = made {
                // Before anybody is told of it: whoever was reads at least this.
                store.learn_own(&made).await;
            }
            Ok(())
        };
        tx::to_its_end(committed).await
    }

    fn condition(&mut self, mut statement: UpdateStatement) {
        statement.returning(found());
        self.batch.push_condition(SubQueryStatement::from(statement));
    }
}

/// What a statement returns that has to find a row.
fn found() -> ReturningClause {
    Query::returning().expr(Expr::cust("1"))
}

/// An article and its working copy, with what [`Seen`] holds beside them.
fn article_as_seen(id: ArticleId) -> SelectStatement {
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
        .expr_as(Expr::cust("nextval('publication_id_seq')"), "key")
        .expr_as(Expr::cust("a.xmin::text"), "written_by")
        .from_as(article::Entity, a.clone())
        .join_as(JoinType::InnerJoin, revision::Entity, r, working_copy)
        .join_as(JoinType::InnerJoin, edition_counter::Entity, c, Expr::cust("TRUE"))
        .and_where(Expr::col((a, article::Column::Id)).eq(id.uuid()));
    query
}
