//! Writing articles, and making them public.

use app::{PublishInput, WithdrawInput, WriteError};
use async_graphql::{Context, ID, MaybeUndefined, Object};
use domain::{ArticleId, UserErrorCode};

use crate::graphql::error::ApiError;
use crate::graphql::execution::context::{app, caller};
use crate::graphql::mutations::article_input::{ArticleInput, field};
use crate::graphql::mutations::article_payload::{ArticleDeletePayload, ArticlePayload, Target};
use crate::graphql::protocol::idempotency::idempotency;
use crate::graphql::types::issue::IssueCode;
use crate::graphql::types::user_error::id_argument;
use crate::graphql::types::withdrawal::WithdrawReason;
use crate::graphql::types::zoned_instant::ZonedDateTime;

#[derive(Default)]
pub(crate) struct ArticleMutation;

#[Object]
impl ArticleMutation {
    /// Makes an article. Nothing of it is public until it is published. Scope: `content:write`.
    async fn article_create(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The new article; it needs a title.")] input: ArticleInput,
    ) -> Result<ArticlePayload, ApiError> {
        let written = match input.input() {
            Ok(input) => app(ctx).create_article(caller(ctx)?, &input, idempotency(ctx)?.as_ref()).await,
            Err(error) => Err(error),
        };
        ArticlePayload::of_new(ctx, written).await
    }

    /// Saves a new version of an article's working copy. What is public stays as it is. An input that
    /// changes nothing makes no new version. Scope: `content:write`.
    async fn article_update(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The article.")] id: ID,
        #[graphql(desc = "The version that the change is based on.")] expected_version: i32,
        #[graphql(desc = "What changes.")] input: ArticleInput,
    ) -> Result<ArticlePayload, ApiError> {
        let (app, caller) = (app(ctx), caller(ctx)?);
        let target = Target { id: &id, expected: expected_version, sent: input.sent() };
        ArticlePayload::of(ctx, target, |id| async move {
            app.update_article(caller, id, expected_version, &input.input()?).await
        })
        .await
    }

    /// Makes an old version of an article its working copy, as a new version: nothing is overwritten.
    /// What is public stays as it is. Scope: `content:write`.
    async fn article_restore(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The article.")] id: ID,
        #[graphql(desc = "The version that the decision is based on.")] expected_version: i32,
        #[graphql(desc = "The version that becomes the working copy again.")] to_version: i32,
    ) -> Result<ArticlePayload, ApiError> {
        let (app, caller) = (app(ctx), caller(ctx)?);
        ArticlePayload::of(ctx, Target::of(&id, expected_version), |id| async move {
            app.restore_article(caller, id, expected_version, to_version).await
        })
        .await
    }

