//! The limits on documents.

use crate::Position;

/// A limit on documents.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Limit {
    /// The number of tokens: names, values and punctuation.
    Tokens,
    /// The number of levels of brackets in the text, and of fields and fragments in the expansion.
    Nesting,
    /// The number of levels of fields.
    Depth,
    /// The number of fields and fragments in the expansion.
    Selections,
    /// The number of aliases in the expansion.
    Aliases,
    /// The number of root fields of an operation.
    RootFields,
    /// The number of directives in the document.
    Directives,
    /// The number of directives in one place.
    DirectivesPerPlace,
    /// The number of variables of one operation.
    Variables,
    /// The number of values in all variables: every entry of a list, every field of an object, and what they contain.
    Values,
    /// The number of operations in the document.
    Operations,
    /// The length of a name, in characters.
    NameLength,
}

impl Limit {
    /// All limits.
    pub const ALL: [Self; 12] = [
        Self::Tokens,
        Self::Nesting,
        Self::Depth,
        Self::Selections,
        Self::Aliases,
        Self::RootFields,
        Self::Directives,
        Self::DirectivesPerPlace,
        Self::Variables,
        Self::Values,
        Self::Operations,
        Self::NameLength,
    ];

    /// Returns the name of the limit in responses.
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
            Self::Values => "values",
            Self::Operations => "operations",
            Self::NameLength => "nameLength",
        }
    }

    /// Returns the flag of the program that sets the limit.
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
            Self::Values => "--max-values",
            Self::Operations => "--max-operations",
            Self::NameLength => "--max-name-length",
        }
    }

    /// Returns what the limit counts, and how to stay below it.
    fn words(self) -> (&'static str, &'static str) {
        match self {
            Self::Tokens => ("tokens", "send long values as variables, or split it into several requests"),
            Self::Nesting => {
                ("levels of brackets", "send nested values as variables, or split it into several requests")
            }
            Self::Depth => ("levels of fields", "request the nested fields in another request"),
            Self::Selections => (
                "fields and fragments, where each fragment counts wherever it is spread",
                "split it into several requests",
            ),
            Self::Aliases => (
                "aliases, where each fragment counts wherever it is spread",
                "split it into several requests",
            ),
            Self::RootFields => ("root fields in one operation", "split it into several requests"),
            Self::Directives => ("directives", "split it into several requests"),
            Self::DirectivesPerPlace => ("directives in one place", "remove some"),
            Self::Variables => ("variables in one operation", "group values in lists or input objects"),
            Self::Values => ("values in its variables", "split it into several requests"),
            Self::Operations => ("operations", "send only the operation to execute"),
            Self::NameLength => ("characters in one name", "use a shorter name"),
        }
    }
}

/// The values of all limits.
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
    /// [`Limit::Values`].
    pub values: u64,
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
            values: 5_000,
            operations: 100,
            name_length: 200,
        }
    }
}

impl Limits {
    /// Returns the value of a limit.
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
            Limit::Values => self.values,
            Limit::Operations => self.operations,
            Limit::NameLength => self.name_length,
        }
    }

    /// Checks that a document does not exceed a limit.
    pub(crate) fn check(&self, limit: Limit, requested: u64, at: Position) -> Result<(), Exceeded> {
        let value = self.value(limit);
        if requested <= value { Ok(()) } else { Err(Exceeded { limit, value, requested, at }) }
    }
}

/// A request exceeds a limit.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Exceeded {
    /// The limit.
    pub limit: Limit,
    /// The value of the limit.
    pub value: u64,
    /// The amount in the document. It can be higher, as counting stops early for some limits.
    pub requested: u64,
    /// The location where the limit was exceeded.
    pub at: Position,
}

impl std::fmt::Display for Exceeded {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let Self { limit, value, requested, at: _ } = self;
        let (what, instead) = limit.words();
        let whole = if *limit == Limit::Values { "request" } else { "document" };
        write!(
            f,
            "the {whole} has {requested} {what}; this server allows {value} (`{}`): {instead}",
            limit.flag()
        )
    }
}
