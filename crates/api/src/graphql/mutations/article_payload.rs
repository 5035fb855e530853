//! The answer to a change of an article.

use app::{Saved, WriteError, WriteResult};
use async_graphql::{Context, ID, Object, SimpleObject};
use domain::{ArticleId, DeskArticleId, Scope, UserErrorCode, Version};

use crate::graphql::error::{ApiError, or_null};
use crate::graphql::execution::context::{Reader, app, caller};
use crate::graphql::execution::sight::{Sight, sees_all_text};
use crate::graphql::types::desk_article::DeskArticle;
use crate::graphql::types::edition::Edition;
use crate::graphql::types::issue::Issue;
use crate::graphql::types::revision_diff::RevisionDiff;
use crate::graphql::types::user_error::{UserError, id_argument, outcome, told};

/// The answer to a change of an article.
#[derive(SimpleObject)]
pub(crate) struct ArticlePayload {
    /// The article; when the write was refused for a stale version, as it is now; null when it was
    /// refused for anything else. What others have written of it, and is not public, is null without the scope
    /// `content:read-drafts`, and an error says so.
    article: Option<DeskArticle>,
    /// The edition that shows the change to the public; null when it changed nothing public, or was
    /// refused.
    edition: Option<Edition>,
    /// What the checks before publishing found, when the write was about that, errors first.
    issues: Vec<Issue>,
    /// What others have saved since the version that the write was based on; null when it was not
    /// refused for that.
    conflict: Option<Conflict>,
    /// Why it was refused, and what to mend.
    user_errors: Vec<UserError>,
}

pub(crate) struct Conflict {
    expected: Version,
    current: Version,
    diff: Diff,
}

/// What was changed, as far as it is shown.
enum Diff {
    Shown(Option<RevisionDiff>),
    /// The caller may not read what others have written.
    NotShown,
}

/// What others have saved in between.
#[Object]
impl Conflict {
    /// The version that the write was based on.
    async fn expected_version(&self) -> i32 {
        self.expected
    }

    /// The version that there is now.
    async fn current_version(&self) -> i32 {
        self.current
    }

    /// What was changed from the one to the other; null when there never was such a version. It is also null
    /// without the scope `content:read-drafts`, unless you have saved every version yourself; an error says
    /// so.
    async fn diff(&self, ctx: &Context<'_>) -> Option<&RevisionDiff> {
        let shown = match &self.diff {
            Diff::Shown(diff) => Ok(diff.as_ref()),
            Diff::NotShown => caller(ctx).and_then(|caller| {
                let missing = caller.require(Scope::ReadDrafts);
                missing.map(|()| None).map_err(|missing| ApiError::not_shown("diff", missing))
            }),
        };
        or_null(ctx, shown)
    }
}

/// The answer to the removal of an article.
#[derive(SimpleObject)]
pub(crate) struct ArticleDeletePayload {
    /// The `id` that the article had at the desk; null when it was refused.
    deleted_id: Option<ID>,
    /// Why it was refused, and what to mend.
    user_errors: Vec<UserError>,
}

/// Which article a write is about, and the version that it is based on.
pub(crate) struct Target<'a> {
    pub(crate) id: &'a ID,
    pub(crate) expected: Version,
    /// The fields of the working copy that the write sends.
    pub(crate) sent: Vec<&'static str>,
}

impl<'a> Target<'a> {
    /// The target of a write that sends nothing of the working copy.
    pub(crate) fn of(id: &'a ID, expected: Version) -> Self {
        Self { id, expected, sent: Vec::new() }
    }
}

impl ArticlePayload {
    /// The answer to a write of something new.
    pub(crate) async fn of_new(ctx: &Context<'_>, written: WriteResult<Saved>) -> Result<Self, ApiError> {
        Self::new(ctx, written, None).await
    }

    /// Writes to an article, and answers.
    pub(crate) async fn of<F: Future<Output = WriteResult<Saved>>>(
        ctx: &Context<'_>,
        target: Target<'_>,
        write: impl FnOnce(ArticleId) -> F,
    ) -> Result<Self, ApiError> {
        let Target { id, expected, sent } = target;
        match id_argument::<ArticleId>(id, "id") {
            Ok(id) => Self::new(ctx, write(id).await, Some((id, expected, sent))).await,
            Err(error) => Self::new(ctx, Err(error.into()), None).await,
        }
    }

