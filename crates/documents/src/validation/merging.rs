//! Checks that fields with the same response name can be merged (GraphQL specification, section 5.3.2): they
//! must be the same field with the same arguments.
//!
//! Two walks visit the expansion, whose size was checked before. One compares the shapes of the results of
//! all fields with the same response name. The other compares the names and arguments of those that can
//! occur in one object. Each walk visits the selections of all fields with the same response name together,
//! so that it never compares a pair twice.

use std::collections::{HashMap, HashSet};

use super::fragments::Graph;
use crate::TypeRef;
use crate::problem::Problems;
use crate::schema::{Base, Kind, Schema, TypeId};
use crate::shown::short;
use crate::tree::{Argument, Field, Operation, Selection, SelectionSet, Value, ValueKind};

/// The maximum number of fields that are visited for one operation. A field of an interface is visited once for every
/// object type with a field of the same response name.
const MAX_STEPS: usize = 400_000;

/// Checks one operation. Returns whether two fields have the same response name.
pub(super) fn check<'d, 'a>(
    schema: &'d Schema,
    graph: &Graph<'d, 'a>,
    operation: &'d Operation<'a>,
    problems: &mut Problems,
) -> bool {
    let mut merging = Merging {
        schema,
        graph,
        problems,
        merges: false,
        entries: Vec::new(),
        arguments: HashMap::new(),
        argument_texts: HashMap::new(),
        reported: HashSet::new(),
        steps: 0,
        at: operation.at,
    };
    let mut top = Vec::new();
    merging.collect(&operation.selections, schema.root(operation.kind), None, &mut HashSet::new(), &mut top);
    merging.fields(&top);
    merging.shapes(&top);
    merging.merges
}

struct Merging<'m, 'd, 'a> {
    schema: &'d Schema,
    graph: &'m Graph<'d, 'a>,
    problems: &'m mut Problems,
    merges: bool,
    entries: Vec<Entry<'d, 'a>>,
    /// A number for each distinct text of arguments.
    argument_texts: HashMap<String, usize>,
    /// The number of the arguments of each field, by the position of the field.
    arguments: HashMap<crate::Position, usize>,
    /// The positions of the conflicting fields that were already reported.
    reported: HashSet<(crate::Position, crate::Position)>,
    steps: usize,
    /// The position of the operation.
    at: crate::Position,
}

/// An occurrence of a field in the expansion.
#[derive(Clone, Copy)]
struct Entry<'d, 'a> {
    field: &'d Field<'a>,
    parent: Option<TypeId>,
    ty: Option<&'d TypeRef>,
    /// The index of the field whose selection set contains it.
    within: Option<usize>,
}

