//! Merges the objects in a merge patch with the current ones (RFC 7396, section 2). The use case does this for the
//! members at the top; it replaces an object as a whole.

use app::Caller;
use async_graphql::{Name, Value as Answered};
use serde_json::{Map, Value, json};

use super::super::problem::Problem;
use super::super::read::run;
use crate::AppState;
use crate::graphql::PreparedOperation;
use crate::graphql::execution::json;

/// Reads the objects of a working copy, with the members that their inputs have.
const CURRENT: &str = include_str!("../documents/write/current_objects.graphql");
/// The members of an article that are objects.
const OBJECTS: [&str; 2] = ["seo", "heroImage"];

/// A member of an object that comes from the current version, and not from the patch.
#[derive(Debug)]
pub(super) struct Kept {
    object: &'static str,
    member: String,
}

/// Completes the objects in the variable `input` with the members that it does not name. They come from the current version: if that
/// is not the version in `If-Match`, the write is refused anyway. A caller who may not read drafts must not see them
/// ([`hide`]).
pub(super) async fn with_current(
    state: &AppState,
    variables: &mut Map<String, Value>,
) -> Result<Vec<Kept>, Problem> {
    let mut kept = Vec::new();
    let id = variables.get("id").cloned().unwrap_or_default();
    let Some(Value::Object(input)) = variables.get_mut("input") else { return Ok(kept) };
    if !OBJECTS.iter().any(|name| input.get(*name).is_some_and(Value::is_object)) {
        return Ok(kept);
    }
    let mut current = current(state, id).await?;
    for object in OBJECTS {
        let (Some(Value::Object(patch)), Value::Object(mut merged)) =
            (input.get_mut(object), current[object].take())
        else {
            continue;
        };
        let members = merged.keys().filter(|member| !patch.contains_key(*member));
        kept.extend(members.map(|member| Kept { object, member: member.clone() }));
        merged.append(patch);
        *patch = merged;
    }
    Ok(kept)
}

/// Replaces what the caller has not sent with null. Returns the entries for `notShown`.
pub(super) fn hide(article: &mut Answered, kept: &[Kept]) -> Vec<Answered> {
    let mut not_shown = Vec::new();
    for Kept { object, member } in kept {
        let value = child(article, "workingCopy")
            .and_then(|copy| child(copy, object))
            .and_then(|found| child(found, member));
        if let Some(value) = value.filter(|value| **value != Answered::Null) {
            *value = Answered::Null;
            let detail = "this needs the scope `content:read-drafts`: the request did not contain it";
            let path = ["article", "workingCopy", object, member];
            not_shown.extend(Answered::from_json(json!({"path": path, "detail": detail})));
        }
    }
    not_shown
}

fn child<'a>(value: &'a mut Answered, name: &str) -> Option<&'a mut Answered> {
    match value {
        Answered::Object(fields) => fields.get_mut(&Name::new(name)),
        _ => None,
    }
}

/// The objects of the working copy; null for an article that does not exist.
async fn current(state: &AppState, id: Value) -> Result<Value, Problem> {
    const NAME: &str = "articleUpdate";
    let document = run::document(state, NAME, CURRENT).await?;
    let variables = Map::from_iter([("id".to_owned(), id)]);
    let operation = PreparedOperation::new(&state.documents, document, None, variables)?;
    let response = match operation.costed(state, Default::default()).await {
        Ok(costed) => costed.with_caller(Some(Caller::operator())).execute(&state.schema).await,
        Err(response) => *response,
    };
    if let Some(error) = response.errors.first() {
        return Err(run::problem(NAME, &[], error));
    }
    let mut data = json::read_back(&response.data).into_json().unwrap_or_default();
    Ok(data["desk"]["article"]["workingCopy"].take())
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use async_graphql::parser::types::{TypeKind, TypeSystemDefinition};

    use super::*;

    /// The names and the types of the fields of each input object.
    fn inputs() -> BTreeMap<String, Vec<(String, String)>> {
        let schema = async_graphql::parser::parse_schema(crate::graphql::sdl()).unwrap();
        let definitions = schema.definitions.into_iter().filter_map(|definition| match definition {
            TypeSystemDefinition::Type(found) => Some(found.node),
            _ => None,
        });
        let inputs = definitions.filter_map(|found| match found.kind {
            TypeKind::InputObject(object) => {
                let fields = object.fields.into_iter().map(|field| {
                    let ty = field.node.ty.node.to_string();
                    (field.node.name.node.to_string(), ty.trim_end_matches('!').to_owned())
                });
                Some((found.name.node.to_string(), fields.collect()))
            }
            _ => None,
        });
        inputs.collect()
    }

    #[test]
    fn every_object_of_an_article_is_merged_with_all_its_members() {
        let inputs = inputs();
        let objects = inputs["ArticleInput"].iter().filter(|(_, ty)| inputs.contains_key(ty));
        let mut merged = Vec::new();
        for (object, ty) in objects {
            let members: Vec<&str> = inputs[ty].iter().map(|(member, _)| member.as_str()).collect();
            let selected = format!("{object} {{ {} }}", members.join(" "));
            let words: Vec<&str> = CURRENT.split_whitespace().collect();
            assert!(words.join(" ").contains(&selected), "{CURRENT} lacks `{selected}`");
            merged.push(object.as_str());
        }
        merged.sort_unstable();
        let mut known = OBJECTS;
        known.sort_unstable();
        assert_eq!(merged, known);
    }
}