    /// Makes the working copy public, or, with `at`, schedules that: then what is public becomes so
    /// within a second of the time, once, whichever node runs, and the first thing that a node does when
    /// it starts. Publishing what is public already changes nothing but its end, and answers the edition
    /// that made it so. Publishing or scheduling again replaces what was scheduled. Scope:
    /// `content:publish`.
    async fn article_publish(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The article.")] id: ID,
        #[graphql(desc = "The version that is to become public.")] expected_version: i32,
        #[graphql(desc = "When; at once, when nothing is said.")] at: Option<ZonedDateTime>,
        #[graphql(
            desc = "When it ends again, as if it were withdrawn as `GONE` then. Left out, it stays as it is; null, it does not end."
        )]
        expires_at: MaybeUndefined<ZonedDateTime>,
        #[graphql(
            default,
            desc = "The warnings of `articleCheck` that you have seen and accept. It is kept in the audit log."
        )]
        acknowledge: Vec<IssueCode>,
    ) -> Result<ArticlePayload, ApiError> {
        let input = PublishInput {
            at: at.map(|ZonedDateTime(text)| text),
            expires_at: field(expires_at, |ZonedDateTime(text)| text),
            acknowledge: acknowledge.into_iter().map(Into::into).collect(),
        };
        let (app, caller) = (app(ctx), caller(ctx)?);
        ArticlePayload::of(ctx, Target::of(&id, expected_version), |id| async move {
            app.publish_article(caller, id, expected_version, &input).await
        })
        .await
    }

    /// Calls off what was scheduled. Scope: `content:publish`.
    async fn article_cancel_schedule(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The article.")] id: ID,
        #[graphql(desc = "The version that the decision is based on.")] expected_version: i32,
    ) -> Result<ArticlePayload, ApiError> {
        let (app, caller) = (app(ctx), caller(ctx)?);
        ArticlePayload::of(ctx, Target::of(&id, expected_version), |id| async move {
            app.cancel_schedule(caller, id, expected_version).await
        })
        .await
    }

    /// Takes an article from the public, and calls off what was scheduled. Its working copy stays, and
    /// it can be published again. Scope: `content:publish`.
    async fn article_withdraw(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The article.")] id: ID,
        #[graphql(desc = "The version that the decision is based on.")] expected_version: i32,
        #[graphql(desc = "Why.", default_with = "WithdrawReason::Gone")] reason: WithdrawReason,
        #[graphql(
            desc = "With `REDIRECT`: what readers get instead, the slug of a published article or the `http(s)` address of a page elsewhere."
        )]
        redirect_to: Option<String>,
    ) -> Result<ArticlePayload, ApiError> {
        let refuse = |message: &str| {
            Err(WriteError::from(domain::UserError::at("redirectTo", UserErrorCode::Invalid, message)))
        };
        let input = match (reason, redirect_to) {
            (WithdrawReason::Redirect, None) => refuse(
                "a redirect needs its target: name the slug of a published article, or an address, in `redirectTo`",
            ),
            (WithdrawReason::Gone, Some(_)) => refuse(
                "what is `GONE` does not redirect: leave `redirectTo` out, or give the reason `REDIRECT`",
            ),
            (WithdrawReason::Redirect, Some(to)) => Ok(WithdrawInput::Redirect(to)),
            (WithdrawReason::Gone, None) => Ok(WithdrawInput::Gone),
        };
        let (app, caller) = (app(ctx), caller(ctx)?);
        ArticlePayload::of(ctx, Target::of(&id, expected_version), |id| async move {
            app.withdraw_article(caller, id, expected_version, &input?).await
        })
        .await
    }

    /// Puts an article away that is not public. Its former slugs go on saying what became of it. Scope:
    /// `content:write`.
    async fn article_archive(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The article.")] id: ID,
        #[graphql(desc = "The version that the decision is based on.")] expected_version: i32,
    ) -> Result<ArticlePayload, ApiError> {
        let (app, caller) = (app(ctx), caller(ctx)?);
        ArticlePayload::of(ctx, Target::of(&id, expected_version), |id| async move {
            app.archive_article(caller, id, expected_version).await
        })
        .await
    }

    /// Takes an article out of the archive. Scope: `content:write`.
    async fn article_unarchive(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The article.")] id: ID,
        #[graphql(desc = "The version that the decision is based on.")] expected_version: i32,
    ) -> Result<ArticlePayload, ApiError> {
        let (app, caller) = (app(ctx), caller(ctx)?);
        ArticlePayload::of(ctx, Target::of(&id, expected_version), |id| async move {
            app.unarchive_article(caller, id, expected_version).await
        })
        .await
    }

    /// Removes an article that was never published, with every version of it. Only the audit log
    /// remembers it. Scope: `content:write`.
    async fn article_delete(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The article.")] id: ID,
        #[graphql(desc = "The version that the decision is based on.")] expected_version: i32,
    ) -> Result<ArticleDeletePayload, ApiError> {
        let written = match id_argument::<ArticleId>(&id, "id") {
            Ok(id) => app(ctx).delete_article(caller(ctx)?, id, expected_version).await,
            Err(error) => Err(error.into()),
        };
        ArticleDeletePayload::new(ctx, written)
    }
}
