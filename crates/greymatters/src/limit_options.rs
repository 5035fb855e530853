//! The flags for the limits of requests.

use api::{DocumentLimits, Limits};
use clap::Args;

/// Limits of requests. A request beyond a limit is refused with `LIMIT_EXCEEDED`, which names the flag.
#[derive(Debug, Args)]
#[command(next_help_heading = "Limits")]
pub(crate) struct LimitOptions {
    /// Maximum size in bytes of a request without an API key
    #[arg(
        long = "max-anonymous-body",
        env = "GREYMATTERS_MAX_ANONYMOUS_BODY",
        value_name = "BYTES",
        default_value_t = 262_144,
        value_parser = clap::value_parser!(u64).range(1_024..=1_073_741_824)
    )]
    max_anonymous_body: u64,
    /// Maximum size in bytes of a request with an API key
    #[arg(
        long = "max-body",
        env = "GREYMATTERS_MAX_BODY",
        value_name = "BYTES",
        default_value_t = 8_388_608,
        value_parser = clap::value_parser!(u64).range(1_024..=1_073_741_824)
    )]
    max_body: u64,
    /// Maximum number of tokens of a document: names, values and punctuation
    #[arg(
        long = "max-tokens",
        env = "GREYMATTERS_MAX_TOKENS",
        value_name = "COUNT",
        default_value_t = 15_000,
        value_parser = clap::value_parser!(u64).range(1..=10_000_000)
    )]
    max_tokens: u64,
    /// Maximum nesting of brackets in a document, and of fragments in fragments
    #[arg(
        long = "max-nesting",
        env = "GREYMATTERS_MAX_NESTING",
        value_name = "LEVELS",
        default_value_t = 100,
        value_parser = clap::value_parser!(u64).range(1..=200)
    )]
    max_nesting: u64,
    /// Maximum nesting of fields. A full introspection needs 15
    #[arg(
        long = "max-depth",
        env = "GREYMATTERS_MAX_DEPTH",
        value_name = "LEVELS",
        default_value_t = 20,
        value_parser = clap::value_parser!(u64).range(1..=200)
    )]
    max_depth: u64,
    /// Maximum number of selected fields and fragments. A fragment counts wherever it is spread
    #[arg(
        long = "max-selections",
        env = "GREYMATTERS_MAX_SELECTIONS",
        value_name = "COUNT",
        default_value_t = 10_000,
        value_parser = clap::value_parser!(u64).range(1..=1_000_000)
    )]
    max_selections: u64,
    /// Maximum number of fields with an alias. A fragment counts wherever it is spread
    #[arg(
        long = "max-aliases",
        env = "GREYMATTERS_MAX_ALIASES",
        value_name = "COUNT",
        default_value_t = 200,
        value_parser = clap::value_parser!(u64).range(0..=1_000_000)
    )]
    max_aliases: u64,
    /// Maximum number of root fields of an operation
    #[arg(
        long = "max-root-fields",
        env = "GREYMATTERS_MAX_ROOT_FIELDS",
        value_name = "COUNT",
        default_value_t = 50,
        value_parser = clap::value_parser!(u64).range(1..=1_000_000)
    )]
    max_root_fields: u64,
    /// Maximum number of directives of a document
    #[arg(
        long = "max-directives",
        env = "GREYMATTERS_MAX_DIRECTIVES",
        value_name = "COUNT",
        default_value_t = 200,
        value_parser = clap::value_parser!(u64).range(0..=1_000_000)
    )]
    max_directives: u64,
    /// Maximum number of directives at one field, fragment, variable or operation
    #[arg(
        long = "max-directives-per-place",
        env = "GREYMATTERS_MAX_DIRECTIVES_PER_PLACE",
        value_name = "COUNT",
        default_value_t = 10,
        value_parser = clap::value_parser!(u64).range(0..=1_000_000)
    )]
    max_directives_per_place: u64,
    /// Maximum number of variables of an operation
    #[arg(
        long = "max-variables",
        env = "GREYMATTERS_MAX_VARIABLES",
        value_name = "COUNT",
        default_value_t = 200,
        value_parser = clap::value_parser!(u64).range(0..=1_000_000)
    )]
    max_variables: u64,
    /// Maximum number of values in the variables of a request: entries of lists and fields of objects, however nested
    #[arg(
        long = "max-values",
        env = "GREYMATTERS_MAX_VALUES",
        value_name = "COUNT",
        default_value_t = 5_000,
        value_parser = clap::value_parser!(u64).range(0..=10_000_000)
    )]
    max_values: u64,
    /// Maximum number of operations of a document
    #[arg(
        long = "max-operations",
        env = "GREYMATTERS_MAX_OPERATIONS",
        value_name = "COUNT",
        default_value_t = 100,
        value_parser = clap::value_parser!(u64).range(1..=1_000_000)
    )]
    max_operations: u64,
    /// Maximum length of a name in a document
    #[arg(
        long = "max-name-length",
        env = "GREYMATTERS_MAX_NAME_LENGTH",
        value_name = "COUNT",
        default_value_t = 200,
        value_parser = clap::value_parser!(u64).range(1..=1_000_000)
    )]
    max_name_length: u64,
    /// Maximum cost of a request in a publication with at least a million articles
    ///
    /// Finding a row or answering a field costs about 1. A smaller publication allows less: 32000, plus 1 for every six
    /// articles.
    #[arg(
        long = "max-cost",
        env = "GREYMATTERS_MAX_COST",
        value_name = "COST",
        default_value_t = 200_000,
        value_parser = clap::value_parser!(u64).range(1..=1_000_000_000_000)
    )]
    max_cost: u64,
    /// Maximum size of an answer in bytes, before compression
    #[arg(
        long = "max-answer",
        env = "GREYMATTERS_MAX_ANSWER",
        value_name = "BYTES",
        default_value_t = 16_777_216,
        value_parser = clap::value_parser!(u64).range(65_536..=1_073_741_824)
    )]
    max_answer: u64,
}

impl LimitOptions {
    /// Returns the limits of the API.
    pub(crate) fn limits(&self) -> Limits {
        let Self {
            max_anonymous_body,
            max_body,
            max_tokens,
            max_nesting,
            max_depth,
            max_selections,
            max_aliases,
            max_root_fields,
            max_directives,
            max_directives_per_place,
            max_variables,
            max_values,
            max_operations,
            max_name_length,
            max_cost,
            max_answer,
        } = self;
        Limits {
            anonymous_body: usize::try_from(*max_anonymous_body).unwrap_or(usize::MAX),
            body: usize::try_from(*max_body).unwrap_or(usize::MAX),
            document: DocumentLimits {
                tokens: *max_tokens,
                nesting: *max_nesting,
                depth: *max_depth,
                selections: *max_selections,
                aliases: *max_aliases,
                root_fields: *max_root_fields,
                directives: *max_directives,
                directives_per_place: *max_directives_per_place,
                variables: *max_variables,
                values: *max_values,
                operations: *max_operations,
                name_length: *max_name_length,
            },
            cost: *max_cost,
            answer: *max_answer,
        }
    }
}
