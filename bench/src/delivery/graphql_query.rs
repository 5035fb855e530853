//! The requests that all lanes get, and the slugs in their answers, which must be equal.

use serde_json::{Value, json};

use crate::answer::Answer;
use crate::dataset::Dataset;
use crate::failure::{Failure, Result, While, failed};
use crate::http::Request;
use crate::query::{PAGE, YEAR};

/// The selected fields of an article in a list.
const FIELDS: &str = "id slug title excerpt publishedAt tags { name slug } topics { name } authors { name }";
/// The position, among the latest articles, of the article that Q3 reads: it is not on the first page.
const BY_SLUG: usize = 100;

/// The names of the reads.
pub(crate) const READS: [&str; 3] = ["Q1", "Q2", "Q3"];
/// The descriptions of the reads.
pub(crate) const ABOUT: [&str; 3] = [
    "the 20 latest articles, with tags, topics and authors",
    "the 20 latest of the most popular tag within a year",
    "one article by its slug, with its text",
];

/// A GraphQL request to GreyMatters.
#[derive(Debug, Clone)]
pub(crate) struct GraphqlQuery {
    document: String,
    variables: Value,
}

impl GraphqlQuery {
    /// Returns the reads, in the order of [`READS`]. The third one reads the article `slug`.
    pub(crate) fn reads(slug: &str) -> [Self; 3] {
        let (from, until) = YEAR;
        let list = |arguments: &str| {
            format!(
                "query($where: ArticleWhere) {{ articles({arguments}, where: $where) {{ nodes {{ {FIELDS} }} }} }}"
            )
        };
        let page = format!("first: {PAGE}");
        let of_tag = json!({
            "tags": { "any": [Dataset::most_popular_tag().to_string()] },
            "publishedAt": { "gte": from, "lt": until },
        });
        let latest = format!("query($first: Int!) {{ articles(first: $first) {{ nodes {{ {FIELDS} }} }} }}");
        let by_slug = format!(
            "query($slug: String!) {{ article(by: {{ slug: $slug }}) {{ {FIELDS} body {{ markdown }} }} }}"
        );
        [
            Self { document: latest, variables: json!({ "first": PAGE }) },
            Self { document: list(&page), variables: json!({ "where": of_tag }) },
            Self { document: by_slug, variables: json!({ "slug": slug }) },
        ]
    }

    /// Returns the query for the slugs of the latest articles. The last of them is the slug for
    /// [`reads`](Self::reads).
    pub(crate) fn latest() -> Self {
        let document = format!("{{ articles(first: {BY_SLUG}) {{ nodes {{ slug }} }} }}");
        Self { document, variables: json!({}) }
    }

    pub(crate) fn get(&self, headers: &[(&str, &str)]) -> Request {
        let Self { document, variables } = self;
        let variables = encoded(&variables.to_string());
        let path = format!("/graphql?query={}&variables={variables}", encoded(document));
        Request::new("GET", &path, &[&ACCEPT[..], headers].concat(), None)
    }

    pub(crate) fn post(&self) -> Request {
        self.post_to("/graphql")
    }

    /// Makes a POST request to another path.
    pub(crate) fn post_to(&self, path: &str) -> Request {
        let Self { document, variables } = self;
        let body = json!({ "query": document, "variables": variables }).to_string();
        Request::new("POST", path, &[ACCEPT[0], ("Content-Type", "application/json")], Some(&body))
    }
}

const ACCEPT: [(&str, &str); 1] = [("Accept", "application/graphql-response+json")];

/// The positions of the articles in an answer, as JSON pointers (RFC 6901).
#[derive(Debug, Clone)]
pub(crate) struct Pointers {
    /// The article or the list of articles, for each read.
    pub(crate) articles: [String; 3],
    /// The slug, relative to an article.
    pub(crate) slug: String,
    /// The tags, relative to an article, if they are known.
    pub(crate) tags: Option<String>,
}

impl Pointers {
    /// Returns the positions in the answers of GreyMatters.
    pub(crate) fn ours() -> Self {
        let list = "/data/articles/nodes";
        Self {
            articles: [list, list, "/data/article"].map(str::to_owned),
            slug: "/slug".to_owned(),
            tags: Some("/tags".to_owned()),
        }
    }

