//! Probes: requests that the search generates and changes.

use serde_json::json;

use super::document::Document;
use super::grammar::Grammar;
use super::raw;
use super::rest::{Address, Endpoints};
use super::seeds::Seeds;
use crate::http::Request;
use crate::random::Random;

/// The maximum size of a probe, in bytes. It is a little more than the server accepts without a key.
pub(crate) const MAX_BYTES: usize = 270_000;

/// A family of probes. The search treats each family separately.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Family {
    /// Documents that follow the schema.
    Graph,
    /// Query strings of the REST API.
    Rest,
    /// Arbitrary texts, sent as documents.
    Text,
    /// Arbitrary texts, sent as the variables of a document.
    Variables,
}

impl Family {
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Graph => "graphql",
            Self::Rest => "rest",
            Self::Text => "text",
            Self::Variables => "variables",
        }
    }
}

/// The encodings that a probe can accept.
const ENCODINGS: [Option<&str>; 4] = [None, Some("gzip"), Some("zstd"), Some("br")];

/// A request that the search can change.
#[derive(Debug, Clone)]
pub(crate) struct Probe {
    form: Form,
    encoding: Option<&'static str>,
}

#[derive(Debug, Clone)]
enum Form {
    Graph(Document),
    Rest(Address),
    Text(String),
    /// The variables, as JSON, for a fixed document.
    Variables(String),
}

/// The HTTP request of a probe.
#[derive(Debug, Clone)]
pub(crate) struct ProbeRequest {
    pub(crate) path: String,
    /// The body of a POST. A GET has none.
    pub(crate) body: Option<String>,
    /// The value of `Accept-Encoding`.
    pub(crate) encoding: Option<&'static str>,
}

/// Generates probes.
pub(crate) struct ProbeGenerator {
    pub(crate) grammar: Grammar,
    pub(crate) endpoints: Endpoints,
    pub(crate) seeds: Seeds,
}

impl ProbeGenerator {
    /// Returns the probes that a search sends first.
    pub(crate) fn first_probes(&self) -> impl Iterator<Item = Probe> {
        let Seeds { documents, addresses, texts, variables } = &self.seeds;
        let documents = documents.iter().cloned().map(Form::Graph);
        let addresses = addresses.iter().cloned().map(Form::Rest);
        let texts = texts.iter().cloned().map(Form::Text);
        let variables = variables.iter().cloned().map(Form::Variables);
        let forms = documents.chain(addresses).chain(texts).chain(variables);
        forms.map(|form| Probe { form, encoding: None })
    }

    /// Returns a new probe, from a seed or at random.
    pub(crate) fn fresh(&self, random: &mut Random, family: Family) -> Option<Probe> {
        let seeds = &self.seeds;
        let form = match family {
            Family::Graph if random.below(2) == 0 && !seeds.documents.is_empty() => {
                Form::Graph(random.pick(&seeds.documents).clone())
            }
            Family::Graph => Form::Graph(Document::random(random, &self.grammar)),
            Family::Rest if random.below(2) == 0 && !seeds.addresses.is_empty() => {
                Form::Rest(random.pick(&seeds.addresses).clone())
            }
            Family::Rest => Form::Rest(self.endpoints.random(random, &self.grammar.values)?),
            Family::Text if random.below(4) > 0 => Form::Text(random.pick(&seeds.texts).clone()),
            Family::Text => Form::Text(Document::random(random, &self.grammar).write().0),
            Family::Variables => Form::Variables(random.pick(&seeds.variables).clone()),
        };
        Some(Probe { form, encoding: *random.pick(&ENCODINGS) })
    }

    /// Returns a probe with a small change. `other` is a probe of the same family, from which parts may be copied.
    pub(crate) fn mutated(&self, random: &mut Random, probe: &Probe, other: Option<&Probe>) -> Probe {
        let Probe { form, encoding } = probe;
        let encoding = if random.below(10) == 0 { *random.pick(&ENCODINGS) } else { *encoding };
        let form = match form {
            Form::Graph(document) => {
                let other = other.and_then(|other| match &other.form {
                    Form::Graph(document) => Some(document),
                    _ => None,
                });
                Form::Graph(document.mutated(random, &self.grammar, other))
            }
            Form::Rest(address) => Form::Rest(self.endpoints.mutated(address, random, &self.grammar.values)),
            Form::Text(text) => Form::Text(raw::mutated(text, random)),
            Form::Variables(text) => Form::Variables(raw::mutated(text, random)),
        };
        Probe { form, encoding }
    }
}

impl Probe {
    pub(crate) fn family(&self) -> Family {
        match &self.form {
            Form::Graph(_) => Family::Graph,
            Form::Rest(_) => Family::Rest,
            Form::Text(_) => Family::Text,
            Form::Variables(_) => Family::Variables,
        }
    }

    /// Returns a probe that requests less.
    pub(crate) fn shrunk(&self, random: &mut Random) -> Self {
        let Self { form, encoding } = self;
        let form = match form {
            Form::Graph(document) => Form::Graph(document.shrunk(random)),
            Form::Rest(address) => Form::Rest(address.shrunk(random)),
            Form::Text(text) => Form::Text(raw::shrunk(text, random)),
            Form::Variables(text) => Form::Variables(raw::shrunk(text, random)),
        };
        Self { form, encoding: *encoding }
    }

    /// Returns the HTTP request. `number` makes each document unique, so that the server has not cached it.
    pub(crate) fn request(&self, number: u64) -> ProbeRequest {
        let encoding = self.encoding;
        let posted = |body: String| ProbeRequest { path: "/graphql".to_owned(), body: Some(body), encoding };
        match &self.form {
            Form::Graph(document) => {
                let (text, variables) = document.write();
                posted(json!({"query": format!("{text}#{number}"), "variables": variables}).to_string())
            }
            Form::Rest(address) => ProbeRequest { path: address.write(), body: None, encoding },
            Form::Text(text) => posted(json!({"query": format!("{text}#{number}")}).to_string()),
            Form::Variables(text) => {
                let query =
                    "query($w:ArticleWhere,$n:[ID!]!){articles(where:$w){totalCount} nodes(ids:$n){id}}";
                posted(format!(r#"{{"query":{},"variables":{text}}}"#, json!(format!("{query}#{number}"))))
            }
        }
    }
}

impl ProbeRequest {
    /// Returns the request. Its header makes the server report the cost.
    pub(crate) fn to_http(&self) -> Request {
        let mut headers = vec![("Accept", "application/json"), ("GraphQL-Cost", "1")];
        headers.extend(self.encoding.map(|encoding| ("Accept-Encoding", encoding)));
        match &self.body {
            Some(body) => {
                headers.push(("Content-Type", "application/json"));
                Request::new("POST", &self.path, &headers, Some(body))
            }
            None => Request::new("GET", &self.path, &headers, None),
        }
    }

    /// Returns the size without the headers, in bytes.
    pub(crate) fn bytes(&self) -> usize {
        self.path.len() + self.body.as_ref().map_or(0, String::len)
    }
}
