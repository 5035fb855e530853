//! The schema that documents are validated against. It is built from the result of an introspection query.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use serde_json::Value;

use crate::tree::{self, OperationKind};

/// The index of a type of the schema.
pub(crate) type TypeId = usize;

/// The schema.
#[derive(Debug)]
pub struct Schema {
    types: Vec<TypeDefinition>,
    by_name: HashMap<String, TypeId>,
    pub(crate) directives: BTreeMap<String, Directive>,
    query: Option<TypeId>,
    mutation: Option<TypeId>,
    subscription: Option<TypeId>,
    schema_field: Option<Field>,
    type_field: Option<Field>,
    typename_field: Option<Field>,
}

#[derive(Debug)]
pub(crate) struct TypeDefinition {
    pub(crate) name: String,
    pub(crate) kind: Kind,
}

#[derive(Debug)]
pub(crate) enum Kind {
    Scalar(Scalar),
    Object { fields: BTreeMap<String, Field> },
    Interface { fields: BTreeMap<String, Field>, possible: BTreeSet<TypeId> },
    Union { possible: BTreeSet<TypeId> },
    Enum { values: BTreeSet<String> },
    Input { fields: BTreeMap<String, Input>, is_one_of: bool },
}

/// The input format of the values of a scalar.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Scalar {
    Int,
    Float,
    String,
    Boolean,
    Id,
    /// A custom scalar. All of ours are written as strings.
    Text,
}

#[derive(Debug)]
pub(crate) struct Field {
    pub(crate) ty: TypeRef,
    pub(crate) arguments: BTreeMap<String, Input>,
}

/// An argument, or a field of an input object.
#[derive(Debug)]
pub(crate) struct Input {
    pub(crate) ty: TypeRef,
    pub(crate) has_default: bool,
}

impl Input {
    pub(crate) fn is_required(&self) -> bool {
        self.ty.is_non_null && !self.has_default
    }
}

#[derive(Debug)]
pub(crate) struct Directive {
    pub(crate) arguments: BTreeMap<String, Input>,
    pub(crate) locations: BTreeSet<String>,
    pub(crate) is_repeatable: bool,
}

/// A reference to a type, with its list and non-null wrappers.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TypeRef {
    pub(crate) base: Base,
    pub(crate) is_non_null: bool,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Base {
    Named(TypeId),
    List(Box<TypeRef>),
}

impl TypeRef {
    /// Returns the innermost type, without lists.
    pub(crate) fn named(&self) -> TypeId {
        match &self.base {
            Base::Named(id) => *id,
            Base::List(entry) => entry.named(),
        }
    }

    /// Whether a value of this type can be used where `expected` is needed.
    pub(crate) fn is_compatible(&self, expected: &Self) -> bool {
        (self.is_non_null || !expected.is_non_null) && self.is_compatible_if_not_null(expected)
    }

    /// Like [`Self::is_compatible`], but ignores whether the outermost types can be null.
    pub(crate) fn is_compatible_if_not_null(&self, expected: &Self) -> bool {
        match (&self.base, &expected.base) {
            (Base::Named(own), Base::Named(expected)) => own == expected,
            (Base::List(own), Base::List(expected)) => own.is_compatible(expected),
            _ => false,
        }
    }
}

/// The result of the introspection query does not describe a schema.
#[derive(Debug)]
pub struct SchemaError(String);

impl std::fmt::Display for SchemaError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "the schema cannot be read: {}", self.0)
    }
}

impl std::error::Error for SchemaError {}

