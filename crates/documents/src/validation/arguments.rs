//! Arguments of fields and directives.

use std::collections::BTreeMap;

use super::{Place, Usage, Walk};
use crate::Position;
use crate::duplicates::duplicates;
use crate::schema::Input;
use crate::shown::short;
use crate::suggestion::instead_of;
use crate::tree::{Argument, Value, ValueKind};

impl<'s, 'd> Walk<'s, 'd, '_> {
    /// Looks at the arguments of something that is described by `of` and begins at `at`.
    pub(super) fn arguments(
        &mut self,
        of: &str,
        known: &'s BTreeMap<String, Input>,
        given: &'d [Argument<'_>],
        at: Position,
    ) {
        for (name, places) in duplicates(given.iter().map(|argument| argument.name)) {
            self.problems.add(format!("the argument `{}` of {of} is given twice", short(name)), places);
        }
        for Argument { name, value } in given {
            if self.problems.is_full() {
                return;
            }
            let Some(Input { ty, has_default }) = known.get(name.text) else {
                let instead = instead_of(name.text, known.keys().map(String::as_str));
                self.problems.add(format!("{of} has no argument `{}`{instead}", short(name.text)), [name.at]);
                self.unknown_value(value);
                continue;
            };
            let place = Place { ty, has_default: *has_default, is_one_of: false };
            self.value(value, place, &format!("`{}` of {of}", name.text));
        }
        let missing = known.iter().filter(|(_, input)| input.is_required());
        for (name, input) in missing {
            if !given.iter().any(|argument| argument.name.text == name) {
                let ty = self.schema.shown(&input.ty);
                self.problems.add(format!("{of} needs the argument `{name}`, a `{ty}`"), [at]);
            }
        }
    }

    /// Notes the variables in arguments of which nothing is known.
    pub(super) fn unknown_arguments(&mut self, given: &'d [Argument<'_>]) {
        given.iter().for_each(|argument| self.unknown_value(&argument.value));
    }

    /// Notes the variables in a value of which nothing is known.
    pub(super) fn unknown_value(&mut self, value: &'d Value<'_>) {
        match &value.kind {
            ValueKind::Variable(name) => self.usages.push(Usage { name, at: value.at, place: None }),
            ValueKind::List(entries) => entries.iter().for_each(|entry| self.unknown_value(entry)),
            ValueKind::Object(fields) => self.unknown_arguments(fields),
            _ => {}
        }
    }
}
