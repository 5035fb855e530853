//! JSON that keeps the order of its fields, for snapshots.

use std::fmt;

use serde::de::{Deserialize, Deserializer, Error, MapAccess, SeqAccess, Visitor};

/// JSON that keeps the order of its fields.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Json {
    /// A scalar, as JSON text.
    Scalar(String),
    List(Vec<Json>),
    Object(Vec<(String, Json)>),
}

/// Fields whose values differ between test runs.
const VARYING: [&str; 9] =
    ["cursor", "startCursor", "endCursor", "requestId", "at", "mark", "createdAt", "revokedAt", "actor"];
/// The maximum length of a line.
const WIDTH: usize = 100;

impl Json {
    /// Replaces values that differ between test runs by `…`.
    pub(crate) fn elided(self) -> Self {
        match self {
            Self::Scalar(text) => Self::Scalar(without_ids(&text)),
            Self::List(entries) => Self::List(entries.into_iter().map(Self::elided).collect()),
            Self::Object(fields) => Self::Object(
                fields
                    .into_iter()
                    .map(|(name, value)| {
                        let is_varying =
                            VARYING.contains(&name.as_str()) && value != Self::Scalar("null".into());
                        let value = if is_varying { Self::Scalar("\"…\"".into()) } else { value.elided() };
                        (name, value)
                    })
                    .collect(),
            ),
        }
    }

    fn write(&self, out: &mut String, indent: usize) {
        let flat = self.flat();
        let (open, close, entries): (_, _, Vec<(String, &Self)>) = match self {
            Self::Scalar(text) => return out.push_str(text),
            _ if flat.chars().count() + indent <= WIDTH => return out.push_str(&flat),
            Self::List(entries) => ('[', ']', entries.iter().map(|entry| (String::new(), entry)).collect()),
            Self::Object(fields) => {
                ('{', '}', fields.iter().map(|(name, value)| (format!("{name:?}: "), value)).collect())
            }
        };
        out.push(open);
        let last = entries.len().saturating_sub(1);
        for (place, (name, entry)) in entries.into_iter().enumerate() {
            out.push('\n');
            out.push_str(&" ".repeat(indent + 2));
            out.push_str(&name);
            entry.write(out, indent + 2);
            if place < last {
                out.push(',');
            }
        }
        out.push('\n');
        out.push_str(&" ".repeat(indent));
        out.push(close);
    }

    fn flat(&self) -> String {
        match self {
            Self::Scalar(text) => text.clone(),
            Self::List(entries) => {
                format!("[{}]", entries.iter().map(Self::flat).collect::<Vec<_>>().join(", "))
            }
            Self::Object(fields) if fields.is_empty() => "{}".to_owned(),
            Self::Object(fields) => {
                let fields = fields.iter().map(|(name, value)| format!("{name:?}: {}", value.flat()));
                format!("{{{}}}", fields.collect::<Vec<_>>().join(", "))
            }
        }
    }
}

impl fmt::Display for Json {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut out = String::new();
        self.write(&mut out, 0);
        f.write_str(&out)
    }
}

/// Replaces ids: `article_01ja…` becomes `article_…`.
fn without_ids(text: &str) -> String {
    let mut text = text.to_owned();
    for kind in ["article_", "author_", "desk_", "tag_", "topic_", "key_", "preview_"] {
        let mut from = 0;
        while let Some(at) = text[from..].find(kind).map(|at| from + at + kind.len()) {
            let id: String = text[at..].chars().take_while(char::is_ascii_alphanumeric).collect();
            if id.len() == 26 {
                text.replace_range(at..at + 26, "…");
            }
            from = at;
        }
    }
    text
}

impl<'de> Deserialize<'de> for Json {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(JsonVisitor)
    }
}

struct JsonVisitor;

impl<'de> Visitor<'de> for JsonVisitor {
    type Value = Json;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("JSON")
    }

    fn visit_unit<E: Error>(self) -> Result<Json, E> {
        Ok(Json::Scalar("null".to_owned()))
    }

    fn visit_bool<E: Error>(self, value: bool) -> Result<Json, E> {
        Ok(Json::Scalar(value.to_string()))
    }

    fn visit_i64<E: Error>(self, value: i64) -> Result<Json, E> {
        Ok(Json::Scalar(value.to_string()))
    }

    fn visit_u64<E: Error>(self, value: u64) -> Result<Json, E> {
        Ok(Json::Scalar(value.to_string()))
    }

    fn visit_f64<E: Error>(self, value: f64) -> Result<Json, E> {
        Ok(Json::Scalar(value.to_string()))
    }

    fn visit_str<E: Error>(self, value: &str) -> Result<Json, E> {
        serde_json::to_string(value).map(Json::Scalar).map_err(E::custom)
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<Json, A::Error> {
        let mut entries = Vec::new();
        while let Some(entry) = list.next_element()? {
            entries.push(entry);
        }
        Ok(Json::List(entries))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Json, A::Error> {
        let mut fields = Vec::new();
        while let Some(field) = map.next_entry()? {
            fields.push(field);
        }
        Ok(Json::Object(fields))
    }
}