impl Schema {
    /// The introspection query whose result [`Self::from_introspection`] reads.
    pub const INTROSPECTION: &'static str = "{
        __schema {
            queryType { name } mutationType { name } subscriptionType { name }
            types {
                kind name isOneOf possibleTypes { name } enumValues(includeDeprecated: true) { name }
                fields(includeDeprecated: true) {
                    name type { ...T } args(includeDeprecated: true) { name type { ...T } defaultValue }
                }
                inputFields(includeDeprecated: true) { name type { ...T } defaultValue }
            }
            directives { name isRepeatable locations args(includeDeprecated: true) { name type { ...T } defaultValue } }
        }
    }
    fragment T on __Type {
        kind name ofType { kind name ofType { kind name ofType { kind name ofType { kind name ofType { kind name } } } } }
    }";

    /// Builds the schema from the result of [`Self::INTROSPECTION`].
    ///
    /// # Errors
    /// [`SchemaError`] when the result does not describe a schema.
    pub fn from_introspection(data: &Value) -> Result<Self, SchemaError> {
        let schema = &data["__schema"];
        let described = entries(schema, "types")?;
        let mut by_name = HashMap::new();
        for (id, ty) in described.iter().enumerate() {
            by_name.insert(name(ty)?.to_owned(), id);
        }
        let reader = Reader { by_name: &by_name };
        let types = described.iter().map(|ty| reader.definition(ty)).collect::<Result<Vec<_>, _>>()?;
        let mut directives = BTreeMap::new();
        for directive in entries(schema, "directives")? {
            directives.insert(name(directive)?.to_owned(), reader.directive(directive)?);
        }
        let root = |key: &str| schema[key]["name"].as_str().and_then(|name| by_name.get(name).copied());
        let (query, mutation, subscription) =
            (root("queryType"), root("mutationType"), root("subscriptionType"));
        let meta = |name: &str, is_non_null, arguments| {
            let id = *by_name.get(name)?;
            Some(Field { ty: TypeRef { base: Base::Named(id), is_non_null }, arguments })
        };
        let text = by_name.get("String").map(|id| TypeRef { base: Base::Named(*id), is_non_null: true });
        let by_type_name = text.map(|ty| ("name".to_owned(), Input { ty, has_default: false }));
        let schema_field = meta("__Schema", true, BTreeMap::new());
        let type_field = meta("__Type", false, by_type_name.into_iter().collect());
        let typename_field = meta("String", true, BTreeMap::new());
        Ok(Self {
            types,
            directives,
            query,
            mutation,
            subscription,
            schema_field,
            type_field,
            typename_field,
            by_name,
        })
    }

    pub(crate) fn get(&self, id: TypeId) -> &TypeDefinition {
        &self.types[id]
    }

    pub(crate) fn find(&self, name: &str) -> Option<TypeId> {
        self.by_name.get(name).copied()
    }

    /// Returns the root type of a kind of operation.
    pub(crate) fn root(&self, kind: OperationKind) -> Option<TypeId> {
        match kind {
            OperationKind::Query => self.query,
            OperationKind::Mutation => self.mutation,
            OperationKind::Subscription => self.subscription,
        }
    }

    /// Iterates over the names of the types whose kind satisfies `holds`.
    pub(crate) fn names(&self, holds: impl Fn(&Kind) -> bool) -> impl Iterator<Item = &str> {
        self.types.iter().filter(move |ty| holds(&ty.kind)).map(|ty| ty.name.as_str())
    }

    /// Returns a field of a type, including introspection fields.
    pub(crate) fn field(&self, parent: TypeId, name: &str) -> Option<&Field> {
        match (&self.get(parent).kind, name) {
            (Kind::Object { .. } | Kind::Interface { .. } | Kind::Union { .. }, "__typename") => {
                self.typename_field.as_ref()
            }
            (_, "__schema") if Some(parent) == self.query => self.schema_field.as_ref(),
            (_, "__type") if Some(parent) == self.query => self.type_field.as_ref(),
            (Kind::Object { fields } | Kind::Interface { fields, .. }, _) => fields.get(name),
            _ => None,
        }
    }

    /// Returns the name of the innermost type of a field. `None` when the type or the field is unknown.
    #[must_use]
    pub fn output(&self, parent: &str, field: &str) -> Option<&str> {
        let field = self.field(self.find(parent)?, field)?;
        Some(&self.get(field.ty.named()).name)
    }

    /// Whether an object can be of both types.
    pub(crate) fn overlap(&self, one: TypeId, other: TypeId) -> bool {
        match (self.possible(one), self.possible(other)) {
            (None, None) => one == other,
            (None, Some(others)) => others.contains(&one),
            (Some(ones), None) => ones.contains(&other),
            (Some(ones), Some(others)) => one == other || !ones.is_disjoint(others),
        }
    }

    fn possible(&self, id: TypeId) -> Option<&BTreeSet<TypeId>> {
        match &self.get(id).kind {
            Kind::Interface { possible, .. } | Kind::Union { possible } => Some(possible),
            _ => None,
        }
    }

    /// Resolves a type reference of a document. `None` when the type is unknown.
    pub(crate) fn resolve(&self, written: &tree::Type<'_>) -> Option<TypeRef> {
        let base = match &written.base {
            tree::BaseType::Named(name) => Base::Named(self.find(name.text)?),
            tree::BaseType::List(entry) => Base::List(Box::new(self.resolve(entry)?)),
        };
        Some(TypeRef { base, is_non_null: written.is_non_null })
    }

    /// Returns a type reference in GraphQL syntax.
    pub(crate) fn shown(&self, ty: &TypeRef) -> String {
        let base = match &ty.base {
            Base::Named(id) => self.get(*id).name.clone(),
            Base::List(entry) => format!("[{}]", self.shown(entry)),
        };
        if ty.is_non_null { format!("{base}!") } else { base }
    }
}

