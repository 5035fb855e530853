//! The mutations that write and publish articles.

use app::{PublishInput, Tombstone, WithdrawInput, WriteError};
use async_graphql::{Context, ID, MaybeUndefined, Object};
use domain::UserErrorCode;

use crate::graphql::error::ApiError;
use crate::graphql::execution::context::{app, caller};
use crate::graphql::mutations::article_input::{ArticleInput, field};
use crate::graphql::mutations::article_payload::{ArticleDeletePayload, ArticlePayload, Target};
use crate::graphql::protocol::idempotency::idempotency;
use crate::graphql::types::issue::IssueCode;
use crate::graphql::types::withdrawal::WithdrawReason;
use crate::graphql::types::zoned_instant::ZonedDateTime;

#[derive(Default)]
pub(crate) struct ArticleMutation;

#[Object]
impl ArticleMutation {
    /// Creates an article. It is not public until it is published. Scope: `content:write`.
    async fn article_create(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The data of the new article. `title` is required.")] input: ArticleInput,
    ) -> Result<ArticlePayload, ApiError> {
        let written = match input.input() {
            Ok(input) => app(ctx).create_article(caller(ctx)?, &input, idempotency(ctx)?.as_ref()).await,
            Err(error) => Err(error),
        };
        ArticlePayload::of_new(ctx, written).await
    }

