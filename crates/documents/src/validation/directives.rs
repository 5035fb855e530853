//! Validates directives.

use std::collections::HashMap;

use super::Walk;
use crate::shown::short;
use crate::suggestion::suggest;
use crate::tree::{Directive, Name};

impl<'d> Walk<'_, 'd, '_> {
    /// Validates the directives of one place.
    pub(super) fn directives(&mut self, directives: &'d [Directive<'_>], place: &str) {
        let mut seen: HashMap<&str, Name<'_>> = HashMap::new();
        for Directive { name, arguments, at } in directives {
            let shown = short(name.text);
            let Some(known) = self.schema.directives.get(name.text) else {
                let usable =
                    self.schema.directives.iter().filter(|(_, known)| known.locations.contains(place));
                let usable: Vec<String> = usable.map(|(name, _)| format!("@{name}")).collect();
                let instead = suggest(&format!("@{}", name.text), usable.iter().map(String::as_str));
                self.problems.add(format!("there is no directive `@{shown}`{instead}"), [*at]);
                self.unknown_arguments(arguments);
                continue;
            };
            if !known.locations.contains(place) {
                let here = place.to_lowercase().replace('_', " ");
                self.problems
                    .add(format!("the directive `@{shown}` is not allowed on a {here}: remove it"), [*at]);
            }
            if !known.is_repeatable
                && let Some(first) = seen.insert(name.text, Name { text: name.text, at: *at })
            {
                let message = format!("the directive `@{shown}` occurs twice here: remove one");
                self.problems.add(message, [first.at, *at]);
            }
            self.arguments(&format!("the directive `@{shown}`"), &known.arguments, arguments, *at);
        }
    }
}