impl Kind {
    pub(crate) fn is_composite(&self) -> bool {
        matches!(self, Self::Object { .. } | Self::Interface { .. } | Self::Union { .. })
    }

    pub(crate) fn is_input(&self) -> bool {
        matches!(self, Self::Scalar(_) | Self::Enum { .. } | Self::Input { .. })
    }
}

/// Reads the result of an introspection query.
struct Reader<'s> {
    by_name: &'s HashMap<String, TypeId>,
}

impl Reader<'_> {
    fn definition(&self, ty: &Value) -> Result<TypeDefinition, SchemaError> {
        let name = name(ty)?;
        let kind = match ty["kind"].as_str().unwrap_or_default() {
            "SCALAR" => Kind::Scalar(match name {
                "Int" => Scalar::Int,
                "Float" => Scalar::Float,
                "String" => Scalar::String,
                "Boolean" => Scalar::Boolean,
                "ID" => Scalar::Id,
                _ => Scalar::Text,
            }),
            "OBJECT" => Kind::Object { fields: self.fields(ty)? },
            "INTERFACE" => Kind::Interface { fields: self.fields(ty)?, possible: self.possible(ty)? },
            "UNION" => Kind::Union { possible: self.possible(ty)? },
            "ENUM" => {
                let values = entries(ty, "enumValues")?;
                let values = values.iter().map(|value| Ok(self::name(value)?.to_owned()));
                Kind::Enum { values: values.collect::<Result<_, _>>()? }
            }
            "INPUT_OBJECT" => Kind::Input {
                fields: self.inputs(ty, "inputFields")?,
                is_one_of: ty["isOneOf"].as_bool().unwrap_or_default(),
            },
            other => return Err(SchemaError(format!("`{name}` is a `{other}`"))),
        };
        Ok(TypeDefinition { name: name.to_owned(), kind })
    }

    fn fields(&self, ty: &Value) -> Result<BTreeMap<String, Field>, SchemaError> {
        let field = |field: &Value| {
            let ty = self.type_ref(&field["type"])?;
            Ok((name(field)?.to_owned(), Field { ty, arguments: self.inputs(field, "args")? }))
        };
        entries(ty, "fields")?.iter().map(field).collect()
    }

    fn inputs(&self, parent: &Value, key: &str) -> Result<BTreeMap<String, Input>, SchemaError> {
        let input = |input: &Value| {
            let ty = self.type_ref(&input["type"])?;
            Ok((name(input)?.to_owned(), Input { ty, has_default: !input["defaultValue"].is_null() }))
        };
        entries(parent, key)?.iter().map(input).collect()
    }

    fn possible(&self, ty: &Value) -> Result<BTreeSet<TypeId>, SchemaError> {
        entries(ty, "possibleTypes")?.iter().map(|ty| self.find(name(ty)?)).collect()
    }

    fn directive(&self, directive: &Value) -> Result<Directive, SchemaError> {
        let locations = entries(directive, "locations")?;
        Ok(Directive {
            arguments: self.inputs(directive, "args")?,
            locations: locations.iter().filter_map(Value::as_str).map(str::to_owned).collect(),
            is_repeatable: directive["isRepeatable"].as_bool().unwrap_or_default(),
        })
    }

    fn type_ref(&self, ty: &Value) -> Result<TypeRef, SchemaError> {
        Ok(match ty["kind"].as_str() {
            Some("NON_NULL") => TypeRef { is_non_null: true, ..self.type_ref(&ty["ofType"])? },
            Some("LIST") => {
                TypeRef { base: Base::List(Box::new(self.type_ref(&ty["ofType"])?)), is_non_null: false }
            }
            _ => TypeRef { base: Base::Named(self.find(name(ty)?)?), is_non_null: false },
        })
    }

    fn find(&self, name: &str) -> Result<TypeId, SchemaError> {
        self.by_name.get(name).copied().ok_or_else(|| SchemaError(format!("there is no type `{name}`")))
    }
}

fn name(of: &Value) -> Result<&str, SchemaError> {
    of["name"].as_str().ok_or_else(|| SchemaError(format!("something has no name: {of}")))
}

fn entries<'v>(of: &'v Value, key: &str) -> Result<&'v Vec<Value>, SchemaError> {
    of[key].as_array().ok_or_else(|| SchemaError(format!("`{key}` is not a list in {of}")))
}
