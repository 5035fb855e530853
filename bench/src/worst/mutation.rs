//! Small changes to documents, which may make them more expensive.

use super::document::{Document, Field, Item, MAX_SELECTIONS, Set};
use super::grammar::Grammar;
use super::literal::Literal;
use crate::random::Random;

/// The possible numbers of repetitions.
const REPEATS: [usize; 5] = [1, 2, 10, 50, 150];
/// The maximum size of a filter that is repeated. It is far beyond every limit of the server.
const MAX_CONDITIONS: usize = 2_000;
/// The maximum depth of added selections.
const DEPTH: usize = 4;

impl Document {
    /// Returns a document with a small change. Parts of `other` may be copied.
    pub(crate) fn mutated(&self, random: &mut Random, grammar: &Grammar, other: Option<&Self>) -> Self {
        let mut changed = self.clone();
        match random.below(12) {
            0 | 1 => changed.add_selection(random, grammar),
            2 => changed.remove_selection(random),
            3 | 4 => changed.repeat_selection(random),
            5 => changed.change_argument(random, grammar),
            6 | 7 => changed.grow_filter(random, grammar),
            8 => changed.widen(random),
            9 => changed.make_fragment(random),
            10 => changed.graft(random, other),
            _ => changed.has_variables = !changed.has_variables,
        }
        if changed.size() > MAX_SELECTIONS { changed.shrunk(random) } else { changed }
    }

    /// Returns a document that requests less.
    pub(crate) fn shrunk(&self, random: &mut Random) -> Self {
        let mut shrunk = self.clone();
        match random.below(3) {
            0 => {
                // The longest set contributes most to the size of the document.
                let longest = (0..shrunk.sets()).max_by_key(|place| shrunk.items_at(*place));
                if let Some(set) = longest.and_then(|place| shrunk.set_at(place)) {
                    let half = (set.items.len() / 2).max(1);
                    set.items.truncate(half);
                }
            }
            1 => {
                let fields = shrunk.fields_with_arguments();
                if let Some(field) = pick_field(random, &mut shrunk, fields) {
                    for (name, _, value) in &mut field.arguments {
                        match (name.as_str(), &mut *value) {
                            ("first" | "last" | "offset", Literal::Int(number)) => *number /= 2,
                            (_, value) => {
                                value.halve();
                            }
                        }
                    }
                }
            }
            _ => shrunk.remove_selection(random),
        }
        shrunk
    }

    fn items_at(&mut self, place: usize) -> usize {
        self.set_at(place).map_or(0, |set| set.items.len())
    }

    fn any_set(&mut self, random: &mut Random) -> Option<&mut Set> {
        let place = random.below(self.sets());
        self.set_at(place)
    }

    fn add_selection(&mut self, random: &mut Random, grammar: &Grammar) {
        if let Some(set) = self.any_set(random) {
            let ty = set.ty.clone();
            set.items.extend(Item::random(random, grammar, &ty, DEPTH));
        }
    }

    fn remove_selection(&mut self, random: &mut Random) {
        if let Some(set) = self.any_set(random)
            && set.items.len() > 1
        {
            let place = random.below(set.items.len());
            set.items.remove(place);
        }
    }

    /// Repeats a selection, with new aliases or without.
    fn repeat_selection(&mut self, random: &mut Random) {
        let has_new_aliases = random.below(3) > 0;
        let times = *random.pick(&REPEATS);
        let Some(set) = self.any_set(random) else { return };
        if set.items.is_empty() {
            return;
        }
        let mut item = random.pick(&set.items).clone();
        if let Item::Field(field) = &mut item {
            field.is_aliased |= has_new_aliases;
        }
        let max_times = MAX_SELECTIONS / item.size().max(1);
        set.items.extend(std::iter::repeat_n(item, times.min(max_times)));
    }

    /// Returns the positions of all fields with arguments: the number of the set, and the index in it.
    fn fields_with_arguments(&mut self) -> Vec<(usize, usize)> {
        let mut found = Vec::new();
        for place in 0..self.sets() {
            let items = self.set_at(place).map(|set| set.items.as_slice()).unwrap_or_default();
            let has_arguments =
                |item: &Item| matches!(item, Item::Field(field) if !field.arguments.is_empty());
            found.extend(
                items.iter().enumerate().filter(|(_, item)| has_arguments(item)).map(|(at, _)| (place, at)),
            );
        }
        found
    }

    fn change_argument(&mut self, random: &mut Random, grammar: &Grammar) {
        let Some(set) = self.any_set(random) else { return };
        let ty = set.ty.clone();
        if set.items.is_empty() {
            return;
        }
        let place = random.below(set.items.len());
        if let Item::Field(field) = &mut set.items[place]
            && let Some(known) = grammar.field(&ty, &field.name)
        {
            field.arguments = grammar.arguments(random, known);
            field.is_aliased |= !known.arguments.is_empty();
        }
    }

    /// Adds a condition to a filter, or puts the filter into `and`, `or` or `not`.
    fn grow_filter(&mut self, random: &mut Random, grammar: &Grammar) {
        let fields = self.fields_with_arguments();
        let Some(field) = pick_field(random, self, fields) else { return };
        let Some((_, ty, value)) = field.arguments.iter_mut().find(|(name, ..)| name == "where") else {
            return;
        };
        let is_large = value.size() > MAX_CONDITIONS;
        let Literal::Object(conditions) = value else { return };
        match random.below(4) {
            0 | 1 => {
                if let Some((name, condition)) = grammar.condition(random, ty) {
                    conditions.retain(|(known, _)| *known != name);
                    conditions.push((name, condition));
                }
            }
            2 => {
                let inner = value.clone();
                let times = if is_large { 1 } else { random.between(1, 4) };
                let name = (*random.pick(&["and", "or"])).to_owned();
                *value = Literal::Object(vec![(name, Literal::List(vec![inner; times]))]);
            }
            _ => *value = Literal::Object(vec![("not".to_owned(), value.clone())]),
        }
    }

