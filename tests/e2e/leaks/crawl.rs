//! Documents that request every public field, generated from the introspection of the schema.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use super::plant::Planted;
use crate::support::Client;

const INTROSPECTION: &str = "{ __schema { types {
    name kind possibleTypes { name }
    fields { name description args { name defaultValue type { ...T } } type { ...T } }
} } }
fragment T on __Type { kind name ofType { kind name ofType { kind name ofType { kind name } } } }";

/// The depth of selections. Deeper fields have the same types again.
const DEPTH: usize = 7;

/// The introspection of the schema.
pub(super) struct Crawl {
    types: BTreeMap<String, Value>,
}

impl Crawl {
    /// The name of a type without list and non-null wrappers.
    pub(super) fn bare(mut kind: &Value) -> &str {
        while !kind["ofType"].is_null() {
            kind = &kind["ofType"];
        }
        kind["name"].as_str().unwrap()
    }

    /// The selection of a field, with its required arguments.
    pub(super) fn selected(field: &Value) -> String {
        let name = field["name"].as_str().unwrap();
        let arguments: Vec<_> = required(field)
            .map(|argument| {
                assert_eq!(
                    Self::bare(&argument["type"]),
                    "Int",
                    "`{name}` needs {argument}: add a value for it here"
                );
                format!("{}: 1", argument["name"].as_str().unwrap())
            })
            .collect();
        if arguments.is_empty() { name.to_owned() } else { format!("{name}({})", arguments.join(", ")) }
    }

    pub(super) fn of(reader: &Client) -> Self {
        let data = reader.data(INTROSPECTION);
        let types = data["__schema"]["types"].as_array().unwrap();
        Self {
            types: types
                .iter()
                .map(|kind| (kind["name"].as_str().unwrap().to_owned(), kind.clone()))
                .collect(),
        }
    }

    /// One document for each field of `Query` that needs no key, and for each way to request it.
    pub(super) fn documents(&self, planted: &Planted) -> Vec<String> {
        let mut documents = Vec::new();
        for field in self.fields("Query") {
            let name = field["name"].as_str().unwrap();
            if field["description"].as_str().unwrap_or_default().contains("Scope: ") {
                continue;
            }
            for arguments in arguments(field, planted) {
                let kind = Self::bare(&field["type"]);
                // Each document has only a few fields, because the cost of a list multiplies the cost of its fields.
                for part in self.parts(kind) {
                    documents.push(format!("{{ {name}{arguments} {part} }}"));
                }
            }
        }
        documents
    }

    pub(super) fn fields(&self, kind: &str) -> impl Iterator<Item = &Value> {
        self.types[kind]["fields"].as_array().into_iter().flatten()
    }

    pub(super) fn is_leaf(&self, kind: &str) -> bool {
        matches!(self.types[kind]["kind"].as_str(), Some("SCALAR" | "ENUM"))
    }

    /// Selections of a type: one for each composite field, and one for all scalar fields.
    fn parts(&self, kind: &str) -> Vec<String> {
        if self.is_leaf(kind) {
            return vec![String::new()];
        }
        let mut parts = Vec::new();
        // `node` finds an article at the desk only for keys that can read drafts.
        for possible in self.possible(kind).into_iter().filter(|possible| possible != "DeskArticle") {
            let (leaves, others): (Vec<_>, Vec<_>) =
                self.fields(&possible).partition(|field| self.is_leaf(Self::bare(&field["type"])));
            let leaves: Vec<_> =
                leaves.into_iter().map(|field| self.field(field, 1, &mut Vec::new())).collect();
            let on = |inner: &str| {
                if possible == kind {
                    format!("{{ __typename {inner} }}")
                } else {
                    format!("{{ __typename ... on {possible} {{ {inner} }} }}")
                }
            };
            parts.push(on(&leaves.join(" ")));
            parts.extend(
                others.into_iter().map(|field| on(&self.field(field, DEPTH, &mut vec![possible.clone()]))),
            );
        }
        parts
    }

    /// The possible object types of a type.
    pub(super) fn possible(&self, kind: &str) -> Vec<String> {
        let possible = self.types[kind]["possibleTypes"].as_array();
        match possible {
            Some(list) => list.iter().map(|kind| kind["name"].as_str().unwrap().to_owned()).collect(),
            None => vec![kind.to_owned()],
        }
    }

    /// A field with all fields below it, down to a depth. A type within itself is expanded once.
    fn field(&self, field: &Value, depth: usize, above: &mut Vec<String>) -> String {
        let (name, kind) = (Self::selected(field), Self::bare(&field["type"]));
        if self.is_leaf(kind) {
            return name;
        }
        if depth == 0 || above.iter().filter(|known| *known == kind).count() > 1 {
            return String::new();
        }
        above.push(kind.to_owned());
        let inner: Vec<_> = self
            .possible(kind)
            .iter()
            .flat_map(|possible| {
                self.fields(possible).map(|field| self.field(field, depth - 1, above)).collect::<Vec<_>>()
            })
            .filter(|text| !text.is_empty())
            .collect();
        above.pop();
        format!("{name} {{ __typename {} }}", inner.join(" "))
    }
}

/// The required arguments of a field.
fn required(field: &Value) -> impl Iterator<Item = &Value> {
    let arguments = field["args"].as_array().into_iter().flatten();
    arguments.filter(|argument| argument["type"]["kind"] == "NON_NULL" && argument["defaultValue"].is_null())
}

/// The ways to request a field: with each possible value of its required arguments.
fn arguments(field: &Value, planted: &Planted) -> Vec<String> {
    let arguments: Vec<&Value> = field["args"].as_array().unwrap().iter().collect();
    let named = |name: &str| arguments.iter().any(|argument| argument["name"] == name);
    let slugs = planted.slugs.iter().map(String::as_str).chain(["shown", "hidden"]);
    let text = |value: &str| json!(value).to_string();
    let mut ways: Vec<String> = match required(field)
        .next()
        .map(|argument| argument["name"].as_str().unwrap())
    {
        None if named("last") => vec!["(first: 8)".to_owned(), "(last: 8)".to_owned()],
        None if named("first") => vec!["(first: 8)".to_owned()],
        // One of the two is needed.
        None if named("slug") && named("path") => slugs
            .flat_map(|slug| {
                [format!("(slug: {})", text(slug)), format!("(path: {})", text(&format!("/old/{slug}")))]
            })
            .collect(),
        None => vec![String::new()],
        Some("slug") => slugs.map(|slug| format!("(slug: {})", text(slug))).collect(),
        Some("id") => planted.ids.iter().map(|id| format!("(id: {})", text(id))).collect(),
        Some("ids") => {
            vec![format!("(ids: [{}])", planted.ids.iter().map(|id| text(id)).collect::<Vec<_>>().join(", "))]
        }
        Some("by") => slugs.map(|slug| format!("(by: {{ slug: {} }})", text(slug))).collect(),
        Some(other) => panic!("`{}` needs `{other}`: add a value for it here", field["name"]),
    };
    if named("orderBy") {
        ways.push(r#"(first: 8, orderBy: { field: %, direction: ASC })"#.replace(
            '%',
            match field["name"].as_str() {
                Some("articles") => "UPDATED_AT",
                _ => "NAME",
            },
        ));
    }
    ways
}
