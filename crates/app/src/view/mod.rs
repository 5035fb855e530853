//! Reading what the public sees in one edition.

use std::borrow::Cow;
use std::collections::{HashMap, HashSet};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use domain::{
    ArticleFilter, ArticleId, Body, BodyForms, Change, Edition, EditionNumber, Ends, FilterError, LIMITS,
    LabelId, Predicate, Publication, RedirectTarget, Slug, Span, Taxonomy,
};
use persistence::{FormerSlug, Snapshot, StatementPool, Store, StoreError};

use crate::known_sizes::KnownSizes;

/// The publication in one edition: everything that is read through a view belongs to that edition.
#[derive(Debug)]
pub struct View {
    source: Source,
    edition: Edition,
    taxonomy: Arc<Taxonomy>,
    sizes: Arc<KnownSizes>,
    /// Set while articles that have ended cannot be withdrawn: they are left out.
    ends: Option<Ends>,
    /// Whether a statement did not report the edition that it saw, so that the edition must be checked at the end.
    needs_edition_check: AtomicBool,
    /// Whether a statement saw another edition.
    saw_other_edition: AtomicBool,
}

/// Where a view reads.
#[derive(Debug)]
enum Source {
    /// In a transaction, which sees one edition.
    Snapshot(Snapshot),
    /// Statement by statement, without a transaction, which is cheaper. [`View::holds`] checks afterwards that all
    /// statements saw the same edition, which they nearly always do.
    Now(Store),
}

/// Reads publications where the view reads.
macro_rules! publications {
    ($view:ident, $publications:ident => $read:expr) => {
        match &$view.source {
            Source::Snapshot(snapshot) => {
                let $publications = snapshot.publications();
                $read
            }
            Source::Now(store) => {
                $view.needs_edition_check.store(true, Ordering::Relaxed);
                let read = |pool: StatementPool| async move {
                    let $publications = pool.publications();
                    $read
                };
                store.read_latest(read).await
            }
        }
    };
}

mod pages;

impl View {
    pub(crate) fn new(snapshot: Snapshot, taxonomy: Arc<Taxonomy>, sizes: &Arc<KnownSizes>) -> Self {
        let edition = snapshot.edition();
        Self::of(Source::Snapshot(snapshot), edition, taxonomy, sizes)
    }

    /// Makes a view that reads without a transaction.
    pub(crate) fn now(
        store: Store,
        edition: Edition,
        taxonomy: Arc<Taxonomy>,
        sizes: &Arc<KnownSizes>,
    ) -> Self {
        Self::of(Source::Now(store), edition, taxonomy, sizes)
    }

    fn of(source: Source, edition: Edition, taxonomy: Arc<Taxonomy>, sizes: &Arc<KnownSizes>) -> Self {
        Self {
            source,
            edition,
            taxonomy,
            sizes: Arc::clone(sizes),
            ends: None,
            needs_edition_check: AtomicBool::new(false),
            saw_other_edition: AtomicBool::new(false),
        }
    }

    /// Returns the view without the articles that have ended.
    pub(crate) fn without(self, ends: Option<Ends>) -> Self {
        Self { ends, ..self }
    }

    /// Returns the articles to leave out. Nearly always `None`.
    async fn ended_articles(&self) -> Result<Option<HashSet<ArticleId>>, StoreError> {
        let Some(ends) = self.ends else { return Ok(None) };
        publications!(self, publications => publications.ended(ends).await).map(Some)
    }

    /// Drops a publication whose article has ended.
    async fn unless_ended(&self, found: Option<Publication>) -> Result<Option<Publication>, StoreError> {
        if found.is_none() {
            return Ok(None);
        }
        let ended = self.ended_articles().await?.unwrap_or_default();
        Ok(found.filter(|found| !ended.contains(&found.article)))
    }

