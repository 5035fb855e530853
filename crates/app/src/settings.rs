//! The settings of a publication.

use std::time::Duration;

use domain::{OverduePolicy, ReviewPolicy, TimeZone};
use editorial::checks::Policy;

/// The settings of a publication.
#[derive(Debug, Clone)]
pub struct Settings {
    /// Who must approve a version before it is published.
    pub review: ReviewPolicy,
    /// What happens to a public article whose editorial review is overdue.
    pub overdue: OverduePolicy,
    /// Whether warnings prevent publication until an editor acknowledges them.
    pub warnings: WarningPolicy,
    /// The settings of the checks before publication.
    pub checks: Policy,
    /// How long a node may go without news from its database before it marks its answers as stale.
    pub max_staleness: Duration,
    /// The URL of the page that shows previews. It contains `{token}`, and `{slug}` if the page needs it.
    pub preview_url: Option<String>,
    /// The time zone whose days readers mean by dates without a time.
    pub time_zone: TimeZone,
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
            time_zone: TimeZone::UTC,
        }
    }
}

/// The effect of warnings of the checks before publication.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum WarningPolicy {
    /// Warnings prevent publication until an editor acknowledges their codes.
    #[default]
    Acknowledge,
    /// Warnings are reported and prevent nothing.
    Allow,
}