    /// Returns the slugs in an answer, in their order.
    pub(crate) fn slugs(&self, read: usize, answer: &Answer) -> Result<Vec<String>> {
        let slug = |article: &Value| article.pointer(&self.slug)?.as_str().map(str::to_owned);
        let found: Option<Vec<String>> = self.articles(read, answer)?.iter().map(slug).collect();
        found.ok_or_else(|| Failure(format!("{}: an article without a slug", READS[read])))
    }

    /// Returns the slug of the newest article, and its number of tags.
    pub(crate) fn newest(&self, answer: &Answer) -> Result<(String, usize)> {
        let Some(newest) = self.articles(0, answer)?.into_iter().next() else {
            return failed("there is no article");
        };
        let slug = newest.pointer(&self.slug).and_then(Value::as_str).unwrap_or_default().to_owned();
        let tags = match &self.tags {
            Some(pointer) => newest.pointer(pointer),
            None => newest.as_object().and_then(|fields| {
                let mut fields = fields.iter();
                fields.find(|(name, _)| name.to_ascii_lowercase().starts_with("tag")).map(|(_, value)| value)
            }),
        };
        Ok((slug, tags.map_or(0, longest)))
    }

    fn articles(&self, read: usize, answer: &Answer) -> Result<Vec<Value>> {
        let name = READS[read];
        let whole: Value = serde_json::from_slice(&answer.body).during(name)?;
        match whole.pointer(&self.articles[read]) {
            Some(Value::Array(list)) => Ok(list.clone()),
            Some(one @ Value::Object(_)) => Ok(vec![one.clone()]),
            _ => {
                let words: String = whole.to_string().chars().take(300).collect();
                failed(format_args!("{name}: no articles in {words}"))
            }
        }
    }
}

/// Returns the length of the longest list inside a value, because some systems wrap their lists.
fn longest(value: &Value) -> usize {
    match value {
        Value::Array(list) => list.len(),
        Value::Object(fields) => fields.values().map(longest).max().unwrap_or_default(),
        _ => 0,
    }
}

/// Percent-encodes text for a URL.
fn encoded(text: &str) -> String {
    let mut encoded = String::with_capacity(text.len() * 2);
    for byte in text.bytes() {
        match byte {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'-' | b'.' | b'_' | b'~' => encoded.push(byte.into()),
            _ => encoded.push_str(&format!("%{byte:02X}")),
        }
    }
    encoded
}

#[cfg(test)]
mod tests {
    use super::*;

    fn answer(body: &Value) -> Answer {
        Answer { status: 200, headers: Vec::new(), body: body.to_string().into_bytes() }
    }

    #[test]
    fn slugs_are_found_in_lists_and_in_single_articles() {
        let list =
            answer(&json!({ "data": { "articles": { "nodes": [{ "slug": "a" }, { "slug": "b" }] } } }));
        let one = answer(&json!({ "data": { "article": { "slug": "c" } } }));
        assert_eq!(Pointers::ours().slugs(0, &list).unwrap(), ["a", "b"]);
        assert_eq!(Pointers::ours().slugs(2, &one).unwrap(), ["c"]);
        assert!(Pointers::ours().slugs(2, &list).is_err());
    }

    #[test]
    fn tags_are_counted_in_any_structure() {
        let pointers = Pointers { tags: None, ..Pointers::ours() };
        let article = |tags: Value| {
            answer(&json!({ "data": { "articles": { "nodes": [{ "slug": "a", "tagsOf": tags }] } } }))
        };
        assert_eq!(pointers.newest(&article(json!([1, 2, 3]))).unwrap(), ("a".to_owned(), 3));
        assert_eq!(pointers.newest(&article(json!({ "nodes": [1, 2] }))).unwrap().1, 2);
        assert_eq!(pointers.newest(&article(Value::Null)).unwrap().1, 0);
    }

    #[test]
    fn text_is_percent_encoded() {
        assert_eq!(encoded("{ a(b: \"ü\") }"), "%7B%20a%28b%3A%20%22%C3%BC%22%29%20%7D");
    }
}
