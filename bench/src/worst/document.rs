//! A randomly generated document. It follows the schema.

use std::fmt::Write as _;

use serde_json::{Map, Value};

use super::grammar::{Field as KnownField, Grammar};
use super::literal::Literal;
use crate::random::Random;

/// The maximum number of selections in a document. It is far beyond every limit of the server.
pub(crate) const MAX_SELECTIONS: usize = 20_000;

/// A query, with its fragments.
#[derive(Debug, Clone)]
pub(crate) struct Document {
    pub(crate) top: Set,
    pub(crate) fragments: Vec<Set>,
    /// Whether values of arguments are sent as variables.
    pub(crate) has_variables: bool,
}

/// A selection set of a type.
#[derive(Debug, Clone)]
pub(crate) struct Set {
    pub(crate) ty: String,
    pub(crate) items: Vec<Item>,
}

/// One selection.
#[derive(Debug, Clone)]
pub(crate) enum Item {
    Field(Field),
    /// A spread of the fragment with this index.
    Spread(usize),
    Inline(Set),
}

#[derive(Debug, Clone)]
pub(crate) struct Field {
    pub(crate) name: String,
    pub(crate) is_aliased: bool,
    /// The name, the type and the value of each argument.
    pub(crate) arguments: Vec<(String, String, Literal)>,
    pub(crate) set: Option<Set>,
}

impl Document {
    /// Generates a document.
    pub(crate) fn random(random: &mut Random, grammar: &Grammar) -> Self {
        let mut top = Set { ty: grammar.query().to_owned(), items: Vec::new() };
        for _ in 0..random.between(1, 3) {
            top.items.extend(Item::random(random, grammar, &top.ty, 6));
        }
        Self { top, fragments: Vec::new(), has_variables: random.below(4) == 0 }
    }

    /// Returns the text of the document, and its variables.
    pub(crate) fn write(&self) -> (String, Map<String, Value>) {
        let mut writer = Writer {
            text: String::new(),
            aliases: 0,
            variables: Vec::new(),
            has_variables: self.has_variables,
        };
        writer.set(&self.top);
        let mut used = vec![false; self.fragments.len()];
        mark_used(&self.top, &self.fragments, &mut used);
        for (index, fragment) in self.fragments.iter().enumerate().filter(|(index, _)| used[*index]) {
            let _ = write!(writer.text, " fragment F{index} on {}", fragment.ty);
            writer.set(fragment);
        }
        let Writer { text, variables, .. } = writer;
        if variables.is_empty() {
            return (text, Map::new());
        }
        let definitions: Vec<_> =
            variables.iter().enumerate().map(|(index, (ty, _))| format!("$v{index}:{ty}")).collect();
        let values =
            variables.into_iter().enumerate().map(|(index, (_, value))| (format!("v{index}"), value));
        (format!("query({}){text}", definitions.join(",")), values.collect())
    }

    /// Returns the number of selections.
    pub(crate) fn size(&self) -> usize {
        self.top.size() + self.fragments.iter().map(Set::size).sum::<usize>()
    }

    /// Returns the number of selection sets.
    pub(crate) fn sets(&self) -> usize {
        self.top.sets() + self.fragments.iter().map(Set::sets).sum::<usize>()
    }

    /// Returns the selection set with this index, in document order.
    pub(crate) fn set_at(&mut self, mut index: usize) -> Option<&mut Set> {
        std::iter::once(&mut self.top).chain(&mut self.fragments).find_map(|set| set.at(&mut index))
    }
}

impl Set {
    fn size(&self) -> usize {
        self.items.iter().map(Item::size).sum()
    }

    fn sets(&self) -> usize {
        let inner = self.items.iter().filter_map(|item| match item {
            Item::Field(Field { set, .. }) => set.as_ref(),
            Item::Inline(set) => Some(set),
            Item::Spread(_) => None,
        });
        1 + inner.map(Self::sets).sum::<usize>()
    }

    fn at(&mut self, index: &mut usize) -> Option<&mut Self> {
        if *index == 0 {
            return Some(self);
        }
        *index -= 1;
        self.items.iter_mut().find_map(|item| match item {
            Item::Field(Field { set: Some(set), .. }) | Item::Inline(set) => set.at(index),
            Item::Field(_) | Item::Spread(_) => None,
        })
    }

