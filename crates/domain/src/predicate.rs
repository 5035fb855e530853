//! What readers ask for, in plain logic over ids.

use std::collections::BTreeSet;

use crate::{InstantRange, LabelId, Locale, OverduePolicy, Timestamp};

/// A condition on a publication. `All([])` is true, `Any([])` is false.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Predicate {
    /// Every one of them.
    All(Vec<Predicate>),
    /// At least one of them.
    Any(Vec<Predicate>),
    /// Not this one.
    Not(Box<Predicate>),
    /// Filed under at least one of the labels.
    Labelled(BTreeSet<LabelId>),
    /// Dated within the range.
    Published(InstantRange),
    /// Written in this language.
    InLocale(Locale),
    /// Of an article that has not come to its end.
    NotEnded(Ends),
}

/// Which articles have come to their end by an instant, whether that was applied or not.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Ends {
    /// The instant.
    pub by: Timestamp,
    /// Whether an overdue editorial review is an end as well.
    pub overdue: OverduePolicy,
}

impl Predicate {
    /// Always true.
    pub const TRUE: Self = Self::All(Vec::new());
    /// Never true.
    pub const FALSE: Self = Self::Any(Vec::new());

    /// The same condition with nested `All`s and `Any`s flattened and constants folded.
    #[must_use]
    pub fn simplify(self) -> Self {
        match self {
            Self::All(parts) => {
                let mut flat = Vec::with_capacity(parts.len());
                for part in parts {
                    match part.simplify() {
                        Self::All(inner) => flat.extend(inner),
                        Self::Any(inner) if inner.is_empty() => return Self::FALSE,
                        other => flat.push(other),
                    }
                }
                Self::single(flat, Self::All)
            }
            Self::Any(parts) => {
                let mut flat = Vec::with_capacity(parts.len());
                for part in parts {
                    match part.simplify() {
                        Self::Any(inner) => flat.extend(inner),
                        Self::All(inner) if inner.is_empty() => return Self::TRUE,
                        other => flat.push(other),
                    }
                }
                Self::single(flat, Self::Any)
            }
            Self::Not(inner) => match inner.simplify() {
                Self::All(parts) if parts.is_empty() => Self::FALSE,
                Self::Any(parts) if parts.is_empty() => Self::TRUE,
                Self::Not(inner) => *inner,
                other => Self::Not(Box::new(other)),
            },
            Self::Labelled(labels) if labels.is_empty() => Self::FALSE,
            other => other,
        }
    }

    fn single(mut parts: Vec<Self>, many: impl FnOnce(Vec<Self>) -> Self) -> Self {
        match parts.pop() {
            Some(part) if parts.is_empty() => part,
            Some(part) => {
                parts.push(part);
                many(parts)
            }
            None => many(parts),
        }
    }

    /// The conditions that all must hold.
    #[must_use]
    pub fn conjuncts(&self) -> &[Self] {
        match self {
            Self::All(parts) => parts,
            other => std::slice::from_ref(other),
        }
    }
}
