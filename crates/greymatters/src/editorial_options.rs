//! The flags about what a publication decides for itself.

use api::AnswerBasis;
use app::{Settings, WarningPolicy, checks};
use clap::{Args, ValueEnum};
use domain::{OverduePolicy, ReviewPolicy};

use crate::web_address;

/// What the publication decides for itself.
#[derive(Debug, Args)]
#[command(next_help_heading = "Editorial policy")]
pub(crate) struct EditorialOptions {
    /// Who must look at a version before it becomes public: `none`, or `four-eyes`, somebody who did not
    /// write it.
    #[arg(long, env = "GREYMATTERS_REVIEW", value_name = "POLICY", default_value = "none")]
    review: ReviewPolicy,
    /// What happens to a public article whose editorial review is overdue: `flag` shows it at the desk,
    /// `withdraw` takes it from the public.
    #[arg(long, env = "GREYMATTERS_REVIEW_OVERDUE", value_name = "POLICY", default_value = "flag")]
    review_overdue: OverduePolicy,
    /// What the warnings of the checks before publishing do: `acknowledge` holds a publish up until they
    /// are accepted by code, `allow` only tells them.
    #[arg(
        long,
        env = "GREYMATTERS_CHECK_WARNINGS",
        value_name = "POLICY",
        value_enum,
        default_value = "acknowledge"
    )]
    check_warnings: CheckWarnings,
    /// The school grade (Flesch–Kincaid) above which a text is hard to read; 0 for no such check.
    #[arg(long, env = "GREYMATTERS_CHECK_MAX_GRADE", value_name = "GRADE", default_value = "12")]
    check_max_grade: f64,
    /// The address of the site that shows the articles: links to it count as internal, like relative ones.
    #[arg(long, env = "GREYMATTERS_SITE_URL", value_name = "URL", value_parser = web_address::site)]
    site_url: Option<String>,
    /// Where previews are looked at: an address with `{token}` in it, and `{slug}` if it helps. Without
    /// one, previews open in GraphiQL.
    #[arg(long, env = "GREYMATTERS_PREVIEW_URL", value_name = "URL", value_parser = web_address::preview)]
    preview_url: Option<String>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum CheckWarnings {
    /// They hold a publish up until they are accepted by code.
    Acknowledge,
    /// They are told, and hold nothing up.
    Allow,
}

impl EditorialOptions {
    /// What answers depend on, with those of these flags that shape them.
    pub(crate) fn shape_answers(&self, basis: AnswerBasis) -> AnswerBasis {
        // Policies decide what becomes public, which is told by editions; where previews are looked at is told
        // to whoever makes one.
        let Self {
            review: _,
            review_overdue: _,
            check_warnings: _,
            check_max_grade: _,
            site_url,
            preview_url: _,
        } = self;
        basis.with("site-url", site_url.as_deref())
    }

    /// The settings of the publication.
    pub(crate) fn settings(&self) -> Settings {
        let Self { review, review_overdue, check_warnings, check_max_grade, site_url, preview_url } = self;
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
            ..Settings::default()
        }
    }
}
