//! Reading the publication as of one edition.

use std::borrow::Cow;
use std::collections::{HashMap, HashSet};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use domain::{
    ArticleFilter, ArticleId, ArticleOrder, Body, BodyForms, Change, Edition, EditionNumber, Ends, LIMITS,
    LabelId, Predicate, Publication, PublicationFields, RedirectTarget, Slug, Span, Taxonomy, UserError,
};
use persistence::{Budget, CountPlan, FormerSlug, Page, PagePlan, Sizes, Snapshot, Store, StoreError};

use crate::known_sizes::KnownSizes;

/// The publication as of one edition.
#[derive(Debug)]
pub struct View {
    source: Source,
    edition: Edition,
    taxonomy: Arc<Taxonomy>,
    /// How many articles there are, as far as that is at hand.
    sizes: Arc<KnownSizes>,
    /// Leaves out what has come to its end, while that cannot be applied.
    ends: Option<Ends>,
    /// Whether something was read that does not itself tell which edition it is of.
    unchecked: AtomicBool,
    /// Whether something was read of another edition.
    moved: AtomicBool,
}

/// Where it is read from.
#[derive(Debug)]
enum Source {
    /// A transaction that sees one edition.
    Snapshot(Snapshot),
    /// The database as it is, statement by statement. Whether they all saw the same edition shows
    /// afterwards ([`View::holds`]); nearly always they did, and nothing was spent on making sure.
    Now(Store),
}

/// The publications of a view, from wherever it is read.
macro_rules! publications {
    ($view:ident, $publications:ident => $read:expr) => {
        match &$view.source {
            Source::Snapshot(snapshot) => {
                let $publications = snapshot.publications();
                $read
            }
            Source::Now(store) => {
                $view.unchecked.store(true, Ordering::Relaxed);
                from_now!(store, $publications => $read)
            }
        }
    };
}

/// The publications as they are now; from the first database when the copy has gone away.
macro_rules! from_now {
    ($store:ident, $publications:ident => $read:expr) => {{
        let read = {
            let $publications = $store.publications_now();
            $read
        };
        if $store.is_cut_off_from_replica(&read) {
            let $publications = $store.publications_now();
            $read
        } else {
            read
        }
    }};
}

impl View {
    pub(crate) fn new(snapshot: Snapshot, taxonomy: Arc<Taxonomy>, sizes: &Arc<KnownSizes>) -> Self {
        let edition = snapshot.edition();
        Self::of(Source::Snapshot(snapshot), edition, taxonomy, sizes)
    }

