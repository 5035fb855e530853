//! A document as a tree. Names and numbers are parts of its text.

use std::borrow::Cow;

use crate::Position;

/// A document: operations and fragments, in the order in which they are written.
#[derive(Debug)]
pub struct Document<'a> {
    /// What it defines.
    pub definitions: Vec<Definition<'a>>,
}

impl<'a> Document<'a> {
    /// The operations.
    pub fn operations(&self) -> impl Iterator<Item = &Operation<'a>> + Clone {
        self.definitions.iter().filter_map(|definition| match definition {
            Definition::Operation(operation) => Some(operation),
            Definition::Fragment(_) => None,
        })
    }

    /// The fragments.
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

/// What an operation does.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum OperationKind {
    /// It reads.
    Query,
    /// It writes.
    Mutation,
    /// It listens.
    Subscription,
}

impl OperationKind {
    /// The word that documents have for it.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Query => "query",
            Self::Mutation => "mutation",
            Self::Subscription => "subscription",
        }
    }
}

/// A name, and where it is.
#[derive(Debug, Clone, Copy)]
pub struct Name<'a> {
    /// The name.
    pub text: &'a str,
    /// Where it begins.
    pub at: Position,
}

/// An operation.
#[derive(Debug)]
pub struct Operation<'a> {
    /// What it does.
    pub kind: OperationKind,
    /// Its name.
    pub name: Option<Name<'a>>,
    /// Its variables.
    pub variables: Vec<VariableDefinition<'a>>,
    /// Its directives.
    pub directives: Vec<Directive<'a>>,
    /// What it selects.
    pub selections: SelectionSet<'a>,
    /// Where it begins.
    pub at: Position,
}

/// A variable of an operation.
#[derive(Debug)]
pub struct VariableDefinition<'a> {
    /// Its name, without `$`.
    pub name: Name<'a>,
    /// Its type.
    pub ty: Type<'a>,
    /// What it is when nothing is given.
    pub default: Option<Value<'a>>,
    /// Its directives.
    pub directives: Vec<Directive<'a>>,
    /// Where it begins.
    pub at: Position,
}

/// A type, as it is written.
#[derive(Debug)]
pub struct Type<'a> {
    /// The type without `!`.
    pub base: BaseType<'a>,
    /// Whether `!` follows.
    pub is_non_null: bool,
    /// Where it begins.
    pub at: Position,
}

/// A type without `!`, as it is written.
#[derive(Debug)]
pub enum BaseType<'a> {
    /// A name.
    Named(Name<'a>),
    /// A list.
    List(Box<Type<'a>>),
}

impl<'a> Type<'a> {
    /// The name within all lists.
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

/// What is selected of one thing.
#[derive(Debug)]
pub struct SelectionSet<'a> {
    /// The fields and fragments.
    pub items: Vec<Selection<'a>>,
    /// Where it begins.
    pub at: Position,
}

/// A field or a fragment.
#[derive(Debug)]
pub enum Selection<'a> {
    /// A field.
    Field(Field<'a>),
    /// A fragment, by name.
    Spread(Spread<'a>),
    /// A fragment, written in place.
    Inline(Inline<'a>),
}

/// A field.
#[derive(Debug)]
pub struct Field<'a> {
    /// The name under which it is answered, when that is another one.
    pub alias: Option<Name<'a>>,
    /// Its name.
    pub name: Name<'a>,
    /// Its arguments.
    pub arguments: Vec<Argument<'a>>,
    /// Its directives.
    pub directives: Vec<Directive<'a>>,
    /// What is selected of it.
    pub selections: Option<SelectionSet<'a>>,
    /// Where it begins.
    pub at: Position,
}

impl<'a> Field<'a> {
    /// The name under which it is answered.
    #[must_use]
    pub fn response_name(&self) -> &'a str {
        self.alias.as_ref().unwrap_or(&self.name).text
    }
}

/// A fragment that is spread by its name.
#[derive(Debug)]
pub struct Spread<'a> {
    /// The name of the fragment.
    pub name: Name<'a>,
    /// Its directives.
    pub directives: Vec<Directive<'a>>,
    /// Where it begins.
    pub at: Position,
}

/// A fragment that is written where it is spread.
#[derive(Debug)]
pub struct Inline<'a> {
    /// The type that it is for.
    pub on: Option<Name<'a>>,
    /// Its directives.
    pub directives: Vec<Directive<'a>>,
    /// What it selects.
    pub selections: SelectionSet<'a>,
    /// Where it begins.
    pub at: Position,
}

/// A fragment that has a name.
#[derive(Debug)]
pub struct Fragment<'a> {
    /// Its name.
    pub name: Name<'a>,
    /// The type that it is for.
    pub on: Name<'a>,
    /// Its directives.
    pub directives: Vec<Directive<'a>>,
    /// What it selects.
    pub selections: SelectionSet<'a>,
    /// Where it begins.
    pub at: Position,
}

/// A directive.
#[derive(Debug)]
pub struct Directive<'a> {
    /// Its name, without `@`.
    pub name: Name<'a>,
    /// Its arguments.
    pub arguments: Vec<Argument<'a>>,
    /// Where it begins.
    pub at: Position,
}

/// An argument, or a field of an input object.
#[derive(Debug)]
pub struct Argument<'a> {
    /// Its name.
    pub name: Name<'a>,
    /// Its value.
    pub value: Value<'a>,
}

/// A value.
#[derive(Debug)]
pub struct Value<'a> {
    /// The value.
    pub kind: ValueKind<'a>,
    /// Where it begins.
    pub at: Position,
}

/// What a value can be.
#[derive(Debug)]
pub enum ValueKind<'a> {
    /// A variable, without `$`.
    Variable(&'a str),
    /// A number without a fraction, as it is written.
    Int(&'a str),
    /// A number with a fraction or an exponent, as it is written.
    Float(&'a str),
    /// A text.
    String(Cow<'a, str>),
    /// `true` or `false`.
    Boolean(bool),
    /// `null`.
    Null,
    /// A name.
    Enum(&'a str),
    /// A list.
    List(Vec<Value<'a>>),
    /// An input object.
    Object(Vec<Argument<'a>>),
}
