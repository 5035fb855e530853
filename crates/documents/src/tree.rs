//! The syntax tree of a document. Names and numbers are slices of the document's text.

use std::borrow::Cow;

use crate::Position;

/// A document: its operations and fragments, in document order.
#[derive(Debug)]
pub struct Document<'a> {
    /// The definitions.
    pub definitions: Vec<Definition<'a>>,
}

impl<'a> Document<'a> {
    /// Iterates over the operations.
    pub fn operations(&self) -> impl Iterator<Item = &Operation<'a>> + Clone {
        self.definitions.iter().filter_map(|definition| match definition {
            Definition::Operation(operation) => Some(operation),
            Definition::Fragment(_) => None,
        })
    }

    /// Iterates over the fragments.
    pub fn fragments(&self) -> impl Iterator<Item = &Fragment<'a>> + Clone {
        self.definitions.iter().filter_map(|definition| match definition {
            Definition::Fragment(fragment) => Some(fragment),
            Definition::Operation(_) => None,
        })
    }
}

/// An operation or a fragment.
#[derive(Debug)]
pub enum Definition<'a> {
    /// An operation.
    Operation(Operation<'a>),
    /// A fragment.
    Fragment(Fragment<'a>),
}

/// The kind of an operation.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum OperationKind {
    /// A query, which reads.
    Query,
    /// A mutation, which writes.
    Mutation,
    /// A subscription, which receives events.
    Subscription,
}

impl OperationKind {
    /// Returns the keyword of the kind.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Query => "query",
            Self::Mutation => "mutation",
            Self::Subscription => "subscription",
        }
    }
}

/// A name with its position.
#[derive(Debug, Clone, Copy)]
pub struct Name<'a> {
    /// The name.
    pub text: &'a str,
    /// The position of its first token.
    pub at: Position,
}

/// An operation.
#[derive(Debug)]
pub struct Operation<'a> {
    /// The kind.
    pub kind: OperationKind,
    /// The name.
    pub name: Option<Name<'a>>,
    /// The variables.
    pub variables: Vec<VariableDefinition<'a>>,
    /// The directives.
    pub directives: Vec<Directive<'a>>,
    /// The selection set.
    pub selections: SelectionSet<'a>,
    /// The position of its first token.
    pub at: Position,
}

/// A variable of an operation.
#[derive(Debug)]
pub struct VariableDefinition<'a> {
    /// The name, without `$`.
    pub name: Name<'a>,
    /// The type.
    pub ty: Type<'a>,
    /// The default value.
    pub default: Option<Value<'a>>,
    /// The directives.
    pub directives: Vec<Directive<'a>>,
    /// The position of its first token.
    pub at: Position,
}

/// A type reference in a document.
#[derive(Debug)]
pub struct Type<'a> {
    /// The type without `!`.
    pub base: BaseType<'a>,
    /// Whether `!` follows.
    pub is_non_null: bool,
    /// The position of its first token.
    pub at: Position,
}

/// A type reference without `!`.
#[derive(Debug)]
pub enum BaseType<'a> {
    /// A name.
    Named(Name<'a>),
    /// A list.
    List(Box<Type<'a>>),
}

impl<'a> Type<'a> {
    /// Returns the name of the innermost type, without lists.
    #[must_use]
    pub fn name(&self) -> Name<'a> {
        match &self.base {
            BaseType::Named(name) => *name,
            BaseType::List(entry) => entry.name(),
        }
    }
}

impl std::fmt::Display for Type<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match &self.base {
            BaseType::Named(name) => f.write_str(&crate::shown::short(name.text))?,
            BaseType::List(entry) => write!(f, "[{entry}]")?,
        }
        if self.is_non_null { f.write_str("!") } else { Ok(()) }
    }
}

/// A selection set.
#[derive(Debug)]
pub struct SelectionSet<'a> {
    /// The fields and fragments.
    pub items: Vec<Selection<'a>>,
    /// The position of its first token.
    pub at: Position,
}

/// A field or a fragment.
#[derive(Debug)]
pub enum Selection<'a> {
    /// A field.
    Field(Field<'a>),
    /// A fragment spread.
    Spread(Spread<'a>),
    /// An inline fragment.
    Inline(Inline<'a>),
}

/// A field.
#[derive(Debug)]
pub struct Field<'a> {
    /// The alias: the response name, when it differs from the name.
    pub alias: Option<Name<'a>>,
    /// The name.
    pub name: Name<'a>,
    /// The arguments.
    pub arguments: Vec<Argument<'a>>,
    /// The directives.
    pub directives: Vec<Directive<'a>>,
    /// The selection set of the field.
    pub selections: Option<SelectionSet<'a>>,
    /// The position of its first token.
    pub at: Position,
}

impl<'a> Field<'a> {
    /// Returns the response name: the alias, or else the name.
    #[must_use]
    pub fn response_name(&self) -> &'a str {
        self.alias.as_ref().unwrap_or(&self.name).text
    }
}

/// A fragment spread: a use of a fragment by its name.
#[derive(Debug)]
pub struct Spread<'a> {
    /// The name of the fragment.
    pub name: Name<'a>,
    /// The directives.
    pub directives: Vec<Directive<'a>>,
    /// The position of its first token.
    pub at: Position,
}

/// An inline fragment.
#[derive(Debug)]
pub struct Inline<'a> {
    /// The type condition.
    pub on: Option<Name<'a>>,
    /// The directives.
    pub directives: Vec<Directive<'a>>,
    /// The selection set.
    pub selections: SelectionSet<'a>,
    /// The position of its first token.
    pub at: Position,
}

/// A fragment definition.
#[derive(Debug)]
pub struct Fragment<'a> {
    /// The name.
    pub name: Name<'a>,
    /// The type condition.
    pub on: Name<'a>,
    /// The directives.
    pub directives: Vec<Directive<'a>>,
    /// The selection set.
    pub selections: SelectionSet<'a>,
    /// The position of its first token.
    pub at: Position,
}

/// A directive.
#[derive(Debug)]
pub struct Directive<'a> {
    /// The name, without `@`.
    pub name: Name<'a>,
    /// The arguments.
    pub arguments: Vec<Argument<'a>>,
    /// The position of its first token.
    pub at: Position,
}

/// An argument, or a field of an input object.
#[derive(Debug)]
pub struct Argument<'a> {
    /// The name.
    pub name: Name<'a>,
    /// The value.
    pub value: Value<'a>,
}

/// A value.
#[derive(Debug)]
pub struct Value<'a> {
    /// The value.
    pub kind: ValueKind<'a>,
    /// The position of its first token.
    pub at: Position,
}

/// The kind of a value.
#[derive(Debug)]
pub enum ValueKind<'a> {
    /// A variable, without `$`.
    Variable(&'a str),
    /// A number without a fraction, as source text.
    Int(&'a str),
    /// A number with a fraction or an exponent, as source text.
    Float(&'a str),
    /// A string.
    String(Cow<'a, str>),
    /// `true` or `false`.
    Boolean(bool),
    /// `null`.
    Null,
    /// A name: the value of an enum.
    Enum(&'a str),
    /// A list.
    List(Vec<Value<'a>>),
    /// An input object.
    Object(Vec<Argument<'a>>),
}
