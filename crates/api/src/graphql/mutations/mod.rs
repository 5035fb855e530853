//! The mutations of articles.

pub(crate) mod article;
pub(crate) mod article_input;
pub(crate) mod article_payload;
pub(crate) mod review;
