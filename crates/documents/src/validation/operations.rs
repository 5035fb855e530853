//! Validates operations, and the names of operations and fragments.

use super::Walk;
use crate::duplicates::duplicates;
use crate::problem::Problems;
use crate::shown::short;
use crate::tree::{Document, Operation, OperationKind};

/// Checks that the names of operations and fragments are unique.
pub(super) fn names(document: &Document<'_>, problems: &mut Problems) {
    let has_several = document.operations().nth(1).is_some();
    for operation in document.operations().filter(|operation| has_several && operation.name.is_none()) {
        problems.add(
            "an operation without a name must be the only operation of the document: give it a name",
            [operation.at],
        );
    }
    for (name, places) in duplicates(document.operations().filter_map(|operation| operation.name)) {
        problems.add(format!("there are several operations named `{}`", short(name)), places);
    }
    for (name, places) in duplicates(document.fragments().map(|fragment| fragment.name)) {
        problems.add(format!("there are several fragments named `{}`", short(name)), places);
    }
}

impl<'d> Walk<'_, 'd, '_> {
    pub(super) fn operation(&mut self, operation: &'d Operation<'_>) {
        let Operation { kind, name: _, variables, directives, selections, at } = operation;
        let root = self.schema.root(*kind);
        if root.is_none() {
            self.problems.add(format!("this API has no {}s", kind.as_str()), [*at]);
        }
        self.variable_definitions(variables);
        self.directives(
            directives,
            match kind {
                OperationKind::Query => "QUERY",
                OperationKind::Mutation => "MUTATION",
                OperationKind::Subscription => "SUBSCRIPTION",
            },
        );
        self.selections(selections, root);
    }
}
