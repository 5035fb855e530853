//! The answer to a change of an article.

use app::{Saved, WriteError, WriteResult};
use async_graphql::{Context, ID, SimpleObject};
use domain::{ArticleId, UserErrorCode, Version};

use super::context::{Reader, app};
use super::desk_article::DeskArticle;
use super::edition::Edition;
use super::error::ApiError;
use super::issue::Issue;
use super::revision_diff::RevisionDiff;
use super::user_error::{UserError, id_argument, outcome};

/// The answer to a change of an article.
#[derive(SimpleObject)]
pub(crate) struct ArticlePayload {
    /// The article; when the write was refused for a stale version, as it is now; null when it was
    /// refused for anything else.
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

/// What others have saved in between.
#[derive(SimpleObject)]
pub(crate) struct Conflict {
    /// The version that the write was based on.
    expected_version: i32,
    /// The version that there is now.
    current_version: i32,
    /// What was changed from the one to the other; null when there never was such a version.
    diff: Option<RevisionDiff>,
}

/// The answer to the removal of an article.
#[derive(SimpleObject)]
pub(crate) struct ArticleDeletePayload {
    /// The id that the article had; null when it was refused.
    deleted_id: Option<ID>,
    /// Why it was refused, and what to mend.
    user_errors: Vec<UserError>,
}

/// Which article a write is about, and the version that it is based on.
pub(crate) struct Target<'a> {
    pub(crate) id: &'a ID,
    pub(crate) expected: Version,
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
        match id_argument::<ArticleId>(target.id, "id") {
            Ok(id) => Self::new(ctx, write(id).await, Some((id, target.expected))).await,
            Err(error) => Self::new(ctx, Err(error.into()), None).await,
        }
    }

    async fn new(
        ctx: &Context<'_>,
        written: WriteResult<Saved>,
        target: Option<(ArticleId, Version)>,
    ) -> Result<Self, ApiError> {
        let stale = match &written {
            Err(WriteError::User(errors)) => {
                target.filter(|_| errors.iter().any(|error| error.code == UserErrorCode::StaleVersion))
            }
            _ => None,
        };
        let found = match &written {
            Ok(saved) => saved.issues.clone(),
            Err(WriteError::Checks { errors: _, issues }) => issues.clone(),
            Err(_) => Vec::new(),
        };
        let issues = found.into_iter().map(Issue::from).collect();
        let (saved, user_errors) = outcome(written)?;
        let edition = saved.as_ref().and_then(|saved| saved.edition).map(Edition::from);
        let saved = match (saved, stale) {
            (None, Some((id, _))) => app(ctx).find_article(id).await?,
            (saved, _) => saved,
        };
        let Some(saved) = saved else {
            return Ok(Self { article: None, edition, issues, conflict: None, user_errors });
        };
        let reader = match stale {
            None if is_of_the_row(ctx) => Reader::now(app(ctx)).await?,
            _ => Reader::open(app(ctx)).await?,
        };
        let conflict = match stale {
            None => None,
            Some((id, expected)) => {
                let current = saved.article.version;
                let wanted = ctx.look_ahead().field("conflict").field("diff").exists();
                let diff = if wanted { app(ctx).diff(id, expected, current).await? } else { None };
                let diff = diff.map(|diff| RevisionDiff::new(diff, expected, current, &reader));
                Some(Conflict { expected_version: expected, current_version: current, diff })
            }
        };
        let article = Some(DeskArticle::new(saved, &reader));
        Ok(Self { article, edition, issues, conflict, user_errors })
    }
}

/// Whether all that is asked of the article stands in its row, as most who write ask: then there is nothing
/// to read.
fn is_of_the_row(ctx: &Context<'_>) -> bool {
    const ROW: [&str; 15] = [
        "__typename",
        "id",
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
    pub(crate) fn new(written: WriteResult<ArticleId>) -> Result<Self, ApiError> {
        let (deleted, user_errors) = outcome(written)?;
        Ok(Self { deleted_id: deleted.map(|id| id.to_string().into()), user_errors })
    }
}
