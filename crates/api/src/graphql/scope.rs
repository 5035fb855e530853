//! Which scope a mutation needs: checked before anything is executed, so that a document with several
//! mutations is refused whole.

use domain::Scope;

/// The scope that a field of `Mutation` needs. One that is not listed needs the strongest.
pub(crate) fn required(field: &str) -> Scope {
    match field {
        "articleCreate" | "articleUpdate" => Scope::ContentWrite,
        _ => Scope::ContentPublish,
    }
}
