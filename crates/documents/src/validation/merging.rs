//! Fields that are answered under one name (GraphQL, 5.3.2): they must be the same field with the same
//! arguments, so that one answer can stand for both.
//!
//! Two walks over the expansion, which is bounded before: one compares the shapes of all answers under
//! one name, the other names and arguments of those that can meet in one object. Each walks what is
//! selected of all fields of one name together, so that no pair is ever compared twice.

use std::collections::{HashMap, HashSet};

use super::fragments::Graph;
use crate::TypeRef;
use crate::problem::Problems;
use crate::schema::{Base, Kind, Schema, TypeId};
use crate::shown::short;
use crate::tree::{Argument, Field, Operation, Selection, SelectionSet, Value, ValueKind};

/// How many fields are looked at, of one operation. One of an interface is looked at once for every type
/// that is asked for something under the same name.
const MAX_STEPS: usize = 400_000;

/// Looks at one operation. Answers whether two fields are answered under one name.
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
        written: HashMap::new(),
        told: HashSet::new(),
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
    /// Arguments as they are written, each with a number of its own.
    written: HashMap<String, usize>,
    /// The number of a field's arguments, by the field's place in the document.
    arguments: HashMap<crate::Position, usize>,
    /// The places of fields that were told to be in conflict.
    told: HashSet<(crate::Position, crate::Position)>,
    steps: usize,
    /// Where the operation begins.
    at: crate::Position,
}

/// A field in one place of the expansion.
#[derive(Clone, Copy)]
struct Entry<'d, 'a> {
    field: &'d Field<'a>,
    parent: Option<TypeId>,
    ty: Option<&'d TypeRef>,
    /// The field that it was selected of.
    within: Option<usize>,
}

impl<'d, 'a> Merging<'_, 'd, 'a> {
    /// Collects the fields of a selection set, fragments expanded, each fragment once.
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

    /// What is selected of all these fields together.
    fn selected(&mut self, fields: &[usize]) -> Vec<usize> {
        let mut found = Vec::new();
        // A fragment that is spread in several of them stands for the same fields, but in another place.
        for index in fields {
            let Entry { field, ty, .. } = self.entries[*index];
            if let Some(set) = &field.selections {
                self.collect(set, ty.map(TypeRef::named), Some(*index), &mut HashSet::new(), &mut found);
            }
        }
        found
    }

    fn is_done(&mut self, more: usize) -> bool {
        self.steps += more;
        if self.steps > MAX_STEPS {
            let message = "too many fields could be answered under one name: ask for fewer at once";
            self.problems.add(message, [self.at]);
        }
        self.steps > MAX_STEPS || self.problems.is_full()
    }

    /// Looks whether all answers under one name have one shape.
    fn shapes(&mut self, fields: &[usize]) {
        if self.is_done(fields.len()) {
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
                    let why = format!("once a `{ty}` and once a `{other_ty}`");
                    self.conflict(first, *other, &why);
                }
            }
            let selected = self.selected(&group);
            if !selected.is_empty() {
                self.shapes(&selected);
            }
        }
    }

    /// Looks whether all that can meet in one object under one name is the same field.
    fn fields(&mut self, fields: &[usize]) {
        if self.is_done(fields.len()) {
            return;
        }
        for group in self.by_name(fields) {
            for group in self.by_parent(&group) {
                let first = group[0];
                for other in &group[1..] {
                    let (one, two) = (self.entries[first].field, self.entries[*other].field);
                    if one.name.text != two.name.text {
                        let why = format!(
                            "once for `{}` and once for `{}`",
                            short(one.name.text),
                            short(two.name.text)
                        );
                        self.conflict(first, *other, &why);
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

    /// Fields by the name under which they are answered.
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

    /// Fields that can meet in one object: those of one object type, with those of all interfaces.
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

    /// The number of a field's arguments: equal for equal ones.
    fn arguments(&mut self, field: &Field<'_>) -> usize {
        if let Some(number) = self.arguments.get(&field.at) {
            return *number;
        }
        let mut written = String::new();
        write_fields(&field.arguments, &mut written);
        let next = self.written.len();
        let number = *self.written.entry(written).or_insert(next);
        self.arguments.insert(field.at, number);
        number
    }

    fn conflict(&mut self, one: usize, other: usize, why: &str) {
        if !self.told.insert((self.entries[one].field.at, self.entries[other].field.at)) {
            return;
        }
        let name = short(self.entries[one].field.response_name()).into_owned();
        // The fields that they were selected of, up to where the ways to them part.
        let (mut ways, mut parted) = ((one, other), vec![]);
        loop {
            let (one, other) = (self.entries[ways.0], self.entries[ways.1]);
            parted.push((one.field.at, other.field.at));
            match (one.within, other.within) {
                (Some(one), Some(other)) if one != other => ways = (one, other),
                _ => break,
            }
        }
        parted.reverse();
        let places = parted.iter().map(|(one, _)| *one).chain(parted.iter().map(|(_, other)| *other));
        let message = format!(
            "`{name}` is asked for twice, {why}: give one of them another name, as in `other: {name}`"
        );
        self.problems.add(message, places);
    }
}

/// Arguments, in the order of their names.
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
        // With its length, so that nothing in it is taken for what follows.
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
