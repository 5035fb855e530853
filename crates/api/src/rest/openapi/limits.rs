//! Adds the limits of content to the schemas of inputs. The GraphQL schema has them only in its descriptions.

use std::collections::BTreeMap;

use domain::{LIMITS, Limits, Slug};
use serde_json::{Value, json};

/// Adds the limits to the schemas of input objects, by their names.
pub(super) fn add(components: &mut BTreeMap<String, Value>) {
    let Limits { title, line, body, url, external_ref, list } = LIMITS;
    let at_most = |max: usize| json!({"maxLength": max});
    let name = json!({"minLength": 1, "maxLength": title, "pattern": "\\S"});
    let entries = json!({"maxItems": list});
    let limits = [
        ("ArticleInput", "slug", json!({"minLength": 1, "maxLength": Slug::MAX})),
        ("ArticleInput", "title", name),
        ("ArticleInput", "deck", at_most(line)),
        ("ArticleInput", "excerpt", at_most(line)),
        ("ArticleInput", "body", at_most(body)),
        ("ArticleInput", "externalRef", at_most(external_ref)),
        ("ArticleInput", "authors", entries.clone()),
        ("ArticleInput", "topics", entries.clone()),
        ("ArticleInput", "tags", entries.clone()),
        ("ArticleInput", "aliases", entries),
        ("ImageInput", "url", json!({"minLength": 1, "maxLength": url})),
        ("ImageInput", "alt", at_most(line)),
        ("ImageInput", "caption", at_most(line)),
        ("ImageInput", "credit", at_most(line)),
        ("SeoInput", "title", at_most(title)),
        ("SeoInput", "description", at_most(line)),
    ];
    for (input, field, limits) in limits {
        let property = components.get_mut(input).and_then(|schema| schema["properties"].get_mut(field));
        if let (Some(Value::Object(property)), Value::Object(limits)) = (property, limits) {
            property.extend(limits);
        }
    }
}
