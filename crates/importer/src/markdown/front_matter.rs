//! Reads fields from front matter.

use jiff::Timestamp;

use crate::markdown::article::Refusal;
use crate::markdown::dates;
use crate::markdown::keys::{Field, KeyMap};
use crate::markdown::people;
use crate::markdown::plain;
use crate::markdown::value::{Map, Node, Value};

/// Tables of front matter with further keys: Zola's `[taxonomies]` and `[extra]`, and Hugo's `[params]`.
const TABLES: [&str; 3] = ["taxonomies", "params", "extra"];

/// Front matter, with the mapping from keys to fields.
pub(crate) struct FrontMatter<'a> {
    pub(crate) map: &'a Map,
    pub(crate) keys: &'a KeyMap,
}

impl<'a> FrontMatter<'a> {
    /// Iterates over the values of a field that are not empty, in the order of its keys, with the keys as written. Keys of
    /// the front matter itself come before those of the tables in which Hugo and Zola keep further ones.
    pub(crate) fn nodes(&self, field: Field) -> impl Iterator<Item = (&'a str, &'a Node)> {
        let map = self.map;
        let keys = self.keys.keys(field);
        let direct = keys.iter().filter_map(|key| map.get(key));
        let tables = TABLES.iter().filter_map(|table| match &map.get(table)?.1.value {
            Value::Map(table) => Some(table),
            _ => None,
        });
        let nested = tables.flat_map(move |table| keys.iter().filter_map(move |key| table.get(key)));
        direct.chain(nested).filter(|(_, node)| !node.is_empty())
    }

    /// Returns the first text of a field, as written.
    pub(crate) fn text(&self, field: Field) -> Result<Option<String>, Refusal> {
        let Some((key, node)) = self.nodes(field).next() else {
            return Ok(None);
        };
        match &node.value {
            Value::Scalar { text, .. } => Ok(Some(text.trim().to_owned())),
            _ => {
                let reason = "this must be one line of text, not a list or a map";
                Err(Refusal::new(reason).at(node.line).in_field(key))
            }
        }
    }

    /// Returns the first text of a field as one line of plain text.
    pub(crate) fn line(&self, field: Field) -> Result<Option<String>, Refusal> {
        Ok(self.text(field)?.map(|text| plain::line(&text)).filter(|line| !line.is_empty()))
    }

    /// Returns the first date of a field. Booleans are skipped: Jekyll's `published: false` is not a date.
    pub(crate) fn date(&self, field: Field) -> Result<Option<Timestamp>, Refusal> {
        for (key, node) in self.nodes(field) {
            if node.boolean().is_some() {
                continue;
            }
            let refuse = |reason: String| Refusal::new(reason).at(node.line).in_field(key);
            let text = node
                .text()
                .ok_or_else(|| refuse("this must be a date, for example 2024-05-31".to_owned()))?;
            return dates::parse(text).map(Some).map_err(refuse);
        }
        Ok(None)
    }

    /// Whether the front matter marks a draft: `draft: true`, `published: false` or `status: draft`.
    pub(crate) fn draft(&self) -> Result<bool, Refusal> {
        for (key, node) in self.nodes(Field::Draft) {
            let refusal = || Refusal::new("write `true` or `false`").at(node.line).in_field(key);
            let quoted = node.text().and_then(|text| text.trim().parse::<bool>().ok());
            if node.boolean().or(quoted).ok_or_else(refusal)? {
                return Ok(true);
            }
        }
        let at = |key| self.map.get(key).map(|(_, node)| node);
        let unpublished = at("published").and_then(Node::boolean) == Some(false);
        let status = at("status")
            .and_then(Node::text)
            .is_some_and(|status| status.trim().eq_ignore_ascii_case("draft"));
        Ok(unpublished || status)
    }

    /// Returns the names under all keys of a field, in order, without duplicates. A value can be a list, one name,
    /// names separated by commas, or maps with `name`, `slug` or `title`.
    pub(crate) fn names(&self, field: Field) -> Result<Vec<String>, Refusal> {
        let mut names = Vec::new();
        for (key, node) in self.nodes(field) {
            match &node.value {
                Value::Null => {}
                Value::Scalar { text, .. } if field == Field::Authors => names.extend(people::split(text)),
                Value::Scalar { text, .. } => names.extend(text.split(',').map(str::to_owned)),
                Value::Map(_) => names.extend(name(key, node)?),
                Value::List(items) => {
                    for item in items {
                        names.extend(name(key, item)?);
                    }
                }
            }
        }
        Ok(without_duplicates(names.iter().map(|text| plain::name(text))))
    }

    /// Returns the texts under all keys of a field, without duplicates. A value can be a list or a single text.
    pub(crate) fn texts(&self, field: Field) -> Result<Vec<String>, Refusal> {
        let mut texts = Vec::new();
        for (key, node) in self.nodes(field) {
            let single = std::slice::from_ref(node);
            let items = if let Value::List(items) = &node.value { items } else { single };
            for item in items.iter().filter(|item| !item.is_empty()) {
                let refusal = || Refusal::new("this must be a list of texts").at(item.line).in_field(key);
                texts.push(item.text().ok_or_else(refusal)?.trim().to_owned());
            }
        }
        Ok(without_duplicates(texts.into_iter()))
    }
}

fn name(key: &str, node: &Node) -> Result<Option<String>, Refusal> {
    match &node.value {
        Value::Null => Ok(None),
        Value::Scalar { text, .. } => Ok(Some(text.clone())),
        Value::Map(map) => {
            let known = ["name", "title", "slug", "id"].iter().find_map(|key| map.get(key)?.1.text());
            let refusal = || Refusal::new("this map needs a `name:`").at(node.line).in_field(key);
            known.map(|name| Some(name.to_owned())).ok_or_else(refusal)
        }
        Value::List(_) => {
            Err(Refusal::new("this must be a list of names, not a list of lists").at(node.line).in_field(key))
        }
    }
}

fn without_duplicates(texts: impl Iterator<Item = String>) -> Vec<String> {
    let mut seen = std::collections::HashSet::new();
    texts.filter(|text| !text.is_empty() && seen.insert(text.to_lowercase())).collect()
}
