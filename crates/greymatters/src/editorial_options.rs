//! The flags for the editorial policies of a publication.

use api::AnswerBasis;
use app::{Settings, WarningPolicy, checks};
use clap::{Args, ValueEnum};
use domain::{OverduePolicy, ReviewPolicy, TimeZone};

use crate::web_address;

/// Editorial policies of the publication.
#[derive(Debug, Args)]
#[command(next_help_heading = "Editorial policy")]
pub(crate) struct EditorialOptions {
    /// Who must approve a version before it is published: `none`, or `four-eyes` (somebody who did not write it)
    #[arg(long, env = "GREYMATTERS_REVIEW", value_name = "POLICY", default_value = "none")]
    review: ReviewPolicy,
    /// What happens to a public article whose editorial review is overdue: `flag` marks it for editors, `withdraw`
    /// withdraws it
    #[arg(long, env = "GREYMATTERS_REVIEW_OVERDUE", value_name = "POLICY", default_value = "flag")]
    review_overdue: OverduePolicy,
    /// Effect of the warnings of the checks before publication: `acknowledge` prevents publication until an editor accepts
    /// them, `allow` only reports them
    #[arg(
        long,
        env = "GREYMATTERS_CHECK_WARNINGS",
        value_name = "POLICY",
        value_enum,
        default_value = "acknowledge"
    )]
    check_warnings: CheckWarnings,
    /// School grade (Flesch–Kincaid) above which a text counts as hard to read; 0 turns the check off
    #[arg(long, env = "GREYMATTERS_CHECK_MAX_GRADE", value_name = "GRADE", default_value = "12")]
    check_max_grade: f64,
    /// URL of the site that shows the articles. Links to it count as internal, like relative links
    #[arg(long, env = "GREYMATTERS_SITE_URL", value_name = "URL", value_parser = web_address::site)]
    site_url: Option<String>,
    /// URL that shows previews; must contain `{token}`, and can contain `{slug}` (default: GraphiQL of this server)
    #[arg(long, env = "GREYMATTERS_PREVIEW_URL", value_name = "URL", value_parser = web_address::preview)]
    preview_url: Option<String>,
    /// Time zone of the publication: a date without a time in a filter is a day there. A name of the IANA time zone
    /// database, like `America/Chicago`
    #[arg(long, env = "GREYMATTERS_TIME_ZONE", value_name = "ZONE", default_value = "UTC", value_parser = zone)]
    time_zone: TimeZone,
}

/// Parses the name of a time zone.
fn zone(name: &str) -> Result<TimeZone, String> {
    domain::time_zone(name).ok_or_else(|| {
        "it is not in the IANA time zone database: write a name like Europe/Berlin, America/Chicago or UTC".to_owned()
    })
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum CheckWarnings {
    /// Warnings prevent publication until an editor accepts their codes
    Acknowledge,
    /// Warnings are only reported
    Allow,
}

impl EditorialOptions {
    /// Adds the flags that affect answers to the answer basis.
    pub(crate) fn shape_answers(&self, basis: AnswerBasis) -> AnswerBasis {
        // The policies affect what is published, and every publication is an edition. The preview URL occurs only in
        // answers to mutations.
        let Self {
            review: _,
            review_overdue: _,
            check_warnings: _,
            check_max_grade: _,
            site_url,
            preview_url: _,
            time_zone,
        } = self;
        basis.with("site-url", site_url.as_deref()).with("time-zone", time_zone.iana_name())
    }

    /// Returns the settings of the publication.
    pub(crate) fn settings(&self) -> Settings {
        let Self {
            review,
            review_overdue,
            check_warnings,
            check_max_grade,
            site_url,
            preview_url,
            time_zone,
        } = self;
        Settings {
            review: *review,
            overdue: *review_overdue,
            warnings: match check_warnings {
                CheckWarnings::Acknowledge => WarningPolicy::Acknowledge,
                CheckWarnings::Allow => WarningPolicy::Allow,
            },
            checks: checks::Policy {
                max_grade: Some(*check_max_grade).filter(|grade| *grade > 0.0),
                site_url: site_url.clone(),
                ..checks::Policy::default()
            },
            preview_url: preview_url.clone(),
            time_zone: time_zone.clone(),
            ..Settings::default()
        }
    }
}
