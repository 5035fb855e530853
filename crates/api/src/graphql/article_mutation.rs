//! Writing and publishing articles.

use app::{ArticleInput as Input, Field, SeoInput as Seo, WriteError, WriteResult};
use async_graphql::{Context, ID, InputObject, MaybeUndefined, Object};
use domain::{ArticleId, UserErrorCode};

use super::context::{Reader, app, caller};
use super::desk_article::{ArticlePayload, DeskArticle, WithdrawReason};
use super::error::ApiError;
use super::image::ImageInput;
use super::scalar::{DateTime, Locale, Slug, slugs};
use super::user_error::{id_argument, outcome};

/// An article. In an update, what is left out stays and what is null is cleared.
#[derive(InputObject)]
pub(crate) struct ArticleInput {
    /// Its name in web addresses. A new article without one gets one from its title.
    slug: MaybeUndefined<Slug>,
    /// The headline, plain text; at most 300 characters. A new article needs one.
    title: MaybeUndefined<String>,
    /// The line below the headline, plain text; at most 2000 characters.
    deck: MaybeUndefined<String>,
    /// The teaser, plain text; at most 2000 characters. Without one, lists show the beginning of the
    /// text.
    excerpt: MaybeUndefined<String>,
    /// The text, in Markdown; at most 1 MiB. Publishing asks for it.
    body: MaybeUndefined<String>,
    /// The picture on top.
    hero_image: MaybeUndefined<ImageInput>,
    /// Who wrote it: slugs of authors, in the order of print.
    authors: MaybeUndefined<Vec<Slug>>,
    /// Where it belongs in the tree: slugs of topics, the main one first.
    topics: MaybeUndefined<Vec<Slug>>,
    /// Its labels: slugs of tags. Unknown ones are refused, not created.
    tags: MaybeUndefined<Vec<Slug>>,
    /// Its language; `en` when nothing is said.
    locale: MaybeUndefined<Locale>,
    /// What the system that it comes from calls it; at most 255 characters, one article each.
    external_ref: MaybeUndefined<String>,
    /// What search engines are told instead of title and excerpt.
    seo: MaybeUndefined<SeoInput>,
    /// Addresses under which it was published elsewhere before.
    aliases: MaybeUndefined<Vec<String>>,
    /// The date that readers see; left out, the moment of the first publication.
    published_at: MaybeUndefined<DateTime>,
}

/// What search engines are told.
#[derive(InputObject)]
pub(crate) struct SeoInput {
    /// The title for result pages.
    title: Option<String>,
    /// The description for result pages.
    description: Option<String>,
}

fn field<T, U>(given: MaybeUndefined<T>, convert: impl FnOnce(T) -> U) -> Field<U> {
    match given {
        MaybeUndefined::Undefined => Field::Keep,
        MaybeUndefined::Null => Field::Clear,
        MaybeUndefined::Value(value) => Field::Set(convert(value)),
    }
}

