//! Values of the publication: slugs, ids, cursors and dates.

use serde_json::Value;

use super::literal::Literal;
use crate::failure::{Result, While};
use crate::http::{Connection, Request};
use crate::random::Random;

/// The known values of the publication.
#[derive(Debug, Default)]
pub(crate) struct Values {
    pub(crate) tags: Vec<String>,
    pub(crate) topics: Vec<String>,
    pub(crate) authors: Vec<String>,
    pub(crate) articles: Vec<String>,
    ids: Vec<String>,
    cursors: Vec<ListCursor>,
}

/// A cursor in the middle of a list.
#[derive(Debug)]
struct ListCursor {
    list: &'static str,
    /// The order that it belongs to, as `FIELD DIRECTION`. `None` is the default order of the list.
    order: Option<String>,
    cursor: String,
}

impl Values {
    /// Reads the values from a server.
    pub(crate) fn read(connection: &mut Connection) -> Result<Self> {
        let mut values = Self::default();
        let document = "{
            tags(first: 100) { nodes { slug id } }
            topics { slug id }
            authors(first: 100) { nodes { slug id } }
            articles(first: 100) { nodes { slug id } }
        }";
        let data = data_of(connection, document)?;
        let mut take = |nodes: &Value| -> Vec<String> {
            let nodes = nodes.as_array().map(Vec::as_slice).unwrap_or_default();
            let texts = |key: &str| -> Vec<String> {
                nodes.iter().filter_map(|node| Some(node[key].as_str()?.to_owned())).collect()
            };
            values.ids.extend(texts("id"));
            texts("slug")
        };
        let (tags, topics) = (take(&data["tags"]["nodes"]), take(&data["topics"]));
        let (authors, articles) = (take(&data["authors"]["nodes"]), take(&data["articles"]["nodes"]));
        values = Self { tags, topics, authors, articles, ..values };
        for field in ["PUBLISHED_AT", "UPDATED_AT", "TITLE"] {
            for direction in ["ASC", "DESC"] {
                let order = format!("{field} {direction}");
                let arguments =
                    format!("first: 1, offset: 5000, orderBy: {{field: {field}, direction: {direction}}}");
                values.add_cursor(connection, "articles", Some(order), &arguments)?;
            }
        }
        values.add_cursor(connection, "tags", None, "first: 50")?;
        values.add_cursor(connection, "authors", None, "first: 25")?;
        Ok(values)
    }

    fn add_cursor(
        &mut self,
        connection: &mut Connection,
        list: &'static str,
        order: Option<String>,
        arguments: &str,
    ) -> Result<()> {
        let data = data_of(connection, &format!("{{ {list}({arguments}) {{ pageInfo {{ endCursor }} }} }}"))?;
        let cursor = data[list]["pageInfo"]["endCursor"].as_str();
        self.cursors.extend(cursor.map(|cursor| ListCursor { list, order, cursor: cursor.to_owned() }));
        Ok(())
    }

    /// Picks a cursor for a list with these arguments.
    pub(crate) fn cursor(
        &self,
        random: &mut Random,
        list: &str,
        given: &[(String, String, Literal)],
    ) -> Option<Literal> {
        let order = given.iter().find(|(name, ..)| name == "orderBy").map(|(.., value)| value);
        let order = order.map_or_else(|| "PUBLISHED_AT DESC".to_owned(), order_of);
        let matches = |cursor: &&ListCursor| {
            cursor.list == list && cursor.order.as_ref().is_none_or(|known| *known == order)
        };
        let matching: Vec<_> = self.cursors.iter().filter(matches).collect();
        (!matching.is_empty()).then(|| Literal::Text(random.pick(&matching).cursor.clone()))
    }

    /// Returns a cursor for the list of articles over REST. Its order is written like `-publishedAt`.
    pub(crate) fn rest_cursor(&self, order: Option<&str>) -> Option<&str> {
        let order = order.unwrap_or("-publishedAt");
        let direction = if order.starts_with('-') { "DESC" } else { "ASC" };
        let field = match order.trim_start_matches('-') {
            "updatedAt" => "UPDATED_AT",
            "title" => "TITLE",
            _ => "PUBLISHED_AT",
        };
        let order = format!("{field} {direction}");
        let known = self.cursors.iter().find(|known| known.order.as_ref() == Some(&order));
        known.map(|known| known.cursor.as_str())
    }

    /// Picks a value of a scalar type, for an argument or input field `name` of the field or input object `owner`.
    pub(crate) fn scalar(&self, random: &mut Random, ty: &str, name: &str, owner: &str) -> Literal {
        match ty {
            "Int" => Literal::Int(*random.pick(match name {
                "first" | "last" => &[0, 1, 20, 100],
                "offset" => &[0, 100, 2_000, 10_000],
                _ => &[1, 100, 2_000],
            })),
            "Boolean" => Literal::Bool(random.below(2) == 0),
            "DateTime" => Literal::Text(date(random)),
            "Locale" => Literal::Text(random.pick(&["en", "de", "en-US"]).to_string()),
            "ID" => Literal::Text(one(random, &self.ids)),
            _ => Literal::Text(self.slug(random, name, owner)),
        }
    }

    /// Picks a slug, or a part of a name.
    fn slug(&self, random: &mut Random, name: &str, owner: &str) -> String {
        if name == "nameContains" {
            return random.pick(&["a", "e", "patient", "zzz"]).to_string();
        }
        // Sometimes the slug is unknown.
        if random.below(40) == 0 {
            return "nothing-has-this-slug".to_owned();
        }
        let owner = owner.to_lowercase();
        if owner.contains("tag") {
            // The list begins with the most popular tags.
            let popular = random.below(2) == 0;
            let most = if popular { self.tags.len().min(12) } else { self.tags.len() };
            return one(random, &self.tags[..most]);
        }
        if owner.contains("topic") {
            one(random, &self.topics)
        } else if owner.contains("author") {
            one(random, &self.authors)
        } else {
            one(random, &self.articles)
        }
    }
}

/// Picks an entry. Returns an empty text if there is none.
pub(crate) fn one(random: &mut Random, from: &[String]) -> String {
    if from.is_empty() { String::new() } else { random.pick(from).clone() }
}

/// Picks an instant between the first and the last article.
pub(crate) fn date(random: &mut Random) -> String {
    format!(
        "20{:02}-{:02}-{:02}T00:00:00Z",
        random.between(21, 27),
        random.between(1, 12),
        random.between(1, 28)
    )
}

/// The order in an argument.
fn order_of(value: &Literal) -> String {
    let Literal::Object(fields) = value else { return String::new() };
    let choice = |name: &str| {
        fields.iter().find_map(|(known, value)| match value {
            Literal::Enum(choice) if known == name => Some(choice.as_str()),
            _ => None,
        })
    };
    format!("{} {}", choice("field").unwrap_or_default(), choice("direction").unwrap_or("DESC"))
}

/// Sends a document, and returns the data of the answer.
fn data_of(connection: &mut Connection, document: &str) -> Result<Value> {
    let answer = connection.ask(&Request::graphql(document))?;
    let mut answer: Value = serde_json::from_slice(&answer.body).during("an answer")?;
    Ok(answer["data"].take())
}
