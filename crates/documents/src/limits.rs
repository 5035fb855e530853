//! How much a document may ask for.

use crate::Position;

/// One of the limits.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Limit {
    /// Tokens: names, values and punctuation.
    Tokens,
    /// Levels of brackets, as they are written.
    Nesting,
    /// Levels of fields.
    Depth,
    /// Fields and fragments, fragments expanded.
    Selections,
    /// Fields under another name, fragments expanded.
    Aliases,
    /// Fields at the top of an operation.
    RootFields,
    /// Directives in the whole document.
    Directives,
    /// Directives in one place.
    DirectivesPerPlace,
    /// Variables of one operation.
    Variables,
    /// Operations in one document.
    Operations,
    /// Characters of one name.
    NameLength,
}

impl Limit {
    /// All of them.
    pub const ALL: [Self; 11] = [
        Self::Tokens,
        Self::Nesting,
        Self::Depth,
        Self::Selections,
        Self::Aliases,
        Self::RootFields,
        Self::Directives,
        Self::DirectivesPerPlace,
        Self::Variables,
        Self::Operations,
        Self::NameLength,
    ];

    /// Its name in answers.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Tokens => "tokens",
            Self::Nesting => "nesting",
            Self::Depth => "depth",
            Self::Selections => "selections",
            Self::Aliases => "aliases",
            Self::RootFields => "rootFields",
            Self::Directives => "directives",
            Self::DirectivesPerPlace => "directivesPerPlace",
            Self::Variables => "variables",
            Self::Operations => "operations",
            Self::NameLength => "nameLength",
        }
    }

    /// The flag of the program that sets it.
    #[must_use]
    pub fn flag(self) -> &'static str {
        match self {
            Self::Tokens => "--max-tokens",
            Self::Nesting => "--max-nesting",
            Self::Depth => "--max-depth",
            Self::Selections => "--max-selections",
            Self::Aliases => "--max-aliases",
            Self::RootFields => "--max-root-fields",
            Self::Directives => "--max-directives",
            Self::DirectivesPerPlace => "--max-directives-per-place",
            Self::Variables => "--max-variables",
            Self::Operations => "--max-operations",
            Self::NameLength => "--max-name-length",
        }
    }

    /// What is counted, and how to ask for less.
    fn words(self) -> (&'static str, &'static str) {
        match self {
            Self::Tokens => ("tokens", "send long values as variables, or ask in several requests"),
            Self::Nesting => {
                ("levels of brackets", "send nested values as variables, or ask in several requests")
            }
            Self::Depth => ("levels of fields", "ask for what is nested in a request of its own"),
            Self::Selections => (
                "fields and fragments, fragments expanded wherever they are spread",
                "ask in several requests",
            ),
            Self::Aliases => {
                ("aliases, fragments expanded wherever they are spread", "ask in several requests")
            }
            Self::RootFields => ("fields at the top of an operation", "ask in several requests"),
            Self::Directives => ("directives", "ask in several requests"),
            Self::DirectivesPerPlace => ("directives in one place", "leave some out"),
            Self::Variables => ("variables in one operation", "gather values in lists or input objects"),
            Self::Operations => ("operations", "send the one that is meant"),
            Self::NameLength => ("characters in one name", "give it a shorter one"),
        }
    }
}

/// How much a document may ask for.
#[derive(Debug, Clone, Copy)]
pub struct Limits {
    /// [`Limit::Tokens`].
    pub tokens: u64,
    /// [`Limit::Nesting`].
    pub nesting: u64,
    /// [`Limit::Depth`].
    pub depth: u64,
    /// [`Limit::Selections`].
    pub selections: u64,
    /// [`Limit::Aliases`].
    pub aliases: u64,
    /// [`Limit::RootFields`].
    pub root_fields: u64,
    /// [`Limit::Directives`].
    pub directives: u64,
    /// [`Limit::DirectivesPerPlace`].
    pub directives_per_place: u64,
    /// [`Limit::Variables`].
    pub variables: u64,
    /// [`Limit::Operations`].
    pub operations: u64,
    /// [`Limit::NameLength`].
    pub name_length: u64,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            tokens: 15_000,
            nesting: 100,
            // A client's full introspection needs about 15.
            depth: 20,
            selections: 10_000,
            aliases: 200,
            root_fields: 50,
            directives: 200,
            directives_per_place: 10,
            variables: 200,
            operations: 100,
            name_length: 200,
        }
    }
}

impl Limits {
    /// The value of one of them.
    #[must_use]
    pub fn value(&self, limit: Limit) -> u64 {
        match limit {
            Limit::Tokens => self.tokens,
            Limit::Nesting => self.nesting,
            Limit::Depth => self.depth,
            Limit::Selections => self.selections,
            Limit::Aliases => self.aliases,
            Limit::RootFields => self.root_fields,
            Limit::Directives => self.directives,
            Limit::DirectivesPerPlace => self.directives_per_place,
            Limit::Variables => self.variables,
            Limit::Operations => self.operations,
            Limit::NameLength => self.name_length,
        }
    }

    /// Refuses what is beyond a limit.
    pub(crate) fn allow(&self, limit: Limit, requested: u64, at: Position) -> Result<(), Exceeded> {
        let value = self.value(limit);
        if requested <= value { Ok(()) } else { Err(Exceeded { limit, value, requested, at }) }
    }
}

/// A limit that a document is beyond.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Exceeded {
    /// The limit.
    pub limit: Limit,
    /// How much is allowed.
    pub value: u64,
    /// How much was asked for, as far as it was counted.
    pub requested: u64,
    /// Where.
    pub at: Position,
}

impl std::fmt::Display for Exceeded {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let Self { limit, value, requested, at: _ } = self;
        let (what, instead) = limit.words();
        write!(
            f,
            "the document has {requested} {what}; this server allows {value} (`{}`): {instead}",
            limit.flag()
        )
    }
}
