//! Articles, as editors see them.

use std::collections::HashMap;
use std::sync::Arc;

use app::Saved;
use async_graphql::{Context, Enum, ID, Object};
use domain::{Article as Found, ArticleId, DeskArticleId, PageRequest, Stage, Version};
use tokio::sync::OnceCell;

use crate::graphql::error::{ApiError, or_null};
use crate::graphql::execution::context::{Reader, caller};
use crate::graphql::execution::sight::Sight;
use crate::graphql::types::article::Article;
use crate::graphql::types::audit::{self, AuditConnection};
use crate::graphql::types::review::{EditorialReview, Review};
use crate::graphql::types::revision::{self, Revision, RevisionConnection};
use crate::graphql::types::scalar::DateTime;
use crate::graphql::types::schedule::Schedule;
use crate::graphql::types::withdrawal::Withdrawal;
use crate::graphql::types::zoned_instant::ZonedInstant;

#[derive(Clone)]
pub(crate) struct DeskArticle {
    article: Arc<Found>,
    together: Arc<Together>,
}

/// What articles that were read together share: whatever the first of them is asked for beyond its own
/// row is read for all of them.
struct Together {
    reader: Arc<Reader>,
    sight: Sight,
    articles: Vec<(ArticleId, Version)>,
    working_copies: OnceCell<HashMap<ArticleId, domain::Revision>>,
    publications: OnceCell<HashMap<ArticleId, Article>>,
}

impl DeskArticle {
    /// An article as a write left it, as far as the writer may see it.
    pub(crate) fn new(saved: Saved, reader: &Arc<Reader>, sight: Sight) -> Self {
        let Saved { article, revision, edition: _, issues: _ } = saved;
        let together = Together {
            reader: Arc::clone(reader),
            sight,
            articles: vec![(article.id, article.version)],
            working_copies: OnceCell::new_with(Some(HashMap::from([(article.id, revision)]))),
            publications: OnceCell::new(),
        };
        Self { article: Arc::new(article), together: Arc::new(together) }
    }

    /// Articles that were read together, by somebody who may read drafts.
    pub(crate) fn all(found: Vec<Found>, reader: &Arc<Reader>) -> Vec<Self> {
        let together = Arc::new(Together {
            reader: Arc::clone(reader),
            sight: Sight::whole(),
            articles: found.iter().map(|article| (article.id, article.version)).collect(),
            working_copies: OnceCell::new(),
            publications: OnceCell::new(),
        });
        found
            .into_iter()
            .map(|article| Self { article: Arc::new(article), together: Arc::clone(&together) })
            .collect()
    }

    pub(crate) fn article(&self) -> &Found {
        &self.article
    }

    fn sight(&self) -> &Sight {
        &self.together.sight
    }

    async fn saved(&self) -> Result<&domain::Revision, ApiError> {
        let Together { reader, articles, working_copies, .. } = &*self.together;
        let read = || async { Ok::<_, ApiError>(reader.view.working_copies(articles).await?) };
        let found = working_copies.get_or_try_init(read).await?.get(&self.article.id);
        found.ok_or_else(|| ApiError::internal(&format!("{} has no working copy", self.article.id)))
    }

    async fn live(&self) -> Result<Option<Article>, ApiError> {
        let Together { reader, articles, publications, .. } = &*self.together;
        let read = || async {
            let ids: Vec<_> = articles.iter().map(|(id, _)| *id).collect();
            let found = reader.view.articles(&ids).await?;
            let ids: Vec<_> = found.iter().map(|publication| publication.article).collect();
            Ok::<_, ApiError>(ids.into_iter().zip(Article::all(found, reader)).collect())
        };
        Ok(publications.get_or_try_init(read).await?.get(&self.article.id).cloned())
    }
}

/// An article as editors see it: its working copy, its state, and what is public of it.
#[Object]
impl DeskArticle {
    /// Its id, the same through all its versions. The article as readers see it has another id, `articleId`;
    /// every argument that takes the id of an article takes either.
    pub(crate) async fn id(&self) -> ID {
        DeskArticleId::from(self.article.id).to_string().into()
    }

    /// The id of the article as readers see it, once it is published.
    async fn article_id(&self) -> ID {
        self.article.id.to_string().into()
    }

    /// The version of its working copy: the `expectedVersion` of the next write.
    async fn version(&self) -> i32 {
        self.article.version
    }

    /// Where it stands.
    async fn state(&self) -> ArticleState {
        self.article.stage().into()
    }

    /// What can be done with it from here.
    async fn open_actions(&self) -> Vec<ArticleAction> {
        self.article.open_actions().into_iter().map(ArticleAction::from).collect()
    }

    /// The slug of its working copy. A writer who may not read drafts gets it only after sending it, or when
    /// it is public.
    async fn slug(&self, ctx: &Context<'_>) -> Option<&str> {
        let found = async {
            self.sight().text("slug").await?;
            Ok(Some(self.saved().await?.content.slug.as_str()))
        };
        or_null(ctx, found.await)
    }

    /// The title of its working copy. A writer who may not read drafts gets it only after sending it, or when
    /// it is public.
    async fn title(&self, ctx: &Context<'_>) -> Option<&str> {
        or_null(ctx, self.sight().text("title").await.map(|()| Some(self.article.title.as_str())))
    }

    /// What the system that it came from calls it. A writer who may not read drafts gets it only after sending
    /// it, or when it is public.
    async fn external_ref(&self, ctx: &Context<'_>) -> Option<&str> {
        let name = self.article.external_ref.as_deref()?;
        or_null(ctx, self.sight().text("externalRef").await.map(|()| Some(name)))
    }

