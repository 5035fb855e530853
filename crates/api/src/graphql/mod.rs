//! The GraphQL API: [`protocol`] is GraphQL over HTTP, [`document`] analyses documents, [`execution`] executes
//! them, and [`types`] and [`mutations`] define the schema.

pub(crate) mod document;
pub(crate) mod error;
pub(crate) mod execution;
pub(crate) mod mutations;
pub(crate) mod protocol;
pub(crate) mod types;

use std::pin::pin;
use std::task::{Context, Poll, Waker};

use app::App;
use async_graphql::{EmptySubscription, MergedObject, SDLExportOptions, SchemaBuilder, ValidationMode};
use documents::{Schema, SchemaError};

pub(crate) use document::valid_document::Document;
pub(crate) use error::{ApiError, ErrorCode, extension};
pub(crate) use execution::context::RequestView;
pub(crate) use execution::cost::Introspection;
pub(crate) use execution::prepared::{PreparedOperation, QueryResult};
pub(crate) use protocol::document_cache::DocumentCache;
pub(crate) use protocol::http::execute_to_end;
pub(crate) use protocol::idempotency::IdempotencyKey;
pub(crate) use protocol::reply::refusal;

/// All mutations. Each returns what it wrote, the edition that shows the change to the public, and `userErrors` if
/// the write was refused.
#[derive(MergedObject, Default)]
pub(crate) struct Mutation(
    mutations::article::ArticleMutation,
    mutations::review::ReviewMutation,
    types::preview::PreviewMutation,
    types::key::KeyMutation,
    types::tag::TagMutation,
    types::topic::TopicMutation,
    types::author::AuthorMutation,
);

/// The schema for the executor, which neither validates documents nor limits their cost: both happen before.
pub(crate) type ExecutableSchema = async_graphql::Schema<types::query::Query, Mutation, EmptySubscription>;

/// Makes the schema with the publication that it serves.
pub(crate) fn executable(app: &App) -> ExecutableSchema {
    builder().data(app.clone()).finish()
}

/// Makes the schema against which documents are validated.
pub(crate) fn schema() -> Result<Schema, SchemaError> {
    Schema::from_introspection(&introspect(Schema::INTROSPECTION))
}

/// Computes the cost of introspection queries.
pub(crate) fn introspection() -> Introspection {
    Introspection::of(&introspect(Introspection::DOCUMENT))
}

/// Returns the executor's answer to an introspection query.
fn introspect(query: &str) -> serde_json::Value {
    let schema = builder().finish();
    let mut answer = pin!(schema.execute(query));
    let mut context = Context::from_waker(Waker::noop());
    // The executor waits for nothing here, but it may yield.
    let answer = std::iter::repeat_with(|| answer.as_mut().poll(&mut context)).take(MAX_YIELDS);
    let answer = answer.filter_map(|polled| match polled {
        Poll::Ready(answer) => Some(answer.data.into_json().unwrap_or_default()),
        Poll::Pending => None,
    });
    answer.take(1).next().unwrap_or_default()
}

/// The maximum number of times that the executor may yield while it answers an introspection query.
const MAX_YIELDS: usize = 10_000;

/// Returns the schema in the schema definition language.
#[must_use]
pub fn sdl() -> String {
    builder().finish().sdl_with_options(SDLExportOptions::new().sorted_enum_items())
}

fn builder() -> SchemaBuilder<types::query::Query, Mutation, EmptySubscription> {
    let builder = ExecutableSchema::build(types::query::Query, Mutation::default(), EmptySubscription)
        .validation_mode(ValidationMode::Fast)
        .limit_recursive_depth(usize::MAX)
        .override_output_type_description::<types::tag::TagConnection>("A page of a list of tags.")
        .override_output_type_description::<types::author::AuthorConnection>("A page of a list of authors.")
        .override_output_type_description::<types::desk::DeskArticleConnection>(
            "A page of a list of articles at the desk.",
        )
        .override_output_type_description::<types::revision::RevisionConnection>(
            "A page of the saved versions of an article.",
        )
        .override_output_type_description::<types::audit::AuditConnection>("A page of the audit log.")
        .override_output_type_description::<types::redirect::RedirectConnection>(
            "A page of a list of former slugs.",
        )
        .override_output_type_description::<types::key::KeyConnection>("A page of the list of API keys.");
    types::node::register(builder)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn custom_scalars_are_strings() {
        let sdl = sdl();
        let ours = sdl.lines().filter_map(|line| line.strip_prefix("scalar "));
        let ours: Vec<&str> = ours.filter_map(|line| line.split_whitespace().next()).collect();
        // Another scalar that is not a string needs a kind of its own in `documents::Schema`.
        assert_eq!(ours, ["DateTime", "Locale", "Slug", "ZonedDateTime"]);
    }
}
