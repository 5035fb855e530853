//! The queries of the growth part, and the checks of their answers.

use serde_json::Value;

use crate::dataset::Dataset;
use crate::failure::{Result, While, failed};
use crate::http::Request;

/// The year of the second query. It is in the middle of the dates, so that the query must find its articles by date.
pub(crate) const YEAR: (&str, &str) = ("2024-01-01T00:00:00Z", "2025-01-01T00:00:00Z");
/// The number of articles of a page.
pub(crate) const PAGE: usize = 20;

/// The selected fields of an article in a list.
const FIELDS: &str = "nodes { id slug title deck excerpt publishedAt tags { slug name } topics { slug name } \
                      authors { slug name } } pageInfo { hasNextPage endCursor }";

/// A query.
pub(crate) struct Query {
    pub(crate) name: &'static str,
    pub(crate) about: &'static str,
    pub(crate) document: String,
    pub(crate) request: Request,
    /// The tag that every article of the answer must have.
    tag: Option<String>,
}

impl Query {
    pub(crate) fn all() -> [Self; 2] {
        let tag = Dataset::most_popular_tag().to_string();
        let (from, until) = YEAR;
        let latest = format!("{{ articles(first: {PAGE}) {{ {FIELDS} }} }}");
        let of_tag = format!(
            "{{ articles(first: {PAGE}, where: {{ tags: {{ any: [\"{tag}\"] }}, \
             publishedAt: {{ gte: \"{from}\", lt: \"{until}\" }} }}) {{ {FIELDS} }} }}"
        );
        [
            Self::new("Q1", "the 20 latest, with tags, topics and authors", latest, None),
            Self::new("Q2", "the 20 latest of the most popular tag, within a year", of_tag, Some(tag)),
        ]
    }

    fn new(name: &'static str, about: &'static str, document: String, tag: Option<String>) -> Self {
        Self { name, about, request: Request::graphql(&document), document, tag }
    }

    /// Checks that an answer is a full page of the requested articles.
    pub(crate) fn check(&self, answer: &[u8]) -> Result<()> {
        let answer: Value = serde_json::from_slice(answer).during("an answer")?;
        let nodes = answer.pointer("/data/articles/nodes").and_then(Value::as_array);
        let Some(nodes) = nodes.filter(|nodes| nodes.len() == PAGE && answer.get("errors").is_none()) else {
            return failed(format_args!(
                "the answer to {} does not have {PAGE} articles: {answer}",
                self.name
            ));
        };
        let dates: Vec<&str> = nodes.iter().filter_map(|node| node["publishedAt"].as_str()).collect();
        let tagged = |node: &Value| {
            let mut tags = node["tags"].as_array().into_iter().flatten();
            self.tag.as_ref().is_none_or(|tag| tags.any(|given| given["slug"] == tag.as_str()))
        };
        let within = |date: &&str| self.tag.is_none() || (YEAR.0..YEAR.1).contains(date);
        if dates.is_sorted_by(|a, b| a >= b) && dates.iter().all(within) && nodes.iter().all(tagged) {
            return Ok(());
        }
        failed(format_args!("the answer to {} has the wrong articles: {answer}", self.name))
    }
}
