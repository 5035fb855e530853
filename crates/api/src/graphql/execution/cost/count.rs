//! Counting what an operation costs, without the database.

use std::collections::HashMap;
use std::convert::Infallible;

use async_graphql::parser::types::{
    Directive, ExecutableDocument, Field, FragmentDefinition, OperationType, Selection, SelectionSet,
};
use async_graphql::{Name, Positioned};
use async_graphql_value::ConstValue;
use documents::Schema;

use super::entries::{self, Below};
use super::introspection::Introspection;
use super::ledger::BYTES_PER_UNIT;
use crate::graphql::document::variable::Given;

/// What a part of an operation costs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Part {
    /// The names in the answer that lead to it.
    pub(super) path: Vec<Name>,
    pub(super) cost: u64,
}

/// A list of articles that an operation asks for.
#[derive(Debug, Clone)]
pub(super) struct Articles {
    /// Its name in the answer.
    pub(super) name: Name,
    pub(super) arguments: Vec<(Name, ConstValue)>,
    /// Whether articles are asked for.
    pub(super) is_read: bool,
    /// The name in the answer of the number of articles, each time that it is asked for.
    pub(super) counts: Vec<Name>,
}

/// What is asked about the schema.
struct IntrospectionCost {
    cost: u64,
    bytes: u64,
}

/// What an entry of an object or of a list has beside its name and its value.
const NAMED: u64 = 4;
/// Far more than anything may cost.
const BEYOND: u64 = 1 << 40;

/// Counts what an operation costs.
pub(super) struct Count<'a> {
    schema: &'a Schema,
    introspection: &'a Introspection,
    /// What costs more is refused: nothing beyond that is counted.
    maximum: u64,
    /// How many bytes the answers about the schema have.
    pub(super) introspected: u64,
    fragments: &'a HashMap<Name, Positioned<FragmentDefinition>>,
    given: Given<'a>,
    /// What the fields at the top cost.
    pub(super) parts: Vec<Part>,
    /// The lists of articles, of which the database knows more.
    pub(super) articles: Vec<Articles>,
}

impl<'a> Count<'a> {
    pub(super) fn of(
        schema: &'a Schema,
        introspection: &'a Introspection,
        maximum: u64,
        document: &'a ExecutableDocument,
        given: Given<'a>,
    ) -> Self {
        let operation = given.operation;
        let fragments = &document.fragments;
        let mut count = Self {
            schema,
            introspection,
            maximum,
            introspected: 0,
            fragments,
            given,
            parts: Vec::new(),
            articles: Vec::new(),
        };
        let root = match operation.ty {
            OperationType::Query => "Query",
            OperationType::Mutation => "Mutation",
            OperationType::Subscription => "Subscription",
        };
        count.top(&operation.selection_set.node, root);
        count
    }

    /// The fields at the top, fragments included.
    fn top(&mut self, set: &'a SelectionSet, parent: &str) {
        for item in &set.items {
            match &item.node {
                Selection::Field(field) => {
                    let field = &field.node;
                    if !self.is_asked(&field.directives) {
                        continue;
                    }
                    let name = &field.response_key().node;
                    let cost = match self.introspection_of(field, parent) {
                        Some(IntrospectionCost { cost, bytes }) => {
                            self.introspected = self.introspected.saturating_add(bytes);
                            cost + bytes / BYTES_PER_UNIT
                        }
                        None => self.field(field, parent, None),
                    };
                    self.parts.push(Part { path: vec![name.clone()], cost });
                    if parent == "Query" && field.name.node == "articles" {
                        let mut articles = Articles {
                            name: name.clone(),
                            arguments: self.arguments(field),
                            is_read: false,
                            counts: Vec::new(),
                        };
                        self.look_at(&field.selection_set.node, &mut articles);
                        self.articles.push(articles);
                    }
                }
                Selection::InlineFragment(fragment) => {
                    let fragment = &fragment.node;
                    if self.is_asked(&fragment.directives) {
                        self.top(&fragment.selection_set.node, parent);
                    }
                }
                Selection::FragmentSpread(spread) => {
                    let spread = &spread.node;
                    if let Some(fragment) = self.fragments.get(&spread.fragment_name.node)
                        && self.is_asked(&spread.directives)
                    {
                        self.top(&fragment.node.selection_set.node, parent);
                    }
                }
            }
        }
    }

    /// What a question about the schema costs; nothing when the field asks for something else.
    fn introspection_of(&self, field: &Field, parent: &str) -> Option<IntrospectionCost> {
        if parent != "Query" {
            return None;
        }
        let arguments = self.arguments(field);
        let name = arguments.iter().find(|(name, _)| name == "name").map(|(_, name)| name);
        let start = self.introspection.start(field.name.node.as_str(), name)?;
        let mut asked = IntrospectionCost { cost: 1, bytes: 0 };
        self.introspect(&field.selection_set.node, start, &mut asked);
        Some(asked)
    }

