//! Converts the tree of a document to the executor's tree.

use std::collections::HashMap;
use std::mem::size_of;

use async_graphql::parser::types::{
    BaseType, Directive, Field, FragmentDefinition, FragmentSpread, InlineFragment, OperationDefinition,
    OperationType, Selection, SelectionSet, Type, TypeCondition, VariableDefinition,
};
use async_graphql::{Name, Pos, Positioned, Value as ConstValue};
use async_graphql_value::Value;
use documents::Position;
use documents::tree;
use serde_json::Number;

/// Converts documents and estimates the memory that the result takes. It keeps each name once.
#[derive(Default)]
pub(crate) struct Converter<'a> {
    names: HashMap<&'a str, Name>,
    bytes: usize,
}

impl<'a> Converter<'a> {
    /// Returns the memory that the result takes, in bytes, roughly.
    pub(crate) fn weight(&self) -> u32 {
        u32::try_from(self.bytes).unwrap_or(u32::MAX)
    }

    pub(crate) fn operation(&mut self, operation: &tree::Operation<'a>) -> Positioned<OperationDefinition> {
        let tree::Operation { kind, name: _, variables, directives, selections, at } = operation;
        let definition = OperationDefinition {
            ty: match kind {
                tree::OperationKind::Query => OperationType::Query,
                tree::OperationKind::Mutation => OperationType::Mutation,
                tree::OperationKind::Subscription => OperationType::Subscription,
            },
            variable_definitions: variables.iter().map(|definition| self.variable(definition)).collect(),
            directives: self.directives(directives),
            selection_set: self.selection_set(selections),
        };
        self.placed(definition, *at)
    }

    pub(crate) fn fragment(
        &mut self,
        fragment: &tree::Fragment<'a>,
    ) -> (Name, Positioned<FragmentDefinition>) {
        let tree::Fragment { name, on, directives, selections, at } = fragment;
        let definition = FragmentDefinition {
            type_condition: self.condition(*on),
            directives: self.directives(directives),
            selection_set: self.selection_set(selections),
        };
        (self.name(name.text), self.placed(definition, *at))
    }

    pub(crate) fn name(&mut self, text: &'a str) -> Name {
        if let Some(known) = self.names.get(text) {
            return known.clone();
        }
        self.bytes += 2 * size_of::<usize>() + text.len();
        let name = Name::new(text);
        self.names.insert(text, name.clone());
        name
    }

    /// Returns a node with its position.
    fn placed<T>(&mut self, node: T, at: Position) -> Positioned<T> {
        self.bytes += size_of::<Positioned<T>>();
        Positioned::new(node, Pos { line: at.line, column: at.column })
    }

    fn placed_name(&mut self, name: tree::Name<'a>) -> Positioned<Name> {
        let node = self.name(name.text);
        self.placed(node, name.at)
    }

    fn condition(&mut self, on: tree::Name<'a>) -> Positioned<TypeCondition> {
        let condition = TypeCondition { on: self.placed_name(on) };
        self.placed(condition, on.at)
    }

    fn variable(&mut self, definition: &tree::VariableDefinition<'a>) -> Positioned<VariableDefinition> {
        let tree::VariableDefinition { name, ty, default, directives, at } = definition;
        let var_type = self.ty(ty);
        let default_value = default.as_ref().and_then(|value| {
            let value = self.value(value);
            // A default value contains no variables.
            Some(Positioned::new(value.node.into_const()?, value.pos)) as Option<Positioned<ConstValue>>
        });
        let definition = VariableDefinition {
            name: self.placed_name(*name),
            var_type: self.placed(var_type, ty.at),
            directives: self.directives(directives),
            default_value,
        };
        self.placed(definition, *at)
    }

    fn ty(&mut self, ty: &tree::Type<'a>) -> Type {
        let base = match &ty.base {
            tree::BaseType::Named(name) => BaseType::Named(self.name(name.text)),
            tree::BaseType::List(entry) => BaseType::List(Box::new(self.ty(entry))),
        };
        Type { base, nullable: !ty.is_non_null }
    }

