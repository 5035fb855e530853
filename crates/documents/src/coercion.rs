//! The values of variables, coerced to their types (GraphQL, 6.1.2): in time that grows with their length.

use serde_json::{Map, Number, Value};

use crate::problem::Problems;
use crate::schema::{Base, Input, Kind, Scalar, Schema, TypeId, TypeRef};
use crate::shown::{either, short};
use crate::suggestion::instead_of;
use crate::tree::VariableDefinition;
use crate::{Position, Problem};

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

    /// Its name, without `$`.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Whether nothing stands for it when it is not given: neither a value nor a default.
    #[must_use]
    pub fn may_be_absent(&self) -> bool {
        !self.has_default && !self.ty.is_non_null
    }
}

/// Coerces the values that were given for the variables of an operation. What is given for others is left
/// out.
pub fn coerce(
    schema: &Schema,
    variables: &[Variable],
    mut given: Map<String, Value>,
) -> Result<Map<String, Value>, Vec<Problem>> {
    let mut coerced = Map::new();
    let mut problems = Problems::default();
    for Variable { name, ty, has_default, at } in variables {
        let mut coercion =
            Coercion { schema, problems: &mut problems, at: *at, way: vec![Step::Name(name.clone())] };
        match given.remove(name) {
            Some(value) => {
                if let Some(value) = coercion.value(value, ty) {
                    coerced.insert(name.clone(), value);
                }
            }
            None if ty.is_non_null && !has_default => coercion.unsuitable(ty, "is missing", ""),
            None => {}
        }
    }
    problems.found().map(|()| coerced)
}

struct Coercion<'c> {
    schema: &'c Schema,
    problems: &'c mut Problems,
    /// Where the variable is defined.
    at: Position,
    /// The variable, and the way into its value.
    way: Vec<Step>,
}

enum Step {
    Name(String),
    Entry(usize),
}

impl Coercion<'_> {
    /// The value as its type wants it; `None` when it does not suit.
    fn value(&mut self, value: Value, ty: &TypeRef) -> Option<Value> {
        if self.problems.is_full() {
            return None;
        }
        match (value, &ty.base) {
            (Value::Null, _) => {
                if ty.is_non_null {
                    self.unsuitable(ty, "is null", "");
                    return None;
                }
                Some(Value::Null)
            }
            (Value::Array(entries), Base::List(entry)) => {
                let entries = entries.into_iter().enumerate().map(|(number, value)| {
                    self.way.push(Step::Entry(number));
                    let value = self.value(value, entry);
                    self.way.pop();
                    value
                });
                // All of them are looked at.
                entries.collect::<Vec<_>>().into_iter().collect::<Option<Vec<_>>>().map(Value::Array)
            }
            // One value stands for a list of it.
            (value, Base::List(entry)) => Some(Value::Array(vec![self.value(value, entry)?])),
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
                let instead = instead_of(&name, values.iter().map(String::as_str));
                self.unsuitable(ty, &format!("is {}", shown(&Value::String(name))), &instead);
                return None;
            }
            (Kind::Enum { values }, value) => {
                let instead = instead_of("", values.iter().map(String::as_str));
                self.unsuitable(ty, &format!("is {}", shown(&value)), &instead);
                return None;
            }
            (Kind::Input { fields, is_one_of }, Value::Object(given)) => {
                return self.object(given, &definition.name, fields, *is_one_of);
            }
            (_, value) => value,
        };
        self.unsuitable(ty, &format!("is {}", shown(&unsuitable)), "");
        None
    }

    fn object(
        &mut self,
        given: Map<String, Value>,
        type_name: &str,
        fields: &std::collections::BTreeMap<String, Input>,
        is_one_of: bool,
    ) -> Option<Value> {
        for (required, input) in fields.iter().filter(|(_, input)| input.is_required()) {
            if !given.contains_key(required) {
                self.way.push(Step::Name(required.clone()));
                self.unsuitable(&input.ty, "is missing", "");
                self.way.pop();
            }
        }
        if is_one_of && (given.len() != 1 || given.values().any(Value::is_null)) {
            let choice = either(fields.keys().map(String::as_str));
            let message = format!("{} must have exactly one of {choice}, and not null", self.named_way());
            self.problems.add(message, [self.at]);
            return None;
        }
        let mut coerced = Map::new();
        let mut is_suitable = true;
        for (name, value) in given {
            if self.problems.is_full() {
                return None;
            }
            let Some(input) = fields.get(&name) else {
                let instead = instead_of(&name, fields.keys().map(String::as_str));
                let message =
                    format!("{}: `{type_name}` has no field `{}`{instead}", self.named_way(), short(&name));
                self.problems.add(message, [self.at]);
                is_suitable = false;
                continue;
            };
            self.way.push(Step::Name(name.clone()));
            match self.value(value, &input.ty) {
                Some(value) => drop(coerced.insert(name, value)),
                None => is_suitable = false,
            }
            self.way.pop();
        }
        is_suitable.then_some(Value::Object(coerced))
    }

    fn unsuitable(&mut self, ty: &TypeRef, what: &str, instead: &str) {
        if self.problems.is_full() {
            return;
        }
        let message =
            format!("{} must be a `{}`, and {what}{instead}", self.named_way(), self.schema.shown(ty));
        self.problems.add(message, [self.at]);
    }

    /// The variable and the way into it, for a message: "the variable `$where.tags.any[2]`".
    fn named_way(&self) -> String {
        let mut way = String::new();
        for step in &self.way {
            match step {
                Step::Name(name) if way.is_empty() => way = format!("the variable `${}", short(name)),
                Step::Name(name) => way = format!("{way}.{}", short(name)),
                Step::Entry(number) => way = format!("{way}[{number}]"),
            }
        }
        way.push('`');
        way
    }
}

/// A value as a scalar wants it, or the value itself.
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

/// The largest whole number that a JSON number stands for exactly, in every language.
const MAX_EXACT: f64 = 9_007_199_254_740_991.0;

/// A number without a fraction: `1.0` is one, as JSON does not tell it from `1`.
fn whole(number: &Number) -> Option<i64> {
    number.as_i64().or_else(|| {
        let number = number.as_f64()?;
        #[expect(clippy::cast_possible_truncation, reason = "it is a whole number, and within the range")]
        (number.fract() == 0.0 && number.abs() <= MAX_EXACT).then_some(number as i64)
    })
}

/// A value, for a message.
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
