//! Preview links.

use app::{PreviewInput as Input, PreviewTarget};
use async_graphql::{Context, ID, InputObject, Object, SimpleObject};
use domain::{ArticleId, PreviewId};

use crate::graphql::error::ApiError;
use crate::graphql::execution::context::{app, caller};
use crate::graphql::protocol::idempotency::idempotency;
use crate::graphql::types::scalar::DateTime;
use crate::graphql::types::user_error::{UserError, id_argument, outcome};

/// A link that shows what is not public yet, through the types that readers get. Send its token as the
/// header `X-Preview`, or as the parameter `preview` of the address.
#[derive(SimpleObject)]
pub(crate) struct Preview {
    /// Its id; not the token.
    id: ID,
    /// The article whose working copy it shows as if it were public; null when it shows a time to come.
    article_id: Option<ID>,
    /// The instant as of which it shows the publication; null when it shows a working copy.
    as_of: Option<DateTime>,
    /// Who made it.
    created_by: String,
    /// When it was made.
    created_at: DateTime,
    /// When it ends.
    expires_at: DateTime,
    /// When it was revoked; null when it was not.
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

/// What a preview link is to show, and for how long.
#[derive(InputObject)]
pub(crate) struct PreviewInput {
    /// The article whose working copy it shows as if it were public.
    article_id: Option<ID>,
    /// Instead: the instant as of which it shows the whole publication, with everything that is scheduled
    /// until then.
    as_of: Option<DateTime>,
    /// For how many seconds it works; a week when nothing is said, and at most ninety days.
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

/// The answer to a request for a preview link.
#[derive(SimpleObject)]
pub(crate) struct PreviewPayload {
    /// The link; null when it was refused.
    preview: Option<Preview>,
    /// What requests carry. It is answered this once, and not kept.
    token: Option<String>,
    /// Where to look: an address of the site, if the publication names one, or of this API.
    url: Option<String>,
    /// Why it was refused, and what to mend.
    user_errors: Vec<UserError>,
}

#[derive(Default)]
pub(crate) struct PreviewMutation;

#[Object]
impl PreviewMutation {
    /// Makes a preview link: whoever has it sees what it shows until it ends or is revoked. Scope:
    /// `content:read-drafts`.
    async fn preview_create(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "What it is to show, and for how long.")] input: PreviewInput,
    ) -> Result<PreviewPayload, ApiError> {
        let written = match input.input() {
            Ok(input) => app(ctx).create_preview(caller(ctx)?, &input, idempotency(ctx)?.as_ref()).await,
            Err(error) => Err(error.into()),
        };
        let (made, user_errors) = outcome(ctx, written)?;
        let Some(app::NewPreview { preview, token, url }) = made else {
            return Ok(PreviewPayload { preview: None, token: None, url: None, user_errors });
        };
        Ok(PreviewPayload { preview: Some(preview.into()), token: Some(token), url: Some(url), user_errors })
    }

    /// Ends a preview link before its time. Scope: `content:read-drafts`.
    async fn preview_revoke(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The link.")] id: ID,
    ) -> Result<PreviewPayload, ApiError> {
        let written = match id_argument::<PreviewId>(&id, "id") {
            Ok(id) => app(ctx).revoke_preview(caller(ctx)?, id).await,
            Err(error) => Err(error.into()),
        };
        let (preview, user_errors) = outcome(ctx, written)?;
        Ok(PreviewPayload { preview: preview.map(Preview::from), token: None, url: None, user_errors })
    }
}
