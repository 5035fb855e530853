//! Articles, as editors see them.

use std::collections::{BTreeSet, HashMap};
use std::sync::Arc;

use app::Saved;
use async_graphql::{Context, Enum, ID, Object};
use domain::{
    Article as Found, ArticleId, DeskArticleId, Editor, Obstacle, PageRequest, ReviewPolicy, Stage, Version,
};
use tokio::sync::OnceCell;

use crate::graphql::error::{ApiError, or_null};
use crate::graphql::execution::context::{Reader, app, caller};
use crate::graphql::execution::draft_access::DraftAccess;
use crate::graphql::types::article::Article;
use crate::graphql::types::audit::{self, AuditConnection};
use crate::graphql::types::closed_action::ClosedAction;
use crate::graphql::types::review::{EditorialReview, Review};
use crate::graphql::types::revision::{self, Revision, RevisionConnection};
use crate::graphql::types::scalar::DateTime;
use crate::graphql::types::schedule::Schedule;
use crate::graphql::types::withdrawal::Withdrawal;
use crate::graphql::types::zoned_instant::ZonedInstant;

#[derive(Clone)]
pub(crate) struct DeskArticle {
    article: Arc<Found>,
    batch: Arc<DeskBatch>,
}

/// What articles share that were read batch. When the first of them needs more than its own row, it is read for
/// all of them.
struct DeskBatch {
    reader: Arc<Reader>,
    access: DraftAccess,
    articles: Vec<(ArticleId, Version)>,
    working_copies: OnceCell<HashMap<ArticleId, domain::Revision>>,
    publications: OnceCell<HashMap<ArticleId, Article>>,
    /// The articles whose review is pending, with their public versions. 0 stands for none.
    in_review: Vec<(ArticleId, Version)>,
    /// Who has written the unpublished versions of the articles in review.
    writers: OnceCell<HashMap<ArticleId, BTreeSet<String>>>,
}

impl DeskArticle {
    /// Makes an article from the result of a write. It shows what the writer may see.
    pub(crate) fn new(saved: Saved, reader: &Arc<Reader>, access: DraftAccess) -> Self {
        let Saved { article, revision, edition: _, issues: _ } = saved;
        let batch = DeskBatch {
            reader: Arc::clone(reader),
            access,
            articles: vec![(article.id, article.version)],
            working_copies: OnceCell::new_with(Some(HashMap::from([(article.id, revision)]))),
            publications: OnceCell::new(),
            in_review: in_review(std::slice::from_ref(&article)),
            writers: OnceCell::new(),
        };
        Self { article: Arc::new(article), batch: Arc::new(batch) }
    }

    /// Makes articles that were read batch, for a caller who may read drafts.
    pub(crate) fn all(found: Vec<Found>, reader: &Arc<Reader>) -> Vec<Self> {
        let batch = Arc::new(DeskBatch {
            reader: Arc::clone(reader),
            access: DraftAccess::full(),
            articles: found.iter().map(|article| (article.id, article.version)).collect(),
            working_copies: OnceCell::new(),
            publications: OnceCell::new(),
            in_review: in_review(&found),
            writers: OnceCell::new(),
        });
        found
            .into_iter()
            .map(|article| Self { article: Arc::new(article), batch: Arc::clone(&batch) })
            .collect()
    }

    pub(crate) fn article(&self) -> &Found {
        &self.article
    }

    fn access(&self) -> &DraftAccess {
        &self.batch.access
    }

    /// Returns what keeps the caller from taking each action now.
    async fn obstacles(&self, ctx: &Context<'_>) -> Result<Vec<(domain::Action, Vec<Obstacle>)>, ApiError> {
        static NOBODY: BTreeSet<String> = BTreeSet::new();
        let caller = caller(ctx)?;
        let policy = app(ctx).settings().review;
        let DeskBatch { reader, in_review, writers, .. } = &*self.batch;
        let writers = match (policy, &self.article.review) {
            (ReviewPolicy::FourEyes, domain::Review::Requested(_)) => {
                let read = || async { Ok::<_, ApiError>(reader.view.writers_of(in_review).await?) };
                writers.get_or_try_init(read).await?.get(&self.article.id).unwrap_or(&NOBODY)
            }
            _ => &NOBODY,
        };
        let editor = Editor { actor: &caller.actor, scopes: &caller.scopes };
        let of =
            |action: &domain::Action| (*action, self.article.obstacles(*action, editor, policy, writers));
        Ok(domain::Action::ALL.iter().map(of).collect())
    }

    async fn saved(&self) -> Result<&domain::Revision, ApiError> {
        let DeskBatch { reader, articles, working_copies, .. } = &*self.batch;
        let read = || async { Ok::<_, ApiError>(reader.view.working_copies(articles).await?) };
        let found = working_copies.get_or_try_init(read).await?.get(&self.article.id);
        found.ok_or_else(|| ApiError::internal(&format!("{} has no working copy", self.article.id)))
    }

