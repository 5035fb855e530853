//! The types of the server's schema, and the values of its publication.

use std::collections::HashMap;

use serde_json::Value;

use super::literal::Literal;
use super::values::Values;
use crate::failure::{Result, failed};
use crate::random::Random;

/// The maximum depth of generated input objects.
const INPUT_DEPTH: usize = 4;
/// The possible lengths of lists.
const LENGTHS: [usize; 6] = [1, 2, 5, 12, 60, 190];
/// Fields that need a key.
const NEEDS_A_KEY: [&str; 3] = ["desk", "keys", "articleCheck"];

/// The types, and the values for arguments.
pub(crate) struct Grammar {
    types: HashMap<String, Type>,
    query: String,
    pub(crate) values: Values,
}

#[derive(Debug, Default)]
struct Type {
    fields: Vec<Field>,
    inputs: Vec<Input>,
    choices: Vec<String>,
    possible: Vec<String>,
    is_one_of: bool,
}

/// A field of a type.
#[derive(Debug)]
pub(crate) struct Field {
    pub(crate) name: String,
    pub(crate) arguments: Vec<Input>,
    /// The name of the type without list and non-null wrappers.
    pub(crate) ty: String,
}

/// An argument, or a field of an input object.
#[derive(Debug)]
pub(crate) struct Input {
    pub(crate) name: String,
    /// The type in GraphQL syntax, such as `[ID!]!`.
    pub(crate) written: String,
    /// The name of the type without list and non-null wrappers.
    ty: String,
    is_list: bool,
    is_required: bool,
}

impl Grammar {
    /// Reads the answer to `documents::Schema::INTROSPECTION`.
    pub(crate) fn new(introspection: &Value, values: Values) -> Result<Self> {
        let schema = &introspection["data"]["__schema"];
        let (Some(query), Some(types)) = (schema["queryType"]["name"].as_str(), schema["types"].as_array())
        else {
            return failed(format_args!("the server does not describe its schema: {introspection}"));
        };
        let types = types.iter().map(|ty| (text(&ty["name"]), read_type(ty))).collect();
        let mut grammar = Self { types, query: query.to_owned(), values };
        if let Some(root) = grammar.types.get_mut(query) {
            root.fields.retain(|field| !NEEDS_A_KEY.contains(&field.name.as_str()));
            // The query type also has the fields for introspection.
            let meta = |name: &str, ty: &str, arguments| Field {
                name: name.to_owned(),
                ty: ty.to_owned(),
                arguments,
            };
            let by_name = Input {
                name: "name".to_owned(),
                written: "String!".to_owned(),
                ty: "String".to_owned(),
                is_list: false,
                is_required: true,
            };
            root.fields.push(meta("__schema", "__Schema", Vec::new()));
            root.fields.push(meta("__type", "__Type", vec![by_name]));
        }
        Ok(grammar)
    }

    /// The name of the query type.
    pub(crate) fn query(&self) -> &str {
        &self.query
    }

    /// The fields of a type, if it has any.
    pub(crate) fn fields(&self, ty: &str) -> &[Field] {
        self.types.get(ty).map(|ty| ty.fields.as_slice()).unwrap_or_default()
    }

    /// A field of a type.
    pub(crate) fn field(&self, ty: &str, name: &str) -> Option<&Field> {
        self.fields(ty).iter().find(|field| field.name == name)
    }

    /// The possible types of an interface or union.
    pub(crate) fn possible(&self, ty: &str) -> &[String] {
        self.types.get(ty).map(|ty| ty.possible.as_slice()).unwrap_or_default()
    }

    /// The names of all types.
    fn type_names(&self) -> Vec<&String> {
        let mut names: Vec<_> = self.types.keys().collect();
        names.sort();
        names
    }

    /// Generates values for the required arguments of a field, and for some of the others.
    pub(crate) fn arguments(&self, random: &mut Random, field: &Field) -> Vec<(String, String, Literal)> {
        let mut given: Vec<(String, String, Literal)> = Vec::new();
        for input in &field.arguments {
            // `first` and `last` exclude each other, as do `offset` and cursors.
            let has = |name: &str| given.iter().any(|(known, ..)| known == name);
            let excluded = match input.name.as_str() {
                "last" => has("first"),
                "before" => has("after"),
                "offset" => has("last") || has("after") || has("before"),
                _ => false,
            };
            let wanted = input.is_required || random.below(5) < if input.name == "where" { 4 } else { 2 };
            if wanted && !excluded {
                let value = match input.name.as_str() {
                    "after" | "before" => self.values.cursor(random, &field.name, &given),
                    _ => Some(self.value(random, input, &field.name, INPUT_DEPTH)),
                };
                given.extend(value.map(|value| (input.name.clone(), input.written.clone(), value)));
            }
        }
        given
    }

