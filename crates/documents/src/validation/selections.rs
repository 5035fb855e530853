//! Validates selection sets: fields and fragments.

use super::Walk;
use crate::schema::{Kind, TypeId};
use crate::shown::short;
use crate::suggestion::suggest;
use crate::tree::{Field, Fragment, Inline, Name, Selection, SelectionSet, Spread};

impl<'d> Walk<'_, 'd, '_> {
    /// Validates a selection set on type `parent`; `None` when the type is unknown.
    pub(super) fn selections(&mut self, set: &'d SelectionSet<'_>, parent: Option<TypeId>) {
        for item in &set.items {
            if self.problems.is_full() {
                return;
            }
            match item {
                Selection::Field(field) => self.field(field, parent),
                Selection::Inline(inline) => self.inline(inline, parent),
                Selection::Spread(spread) => self.spread(spread, parent),
            }
        }
    }

    pub(super) fn fragment(&mut self, fragment: &'d Fragment<'_>) {
        let Fragment { name, on, directives, selections, at: _ } = fragment;
        let ty = self.condition(*on, &format!("the fragment `{}`", short(name.text)));
        self.directives(directives, "FRAGMENT_DEFINITION");
        self.selections(selections, ty);
    }

    fn field(&mut self, field: &'d Field<'_>, parent: Option<TypeId>) {
        let Field { alias: _, name, arguments, directives, selections, at } = field;
        let found = parent.and_then(|parent| self.schema.field(parent, name.text));
        let Some(found) = found else {
            if let Some(parent) = parent {
                self.unknown_field(*name, field, parent);
            }
            self.directives(directives, "FIELD");
            self.unknown_arguments(arguments);
            if let Some(set) = selections {
                self.selections(set, None);
            }
            return;
        };
        let id = found.ty.named();
        let ty = self.schema.get(id);
        match selections {
            Some(set) if !ty.kind.is_composite() => {
                let message =
                    format!("`{}` is a `{}`, which has no fields: remove `{{ … }}`", name.text, ty.name);
                self.problems.add(message, [set.at]);
            }
            None if ty.kind.is_composite() => {
                let message = format!(
                    "`{}` is a `{}`: select some of its fields, as in `{} {{ … }}`",
                    name.text, ty.name, name.text
                );
                self.problems.add(message, [*at]);
            }
            _ => {}
        }
        self.directives(directives, "FIELD");
        self.arguments(&format!("`{}`", name.text), &found.arguments, arguments, *at);
        if let Some(set) = selections {
            self.selections(set, Some(id).filter(|_| ty.kind.is_composite()));
        }
    }

    fn unknown_field(&mut self, name: Name<'_>, field: &Field<'_>, parent: TypeId) {
        let definition = self.schema.get(parent);
        let shown = short(name.text);
        let of = &definition.name;
        let instead = match &definition.kind {
            Kind::Object { fields } | Kind::Interface { fields, .. } => {
                suggest(name.text, fields.keys().map(String::as_str))
            }
            _ => String::new(),
        };
        // A field that only some of its object types have must be selected in a fragment.
        let some = match &definition.kind {
            Kind::Interface { possible, .. } | Kind::Union { possible } => {
                possible.iter().find(|id| self.schema.field(**id, name.text).is_some())
            }
            _ => None,
        };
        let message = match some {
            Some(id) => format!(
                "`{of}` has no field `{shown}`, but `{ty}` has: select it in `... on {ty} {{ {shown} }}`",
                ty = self.schema.get(*id).name
            ),
            None => format!("`{of}` has no field `{shown}`{instead}"),
        };
        self.problems.add(message, [field.at]);
    }

    fn inline(&mut self, inline: &'d Inline<'_>, parent: Option<TypeId>) {
        let Inline { on, directives, selections, at } = inline;
        let ty = match on {
            None => parent,
            Some(on) => {
                let ty = self.condition(*on, "the fragment");
                self.is_possible(ty, parent, "this fragment", *at);
                ty
            }
        };
        self.directives(directives, "INLINE_FRAGMENT");
        self.selections(selections, ty);
    }

    fn spread(&mut self, spread: &'d Spread<'_>, parent: Option<TypeId>) {
        let Spread { name, directives, at } = spread;
        match self.graph.find(name.text) {
            None => {
                let instead = suggest(name.text, self.graph.names());
                self.problems.add(format!("there is no fragment `{}`{instead}", short(name.text)), [name.at]);
            }
            Some(fragment) => {
                let ty = self.schema.find(fragment.on.text);
                let ty = ty.filter(|id| self.schema.get(*id).kind.is_composite());
                self.is_possible(ty, parent, &format!("the fragment `{}`", short(name.text)), *at);
            }
        }
        self.directives(directives, "FRAGMENT_SPREAD");
    }

    /// Checks that an object of type `parent` can be of the type of a fragment.
    fn is_possible(&mut self, ty: Option<TypeId>, parent: Option<TypeId>, what: &str, at: crate::Position) {
        if let (Some(ty), Some(parent)) = (ty, parent)
            && !self.schema.overlap(ty, parent)
        {
            let (ty, parent) = (&self.schema.get(ty).name, &self.schema.get(parent).name);
            self.problems
                .add(format!("{what} is for `{ty}`, but a `{parent}` is never a `{ty}`: remove it"), [at]);
        }
    }

    /// Returns the type condition of a fragment, if that type has fields.
    fn condition(&mut self, on: Name<'_>, what: &str) -> Option<TypeId> {
        let shown = short(on.text);
        let Some(id) = self.schema.find(on.text) else {
            let instead = suggest(on.text, self.schema.names(Kind::is_composite));
            self.problems.add(format!("there is no type `{shown}`{instead}"), [on.at]);
            return None;
        };
        if !self.schema.get(id).kind.is_composite() {
            let message = format!("{what} is for `{shown}`, which has no fields: remove it");
            self.problems.add(message, [on.at]);
            return None;
        }
        Some(id)
    }
}
