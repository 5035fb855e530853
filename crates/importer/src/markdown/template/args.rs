//! Parses the arguments of tags and shortcodes.

use super::kept::is_picture;
use super::paths;

/// Positional and named arguments. One syntax covers Liquid (`key: "value"`, `key="value"`, commas) and Hugo
/// (`key="value"`, backquotes).
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct Args {
    pub(crate) positional: Vec<Arg>,
    pub(crate) named: Vec<(String, Arg)>,
}

/// The value of an argument. A quoted value is text. An unquoted value may name a variable.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Arg {
    pub(crate) text: String,
    pub(crate) quoted: bool,
}

impl Arg {
    /// Returns the text, unless it may name a variable.
    fn literal(&self) -> Option<&str> {
        let written =
            self.quoted || self.text.contains('/') || self.text.starts_with(|c: char| c.is_ascii_digit());
        (written && !self.text.contains("{{") && !self.text.is_empty()).then_some(self.text.as_str())
    }
}

impl Args {
    /// Parses arguments in which unquoted values are texts, as in Hugo's shortcodes.
    pub(crate) fn parse_texts(text: &str) -> Self {
        let mut args = Self::parse(text);
        for arg in args.positional.iter_mut().chain(args.named.iter_mut().map(|(_, arg)| arg)) {
            let is_plain = !matches!(arg.text.as_str(), "true" | "false");
            arg.quoted = arg.quoted || is_plain;
        }
        args
    }

    /// Parses arguments in which unquoted values may name variables, as in Liquid and Nunjucks. Brackets and braces around
    /// them are left out: `(src="a.png")`, `{ src: "a.png" }`.
    pub(crate) fn parse(text: &str) -> Self {
        let text = without_brackets(text);
        let mut args = Self::default();
        let mut rest = skip(text);
        while !rest.is_empty() {
            let (name, after) = name(rest).map_or((None, rest), |(name, after)| (Some(name), after));
            let (arg, after) = value(after);
            match name {
                Some(name) => args.named.push((name.to_ascii_lowercase().replace('-', "_"), arg)),
                None => args.positional.push(arg),
            }
            rest = skip(after);
        }
        args
    }

    /// Returns the text of the first of these named arguments that has one.
    pub(crate) fn named(&self, names: &[&str]) -> Option<&str> {
        names.iter().find_map(|name| {
            let found = self.named.iter().find(|(known, arg)| known == name && arg.literal().is_some());
            found.and_then(|(_, arg)| arg.literal())
        })
    }

    /// Prefixes the paths of pictures with `/`, as their tags do in Jekyll and Eleventy.
    pub(crate) fn root_paths(&mut self) {
        let is_path = |arg: &&mut Arg| arg.quoted && is_picture(&arg.text);
        let args = self.positional.iter_mut().chain(self.named.iter_mut().map(|(_, arg)| arg));
        for arg in args.filter(is_path) {
            arg.text = paths::rooted(&arg.text);
        }
    }

    /// Returns the text of the positional argument at an index.
    pub(crate) fn at(&self, place: usize) -> Option<&str> {
        self.positional.get(place).map(|arg| arg.text.as_str()).filter(|text| !text.is_empty())
    }
}

fn without_brackets(text: &str) -> &str {
    let text = text.trim();
    for (open, close) in [('(', ')'), ('{', '}')] {
        let inside = text.strip_prefix(open).and_then(|text| text.strip_suffix(close));
        if let Some(inside) = inside.filter(|inside| !inside.starts_with(open)) {
            return inside.trim();
        }
    }
    text
}

fn skip(text: &str) -> &str {
    text.trim_start_matches(|c: char| c.is_whitespace() || c == ',')
}

/// Parses `key=` or `key:`. Returns the key and the rest. The colon of a URL (`://`) does not count.
fn name(text: &str) -> Option<(&str, &str)> {
    let quoted = text.chars().next().filter(|c| matches!(c, '"' | '\''));
    let text = quoted.map_or(text, |quote| text.trim_start_matches(quote));
    let length = text.find(|c: char| !(c.is_ascii_alphanumeric() || matches!(c, '_' | '-')))?;
    let after = &text[length..];
    let after = match quoted {
        // A quoted name, as in JSON, needs a colon.
        Some(quote) => after.strip_prefix(quote)?.trim_start(),
        None => after.trim_start(),
    };
    if quoted.is_some() && !after.starts_with(':') {
        return None;
    }
    let value = after
        .strip_prefix('=')
        .or_else(|| after.strip_prefix(':').filter(|value| !value.starts_with("//")))?;
    (length > 0).then(|| (&text[..length], value.trim_start()))
}

fn value(text: &str) -> (Arg, &str) {
    let quote = text.chars().next().filter(|c| matches!(c, '"' | '\'' | '`' | '“' | '”'));
    if let Some(quote) = quote {
        let close = if quote == '“' { '”' } else { quote };
        let inside = &text[quote.len_utf8()..];
        if let Some(end) = closing_quote(inside, close) {
            return (
                Arg { text: unescaped(&inside[..end]), quoted: true },
                &inside[end + close.len_utf8()..],
            );
        }
        // The quote is never closed, so the value is the rest.
        return (Arg { text: unescaped(inside.trim_end()), quoted: true }, "");
    }
    let length = text.find(|c: char| c.is_whitespace() || c == ',').unwrap_or(text.len());
    (Arg { text: text[..length].to_owned(), quoted: false }, &text[length..])
}

/// Finds the quote that closes a value: the end, a comma, or another argument must follow it. Therefore unescaped
/// quotes inside a quoted text do not close it.
fn closing_quote(text: &str, quote: char) -> Option<usize> {
    let mut escaped = false;
    for (at, c) in text.char_indices() {
        if escaped {
            escaped = false;
        } else if c == '\\' {
            escaped = true;
        } else if c == quote {
            let after = &text[at + c.len_utf8()..];
            let next = after.trim_start();
            let another =
                next.len() < after.len() && (next.starts_with(['"', '\'', '`', '“']) || name(next).is_some());
            if next.is_empty() || next.starts_with(',') || another {
                return Some(at);
            }
        }
    }
    None
}

fn unescaped(text: &str) -> String {
    text.replace("\\\"", "\"").replace("\\'", "'")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn arguments_are_parsed_in_every_format() {
        let places =
            |text: &str| Args::parse(text).positional.into_iter().map(|arg| arg.text).collect::<Vec<_>>();
        assert_eq!(places(r#""a.png" "A map" "By us""#), ["a.png", "A map", "By us"]);
        assert_eq!(places(r#""a.png", 'A map'"#), ["a.png", "A map"]);
        assert_eq!(places(r#""a.png" "The "front" door""#), ["a.png", "The \"front\" door"]);
        assert_eq!(places(r#""a.png" ""The door"""#), ["a.png", "\"The door\""]);
        assert_eq!(places(r#""a" "it never ends"#), ["a", "it never ends"]);
        assert_eq!(places("abc 123 /x/y.png"), ["abc", "123", "/x/y.png"]);
        assert_eq!(places("https://a.example/b"), ["https://a.example/b"]);

        let args = Args::parse(
            r#""figure.html", image: "/a.png", alt = 'It\'s "so"' link=https://a.example width=var"#,
        );
        assert_eq!(args.named(&["src", "image"]), Some("/a.png"));
        assert_eq!(args.named(&["alt"]), Some("It's \"so\""));
        assert_eq!(args.named(&["link"]), Some("https://a.example"));
        assert_eq!(args.named(&["width"]), None);
        assert_eq!(args.at(0), Some("figure.html"));
    }
}
