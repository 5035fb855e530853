//! The costs of fields, and the estimated lengths of lists.

use async_graphql::Name;
use async_graphql_value::ConstValue;
use domain::PageRequest;

/// The cost of a statement to the database.
pub(super) const STATEMENT: u64 = 100;

/// The cost of a search in the texts of working copies.
const SEARCH: u64 = 1_000;

/// The cost of reading an entry of a connection.
const ENTRY: u64 = 4;

/// The cost of shortening an excerpt.
const SHORTENED: u64 = 4;

/// The cost of an object in an article that is resolved field by field.
const OBJECT: u64 = 4;

/// The cost of the edition of an article, which a further statement reads.
const EDITION: u64 = 10;

/// The cost of a body without its bytes: an article with a body is resolved field by field.
const BODY: u64 = 16;

/// The estimated cost of a text of a body before its length is known: that of 3 KB.
pub(super) const BODY_TEXT: u64 = 12;

/// The estimated length of a short list.
pub(crate) const FEW: u64 = 2;
/// The estimated length of a longer list.
pub(crate) const SEVERAL: u64 = 5;
/// The estimated length of an even longer list.
pub(crate) const MANY: u64 = 10;

/// What is below a field.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Below {
    /// A single object or a value.
    One,
    /// A list with this number of entries, as far as it is known.
    List(u64),
    /// A connection: its `nodes` and `edges` have this number of entries.
    Connection(u64),
}

/// Returns the cost of a field itself, and what is below it.
pub(super) fn of(
    parent: &str,
    field: &str,
    arguments: &[(Name, ConstValue)],
    size: Option<u64>,
) -> (u64, Below) {
    let connection = || (STATEMENT, Below::Connection(page_size(arguments)));
    match (parent, field) {
        // The texts of many working copies may be read.
        ("Desk", "articles") if searches(arguments) => (SEARCH, Below::Connection(page_size(arguments))),
        ("Query", "articles" | "tags" | "authors" | "redirects" | "keys")
        | ("Desk", "articles" | "audit")
        | ("DeskArticle", "revisions" | "activity") => connection(),
        ("Query", "article" | "redirect" | "node" | "articleCheck")
        | ("Desk", "article")
        | ("DeskArticle", "revision")
        | ("Revision", "diff") => (STATEMENT, Below::One),
        ("Query", "nodes") => (STATEMENT, Below::List(length(arguments, "ids").clamp(1, 100))),
        ("Query", "editions") => {
            let first = number(arguments, "first").unwrap_or(u64::from(PageRequest::MAX.unsigned_abs()));
            (2 * STATEMENT, Below::List(first.clamp(1, 100)))
        }
        ("Query", "topics") => (1, Below::List(MANY)),
        // The tree is wide at its top. Further children are charged when they are answered.
        ("Topic", "children") => (1, Below::List(FEW)),
        ("Desk", "previews") => (STATEMENT, Below::List(20)),
        ("Topic", "path") | ("Body", "outline" | "images") => (1, Below::List(SEVERAL)),
        ("Article" | "Revision", "tags") => (1, Below::List(SEVERAL)),
        ("Article" | "Revision", "authors" | "topics") => (1, Below::List(FEW)),
        ("Article", "corrections") => (OBJECT, Below::List(FEW)),
        ("DeskArticle", "openActions") => (SEVERAL, Below::One),
        ("DeskArticle", "closedActions") => (SEVERAL, Below::List(MANY)),
        ("ArticleCheck", "issues") | ("RevisionDiff", _) => (1, Below::List(MANY)),
        ("Edition", "cacheTags") | ("DeskArticleConnection", "totalCount") => (20, Below::One),
        (_, "nodes" | "edges") => (1 + ENTRY * size.unwrap_or(0), size.map_or(Below::One, Below::List)),
        ("Article" | "Revision", "seo" | "heroImage") => (OBJECT, Below::One),
        ("Article", "edition") => (EDITION, Below::One),
        ("Article" | "Revision", "body") => (BODY, Below::One),
        ("Body", "markdown" | "html" | "text") => (BODY_TEXT, Below::One),
        ("Article", "excerpt") if arguments.iter().any(|(name, _)| name == "maxLength") => {
            (SHORTENED, Below::One)
        }
        _ => (1, Below::One),
    }
}

/// Whether a filter searches for words.
fn searches(arguments: &[(Name, ConstValue)]) -> bool {
    let filter = arguments.iter().find(|(known, _)| known == "where");
    matches!(filter, Some((_, ConstValue::Object(filter))) if filter.contains_key("text"))
}

/// Returns the maximum number of requested entries of a list.
fn page_size(arguments: &[(Name, ConstValue)]) -> u64 {
    let page_size = number(arguments, "first").or_else(|| number(arguments, "last"));
    page_size.unwrap_or(PageRequest::DEFAULT as u64).min(u64::from(PageRequest::MAX.unsigned_abs()))
}

/// Returns the number that an argument has.
fn number(arguments: &[(Name, ConstValue)], name: &str) -> Option<u64> {
    match arguments.iter().find(|(known, _)| known == name) {
        Some((_, ConstValue::Number(number))) => number.as_u64(),
        _ => None,
    }
}

fn length(arguments: &[(Name, ConstValue)], name: &str) -> u64 {
    match arguments.iter().find(|(known, _)| known == name) {
        Some((_, ConstValue::List(entries))) => entries.len() as u64,
        _ => 1,
    }
}
