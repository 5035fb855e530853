//! The tables, as SeaORM sees them. They are private to this crate, which converts their rows to domain types.

pub(crate) mod api_key;
pub(crate) mod article;
pub(crate) mod article_slug;
pub(crate) mod audit;
pub(crate) mod author;
pub(crate) mod author_redirect;
pub(crate) mod change;
pub(crate) mod day_count;
pub(crate) mod edition;
pub(crate) mod edition_counter;
pub(crate) mod idempotency_key;
pub(crate) mod label_count;
pub(crate) mod listing;
pub(crate) mod person;
pub(crate) mod preview;
pub(crate) mod publication;
pub(crate) mod publication_body;
pub(crate) mod revision;
pub(crate) mod signing_key;
pub(crate) mod tag;
pub(crate) mod tag_redirect;
pub(crate) mod topic;
pub(crate) mod topic_redirect;
pub(crate) mod working_label;
