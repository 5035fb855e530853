//! Reading pages of articles, counting articles, and the cost of both.

use std::sync::Arc;
use std::sync::atomic::Ordering;

use domain::{ArticleOrder, Predicate, Publication, PublicationFields, Span};
use persistence::{Budget, CountPlan, Page, PagePlan, Sizes, Store, StoreError};

use super::{Source, View};

impl View {
    /// Returns the numbers of articles by label and by day, for plans and costs. They may belong to an edition shortly
    /// before or after.
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
        if Store::is_short_page(&self.without_ended(predicate), order, span) {
            return Ok(None);
        }
        Ok(Some(PagePlan::of(&*self.sizes().await?, &self.without_ended(predicate), order, span).cost()))
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
        self.checked(page)
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
        page.map(|page| self.checked(page)).transpose()
    }

    /// Checks that a page was read in the edition of the view.
    fn checked(&self, page: Page) -> Result<(Vec<Publication>, bool), StoreError> {
        let Page { articles, more, seen } = page;
        if matches!(self.source, Source::Now(_)) {
            match seen {
                None => self.needs_edition_check.store(true, Ordering::Relaxed),
                Some(seen) if seen == self.edition.mark => {}
                Some(_) => return self.noting_other_edition(Err(StoreError::Moved)),
            }
        }
        Ok((articles, more))
    }

    /// Counts the matching articles. The caller has already charged [`View::count_cost`].
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn count(&self, predicate: &Predicate) -> Result<i64, StoreError> {
        let plan = CountPlan::of(&*self.sizes().await?, &self.without_ended(predicate));
        publications!(self, publications => publications.count(&plan).await)
    }
}
