//! Reads the query string, checks it, and converts it to the variables of a document.

use std::borrow::Cow;

use axum::http::StatusCode;
use serde_json::{Map, Value};

use super::super::problem::Problem;
use super::super::request::quote;
use super::endpoint::{Endpoint, Parameter, ParameterKind};
use crate::at_least;
use crate::visibility::PREVIEW_PARAMETER;

/// The maximum length of a query string, in bytes. Proxies and servers cut longer URLs.
pub(crate) const MAX_LENGTH: usize = 8 << 10;
/// The maximum number of parameters. No filter may have as many values.
const MAX_PARAMETERS: usize = 200;
/// The maximum number of values of a parameter.
pub(crate) const MAX_VALUES: usize = 100;

/// The parameters in their order. Each is a parameter of the endpoint, or the preview token.
#[derive(Debug)]
pub(crate) struct QueryString<'a> {
    pub(crate) pairs: Vec<(Cow<'a, str>, Cow<'a, str>)>,
}

impl<'a> QueryString<'a> {
    pub(crate) fn parse(text: &'a str, endpoint: &Endpoint) -> Result<Self, Problem> {
        if text.len() > MAX_LENGTH {
            let detail = format!("the query string is longer than {MAX_LENGTH} bytes: send several requests");
            return Err(Problem::bad_request(StatusCode::URI_TOO_LONG, detail));
        }
        // The required edition was checked before.
        let pairs = form_urlencoded::parse(text.as_bytes()).filter(|(name, _)| name != at_least::PARAMETER);
        let pairs: Vec<_> = pairs.collect();
        if pairs.len() > MAX_PARAMETERS {
            let detail =
                format!("the query string has more than {MAX_PARAMETERS} parameters: send several requests");
            return Err(Problem::bad_request(StatusCode::BAD_REQUEST, detail));
        }
        for (place, (name, value)) in pairs.iter().enumerate() {
            // The token was checked before. It stays in the links to other pages.
            if name == PREVIEW_PARAMETER {
                continue;
            }
            let Some(parameter) = endpoint.parameter(name) else { return Err(unknown(endpoint, name)) };
            // A value that cannot be decoded would match nothing, so `tag.none` would match everything.
            if value.contains(char::REPLACEMENT_CHARACTER) {
                let detail = format!("`{name}` is not percent-encoded UTF-8");
                return Err(Problem::parameter(name.clone(), detail));
            }
            if value.is_empty() {
                let detail = format!("`{name}` is empty: give it a value, or leave it out");
                return Err(Problem::parameter(name.clone(), detail));
            }
            let repeatable = matches!(
                parameter.kind,
                ParameterKind::Slugs | ParameterKind::Ids | ParameterKind::Include(_)
            );
            if !repeatable && pairs[..place].iter().any(|(before, _)| before == name) {
                return Err(Problem::parameter(name.clone(), format!("`{name}` occurs twice: send it once")));
            }
        }
        Ok(Self { pairs })
    }

    /// Returns the value of a parameter; the first one, if there are several.
    pub(crate) fn get(&self, name: &str) -> Option<&str> {
        self.pairs.iter().find(|(given, _)| given == name).map(|(_, value)| value.as_ref())
    }

    fn values<'b>(&'b self, name: &'b str) -> impl Iterator<Item = &'b str> {
        self.pairs.iter().filter(move |(given, _)| given == name).map(|(_, value)| value.as_ref())
    }

    /// Returns the variables for the document of the endpoint.
    pub(crate) fn variables(&self, endpoint: &Endpoint) -> Result<Map<String, Value>, Problem> {
        let mut variables = Map::new();
        for parameter in endpoint.parameters {
            let name = parameter.name;
            let Some(given) = self.get(name) else {
                if parameter.is_required {
                    let path = endpoint.path;
                    let detail = format!("`{name}` is missing: {path} needs it");
                    return Err(Problem::parameter(name, detail));
                }
                continue;
            };
            // The default means the same as leaving the parameter out.
            if parameter.default == Some(given) {
                continue;
            }
            if let Some(other) = parameter.needs.filter(|other| self.get(other).is_none()) {
                let detail =
                    format!("`{name}` applies only to `{other}`: add `{other}`, or leave out `{name}`");
                return Err(Problem::parameter(name, detail));
            }
            match parameter.kind {
                ParameterKind::Slugs | ParameterKind::Ids => {
                    let slugs = self.list(parameter)?.into_iter().map(Value::from).collect();
                    set(&mut variables, parameter.argument, slugs);
                }
                ParameterKind::Include(parts) => {
                    for part in self.list(parameter)? {
                        let variable = choose(parameter, parts, part)?;
                        set(&mut variables, variable, Value::Bool(true));
                    }
                }
                _ => set(&mut variables, parameter.argument, value(parameter, given)?),
            }
        }
        Ok(variables)
    }