    async fn live(&self) -> Result<Option<Article>, ApiError> {
        let DeskBatch { reader, articles, publications, .. } = &*self.batch;
        let read = || async {
            let ids: Vec<_> = articles.iter().map(|(id, _)| *id).collect();
            let found = reader.view.articles(&ids).await?;
            let ids: Vec<_> = found.iter().map(|publication| publication.article).collect();
            Ok::<_, ApiError>(ids.into_iter().zip(Article::all(found, reader)).collect())
        };
        Ok(publications.get_or_try_init(read).await?.get(&self.article.id).cloned())
    }
}

/// An article as editors see it: its working copy, its state and its publication.
#[Object]
impl DeskArticle {
    /// The id of the article at the desk. It never changes. Readers see the article under another id, `articleId`.
    /// Every argument that takes the id of an article accepts both.
    pub(crate) async fn id(&self) -> ID {
        DeskArticleId::from(self.article.id).to_string().into()
    }

    /// The id under which readers see the article once it is published.
    async fn article_id(&self) -> ID {
        self.article.id.to_string().into()
    }

    /// The version of the working copy. Send it as `expectedVersion` with the next write.
    async fn version(&self) -> i32 {
        self.article.version
    }

    /// The state of the article.
    async fn state(&self) -> ArticleState {
        self.article.stage().into()
    }

    /// The actions that you can take now: your key or token has the scope, the state of the article allows the action, and
    /// so does the review policy.
    async fn open_actions(&self, ctx: &Context<'_>) -> Result<Vec<ArticleAction>, ApiError> {
        let obstacles = self.obstacles(ctx).await?;
        let open = obstacles.into_iter().filter(|(_, obstacles)| obstacles.is_empty());
        Ok(open.map(|(action, _)| action.into()).collect())
    }

    /// All other actions, and why you cannot take them now.
    async fn closed_actions(&self, ctx: &Context<'_>) -> Result<Vec<ClosedAction>, ApiError> {
        let obstacles = self.obstacles(ctx).await?;
        Ok(obstacles.into_iter().filter_map(|(action, found)| ClosedAction::new(action, found)).collect())
    }

    /// The slug of the working copy. A writer who may not read drafts sees it only right after sending it, or if
    /// it is public.
    async fn slug(&self, ctx: &Context<'_>) -> Option<&str> {
        let found = async {
            self.access().check_text("slug").await?;
            Ok(Some(self.saved().await?.content.slug.as_str()))
        };
        or_null(ctx, found.await)
    }

    /// The title of the working copy. A writer who may not read drafts sees it only right after sending it, or if
    /// it is public.
    async fn title(&self, ctx: &Context<'_>) -> Option<&str> {
        or_null(ctx, self.access().check_text("title").await.map(|()| Some(self.article.title.as_str())))
    }

    /// The id of the article in the system from which it was imported. A writer who may not read drafts sees it
    /// only right after sending it, or if it is public.
    async fn external_ref(&self, ctx: &Context<'_>) -> Option<&str> {
        let name = self.article.external_ref.as_deref()?;
        or_null(ctx, self.access().check_text("externalRef").await.map(|()| Some(name)))
    }

    /// The version that is being edited. A writer who may not read drafts sees only the fields that they have just
    /// sent or that are public. If another selected field is never null, the whole working copy is null.
    async fn working_copy(&self, ctx: &Context<'_>) -> Option<Revision> {
        let (reader, access) = (&self.batch.reader, self.access());
        or_null(ctx, self.saved().await.map(|saved| Some(Revision::new(saved.clone(), reader, access))))
    }

    /// The public version. Null if the article is not published.
    async fn publication(&self, ctx: &Context<'_>) -> Option<Article> {
        or_null(ctx, self.live().await)
    }

    /// The number of the public version. Null if the article is not published.
    async fn published_version(&self) -> Option<i32> {
        self.article.published_version()
    }

    /// Whether the article is published and its working copy has changed since.
    async fn has_unpublished_changes(&self) -> bool {
        self.article.has_unpublished_changes()
    }

    /// The review of the working copy before publication.
    async fn review(&self) -> Review {
        Review::new(self.article.review.clone(), self.access(), &self.batch.reader)
    }

    /// The schedule for the next publication. Null if there is none. A writer who may not read drafts sees only a
    /// schedule of their own.
    async fn schedule(&self, ctx: &Context<'_>) -> Option<Schedule> {
        let schedule = self.article.schedule.clone()?;
        let shown = self.access().check_actor("schedule", &schedule.by);
        or_null(ctx, shown.map(|()| Some(Schedule::new(schedule, &self.batch.reader))))
    }

    /// The time at which the publication expires. Null if it does not expire.
    async fn expires(&self) -> Option<ZonedInstant> {
        self.article.expires.clone().map(ZonedInstant::from)
    }