impl ArticleInput {
    fn input(self) -> Result<Input, WriteError> {
        let Self {
            slug,
            title,
            deck,
            excerpt,
            body,
            hero_image,
            authors,
            topics,
            tags,
            locale,
            external_ref,
            seo,
            aliases,
            published_at,
        } = self;
        let published_at = match published_at {
            MaybeUndefined::Value(at) => Field::Set(at.instant("input.publishedAt").map_err(|error| {
                let message = async_graphql::Error::from(error).message;
                domain::UserError::at("input.publishedAt", UserErrorCode::Invalid, message)
            })?),
            other => field(other, |_| domain::Timestamp::UNIX_EPOCH),
        };
        Ok(Input {
            slug: field(slug, |Slug(text)| text),
            title: field(title, |text| text),
            deck: field(deck, |text| text),
            excerpt: field(excerpt, |text| text),
            body: field(body, |text| text),
            hero_image: field(hero_image, Into::into),
            authors: field(authors, slugs),
            topics: field(topics, slugs),
            tags: field(tags, slugs),
            locale: field(locale, |Locale(text)| text),
            external_ref: field(external_ref, |text| text),
            seo: field(seo, |SeoInput { title, description }| Seo { title, description }),
            aliases: field(aliases, |list| list),
            published_at,
        })
    }
}

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
            Ok(input) => app(ctx).create_article(caller(ctx)?, &input).await,
            Err(error) => Err(error),
        };
        payload(ctx, None, written).await
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
        let id = match id_argument::<ArticleId>(&id, "id") {
            Ok(id) => id,
            Err(error) => return payload(ctx, None, Err(error.into())).await,
        };
        let written = match input.input() {
            Ok(input) => app(ctx).update_article(caller(ctx)?, id, expected_version, &input).await,
            Err(error) => Err(error),
        };
        payload(ctx, Some(id), written).await
    }

    /// Makes the working copy public. Publishing what is public already changes nothing and answers
    /// the edition that made it so. Scope: `content:publish`.
    async fn article_publish(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The article.")] id: ID,
        #[graphql(desc = "The version that is to become public.")] expected_version: i32,
    ) -> Result<ArticlePayload, ApiError> {
        match id_argument::<ArticleId>(&id, "id") {
            Ok(id) => {
                let written = app(ctx).publish_article(caller(ctx)?, id, expected_version).await;
                payload(ctx, Some(id), written).await
            }
            Err(error) => payload(ctx, None, Err(error.into())).await,
        }
    }

    /// Takes an article from the public. Its working copy stays, and it can be published again.
    /// Scope: `content:publish`.
    async fn article_withdraw(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The article.")] id: ID,
        #[graphql(desc = "The version that the decision is based on.")] expected_version: i32,
        #[graphql(desc = "Why.", default_with = "WithdrawReason::Gone")] reason: WithdrawReason,
        #[graphql(desc = "With `REDIRECT`: the slug of the published article that readers get instead.")]
        redirect_to: Option<String>,
    ) -> Result<ArticlePayload, ApiError> {
        let id = match id_argument::<ArticleId>(&id, "id") {
            Ok(id) => id,
            Err(error) => return payload(ctx, None, Err(error.into())).await,
        };
        let refuse =
            |message: &str| Err(domain::UserError::at("redirectTo", UserErrorCode::Invalid, message).into());
        let written = match (reason, redirect_to.as_deref()) {
            (WithdrawReason::Redirect, None) => {
                refuse("a redirect needs its target: name the slug of a published article in `redirectTo`")
            }
            (WithdrawReason::Gone, Some(_)) => refuse(
                "what is `GONE` does not redirect: leave `redirectTo` out, or give the reason `REDIRECT`",
            ),
            (_, target) => app(ctx).withdraw_article(caller(ctx)?, id, expected_version, target).await,
        };
        payload(ctx, Some(id), written).await
    }
}

/// The answer. When somebody has saved in between, it holds the article as it is now.
async fn payload(
    ctx: &Context<'_>,
    id: Option<ArticleId>,
    written: WriteResult<app::Saved>,
) -> Result<ArticlePayload, ApiError> {
    let stale = matches!(
        &written,
        Err(WriteError::User(errors)) if errors.iter().any(|error| error.code == UserErrorCode::StaleVersion)
    );
    let (saved, user_errors) = outcome(written)?;
    let edition = saved.as_ref().and_then(|saved| saved.edition).map(Into::into);
    let saved = match (saved, id) {
        (Some(saved), _) => Some(saved),
        (None, Some(id)) if stale => app(ctx).find_article(id).await?,
        (None, _) => None,
    };
    let article = match saved {
        Some(saved) => Some(DeskArticle::new(saved, &Reader::open(app(ctx)).await?)),
        None => None,
    };
    Ok(ArticlePayload { article, edition, user_errors })
}