    /// Walks through what is known of the schema, as far as may be asked.
    fn introspect(&self, set: &SelectionSet, place: usize, asked: &mut IntrospectionCost) {
        for item in &set.items {
            if asked.cost > self.maximum {
                return;
            }
            match &item.node {
                Selection::Field(field) => {
                    let field = &field.node;
                    if !self.is_asked(&field.directives) {
                        continue;
                    }
                    let name = field.name.node.as_str();
                    asked.cost += 1;
                    asked.bytes += field.response_key().node.len() as u64 + NAMED;
                    let inner = &field.selection_set.node;
                    if inner.items.is_empty() {
                        asked.bytes += self.introspection.value(place, name);
                    }
                    for place in self.introspection.links(place, name) {
                        asked.bytes += NAMED;
                        self.introspect(inner, *place, asked);
                    }
                }
                Selection::InlineFragment(fragment) => {
                    if self.is_asked(&fragment.node.directives) {
                        self.introspect(&fragment.node.selection_set.node, place, asked);
                    }
                }
                Selection::FragmentSpread(spread) => {
                    if let Some(fragment) = self.fragments.get(&spread.node.fragment_name.node)
                        && self.is_asked(&spread.node.directives)
                    {
                        self.introspect(&fragment.node.selection_set.node, place, asked);
                    }
                }
            }
        }
    }

    /// What is asked of a list of articles.
    fn look_at(&self, set: &SelectionSet, articles: &mut Articles) {
        for item in &set.items {
            match &item.node {
                Selection::Field(field) if self.is_asked(&field.node.directives) => {
                    match field.node.name.node.as_str() {
                        "totalCount" => articles.counts.push(field.node.response_key().node.clone()),
                        "__typename" => {}
                        _ => articles.is_read = true,
                    }
                }
                Selection::Field(_) => {}
                Selection::InlineFragment(fragment) => {
                    if self.is_asked(&fragment.node.directives) {
                        self.look_at(&fragment.node.selection_set.node, articles);
                    }
                }
                Selection::FragmentSpread(spread) => {
                    if let Some(fragment) = self.fragments.get(&spread.node.fragment_name.node)
                        && self.is_asked(&spread.node.directives)
                    {
                        self.look_at(&fragment.node.selection_set.node, articles);
                    }
                }
            }
        }
    }

    /// What a field costs, with all that is below it. `size` is the number of entries of the list that its parent is
    /// a part of.
    fn field(&self, field: &Field, parent: &str, size: Option<u64>) -> u64 {
        let name = field.name.node.as_str();
        let (own, below) = entries::of(parent, name, &self.arguments(field), size);
        let set = &field.selection_set.node;
        if set.items.is_empty() {
            return own;
        }
        let Some(ty) = self.schema.output(parent, name) else { return own };
        let (times, size) = match below {
            Below::One => (1, None),
            Below::List(entries) => (entries, None),
            Below::Connection(entries) => (1, Some(entries)),
        };
        own.saturating_add(times.saturating_mul(self.set(set, ty, size))).min(BEYOND)
    }

    fn set(&self, set: &SelectionSet, parent: &str, size: Option<u64>) -> u64 {
        let costs = set.items.iter().map(|item| match &item.node {
            Selection::Field(field) if self.is_asked(&field.node.directives) => {
                self.field(&field.node, parent, size)
            }
            Selection::Field(_) => 0,
            Selection::InlineFragment(fragment) => {
                let fragment = &fragment.node;
                let on = fragment.type_condition.as_ref().map(|on| on.node.on.node.as_str());
                if self.is_asked(&fragment.directives) {
                    self.set(&fragment.selection_set.node, on.unwrap_or(parent), size)
                } else {
                    0
                }
            }
            Selection::FragmentSpread(spread) => {
                let spread = &spread.node;
                match self.fragments.get(&spread.fragment_name.node) {
                    Some(fragment) if self.is_asked(&spread.directives) => {
                        let on = fragment.node.type_condition.node.on.node.as_str();
                        self.set(&fragment.node.selection_set.node, on, size)
                    }
                    _ => 0,
                }
            }
        });
        costs.fold(0u64, u64::saturating_add).min(BEYOND)
    }

    /// The arguments of a field, with their variables.
    fn arguments(&self, field: &Field) -> Vec<(Name, ConstValue)> {
        let arguments = field.arguments.iter().filter_map(|(name, value)| {
            let value = value.node.clone();
            let value = value
                .into_const_with(|name| Ok::<_, Infallible>(self.given.value(&name).unwrap_or_default()));
            let value = value.ok()?;
            Some((name.node.clone(), value))
        });
        arguments.collect()
    }

    /// Whether `@skip` and `@include` leave it in.
    fn is_asked(&self, directives: &[Positioned<Directive>]) -> bool {
        !self.given.is_left_out(directives)
    }
}
