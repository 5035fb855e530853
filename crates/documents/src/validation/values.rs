//! Validates the literal values of a document.

use super::{InputPosition, VariableUse, Walk};
use crate::duplicates::duplicates;
use crate::nullable::OMIT_FOR_DEFAULT;
use crate::schema::{Base, Kind, Scalar};
use crate::shown::{either, short};
use crate::suggestion::suggest;
use crate::tree::{Argument, Value, ValueKind};

impl<'s, 'd> Walk<'s, 'd, '_> {
    /// Validates a value. `what` names it in messages.
    pub(super) fn value(&mut self, value: &'d Value<'_>, place: InputPosition<'s>, what: &str) {
        if self.problems.is_full() {
            return;
        }
        match (&value.kind, &place.ty.base) {
            (ValueKind::Variable(name), _) => {
                let never_null = self.argument.filter(|_| place.ty.is_non_null);
                let never_null = never_null.map(|argument| (what.to_owned(), argument));
                self.uses.push(VariableUse { name, at: value.at, place: Some(place), never_null });
            }
            (ValueKind::Null, _) => {
                if place.ty.is_non_null {
                    self.unsuitable(value, place, what);
                }
            }
            (ValueKind::List(entries), Base::List(entry)) => {
                let place = InputPosition { ty: entry, has_default: false, is_one_of: false };
                entries.iter().for_each(|value| self.value(value, place, what));
            }
            // A single value is coerced to a list with one entry.
            (_, Base::List(entry)) => self.value(value, InputPosition { ty: entry, ..place }, what),
            (_, Base::Named(id)) => match (&self.schema.get(*id).kind, &value.kind) {
                (Kind::Input { .. }, ValueKind::Object(fields)) => self.object(value, fields, place, what),
                (Kind::Enum { values }, ValueKind::Enum(name)) if values.contains(*name) => {}
                (Kind::Scalar(scalar), kind) if accepts(*scalar, kind) => {}
                _ => {
                    self.unsuitable(value, place, what);
                    self.unknown_value(value);
                }
            },
        }
    }

    fn object(
        &mut self,
        value: &'d Value<'_>,
        written: &'d [Argument<'_>],
        place: InputPosition<'s>,
        what: &str,
    ) {
        let definition = self.schema.get(place.ty.named());
        let Kind::Input { fields, is_one_of } = &definition.kind else { return };
        let name = &definition.name;
        for (twice, places) in duplicates(written.iter().map(|field| field.name)) {
            self.problems.add(format!("the field `{}` of `{name}` is given twice", short(twice)), places);
        }
        for (required, input) in fields.iter().filter(|(_, input)| input.is_required()) {
            if !written.iter().any(|field| field.name.text == required) {
                let ty = self.schema.shown(&input.ty);
                self.problems
                    .add(format!("{what}: `{name}` needs the field `{required}`, a `{ty}`"), [value.at]);
            }
        }
        if *is_one_of {
            let is_one = matches!(written, [only] if !matches!(only.value.kind, ValueKind::Null));
            if !is_one {
                let choice = either(fields.keys().map(String::as_str));
                let message = format!("{what}: `{name}` takes exactly one of {choice}, and not null");
                self.problems.add(message, [value.at]);
            }
        }
        for field in written {
            if self.problems.is_full() {
                return;
            }
            let Some(input) = fields.get(field.name.text) else {
                let instead = suggest(field.name.text, fields.keys().map(String::as_str));
                let message = format!("`{name}` has no field `{}`{instead}", short(field.name.text));
                self.problems.add(message, [field.name.at]);
                self.unknown_value(&field.value);
                continue;
            };
            let place =
                InputPosition { ty: &input.ty, has_default: input.has_default, is_one_of: *is_one_of };
            self.value(&field.value, place, &format!("`{}` of `{name}`", field.name.text));
        }
    }

    fn unsuitable(&mut self, value: &Value<'_>, place: InputPosition<'s>, what: &str) {
        let expected = self.schema.shown(place.ty);
        let actual = shown(value);
        let instead = match (&self.schema.get(place.ty.named()).kind, &value.kind) {
            (Kind::Enum { values }, ValueKind::Enum(name)) => {
                suggest(name, values.iter().map(String::as_str))
            }
            (Kind::Enum { values }, ValueKind::String(text)) if values.contains(text.as_ref()) => {
                format!(": write `{text}` without quotes")
            }
            (Kind::Enum { values }, kind) if !(matches!(kind, ValueKind::Null) && place.has_default) => {
                suggest("", values.iter().map(String::as_str))
            }
            (Kind::Scalar(scalar), kind) if !matches!(kind, ValueKind::Null) => hint(*scalar, kind),
            (_, ValueKind::Null) if place.has_default => OMIT_FOR_DEFAULT.to_owned(),
            _ => String::new(),
        };
        self.problems.add(format!("{what} must be a `{expected}`, but is {actual}{instead}"), [value.at]);
    }
}

/// Whether the literal is a value of the scalar.
fn accepts(scalar: Scalar, value: &ValueKind<'_>) -> bool {
    match (scalar, value) {
        (Scalar::Int, ValueKind::Int(number)) => number.parse::<i32>().is_ok(),
        (Scalar::Float, ValueKind::Int(number) | ValueKind::Float(number)) => {
            number.parse::<f64>().is_ok_and(f64::is_finite)
        }
        (Scalar::String | Scalar::Id | Scalar::Text, ValueKind::String(_))
        | (Scalar::Id, ValueKind::Int(_))
        | (Scalar::Boolean, ValueKind::Boolean(_)) => true,
        _ => false,
    }
}

/// Suggests how to fix a literal that the scalar does not accept.
fn hint(scalar: Scalar, value: &ValueKind<'_>) -> String {
    let hint = match (scalar, value) {
        (Scalar::Int, ValueKind::Int(_)) => ": the range is -2147483648 to 2147483647",
        (Scalar::Int, ValueKind::Float(_)) => ": write it without a fraction",
        (Scalar::Float, ValueKind::Int(_) | ValueKind::Float(_)) => ": it is too large",
        (Scalar::String | Scalar::Text | Scalar::Id, ValueKind::Enum(_)) => ": write it in double quotes",
        (Scalar::Int | Scalar::Float | Scalar::Boolean, ValueKind::String(_)) => ": write it without quotes",
        _ => "",
    };
    hint.to_owned()
}

/// Describes a value for a message.
fn shown(value: &Value<'_>) -> String {
    match &value.kind {
        ValueKind::Variable(name) => format!("`${}`", short(name)),
        ValueKind::Int(number) | ValueKind::Float(number) => format!("the number {}", short(number)),
        ValueKind::String(text) => format!("the string \"{}\"", short(text)),
        ValueKind::Boolean(value) => value.to_string(),
        ValueKind::Null => "null".to_owned(),
        ValueKind::Enum(name) => format!("the name `{}`", short(name)),
        ValueKind::List(_) => "a list".to_owned(),
        ValueKind::Object(_) => "an object".to_owned(),
    }
}
