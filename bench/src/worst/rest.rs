//! Query strings of the REST API, generated from its OpenAPI description.

use std::fmt::Write as _;

use serde_json::Value;

use super::values::{Values, date, one};
use crate::random::Random;

/// The possible numbers of values of a list parameter.
const COUNTS: [usize; 6] = [1, 2, 5, 20, 60, 200];

/// The endpoints.
pub(crate) struct Endpoints(Vec<Endpoint>);

#[derive(Debug)]
struct Endpoint {
    path: String,
    parameters: Vec<Parameter>,
}

#[derive(Debug)]
struct Parameter {
    name: String,
    choices: Vec<String>,
    is_list: bool,
}

/// The path and the query string of a GET.
#[derive(Debug, Clone)]
pub(crate) struct Address {
    endpoint: usize,
    path: String,
    pairs: Vec<(String, String)>,
}

impl Endpoints {
    /// Reads `/openapi.json`.
    pub(crate) fn new(description: &Value) -> Self {
        let paths = description["paths"].as_object().into_iter().flatten();
        let endpoint = |(path, item): (&String, &Value)| {
            let parameters = item["get"]["parameters"].as_array().into_iter().flatten();
            let parameters = parameters.filter(|parameter| parameter["in"] == "query").map(|parameter| {
                let schema = &parameter["schema"];
                let choices =
                    [&schema["enum"], &schema["items"]["enum"]].into_iter().filter_map(Value::as_array);
                Parameter {
                    name: parameter["name"].as_str().unwrap_or_default().to_owned(),
                    choices: choices
                        .flatten()
                        .filter_map(|choice| Some(choice.as_str()?.to_owned()))
                        .collect(),
                    is_list: schema["type"] == "array",
                }
            });
            Endpoint { path: path.clone(), parameters: parameters.collect() }
        };
        Self(paths.map(endpoint).collect())
    }

    /// Generates an address of any endpoint.
    pub(crate) fn random(&self, random: &mut Random, values: &Values) -> Option<Address> {
        // The list of articles has the most parameters, so it is chosen most often.
        let most = self.0.iter().enumerate().max_by_key(|(_, endpoint)| endpoint.parameters.len())?.0;
        let endpoint = if random.below(3) == 0 { random.below(self.0.len()) } else { most };
        let slugs = [&values.articles, &values.tags, &values.topics, &values.authors];
        let path = self.0[endpoint].path.clone();
        let kind =
            ["/articles/", "/tags/", "/topics/", "/authors/"].iter().position(|kind| path.contains(kind));
        let path = match kind {
            Some(kind) => path.replace("{slug}", &one(random, slugs[kind])),
            None => path,
        };
        let mut address = Address { endpoint, path, pairs: Vec::new() };
        for _ in 0..random.below(6) {
            address = self.mutated(&address, random, values);
        }
        Some(address)
    }

    /// Returns an address with a small change.
    pub(crate) fn mutated(&self, address: &Address, random: &mut Random, values: &Values) -> Address {
        let mut changed = address.clone();
        let parameters = &self.0[address.endpoint].parameters;
        if parameters.is_empty() {
            return changed;
        }
        if random.below(5) == 0 && !changed.pairs.is_empty() {
            changed.pairs.remove(random.below(changed.pairs.len()));
            return changed;
        }
        let parameter = random.pick(parameters);
        let order = changed.pairs.iter().find(|(name, _)| name == "orderBy").map(|(_, order)| order.as_str());
        let value = value(parameter, random, values, order);
        let excluded: &[&str] = match parameter.name.as_str() {
            "first" => &["last"],
            "last" => &["first", "offset"],
            "offset" => &["last", "after", "before"],
            "after" | "before" => &["offset"],
            "orderBy" => &["after", "before"],
            _ => &[],
        };
        changed.pairs.retain(|(name, _)| *name != parameter.name && !excluded.contains(&name.as_str()));
        changed.pairs.push((parameter.name.clone(), value));
        changed
    }
}

impl Address {
    /// Returns this address, if the endpoint exists.
    pub(crate) fn known(endpoints: &Endpoints, path: &str, pairs: &[(&str, String)]) -> Option<Self> {
        let endpoint = endpoints.0.iter().position(|endpoint| endpoint.path == path)?;
        let pairs = pairs.iter().map(|(name, value)| ((*name).to_owned(), value.clone())).collect();
        Some(Self { endpoint, path: path.to_owned(), pairs })
    }

    /// Returns the text of the address.
    pub(crate) fn write(&self) -> String {
        let mut text = self.path.clone();
        for (place, (name, value)) in self.pairs.iter().enumerate() {
            text.push(if place == 0 { '?' } else { '&' });
            text.push_str(name);
            text.push('=');
            encode(value, &mut text);
        }
        text
    }

    /// Returns an address that requests about half as much.
    pub(crate) fn shrunk(&self, random: &mut Random) -> Self {
        let mut shrunk = self.clone();
        if shrunk.pairs.is_empty() {
            return shrunk;
        }
        let place = random.below(shrunk.pairs.len());
        let (_, value) = &mut shrunk.pairs[place];
        let parts: Vec<&str> = value.split(',').collect();
        match (parts.len(), value.parse::<u32>()) {
            (2.., _) => *value = parts[..parts.len() / 2].join(","),
            (_, Ok(number)) => *value = (number / 2).to_string(),
            _ => {
                shrunk.pairs.remove(place);
            }
        }
        shrunk
    }
}

fn value(parameter: &Parameter, random: &mut Random, values: &Values, order: Option<&str>) -> String {
    let Parameter { name, choices, is_list } = parameter;
    if !choices.is_empty() {
        return random.pick(choices).clone();
    }
    let slugs = |random: &mut Random, from: &[String]| {
        let count = if *is_list { *random.pick(&COUNTS) } else { 1 };
        (0..count).map(|_| one(random, from)).collect::<Vec<_>>().join(",")
    };
    match name.as_str() {
        "after" | "before" => values.rest_cursor(order).unwrap_or("none").to_owned(),
        "first" | "last" => random.pick(&["0", "1", "20", "100"]).to_string(),
        "offset" => random.pick(&["0", "100", "2000", "10000"]).to_string(),
        "locale" => random.pick(&["en", "de"]).to_string(),
        "nameContains" => random.pick(&["a", "e", "patient"]).to_string(),
        "excerpt.maxLength" => random.pick(&["1", "100", "2000"]).to_string(),
        name if name.starts_with("publishedAt") || name.starts_with("updatedAt") => date(random),
        name if name.starts_with("author") => slugs(random, &values.authors),
        "topic" => slugs(random, &values.topics),
        name if name.starts_with("tag") || name == "slug" => slugs(random, &values.tags),
        _ => random.pick(&["true", "false"]).to_string(),
    }
}

/// Percent-encodes the characters that have a special meaning in a URL.
pub(crate) fn encode(value: &str, text: &mut String) {
    for byte in value.bytes() {
        if byte.is_ascii_alphanumeric() || b"-._~,:".contains(&byte) {
            text.push(byte.into());
        } else {
            // Writing to a string does not fail.
            let _ = write!(text, "%{byte:02X}");
        }
    }
}
