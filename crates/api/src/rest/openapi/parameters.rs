//! Describes parameters.

use serde_json::{Value, json};

use super::super::read::endpoint::{Parameter, ParameterKind};
use crate::at_least;

/// Describes the part of a path that varies.
pub(super) fn in_path(name: &str, description: &str) -> Value {
    json!({
        "name": name,
        "in": "path",
        "required": true,
        "description": description,
        "schema": {"type": "string", "minLength": 1},
    })
}

/// Describes a parameter of the query string.
pub(super) fn in_query(parameter: &Parameter) -> Value {
    let Parameter { name, kind, argument: _, description, default, needs } = parameter;
    let list = |schema: Value| json!({"type": "array", "items": schema, "minItems": 1});
    let mut schema = match kind {
        ParameterKind::Slugs => list(json!({"type": "string"})),
        ParameterKind::Text => json!({"type": "string"}),
        ParameterKind::Instant => {
            json!({"type": "string", "format": "date-time", "examples": ["2024-01-01T00:00:00Z"]})
        }
        ParameterKind::Number(min, max) => json!({"type": "integer", "minimum": min, "maximum": max}),
        ParameterKind::Flag | ParameterKind::Negated => json!({"type": "boolean"}),
        ParameterKind::Order(fields) => {
            let words: Vec<_> =
                fields.iter().flat_map(|(word, _)| [(*word).to_owned(), format!("-{word}")]).collect();
            json!({"type": "string", "enum": words})
        }
        ParameterKind::Include(parts) => {
            let words: Vec<_> = parts.iter().map(|(word, _)| *word).collect();
            list(json!({"type": "string", "enum": words}))
        }
    };
    if let Some(default) = default {
        schema["default"] = match kind {
            // Numbers and booleans are written as in JSON.
            ParameterKind::Number(..) | ParameterKind::Flag | ParameterKind::Negated => {
                serde_json::from_str(default).unwrap_or_default()
            }
            _ => (*default).into(),
        };
    }
    let description = match needs {
        Some(other) => format!("{description} Requires `{other}`."),
        None => (*description).to_owned(),
    };
    json!({"name": name, "in": "query", "description": description, "schema": schema})
}

/// The parameters that require an edition.
pub(super) fn minimum_edition() -> Value {
    let parameter = |name: &str, place: &str, description: &str| {
        json!({
            "name": name,
            "in": place,
            "description": description,
            "schema": {"type": "string", "pattern": "^ *[0-9]+ *(; *mark=[a-z0-9]+)? *$"},
            "examples": {"number": {"value": "100"}, "mark": {"value": "100;mark=c5ujmnomdtrvk"}},
        })
    };
    let wanted = "Waits until this node knows the edition with this number, or this number and mark, in the format of the header \
                  `Edition`.";
    json!({
        "EditionAtLeast": parameter(
            at_least::PARAMETER,
            "query",
            &format!("{wanted} As part of the URL, it is respected by caches."),
        ),
        "EditionAtLeastHeader": parameter("Edition-At-Least", "header", wanted),
    })
}
