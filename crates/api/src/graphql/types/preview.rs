//! Preview links.

use app::{PreviewInput as Input, PreviewTarget};
use async_graphql::{Context, ID, InputObject, Object, SimpleObject};
use domain::{ArticleId, PreviewId};

use crate::graphql::error::ApiError;
use crate::graphql::execution::context::{app, caller};
use crate::graphql::protocol::idempotency::idempotency;
use crate::graphql::types::scalar::DateTime;
use crate::graphql::types::user_error::{UserError, id_argument, written_or_errors};

/// A link that shows unpublished content through the types that readers use. Send its token in the header
/// `X-Preview`, or in the query parameter `preview`.
#[derive(SimpleObject)]
pub(crate) struct Preview {
    /// The id of the link. It is not the token.
    id: ID,
    /// The id of the article whose working copy the link shows as if it were public. Null if the link shows a
    /// future time.
    article_id: Option<ID>,
    /// The time at which the link shows the publication. Null if the link shows a working copy.
    as_of: Option<DateTime>,
    /// The actor who created the link.
    created_by: String,
    /// The time at which the link was created.
    created_at: DateTime,
    /// The time at which the link expires.
    expires_at: DateTime,
    /// The time at which the link was revoked. Null if it was not.
    revoked_at: Option<DateTime>,
}

impl From<app::Preview> for Preview {
    fn from(preview: app::Preview) -> Self {
        let app::Preview { id, shows, created_by, created_at, expires_at, revoked_at } = preview;
        let (article_id, as_of) = match shows {
            PreviewTarget::WorkingCopy(id) => (Some(id.to_string().into()), None),
            PreviewTarget::At(at) => (None, Some(at.into())),
        };
        Self {
            id: id.to_string().into(),
            article_id,
            as_of,
            created_by,
            created_at: created_at.into(),
            expires_at: expires_at.into(),
            revoked_at: revoked_at.map(DateTime::from),
        }
    }
}

/// What a preview link shows, and for how long it works. Exactly one of `articleId` and `asOf` must be given.
#[derive(InputObject)]
pub(crate) struct PreviewInput {
    /// The id of the article whose working copy the link shows as if it were public.
    article_id: Option<ID>,
    /// The time at which the link shows the whole publication, including everything that is scheduled until then.
    as_of: Option<DateTime>,
    /// For how many seconds the link works: at most 7776000 (90 days). Without a value, 604800 (a week).
    expires_in_seconds: Option<i32>,
}

impl PreviewInput {
    fn input(self) -> Result<Input, domain::UserError> {
        let Self { article_id, as_of, expires_in_seconds } = self;
        let article_id = article_id.map(|id| id_argument::<ArticleId>(&id, "input.articleId")).transpose()?;
        let as_of = as_of.map(|at| at.checked("input.asOf")).transpose()?;
        Ok(Input { article_id, as_of, expires_in_seconds })
    }
}

/// The result of a mutation of a preview link.
#[derive(SimpleObject)]
pub(crate) struct PreviewPayload {
    /// The link. Null if the write was refused.
    preview: Option<Preview>,
    /// The token, which requests must carry. It is shown only this once: the server does not store it. Null
    /// after a revocation.
    token: Option<String>,
    /// The URL to open: on the publication's site if one is configured, otherwise on this server. Null after a
    /// revocation.
    url: Option<String>,
    /// Why the write was refused. Empty if it succeeded.
    user_errors: Vec<UserError>,
}

#[derive(Default)]
pub(crate) struct PreviewMutation;

#[Object]
impl PreviewMutation {
    /// Creates a preview link. Everybody who has the link sees what it shows, until it expires or is revoked.
    /// Scope: `content:read-drafts`.
    async fn preview_create(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "What the link shows, and for how long it works.")] input: PreviewInput,
    ) -> Result<PreviewPayload, ApiError> {
        let written = match input.input() {
            Ok(input) => app(ctx).create_preview(caller(ctx)?, &input, idempotency(ctx)?.as_ref()).await,
            Err(error) => Err(error.into()),
        };
        let (made, user_errors) = written_or_errors(ctx, written)?;
        let Some(app::NewPreview { preview, token, url }) = made else {
            return Ok(PreviewPayload { preview: None, token: None, url: None, user_errors });
        };
        Ok(PreviewPayload { preview: Some(preview.into()), token: Some(token), url: Some(url), user_errors })
    }

    /// Revokes a preview link. It stops working at once. Scope: `content:read-drafts`.
    async fn preview_revoke(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The id of the link.")] id: ID,
    ) -> Result<PreviewPayload, ApiError> {
        let written = match id_argument::<PreviewId>(&id, "id") {
            Ok(id) => app(ctx).revoke_preview(caller(ctx)?, id).await,
            Err(error) => Err(error.into()),
        };
        let (preview, user_errors) = written_or_errors(ctx, written)?;
        Ok(PreviewPayload { preview: preview.map(Preview::from), token: None, url: None, user_errors })
    }
}
