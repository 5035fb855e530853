//! The definition of an endpoint that reads: a stored GraphQL document, the parameters that set its variables, and
//! the shape of its answer. It is data: requests are answered and the `OpenAPI` description is made from the same
//! definition.

/// An endpoint that reads public content.
#[derive(Debug)]
pub(crate) struct Endpoint {
    /// The operation id in `OpenAPI`.
    pub(crate) name: &'static str,
    /// The path. At most one part varies: `{slug}`, or `{id}` if it accepts an id as well.
    pub(crate) path: &'static str,
    /// A short summary for `OpenAPI`.
    pub(crate) summary: &'static str,
    /// The description for `OpenAPI`.
    pub(crate) description: &'static str,
    /// The stored document.
    pub(crate) document: &'static str,
    /// The parameters of the query string.
    pub(crate) parameters: &'static [Parameter],
    /// How the data is reshaped into the answer.
    pub(crate) shape: Shape,
    /// An example of an answer, as JSON.
    pub(crate) example: &'static str,
}

impl Endpoint {
    /// Whether the path names a single object by its slug.
    pub(crate) fn has_slug(&self) -> bool {
        self.path.ends_with('}')
    }

    /// Whether the path names a single object by its slug or its id.
    pub(crate) fn has_id(&self) -> bool {
        self.path.ends_with("/{id}")
    }

    /// Returns the parameter with this name.
    pub(crate) fn parameter(&self, name: &str) -> Option<&'static Parameter> {
        self.parameters.iter().find(|parameter| parameter.name == name)
    }

    /// Returns the path of the object with this slug.
    pub(crate) fn path_of(&self, slug: &str) -> String {
        self.path.replace("{slug}", slug).replace("{id}", slug)
    }
}

/// How the data of a document is reshaped into an answer.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Shape {
    /// The connection in this field: its `nodes` under the name of the field, and its other fields next to it.
    List(&'static str),
    /// The object in this field. It may be null, or have another slug by now.
    One(&'static str),
    /// The editions in `editions`, in their order. The next page begins after the last of them.
    Editions,
    /// The data, unchanged.
    Whole,
}

/// A parameter of the query string.
#[derive(Debug)]
pub(crate) struct Parameter {
    pub(crate) name: &'static str,
    pub(crate) kind: ParameterKind,
    /// The variable that it sets, or a path within one. Errors of the schema name this path.
    pub(crate) argument: &'static str,
    pub(crate) description: &'static str,
    /// The value without the parameter, for `OpenAPI`.
    pub(crate) default: Option<&'static str>,
    /// Another parameter that must be present.
    pub(crate) needs: Option<&'static str>,
    /// Whether every request must have the parameter.
    pub(crate) is_required: bool,
}

/// The type of a parameter.
#[derive(Debug, Clone, Copy)]
pub(crate) enum ParameterKind {
    /// Slugs: the parameter is repeated, or the slugs are separated by commas.
    Slugs,
    /// Ids of articles, written like slugs.
    Ids,
    /// A text of at most this many characters.
    Text(usize),
    /// A language tag.
    Locale,
    /// The cursor of an entry of a list.
    Cursor,
    /// An instant.
    Instant,
    /// An edition, in the format of the header `Edition`.
    Edition,
    /// An integer between these bounds, inclusive.
    Number(i32, i32),
    /// `true` or `false`.
    Flag,
    /// `true` or `false`, the opposite of the variable.
    Negated,
    /// A field to sort by, with its name in the schema. A leading `-` reverses the order.
    Order(&'static [(&'static str, &'static str)]),
    /// Additional parts of the answer, each with the variable that selects it.
    Include(&'static [(&'static str, &'static str)]),
}

impl Parameter {
    /// Makes a parameter whose variable has the same name.
    pub(crate) const fn new(name: &'static str, kind: ParameterKind, description: &'static str) -> Self {
        Self { name, kind, argument: name, description, default: None, needs: None, is_required: false }
    }

    /// Sets another variable.
    pub(crate) const fn of(self, argument: &'static str) -> Self {
        Self { argument, ..self }
    }

    /// Sets another variable, to the opposite value.
    pub(crate) const fn negated(self, argument: &'static str) -> Self {
        Self { argument, kind: ParameterKind::Negated, ..self }
    }

    /// Sets the default.
    pub(crate) const fn or(self, default: &'static str) -> Self {
        Self { default: Some(default), ..self }
    }

    /// Requires the parameter in every request.
    pub(crate) const fn required(self) -> Self {
        Self { is_required: true, ..self }
    }

    /// Requires another parameter.
    pub(crate) const fn about(self, other: &'static str) -> Self {
        Self { needs: Some(other), ..self }
    }
}

/// The parameters of every list.
pub(crate) const FIRST: Parameter = Parameter::new(
    "first",
    ParameterKind::Number(0, 100),
    "How many entries to return from the start of the list.",
)
.or("20");
pub(crate) const AFTER: Parameter = Parameter::new(
    "after",
    ParameterKind::Cursor,
    "Only entries after this cursor, which is the `endCursor` of the previous page. The `Link` header has the whole URL.",
);
pub(crate) const LAST: Parameter = Parameter::new(
    "last",
    ParameterKind::Number(0, 100),
    "How many entries to return from the end of the list.",
);
pub(crate) const BEFORE: Parameter = Parameter::new(
    "before",
    ParameterKind::Cursor,
    "Only entries before this cursor, which is the `startCursor` of the next page.",
);
pub(crate) const COUNT: Parameter = Parameter::new(
    "count",
    ParameterKind::Flag,
    "Whether the answer has `totalCount`, the number of entries that match on all pages.",
)
.or("false");
