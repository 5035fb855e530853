//! Reading the publication as of one edition.

use std::collections::HashMap;
use std::sync::Arc;

use domain::{
    ArticleFilter, ArticleId, ArticleOrder, Body, Edition, EditionNumber, LIMITS, LabelId, Predicate,
    Publication, Slug, Span, Taxonomy, UserError,
};
use persistence::{Snapshot, StoreError};

/// The publication as of one edition.
#[derive(Debug)]
pub struct View {
    snapshot: Snapshot,
    taxonomy: Arc<Taxonomy>,
}

impl View {
    pub(crate) fn new(snapshot: Snapshot, taxonomy: Arc<Taxonomy>) -> Self {
        Self { snapshot, taxonomy }
    }

    pub(crate) fn snapshot(&self) -> &Snapshot {
        &self.snapshot
    }

    /// The edition.
    #[must_use]
    pub fn edition(&self) -> Edition {
        self.snapshot.edition()
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

    /// A part of the ordered list of matching articles, and whether there are more beyond its end.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn page(
        &self,
        predicate: &Predicate,
        order: ArticleOrder,
        span: &Span,
    ) -> Result<(Vec<Publication>, bool), StoreError> {
        self.snapshot.publications().page(predicate, order, span).await
    }

    /// How many articles match.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn count(&self, predicate: &Predicate) -> Result<i64, StoreError> {
        self.snapshot.publications().count(predicate).await
    }

    /// The article that a slug leads to, present or past. What is no slug leads nowhere.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn article_by_slug(&self, slug: &str) -> Result<Option<Publication>, StoreError> {
        match Slug::parse(slug) {
            Ok(slug) => self.snapshot.publications().find_by_slug(&slug).await,
            Err(_) => Ok(None),
        }
    }

    /// The article.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn article(&self, id: ArticleId) -> Result<Option<Publication>, StoreError> {
        self.snapshot.publications().find(id).await
    }

    /// The articles of these ids that are public, in no particular order.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn articles(&self, ids: &[ArticleId]) -> Result<Vec<Publication>, StoreError> {
        self.snapshot.publications().find_many(ids).await
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
        self.snapshot.publications().find_by_external_ref(external_ref).await
    }

    /// The bodies of these publications, by [`Publication::key`].
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn bodies(&self, keys: &[i64]) -> Result<HashMap<i64, Body>, StoreError> {
        self.snapshot.publications().bodies(keys).await
    }

    /// Earlier editions, by number, in no particular order.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn editions(&self, numbers: &[EditionNumber]) -> Result<Vec<Edition>, StoreError> {
        self.snapshot.editions(numbers).await
    }

    /// How many articles each tag, topic and author has; those without any are left out.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn label_counts(&self) -> Result<HashMap<LabelId, i64>, StoreError> {
        self.snapshot.publications().label_counts().await
    }
}