    /// Gives a list its maximum length.
    fn widen(&mut self, random: &mut Random) {
        let fields = self.fields_with_arguments();
        if let Some(field) = pick_field(random, self, fields) {
            for (name, _, value) in &mut field.arguments {
                if matches!(name.as_str(), "first" | "last") {
                    *value = Literal::Int(100);
                }
            }
        }
    }

    /// Moves the selections of a set into a fragment, which the set then spreads one or more times.
    fn make_fragment(&mut self, random: &mut Random) {
        let times = random.between(1, 3);
        let place = self.fragments.len();
        let Some(set) = self.any_set(random) else { return };
        let items = std::mem::replace(&mut set.items, vec![Item::Spread(place); times]);
        let ty = set.ty.clone();
        self.fragments.push(Set { ty, items });
    }

    /// Adds selections of the same type from another document.
    fn graft(&mut self, random: &mut Random, other: Option<&Self>) {
        let Some(mut other) = other.cloned() else { return };
        let Some(set) = self.any_set(random) else { return };
        let matching: Vec<usize> = (0..other.sets())
            .filter(|place| other.set_at(*place).is_some_and(|found| found.ty == set.ty))
            .collect();
        if matching.is_empty() {
            return;
        }
        if let Some(found) = other.set_at(*random.pick(&matching)) {
            set.items.extend(found.clone().without_spreads().items);
        }
    }
}

fn pick_field<'a>(
    random: &mut Random,
    document: &'a mut Document,
    fields: Vec<(usize, usize)>,
) -> Option<&'a mut Field> {
    if fields.is_empty() {
        return None;
    }
    let (set, item) = *random.pick(&fields);
    match document.set_at(set)?.items.get_mut(item)? {
        Item::Field(field) => Some(field),
        Item::Spread(_) | Item::Inline(_) => None,
    }
}

#[cfg(test)]
mod tests {
    use documents::{Limits, Refusal, Schema};
    use serde_json::{Value, json};

    use super::*;
    use crate::worst::values::Values;

    fn named(kind: &str, name: &str) -> Value {
        json!({"kind": kind, "name": name, "ofType": null})
    }

    fn of(kind: &str, inner: Value) -> Value {
        json!({"kind": kind, "name": null, "ofType": inner})
    }

    /// The introspection of a small schema.
    fn introspection() -> Value {
        let int = named("SCALAR", "Int");
        let filter = named("INPUT_OBJECT", "Where");
        let input = |name: &str, ty: Value| json!({"name": name, "type": ty, "defaultValue": null});
        let field = |name: &str, ty: Value, args: Value| json!({"name": name, "type": ty, "args": args});
        let articles = of("LIST", named("OBJECT", "Article"));
        let list = json!([input("where", filter.clone()), input("first", int.clone())]);
        let ty = |kind: &str, name: &str, fields: Value, inputs: Value| {
            json!({"kind": kind, "name": name, "fields": fields, "inputFields": inputs, "enumValues": null,
                   "possibleTypes": null, "isOneOf": false})
        };
        let schema = json!({
            "queryType": {"name": "Query"}, "mutationType": null, "subscriptionType": null, "directives": [],
            "types": [
                ty("OBJECT", "Query", json!([field("articles", articles.clone(), list)]), Value::Null),
                ty("OBJECT", "Article", json!([field("size", int, json!([])), field("related", articles, json!([]))]), Value::Null),
                ty("INPUT_OBJECT", "Where", Value::Null, json!([
                    input("tags", of("LIST", of("NON_NULL", named("SCALAR", "Slug")))),
                    input("and", of("LIST", of("NON_NULL", filter.clone()))),
                    input("or", of("LIST", of("NON_NULL", filter.clone()))),
                    input("not", filter),
                ])),
                ty("OBJECT", "__Schema", json!([field("size", named("SCALAR", "Int"), json!([]))]), Value::Null),
                ty("OBJECT", "__Type", json!([field("size", named("SCALAR", "Int"), json!([]))]), Value::Null),
                ty("SCALAR", "Int", Value::Null, Value::Null),
                ty("SCALAR", "String", Value::Null, Value::Null),
                ty("SCALAR", "Slug", Value::Null, Value::Null),
            ],
        });
        json!({"data": {"__schema": schema}})
    }

    #[test]
    fn randomly_changed_documents_are_valid() {
        let introspection = introspection();
        let schema = Schema::from_introspection(&introspection["data"]).unwrap();
        let mut values = Values::default();
        values.tags.extend(["flu".to_owned(), "polio".to_owned()]);
        let grammar = Grammar::new(&introspection, values).unwrap();
        let mut random = Random::new(1, 1);
        let (mut document, mut other) = (Document::random(&mut random, &grammar), None);
        let mut valid = 0;
        for step in 0..2_000 {
            let changed = document.mutated(&mut random, &grammar, other.as_ref());
            let (text, _) = changed.write();
            match documents::check(&schema, &Limits::default(), &text) {
                Ok(_) => {
                    valid += 1;
                    other = Some(std::mem::replace(&mut document, changed));
                }
                Err(Refusal::Limit(_)) => document = changed.shrunk(&mut random),
                Err(refusal) => panic!("{step}: {refusal:?}: {text}"),
            }
            if document.size() > 3_000 {
                document = Document::random(&mut random, &grammar);
            }
        }
        assert!(valid > 500, "{valid}");
    }
}
