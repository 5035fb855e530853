//! The results of mutations of articles.

use app::{Saved, WriteError, WriteResult};
use async_graphql::{Context, ID, Object, SimpleObject};
use domain::{ArticleId, DeskArticleId, ReviewPolicy, Scope, UserErrorCode, Version};

use crate::graphql::error::{ApiError, or_null};
use crate::graphql::execution::context::{Reader, app, caller};
use crate::graphql::execution::draft_access::{DraftAccess, may_read_all_text};
use crate::graphql::types::desk_article::DeskArticle;
use crate::graphql::types::edition::Edition;
use crate::graphql::types::issue::Issue;
use crate::graphql::types::revision_diff::RevisionDiff;
use crate::graphql::types::user_error::{UserError, id_argument, written_or_errors, written_or_errors_for};

/// The result of a mutation of an article.
#[derive(SimpleObject)]
pub(crate) struct ArticlePayload {
    /// The article. If the write was refused for a stale version, the current state of the article; if it was
    /// refused for another reason, null. Without the scope `content:read-drafts`, fields that others have written
    /// and that are not public are null, and an error says so.
    article: Option<DeskArticle>,
    /// The edition that shows the change to the public. Null if the public sees no change.
    edition: Option<Edition>,
    /// The issues that the checks before publishing found, errors first. `articleRestore` reports only tags and topics
    /// that were deleted since. Empty for other mutations.
    issues: Vec<Issue>,
    /// What others have saved since the version on which the write was based. Null unless the write was refused
    /// for a stale version.
    conflict: Option<Conflict>,
    /// Why the write was refused. Empty if it succeeded.
    user_errors: Vec<UserError>,
}

pub(crate) struct Conflict {
    expected: Version,
    current: Version,
    diff: Diff,
}

/// The changes that others have saved, as far as the caller may see them.
enum Diff {
    Shown(Option<RevisionDiff>),
    /// The caller may not read what others have written.
    NotShown,
}

/// The changes that others have saved since the version on which a write was based.
#[Object]
impl Conflict {
    /// The version on which the write was based.
    async fn expected_version(&self) -> i32 {
        self.expected
    }

    /// The current version.
    async fn current_version(&self) -> i32 {
        self.current
    }

    /// The changes from the expected to the current version. Null if the expected version never existed. Without
    /// the scope `content:read-drafts`, it is also null unless you have saved every version yourself, and an error
    /// says so.
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

/// The result of the deletion of an article.
#[derive(SimpleObject)]
pub(crate) struct ArticleDeletePayload {
    /// The `id` that the article had at the desk. Null if the deletion was refused.
    deleted_id: Option<ID>,
    /// What others have saved since the version on which the deletion was based. Null unless the deletion was refused
    /// for a stale version.
    conflict: Option<Conflict>,
    /// Why the deletion was refused. Empty if it succeeded.
    user_errors: Vec<UserError>,
}

/// The article of a write, and the version on which the write is based.
pub(crate) struct Target<'a> {
    pub(crate) id: &'a ID,
    pub(crate) expected: Version,
    /// The fields of the working copy that the write sends.
    pub(crate) sent: Vec<&'static str>,
}

impl<'a> Target<'a> {
    /// Makes the target of a write that sends no fields of the working copy.
    pub(crate) fn of(id: &'a ID, expected: Version) -> Self {
        Self { id, expected, sent: Vec::new() }
    }
}

impl ArticlePayload {
    /// Returns the result of creating an article.
    pub(crate) async fn of_new(ctx: &Context<'_>, written: WriteResult<Saved>) -> Result<Self, ApiError> {
        Self::new(ctx, written, None).await
    }