    /// Adds to a condition that the articles have not ended.
    fn without_ended<'a>(&self, predicate: &'a Predicate) -> Cow<'a, Predicate> {
        match self.ends {
            None => Cow::Borrowed(predicate),
            Some(ends) => {
                let both = Predicate::All(vec![predicate.clone(), Predicate::NotEnded(ends)]);
                Cow::Owned(both.simplify())
            }
        }
    }

    /// Returns the transaction, which is needed to read what is not public.
    pub(crate) fn snapshot(&self) -> Result<&Snapshot, StoreError> {
        match &self.source {
            Source::Snapshot(snapshot) => Ok(snapshot),
            Source::Now(_) => Err(StoreError::EditionChanged),
        }
    }

    /// Returns the transaction when reading is done.
    pub(crate) fn into_snapshot(self) -> Result<Snapshot, StoreError> {
        match self.source {
            Source::Snapshot(snapshot) => Ok(snapshot),
            Source::Now(_) => Err(StoreError::EditionChanged),
        }
    }

    /// Whether everything that was read belongs to the edition of the view. If not, the caller must read everything again.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn holds(&self) -> Result<bool, StoreError> {
        if self.saw_other_edition.load(Ordering::Relaxed) {
            return Ok(false);
        }
        match &self.source {
            Source::Now(store) if self.needs_edition_check.load(Ordering::Relaxed) => {
                store.is_latest(self.edition.id()).await
            }
            _ => Ok(true),
        }
    }

    /// Returns the edition.
    #[must_use]
    pub fn edition(&self) -> Edition {
        self.edition
    }

    /// Returns the tags, topics and authors of the edition.
    #[must_use]
    pub fn taxonomy(&self) -> &Arc<Taxonomy> {
        &self.taxonomy
    }

    /// Resolves the slugs of a filter to ids.
    ///
    /// # Errors
    /// When the filter holds an empty list or is too large.
    pub fn resolve(&self, filter: &ArticleFilter) -> Result<Predicate, FilterError> {
        filter.resolve(&self.taxonomy)
    }

    /// Finds the article that has this slug, or once had it.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn article_by_slug(&self, slug: &str) -> Result<Option<Publication>, StoreError> {
        let Ok(slug) = Slug::parse(slug) else { return Ok(None) };
        let slug = &slug;
        let found = publications!(self, publications => publications.find_by_slug(slug).await)?;
        self.unless_ended(found).await
    }

    /// Finds an article.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn article(&self, id: ArticleId) -> Result<Option<Publication>, StoreError> {
        let found = publications!(self, publications => publications.find(id).await)?;
        self.unless_ended(found).await
    }

    /// Finds articles, in no particular order. Ids of articles that are not public are skipped.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn articles(&self, ids: &[ArticleId]) -> Result<Vec<Publication>, StoreError> {
        let mut found = publications!(self, publications => publications.find_many(ids).await)?;
        if let Some(ended) = self.ended_articles().await? {
            found.retain(|found| !ended.contains(&found.article));
        }
        Ok(found)
    }

    /// Finds the article with this external reference.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn article_by_external_ref(
        &self,
        external_ref: &str,
    ) -> Result<Option<Publication>, StoreError> {
        if external_ref.contains('\0') || external_ref.chars().count() > LIMITS.external_ref {
            return Ok(None);
        }
        let found =
            publications!(self, publications => publications.find_by_external_ref(external_ref).await)?;
        self.unless_ended(found).await
    }

    /// Returns the lengths in bytes of the forms of these bodies, in the order of [`BodyForms::EACH`], without reading the
    /// bodies.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn body_lengths(&self, keys: &[i64]) -> Result<HashMap<i64, [u64; 5]>, StoreError> {
        match &self.source {
            Source::Snapshot(snapshot) => snapshot.publications().body_lengths(keys).await,
            Source::Now(store) => {
                let read = |pool: StatementPool| async move { pool.publications().body_lengths(keys).await };
                store.read_latest(read).await
            }
        }
    }

    /// Reads the bodies of these publications, by [`Publication::key`], in these forms. The other forms are empty.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn bodies(&self, keys: &[i64], forms: BodyForms) -> Result<HashMap<i64, Body>, StoreError> {
        match &self.source {
            Source::Snapshot(snapshot) => snapshot.publications().bodies(keys, forms).await,
            // A publication never changes, so it is enough that the database still contains the edition.
            Source::Now(store) => {
                let edition = self.edition.id();
                let read = store.read_latest(|pool| async move {
                    pool.publications().bodies_seen_in(edition, keys, forms).await
                });
                self.noting_other_edition(read.await)
            }
        }
    }

    /// Reads editions up to that of the view, in no particular order.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn editions(&self, numbers: &[EditionNumber]) -> Result<Vec<Edition>, StoreError> {
        match &self.source {
            Source::Snapshot(snapshot) => snapshot.editions(numbers).await,
            // Editions never change.
            Source::Now(store) => {
                self.noting_other_edition(store.editions_up_to(self.edition.id(), numbers).await)
            }
        }
    }

    /// Reads the changes of editions, in order.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn changes(
        &self,
        numbers: &[EditionNumber],
    ) -> Result<Vec<(EditionNumber, Change)>, StoreError> {
        match &self.source {
            Source::Snapshot(snapshot) => snapshot.changes(numbers).await,
            Source::Now(store) => {
                self.noting_other_edition(store.changes_up_to(self.edition.id(), numbers).await)
            }
        }
    }

    /// Counts the changes of editions up to that of the view, in no particular order.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn change_counts(
        &self,
        numbers: &[EditionNumber],
    ) -> Result<Vec<(EditionNumber, u64)>, StoreError> {
        match &self.source {
            Source::Snapshot(snapshot) => snapshot.change_counts(numbers).await,
            Source::Now(store) => {
                self.noting_other_edition(store.change_counts_up_to(self.edition.id(), numbers).await)
            }
        }
    }

    /// Remembers when a result shows another edition, and returns it.
    fn noting_other_edition<T>(&self, read: Result<T, StoreError>) -> Result<T, StoreError> {
        if matches!(read, Err(StoreError::EditionChanged)) {
            self.saw_other_edition.store(true, Ordering::Relaxed);
        }
        read
    }

    /// Counts the articles of each tag, topic and author. Labels without articles are left out.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn label_counts(&self) -> Result<HashMap<LabelId, i64>, StoreError> {
        let mut counts = publications!(self, publications => publications.label_counts().await)?;
        if let Some(ends) = self.ends {
            let ended = publications!(self, publications => publications.ended_label_counts(ends).await)?;
            for (label, count) in ended {
                counts.entry(label).and_modify(|all| *all -= count);
            }
            counts.retain(|_, count| *count > 0);
        }
        Ok(counts)
    }

    /// Finds a former slug, which no published article has now, and what it leads to.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn redirect(&self, slug: &str) -> Result<Option<FormerSlug>, StoreError> {
        let Ok(slug) = Slug::parse(slug) else { return Ok(None) };
        let slug = &slug;
        let found = publications!(self, publications => publications.former_slug(slug).await)?;
        Ok(self.without_ended_targets(found.into_iter().collect()).await?.pop())
    }

    /// Finds where a former address leads, which is a path or a whole URL: to the article that has it as an alias, or to
    /// the target of the former slug that is its last part.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn redirect_of_address(&self, address: &str) -> Result<Option<FormerSlug>, StoreError> {
        let Some(slug) = Slug::of_address(address) else { return Ok(None) };
        if let Some(found) = self.redirect(slug.as_str()).await? {
            return Ok(Some(found));
        }
        // An article can have the slug now. Then only its aliases are former addresses, and not its own address.
        let found = self.article_by_slug(slug.as_str()).await?;
        let found = found.filter(|article| {
            article.aliases.iter().any(|alias| path_of_address(alias) == path_of_address(address))
        });
        Ok(found.map(|article| FormerSlug {
            slug,
            target: Some(RedirectTarget::Article(article.article)),
            withdrawn_at: None,
            note: None,
        }))
    }

    /// Reads a page of the former slugs in alphabetical order, and whether more follow.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn redirects(&self, span: &Span) -> Result<(Vec<FormerSlug>, bool), StoreError> {
        let (found, more) = publications!(self, publications => publications.former_slugs(span).await)?;
        Ok((self.without_ended_targets(found).await?, more))
    }

    /// Removes the targets that are articles which have ended.
    async fn without_ended_targets(&self, mut slugs: Vec<FormerSlug>) -> Result<Vec<FormerSlug>, StoreError> {
        if let Some(ended) = self.ended_articles().await? {
            for slug in &mut slugs {
                slug.target = slug
                    .target
                    .take()
                    .filter(|target| !matches!(target, RedirectTarget::Article(id) if ended.contains(id)));
            }
        }
        Ok(slugs)
    }
}

/// Returns the path of an address without its host, query string and outer slashes.
fn path_of_address(address: &str) -> &str {
    let path = address.split(['?', '#']).next().unwrap_or_default();
    let path = match path.split_once("://") {
        Some((_, rest)) => rest.split_once('/').map_or("", |(_, path)| path),
        None => path,
    };
    path.trim_matches('/')
}
