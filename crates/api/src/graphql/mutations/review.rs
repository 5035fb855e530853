//! The mutations for reviews before publication, and for editorial reviews of published articles.

use app::EditorialReviewInput as Input;
use async_graphql::{Context, ID, InputObject, Object};

use crate::graphql::error::ApiError;
use crate::graphql::execution::context::{app, caller};
use crate::graphql::mutations::article_payload::{ArticlePayload, Target};
use crate::graphql::types::scalar::{DateTime, Slug};

/// An editorial review, which confirmed that an article is still correct.
#[derive(InputObject)]
pub(crate) struct EditorialReviewInput {
    /// The slug of the author who did the review.
    reviewer: Option<Slug>,
    /// The time of the review. Without one, now.
    reviewed_at: Option<DateTime>,
    /// The time at which the next review is due. Without one, none is planned.
    due_at: Option<DateTime>,
    /// A comment: at most 2000 characters.
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
    /// Submits the working copy for review. Scope: `content:write`.
    async fn article_submit(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The id of the article.")] id: ID,
        #[graphql(
            desc = "The `version` of the working copy, which is submitted. If it has changed since, the write is refused."
        )]
        expected_version: i32,
        #[graphql(desc = "A comment for the reviewer: at most 2000 characters.")] comment: Option<String>,
    ) -> Result<ArticlePayload, ApiError> {
        let (app, caller) = (app(ctx), caller(ctx)?);
        ArticlePayload::of(ctx, Target::of(&id, expected_version), |id| async move {
            app.submit_article(caller, id, expected_version, comment.as_deref()).await
        })
        .await
    }

    /// Approves the submitted version for publication. If the server requires a second person, nobody may approve
    /// a version to whose unpublished changes they contributed. Scope: `content:publish`.
    async fn article_approve(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The id of the article.")] id: ID,
        #[graphql(
            desc = "The `version` of the working copy, which is approved. If it has changed since, the write is refused."
        )]
        expected_version: i32,
        #[graphql(desc = "A comment: at most 2000 characters.")] comment: Option<String>,
    ) -> Result<ArticlePayload, ApiError> {
        let (app, caller) = (app(ctx), caller(ctx)?);
        ArticlePayload::of(ctx, Target::of(&id, expected_version), |id| async move {
            app.approve_article(caller, id, expected_version, comment.as_deref()).await
        })
        .await
    }

    /// Requests changes to the submitted version. A schedule for that version is cancelled.
    /// Scope: `content:publish`.
    async fn article_request_changes(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The id of the article.")] id: ID,
        #[graphql(
            desc = "The `version` of the working copy, which was submitted. If it has changed since, the write is refused."
        )]
        expected_version: i32,
        #[graphql(desc = "The requested changes: at most 2000 characters.")] comment: String,
    ) -> Result<ArticlePayload, ApiError> {
        let (app, caller) = (app(ctx), caller(ctx)?);
        ArticlePayload::of(ctx, Target::of(&id, expected_version), |id| async move {
            app.request_changes(caller, id, expected_version, &comment).await
        })
        .await
    }

    /// Records an editorial review: the article was found to be still correct. Scope: `content:publish`.
    async fn article_mark_reviewed(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The id of the article.")] id: ID,
        #[graphql(
            desc = "The `version` of the article that was reviewed. If it has changed since, the write is refused."
        )]
        expected_version: i32,
        #[graphql(desc = "The reviewer, and when the next review is due.")] input: EditorialReviewInput,
    ) -> Result<ArticlePayload, ApiError> {
        let (app, caller) = (app(ctx), caller(ctx)?);
        ArticlePayload::of(ctx, Target::of(&id, expected_version), |id| async move {
            app.mark_reviewed(caller, id, expected_version, &input.input()?).await
        })
        .await
    }
}
