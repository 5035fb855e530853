//! Makes JSON schemas of answers: the fields that a document selects, with their types and descriptions in the
//! GraphQL schema.

use std::collections::BTreeMap;

use async_graphql::parser::types::{
    BaseType, ExecutableDocument, Field, FieldDefinition, Selection, SelectionSet, ServiceDocument, Type,
    TypeDefinition, TypeKind, TypeSystemDefinition, VariableDefinition,
};
use serde_json::{Map, Value, json};

use super::endpoint::{Endpoint, Shape};
use super::write::{KeyedEndpoint, RequestBody, Success};

/// Collects named schemas.
pub(crate) struct Schemas {
    graph: ServiceDocument,
    /// The schemas by name: one for each fragment of the documents and each input object.
    pub(crate) components: BTreeMap<String, Value>,
}

/// The properties of an object, and the names of those that are always present.
#[derive(Default)]
struct Properties {
    properties: Map<String, Value>,
    required: Vec<Value>,
}

impl Schemas {
    /// Reads a GraphQL schema in the schema definition language. Returns `None` if it is invalid.
    pub(crate) fn new(sdl: &str) -> Option<Self> {
        let graph = async_graphql::parser::parse_schema(sdl).ok()?;
        Some(Self { graph, components: BTreeMap::new() })
    }

    /// Returns the schema of the answer of an endpoint. Returns `None` if its document does not match the GraphQL
    /// schema.
    pub(crate) fn answer(&mut self, endpoint: &Endpoint) -> Option<Value> {
        let document = async_graphql::parser::parse_query(endpoint.document).ok()?;
        let (_, operation) = document.operations.iter().next()?;
        let data = &operation.node.selection_set.node;
        let mut answer = Properties::default();
        for field in fields(data) {
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
        Some(answer.schema(None))
    }

    /// Returns the schema of the successful answer of an endpoint that needs an API key. Returns `None` if the
    /// answer has no body.
    pub(crate) fn written(&mut self, endpoint: &KeyedEndpoint) -> Option<Value> {
        let document = async_graphql::parser::parse_query(endpoint.document).ok()?;
        let (_, operation) = document.operations.iter().next()?;
        let result = fields(&operation.node.selection_set.node).next()?;
        if endpoint.success == Success::Found {
            let article = fields(&result.selection_set.node).next()?;
            let mut answer = Properties::default();
            answer.add(article, not_null(self.field(&document, "Desk", article)?));
            return Some(answer.schema(None));
        }
        if endpoint.success == Success::Deleted {
            return None;
        }
        let payload = document.fragments.get("Written")?;
        let mut answer = Properties::default();
        for field in fields(&payload.node.selection_set.node) {
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
        answer.properties.insert(
            "notShown".to_owned(),
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
            }),
        );
        Some(answer.schema(None))
    }

