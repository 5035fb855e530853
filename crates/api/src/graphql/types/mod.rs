//! The types of the schema, one file each, with their queries. Those of tags, topics, authors, keys and previews
//! also have their mutations.

pub(crate) mod article;
pub(crate) mod article_connection;
pub(crate) mod article_where;
pub(crate) mod audit;
pub(crate) mod author;
pub(crate) mod body;
pub(crate) mod closed_action;
pub(crate) mod correction;
pub(crate) mod desk;
pub(crate) mod desk_article;
pub(crate) mod edition;
pub(crate) mod edition_list;
pub(crate) mod image;
pub(crate) mod issue;
pub(crate) mod key;
pub(crate) mod node;
pub(crate) mod paging;
pub(crate) mod preview;
pub(crate) mod query;
pub(crate) mod redirect;
pub(crate) mod review;
pub(crate) mod revision;
pub(crate) mod revision_diff;
pub(crate) mod scalar;
pub(crate) mod schedule;
pub(crate) mod tag;
pub(crate) mod topic;
pub(crate) mod user_error;
pub(crate) mod withdrawal;
pub(crate) mod zoned_instant;