    /// Returns the values of a parameter that may have several.
    fn list<'b>(&'b self, parameter: &'b Parameter) -> Result<Vec<&'b str>, Problem> {
        let name = parameter.name;
        let list: Vec<_> = self.values(name).flat_map(|value| value.split(',')).map(str::trim).collect();
        if list.iter().any(|value| value.is_empty()) {
            let detail = format!("`{name}` has an empty value: remove the extra comma");
            return Err(Problem::parameter(name, detail));
        }
        if list.len() > MAX_VALUES {
            return Err(Problem::parameter(name, format!("`{name}` has more than {MAX_VALUES} values")));
        }
        Ok(list)
    }
}

/// Returns the value for the variable of a parameter that has one value.
fn value(parameter: &Parameter, given: &str) -> Result<Value, Problem> {
    let name = parameter.name;
    let refuse =
        |expected: &str| Err(Problem::parameter(name, format!("`{name}` is `{}`: {expected}", quote(given))));
    match parameter.kind {
        ParameterKind::Number(min, max) => match given.parse::<i32>() {
            Ok(number) if (min..=max).contains(&number) => Ok(number.into()),
            _ => refuse(&format!("it must be a whole number from {min} to {max}")),
        },
        ParameterKind::Flag | ParameterKind::Negated => match given.parse::<bool>() {
            Ok(flag) => Ok(Value::Bool(flag != matches!(parameter.kind, ParameterKind::Negated))),
            Err(_) => refuse("it must be `true` or `false`"),
        },
        ParameterKind::Order(fields) => {
            let (field, direction) = match given.strip_prefix('-') {
                Some(field) => (field, "DESC"),
                None => (given, "ASC"),
            };
            let field = choose(parameter, fields, field)?;
            Ok(serde_json::json!({"field": field, "direction": direction}))
        }
        ParameterKind::Instant if given.contains(' ') => {
            refuse("it contains a space: in a URL, write the `+` of an offset as `%2B`")
        }
        ParameterKind::Text(max) if given.chars().count() > max => {
            refuse(&format!("it has more than {max} characters"))
        }
        ParameterKind::Instant
        | ParameterKind::Edition
        | ParameterKind::Text(_)
        | ParameterKind::Locale
        | ParameterKind::Cursor
        | ParameterKind::Slugs
        | ParameterKind::Ids
        | ParameterKind::Include(_) => Ok(given.into()),
    }
}

/// Returns what one of the known words of a parameter means.
fn choose(
    parameter: &Parameter,
    known: &'static [(&str, &str)],
    given: &str,
) -> Result<&'static str, Problem> {
    if let Some((_, meaning)) = known.iter().find(|(word, _)| *word == given) {
        return Ok(meaning);
    }
    let name = parameter.name;
    let words: Vec<_> = known.iter().map(|(word, _)| format!("`{word}`")).collect();
    let detail = format!("`{name}` cannot be `{}`: it must be one of {}", quote(given), words.join(", "));
    Err(Problem::parameter(name, detail))
}

/// Sets a variable, or the field at a path within one.
fn set(variables: &mut Map<String, Value>, path: &str, value: Value) {
    match path.split_once('.') {
        None => {
            variables.insert(path.to_owned(), value);
        }
        Some((outer, inner)) => {
            let within = variables.entry(outer).or_insert_with(|| Value::Object(Map::new()));
            if let Value::Object(within) = within {
                set(within, inner, value);
            }
        }
    }
}

/// Returns the problem for a parameter that the endpoint does not have. It is not ignored: with a misspelt filter,
/// the answer would contain more than requested.
fn unknown(endpoint: &Endpoint, name: &str) -> Problem {
    let known = endpoint.parameters.iter().map(|parameter| parameter.name);
    let shown = quote(name);
    let nearest = known
        .clone()
        .map(|known| (strsim::damerau_levenshtein(&known.to_lowercase(), &shown.to_lowercase()), known))
        .min()
        .filter(|(distance, known)| *distance <= known.len().div_ceil(2));
    let path = endpoint.path;
    let detail = match nearest {
        Some((_, nearest)) => format!("{path} has no parameter `{shown}`: did you mean `{nearest}`?"),
        None if endpoint.parameters.is_empty() => format!("{path} has no parameters: remove `{shown}`"),
        None => {
            let known: Vec<_> = known.map(|name| format!("`{name}`")).collect();
            format!("{path} has no parameter `{shown}`: it has {}", known.join(", "))
        }
    };
    Problem::parameter(shown, detail)
}