    /// Writes to an article and returns the result.
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
                let access = DraftAccess::of_writer(ctx, &saved, sent)?;
                let in_full = saved.issues.is_empty() || access.includes_all_text().await?;
                let issues = saved.issues.iter().cloned().map(|issue| Issue::new(issue, in_full)).collect();
                let edition = saved.edition.map(Edition::from);
                let reader = if is_of_the_row(ctx) {
                    Reader::open_without_transaction(app(ctx)).await?
                } else {
                    Reader::open(app(ctx)).await?
                };
                let article = Some(DeskArticle::new(saved, &reader, access));
                Ok(Self { article, edition, issues, conflict: None, user_errors: Vec::new() })
            }
            Err(WriteError::Checks { errors, issues }) => {
                let in_full = match target {
                    Some((id, _)) => may_read_all_text(ctx, id).await?,
                    None => false,
                };
                let found = issues.iter().cloned().map(|issue| Issue::new(issue, in_full)).collect();
                let (_, user_errors) =
                    written_or_errors_for::<Saved>(ctx, Err(WriteError::Checks { errors, issues }), in_full)?;
                Ok(Self { issues: found, ..Self::refused(user_errors) })
            }
            Err(WriteError::User(errors)) => {
                let stale = target.filter(|_| is_stale(&errors));
                let (_, user_errors) = written_or_errors::<Saved>(ctx, Err(WriteError::User(errors)))?;
                let refused = Self::refused(user_errors);
                let Some((id, expected)) = stale else { return Ok(refused) };
                match conflict(ctx, id, expected).await? {
                    Some((article, conflict)) => {
                        Ok(Self { article: Some(article), conflict: Some(conflict), ..refused })
                    }
                    None => Ok(refused),
                }
            }
            Err(other) => Ok(Self::refused(written_or_errors::<Saved>(ctx, Err(other))?.1)),
        }
    }

    fn refused(user_errors: Vec<UserError>) -> Self {
        Self { article: None, edition: None, issues: Vec::new(), conflict: None, user_errors }
    }
}

fn is_stale(errors: &[domain::UserError]) -> bool {
    errors.iter().any(|error| error.code == UserErrorCode::StaleVersion)
}

/// Returns the current state of an article, and what others have saved since the expected version. Returns `None` if the
/// article does not exist any more.
async fn conflict(
    ctx: &Context<'_>,
    id: ArticleId,
    expected: Version,
) -> Result<Option<(DeskArticle, Conflict)>, ApiError> {
    let Some(saved) = app(ctx).find_article(id).await? else { return Ok(None) };
    let reader = Reader::open(app(ctx)).await?;
    let access = DraftAccess::of_writer(ctx, &saved, Vec::new())?;
    let current = saved.article.version;
    let diff = if !ctx.look_ahead().field("conflict").field("diff").exists() {
        Diff::Shown(None)
    } else if access.includes_all_text().await? {
        let diff = app(ctx).diff(id, expected, current).await?;
        Diff::Shown(diff.map(|diff| RevisionDiff::new(diff, expected, current, &reader)))
    } else {
        Diff::NotShown
    };
    let conflict = Conflict { expected, current, diff };
    Ok(Some((DeskArticle::new(saved, &reader, access), conflict)))
}

/// Whether the request selects only fields that are in the row of the article, as most writers do. Then nothing
/// else needs to be read.
fn is_of_the_row(ctx: &Context<'_>) -> bool {
    const ROW: [&str; 13] = [
        "__typename",
        "id",
        "articleId",
        "version",
        "state",
        "slug",
        "title",
        "externalRef",
        "publishedVersion",
        "hasUnpublishedChanges",
        "createdAt",
        "updatedAt",
        "firstPublishedAt",
    ];
    let needs_writers = app(ctx).settings().review == ReviewPolicy::FourEyes;
    let payload = ctx.field();
    let mut articles = payload.selection_set().filter(|field| field.name() == "article");
    articles.all(|article| {
        article.selection_set().all(|field| match field.name() {
            "openActions" | "closedActions" => !needs_writers,
            // The names of actors are in another table.
            "review" | "schedule" => field.selection_set().all(|field| field.name() != "byName"),
            name => ROW.contains(&name),
        })
    })
}

impl ArticleDeletePayload {
    /// Deletes an article and returns the result.
    pub(crate) async fn of<F: Future<Output = WriteResult<ArticleId>>>(
        ctx: &Context<'_>,
        target: Target<'_>,
        delete: impl FnOnce(ArticleId) -> F,
    ) -> Result<Self, ApiError> {
        let Target { id, expected, sent: _ } = target;
        let id = match id_argument::<ArticleId>(id, "id") {
            Ok(id) => id,
            Err(error) => return Self::new(ctx, Err(error.into()), None),
        };
        let written = delete(id).await;
        let conflict = match &written {
            Err(WriteError::User(errors)) if is_stale(errors) => conflict(ctx, id, expected).await?,
            _ => None,
        };
        Self::new(ctx, written, conflict.map(|(_, conflict)| conflict))
    }

    fn new(
        ctx: &Context<'_>,
        written: WriteResult<ArticleId>,
        conflict: Option<Conflict>,
    ) -> Result<Self, ApiError> {
        let (deleted, user_errors) = written_or_errors(ctx, written)?;
        let deleted_id = deleted.map(|id| DeskArticleId::from(id).to_string().into());
        Ok(Self { deleted_id, conflict, user_errors })
    }
}