    fn selection_set(&mut self, set: &tree::SelectionSet<'a>) -> Positioned<SelectionSet> {
        let items = set.items.iter().map(|item| self.selection(item)).collect();
        self.placed(SelectionSet { items }, set.at)
    }

    fn selection(&mut self, selection: &tree::Selection<'a>) -> Positioned<Selection> {
        let (selection, at) = match selection {
            tree::Selection::Field(field) => (Selection::Field(self.field(field)), field.at),
            tree::Selection::Spread(spread) => {
                let tree::Spread { name, directives, at } = spread;
                let node = FragmentSpread {
                    fragment_name: self.placed_name(*name),
                    directives: self.directives(directives),
                };
                (Selection::FragmentSpread(self.placed(node, *at)), *at)
            }
            tree::Selection::Inline(inline) => {
                let tree::Inline { on, directives, selections, at } = inline;
                let node = InlineFragment {
                    type_condition: on.map(|on| self.condition(on)),
                    directives: self.directives(directives),
                    selection_set: self.selection_set(selections),
                };
                (Selection::InlineFragment(self.placed(node, *at)), *at)
            }
        };
        self.placed(selection, at)
    }

    fn field(&mut self, field: &tree::Field<'a>) -> Positioned<Field> {
        let tree::Field { alias, name, arguments, directives, selections, at } = field;
        let selection_set = match selections {
            Some(set) => self.selection_set(set),
            None => self.placed(SelectionSet::default(), *at),
        };
        let field = Field {
            alias: alias.map(|alias| self.placed_name(alias)),
            name: self.placed_name(*name),
            arguments: self.arguments(arguments),
            directives: self.directives(directives),
            selection_set,
        };
        self.placed(field, *at)
    }

    fn directives(&mut self, directives: &[tree::Directive<'a>]) -> Vec<Positioned<Directive>> {
        let directive = |tree::Directive { name, arguments, at }: &tree::Directive<'a>| {
            let directive = Directive { name: self.placed_name(*name), arguments: self.arguments(arguments) };
            self.placed(directive, *at)
        };
        directives.iter().map(directive).collect()
    }

    fn arguments(&mut self, arguments: &[tree::Argument<'a>]) -> Vec<(Positioned<Name>, Positioned<Value>)> {
        let argument = |tree::Argument { name, value }: &tree::Argument<'a>| {
            (self.placed_name(*name), self.value(value))
        };
        arguments.iter().map(argument).collect()
    }

    fn value(&mut self, value: &tree::Value<'a>) -> Positioned<Value> {
        let node = match &value.kind {
            tree::ValueKind::Variable(name) => Value::Variable(self.name(name)),
            tree::ValueKind::Int(digits) => integer(digits),
            tree::ValueKind::Float(digits) => {
                let number = digits.parse().ok().and_then(Number::from_f64);
                number.map_or(Value::Null, Value::Number)
            }
            tree::ValueKind::String(text) => {
                self.bytes += text.len();
                Value::String(text.clone().into_owned())
            }
            tree::ValueKind::Boolean(value) => Value::Boolean(*value),
            tree::ValueKind::Null => Value::Null,
            tree::ValueKind::Enum(name) => Value::Enum(self.name(name)),
            tree::ValueKind::List(entries) => {
                Value::List(entries.iter().map(|entry| self.value(entry).node).collect())
            }
            tree::ValueKind::Object(fields) => {
                let fields = fields.iter().map(|tree::Argument { name, value }| {
                    // The memory of an entry of a map.
                    self.bytes += size_of::<(Name, Value, usize, usize)>();
                    (self.name(name.text), self.value(value).node)
                });
                Value::Object(fields.collect())
            }
        };
        self.placed(node, value.at)
    }
}

/// Converts an integer. If it does not fit 64 bits, it is an id, because validation allows such numbers nowhere
/// else.
fn integer(digits: &str) -> Value {
    match digits.parse::<i64>() {
        Ok(number) => Value::Number(number.into()),
        Err(_) => Value::String(digits.to_owned()),
    }
}
