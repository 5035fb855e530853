//! Reviewing articles: before they are public, and after a while.

use app::EditorialReviewInput as Input;
use async_graphql::{Context, ID, InputObject, Object};

use crate::graphql::error::ApiError;
use crate::graphql::execution::context::{app, caller};
use crate::graphql::mutations::article_payload::{ArticlePayload, Target};
use crate::graphql::types::scalar::{DateTime, Slug};

/// What an editor notes of having found that what an article says holds.
#[derive(InputObject)]
pub(crate) struct EditorialReviewInput {
    /// Who looked at it: the slug of an author.
    reviewer: Option<Slug>,
    /// When; now, when nothing is said.
    reviewed_at: Option<DateTime>,
    /// When it is to be looked at again; left out, never.
    due_at: Option<DateTime>,
    /// What there is to say, at most 2000 characters.
    comment: Option<String>,
}

impl EditorialReviewInput {
    fn input(self) -> Result<Input, domain::UserError> {
        let Self { reviewer, reviewed_at, due_at, comment } = self;
        Ok(Input {
            reviewer: reviewer.map(|Slug(text)| text),
            reviewed_at: reviewed_at.map(|at| at.checked("input.reviewedAt")).transpose()?,
            due_at: due_at.map(|at| at.checked("input.dueAt")).transpose()?,
            comment,
        })
    }
}

#[derive(Default)]
pub(crate) struct ReviewMutation;

#[Object]
impl ReviewMutation {
    /// Asks for a review of an article's working copy. Scope: `content:write`.
    async fn article_submit(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The article.")] id: ID,
        #[graphql(desc = "The version that is to be reviewed.")] expected_version: i32,
        #[graphql(desc = "What the reviewer should know, at most 2000 characters.")] comment: Option<String>,
    ) -> Result<ArticlePayload, ApiError> {
        let (app, caller) = (app(ctx), caller(ctx)?);
        ArticlePayload::of(ctx, Target::of(&id, expected_version), |id| async move {
            app.submit_article(caller, id, expected_version, comment.as_deref()).await
        })
        .await
    }

    /// Finds a submitted version fit to be published. Where four eyes are asked for, those who saved any
    /// of what is not public yet may not. Scope: `content:publish`.
    async fn article_approve(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The article.")] id: ID,
        #[graphql(desc = "The version that is approved, and no other.")] expected_version: i32,
        #[graphql(desc = "What there is to say, at most 2000 characters.")] comment: Option<String>,
    ) -> Result<ArticlePayload, ApiError> {
        let (app, caller) = (app(ctx), caller(ctx)?);
        ArticlePayload::of(ctx, Target::of(&id, expected_version), |id| async move {
            app.approve_article(caller, id, expected_version, comment.as_deref()).await
        })
        .await
    }

    /// Finds a submitted version not to be fit to be published yet. If that version is scheduled, that is
    /// called off. Scope: `content:publish`.
    async fn article_request_changes(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The article.")] id: ID,
        #[graphql(desc = "The version that the verdict is about.")] expected_version: i32,
        #[graphql(desc = "What is to be changed, at most 2000 characters.")] comment: String,
    ) -> Result<ArticlePayload, ApiError> {
        let (app, caller) = (app(ctx), caller(ctx)?);
        ArticlePayload::of(ctx, Target::of(&id, expected_version), |id| async move {
            app.request_changes(caller, id, expected_version, &comment).await
        })
        .await
    }

    /// Notes that what an article says was found to hold, and when to look at it again. Scope:
    /// `content:publish`.
    async fn article_mark_reviewed(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The article.")] id: ID,
        #[graphql(desc = "The version that was looked at.")] expected_version: i32,
        #[graphql(desc = "Who looked at it, and when to look again.")] input: EditorialReviewInput,
    ) -> Result<ArticlePayload, ApiError> {
        let (app, caller) = (app(ctx), caller(ctx)?);
        ArticlePayload::of(ctx, Target::of(&id, expected_version), |id| async move {
            app.mark_reviewed(caller, id, expected_version, &input.input()?).await
        })
        .await
    }
}
