//! Fields out of front matter.

use jiff::Timestamp;

use crate::markdown::article::Refusal;
use crate::markdown::dates;
use crate::markdown::keys::{Field, KeyMap};
use crate::markdown::people;
use crate::markdown::plain;
use crate::markdown::value::{Map, Node, Value};

/// Front matter, asked by field.
pub(crate) struct FrontMatter<'a> {
    pub(crate) map: &'a Map,
    pub(crate) keys: &'a KeyMap,
}

impl<'a> FrontMatter<'a> {
    /// What the field's keys hold, in their order, with the keys as written; nothing that is empty.
    pub(crate) fn nodes(&self, field: Field) -> impl Iterator<Item = (&'a str, &'a Node)> {
        let map = self.map;
        self.keys.keys(field).iter().filter_map(|key| map.get(key)).filter(|(_, node)| !node.is_empty())
    }

    /// The first non-empty text as written.
    pub(crate) fn text(&self, field: Field) -> Result<Option<String>, Refusal> {
        let Some((key, node)) = self.nodes(field).next() else {
            return Ok(None);
        };
        match &node.value {
            Value::Scalar { text, .. } => Ok(Some(text.trim().to_owned())),
            _ => {
                let reason = "one line of text is wanted here, not a list";
                Err(Refusal::new(reason).at(node.line).in_field(key))
            }
        }
    }

    /// The first non-empty text as one plain line.
    pub(crate) fn line(&self, field: Field) -> Result<Option<String>, Refusal> {
        Ok(self.text(field)?.map(|text| plain::line(&text)).filter(|line| !line.is_empty()))
    }

    /// A date. A plain truth value is skipped: Jekyll's `published: false` is no date.
    pub(crate) fn date(&self, field: Field) -> Result<Option<Timestamp>, Refusal> {
        for (key, node) in self.nodes(field) {
            if node.boolean().is_some() {
                continue;
            }
            let refuse = |reason: String| Refusal::new(reason).at(node.line).in_field(key);
            let text =
                node.text().ok_or_else(|| refuse("a date is wanted here, as in 2024-05-31".to_owned()))?;
            return dates::parse(text).map(Some).map_err(refuse);
        }
        Ok(None)
    }

    /// `draft: true`, `published: false` or `status: draft`.
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

    /// The names under all of the field's keys, each once, in order: a list, a text with commas, one name,
    /// or maps with `name`, `slug` or `title`.
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
        Ok(each_once(names.iter().map(|text| plain::name(text))))
    }

    /// The texts under all of the field's keys, each once: a list or a single text.
    pub(crate) fn texts(&self, field: Field) -> Result<Vec<String>, Refusal> {
        let mut texts = Vec::new();
        for (key, node) in self.nodes(field) {
            let single = std::slice::from_ref(node);
            let items = if let Value::List(items) = &node.value { items } else { single };
            for item in items.iter().filter(|item| !item.is_empty()) {
                let refusal =
                    || Refusal::new("a list of plain texts is wanted here").at(item.line).in_field(key);
                texts.push(item.text().ok_or_else(refusal)?.trim().to_owned());
            }
        }
        Ok(each_once(texts.into_iter()))
    }
}

fn name(key: &str, node: &Node) -> Result<Option<String>, Refusal> {
    match &node.value {
        Value::Null => Ok(None),
        Value::Scalar { text, .. } => Ok(Some(text.clone())),
        Value::Map(map) => {
            let known = ["name", "title", "slug", "id"].iter().find_map(|key| map.get(key)?.1.text());
            let refusal = || Refusal::new("a map needs a `name:` here").at(node.line).in_field(key);
            known.map(|name| Some(name.to_owned())).ok_or_else(refusal)
        }
        Value::List(_) => Err(Refusal::new("a list of names is wanted here, not a list of lists")
            .at(node.line)
            .in_field(key)),
    }
}

fn each_once(texts: impl Iterator<Item = String>) -> Vec<String> {
    let mut seen = std::collections::HashSet::new();
    texts.filter(|text| !text.is_empty() && seen.insert(text.to_lowercase())).collect()
}
