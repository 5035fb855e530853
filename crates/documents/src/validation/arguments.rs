//! Validates the arguments of fields and directives.

use std::collections::BTreeMap;

use super::{InputPosition, VariableUse, Walk};
use crate::Position;
use crate::duplicates::duplicates;
use crate::schema::Input;
use crate::shown::short;
use crate::suggestion::suggest;
use crate::tree::{Argument, Value, ValueKind};

impl<'s, 'd> Walk<'s, 'd, '_> {
    /// Validates the arguments of a field or directive. `of` describes it in messages, and `at` is its position.
    pub(super) fn arguments(
        &mut self,
        of: &str,
        known: &'s BTreeMap<String, Input>,
        arguments: &'d [Argument<'_>],
        at: Position,
    ) {
        for (name, places) in duplicates(arguments.iter().map(|argument| argument.name)) {
            self.problems.add(format!("the argument `{}` of {of} is given twice", short(name)), places);
        }
        for Argument { name, value } in arguments {
            if self.problems.is_full() {
                return;
            }
            let Some(Input { ty, has_default }) = known.get(name.text) else {
                let instead = suggest(name.text, known.keys().map(String::as_str));
                self.problems.add(format!("{of} has no argument `{}`{instead}", short(name.text)), [name.at]);
                self.unknown_value(value);
                continue;
            };
            let place = InputPosition { ty, has_default: *has_default, is_one_of: false };
            self.argument = Some(value.at);
            self.value(value, place, &format!("`{}` of {of}", name.text));
            self.argument = None;
        }
        let missing = known.iter().filter(|(_, input)| input.is_required());
        for (name, input) in missing {
            if !arguments.iter().any(|argument| argument.name.text == name) {
                let ty = self.schema.shown(&input.ty);
                self.problems.add(format!("{of} needs the argument `{name}`, a `{ty}`"), [at]);
            }
        }
    }

    /// Records the variables in arguments whose types are unknown.
    pub(super) fn unknown_arguments(&mut self, arguments: &'d [Argument<'_>]) {
        arguments.iter().for_each(|argument| self.unknown_value(&argument.value));
    }

    /// Records the variables in a value whose type is unknown.
    pub(super) fn unknown_value(&mut self, value: &'d Value<'_>) {
        match &value.kind {
            ValueKind::Variable(name) => {
                self.uses.push(VariableUse { name, at: value.at, place: None, never_null: None });
            }
            ValueKind::List(entries) => entries.iter().for_each(|entry| self.unknown_value(entry)),
            ValueKind::Object(fields) => self.unknown_arguments(fields),
            _ => {}
        }
    }
}
