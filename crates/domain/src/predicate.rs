//! Predicates on publications: filters whose slugs are resolved to ids.

use std::collections::BTreeSet;

use crate::{ArticleId, LabelId, Locale, OverduePolicy, Timestamp};

/// A condition on a publication. `All([])` is always true, `Any([])` is never true.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Predicate {
    /// All of them hold.
    All(Vec<Predicate>),
    /// At least one of them holds.
    Any(Vec<Predicate>),
    /// It does not hold.
    Not(Box<Predicate>),
    /// The publication has at least one of the labels.
    Labelled(BTreeSet<LabelId>),
    /// The publication is of one of these articles.
    Articles(BTreeSet<ArticleId>),
    /// The date that readers see is within the range.
    Published(InstantRange),
    /// The date of the last change that readers see is within the range.
    Updated(InstantRange),
    /// The publication is in this language.
    InLocale(Locale),
    /// The publication has not ended by [`Ends::by`].
    NotEnded(Ends),
}

/// A range of instants. Without a bound, the range is open at that end.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct InstantRange {
    /// At or after.
    pub gte: Option<Timestamp>,
    /// After.
    pub gt: Option<Timestamp>,
    /// At or before.
    pub lte: Option<Timestamp>,
    /// Before.
    pub lt: Option<Timestamp>,
}

/// Which publications have ended by an instant. A publication ends when it expires, even before the
/// scheduler withdraws the article.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Ends {
    /// The instant.
    pub by: Timestamp,
    /// Whether a publication also ends when its editorial review is overdue.
    pub overdue: OverduePolicy,
}

impl Predicate {
    /// Always true.
    pub const TRUE: Self = Self::All(Vec::new());
    /// Never true.
    pub const FALSE: Self = Self::Any(Vec::new());

    /// Returns an equivalent predicate: nested `All`s and `Any`s are flattened, and constants are folded.
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
            Self::Articles(ids) if ids.is_empty() => Self::FALSE,
            other => other,
        }
    }

    /// Returns the operand itself when there is only one, else `combine` of all of them.
    fn single(mut operands: Vec<Self>, combine: impl FnOnce(Vec<Self>) -> Self) -> Self {
        match operands.pop() {
            Some(operand) if operands.is_empty() => operand,
            Some(operand) => {
                operands.push(operand);
                combine(operands)
            }
            None => combine(operands),
        }
    }

    /// Returns the predicates that must all hold: the operands of `All`, or the predicate itself.
    #[must_use]
    pub fn conjuncts(&self) -> &[Self] {
        match self {
            Self::All(parts) => parts,
            other => std::slice::from_ref(other),
        }
    }
}
