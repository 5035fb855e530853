//! A document that is made and changed at random, and stays valid as far as that can be told from the schema.

use std::fmt::Write as _;

use serde_json::{Map, Value};

use super::grammar::{Field as KnownField, Grammar};
use super::literal::Literal;
use crate::random::Random;

/// How many selections a document has at most: far more than any limit lets through.
pub(crate) const MOST_SELECTIONS: usize = 20_000;

/// A query, with its fragments.
#[derive(Debug, Clone)]
pub(crate) struct Document {
    pub(crate) top: Set,
    pub(crate) fragments: Vec<Set>,
    /// Whether values of arguments are sent as variables.
    pub(crate) has_variables: bool,
}

/// What is selected of a type.
#[derive(Debug, Clone)]
pub(crate) struct Set {
    pub(crate) ty: String,
    pub(crate) items: Vec<Item>,
}

/// One thing that is selected.
#[derive(Debug, Clone)]
pub(crate) enum Item {
    Field(Field),
    /// A fragment by its place in the document.
    Spread(usize),
    Inline(Set),
}

#[derive(Debug, Clone)]
pub(crate) struct Field {
    pub(crate) name: String,
    pub(crate) is_aliased: bool,
    /// Name, type and value.
    pub(crate) arguments: Vec<(String, String, Literal)>,
    pub(crate) set: Option<Set>,
}

impl Document {
    /// A document of one field, chosen at random.
    pub(crate) fn random(random: &mut Random, grammar: &Grammar) -> Self {
        let mut top = Set { ty: grammar.query().to_owned(), items: Vec::new() };
        for _ in 0..random.between(1, 3) {
            top.items.extend(Item::random(random, grammar, &top.ty, 6));
        }
        Self { top, fragments: Vec::new(), has_variables: random.below(4) == 0 }
    }

    /// The document as text, and its variables.
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
        for (place, fragment) in self.fragments.iter().enumerate().filter(|(place, _)| used[*place]) {
            let _ = write!(writer.text, " fragment F{place} on {}", fragment.ty);
            writer.set(fragment);
        }
        let Writer { text, variables, .. } = writer;
        if variables.is_empty() {
            return (text, Map::new());
        }
        let definitions: Vec<_> =
            variables.iter().enumerate().map(|(place, (ty, _))| format!("$v{place}:{ty}")).collect();
        let values =
            variables.into_iter().enumerate().map(|(place, (_, value))| (format!("v{place}"), value));
        (format!("query({}){text}", definitions.join(",")), values.collect())
    }

    /// How many selections are written in it.
    pub(crate) fn size(&self) -> usize {
        self.top.size() + self.fragments.iter().map(Set::size).sum::<usize>()
    }

    /// How many sets of selections there are.
    pub(crate) fn sets(&self) -> usize {
        self.top.sets() + self.fragments.iter().map(Set::sets).sum::<usize>()
    }

    /// One of the sets, counted through the document.
    pub(crate) fn set_at(&mut self, mut place: usize) -> Option<&mut Set> {
        std::iter::once(&mut self.top).chain(&mut self.fragments).find_map(|set| set.at(&mut place))
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

    fn at(&mut self, place: &mut usize) -> Option<&mut Self> {
        if *place == 0 {
            return Some(self);
        }
        *place -= 1;
        self.items.iter_mut().find_map(|item| match item {
            Item::Field(Field { set: Some(set), .. }) | Item::Inline(set) => set.at(place),
            Item::Field(_) | Item::Spread(_) => None,
        })
    }

    /// Takes out what only has a meaning in the document that it comes from.
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
    /// How many selections it consists of.
    pub(crate) fn size(&self) -> usize {
        match self {
            Self::Field(Field { set, .. }) => 1 + set.as_ref().map_or(0, Set::size),
            Self::Spread(_) => 1,
            Self::Inline(set) => 1 + set.size(),
        }
    }

    /// What every type has.
    pub(crate) fn typename() -> Self {
        Self::Field(Field {
            name: "__typename".to_owned(),
            is_aliased: false,
            arguments: Vec::new(),
            set: None,
        })
    }

    /// A field, or a fragment, of something of this type; nothing when the type has no fields.
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
        // Under a name of its own nothing is in the way of the same field with other arguments.
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
        for (place, item) in set.items.iter().enumerate() {
            if place > 0 {
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
        for (place, (name, ty, value)) in arguments.iter().enumerate() {
            self.text.push(if place == 0 { '(' } else { ',' });
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

/// Marks the fragments that a set spreads, and those that they spread.
fn mark_used(set: &Set, fragments: &[Set], used: &mut [bool]) {
    for item in &set.items {
        match item {
            Item::Field(Field { set: Some(set), .. }) | Item::Inline(set) => mark_used(set, fragments, used),
            Item::Field(_) => {}
            Item::Spread(place) => {
                let is_new = used.get_mut(*place).is_some_and(|used| !std::mem::replace(used, true));
                if let Some(fragment) = fragments.get(*place).filter(|_| is_new) {
                    mark_used(fragment, fragments, used);
                }
            }
        }
    }
}