    /// A view that is read without a transaction.
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
            unchecked: AtomicBool::new(false),
            moved: AtomicBool::new(false),
        }
    }

    /// The same view, without what has come to its end by then.
    pub(crate) fn without(self, ends: Option<Ends>) -> Self {
        Self { ends, ..self }
    }

    /// The articles that are left out; nothing, nearly always.
    async fn left_out(&self) -> Result<Option<HashSet<ArticleId>>, StoreError> {
        let Some(ends) = self.ends else { return Ok(None) };
        publications!(self, publications => publications.ended(ends).await).map(Some)
    }

    /// A publication, unless it is left out.
    async fn kept(&self, found: Option<Publication>) -> Result<Option<Publication>, StoreError> {
        if found.is_none() {
            return Ok(None);
        }
        let left_out = self.left_out().await?.unwrap_or_default();
        Ok(found.filter(|found| !left_out.contains(&found.article)))
    }

    /// A condition, and that nothing is left out.
    fn narrowed<'a>(&self, predicate: &'a Predicate) -> Cow<'a, Predicate> {
        match self.ends {
            None => Cow::Borrowed(predicate),
            Some(ends) => {
                let both = Predicate::All(vec![predicate.clone(), Predicate::NotEnded(ends)]);
                Cow::Owned(both.simplify())
            }
        }
    }

    /// The transaction that it is read from, for what is not public.
    pub(crate) fn snapshot(&self) -> Result<&Snapshot, StoreError> {
        match &self.source {
            Source::Snapshot(snapshot) => Ok(snapshot),
            Source::Now(_) => Err(StoreError::Moved),
        }
    }

    /// The transaction again, once all is read.
    pub(crate) fn into_snapshot(self) -> Result<Snapshot, StoreError> {
        match self.source {
            Source::Snapshot(snapshot) => Ok(snapshot),
            Source::Now(_) => Err(StoreError::Moved),
        }
    }

    /// Whether everything that was read is of the view's edition. If not, it has to be read again.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn holds(&self) -> Result<bool, StoreError> {
        if self.moved.load(Ordering::Relaxed) {
            return Ok(false);
        }
        match &self.source {
            Source::Now(store) if self.unchecked.load(Ordering::Relaxed) => {
                store.is_latest(self.edition.id()).await
            }
            _ => Ok(true),
        }
    }

    /// The edition.
    #[must_use]
    pub fn edition(&self) -> Edition {
        self.edition
    }

    /// Its tags, topics and authors.
    #[must_use]
    pub fn taxonomy(&self) -> &Arc<Taxonomy> {
        &self.taxonomy
    }

    /// What a filter means in this edition.
    ///
    /// # Errors
    /// When the filter holds an empty list or is too large.
    pub fn resolve(&self, filter: &ArticleFilter) -> Result<Predicate, UserError> {
        filter.resolve(&self.taxonomy)
    }

    /// How many articles there are, by label and by day. What plans and costs rest on: it may be of an edition
    /// shortly before.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn sizes(&self) -> Result<Arc<Sizes>, StoreError> {
        if let Some(known) = self.sizes.near(self.edition.id()) {
            return Ok(known);
        }
        let sizes = match &self.source {
            Source::Snapshot(snapshot) => snapshot.publications().sizes().await?,
            Source::Now(store) => from_now!(store, publications => publications.sizes().await)?,
        };
        Ok(self.sizes.keep(self.edition.id(), sizes))
    }

    /// What a page costs; nothing when it costs the same however many articles there are.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn page_cost(
        &self,
        predicate: &Predicate,
        order: ArticleOrder,
        span: &Span,
    ) -> Result<Option<u64>, StoreError> {
        if Store::is_short_page(&self.narrowed(predicate), order, span) {
            return Ok(None);
        }
        Ok(Some(PagePlan::of(&*self.sizes().await?, &self.narrowed(predicate), order, span).cost()))
    }

    /// What a count costs.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn count_cost(&self, predicate: &Predicate) -> Result<u64, StoreError> {
        Ok(CountPlan::of(&*self.sizes().await?, &self.narrowed(predicate)).cost())
    }

    /// A part of the ordered list of matching articles, with these optional fields of each, and whether there are
    /// more beyond its end. [`View::page_cost`] is taken to be spent; what it costs beyond that is not.
    ///
    /// # Errors
    /// When the database does not answer, or the budget does not suffice.
    pub async fn page(
        &self,
        predicate: &Predicate,
        order: ArticleOrder,
        span: &Span,
        fields: PublicationFields,
        budget: &Budget,
    ) -> Result<(Vec<Publication>, bool), StoreError> {
        let predicate = &*self.narrowed(predicate);
        if *predicate == Predicate::FALSE {
            return Ok((Vec::new(), false));
        }
        if !Store::is_short_page(predicate, order, span) {
            let plan = PagePlan::of(&*self.sizes().await?, predicate, order, span);
            if let Some(page) = self.planned_page(&plan, false, order, span, fields).await? {
                return Ok(page);
            }
            budget.spend(plan.cost_of_second_way())?;
            let page = self.planned_page(&plan, true, order, span, fields).await?;
            return page.ok_or_else(|| StoreError::Damaged("a page has no end".to_owned()));
        }
        let page = match &self.source {
            Source::Snapshot(snapshot) => {
                snapshot.publications().page(predicate, order, span, fields).await?
            }
            Source::Now(store) => store.page_now(predicate, order, span, fields).await?,
        };
        self.seen(page)
    }

    async fn planned_page(
        &self,
        plan: &PagePlan,
        is_second: bool,
        order: ArticleOrder,
        span: &Span,
        fields: PublicationFields,
    ) -> Result<Option<(Vec<Publication>, bool)>, StoreError> {
        let page = match &self.source {
            Source::Snapshot(snapshot) => {
                snapshot.publications().planned_page(plan, is_second, order, span, fields).await?
            }
            Source::Now(store) => from_now!(store, publications => {
                publications.planned_page(plan, is_second, order, span, fields).await
            })?,
        };
        page.map(|page| self.seen(page)).transpose()
    }

    /// A page, unless it was seen in another edition.
    fn seen(&self, page: Page) -> Result<(Vec<Publication>, bool), StoreError> {
        let Page { articles, more, seen } = page;
        if matches!(self.source, Source::Now(_)) {
            match seen {
                None => self.unchecked.store(true, Ordering::Relaxed),
                Some(seen) if seen == self.edition.mark => {}
                Some(_) => return self.noted(Err(StoreError::Moved)),
            }
        }
        Ok((articles, more))
    }

    /// How many articles match. [`View::count_cost`] is taken to be spent.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn count(&self, predicate: &Predicate) -> Result<i64, StoreError> {
        let plan = CountPlan::of(&*self.sizes().await?, &self.narrowed(predicate));
        publications!(self, publications => publications.count(&plan).await)
    }

    /// The article that a slug leads to, present or past. What is no slug leads nowhere.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn article_by_slug(&self, slug: &str) -> Result<Option<Publication>, StoreError> {
        let Ok(slug) = Slug::parse(slug) else { return Ok(None) };
        let found = publications!(self, publications => publications.find_by_slug(&slug).await)?;
        self.kept(found).await
    }

    /// The article.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn article(&self, id: ArticleId) -> Result<Option<Publication>, StoreError> {
        let found = publications!(self, publications => publications.find(id).await)?;
        self.kept(found).await
    }

    /// The articles of these ids that are public, in no particular order.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn articles(&self, ids: &[ArticleId]) -> Result<Vec<Publication>, StoreError> {
        let mut found = publications!(self, publications => publications.find_many(ids).await)?;
        if let Some(left_out) = self.left_out().await? {
            found.retain(|found| !left_out.contains(&found.article));
        }
        Ok(found)
    }

    /// The article that another system knows by this name.
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
        self.kept(found).await
    }

    /// How many bytes the forms of these bodies have, in the order of [`BodyForms::EACH`]. They are not read for that.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn body_lengths(&self, keys: &[i64]) -> Result<HashMap<i64, [u64; 5]>, StoreError> {
        match &self.source {
            Source::Snapshot(snapshot) => snapshot.publications().body_lengths(keys).await,
            Source::Now(store) => from_now!(store, publications => publications.body_lengths(keys).await),
        }
    }

    /// The bodies of these publications, by [`Publication::key`], in these forms; the others are empty.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn bodies(&self, keys: &[i64], forms: BodyForms) -> Result<HashMap<i64, Body>, StoreError> {
        match &self.source {
            Source::Snapshot(snapshot) => snapshot.publications().bodies(keys, forms).await,
            // What was published does not change any more.
            Source::Now(store) => {
                let edition = self.edition.id();
                self.noted(from_now!(store, publications => {
                    publications.bodies_seen_in(edition, keys, forms).await
                }))
            }
        }
    }

    /// Earlier editions, by number, in no particular order.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn editions(&self, numbers: &[EditionNumber]) -> Result<Vec<Edition>, StoreError> {
        match &self.source {
            Source::Snapshot(snapshot) => snapshot.editions(numbers).await,
            // What was made does not change any more.
            Source::Now(store) => self.noted(store.editions_up_to(self.edition.id(), numbers).await),
        }
    }

    /// What these editions changed, in order.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn changes(
        &self,
        numbers: &[EditionNumber],
    ) -> Result<Vec<(EditionNumber, Change)>, StoreError> {
        match &self.source {
            Source::Snapshot(snapshot) => snapshot.changes(numbers).await,
            Source::Now(store) => self.noted(store.changes_up_to(self.edition.id(), numbers).await),
        }
    }

    /// The same, noted when what was read is of another edition.
    fn noted<T>(&self, read: Result<T, StoreError>) -> Result<T, StoreError> {
        if matches!(read, Err(StoreError::Moved)) {
            self.moved.store(true, Ordering::Relaxed);
        }
        read
    }

    /// How many articles each tag, topic and author has; those without any are left out.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn label_counts(&self) -> Result<HashMap<LabelId, i64>, StoreError> {
        let mut counts = publications!(self, publications => publications.label_counts().await)?;
        if let Some(ends) = self.ends {
            let left_out = publications!(self, publications => publications.ended_label_counts(ends).await)?;
            for (label, count) in left_out {
                counts.entry(label).and_modify(|all| *all -= count);
            }
            counts.retain(|_, count| *count > 0);
        }
        Ok(counts)
    }

    /// What a slug leads to that no published article goes by any more.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn redirect(&self, slug: &str) -> Result<Option<FormerSlug>, StoreError> {
        let Ok(slug) = Slug::parse(slug) else { return Ok(None) };
        let found = publications!(self, publications => publications.former_slug(&slug).await)?;
        Ok(self.leading_on(found.into_iter().collect()).await?.pop())
    }

    /// A part of all such slugs, in the order of the alphabet, and whether there are more beyond.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn redirects(&self, span: &Span) -> Result<(Vec<FormerSlug>, bool), StoreError> {
        let (found, more) = publications!(self, publications => publications.former_slugs(span).await)?;
        Ok((self.leading_on(found).await?, more))
    }

    /// Slugs that lead to nothing that is left out.
    async fn leading_on(&self, mut slugs: Vec<FormerSlug>) -> Result<Vec<FormerSlug>, StoreError> {
        if let Some(left_out) = self.left_out().await? {
            for slug in &mut slugs {
                slug.target = slug
                    .target
                    .take()
                    .filter(|target| !matches!(target, RedirectTarget::Article(id) if left_out.contains(id)));
            }
        }
        Ok(slugs)
    }
}
