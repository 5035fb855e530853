//! The graph: one file per type, and [`http`], which carries it.

mod absent;
mod article;
mod article_input;
mod article_list;
mod article_mutation;
mod article_payload;
mod article_where;
mod audit;
mod author;
mod body;
mod context;
mod cost;
mod desk;
mod desk_article;
mod documents;
mod edition;
mod error;
pub(crate) mod http;
mod image;
mod issue;
pub(crate) mod json;
mod key;
pub(crate) mod media_type;
mod merged_fields;
mod node;
mod paging;
mod persisted;
mod preview;
mod query;
mod read;
mod redirect;
mod request;
mod review;
mod review_mutation;
mod revision;
mod revision_diff;
mod scalar;
mod schedule;
mod scope;
mod tag;
mod together;
mod topic;
mod user_error;
mod withdrawal;
mod zoned_instant;

use app::App;
use async_graphql::{EmptySubscription, MergedObject, SDLExportOptions, SchemaBuilder, ValidationMode};

pub(crate) use context::RequestView;
pub(crate) use documents::Documents;
pub(crate) use error::ErrorCode;
pub(crate) use http::refusal;
pub(crate) use read::{Asked, Read};
pub(crate) use request::{Parsed, Rejection};
pub(crate) use scope::required as required_scope;

/// How deep selections may be nested. A client's full introspection needs about 15.
const MAX_DEPTH: usize = 20;
/// How much a document may ask for: every field counts one, what needs a statement of its own a hundred,
/// and the fields of a list as often as it can be long.
const MAX_COMPLEXITY: usize = 50_000;
/// How many directives a field may carry.
const MAX_DIRECTIVES: usize = 10;

/// Everything that writes. Each answers with what it wrote, the edition that shows it to the public,
/// and `userErrors` when it was refused.
#[derive(MergedObject, Default)]
pub(crate) struct Mutation(
    article_mutation::ArticleMutation,
    review_mutation::ReviewMutation,
    preview::PreviewMutation,
    key::KeyMutation,
    tag::TagMutation,
    topic::TopicMutation,
    author::AuthorMutation,
);

type Schema = async_graphql::Schema<query::Query, Mutation, EmptySubscription>;

/// The schema, with the publication that it serves.
#[derive(Clone)]
pub(crate) struct Schemas {
    /// Looks first whether what is asked fits it.
    pub(crate) checked: Schema,
    /// The same, for what is known to fit: only what bounds the cost of an answer is looked at.
    pub(crate) unchecked: Schema,
}

impl Schemas {
    pub(crate) fn new(app: &App) -> Self {
        let unchecked = builder().validation_mode(ValidationMode::Fast);
        Self {
            checked: builder().data(app.clone()).finish(),
            unchecked: unchecked.data(app.clone()).finish(),
        }
    }
}

/// The schema in the schema definition language.
#[must_use]
pub fn sdl() -> String {
    builder().finish().sdl_with_options(SDLExportOptions::new().sorted_enum_items())
}

fn builder() -> SchemaBuilder<query::Query, Mutation, EmptySubscription> {
    let builder = Schema::build(query::Query, Mutation::default(), EmptySubscription)
        .limit_depth(MAX_DEPTH)
        .limit_complexity(MAX_COMPLEXITY)
        .limit_directives(MAX_DIRECTIVES)
        .override_output_type_description::<tag::TagConnection>("A part of a list of tags.")
        .override_output_type_description::<author::AuthorConnection>("A part of a list of authors.")
        .override_output_type_description::<desk::DeskArticleConnection>("A part of a list of articles.")
        .override_output_type_description::<revision::RevisionConnection>(
            "A part of the saved versions of an article.",
        )
        .override_output_type_description::<audit::AuditConnection>("A part of the audit log.")
        .override_output_type_description::<redirect::RedirectConnection>("A part of a list of redirects.")
        .override_output_type_description::<key::KeyConnection>("A part of the list of API keys.");
    node::register(builder)
}