    /// Generates a condition for a filter of this type.
    pub(crate) fn condition(&self, random: &mut Random, written: &str) -> Option<(String, Literal)> {
        let ty = written.trim_matches(|char| "[]!".contains(char));
        let inputs = &self.types.get(ty)?.inputs;
        if inputs.is_empty() {
            return None;
        }
        let input = random.pick(inputs);
        Some((input.name.clone(), self.value(random, input, ty, INPUT_DEPTH)))
    }

    fn value(&self, random: &mut Random, input: &Input, owner: &str, depth: usize) -> Literal {
        if !input.is_list {
            return self.single(random, input, owner, depth);
        }
        let is_deep = self.types.get(&input.ty).is_some_and(|ty| !ty.inputs.is_empty());
        let longest = if is_deep { 3 } else { LENGTHS.len() };
        let length = LENGTHS[random.below(longest)];
        Literal::List((0..length).map(|_| self.single(random, input, owner, depth)).collect())
    }

    fn single(&self, random: &mut Random, input: &Input, owner: &str, depth: usize) -> Literal {
        if input.name == "name" && owner.starts_with("__") {
            let names = self.type_names();
            return Literal::Text((*random.pick(&names)).clone());
        }
        let ty = self.types.get(&input.ty);
        if let Some(ty) = ty.filter(|ty| !ty.choices.is_empty()) {
            return Literal::Enum(random.pick(&ty.choices).clone());
        }
        match ty.filter(|ty| !ty.inputs.is_empty()) {
            Some(ty) => Literal::Object(self.object(random, ty, &input.ty, depth)),
            None => self.values.scalar(random, &input.ty, &input.name, owner),
        }
    }

    fn object(&self, random: &mut Random, ty: &Type, name: &str, depth: usize) -> Vec<(String, Literal)> {
        let is_nested = |input: &Input| input.ty == name;
        let mut fields: Vec<&Input> = if ty.is_one_of {
            vec![random.pick(&ty.inputs)]
        } else {
            let wanted = |input: &&Input| input.is_required || random.below(3) == 0;
            ty.inputs.iter().filter(wanted).collect()
        };
        fields.retain(|input| depth > 0 || input.is_required || !is_nested(input));
        if fields.is_empty() {
            fields.extend(ty.inputs.first());
        }
        let value =
            |input: &Input| (input.name.clone(), self.value(random, input, name, depth.saturating_sub(1)));
        fields.into_iter().map(value).collect()
    }
}

fn read_type(ty: &Value) -> Type {
    let list = |key: &str| ty[key].as_array().map(Vec::as_slice).unwrap_or_default();
    let field = |field: &Value| Field {
        name: text(&field["name"]),
        arguments: field["args"].as_array().into_iter().flatten().map(input).collect(),
        ty: named(&field["type"]),
    };
    Type {
        fields: list("fields").iter().map(field).collect(),
        inputs: list("inputFields").iter().map(input).collect(),
        choices: list("enumValues").iter().map(|value| text(&value["name"])).collect(),
        possible: list("possibleTypes").iter().map(|value| text(&value["name"])).collect(),
        is_one_of: ty["isOneOf"] == true,
    }
}

fn input(input: &Value) -> Input {
    let ty = &input["type"];
    Input {
        name: text(&input["name"]),
        written: written(ty),
        ty: named(ty),
        is_list: written(ty).starts_with('['),
        is_required: ty["kind"] == "NON_NULL" && input["defaultValue"].is_null(),
    }
}

/// Returns the name of a type without list and non-null wrappers.
fn named(ty: &Value) -> String {
    match &ty["ofType"] {
        Value::Null => text(&ty["name"]),
        inner => named(inner),
    }
}

fn written(ty: &Value) -> String {
    match ty["kind"].as_str() {
        Some("NON_NULL") => format!("{}!", written(&ty["ofType"])),
        Some("LIST") => format!("[{}]", written(&ty["ofType"])),
        _ => text(&ty["name"]),
    }
}

fn text(value: &Value) -> String {
    value.as_str().unwrap_or_default().to_owned()
}
