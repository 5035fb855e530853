//! Warnings: parts of a valid request that have no effect, probably by mistake.

use std::collections::BTreeSet;
use std::sync::{Mutex, PoisonError};

use async_graphql::{Context, Response, Value};
use domain::UnknownSlug;
use serde_json::json;

use crate::graphql::error::argument_of_filter;
use crate::graphql::execution::context::RequestView;

/// The member of `extensions` with the warnings.
pub(crate) const EXTENSION: &str = "warnings";

/// The maximum number of warnings in an answer.
const MAX: usize = 100;

/// The warnings about a request. They are noted while it is executed.
#[derive(Default)]
pub(crate) struct Warnings(Mutex<BTreeSet<Warning>>);

/// A warning. They are sorted, so that an answer always has the same bytes.
#[derive(Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Warning {
    /// The path of the field that was asked with the argument.
    path: Vec<String>,
    /// The argument, or the path within it.
    argument: String,
    code: &'static str,
    message: String,
}

impl Warnings {
    /// Adds the warnings to the answer.
    pub(crate) fn add_to(&self, response: Response) -> Response {
        let noted = std::mem::take(&mut *self.0.lock().unwrap_or_else(PoisonError::into_inner));
        if noted.is_empty() {
            return response;
        }
        let warnings: Vec<_> = noted.into_iter().take(MAX).map(Warning::into_json).collect();
        response.extension(EXTENSION, Value::from_json(warnings.into()).unwrap_or_default())
    }
}

impl Warning {
    fn into_json(self) -> serde_json::Value {
        let Self { path, argument, code, message } = self;
        json!({"message": message, "path": path, "code": code, "argument": argument})
    }
}

/// Notes the slugs of a filter that never existed.
pub(crate) fn note_unknown_slugs(ctx: &Context<'_>, unknown: Vec<UnknownSlug>) {
    for UnknownSlug { path, slug } in unknown {
        note_unknown_slug(ctx, argument_of_filter(path), &slug);
    }
}

/// Notes that an argument has a slug that never existed.
pub(crate) fn note_unknown_slug(ctx: &Context<'_>, argument: String, slug: &str) {
    let message = format!("`{argument}`: nothing ever had the slug `{slug}`, so it finds nothing");
    let path = ctx.path_node.iter().flat_map(|node| node.to_string_vec()).collect();
    let Warnings(noted) = ctx.data_unchecked::<RequestView>().warnings();
    let mut noted = noted.lock().unwrap_or_else(PoisonError::into_inner);
    noted.insert(Warning { path, argument, code: "SLUG_UNKNOWN", message });
}