    /// What is being written. A writer who may not read drafts gets those fields of it that they have sent, or
    /// that are public; any other field that is never null makes all of it null.
    async fn working_copy(&self, ctx: &Context<'_>) -> Option<Revision> {
        let (reader, sight) = (&self.together.reader, self.sight());
        or_null(ctx, self.saved().await.map(|saved| Some(Revision::new(saved.clone(), reader, sight))))
    }

    /// What the public sees; null when it is not published.
    async fn publication(&self, ctx: &Context<'_>) -> Option<Article> {
        or_null(ctx, self.live().await)
    }

    /// The version that the public sees; null when it is not published.
    async fn published_version(&self) -> Option<i32> {
        self.article.published_version()
    }

    /// Whether it is published, and its working copy says something else.
    async fn has_unpublished_changes(&self) -> bool {
        self.article.has_unpublished_changes()
    }

    /// Where the review of its working copy stands.
    async fn review(&self) -> Review {
        Review::new(self.article.review.clone(), self.sight())
    }

    /// What is to become public by itself; null when nothing is. A writer who may not read drafts gets only
    /// their own schedule.
    async fn schedule(&self, ctx: &Context<'_>) -> Option<Schedule> {
        let schedule = self.article.schedule.clone()?;
        let shown = self.sight().word("schedule", &schedule.by);
        or_null(ctx, shown.map(|()| Some(schedule.into())))
    }

    /// When what is public ends by itself; null when it does not.
    async fn expires(&self) -> Option<ZonedInstant> {
        self.article.expires.clone().map(ZonedInstant::from)
    }

    /// Why it was taken from the public, and what readers get instead; null when it was not.
    async fn withdrawal(&self) -> Option<Withdrawal> {
        match &self.article.state {
            domain::ArticleState::Withdrawn { reason, at } => Some(Withdrawal::new(reason, *at)),
            _ => None,
        }
    }

    /// When it was put away; null when it was not.
    async fn archived_at(&self) -> Option<DateTime> {
        self.article.archived_at.map(DateTime::from)
    }

    /// Whether what it says still holds.
    async fn editorial_review(&self) -> EditorialReview {
        EditorialReview::new(&self.article.editorial, &self.together.reader)
    }

    /// Every saved version, the newest first; null when it cannot be read. Scope: `content:read-drafts`.
    async fn revisions(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "This many from the start; 0 to 100, 20 when nothing is said.")] first: Option<i32>,
        #[graphql(desc = "Only what comes after this cursor.")] after: Option<String>,
        #[graphql(desc = "This many from the end; 0 to 100.")] last: Option<i32>,
        #[graphql(desc = "Only what comes before this cursor.")] before: Option<String>,
    ) -> Option<RevisionConnection> {
        let request = PageRequest { first, after, last, before, offset: None };
        let found = async {
            revision::revisions(&self.together.reader, caller(ctx)?, self.article.id, &request)
                .await
                .map(Some)
        };
        or_null(ctx, found.await)
    }

    /// One saved version; null when there is none. Scope: `content:read-drafts`.
    async fn revision(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Its place among the saved versions, from 1.")] version: i32,
    ) -> Option<Revision> {
        let reader = &self.together.reader;
        let found = async {
            let found = reader.view.desk(caller(ctx)?)?.revision(self.article.id, version).await?;
            Ok(found.map(|found| Revision::new(found, reader, &Sight::whole())))
        };
        or_null(ctx, found.await)
    }

    /// Who did what with it, and when, the newest first; null when it cannot be read. Scope: `content:read-drafts`.
    async fn activity(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "This many from the start; 0 to 100, 20 when nothing is said.")] first: Option<i32>,
        #[graphql(desc = "Only what comes after this cursor.")] after: Option<String>,
        #[graphql(desc = "This many from the end; 0 to 100.")] last: Option<i32>,
        #[graphql(desc = "Only what comes before this cursor.")] before: Option<String>,
    ) -> Option<AuditConnection> {
        let request = PageRequest { first, after, last, before, offset: None };
        let found = async {
            audit::activity(&self.together.reader, caller(ctx)?, self.article.id, &request).await.map(Some)
        };
        or_null(ctx, found.await)
    }

    /// When it was created.
    async fn created_at(&self) -> DateTime {
        self.article.created_at.into()
    }

    /// When its working copy was last saved.
    async fn updated_at(&self) -> DateTime {
        self.article.updated_at.into()
    }

    /// The date of its first publication; null when it never was published.
    async fn first_published_at(&self) -> Option<DateTime> {
        self.article.first_published_at.map(DateTime::from)
    }
}

/// Where an article stands, in one word. What is being reviewed or scheduled of an article that is public
/// is told by `review` and `schedule`. More may be added.
#[derive(Enum, Copy, Clone, PartialEq, Eq)]
#[graphql(remote = "Stage")]
pub(crate) enum ArticleState {
    /// It is being written, and never was public.
    Draft,
    /// It is not public, and waits for a verdict or has a good one.
    InReview,
    /// It is not public, and will be by itself.
    Scheduled,
    /// It is public.
    Published,
    /// It was public, and is not any more.
    Withdrawn,
    /// It was put away.
    Archived,
}

macro_rules! declare {
    ($($(#[$doc:meta])* $action:ident = $name:literal,)*) => {
        /// What can be done with an article. The mutation has the same name after `article`: `MARK_REVIEWED` is
        /// `articleMarkReviewed`. More actions may be added.
        #[derive(Enum, Copy, Clone, PartialEq, Eq)]
        #[graphql(remote = "domain::Action")]
        pub(crate) enum ArticleAction {
            $($(#[$doc])* $action,)*
        }
    };
}

domain::article_actions!(declare);