    async fn new(
        ctx: &Context<'_>,
        written: WriteResult<Saved>,
        target: Option<(ArticleId, Version, Vec<&'static str>)>,
    ) -> Result<Self, ApiError> {
        let (target, sent) = match target {
            None => (None, Vec::new()),
            Some((id, expected, sent)) => (Some((id, expected)), sent),
        };
        match written {
            Ok(saved) => {
                let sight = Sight::of_writer(ctx, &saved, sent)?;
                let in_full = saved.issues.is_empty() || sight.is_of_all_text().await?;
                let issues = saved.issues.iter().cloned().map(|issue| Issue::told(issue, in_full)).collect();
                let edition = saved.edition.map(Edition::from);
                let reader = if is_of_the_row(ctx) {
                    Reader::now(app(ctx)).await?
                } else {
                    Reader::open(app(ctx)).await?
                };
                let article = Some(DeskArticle::new(saved, &reader, sight));
                Ok(Self { article, edition, issues, conflict: None, user_errors: Vec::new() })
            }
            Err(WriteError::Checks { errors, issues }) => {
                let in_full = match target {
                    Some((id, _)) => sees_all_text(ctx, id).await?,
                    None => false,
                };
                let found = issues.iter().cloned().map(|issue| Issue::told(issue, in_full)).collect();
                let (_, user_errors) =
                    told::<Saved>(ctx, Err(WriteError::Checks { errors, issues }), in_full)?;
                Ok(Self { issues: found, ..Self::refused(user_errors) })
            }
            Err(WriteError::User(errors)) => {
                let is_stale = errors.iter().any(|error| error.code == UserErrorCode::StaleVersion);
                let (_, user_errors) = outcome::<Saved>(ctx, Err(WriteError::User(errors)))?;
                let refused = Self::refused(user_errors);
                match target.filter(|_| is_stale) {
                    Some((id, expected)) => refused.with_conflict(ctx, id, expected).await,
                    None => Ok(refused),
                }
            }
            Err(other) => Ok(Self::refused(outcome::<Saved>(ctx, Err(other))?.1)),
        }
    }

    fn refused(user_errors: Vec<UserError>) -> Self {
        Self { article: None, edition: None, issues: Vec::new(), conflict: None, user_errors }
    }

    /// The answer to a write that was based on a version which is not the current one.
    async fn with_conflict(
        self,
        ctx: &Context<'_>,
        id: ArticleId,
        expected: Version,
    ) -> Result<Self, ApiError> {
        let Some(saved) = app(ctx).find_article(id).await? else { return Ok(self) };
        let reader = Reader::open(app(ctx)).await?;
        let sight = Sight::of_writer(ctx, &saved, Vec::new())?;
        let current = saved.article.version;
        let diff = if !ctx.look_ahead().field("conflict").field("diff").exists() {
            Diff::Shown(None)
        } else if sight.is_of_all_text().await? {
            let diff = app(ctx).diff(id, expected, current).await?;
            Diff::Shown(diff.map(|diff| RevisionDiff::new(diff, expected, current, &reader)))
        } else {
            Diff::NotShown
        };
        let conflict = Some(Conflict { expected, current, diff });
        Ok(Self { article: Some(DeskArticle::new(saved, &reader, sight)), conflict, ..self })
    }
}

/// Whether all that is asked of the article stands in its row, as most who write ask: then there is nothing
/// to read.
fn is_of_the_row(ctx: &Context<'_>) -> bool {
    const ROW: [&str; 16] = [
        "__typename",
        "id",
        "articleId",
        "version",
        "state",
        "openActions",
        "slug",
        "title",
        "externalRef",
        "publishedVersion",
        "hasUnpublishedChanges",
        "review",
        "schedule",
        "createdAt",
        "updatedAt",
        "firstPublishedAt",
    ];
    let payload = ctx.field();
    let mut asked = payload.selection_set().filter(|field| field.name() == "article");
    asked.all(|article| article.selection_set().all(|field| ROW.contains(&field.name())))
}

impl ArticleDeletePayload {
    pub(crate) fn new(ctx: &Context<'_>, written: WriteResult<ArticleId>) -> Result<Self, ApiError> {
        let (deleted, user_errors) = outcome(ctx, written)?;
        Ok(Self { deleted_id: deleted.map(|id| DeskArticleId::from(id).to_string().into()), user_errors })
    }
}
