//! The schemas of requests and answers: the fields that a stored document selects, with their types and descriptions in
//! the GraphQL schema.

use async_graphql::parser::types::VariableDefinition;
use serde_json::{Map, Value, json};

use super::super::read::endpoint::{Endpoint, ParameterKind, Shape};
use super::super::write::{KeyedEndpoint, RequestBody, Success};
use super::types::{Properties, fields, not_null};

pub(super) use super::types::Schemas;

impl Schemas {
    /// Returns the schema of the answer of an endpoint. Returns `None` if its document does not match the GraphQL
    /// schema.
    pub(crate) fn answer(&mut self, endpoint: &Endpoint) -> Option<Value> {
        let document = async_graphql::parser::parse_query(endpoint.document).ok()?;
        let (_, operation) = document.operations.iter().next()?;
        let data = &operation.node.selection_set.node;
        let mut answer = Properties::default();
        for field in fields(&document, data) {
            let name = field.name.node.as_str();
            match endpoint.shape {
                Shape::List(list) if name == list => self.connection(&document, field, &mut answer)?,
                // The redirect decides how the request is answered and is no part of the answer.
                Shape::One(_) if name == "redirect" => {}
                Shape::One(one) if name == one => {
                    let schema = self.field(&document, "Query", field)?;
                    answer.add(field, not_null(schema));
                }
                _ => {
                    let schema = self.field(&document, "Query", field)?;
                    answer.add(field, schema);
                }
            }
        }
        // Only labels can be unknown.
        if endpoint.parameters.iter().any(|parameter| matches!(parameter.kind, ParameterKind::Slugs)) {
            answer.properties.insert("warnings".to_owned(), json!({"$ref": "#/components/schemas/Warnings"}));
        }
        Some(answer.schema(None))
    }

    /// Returns the schema of the successful answer of an endpoint that needs an API key. Returns `None` if the
    /// answer has no body.
    pub(crate) fn written(&mut self, endpoint: &KeyedEndpoint) -> Option<Value> {
        let document = async_graphql::parser::parse_query(endpoint.document).ok()?;
        let (_, operation) = document.operations.iter().next()?;
        let result = fields(&document, &operation.node.selection_set.node).into_iter().next()?;
        if endpoint.success == Success::Found {
            let article = fields(&document, &result.selection_set.node).into_iter().next()?;
            let mut answer = Properties::default();
            answer.add(article, not_null(self.field(&document, "Desk", article)?));
            return Some(answer.schema(None));
        }
        if endpoint.success == Success::Deleted {
            return None;
        }
        let payload = document.fragments.get("Written")?;
        let mut answer = Properties::default();
        for field in fields(&document, &payload.node.selection_set.node) {
            let schema = self.field(&document, "ArticlePayload", field)?;
            match field.name.node.as_str() {
                // These are members of the problem document.
                "userErrors" | "conflict" => {}
                "article" => answer.add(field, not_null(schema)),
                // The edition is omitted when the write changes nothing public.
                "edition" => drop(answer.properties.insert("edition".to_owned(), not_null(schema))),
                _ => answer.add(field, schema),
            }
        }
        answer.properties.insert("notShown".to_owned(), not_shown());
        Some(answer.schema(None))
    }

    /// Returns the schemas of `userErrors`, `issues` and `conflict` in the problem document of a refused write.
    pub(crate) fn refused(&mut self, endpoint: &KeyedEndpoint) -> Option<Map<String, Value>> {
        let document = async_graphql::parser::parse_query(endpoint.document).ok()?;
        let (_, operation) = document.operations.iter().next()?;
        let result = fields(&document, &operation.node.selection_set.node).into_iter().next()?;
        let payload = self.type_of("Mutation", &result.name.node)?;
        let mut members = Map::new();
        for field in fields(&document, &result.selection_set.node) {
            let name = field.name.node.as_str();
            if ["userErrors", "issues", "conflict"].contains(&name) {
                let schema = self.field(&document, &payload, field)?;
                members.insert(name.to_owned(), not_null(schema));
            }
        }
        members.insert("notShown".to_owned(), not_shown());
        Some(members)
    }

