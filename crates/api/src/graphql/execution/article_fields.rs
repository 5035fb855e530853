//! The public fields of an article that are in its row in the database: what each needs to be read, and how its
//! JSON is written.
//!
//! The look-ahead of lists and the direct JSON writer both follow this one table.

use async_graphql::Context;
use domain::{Publication, PublicationFields};

use crate::graphql::execution::json::{list, scalar, string};

/// Writes a field of a publication as JSON.
pub(crate) type WriteField = fn(&Publication, &mut Vec<u8>);

/// A field of `Article` that is in the row of its publication.
pub(crate) struct RowField {
    /// The name of the field in GraphQL.
    name: &'static str,
    /// The optional field that must be read for it. Empty if its column is always read.
    pub(crate) reads: PublicationFields,
    /// How its JSON is written without the executor. `None` for an object, which the executor resolves.
    pub(crate) write: Option<WriteField>,
}

const ROW_FIELDS: [RowField; 15] = [
    always("__typename", |_, out| string("Article", out)),
    always("id", |publication, out| string(&publication.article.to_string(), out)),
    always("slug", |publication, out| string(publication.slug.as_str(), out)),
    always("locale", |publication, out| string(&publication.locale.to_string(), out)),
    always("title", |publication, out| string(&publication.title, out)),
    always("publishedAt", |publication, out| string(&publication.published_at.to_string(), out)),
    always("updatedAt", |publication, out| string(&publication.updated_at.to_string(), out)),
    always("version", |publication, out| scalar(&publication.version, out)),
    optional("deck", PublicationFields::DECK, |publication, out| scalar(&publication.deck, out)),
    optional("excerpt", PublicationFields::EXCERPT, |publication, out| string(&publication.excerpt, out)),
    optional("externalRef", PublicationFields::EXTERNAL_REF, |publication, out| {
        scalar(&publication.external_ref, out);
    }),
    optional("aliases", PublicationFields::ALIASES, |publication, out| {
        list(publication.aliases.iter(), out, |alias, out| string(alias, out));
    }),
    object("heroImage", PublicationFields::HERO_IMAGE),
    object("seo", PublicationFields::SEO),
    object("corrections", PublicationFields::CORRECTIONS),
];

const fn always(name: &'static str, write: WriteField) -> RowField {
    RowField { name, reads: PublicationFields::empty(), write: Some(write) }
}

const fn optional(name: &'static str, reads: PublicationFields, write: WriteField) -> RowField {
    RowField { name, reads, write: Some(write) }
}

const fn object(name: &'static str, reads: PublicationFields) -> RowField {
    RowField { name, reads, write: None }
}

/// Returns the field with this name, if it is in the row.
pub(crate) fn row_field(name: &str) -> Option<&'static RowField> {
    const { &ROW_FIELDS }.iter().find(|field| field.name == name)
}

/// Returns the optional fields that a document selects for the articles of a connection.
pub(crate) fn requested(ctx: &Context<'_>) -> PublicationFields {
    let look = ctx.look_ahead();
    let lists = [look.field("nodes"), look.field("edges").field("node")];
    let is_requested = |name| lists.iter().any(|list| list.field(name).exists());
    let requested = const { &ROW_FIELDS }.iter().filter(|field| is_requested(field.name));
    requested.map(|field| field.reads).collect()
}

#[cfg(test)]
mod tests {
    use async_graphql::parser::types::{TypeKind, TypeSystemDefinition};

    use super::*;
    use crate::graphql::execution::article_list::LABELS;

    #[test]
    fn every_optional_field_is_read_for_a_field_of_the_schema() {
        let read: PublicationFields = ROW_FIELDS.iter().map(|field| field.reads).collect();
        let forgotten = PublicationFields::all() - read;
        assert!(forgotten.is_empty(), "no field of ROW_FIELDS reads {forgotten:?}");
    }

    /// Lists that select one of these fields are resolved by the executor, field by field, which is several times
    /// slower. Add a field here only deliberately.
    #[test]
    fn the_executor_resolves_only_these_public_fields() {
        let sdl = crate::graphql::sdl();
        let schema = async_graphql::parser::parse_schema(&sdl).unwrap();
        let article = schema.definitions.iter().find_map(|definition| match definition {
            TypeSystemDefinition::Type(found) if found.node.name.node == "Article" => Some(&found.node.kind),
            _ => None,
        });
        let Some(TypeKind::Object(article)) = article else { panic!("there is no type Article") };
        let names = article.fields.iter().map(|field| field.node.name.node.as_str());
        let is_written = |name: &str| row_field(name).is_some_and(|field| field.write.is_some());
        let resolved: Vec<_> = names.filter(|name| !is_written(name) && !LABELS.contains(name)).collect();
        assert_eq!(resolved, ["body", "heroImage", "seo", "corrections", "edition"]);
    }
}
