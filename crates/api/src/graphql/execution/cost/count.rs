//! Counts the cost of an operation without the database.

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

/// The cost of a part of an operation.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Part {
    /// The path of the part in the answer.
    pub(super) path: Vec<Name>,
    pub(super) cost: u64,
}

/// A list of articles in an operation.
#[derive(Debug, Clone)]
pub(super) struct Articles {
    /// The response key of the list.
    pub(super) name: Name,
    pub(super) arguments: Vec<(Name, ConstValue)>,
    /// Whether articles are requested, and not only their number.
    pub(super) is_read: bool,
    /// The response keys of the number of articles.
    pub(super) counts: Vec<Name>,
}

/// The cost of an introspection field.
struct IntrospectionCost {
    cost: u64,
    bytes: u64,
}

/// The length of an entry of an object or a list without its name and value, in bytes.
const NAMED: u64 = 4;
/// More than any limit.
const BEYOND: u64 = 1 << 40;

/// Counts the cost of an operation.
pub(super) struct Count<'a> {
    schema: &'a Schema,
    introspection: &'a Introspection,
    /// Counting stops at this cost, because the operation is refused anyway.
    maximum: u64,
    /// The length of the answers to introspection fields, in bytes.
    pub(super) introspected: u64,
    fragments: &'a HashMap<Name, Positioned<FragmentDefinition>>,
    given: Given<'a>,
    /// The costs of the root fields.
    pub(super) parts: Vec<Part>,
    /// The lists of articles, whose additional cost is estimated from the database.
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

    /// Counts root fields, including those in fragments.
    fn top(&mut self, set: &'a SelectionSet, parent: &str) {
        for item in &set.items {
            match &item.node {
                Selection::Field(field) => {
                    let field = &field.node;
                    if !self.is_included(&field.directives) {
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
                        self.record_selections(&field.selection_set.node, &mut articles);
                        self.articles.push(articles);
                    }
                }
                Selection::InlineFragment(fragment) => {
                    let fragment = &fragment.node;
                    if self.is_included(&fragment.directives) {
                        self.top(&fragment.selection_set.node, parent);
                    }
                }
                Selection::FragmentSpread(spread) => {
                    let spread = &spread.node;
                    if let Some(fragment) = self.fragments.get(&spread.fragment_name.node)
                        && self.is_included(&spread.directives)
                    {
                        self.top(&fragment.node.selection_set.node, parent);
                    }
                }
            }
        }
    }

    /// Returns the cost of an introspection field. Returns `None` for other fields.
    fn introspection_of(&self, field: &Field, parent: &str) -> Option<IntrospectionCost> {
        if parent != "Query" {
            return None;
        }
        let arguments = self.arguments(field);
        let name = arguments.iter().find(|(name, _)| name == "name").map(|(_, name)| name);
        let start = self.introspection.start(field.name.node.as_str(), name)?;
        let mut total = IntrospectionCost { cost: 1, bytes: 0 };
        self.introspect(&field.selection_set.node, start, &mut total);
        Some(total)
    }

    /// Follows an introspection field through the schema, up to the limit.
    fn introspect(&self, set: &SelectionSet, place: usize, total: &mut IntrospectionCost) {
        for item in &set.items {
            if total.cost > self.maximum {
                return;
            }
            match &item.node {
                Selection::Field(field) => {
                    let field = &field.node;
                    if !self.is_included(&field.directives) {
                        continue;
                    }
                    let name = field.name.node.as_str();
                    total.cost += 1;
                    total.bytes += field.response_key().node.len() as u64 + NAMED;
                    let inner = &field.selection_set.node;
                    if inner.items.is_empty() {
                        total.bytes += self.introspection.value(place, name);
                    }
                    for place in self.introspection.links(place, name) {
                        total.bytes += NAMED;
                        self.introspect(inner, *place, total);
                    }
                }
                Selection::InlineFragment(fragment) => {
                    if self.is_included(&fragment.node.directives) {
                        self.introspect(&fragment.node.selection_set.node, place, total);
                    }
                }
                Selection::FragmentSpread(spread) => {
                    if let Some(fragment) = self.fragments.get(&spread.node.fragment_name.node)
                        && self.is_included(&spread.node.directives)
                    {
                        self.introspect(&fragment.node.selection_set.node, place, total);
                    }
                }
            }
        }
    }

    /// Records whether the entries and the counts of a list of articles are requested.
    fn record_selections(&self, set: &SelectionSet, articles: &mut Articles) {
        for item in &set.items {
            match &item.node {
                Selection::Field(field) if self.is_included(&field.node.directives) => {
                    match field.node.name.node.as_str() {
                        "totalCount" => articles.counts.push(field.node.response_key().node.clone()),
                        "__typename" => {}
                        _ => articles.is_read = true,
                    }
                }
                Selection::Field(_) => {}
                Selection::InlineFragment(fragment) => {
                    if self.is_included(&fragment.node.directives) {
                        self.record_selections(&fragment.node.selection_set.node, articles);
                    }
                }
                Selection::FragmentSpread(spread) => {
                    if let Some(fragment) = self.fragments.get(&spread.node.fragment_name.node)
                        && self.is_included(&spread.node.directives)
                    {
                        self.record_selections(&fragment.node.selection_set.node, articles);
                    }
                }
            }
        }
    }

    /// Counts a field and everything below it. `size` is the length of the list that its parent is a part of.
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
            Selection::Field(field) if self.is_included(&field.node.directives) => {
                self.field(&field.node, parent, size)
            }
            Selection::Field(_) => 0,
            Selection::InlineFragment(fragment) => {
                let fragment = &fragment.node;
                let on = fragment.type_condition.as_ref().map(|on| on.node.on.node.as_str());
                if self.is_included(&fragment.directives) {
                    self.set(&fragment.selection_set.node, on.unwrap_or(parent), size)
                } else {
                    0
                }
            }
            Selection::FragmentSpread(spread) => {
                let spread = &spread.node;
                match self.fragments.get(&spread.fragment_name.node) {
                    Some(fragment) if self.is_included(&spread.directives) => {
                        let on = fragment.node.type_condition.node.on.node.as_str();
                        self.set(&fragment.node.selection_set.node, on, size)
                    }
                    _ => 0,
                }
            }
        });
        costs.fold(0u64, u64::saturating_add).min(BEYOND)
    }

    /// Returns the arguments of a field, with the values of variables.
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

    /// Whether `@skip` and `@include` include a selection.
    fn is_included(&self, directives: &[Positioned<Directive>]) -> bool {
        !self.given.is_left_out(directives)
    }
}