    /// Returns the schema of the request body of an endpoint, and whether the body is required. Returns `None` if
    /// the endpoint takes no body.
    pub(crate) fn body(&mut self, endpoint: &KeyedEndpoint) -> Option<(Value, bool)> {
        let document = async_graphql::parser::parse_query(endpoint.document).ok()?;
        let (_, operation) = document.operations.iter().next()?;
        match endpoint.body {
            RequestBody::None => None,
            RequestBody::Input(name) => Some((self.input(name)?, true)),
            RequestBody::Variables => {
                let (mut properties, mut required) = (Map::new(), Vec::new());
                for variable in &operation.node.variable_definitions {
                    let VariableDefinition { name, var_type, default_value, .. } = &variable.node;
                    if ["id", "expectedVersion"].contains(&name.node.as_str()) {
                        continue;
                    }
                    let mut schema = self.input_value(&var_type.node)?;
                    match default_value {
                        Some(default) => schema["default"] = default.node.clone().into_json().ok()?,
                        None if var_type.node.nullable => {}
                        None => required.push(Value::from(name.node.as_str())),
                    }
                    properties.insert(name.node.to_string(), schema);
                }
                if properties.is_empty() {
                    return None;
                }
                let is_required = !required.is_empty();
                let body = json!({
                    "type": "object",
                    "properties": properties,
                    "required": required,
                    "additionalProperties": false,
                });
                Some((body, is_required))
            }
        }
    }
}

/// Returns the schema of `notShown`.
fn not_shown() -> Value {
    json!({
        "type": "array",
        "description": "The fields that are null because the API key may not read drafts, with the reasons.",
        "items": {
            "type": "object",
            "properties": {
                "path": {"type": "array", "items": {"type": "string"}},
                "detail": {"type": "string"},
            },
            "required": ["path", "detail"],
        },
    })
}

#[cfg(test)]
mod tests {
    use async_graphql::parser::types::TypeKind;

    use super::super::super::{read, write};
    use super::*;

    #[test]
    fn every_document_matches_the_schema() {
        let mut schemas = Schemas::new(&crate::graphql::sdl()).unwrap();
        for endpoint in &read::ENDPOINTS {
            assert!(schemas.answer(endpoint).is_some(), "{}", endpoint.name);
            assert!(serde_json::from_str::<Value>(endpoint.example).is_ok(), "{}", endpoint.name);
        }
    }

    #[test]
    fn every_document_of_a_keyed_endpoint_matches_the_schema() {
        let mut schemas = Schemas::new(&crate::graphql::sdl()).unwrap();
        for endpoint in &write::ENDPOINTS {
            let written = schemas.written(endpoint);
            assert_eq!(written.is_some(), endpoint.success != Success::Deleted, "{}", endpoint.name);
            let takes_input = matches!(endpoint.body, RequestBody::Input(_));
            assert!(!takes_input || schemas.body(endpoint).is_some(), "{}", endpoint.name);
        }
    }

    /// Both APIs must have all mutations of articles.
    #[test]
    fn every_mutation_of_an_article_has_an_endpoint() {
        let schemas = Schemas::new(&crate::graphql::sdl()).unwrap();
        let Some(TypeKind::Object(mutation)) = schemas.definition_of("Mutation").map(|found| &found.kind)
        else {
            panic!("the schema has no type Mutation");
        };
        let names = mutation.fields.iter().map(|field| field.node.name.node.as_str());
        for name in names.filter(|name| name.starts_with("article")) {
            let field = format!("result: {name}(");
            assert!(write::ENDPOINTS.iter().any(|endpoint| endpoint.document.contains(&field)), "{name}");
        }
    }

    /// A field that is missing in a document of REST would be missing in its answers, and nobody would notice.
    #[test]
    fn lists_and_single_articles_and_the_desk_show_every_field() {
        let mut schemas = Schemas::new(&crate::graphql::sdl()).unwrap();
        for endpoint in &read::ENDPOINTS {
            schemas.answer(endpoint).unwrap();
        }
        for endpoint in &write::ENDPOINTS {
            schemas.written(endpoint);
        }
        // These need an argument, are long lists, or are the same article again.
        let omitted = ["diff", "revision", "revisions", "previews", "publication", "activity"];
        for (component, name) in [
            ("Article", "Article"),
            ("ListedArticle", "Article"),
            ("WrittenArticle", "DeskArticle"),
            ("WorkingCopy", "Revision"),
            ("Body", "Body"),
            ("Image", "Image"),
            ("Seo", "Seo"),
        ] {
            let Some(TypeKind::Object(object)) = schemas.definition_of(name).map(|found| &found.kind) else {
                panic!("the schema has no type {name}");
            };
            let shown = schemas.components[component]["properties"].as_object().unwrap();
            let names = object.fields.iter().map(|field| field.node.name.node.as_str());
            let in_working_copy = |name: &str| ["slug", "title"].contains(&name);
            let missing: Vec<_> = names
                .filter(|name| !shown.contains_key(*name) && !omitted.contains(name))
                .filter(|name| component != "WrittenArticle" || !in_working_copy(name))
                .collect();
            assert_eq!(missing, Vec::<&str>::new(), "{component}");
        }
    }
}