    /// Saves a new version of the working copy. The publication does not change. An input without changes creates
    /// no version. Scope: `content:write`.
    async fn article_update(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The id of the article.")] id: ID,
        #[graphql(
            desc = "The `version` of the article that you have seen. If it has changed since, the write is refused."
        )]
        expected_version: i32,
        #[graphql(desc = "The fields to change.")] input: ArticleInput,
    ) -> Result<ArticlePayload, ApiError> {
        let (app, caller) = (app(ctx), caller(ctx)?);
        let target = Target { id: &id, expected: expected_version, sent: input.sent() };
        ArticlePayload::of(ctx, target, |id| async move {
            app.update_article(caller, id, expected_version, &input.input()?).await
        })
        .await
    }

    /// Restores an earlier version: saves its content as a new version of the working copy. The publication does
    /// not change. Scope: `content:write`.
    async fn article_restore(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The id of the article.")] id: ID,
        #[graphql(
            desc = "The `version` of the article that you have seen. If it has changed since, the write is refused."
        )]
        expected_version: i32,
        #[graphql(desc = "The number of the version to restore.")] to_version: i32,
    ) -> Result<ArticlePayload, ApiError> {
        let (app, caller) = (app(ctx), caller(ctx)?);
        ArticlePayload::of(ctx, Target::of(&id, expected_version), |id| async move {
            app.restore_article(caller, id, expected_version, to_version).await
        })
        .await
    }

    /// Publishes the working copy, now or, with `at`, at a scheduled time. A scheduled version becomes public
    /// within a second of its time, or as soon as a node starts. Publishing a version that is already public
    /// changes only its expiry and returns the edition in which it became public. Publishing or scheduling
    /// replaces an earlier schedule. Scope: `content:publish`.
    #[expect(clippy::too_many_arguments, reason = "these are the arguments of the mutation")]
    async fn article_publish(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The id of the article.")] id: ID,
        #[graphql(
            desc = "The `version` of the working copy, which becomes public. If it has changed since, the write is refused."
        )]
        expected_version: i32,
        #[graphql(
            desc = "The time at which the version becomes public. Without one, it becomes public now."
        )]
        at: Option<ZonedDateTime>,
        #[graphql(
            desc = "The time at which the publication expires, as if it were then withdrawn with the reason `GONE`. Null removes the expiry; without a value, the expiry does not change."
        )]
        expires_at: MaybeUndefined<ZonedDateTime>,
        #[graphql(
            default,
            desc = "The codes of the warnings in `articleCheck` that you accept. The audit log records them."
        )]
        acknowledge: Vec<IssueCode>,
        #[graphql(
            desc = "A note for readers, as plain text: what this publication corrects. It appears in `Article.corrections`, also in those of later publications. Only for an article that was public before."
        )]
        note: Option<String>,
    ) -> Result<ArticlePayload, ApiError> {
        let input = PublishInput {
            at: at.map(|ZonedDateTime(text)| text),
            expires_at: field(expires_at, |ZonedDateTime(text)| text),
            acknowledge: acknowledge.into_iter().map(Into::into).collect(),
            note,
        };
        let (app, caller) = (app(ctx), caller(ctx)?);
        ArticlePayload::of(ctx, Target::of(&id, expected_version), |id| async move {
            app.publish_article(caller, id, expected_version, &input).await
        })
        .await
    }

    /// Cancels the schedule. Scope: `content:publish`.
    async fn article_cancel_schedule(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The id of the article.")] id: ID,
        #[graphql(
            desc = "The `version` of the article that you have seen. If it has changed since, the write is refused."
        )]
        expected_version: i32,
    ) -> Result<ArticlePayload, ApiError> {
        let (app, caller) = (app(ctx), caller(ctx)?);
        ArticlePayload::of(ctx, Target::of(&id, expected_version), |id| async move {
            app.cancel_schedule(caller, id, expected_version).await
        })
        .await
    }

    /// Withdraws the article from the public, and cancels its schedule. The working copy remains, and the article
    /// can be published again. Scope: `content:publish`.
    async fn article_withdraw(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The id of the article.")] id: ID,
        #[graphql(
            desc = "The `version` of the article that you have seen. If it has changed since, the write is refused."
        )]
        expected_version: i32,
        #[graphql(desc = "The reason.", default_with = "WithdrawReason::Gone")] reason: WithdrawReason,
        #[graphql(
            desc = "With the reason `REDIRECT`: what readers get instead, either the slug of a published article or an `http(s)` URL."
        )]
        redirect_to: Option<String>,
        #[graphql(
            desc = "A note for readers, as plain text: why the article is withdrawn. Its former slugs show it (`Redirect.note`, and over REST in the answer 410)."
        )]
        note: Option<String>,
    ) -> Result<ArticlePayload, ApiError> {
        let refuse = |message: &str| {
            Err(WriteError::from(domain::UserError::at("redirectTo", UserErrorCode::Invalid, message)))
        };
        let tombstone = match (reason, redirect_to) {
            (WithdrawReason::Redirect, None) => refuse(
                "a redirect needs a target: set `redirectTo` to the slug of a published article or to a URL",
            ),
            (WithdrawReason::Gone, Some(_)) => {
                refuse("`GONE` has no redirect: leave out `redirectTo`, or set the reason to `REDIRECT`")
            }
            (WithdrawReason::Redirect, Some(to)) => Ok(Tombstone::Redirect(to)),
            (WithdrawReason::Gone, None) => Ok(Tombstone::Gone),
        };
        let (app, caller) = (app(ctx), caller(ctx)?);
        ArticlePayload::of(ctx, Target::of(&id, expected_version), |id| async move {
            let input = WithdrawInput { tombstone: tombstone?, note };
            app.withdraw_article(caller, id, expected_version, &input).await
        })
        .await
    }

    /// Archives an article that is not public. Its former slugs keep their targets. Scope: `content:write`.
    async fn article_archive(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The id of the article.")] id: ID,
        #[graphql(
            desc = "The `version` of the article that you have seen. If it has changed since, the write is refused."
        )]
        expected_version: i32,
    ) -> Result<ArticlePayload, ApiError> {
        let (app, caller) = (app(ctx), caller(ctx)?);
        ArticlePayload::of(ctx, Target::of(&id, expected_version), |id| async move {
            app.archive_article(caller, id, expected_version).await
        })
        .await
    }

    /// Takes the article out of the archive. Scope: `content:write`.
    async fn article_unarchive(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The id of the article.")] id: ID,
        #[graphql(
            desc = "The `version` of the article that you have seen. If it has changed since, the write is refused."
        )]
        expected_version: i32,
    ) -> Result<ArticlePayload, ApiError> {
        let (app, caller) = (app(ctx), caller(ctx)?);
        ArticlePayload::of(ctx, Target::of(&id, expected_version), |id| async move {
            app.unarchive_article(caller, id, expected_version).await
        })
        .await
    }

    /// Deletes an article that was never published, with all its versions. Only the audit log still mentions it.
    /// Scope: `content:write`.
    async fn article_delete(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The id of the article.")] id: ID,
        #[graphql(
            desc = "The `version` of the article that you have seen. If it has changed since, the write is refused."
        )]
        expected_version: i32,
    ) -> Result<ArticleDeletePayload, ApiError> {
        let caller = caller(ctx)?;
        ArticleDeletePayload::of(ctx, Target::of(&id, expected_version), |id| {
            app(ctx).delete_article(caller, id, expected_version)
        })
        .await
    }
}
