//! Converts types of the GraphQL schema to JSON schemas.

use std::collections::BTreeMap;

use async_graphql::Positioned;
use async_graphql::parser::types::{
    BaseType, ExecutableDocument, Field, FieldDefinition, Selection, SelectionSet, ServiceDocument, Type,
    TypeDefinition, TypeKind, TypeSystemDefinition,
};
use serde_json::{Map, Value, json};

/// Collects named schemas.
pub(super) struct Schemas {
    pub(super) graph: ServiceDocument,
    /// The schemas by name: one for each fragment of the documents and each input object.
    pub(super) components: BTreeMap<String, Value>,
}

/// The properties of an object, and the names of those that are always present.
#[derive(Default)]
pub(super) struct Properties {
    pub(super) properties: Map<String, Value>,
    pub(super) required: Vec<Value>,
}

impl Schemas {
    /// Reads a GraphQL schema in the schema definition language. Returns `None` if it is invalid.
    pub(crate) fn new(sdl: &str) -> Option<Self> {
        let graph = async_graphql::parser::parse_schema(sdl).ok()?;
        Some(Self { graph, components: BTreeMap::new() })
    }

    /// Returns a reference to the schema of an input object.
    pub(super) fn input(&mut self, name: &str) -> Option<Value> {
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
    pub(super) fn input_value(&mut self, ty: &Type) -> Option<Value> {
        let schema = match &ty.base {
            BaseType::List(of) => json!({"type": "array", "items": self.input_value(of)?}),
            BaseType::Named(name) => match &self.definition_of(name).map(|found| &found.kind) {
                Some(TypeKind::InputObject(_)) => self.input(name)?,
                _ if name == "Int" => {
                    json!({"type": "integer", "minimum": i32::MIN, "maximum": i32::MAX})
                }
                _ => self.leaf(name)?,
            },
        };
        Some(if ty.nullable { or_null(schema) } else { schema })
    }

    /// Adds the fields of a connection.
    pub(super) fn connection(
        &mut self,
        document: &ExecutableDocument,
        list: &Field,
        answer: &mut Properties,
    ) -> Option<()> {
        let connection = self.type_of("Query", &list.name.node)?;
        for field in fields(document, &list.selection_set.node) {
            let schema = self.field(document, &connection, field)?;
            if field.name.node == "nodes" { answer.add(list, schema) } else { answer.add(field, schema) }
        }
        Some(())
    }

    /// Returns the schema of a field of a type.
    pub(super) fn field(&mut self, document: &ExecutableDocument, of: &str, field: &Field) -> Option<Value> {
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
        for field in fields(document, selected) {
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

    pub(super) fn definition_of(&self, name: &str) -> Option<&TypeDefinition> {
        self.graph.definitions.iter().find_map(|definition| match definition {
            TypeSystemDefinition::Type(found) if found.node.name.node == name => Some(&found.node),
            _ => None,
        })
    }

    /// Returns the name of the type of a field.
    pub(super) fn type_of(&self, of: &str, field: &str) -> Option<String> {
        self.definition(of, field).map(|found| name_of(&found.ty.node).to_owned())
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
    pub(super) fn add(&mut self, field: &Field, schema: Value) {
        let name = field.response_key().node.as_str();
        if field.directives.is_empty() {
            self.required.push(name.into());
        }
        self.properties.insert(name.to_owned(), schema);
    }

    pub(super) fn schema(self, description: Option<String>) -> Value {
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

/// Returns the fields of a selection. The fields of its fragments are in the places of their spreads.
pub(super) fn fields<'a>(document: &'a ExecutableDocument, selected: &'a SelectionSet) -> Vec<&'a Field> {
    let of_item = |item: &'a Positioned<Selection>| match &item.node {
        Selection::Field(field) => vec![&field.node],
        Selection::FragmentSpread(spread) => document
            .fragments
            .get(&spread.node.fragment_name.node)
            .map(|fragment| fields(document, &fragment.node.selection_set.node))
            .unwrap_or_default(),
        Selection::InlineFragment(fragment) => fields(document, &fragment.node.selection_set.node),
    };
    selected.items.iter().flat_map(of_item).collect()
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

pub(super) fn not_null(mut schema: Value) -> Value {
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
