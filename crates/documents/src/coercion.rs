//! Coerces the values of variables to their types (GraphQL specification, section 6.1.2), in time linear in their
//! size.

use serde_json::{Map, Number, Value};

use crate::nullable::OMIT_FOR_DEFAULT;
use crate::problem::Problems;
use crate::schema::{Base, Input, Kind, Scalar, Schema, TypeId, TypeRef};
use crate::shown::{either, short};
use crate::suggestion::suggest;
use crate::tree::VariableDefinition;
use crate::{Exceeded, Limit, Limits, Position, Problem};

/// A variable of an operation.
#[derive(Debug, Clone)]
pub struct Variable {
    name: String,
    ty: TypeRef,
    has_default: bool,
    at: Position,
}

impl Variable {
    pub(crate) fn of(schema: &Schema, definition: &VariableDefinition<'_>) -> Option<Self> {
        let VariableDefinition { name, ty, default, directives: _, at } = definition;
        let ty = schema.resolve(ty)?;
        Some(Self { name: name.text.to_owned(), ty, has_default: default.is_some(), at: *at })
    }

    /// Returns the name, without `$`.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Whether the variable can remain without a value: it is nullable and has no default.
    #[must_use]
    pub fn may_be_absent(&self) -> bool {
        !self.has_default && !self.ty.is_non_null
    }
}

/// Coerces the values that a client sent for the variables of an operation. Values of undefined variables are
/// dropped.
///
/// # Errors
/// A [`Problem`] for each value that does not suit its type.
pub fn coerce(
    schema: &Schema,
    variables: &[Variable],
    mut sent: Map<String, Value>,
) -> Result<Map<String, Value>, Vec<Problem>> {
    let mut coerced = Map::new();
    let mut problems = Problems::default();
    for Variable { name, ty, has_default, at } in variables {
        let mut coercion =
            Coercion { schema, problems: &mut problems, at: *at, path: vec![Step::Name(name.clone())] };
        match sent.remove(name) {
            Some(value) => {
                if let Some(value) = coercion.value(value, ty, *has_default) {
                    coerced.insert(name.clone(), value);
                }
            }
            None if ty.is_non_null && !has_default => coercion.unsuitable(ty, "is missing", ""),
            None => {}
        }
    }
    problems.into_result().map(|()| coerced)
}

/// Checks that the values of an operation's variables do not exceed [`Limit::Values`]. Values of other names do not
/// count, because nothing reads them.
///
/// # Errors
/// [`Exceeded`] when there are too many values.
pub fn check_values(
    limits: &Limits,
    variables: &[Variable],
    sent: &Map<String, Value>,
) -> Result<(), Exceeded> {
    let mut count = 0;
    for Variable { name, at, .. } in variables {
        count += sent.get(name).map_or(0, values);
        limits.check(Limit::Values, count, *at)?;
    }
    Ok(())
}

/// Counts a value and everything that it contains.
fn values(value: &Value) -> u64 {
    1 + match value {
        Value::Array(entries) => entries.iter().map(values).sum(),
        Value::Object(fields) => fields.values().map(values).sum(),
        _ => 0,
    }
}

struct Coercion<'c> {
    schema: &'c Schema,
    problems: &'c mut Problems,
    /// The position of the variable definition.
    at: Position,
    /// The path of the current value, which begins with the name of the variable.
    path: Vec<Step>,
}

enum Step {
    Name(String),
    Entry(usize),
}

