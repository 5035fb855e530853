//! Parses `taxonomy.yaml`, which lists the topics, authors and tags of a folder of articles.

use crate::markdown::Refusal;
use crate::markdown::value::{Map, Node, Value};
use crate::markdown::yaml;

/// The maximum nesting depth of topics. The limit of the YAML parser allows less.
const DEPTH: usize = 8;

/// The content of the file.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct SourceTaxonomy {
    /// The topics, each after its parent.
    pub topics: Vec<SourceTopic>,
    /// The authors.
    pub authors: Vec<SourceAuthor>,
    /// The tags.
    pub tags: Vec<SourceTag>,
}

/// A topic.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SourceTopic {
    /// The display name.
    pub name: String,
    /// The slug.
    pub slug: Option<String>,
    /// What the topic covers.
    pub description: Option<String>,
    /// The index of the parent in [`SourceTaxonomy::topics`].
    pub parent: Option<usize>,
}

/// An author.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SourceAuthor {
    /// The display name.
    pub name: String,
    /// The slug.
    pub slug: Option<String>,
    /// The job title, from `title`, `jobTitle` or `role`.
    pub job_title: Option<String>,
    /// A short biography, from `bio` or `description`.
    pub bio: Option<String>,
}

/// A tag.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SourceTag {
    /// The display name.
    pub name: String,
    /// The slug.
    pub slug: Option<String>,
}

/// Parses the file.
///
/// # Errors
/// [`Refusal`] when the file is not YAML with these fields; it names the line.
pub fn parse(bytes: &[u8]) -> Result<SourceTaxonomy, Refusal> {
    let text = std::str::from_utf8(bytes).map_err(|error| {
        let line = bytes[..error.valid_up_to()].iter().filter(|byte| **byte == b'\n').count();
        Refusal::new("the file is not UTF-8: save it as UTF-8")
            .at(u32::try_from(line + 1).unwrap_or(u32::MAX))
    })?;
    let map = yaml::parse(text.trim_start_matches('\u{feff}'), 1)?;
    let mut taxonomy = SourceTaxonomy::default();
    for entry in list(&map, "topics")? {
        topic(entry, None, 0, &mut taxonomy.topics)?;
    }
    for entry in list(&map, "authors")? {
        let (name, slug, fields) = named(entry)?;
        let field = |keys: &[&str]| fields.and_then(|fields| text_of(fields, keys));
        taxonomy.authors.push(SourceAuthor {
            name,
            slug,
            job_title: field(&["title", "jobTitle", "role"]),
            bio: field(&["bio", "description"]),
        });
    }
    for entry in list(&map, "tags")? {
        let (name, slug, _) = named(entry)?;
        taxonomy.tags.push(SourceTag { name, slug });
    }
    Ok(taxonomy)
}

fn topic(
    node: &Node,
    parent: Option<usize>,
    depth: usize,
    topics: &mut Vec<SourceTopic>,
) -> Result<(), Refusal> {
    if depth >= DEPTH {
        return Err(Refusal::new(format!("topics are nested deeper than {DEPTH} levels")).at(node.line));
    }
    let (name, slug, fields) = named(node)?;
    let place = topics.len();
    let description = fields.and_then(|fields| text_of(fields, &["description"]));
    topics.push(SourceTopic { name, slug, description, parent });
    if let Some(fields) = fields {
        for child in list(fields, "children")? {
            topic(child, Some(place), depth + 1, topics)?;
        }
    }
    Ok(())
}

/// Parses an entry: a name, or a map with a `name` or a `slug`.
fn named(node: &Node) -> Result<(String, Option<String>, Option<&Map>), Refusal> {
    if let Some(name) = node.text() {
        return Ok((name.to_owned(), None, None));
    }
    let Value::Map(fields) = &node.value else {
        return Err(Refusal::new("an entry must be a name, or a map with a `name`").at(node.line));
    };
    let slug = text_of(fields, &["slug"]);
    match text_of(fields, &["name"]).or_else(|| slug.clone()) {
        Some(name) => Ok((name, slug, Some(fields))),
        None => Err(Refusal::new("an entry needs a `name`").at(node.line)),
    }
}

fn list<'a>(map: &'a Map, key: &str) -> Result<&'a [Node], Refusal> {
    match map.get(key) {
        None => Ok(&[]),
        Some((_, node)) => match &node.value {
            Value::List(entries) => Ok(entries),
            _ if node.is_empty() => Ok(&[]),
            _ => Err(Refusal::new("this must be a list: begin each entry with `- `")
                .at(node.line)
                .in_field(key)),
        },
    }
}

fn text_of(map: &Map, keys: &[&str]) -> Option<String> {
    keys.iter()
        .find_map(|key| map.get(key)?.1.text())
        .map(|text| text.trim().to_owned())
        .filter(|text| !text.is_empty())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_tree_is_parsed_with_parents_first() {
        let file = b"topics:\n  - name: Content\n    children:\n      - Accessibility\n      - slug: governance\n  - name: Search\nauthors:\n  - name: Ann Lee\n    title: Editor\ntags: []\n";
        let taxonomy = parse(file).unwrap();
        let topics: Vec<_> =
            taxonomy.topics.iter().map(|topic| (topic.name.as_str(), topic.parent)).collect();
        assert_eq!(
            topics,
            [("Content", None), ("Accessibility", Some(0)), ("governance", Some(0)), ("Search", None)]
        );
        assert_eq!(taxonomy.authors[0].job_title.as_deref(), Some("Editor"));
        assert_eq!(taxonomy.tags, []);
    }

    #[test]
    fn a_refusal_names_the_line() {
        let refusal = parse(b"topics:\n  - description: nameless\n").unwrap_err();
        assert_eq!((refusal.line, refusal.reason.as_str()), (Some(2), "an entry needs a `name`"));
        assert_eq!(parse(b"topics: 3\n").unwrap_err().field.as_deref(), Some("topics"));
        assert_eq!(parse(b"a: b\n\xff").unwrap_err().line, Some(2));
    }
}
