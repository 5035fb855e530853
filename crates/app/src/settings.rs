//! What a publication may decide for itself.

use std::time::Duration;

use domain::{OverduePolicy, ReviewPolicy};
use editorial::checks::Policy;

/// What a publication may decide for itself.
#[derive(Debug, Clone)]
pub struct Settings {
    /// Who must look at a version before it becomes public.
    pub review: ReviewPolicy,
    /// What happens to a public article whose editorial review is overdue.
    pub overdue: OverduePolicy,
    /// Whether warnings hold a publish up until they are acknowledged.
    pub warnings: WarningPolicy,
    /// What the checks before publishing go by.
    pub checks: Policy,
    /// How long this node answers without having heard from its database before it says so.
    pub max_staleness: Duration,
    /// Where previews are looked at: an address with `{token}` in it, and `{slug}` if it helps.
    pub preview_url: Option<String>,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            review: ReviewPolicy::default(),
            overdue: OverduePolicy::default(),
            warnings: WarningPolicy::default(),
            checks: Policy::default(),
            max_staleness: Duration::from_secs(10),
            preview_url: None,
        }
    }
}

/// What the warnings of the checks before publishing do.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum WarningPolicy {
    /// They hold a publish up until they are acknowledged by code.
    #[default]
    Acknowledge,
    /// They are told, and hold nothing up.
    Allow,
}
