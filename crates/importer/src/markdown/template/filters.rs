//! Evaluates Liquid's `{{ … }}` and its filters.

use super::engine::Engine;
use super::expression::{self, Expression, Operand};
use super::liquid::short;
use super::media::{self, Picture};
use super::{paths, scan};

/// The result of an expression.
enum Shown {
    Text(String),
    Link { url: String, title: String },
    Picture(Picture),
    Nothing,
}

impl Engine<'_> {
    pub(super) fn expression(&mut self) -> bool {
        let rest = self.rest();
        let Some(inside) = scan::until(&rest[2..], "}}", &["{{", "{%"]) else {
            return self.keep(2, "`{{` is not closed before the next tag or blank line: kept as written");
        };
        let end = self.pos + 2 + inside.len() + 2;
        if self.nunjucks_call(inside, end) {
            return true;
        }
        let Some(expression) = expression::parse(inside) else {
            return self.keep(2, "`{{ … }}` is not a template expression: kept as written");
        };
        let shown = self.evaluate(&expression);
        let place = self.place(end);
        match shown {
            Shown::Text(text) => self.put(end, &text),
            Shown::Link { url, title } => self.put(end, &media::link(&url, &title, &place)),
            Shown::Picture(picture) => self.put(end, &media::picture(&picture, &place)),
            Shown::Nothing => {
                let label = label_of(&expression, inside);
                self.count_dropped(&label);
                self.note(format!("`{label}` was dropped: it shows data that is not in this file"));
                self.drop_until(end)
            }
        }
    }

    /// Evaluates an expression. `None` when the result is not text.
    pub(super) fn text_of(&mut self, expression: &Expression) -> Option<String> {
        match self.evaluate(expression) {
            Shown::Text(text) => Some(text),
            _ => None,
        }
    }

    fn evaluate(&mut self, expression: &Expression) -> Shown {
        let mut value = self.value_of(&expression.value);
        let known = value.is_some();
        for filter in &expression.filters {
            let arg = filter.args.first();
            value = match (filter.name.as_str(), value) {
                ("default", value) => match value.filter(|text| !text.is_empty()) {
                    Some(text) => Some(text),
                    None => arg.and_then(|arg| self.value_of(arg)),
                },
                (_, None) => None,
                ("append", Some(text)) => Some(text + &self.argument(arg)),
                ("prepend", Some(text)) => Some(self.argument(arg) + &text),
                ("relative_url" | "absolute_url", Some(text)) => Some(paths::rooted(&text)),
                ("upcase", Some(text)) => Some(text.to_uppercase()),
                ("downcase", Some(text)) => Some(text.to_lowercase()),
                ("strip", Some(text)) => Some(text.trim().to_owned()),
                ("embed", Some(url)) => {
                    let title = self.argument(arg);
                    let title = if title.is_empty() { url.clone() } else { title };
                    return Shown::Link { url, title };
                }
                (name, Some(text)) => match decoration(name, &text) {
                    Some(true) => {
                        return Shown::Picture(Picture {
                            url: text,
                            alt: self.argument(arg),
                            caption: None,
                            link: None,
                        });
                    }
                    Some(false) => return Shown::Nothing,
                    None => Some(text),
                },
            };
        }
        match value {
            Some(text) if known || !text.is_empty() => Shown::Text(text),
            _ => Shown::Nothing,
        }
    }

    fn argument(&mut self, arg: Option<&Operand>) -> String {
        arg.and_then(|arg| self.value_of(arg)).unwrap_or_default()
    }
}

/// The expression in reports. Filters that make something from a name are counted together, whatever the name.
fn label_of(expression: &Expression, inside: &str) -> String {
    match (&expression.value, expression.filters.last()) {
        (Operand::Text(_), Some(filter)) => format!("{{{{ … | {} }}}}", short(&filter.name)),
        _ => format!("{{{{ {} }}}}", short(inside)),
    }
}

/// Whether a filter shows an image: `Some(true)` when the value is the path of the image, `Some(false)` when it is the
/// name of a person or a thing, and `None` for other filters.
fn decoration(filter: &str, text: &str) -> Option<bool> {
    let pictures = ["image", "img", "picture", "photo", "avatar", "headshot", "icon", "portrait"];
    let makes_picture = pictures.iter().any(|word| filter.contains(word)) && !filter.contains("url");
    makes_picture
        .then(|| text.contains('/') && text.rsplit('/').next().is_some_and(|name| name.contains('.')))
}