    /// Why the article was withdrawn, and what readers get instead. Null if it was not withdrawn.
    async fn withdrawal(&self) -> Option<Withdrawal> {
        match &self.article.state {
            domain::ArticleState::Withdrawn { reason, at, note } => {
                Some(Withdrawal::new(reason, *at, note.clone()))
            }
            _ => None,
        }
    }

    /// The time at which the article was archived. Null if it was not.
    async fn archived_at(&self) -> Option<DateTime> {
        self.article.archived_at.map(DateTime::from)
    }

    /// The editorial review: whether the published article is still correct.
    async fn editorial_review(&self) -> EditorialReview {
        EditorialReview::new(&self.article.editorial, &self.batch.reader)
    }

    /// All saved versions, the newest first. Null if they cannot be read. Scope: `content:read-drafts`.
    async fn revisions(
        &self,
        ctx: &Context<'_>,
        #[graphql(
            desc = "How many entries to return from the start: 0 to 100. Without `first` and `last`, 20."
        )]
        first: Option<i32>,
        #[graphql(desc = "Only entries after this cursor.")] after: Option<String>,
        #[graphql(desc = "How many entries to return from the end: 0 to 100.")] last: Option<i32>,
        #[graphql(desc = "Only entries before this cursor.")] before: Option<String>,
    ) -> Option<RevisionConnection> {
        let request = PageRequest { first, after, last, before, offset: None };
        let found = async {
            revision::revisions(&self.batch.reader, caller(ctx)?, self.article.id, &request).await.map(Some)
        };
        or_null(ctx, found.await)
    }

    /// One saved version. Null if it does not exist. Scope: `content:read-drafts`.
    async fn revision(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The number of the version, from 1.")] version: i32,
    ) -> Option<Revision> {
        let reader = &self.batch.reader;
        let found = async {
            let found = reader.view.desk(caller(ctx)?)?.revision(self.article.id, version).await?;
            Ok(found.map(|found| Revision::new(found, reader, &DraftAccess::full())))
        };
        or_null(ctx, found.await)
    }

    /// The audit entries about the article, the newest first. Null if they cannot be read.
    /// Scope: `content:read-drafts`.
    async fn activity(
        &self,
        ctx: &Context<'_>,
        #[graphql(
            desc = "How many entries to return from the start: 0 to 100. Without `first` and `last`, 20."
        )]
        first: Option<i32>,
        #[graphql(desc = "Only entries after this cursor.")] after: Option<String>,
        #[graphql(desc = "How many entries to return from the end: 0 to 100.")] last: Option<i32>,
        #[graphql(desc = "Only entries before this cursor.")] before: Option<String>,
    ) -> Option<AuditConnection> {
        let request = PageRequest { first, after, last, before, offset: None };
        let found = async {
            audit::activity(&self.batch.reader, caller(ctx)?, self.article.id, &request).await.map(Some)
        };
        or_null(ctx, found.await)
    }

    /// The time at which the article was created.
    async fn created_at(&self) -> DateTime {
        self.article.created_at.into()
    }

    /// The time at which the working copy was last saved.
    async fn updated_at(&self) -> DateTime {
        self.article.updated_at.into()
    }

    /// The date of the first publication. Null if the article was never published.
    async fn first_published_at(&self) -> Option<DateTime> {
        self.article.first_published_at.map(DateTime::from)
    }
}

/// Returns the articles whose review is pending, with their public versions.
fn in_review(articles: &[Found]) -> Vec<(ArticleId, Version)> {
    let pending = articles.iter().filter(|article| matches!(article.review, domain::Review::Requested(_)));
    pending.map(|article| (article.id, article.published_version().unwrap_or(0))).collect()
}

/// The state of an article. A published article can be in review or scheduled as well: see `review` and
/// `schedule`. New values may be added.
#[derive(Enum, Copy, Clone, PartialEq, Eq)]
#[graphql(remote = "Stage")]
pub(crate) enum ArticleState {
    /// The article is being written and was never public.
    Draft,
    /// The article is not public, and was submitted for review or approved.
    InReview,
    /// The article is not public, and will be published at a scheduled time.
    Scheduled,
    /// The article is public.
    Published,
    /// The article was public and is not any more.
    Withdrawn,
    /// The article is in the archive.
    Archived,
}

macro_rules! declare {
    ($($(#[$doc:meta])* $action:ident = $name:literal,)*) => {
        /// An action on an article. The mutation has the same name after `article`: `MARK_REVIEWED` is
        /// `articleMarkReviewed`. New values may be added.
        #[derive(Enum, Copy, Clone, PartialEq, Eq)]
        #[graphql(remote = "domain::Action")]
        pub(crate) enum ArticleAction {
            $($(#[$doc])* $action,)*
        }
    };
}

domain::article_actions!(declare);
