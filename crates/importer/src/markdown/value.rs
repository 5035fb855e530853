//! The tree of front matter, with line numbers, for both YAML and TOML.

use std::collections::HashMap;

use crate::markdown::keys::normalised;

/// A value with its line.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Node {
    /// The line in the file, from 1.
    pub(crate) line: u32,
    pub(crate) value: Value,
}

/// A value. Scalars keep their source text: `1.10` stays `1.10`. A date is parsed only where a field needs one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Value {
    Null,
    /// `plain` is false when quotes or a block style mark the value as text.
    Scalar {
        text: String,
        plain: bool,
    },
    List(Vec<Node>),
    Map(Map),
}

/// A map with its entries in the order of the file.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(crate) struct Map {
    entries: Vec<(String, Node)>,
    /// The index of the entry for each normalised key; the first entry counts when two keys are equal.
    index: HashMap<String, usize>,
}

impl Map {
    pub(crate) fn new(entries: Vec<(String, Node)>) -> Self {
        let mut index = HashMap::with_capacity(entries.len());
        for (at, (key, _)) in entries.iter().enumerate() {
            index.entry(normalised(key)).or_insert(at);
        }
        Self { entries, index }
    }

    /// Returns the value at a key, or at a path of keys separated by dots, with the key as written.
    pub(crate) fn get(&self, path: &str) -> Option<(&str, &Node)> {
        if let Some(at) = self.index.get(&normalised(path)) {
            return self.entries.get(*at).map(|(key, node)| (key.as_str(), node));
        }
        let (first, rest) = path.split_once('.')?;
        let (_, node) = self.entries.get(*self.index.get(&normalised(first))?)?;
        match &node.value {
            Value::Map(map) => map.get(rest),
            _ => None,
        }
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.entries.is_empty()
    }
}

impl Node {
    /// Returns the text of a scalar, unless it is blank.
    pub(crate) fn text(&self) -> Option<&str> {
        match &self.value {
            Value::Scalar { text, .. } if !text.trim().is_empty() => Some(text),
            _ => None,
        }
    }

    /// Returns the value of a plain `true` or `false`, including YAML 1.1's `yes`, `no`, `on` and `off`.
    pub(crate) fn boolean(&self) -> Option<bool> {
        match &self.value {
            Value::Scalar { text, plain: true } => match text.to_ascii_lowercase().as_str() {
                "true" | "yes" | "on" => Some(true),
                "false" | "no" | "off" => Some(false),
                _ => None,
            },
            _ => None,
        }
    }

    /// Whether the value counts as missing: null, blank text, an empty list or map, or a plain `false`.
    pub(crate) fn is_empty(&self) -> bool {
        match &self.value {
            Value::Null => true,
            Value::Scalar { text, .. } => text.trim().is_empty() || self.boolean() == Some(false),
            Value::List(items) => items.iter().all(Node::is_empty),
            Value::Map(map) => map.is_empty(),
        }
    }
}
