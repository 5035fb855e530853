//! Values of arguments.

use std::fmt::Write as _;

use serde_json::{Map, Value};

/// A value in GraphQL syntax.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Literal {
    Null,
    Int(i64),
    Bool(bool),
    Enum(String),
    Text(String),
    List(Vec<Literal>),
    Object(Vec<(String, Literal)>),
}

impl Literal {
    /// Appends the value to a document.
    pub(crate) fn write(&self, document: &mut String) {
        match self {
            Self::Null => document.push_str("null"),
            Self::Int(number) => {
                // Writing to a string does not fail.
                let _ = write!(document, "{number}");
            }
            Self::Bool(value) => document.push_str(if *value { "true" } else { "false" }),
            Self::Enum(name) => document.push_str(name),
            Self::Text(text) => document.push_str(&Value::from(text.as_str()).to_string()),
            Self::List(entries) => {
                document.push('[');
                for (place, entry) in entries.iter().enumerate() {
                    if place > 0 {
                        document.push(',');
                    }
                    entry.write(document);
                }
                document.push(']');
            }
            Self::Object(fields) => {
                document.push('{');
                for (place, (name, value)) in fields.iter().enumerate() {
                    if place > 0 {
                        document.push(',');
                    }
                    document.push_str(name);
                    document.push(':');
                    value.write(document);
                }
                document.push('}');
            }
        }
    }

    /// Returns the value as JSON, for a variable.
    pub(crate) fn json(&self) -> Value {
        match self {
            Self::Null => Value::Null,
            Self::Int(number) => Value::from(*number),
            Self::Bool(value) => Value::from(*value),
            Self::Enum(text) | Self::Text(text) => Value::from(text.as_str()),
            Self::List(entries) => entries.iter().map(Self::json).collect(),
            Self::Object(fields) => Value::Object(
                fields.iter().map(|(name, value)| (name.clone(), value.json())).collect::<Map<_, _>>(),
            ),
        }
    }

    /// Returns the number of values in it.
    pub(crate) fn size(&self) -> usize {
        1 + match self {
            Self::List(entries) => entries.iter().map(Self::size).sum(),
            Self::Object(fields) => fields.iter().map(|(_, value)| value.size()).sum(),
            _ => 0,
        }
    }

    /// Removes about half: half of the entries of the longest list, or half of the fields of the first object. Returns
    /// whether it removed anything.
    pub(crate) fn halve(&mut self) -> bool {
        match self {
            Self::List(entries) if entries.len() > 1 => {
                entries.truncate(entries.len() / 2);
                true
            }
            Self::List(entries) => entries.iter_mut().any(Self::halve),
            Self::Object(fields) => {
                let largest = fields.iter_mut().max_by_key(|(_, value)| value.size());
                if largest.is_some_and(|(_, value)| value.halve()) {
                    return true;
                }
                let is_long = fields.len() > 1;
                if is_long {
                    fields.truncate(fields.len() / 2);
                }
                is_long
            }
            _ => false,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_value_is_written_in_a_document_and_as_json() {
        let list = Literal::List(vec![Literal::Text("a\"b".to_owned()), Literal::Int(-1), Literal::Null]);
        let fields = vec![("x".to_owned(), list), ("y".to_owned(), Literal::Enum("ASC".to_owned()))];
        let mut value = Literal::Object(fields);
        let mut text = String::new();
        value.write(&mut text);
        assert_eq!(text, r#"{x:["a\"b",-1,null],y:ASC}"#);
        assert_eq!(value.json().to_string(), r#"{"x":["a\"b",-1,null],"y":"ASC"}"#);
        assert_eq!(value.size(), 6);
        assert!(value.halve());
        assert_eq!(value.size(), 4);
    }
}