    /// Returns the schemas of `userErrors`, `issues` and `conflict` in the problem document of a refused write.
    pub(crate) fn refused(&mut self, endpoint: &KeyedEndpoint) -> Option<Map<String, Value>> {
        let document = async_graphql::parser::parse_query(endpoint.document).ok()?;
        let payload = document.fragments.get("Written")?;
        let mut members = Map::new();
        for field in fields(&payload.node.selection_set.node) {
            let name = field.name.node.as_str();
            if ["userErrors", "issues", "conflict"].contains(&name) {
                let schema = self.field(&document, "ArticlePayload", field)?;
                members.insert(name.to_owned(), not_null(schema));
            }
        }
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

    /// Returns a reference to the schema of an input object.
    fn input(&mut self, name: &str) -> Option<Value> {
        if !self.components.contains_key(name) {
            let TypeKind::InputObject(object) = self.definition_of(name)?.kind.clone() else { return None };
            // An input object may contain itself.
            self.components.insert(name.to_owned(), Value::Null);
            let (mut properties, mut required) = (Map::new(), Vec::new());
            for field in &object.fields {
                let field = &field.node;
                let mut schema = self.input_value(&field.ty.node)?;
                if let Some(description) = &field.description {
                    schema["description"] = one_line(&description.node).into();
                }
                match &field.default_value {
                    Some(default) => schema["default"] = default.node.clone().into_json().ok()?,
                    None if field.ty.node.nullable => {}
                    None => required.push(Value::from(field.name.node.as_str())),
                }
                properties.insert(field.name.node.to_string(), schema);
            }
            let mut schema = json!({
                "type": "object",
                "properties": properties,
                "required": required,
                "additionalProperties": false,
            });
            if let Some(description) = &self.definition_of(name)?.description {
                schema["description"] = one_line(&description.node).into();
            }
            self.components.insert(name.to_owned(), schema);
        }
        Some(json!({"$ref": format!("#/components/schemas/{name}")}))
    }

    /// Returns the schema of an input value.
    fn input_value(&mut self, ty: &Type) -> Option<Value> {
        let schema = match &ty.base {
            BaseType::List(of) => json!({"type": "array", "items": self.input_value(of)?}),
            BaseType::Named(name) => match &self.definition_of(name).map(|found| &found.kind) {
                Some(TypeKind::InputObject(_)) => self.input(name)?,
                _ => self.leaf(name)?,
            },
        };
        Some(if ty.nullable { or_null(schema) } else { schema })
    }

    /// Adds the fields of a connection.
    fn connection(
        &mut self,
        document: &ExecutableDocument,
        list: &Field,
        answer: &mut Properties,
    ) -> Option<()> {
        let connection = name_of(&self.definition("Query", &list.name.node)?.ty.node).to_owned();
        for field in fields(&list.selection_set.node) {
            let schema = self.field(document, &connection, field)?;
            if field.name.node == "nodes" { answer.add(list, schema) } else { answer.add(field, schema) }
        }
        Some(())
    }

    /// Returns the schema of a field of a type.
    fn field(&mut self, document: &ExecutableDocument, of: &str, field: &Field) -> Option<Value> {
        let FieldDefinition { description, ty, .. } = self.definition(of, &field.name.node)?.clone();
        let mut schema = self.value(document, &ty.node, &field.selection_set.node)?;
        if let Some(description) = description {
            schema["description"] = one_line(&description.node).into();
        }
        Some(schema)
    }

    /// Returns the schema of a value of a type, with the selected fields.
    fn value(&mut self, document: &ExecutableDocument, ty: &Type, selected: &SelectionSet) -> Option<Value> {
        let schema = match &ty.base {
            BaseType::List(of) => json!({"type": "array", "items": self.value(document, of, selected)?}),
            BaseType::Named(name) if selected.items.is_empty() => self.leaf(name)?,
            BaseType::Named(name) => self.object(document, name, selected)?,
        };
        Some(if ty.nullable { or_null(schema) } else { schema })
    }

    /// Returns the schema of an object: a reference if the selection is a single fragment.
    fn object(
        &mut self,
        document: &ExecutableDocument,
        name: &str,
        selected: &SelectionSet,
    ) -> Option<Value> {
        if let [only] = selected.items.as_slice()
            && let Selection::FragmentSpread(spread) = &only.node
        {
            let fragment = &spread.node.fragment_name.node;
            let selected = &document.fragments.get(fragment)?.node.selection_set.node;
            if !self.components.contains_key(fragment.as_str()) {
                let schema = self.properties(document, name, selected)?;
                self.components.insert(fragment.to_string(), schema);
            }
            return Some(json!({"$ref": format!("#/components/schemas/{fragment}")}));
        }
        self.properties(document, name, selected)
    }

    fn properties(
        &mut self,
        document: &ExecutableDocument,
        name: &str,
        selected: &SelectionSet,
    ) -> Option<Value> {
        let mut object = Properties::default();
        for field in fields(selected) {
            let schema = self.field(document, name, field)?;
            object.add(field, schema);
        }
        let description = self.definition_of(name)?.description.as_ref().map(|text| one_line(&text.node));
        Some(object.schema(description))
    }

    /// Returns the schema of a scalar or an enum.
    fn leaf(&self, name: &str) -> Option<Value> {
        Some(match name {
            "Int" => json!({"type": "integer"}),
            "Float" => json!({"type": "number"}),
            "Boolean" => json!({"type": "boolean"}),
            "String" | "ID" => json!({"type": "string"}),
            "DateTime" => json!({"type": "string", "format": "date-time"}),
            _ => match &self.definition_of(name)?.kind {
                TypeKind::Enum(words) => {
                    let words: Vec<_> =
                        words.values.iter().map(|word| word.node.value.node.as_str()).collect();
                    json!({"type": "string", "enum": words})
                }
                _ => json!({"type": "string"}),
            },
        })
    }

    /// Returns the values of an enum.
    pub(crate) fn words(&self, name: &str) -> Option<Vec<String>> {
        let TypeKind::Enum(words) = &self.definition_of(name)?.kind else { return None };
        Some(words.values.iter().map(|word| word.node.value.node.to_string()).collect())
    }

    fn definition_of(&self, name: &str) -> Option<&TypeDefinition> {
        self.graph.definitions.iter().find_map(|definition| match definition {
            TypeSystemDefinition::Type(found) if found.node.name.node == name => Some(&found.node),
            _ => None,
        })
    }

    fn definition(&self, of: &str, field: &str) -> Option<&FieldDefinition> {
        match &self.definition_of(of)?.kind {
            TypeKind::Object(object) => {
                object.fields.iter().map(|found| &found.node).find(|found| found.name.node == field)
            }
            _ => None,
        }
    }
}

impl Properties {
    /// Adds a field. A field with a directive is optional.
    fn add(&mut self, field: &Field, schema: Value) {
        let name = field.response_key().node.as_str();
        if field.directives.is_empty() {
            self.required.push(name.into());
        }
        self.properties.insert(name.to_owned(), schema);
    }

