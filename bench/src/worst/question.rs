//! Something that can be sent: a document, a query string, or a text that is probably neither.

use serde_json::json;

use super::document::Document;
use super::grammar::Grammar;
use super::raw;
use super::rest::{Address, Endpoints};
use super::seeds::Seeds;
use crate::http::Request;
use crate::random::Random;

/// How many bytes a request may have without a key, and a little more.
pub(crate) const LONGEST: usize = 270_000;

/// A kind of requests. Each is searched on its own.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Family {
    /// Documents made by the grammar of the schema.
    Graph,
    /// Query strings of the REST API.
    Rest,
    /// Texts sent as documents.
    Text,
    /// Texts sent as the variables of a document.
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

/// How answers may be compressed.
const ENCODINGS: [Option<&str>; 4] = [None, Some("gzip"), Some("zstd"), Some("br")];

/// Something that can be sent, and how the answer is compressed.
#[derive(Debug, Clone)]
pub(crate) struct Question {
    form: Form,
    encoding: Option<&'static str>,
}

#[derive(Debug, Clone)]
enum Form {
    Graph(Document),
    Rest(Address),
    Text(String),
    /// The variables, as JSON, of a document that is always the same.
    Variables(String),
}

/// A request as it goes over the wire, and can be sent again.
#[derive(Debug, Clone)]
pub(crate) struct Sent {
    pub(crate) path: String,
    /// A POST has one.
    pub(crate) body: Option<String>,
    /// How the answer is to be compressed.
    pub(crate) encoding: Option<&'static str>,
}

/// What questions are made with.
pub(crate) struct Maker {
    pub(crate) grammar: Grammar,
    pub(crate) endpoints: Endpoints,
    pub(crate) seeds: Seeds,
}

impl Maker {
    /// Everything that a search begins with.
    pub(crate) fn beginnings(&self) -> impl Iterator<Item = Question> {
        let Seeds { documents, addresses, texts, variables } = &self.seeds;
        let documents = documents.iter().cloned().map(Form::Graph);
        let addresses = addresses.iter().cloned().map(Form::Rest);
        let texts = texts.iter().cloned().map(Form::Text);
        let variables = variables.iter().cloned().map(Form::Variables);
        let forms = documents.chain(addresses).chain(texts).chain(variables);
        forms.map(|form| Question { form, encoding: None })
    }

    /// A question that nothing came before.
    pub(crate) fn fresh(&self, random: &mut Random, family: Family) -> Option<Question> {
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
        Some(Question { form, encoding: *random.pick(&ENCODINGS) })
    }

    /// A question that differs a little. `other` is of the same family.
    pub(crate) fn mutated(
        &self,
        random: &mut Random,
        question: &Question,
        other: Option<&Question>,
    ) -> Question {
        let Question { form, encoding } = question;
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
        Question { form, encoding }
    }
}

impl Question {
    pub(crate) fn family(&self) -> Family {
        match &self.form {
            Form::Graph(_) => Family::Graph,
            Form::Rest(_) => Family::Rest,
            Form::Text(_) => Family::Text,
            Form::Variables(_) => Family::Variables,
        }
    }

    /// A question that asks for less.
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

    /// As it is sent. `times` makes a document a new one, so that the server cannot know it from before.
    pub(crate) fn write(&self, times: u64) -> Sent {
        let encoding = self.encoding;
        let posted = |body: String| Sent { path: "/graphql".to_owned(), body: Some(body), encoding };
        match &self.form {
            Form::Graph(document) => {
                let (text, variables) = document.write();
                posted(json!({"query": format!("{text}#{times}"), "variables": variables}).to_string())
            }
            Form::Rest(address) => Sent { path: address.write(), body: None, encoding },
            Form::Text(text) => posted(json!({"query": format!("{text}#{times}")}).to_string()),
            Form::Variables(text) => {
                let query =
                    "query($w:ArticleWhere,$n:[ID!]!){articles(where:$w){totalCount} nodes(ids:$n){id}}";
                posted(format!(r#"{{"query":{},"variables":{text}}}"#, json!(format!("{query}#{times}"))))
            }
        }
    }
}

impl Sent {
    /// The request. The server is asked to tell what it costs by its own reckoning.
    pub(crate) fn request(&self) -> Request {
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

    /// How many bytes it has without its headers.
    pub(crate) fn bytes(&self) -> usize {
        self.path.len() + self.body.as_ref().map_or(0, String::len)
    }
}
