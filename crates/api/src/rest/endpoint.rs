//! What an endpoint is: a stored GraphQL document, the parameters that fill in its variables, and the
//! shape of its answer. Nothing here is code: the same description answers requests and makes `OpenAPI`.

/// An endpoint.
#[derive(Debug)]
pub(crate) struct Endpoint {
    /// Its name in `OpenAPI`.
    pub(crate) name: &'static str,
    /// Its path. At most one part varies: `{slug}`, or `{id}` where an id names the thing as well.
    pub(crate) path: &'static str,
    /// What it answers, in a few words.
    pub(crate) summary: &'static str,
    /// What else there is to know.
    pub(crate) description: &'static str,
    /// The document that is executed.
    pub(crate) document: &'static str,
    /// What may stand in the query string.
    pub(crate) parameters: &'static [Parameter],
    /// How the data becomes the answer.
    pub(crate) shape: Shape,
    /// An answer, as JSON.
    pub(crate) example: &'static str,
}

impl Endpoint {
    /// Whether its path names one thing, by its slug.
    pub(crate) fn has_slug(&self) -> bool {
        self.path.ends_with('}')
    }

    /// Whether its path names one thing, by its slug or by its id.
    pub(crate) fn has_id(&self) -> bool {
        self.path.ends_with("/{id}")
    }

    /// The parameter of a name.
    pub(crate) fn parameter(&self, name: &str) -> Option<&'static Parameter> {
        self.parameters.iter().find(|parameter| parameter.name == name)
    }

    /// The path of one of its things.
    pub(crate) fn path_of(&self, slug: &str) -> String {
        self.path.replace("{slug}", slug).replace("{id}", slug)
    }
}

/// How the data of a document becomes an answer.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Shape {
    /// The connection in this field: its `nodes` under the name of the field, the rest beside them.
    List(&'static str),
    /// The one thing in this field, which may be null, or have another slug by now.
    One(&'static str),
    /// As it is.
    Whole,
}

/// A parameter of the query string.
#[derive(Debug)]
pub(crate) struct Parameter {
    pub(crate) name: &'static str,
    pub(crate) kind: Kind,
    /// The variable that it fills in, or a path within one. GraphQL names its arguments by it.
    pub(crate) argument: &'static str,
    pub(crate) description: &'static str,
    /// What holds when it is left out.
    pub(crate) default: Option<&'static str>,
    /// Another parameter that it says something about.
    pub(crate) needs: Option<&'static str>,
}

/// What a parameter holds.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Kind {
    /// Slugs: repeated, or with commas between them.
    Slugs,
    /// A text.
    Text,
    /// An instant.
    Instant,
    /// A number from 0, or 1, to this one.
    Number(i32, i32),
    /// `true` or `false`.
    Flag,
    /// `true` or `false`, the other way round than the argument.
    Negated,
    /// A field to sort by, with its name in the graph; a leading `-` sorts the other way round.
    Order(&'static [(&'static str, &'static str)]),
    /// Parts to answer with, each with the variable that asks for it.
    Parts(&'static [(&'static str, &'static str)]),
}

impl Parameter {
    /// A parameter whose argument has the same name.
    pub(crate) const fn new(name: &'static str, kind: Kind, description: &'static str) -> Self {
        Self { name, kind, argument: name, description, default: None, needs: None }
    }

    /// The same, for another argument.
    pub(crate) const fn of(self, argument: &'static str) -> Self {
        Self { argument, ..self }
    }

    /// The same, the other way round than the argument.
    pub(crate) const fn negated(self, argument: &'static str) -> Self {
        Self { argument, kind: Kind::Negated, ..self }
    }

    /// The same, with what holds when it is left out.
    pub(crate) const fn or(self, default: &'static str) -> Self {
        Self { default: Some(default), ..self }
    }

    /// The same, saying something about another one.
    pub(crate) const fn about(self, other: &'static str) -> Self {
        Self { needs: Some(other), ..self }
    }
}

/// The parameters that every list has.
pub(crate) const FIRST: Parameter =
    Parameter::new("first", Kind::Number(0, 100), "This many from the start of the list.").or("20");
pub(crate) const AFTER: Parameter = Parameter::new(
    "after",
    Kind::Text,
    "Only what comes after this cursor: the `endCursor` of the page before. The `Link` header has it filled in.",
);
pub(crate) const LAST: Parameter =
    Parameter::new("last", Kind::Number(0, 100), "This many from the end of the list.");
pub(crate) const BEFORE: Parameter = Parameter::new(
    "before",
    Kind::Text,
    "Only what comes before this cursor: the `startCursor` of the page after.",
);
pub(crate) const COUNT: Parameter =
    Parameter::new("count", Kind::Flag, "Whether to answer `totalCount`, how many match in all.").or("false");
