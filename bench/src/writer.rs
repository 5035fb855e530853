//! Creates and publishes articles over HTTP, with two requests. The second one needs values from the answer to the
//! first one.

use std::collections::HashSet;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use serde_json::Value;

use crate::answer::Answer;
use crate::failure::{Failure, Result, While, failed};
use crate::http::Request;

/// The placeholder for the slug of the new article.
const SLUG: &str = "__SLUG__";
/// The placeholder for the id of the new article.
const ID: &str = "__ID__";
/// The placeholder for the version, or the date of the last change, which publishing needs.
const UPDATED: &str = "__UPDATED__";

/// A request with placeholders.
#[derive(Debug, Clone)]
pub(crate) struct Template {
    pub(crate) method: String,
    pub(crate) path: String,
    pub(crate) headers: Vec<(String, String)>,
    pub(crate) body: Option<String>,
}

/// Writes articles, and records their slugs.
#[derive(Debug)]
pub(crate) struct Writer {
    create: Template,
    publish: Template,
    /// The JSON pointer to the id in the answer to the first request.
    id: String,
    /// The JSON pointer to the version in that answer, if publishing needs it.
    updated: Option<String>,
    /// The JSON pointer to the list of errors in the answer to the second request.
    refusals: Option<&'static str>,
    written: Arc<WrittenArticles>,
}

/// The articles that all writers of one lane have written.
#[derive(Debug)]
pub(crate) struct WrittenArticles {
    run: String,
    count: AtomicU64,
    slugs: Mutex<HashSet<String>>,
}

impl WrittenArticles {
    /// Makes an empty record. `run` makes the slugs of this run unique.
    pub(crate) fn new(run: &str) -> Arc<Self> {
        Arc::new(Self { run: run.to_owned(), count: AtomicU64::new(0), slugs: Mutex::default() })
    }
}

impl Template {
    fn filled(&self, placeholders: &[(&str, &str)]) -> Request {
        let fill = |text: &String| {
            placeholders
                .iter()
                .fold(text.clone(), |text, (placeholder, value)| text.replace(placeholder, value))
        };
        Request::new(&self.method, &fill(&self.path), &self.headers, self.body.as_ref().map(fill).as_deref())
    }
}

impl Writer {
    pub(crate) fn new(
        create: Template,
        publish: Template,
        id: String,
        updated: Option<String>,
        written: Arc<WrittenArticles>,
    ) -> Self {
        Self { create, publish, id, updated, refusals: None, written }
    }

    /// Returns this writer with the JSON pointer to the list of errors in the answer to a publish.
    pub(crate) fn with_errors_at(self, pointer: &'static str) -> Self {
        Self { refusals: Some(pointer), ..self }
    }

    /// Returns the request that creates an article, and the slug of the article.
    pub(crate) fn create(&self) -> (Request, String) {
        let slug =
            format!("bench-{}-{}", self.written.run, self.written.count.fetch_add(1, Ordering::Relaxed));
        (self.create.filled(&[(SLUG, &slug)]), slug)
    }

    /// Returns the request that publishes the created article.
    pub(crate) fn publish(&self, created: &Answer) -> Result<Request> {
        let answer = checked(created, "create")?;
        let at = |pointer: &str| {
            let value = answer.pointer(pointer).and_then(plain);
            value.ok_or_else(|| Failure(format!("create: nothing at `{pointer}` of {}", short(&answer))))
        };
        let id = at(&self.id)?;
        let updated = self.updated.as_deref().map(at).transpose()?.unwrap_or_default();
        Ok(self.publish.filled(&[(ID, &id), (UPDATED, &updated)]))
    }

    /// Records an article if the answer says that it was published.
    pub(crate) fn published(&self, answer: &Answer, slug: String) -> Result<()> {
        let answer = checked(answer, "publish")?;
        if let Some(pointer) = self.refusals
            && answer.pointer(pointer).and_then(Value::as_array).is_none_or(|list| !list.is_empty())
        {
            return failed(format_args!("publish is refused: {}", short(&answer)));
        }
        self.written.slugs.lock().unwrap_or_else(PoisonError::into_inner).insert(slug);
        Ok(())
    }

    /// Whether an article with this slug was published.
    pub(crate) fn has_published(&self, slug: &str) -> bool {
        self.written.slugs.lock().unwrap_or_else(PoisonError::into_inner).contains(slug)
    }
}

/// Parses an answer, which must be a success.
fn checked(answer: &Answer, what: &str) -> Result<Value> {
    let Answer { status, body, .. } = answer;
    if !(200..300).contains(status) {
        let words: String = String::from_utf8_lossy(body).chars().take(300).collect();
        return failed(format_args!("{what} is answered with {status}: {words}"));
    }
    if body.is_empty() {
        return Ok(Value::Null);
    }
    let answer: Value = serde_json::from_slice(body).during(what)?;
    if answer.get("errors").is_some_and(|errors| !errors.is_null()) {
        return failed(format_args!("{what} fails: {}", short(&answer)));
    }
    Ok(answer)
}

/// Returns a string or a number as text, for JSON and URLs.
fn plain(value: &Value) -> Option<String> {
    match value {
        Value::String(text) => Some(text.clone()),
        Value::Number(number) => Some(number.to_string()),
        _ => None,
    }
}

fn short(answer: &Value) -> String {
    answer.to_string().chars().take(300).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn writer() -> Writer {
        let template = |path: &str, body: &str| Template {
            method: "POST".to_owned(),
            path: path.to_owned(),
            headers: vec![("Accept".to_owned(), "application/json".to_owned())],
            body: Some(body.to_owned()),
        };
        let (create, publish) =
            (template("/new", r#"{"slug":"__SLUG__"}"#), template("/a/__ID__", r#"{"at":"__UPDATED__"}"#));
        Writer::new(
            create,
            publish,
            "/data/id".to_owned(),
            Some("/data/at".to_owned()),
            WrittenArticles::new("r"),
        )
        .with_errors_at("/refusals")
    }

    fn answer(status: u16, body: &str) -> Answer {
        Answer { status, headers: Vec::new(), body: body.as_bytes().to_vec() }
    }

    #[test]
    fn an_article_is_created_and_published() {
        let writer = writer();
        let (request, slug) = writer.create();
        assert_eq!(slug, "bench-r-0");
        assert!(request.bytes().ends_with(br#"{"slug":"bench-r-0"}"#));
        let request = writer.publish(&answer(201, r#"{"data":{"id":7,"at":"now"}}"#)).unwrap();
        assert!(request.bytes().starts_with(b"POST /a/7 HTTP/1.1\r\n"));
        assert!(request.bytes().ends_with(br#"{"at":"now"}"#));
        writer.published(&answer(200, r#"{"refusals":[]}"#), slug).unwrap();
        assert!(writer.has_published("bench-r-0") && !writer.has_published("bench-r-1"));
    }

    #[test]
    fn refused_articles_are_not_recorded() {
        let writer = writer();
        for (status, body) in [(403, "{}"), (200, r#"{"errors":[{}]}"#), (200, r#"{"refusals":[1]}"#)] {
            assert!(writer.published(&answer(status, body), "x".to_owned()).is_err(), "{body}");
        }
        assert!(writer.publish(&answer(200, "{}")).is_err());
        assert!(!writer.has_published("x"));
    }
}
