//! Describes parameters.

use domain::Slug;
use serde_json::{Value, json};

use super::super::read::endpoint::{Parameter, ParameterKind};
use super::super::read::query_string::{MAX_LENGTH, MAX_VALUES};
use crate::at_least;
use crate::visibility::PREVIEW_PARAMETER;

/// The form of the id of an article.
const ARTICLE_ID: &str = "(article|desk)_[0-7][0-9a-hjkmnp-tv-z]{25}";

/// Describes the slug in a path.
pub(super) fn slug_in_path() -> Value {
    in_path("slug", "The slug.", &json!({"type": "string", "minLength": 1, "maxLength": Slug::MAX}))
}

/// Describes the slug or id of an article in a path. Slugs have no `_`, and all ids have one.
pub(super) fn slug_or_id_in_path() -> Value {
    let pattern = format!("^([^_]+|{ARTICLE_ID})$");
    let schema = json!({"type": "string", "minLength": 1, "maxLength": Slug::MAX, "pattern": pattern});
    in_path("id", "The slug or the id.", &schema)
}

/// Describes the id of an article in a path.
pub(super) fn id_in_path() -> Value {
    let description =
        "The id of the article: the one at the desk (`desk_…`) or the one that readers see (`article_…`).";
    in_path("id", description, &article_id())
}

fn article_id() -> Value {
    json!({"type": "string", "pattern": format!("^{ARTICLE_ID}$"), "minLength": 31, "maxLength": 34})
}

fn in_path(name: &str, description: &str, schema: &Value) -> Value {
    json!({"name": name, "in": "path", "required": true, "description": description, "schema": schema})
}

/// Describes a parameter of the query string.
pub(super) fn in_query(parameter: &Parameter) -> Value {
    let Parameter { name, kind, argument: _, description, default, needs, is_required } = parameter;
    let list =
        |schema: Value| json!({"type": "array", "items": schema, "minItems": 1, "maxItems": MAX_VALUES});
    let mut schema = match kind {
        ParameterKind::Slugs => {
            list(json!({"type": "string", "minLength": 1, "maxLength": Slug::MAX, "pattern": Slug::PATTERN}))
        }
        ParameterKind::Ids => list(article_id()),
        ParameterKind::Edition => edition(),
        ParameterKind::Text(max) => json!({"type": "string", "minLength": 1, "maxLength": max}),
        ParameterKind::Locale => json!({
            "type": "string",
            "pattern": "^([A-Za-z]{2,3}|[A-Za-z]{5,8})([-_][A-Za-z]{4})?([-_]([A-Za-z]{2}|[0-9]{3}))?$",
            "minLength": 2,
            "maxLength": 35,
            "examples": ["en", "en-US"],
        }),
        ParameterKind::Cursor => {
            json!({"type": "string", "minLength": 1, "maxLength": MAX_LENGTH, "pattern": "^[A-Za-z0-9_-]+$"})
        }
        ParameterKind::Instant => {
            json!({
                "type": "string",
                "anyOf": [{"format": "date-time"}, {"format": "date"}],
                "minLength": 10,
                "maxLength": 100,
                "examples": ["2024-01-01T00:00:00Z", "2024-01-01"],
            })
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
    let mut described = json!({"name": name, "in": "query", "description": description, "schema": schema});
    if *is_required {
        described["required"] = true.into();
    }
    described
}

/// The schema of an edition, in the format of the header `Edition`.
fn edition() -> Value {
    json!({
        "type": "string",
        "pattern": "^[0-9]{1,18}(; ?mark=[a-p][a-z2-7]{12})?$",
        "minLength": 1,
        "maxLength": 40,
    })
}

/// The parameters of all endpoints that read public content: the required edition, and the preview.
pub(super) fn of_every_endpoint() -> Value {
    let parameter = |name: &str, place: &str, description: &str| {
        json!({
            "name": name,
            "in": place,
            "description": description,
            "schema": edition(),
            "example": "0",
        })
    };
    let preview = |name: &str, place: &str| {
        json!({
            "name": name,
            "in": place,
            "description": "The token of a preview link: the answer shows what the link shows, and nobody may cache it.",
            "schema": {"type": "string", "minLength": 1, "maxLength": 200, "pattern": "^[A-Za-z0-9_-]+$"},
        })
    };
    let wanted = "Waits until this node knows the edition with this number, or this number and mark, in the format of the header \
                  `Edition`: `100`, or `100;mark=c5ujmnomdtrvk`.";
    json!({
        "EditionAtLeast": parameter(
            at_least::PARAMETER,
            "query",
            &format!("{wanted} As part of the URL, it is respected by caches."),
        ),
        "EditionAtLeastHeader": parameter("Edition-At-Least", "header", wanted),
        "Preview": preview(PREVIEW_PARAMETER, "query"),
        "PreviewHeader": preview("X-Preview", "header"),
    })
}
