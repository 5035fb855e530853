//! Reading pages of articles, counting articles, and the cost of both.

use std::sync::Arc;
use std::sync::atomic::Ordering;

use domain::{ArticleOrder, Predicate, Publication, PublicationFields, Span};
use persistence::{
    Budget, CountPlan, PageQuery, PageSource, Sizes, StatementPool, StoreError, page_cost, read_page,
};

use super::{Source, View};

impl View {
    /// Returns the numbers of articles by label and by day, for plans and costs. They may belong to an edition shortly
    /// before or after.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn sizes(&self) -> Result<Arc<Sizes>, StoreError> {
        if let Some(known) = self.sizes.close_to(self.edition.id()) {
            return Ok(known);
        }
        let sizes = match &self.source {
            Source::Snapshot(snapshot) => snapshot.publications().sizes().await?,
            Source::Now(store) => {
                store.read_latest(|pool| async move { pool.publications().sizes().await }).await?
            }
        };
        Ok(self.sizes.insert(self.edition.id(), sizes))
    }

    /// Returns the cost of a page. `None` when the cost does not depend on the number of articles.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn page_cost(
        &self,
        predicate: &Predicate,
        order: ArticleOrder,
        span: &Span,
    ) -> Result<Option<u64>, StoreError> {
        let predicate = &*self.without_ended(predicate);
        let query = PageQuery { predicate, order, span, fields: PublicationFields::empty() };
        page_cost(&query, self.sizes()).await
    }

    /// Returns the cost of a count.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn count_cost(&self, predicate: &Predicate) -> Result<u64, StoreError> {
        Ok(CountPlan::of(&*self.sizes().await?, &self.without_ended(predicate)).cost())
    }

    /// Reads a page of the matching articles, with these optional fields, and whether more follow. The caller has
    /// already charged [`View::page_cost`]; any further cost is charged to the budget here.
    ///
    /// # Errors
    /// When the database does not answer, or the budget is used up.
    pub async fn page(
        &self,
        predicate: &Predicate,
        order: ArticleOrder,
        span: &Span,
        fields: PublicationFields,
        budget: &Budget,
    ) -> Result<(Vec<Publication>, bool), StoreError> {
        let predicate = &*self.without_ended(predicate);
        let query = PageQuery { predicate, order, span, fields };
        let source = match &self.source {
            Source::Snapshot(snapshot) => PageSource::Snapshot(snapshot),
            Source::Now(store) => PageSource::Latest(store),
        };
        let page = read_page(source, &query, self.sizes(), budget).await?;
        if matches!(self.source, Source::Now(_)) && *predicate != Predicate::FALSE {
            match page.seen {
                None => self.needs_edition_check.store(true, Ordering::Relaxed),
                Some(seen) if seen == self.edition.mark => {}
                Some(_) => return self.noting_other_edition(Err(StoreError::EditionChanged)),
            }
        }
        Ok((page.articles, page.more))
    }

    /// Counts the matching articles. The caller has already charged [`View::count_cost`].
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn count(&self, predicate: &Predicate) -> Result<i64, StoreError> {
        let plan = &CountPlan::of(&*self.sizes().await?, &self.without_ended(predicate));
        publications!(self, publications => publications.count(plan).await)
    }
}