    fn schema(self, description: Option<String>) -> Value {
        let Self { properties, required } = self;
        let mut schema = json!({
            "type": "object",
            "properties": properties,
            "required": required,
        });
        if let Some(description) = description {
            schema["description"] = description.into();
        }
        schema
    }
}

/// Iterates over the fields of a selection. Fragments stand alone in the stored documents, which a test checks.
fn fields(selected: &SelectionSet) -> impl Iterator<Item = &Field> {
    selected.items.iter().filter_map(|item| match &item.node {
        Selection::Field(field) => Some(&field.node),
        _ => None,
    })
}

fn name_of(ty: &Type) -> &str {
    match &ty.base {
        BaseType::Named(name) => name,
        BaseType::List(of) => name_of(of),
    }
}

fn or_null(mut schema: Value) -> Value {
    match schema["type"].as_str() {
        Some(plain) => {
            schema["type"] = json!([plain, "null"]);
            schema
        }
        None => json!({"anyOf": [schema, {"type": "null"}]}),
    }
}

fn not_null(mut schema: Value) -> Value {
    if let Some(value) = schema.get_mut("anyOf").and_then(|either| either.get_mut(0)).map(Value::take) {
        let description = schema["description"].take();
        schema = value;
        schema["description"] = description;
    }
    schema
}

/// Replaces line breaks by spaces.
fn one_line(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests {
    use super::super::{ENDPOINTS, write};
    use super::*;

    #[test]
    fn every_document_fits_the_graph() {
        let mut schemas = Schemas::new(&crate::graphql::sdl()).unwrap();
        for endpoint in &ENDPOINTS {
            assert!(schemas.answer(endpoint).is_some(), "{}", endpoint.name);
            assert!(serde_json::from_str::<Value>(endpoint.example).is_ok(), "{}", endpoint.name);
        }
    }

    #[test]
    fn every_document_of_a_keyed_endpoint_fits_the_graph() {
        let mut schemas = Schemas::new(&crate::graphql::sdl()).unwrap();
        for endpoint in &write::ENDPOINTS {
            let written = schemas.written(endpoint);
            assert_eq!(written.is_some(), endpoint.success != Success::Deleted, "{}", endpoint.name);
            let takes_input = matches!(endpoint.body, RequestBody::Input(_));
            assert!(!takes_input || schemas.body(endpoint).is_some(), "{}", endpoint.name);
        }
    }

    /// Every mutation of an article can be sent over REST, too.
    #[test]
    fn every_mutation_of_an_article_has_an_endpoint() {
        let schemas = Schemas::new(&crate::graphql::sdl()).unwrap();
        let Some(TypeKind::Object(mutation)) = schemas.definition_of("Mutation").map(|found| &found.kind)
        else {
            panic!("there is no type Mutation");
        };
        let names = mutation.fields.iter().map(|field| field.node.name.node.as_str());
        for name in names.filter(|name| name.starts_with("article")) {
            let field = format!("result: {name}(");
            assert!(write::ENDPOINTS.iter().any(|endpoint| endpoint.document.contains(&field)), "{name}");
        }
    }

    /// The schemas rely on it.
    #[test]
    fn a_fragment_stands_alone() {
        fn check(set: &SelectionSet) {
            for item in &set.items {
                match &item.node {
                    Selection::Field(field) => check(&field.node.selection_set.node),
                    Selection::FragmentSpread(_) => assert_eq!(set.items.len(), 1, "{set:?}"),
                    Selection::InlineFragment(_) => panic!("{set:?}"),
                }
            }
        }
        for endpoint in &ENDPOINTS {
            let document = async_graphql::parser::parse_query(endpoint.document).unwrap();
            document.operations.iter().for_each(|(_, operation)| check(&operation.node.selection_set.node));
            document.fragments.values().for_each(|fragment| check(&fragment.node.selection_set.node));
        }
    }
}
