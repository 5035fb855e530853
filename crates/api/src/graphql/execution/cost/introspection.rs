//! What questions about the schema cost. Its answers are known beforehand, so that what is asked is walked through them,
//! without anything being answered.

use std::collections::HashMap;

use async_graphql_value::ConstValue;
use serde_json::Value;

/// The schema, as introspection tells of it.
#[derive(Debug, Default)]
pub(crate) struct Introspection {
    places: Vec<Place>,
    schema: usize,
    types: HashMap<String, usize>,
}

/// An object of introspection.
#[derive(Debug, Default)]
struct Place {
    /// How many bytes its values have, by the name of the field.
    values: HashMap<String, u64>,
    /// Other objects, by the name of the field that leads to them.
    links: HashMap<String, Vec<usize>>,
}

/// What a value has that is not told here: a word, or null.
const VALUE: u64 = 8;

impl Introspection {
    /// What [`Self::of`] needs to know.
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

    /// The schema that the answer to [`Self::DOCUMENT`] describes.
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

    /// The object that a field at the top of a query leads to.
    pub(super) fn start(&self, field: &str, name: Option<&ConstValue>) -> Option<usize> {
        match (field, name) {
            ("__schema", _) => Some(self.schema),
            ("__type", Some(ConstValue::String(name))) => self.types.get(name).copied(),
            _ => None,
        }
    }

    /// How many bytes the value of a field has.
    pub(super) fn value(&self, place: usize, field: &str) -> u64 {
        self.places[place].values.get(field).copied().unwrap_or(VALUE)
    }

    /// The objects that a field leads to; nothing when it leads to a value.
    pub(super) fn links(&self, place: usize, field: &str) -> &[usize] {
        self.places[place].links.get(field).map_or(&[], Vec::as_slice)
    }

    fn add(&mut self, place: Place) -> usize {
        self.places.push(place);
        self.places.len() - 1
    }

    /// The named type that an object stands for.
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
        // Fields, arguments and directives have other fields than a reference to a type.
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
