//! Validates the definitions of variables, and their uses.

use std::collections::{HashMap, HashSet};

use super::fragments::Graph;
use super::{InputPosition, VariableUse, Walk};
use crate::TypeRef;
use crate::duplicates::duplicates;
use crate::nullable::NullableUse;
use crate::problem::Problems;
use crate::schema::{Kind, Schema};
use crate::shown::short;
use crate::suggestion::suggest;
use crate::tree::{Definition, Document, ValueKind, VariableDefinition};

impl<'d> Walk<'_, 'd, '_> {
    pub(super) fn variable_definitions(&mut self, definitions: &'d [VariableDefinition<'_>]) {
        for (name, places) in duplicates(definitions.iter().map(|definition| definition.name)) {
            self.problems.add(format!("the variable `${}` is defined twice", short(name)), places);
        }
        for VariableDefinition { name, ty, default, directives, at: _ } in definitions {
            let type_name = ty.name();
            let shown = short(type_name.text);
            match self.schema.find(type_name.text) {
                None => {
                    let instead = suggest(type_name.text, self.schema.names(Kind::is_input));
                    self.problems.add(format!("there is no type `{shown}`{instead}"), [type_name.at]);
                }
                Some(id) if !self.schema.get(id).kind.is_input() => {
                    let message = format!(
                        "the variable `${}` cannot be a `{shown}`: that is an output type, so use an input type",
                        short(name.text)
                    );
                    self.problems.add(message, [ty.at]);
                }
                Some(_) => {
                    if let (Some(default), Some(ty)) = (default, self.schema.resolve(ty)) {
                        self.default(default, &ty, name.text);
                    }
                }
            }
            self.directives(directives, "VARIABLE_DEFINITION");
        }
    }

    /// Validates the default value of a variable.
    fn default(&mut self, value: &crate::tree::Value<'_>, ty: &TypeRef, name: &str) {
        let mut inner = Walk {
            schema: self.schema,
            graph: self.graph,
            problems: std::mem::take(&mut self.problems),
            uses: Vec::new(),
            argument: None,
        };
        let place = InputPosition { ty, has_default: false, is_one_of: false };
        inner.value(value, place, &format!("the default of `${}`", short(name)));
        self.problems = inner.problems;
    }
}

/// Checks that each operation defines the variables that it uses, uses those that it defines, and that their types
/// suit the positions. `uses` has the uses of each definition of the document. Returns, for each operation, the
/// positions where a nullable variable must not be null.
pub(super) fn check_uses(
    schema: &Schema,
    document: &Document<'_>,
    graph: &Graph<'_, '_>,
    uses: &[Vec<VariableUse<'_, '_>>],
    problems: &mut Problems,
) -> Vec<Vec<NullableUse>> {
    let mut nullable = Vec::new();
    for (place, definition) in document.definitions.iter().enumerate() {
        let Definition::Operation(operation) = definition else { continue };
        let defined: HashMap<&str, (&VariableDefinition<'_>, Option<TypeRef>)> = operation
            .variables
            .iter()
            .map(|definition| (definition.name.text, (definition, schema.resolve(&definition.ty))))
            .collect();
        let of_operation = match operation.name {
            Some(name) => format!("the operation `{}`", short(name.text)),
            None => "the operation".to_owned(),
        };
        let mut used = HashSet::new();
        let mut of_this = Vec::new();
        let reached = graph.reached_from(place);
        for variable_use in std::iter::once(place).chain(reached).flat_map(|place| &uses[place]) {
            if problems.is_full() {
                return nullable;
            }
            let name = short(variable_use.name);
            let Some((definition, ty)) = defined.get(variable_use.name) else {
                let instead = suggest(variable_use.name, defined.keys().copied());
                let message = format!("{of_operation} does not define the variable `${name}`{instead}");
                problems.add(message, [variable_use.at, operation.at]);
                continue;
            };
            used.insert(variable_use.name);
            if let (Some((what, argument)), Some(place), Some(ty)) =
                (&variable_use.never_null, variable_use.place, ty)
                && !ty.is_non_null
            {
                of_this.push(NullableUse {
                    variable: variable_use.name.to_owned(),
                    argument: *argument,
                    what: what.clone(),
                    expected: schema.shown(place.ty),
                });
            }
            if let (Some(place), Some(ty)) = (variable_use.place, ty)
                && !is_allowed(ty, definition, place)
            {
                let (ty, expected) = (schema.shown(ty), schema.shown(place.ty));
                let message = if place.is_one_of {
                    format!(
                        "the variable `${name}` is a `{ty}`: make it a `{ty}!`, because a field of a `@oneOf` input object must not be null"
                    )
                } else {
                    format!("the variable `${name}` is a `{ty}`, but a `{expected}` is expected here")
                };
                problems.add(message, [definition.at, variable_use.at]);
            }
        }
        for definition in operation.variables.iter().filter(|known| !used.contains(known.name.text)) {
            let name = short(definition.name.text);
            let message = format!("{of_operation} does not use the variable `${name}`: remove it");
            problems.add(message, [definition.at]);
        }
        nullable.push(of_this);
    }
    nullable
}

fn is_allowed(ty: &TypeRef, definition: &VariableDefinition<'_>, place: InputPosition<'_>) -> bool {
    if place.is_one_of && !ty.is_non_null {
        return false;
    }
    if place.ty.is_non_null && !ty.is_non_null {
        let has_default =
            definition.default.as_ref().is_some_and(|value| !matches!(value.kind, ValueKind::Null));
        return (has_default || place.has_default) && ty.is_compatible_if_not_null(place.ty);
    }
    ty.is_compatible(place.ty)
}