    /// Removes the spreads, because the fragments belong to the original document.
    pub(crate) fn without_spreads(mut self) -> Self {
        self.items.retain(|item| !matches!(item, Item::Spread(_)));
        for item in &mut self.items {
            if let Item::Field(Field { set: Some(set), .. }) | Item::Inline(set) = item {
                let empty = Self { ty: set.ty.clone(), items: Vec::new() };
                *set = std::mem::replace(set, empty).without_spreads();
            }
        }
        if self.items.is_empty() {
            self.items.push(Item::typename());
        }
        self
    }
}

impl Item {
    /// Returns the number of selections in it.
    pub(crate) fn size(&self) -> usize {
        match self {
            Self::Field(Field { set, .. }) => 1 + set.as_ref().map_or(0, Set::size),
            Self::Spread(_) => 1,
            Self::Inline(set) => 1 + set.size(),
        }
    }

    /// The field `__typename`, which every type has.
    pub(crate) fn typename() -> Self {
        Self::Field(Field {
            name: "__typename".to_owned(),
            is_aliased: false,
            arguments: Vec::new(),
            set: None,
        })
    }

    /// Generates a field or an inline fragment on a type. Returns `None` if the type has no fields.
    pub(crate) fn random(random: &mut Random, grammar: &Grammar, ty: &str, depth: usize) -> Option<Self> {
        let possible = grammar.possible(ty);
        if !possible.is_empty() && random.below(2) == 0 {
            let ty = random.pick(possible).clone();
            let items = Self::random(random, grammar, &ty, depth).into_iter().collect();
            return Some(Self::Inline(Set { ty, items }));
        }
        let fields = grammar.fields(ty);
        if fields.is_empty() {
            return None;
        }
        let is_leaf = |field: &&KnownField| grammar.fields(&field.ty).is_empty();
        let leaves: Vec<_> = fields.iter().filter(is_leaf).collect();
        let field =
            if depth <= 1 && !leaves.is_empty() { *random.pick(&leaves) } else { random.pick(fields) };
        if depth == 0 && !is_leaf(&field) {
            return Some(Self::typename());
        }
        let arguments = grammar.arguments(random, field);
        let set = (!is_leaf(&field)).then(|| {
            let count = random.between(1, 3);
            let items =
                (0..count).filter_map(|_| Self::random(random, grammar, &field.ty, depth.saturating_sub(1)));
            Set { ty: field.ty.clone(), items: items.collect() }
        });
        // With an alias, the field does not conflict with the same field with other arguments.
        let is_aliased = !field.arguments.is_empty() || set.is_some();
        Some(Self::Field(Field { name: field.name.clone(), is_aliased, arguments, set }))
    }
}

struct Writer {
    text: String,
    aliases: usize,
    variables: Vec<(String, Value)>,
    has_variables: bool,
}

impl Writer {
    fn set(&mut self, set: &Set) {
        self.text.push('{');
        if set.items.is_empty() {
            self.text.push_str("__typename");
        }
        for (index, item) in set.items.iter().enumerate() {
            if index > 0 {
                self.text.push(' ');
            }
            match item {
                Item::Field(field) => self.field(field),
                Item::Spread(fragment) => {
                    let _ = write!(self.text, "...F{fragment}");
                }
                Item::Inline(set) => {
                    let _ = write!(self.text, "...on {}", set.ty);
                    self.set(set);
                }
            }
        }
        self.text.push('}');
    }

    fn field(&mut self, field: &Field) {
        let Field { name, is_aliased, arguments, set } = field;
        if *is_aliased {
            let _ = write!(self.text, "a{}:", self.aliases);
            self.aliases += 1;
        }
        self.text.push_str(name);
        for (index, (name, ty, value)) in arguments.iter().enumerate() {
            self.text.push(if index == 0 { '(' } else { ',' });
            let _ = write!(self.text, "{name}:");
            if self.has_variables {
                let _ = write!(self.text, "$v{}", self.variables.len());
                self.variables.push((ty.clone(), value.json()));
            } else {
                value.write(&mut self.text);
            }
        }
        if !arguments.is_empty() {
            self.text.push(')');
        }
        if let Some(set) = set {
            self.set(set);
        }
    }
}

/// Marks the fragments that a set spreads, directly or through other fragments.
fn mark_used(set: &Set, fragments: &[Set], used: &mut [bool]) {
    for item in &set.items {
        match item {
            Item::Field(Field { set: Some(set), .. }) | Item::Inline(set) => mark_used(set, fragments, used),
            Item::Field(_) => {}
            Item::Spread(index) => {
                let is_new = used.get_mut(*index).is_some_and(|used| !std::mem::replace(used, true));
                if let Some(fragment) = fragments.get(*index).filter(|_| is_new) {
                    mark_used(fragment, fragments, used);
                }
            }
        }
    }
}
