//! The cost of introspection. The answers are known in advance, so the selections of a document are followed
//! through them without executing anything.

use std::collections::HashMap;

use async_graphql_value::ConstValue;
use serde_json::Value;

/// The schema, as introspection describes it.
#[derive(Debug, Default)]
pub(crate) struct Introspection {
    places: Vec<Place>,
    schema: usize,
    types: HashMap<String, usize>,
}

/// An object of introspection.
#[derive(Debug, Default)]
struct Place {
    /// The lengths of its values in bytes, by field.
    values: HashMap<String, u64>,
    /// Other objects, by the field that leads to them.
    links: HashMap<String, Vec<usize>>,
}

/// The estimated length of any other value, such as an enum value or null, in bytes.
const VALUE: u64 = 8;

impl Introspection {
    /// The query whose answer [`Self::of`] needs.
    pub(crate) const DOCUMENT: &'static str = "{
        __schema {
            description queryType { name } mutationType { name } subscriptionType { name }
            types {
                kind name description specifiedByURL possibleTypes { name } interfaces { name }
                enumValues(includeDeprecated: true) { name description deprecationReason }
                fields(includeDeprecated: true) {
                    name description deprecationReason type { ...T } args(includeDeprecated: true) { ...I }
                }
                inputFields(includeDeprecated: true) { ...I }
            }
            directives { name description locations args(includeDeprecated: true) { ...I } }
        }
    }
    fragment I on __InputValue { name description defaultValue deprecationReason type { ...T } }
    fragment T on __Type {
        kind name ofType { kind name ofType { kind name ofType { kind name ofType { kind name ofType { kind name } } } } }
    }";

    /// Reads the schema from the answer to [`Self::DOCUMENT`].
    pub(crate) fn of(data: &Value) -> Self {
        let schema = &data["__schema"];
        let mut known = Self::default();
        for ty in schema["types"].as_array().into_iter().flatten() {
            let place = known.add(Place::default());
            known.types.insert(ty["name"].as_str().unwrap_or_default().to_owned(), place);
        }
        for ty in schema["types"].as_array().into_iter().flatten() {
            let place = known.fill(ty);
            if let Some(own) = known.named(ty) {
                known.places[own] = place;
            }
        }
        let place = known.fill(schema);
        known.schema = known.add(place);
        known
    }

    /// Returns the object to which a root field leads.
    pub(super) fn start(&self, field: &str, name: Option<&ConstValue>) -> Option<usize> {
        match (field, name) {
            ("__schema", _) => Some(self.schema),
            ("__type", Some(ConstValue::String(name))) => self.types.get(name).copied(),
            _ => None,
        }
    }

    /// Returns the length of the value of a field, in bytes.
    pub(super) fn value(&self, place: usize, field: &str) -> u64 {
        self.places[place].values.get(field).copied().unwrap_or(VALUE)
    }

    /// Returns the objects to which a field leads. There are none if it leads to a value.
    pub(super) fn links(&self, place: usize, field: &str) -> &[usize] {
        self.places[place].links.get(field).map_or(&[], Vec::as_slice)
    }

    fn add(&mut self, place: Place) -> usize {
        self.places.push(place);
        self.places.len() - 1
    }

    /// Returns the named type to which an object refers.
    fn named(&self, object: &Value) -> Option<usize> {
        self.types.get(object["name"].as_str()?).copied()
    }

    fn fill(&mut self, object: &Value) -> Place {
        let mut place = Place::default();
        for (field, value) in object.as_object().into_iter().flatten() {
            match value {
                Value::Object(_) => {
                    let link = self.link(value);
                    place.links.insert(field.clone(), vec![link]);
                }
                Value::Array(entries) if entries.iter().any(Value::is_object) => {
                    let links = entries.iter().map(|entry| self.link(entry)).collect();
                    place.links.insert(field.clone(), links);
                }
                value => {
                    place.values.insert(field.clone(), value.to_string().len() as u64);
                }
            }
        }
        place
    }

    fn link(&mut self, object: &Value) -> usize {
        // Fields, arguments and directives have other members than a reference to a type.
        let is_reference = object.as_object().is_some_and(|object| {
            object.keys().all(|key| ["kind", "name", "ofType"].contains(&key.as_str()))
        });
        if is_reference && let Some(named) = self.named(object) {
            return named;
        }
        let place = self.fill(object);
        self.add(place)
    }
}