impl Coercion<'_> {
    /// Coerces a value to a type; `None` when the value does not suit the type.
    fn value(&mut self, value: Value, ty: &TypeRef, has_default: bool) -> Option<Value> {
        if self.problems.is_full() {
            return None;
        }
        match (value, &ty.base) {
            (Value::Null, _) => {
                if ty.is_non_null {
                    self.unsuitable(ty, "is null", if has_default { OMIT_FOR_DEFAULT } else { "" });
                    return None;
                }
                Some(Value::Null)
            }
            (Value::Array(entries), Base::List(entry)) => {
                let entries = entries.into_iter().enumerate().map(|(number, value)| {
                    self.path.push(Step::Entry(number));
                    let value = self.value(value, entry, false);
                    self.path.pop();
                    value
                });
                // Collects first, so that the problems of all entries are reported.
                entries.collect::<Vec<_>>().into_iter().collect::<Option<Vec<_>>>().map(Value::Array)
            }
            // A single value is coerced to a list with one entry.
            (value, Base::List(entry)) => Some(Value::Array(vec![self.value(value, entry, false)?])),
            (value, Base::Named(id)) => self.named(value, ty, *id),
        }
    }

    fn named(&mut self, value: Value, ty: &TypeRef, id: TypeId) -> Option<Value> {
        let schema = self.schema;
        let definition = schema.get(id);
        let unsuitable = match (&definition.kind, value) {
            (Kind::Scalar(scalar), value) => match scalar_value(*scalar, value) {
                Ok(value) => return Some(value),
                Err(value) => value,
            },
            (Kind::Enum { values }, Value::String(name)) => {
                if values.contains(&name) {
                    return Some(Value::String(name));
                }
                let instead = suggest(&name, values.iter().map(String::as_str));
                self.unsuitable(ty, &format!("is {}", shown(&Value::String(name))), &instead);
                return None;
            }
            (Kind::Enum { values }, value) => {
                let instead = suggest("", values.iter().map(String::as_str));
                self.unsuitable(ty, &format!("is {}", shown(&value)), &instead);
                return None;
            }
            (Kind::Input { fields, is_one_of }, Value::Object(sent)) => {
                return self.object(sent, &definition.name, fields, *is_one_of);
            }
            (_, value) => value,
        };
        self.unsuitable(ty, &format!("is {}", shown(&unsuitable)), "");
        None
    }

    fn object(
        &mut self,
        sent: Map<String, Value>,
        type_name: &str,
        fields: &std::collections::BTreeMap<String, Input>,
        is_one_of: bool,
    ) -> Option<Value> {
        for (required, input) in fields.iter().filter(|(_, input)| input.is_required()) {
            if !sent.contains_key(required) {
                self.path.push(Step::Name(required.clone()));
                self.unsuitable(&input.ty, "is missing", "");
                self.path.pop();
            }
        }
        if is_one_of && (sent.len() != 1 || sent.values().any(Value::is_null)) {
            let choice = either(fields.keys().map(String::as_str));
            let message = format!("{} must have exactly one of {choice}, and not null", self.named_path());
            self.problems.add(message, [self.at]);
            return None;
        }
        let mut coerced = Map::new();
        let mut is_suitable = true;
        for (name, value) in sent {
            if self.problems.is_full() {
                return None;
            }
            let Some(input) = fields.get(&name) else {
                let instead = suggest(&name, fields.keys().map(String::as_str));
                let message =
                    format!("{}: `{type_name}` has no field `{}`{instead}", self.named_path(), short(&name));
                self.problems.add(message, [self.at]);
                is_suitable = false;
                continue;
            };
            self.path.push(Step::Name(name.clone()));
            match self.value(value, &input.ty, input.has_default) {
                Some(value) => drop(coerced.insert(name, value)),
                None => is_suitable = false,
            }
            self.path.pop();
        }
        is_suitable.then_some(Value::Object(coerced))
    }

    fn unsuitable(&mut self, ty: &TypeRef, what: &str, instead: &str) {
        if self.problems.is_full() {
            return;
        }
        let message =
            format!("{} must be a `{}`, but {what}{instead}", self.named_path(), self.schema.shown(ty));
        self.problems.add(message, [self.at]);
    }

    /// Returns the path of the current value for a message: "the variable `$where.tags.any[2]`".
    fn named_path(&self) -> String {
        let mut path = String::new();
        for step in &self.path {
            match step {
                Step::Name(name) if path.is_empty() => path = format!("the variable `${}", short(name)),
                Step::Name(name) => path = format!("{path}.{}", short(name)),
                Step::Entry(number) => path = format!("{path}[{number}]"),
            }
        }
        path.push('`');
        path
    }
}

/// Coerces a value to a scalar; returns the value itself as the error.
fn scalar_value(scalar: Scalar, value: Value) -> Result<Value, Value> {
    match (scalar, value) {
        (Scalar::Int, Value::Number(number)) => {
            match whole(&number).and_then(|whole| i32::try_from(whole).ok()) {
                Some(whole) => Ok(Value::from(whole)),
                None => Err(Value::Number(number)),
            }
        }
        (Scalar::Float, value @ Value::Number(_))
        | (Scalar::Boolean, value @ Value::Bool(_))
        | (Scalar::String | Scalar::Id | Scalar::Text, value @ Value::String(_)) => Ok(value),
        (Scalar::Id, Value::Number(number)) => match whole(&number) {
            Some(whole) => Ok(Value::String(whole.to_string())),
            None => Err(Value::Number(number)),
        },
        (_, value) => Err(value),
    }
}

/// The largest whole number that an IEEE 754 double represents exactly together with all smaller ones.
const MAX_EXACT: f64 = 9_007_199_254_740_991.0;

/// Returns a number without a fraction as an integer. `1.0` is accepted, because JSON does not distinguish it from
/// `1`.
fn whole(number: &Number) -> Option<i64> {
    number.as_i64().or_else(|| {
        let number = number.as_f64()?;
        #[expect(clippy::cast_possible_truncation, reason = "it is a whole number, and within the range")]
        (number.fract() == 0.0 && number.abs() <= MAX_EXACT).then_some(number as i64)
    })
}

/// Describes a value for a message.
fn shown(value: &Value) -> String {
    match value {
        Value::Null => "null".to_owned(),
        Value::Bool(value) => value.to_string(),
        Value::Number(number) => format!("the number {}", short(&number.to_string())),
        Value::String(text) => format!("the string \"{}\"", short(text)),
        Value::Array(_) => "a list".to_owned(),
        Value::Object(_) => "an object".to_owned(),
    }
}