impl<'d, 'a> Merging<'_, 'd, 'a> {
    /// Collects the fields of a selection set and of its fragments, each fragment once.
    fn collect(
        &mut self,
        set: &'d SelectionSet<'a>,
        parent: Option<TypeId>,
        within: Option<usize>,
        spread: &mut HashSet<&'d str>,
        found: &mut Vec<usize>,
    ) {
        for item in &set.items {
            match item {
                Selection::Field(field) => {
                    let ty = parent.and_then(|parent| self.schema.field(parent, field.name.text));
                    found.push(self.entries.len());
                    self.entries.push(Entry { field, parent, ty: ty.map(|found| &found.ty), within });
                }
                Selection::Inline(inline) => {
                    let ty = inline.on.map_or(parent, |on| self.schema.find(on.text));
                    self.collect(&inline.selections, ty, within, spread, found);
                }
                Selection::Spread(fragment) => {
                    let Some(fragment) = self.graph.find(fragment.name.text) else { continue };
                    if spread.insert(fragment.name.text) {
                        let ty = self.schema.find(fragment.on.text);
                        self.collect(&fragment.selections, ty, within, spread, found);
                    } else {
                        self.merges = true;
                    }
                }
            }
        }
    }

    /// Collects the fields that all these fields select.
    fn selected(&mut self, fields: &[usize]) -> Vec<usize> {
        let mut found = Vec::new();
        // A fragment is collected again for each field, because its fields are different occurrences.
        for index in fields {
            let Entry { field, ty, .. } = self.entries[*index];
            if let Some(set) = &field.selections {
                self.collect(set, ty.map(TypeRef::named), Some(*index), &mut HashSet::new(), &mut found);
            }
        }
        found
    }

    /// Counts steps. Returns whether to stop, because of too many steps or problems.
    fn should_stop(&mut self, steps: usize) -> bool {
        self.steps += steps;
        if self.steps > MAX_STEPS {
            let message = "too many fields have the same response name: select fewer in one request";
            self.problems.add(message, [self.at]);
        }
        self.steps > MAX_STEPS || self.problems.is_full()
    }

    /// Checks that the results of fields with the same response name have the same shape.
    fn shapes(&mut self, fields: &[usize]) {
        if self.should_stop(fields.len()) {
            return;
        }
        for group in self.by_name(fields) {
            let first = group[0];
            self.merges |= group.len() > 1;
            for other in &group[1..] {
                let (one, two) = (self.entries[first], self.entries[*other]);
                if let (Some(ty), Some(other_ty)) = (one.ty, two.ty)
                    && !self.has_same_shape(ty, other_ty)
                {
                    let (ty, other_ty) = (self.schema.shown(ty), self.schema.shown(other_ty));
                    let reason = format!("once a `{ty}` and once a `{other_ty}`");
                    self.conflict(first, *other, &reason);
                }
            }
            let selected = self.selected(&group);
            if !selected.is_empty() {
                self.shapes(&selected);
            }
        }
    }

    /// Checks that fields with the same response name that can occur in one object are the same field.
    fn fields(&mut self, fields: &[usize]) {
        if self.should_stop(fields.len()) {
            return;
        }
        for group in self.by_name(fields) {
            for group in self.by_parent(&group) {
                let first = group[0];
                for other in &group[1..] {
                    let (one, two) = (self.entries[first].field, self.entries[*other].field);
                    if one.name.text != two.name.text {
                        let reason = format!(
                            "once for `{}` and once for `{}`",
                            short(one.name.text),
                            short(two.name.text)
                        );
                        self.conflict(first, *other, &reason);
                    } else if self.arguments(one) != self.arguments(two) {
                        self.conflict(first, *other, "with different arguments");
                    }
                }
                let selected = self.selected(&group);
                if !selected.is_empty() {
                    self.fields(&selected);
                }
            }
        }
    }

    /// Groups fields by response name.
    fn by_name(&self, fields: &[usize]) -> Vec<Vec<usize>> {
        let mut places: HashMap<&str, usize> = HashMap::with_capacity(fields.len());
        let mut groups: Vec<Vec<usize>> = Vec::with_capacity(fields.len());
        for index in fields {
            let name = self.entries[*index].field.response_name();
            let place = *places.entry(name).or_insert(groups.len());
            if place == groups.len() {
                groups.push(Vec::new());
            }
            groups[place].push(*index);
        }
        groups
    }

    /// Groups fields that can occur in one object: the fields of each object type, together with the fields of all
    /// interfaces and unions.
    fn by_parent(&self, fields: &[usize]) -> Vec<Vec<usize>> {
        if let [_] = fields {
            return vec![fields.to_vec()];
        }
        let mut of_objects: Vec<(TypeId, Vec<usize>)> = Vec::new();
        let mut of_others = Vec::new();
        for index in fields {
            let object = self.entries[*index]
                .parent
                .filter(|parent| matches!(self.schema.get(*parent).kind, Kind::Object { .. }));
            match object {
                None => of_others.push(*index),
                Some(object) => match of_objects.iter_mut().find(|(known, _)| *known == object) {
                    Some((_, group)) => group.push(*index),
                    None => of_objects.push((object, vec![*index])),
                },
            }
        }
        if of_objects.is_empty() {
            return vec![of_others];
        }
        let groups = of_objects.into_iter().map(|(_, mut group)| {
            group.extend(&of_others);
            group.sort_unstable();
            group
        });
        groups.collect()
    }

    fn has_same_shape(&self, one: &TypeRef, other: &TypeRef) -> bool {
        if one.is_non_null != other.is_non_null {
            return false;
        }
        match (&one.base, &other.base) {
            (Base::List(one), Base::List(other)) => self.has_same_shape(one, other),
            (Base::Named(one), Base::Named(other)) => {
                one == other
                    || self.schema.get(*one).kind.is_composite()
                        && self.schema.get(*other).kind.is_composite()
            }
            _ => false,
        }
    }

    /// Returns a number for the arguments of a field, which is equal for equal arguments.
    fn arguments(&mut self, field: &Field<'_>) -> usize {
        if let Some(number) = self.arguments.get(&field.at) {
            return *number;
        }
        let mut text = String::new();
        write_fields(&field.arguments, &mut text);
        let next = self.argument_texts.len();
        let number = *self.argument_texts.entry(text).or_insert(next);
        self.arguments.insert(field.at, number);
        number
    }

    fn conflict(&mut self, one: usize, other: usize, reason: &str) {
        if !self.reported.insert((self.entries[one].field.at, self.entries[other].field.at)) {
            return;
        }
        let name = short(self.entries[one].field.response_name()).into_owned();
        // The two paths to the fields, from where they diverge.
        let (mut pair, mut diverging) = ((one, other), vec![]);
        loop {
            let (one, other) = (self.entries[pair.0], self.entries[pair.1]);
            diverging.push((one.field.at, other.field.at));
            match (one.within, other.within) {
                (Some(one), Some(other)) if one != other => pair = (one, other),
                _ => break,
            }
        }
        diverging.reverse();
        let locations =
            diverging.iter().map(|(one, _)| *one).chain(diverging.iter().map(|(_, other)| *other));
        let message =
            format!("`{name}` is selected twice, {reason}: give one of them an alias, as in `other: {name}`");
        self.problems.add(message, locations);
    }
}

/// Writes arguments in the order of their names.
fn write_fields(fields: &[Argument<'_>], written: &mut String) {
    let mut fields: Vec<&Argument<'_>> = fields.iter().collect();
    fields.sort_by_key(|field| field.name.text);
    for Argument { name, value } in fields {
        written.push_str(name.text);
        written.push(':');
        write_value(value, written);
        written.push(',');
    }
}

fn write_value(value: &Value<'_>, written: &mut String) {
    match &value.kind {
        ValueKind::Variable(name) => {
            written.push('$');
            written.push_str(name);
        }
        ValueKind::Int(number) | ValueKind::Float(number) => written.push_str(number),
        // The length makes the text unambiguous.
        ValueKind::String(text) => {
            written.push_str(&format!("\"{}\"", text.len()));
            written.push_str(text);
        }
        ValueKind::Boolean(value) => written.push_str(if *value { "true" } else { "false" }),
        ValueKind::Null => written.push_str("null"),
        ValueKind::Enum(name) => written.push_str(name),
        ValueKind::List(entries) => {
            written.push('[');
            for entry in entries {
                write_value(entry, written);
                written.push(',');
            }
            written.push(']');
        }
        ValueKind::Object(fields) => {
            written.push('{');
            write_fields(fields, written);
            written.push('}');
        }
    }
}
