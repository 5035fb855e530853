//! Splits HTML into tags and text. It follows the WHATWG tokenizer where that is harmless, and is
//! stricter elsewhere. Safety does not depend on it: the output made from its tokens is escaped again
//! and then sanitised by a complete HTML parser.

/// A token of HTML. Text and attribute values are raw: their character references are not decoded.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Token<'a> {
    Text(&'a str),
    Open { name: &'a str, attributes: Vec<(&'a str, &'a str)> },
    Close { name: &'a str },
}

/// Iterates over tokens, and skips comments, doctypes and processing instructions. The running time is linear in
/// the length of the source.
pub(crate) struct Tokens<'a> {
    source: &'a str,
    at: usize,
    last_tag_end: Option<usize>,
    last_comment_end: Option<usize>,
    /// The budget, in bytes, for reading after a `<` that turns out not to start a tag.
    backtracking_budget: usize,
    /// The names of elements without an end tag in the rest of the source.
    unclosed: Vec<&'static str>,
}

impl<'a> Tokens<'a> {
    pub(crate) fn new(source: &'a str) -> Self {
        Self {
            source,
            at: 0,
            last_tag_end: source.rfind('>'),
            last_comment_end: source.rfind("-->"),
            backtracking_budget: source.len() * 4 + 256,
            unclosed: Vec::new(),
        }
    }

    /// Returns the rest of the source.
    pub(crate) fn rest(&self) -> &'a str {
        &self.source[self.at..]
    }

    /// Skips the first `bytes` bytes of [`Self::rest`].
    pub(crate) fn skip(&mut self, bytes: usize) {
        self.at += bytes;
    }

    /// Returns the number of bytes of [`Self::rest`] up to the end of the next end tag with that name, in any
    /// letter case. `None` when there is none; an unsuccessful search is made only once per name.
    pub(crate) fn end_of_element(&mut self, name: &'static str) -> Option<usize> {
        if self.unclosed.contains(&name) {
            return None;
        }
        let bytes = self.rest().as_bytes();
        let is_end_tag = |rest: &[u8]| {
            let Some((tag, after)) = rest.split_at_checked(2 + name.len()) else {
                return false;
            };
            tag.starts_with(b"</")
                && tag[2..].eq_ignore_ascii_case(name.as_bytes())
                && after.first().is_none_or(|b| *b == b'>' || *b == b'/' || is_space(*b))
        };
        let Some(start) = (0..bytes.len()).find(|at| is_end_tag(&bytes[*at..])) else {
            self.unclosed.push(name);
            return None;
        };
        let end = bytes[start..].iter().position(|b| *b == b'>');
        Some(end.map_or(bytes.len(), |end| start + end + 1))
    }

    fn markup(&mut self) -> Markup<'a> {
        let rest = self.rest();
        let start = self.at;
        let bytes = rest.as_bytes();
        if self.last_tag_end.is_none_or(|last| last < start) {
            return Markup::None;
        }
        let to_angle = || rest.find('>').map_or(Markup::None, |end| Markup::Skip(end + 1));
        match bytes.get(1) {
            Some(b'!') if rest.starts_with("<!--") => {
                if rest.starts_with("<!-->") {
                    return Markup::Skip(5);
                }
                if self.last_comment_end.is_none_or(|last| last < start + 4) {
                    return Markup::None;
                }
                rest[4..].find("-->").map_or(Markup::None, |end| Markup::Skip(4 + end + 3))
            }
            Some(b'!' | b'?') => to_angle(),
            Some(b'/') => match bytes.get(2) {
                Some(b) if b.is_ascii_alphabetic() => self.tag(2),
                _ => to_angle(),
            },
            Some(b) if b.is_ascii_alphabetic() => self.tag(1),
            _ => Markup::None,
        }
    }

    fn tag(&mut self, name_at: usize) -> Markup<'a> {
        if self.backtracking_budget == 0 {
            return Markup::None;
        }
        let mut reader = Reader { source: self.rest(), at: name_at };
        let Some((name, attributes)) = reader.tag() else {
            self.backtracking_budget = self.backtracking_budget.saturating_sub(reader.at);
            return Markup::None;
        };
        let token = if name_at == 2 { Token::Close { name } } else { Token::Open { name, attributes } };
        Markup::Token(token, reader.at)
    }
}

enum Markup<'a> {
    /// The `<` is plain text.
    None,
    Skip(usize),
    Token(Token<'a>, usize),
}

impl<'a> Iterator for Tokens<'a> {
    type Item = Token<'a>;

    fn next(&mut self) -> Option<Token<'a>> {
        loop {
            let rest = self.rest();
            if rest.is_empty() {
                return None;
            }
            if !rest.starts_with('<') {
                let text = &rest[..rest.find('<').unwrap_or(rest.len())];
                self.skip(text.len());
                return Some(Token::Text(text));
            }
            match self.markup() {
                Markup::None => {
                    self.skip(1);
                    return Some(Token::Text(&rest[..1]));
                }
                Markup::Skip(bytes) => self.skip(bytes),
                Markup::Token(token, bytes) => {
                    self.skip(bytes);
                    return Some(token);
                }
            }
        }
    }
}

/// Reads one tag, from its name to the `>`.
struct Reader<'a> {
    source: &'a str,
    at: usize,
}

impl<'a> Reader<'a> {
    fn tag(&mut self) -> Option<(&'a str, Vec<(&'a str, &'a str)>)> {
        let name = self.take_while(|b| b.is_ascii_alphanumeric() || b == b'-' || b == b':');
        if !matches!(self.peek()?, b'>' | b'/') && !is_space(self.peek()?) {
            return None;
        }
        let mut attributes = Vec::new();
        loop {
            self.take_while(|b| is_space(b) || b == b'/');
            if self.peek()? == b'>' {
                self.at += 1;
                return Some((name, attributes));
            }
            attributes.push(self.attribute()?);
        }
    }

    fn attribute(&mut self) -> Option<(&'a str, &'a str)> {
        let name = self.take_while(|b| !is_space(b) && !b"/>=<".contains(&b));
        self.take_while(is_space);
        if self.peek()? != b'=' {
            // An empty name means a stray `<`, so this is not a tag.
            return (!name.is_empty()).then_some((name, ""));
        }
        self.at += 1;
        self.take_while(is_space);
        let quote = self.peek()?;
        if quote != b'"' && quote != b'\'' {
            let value = self.take_while(|b| !is_space(b) && b != b'>' && b != b'<');
            return (self.peek()? != b'<').then_some((name, value));
        }
        self.at += 1;
        let value = self.take_while(|b| b != quote);
        self.peek()?;
        self.at += 1;
        Some((name, value))
    }

    fn peek(&self) -> Option<u8> {
        self.source.as_bytes().get(self.at).copied()
    }

    /// Takes bytes while `test` holds. It stops only before an ASCII byte, and therefore on a character boundary:
    /// every `test` holds for all bytes of a multi-byte character or for none.
    fn take_while(&mut self, test: impl Fn(u8) -> bool) -> &'a str {
        let bytes = &self.source.as_bytes()[self.at..];
        let length = bytes.iter().position(|b| !test(*b)).unwrap_or(bytes.len());
        let taken = &self.source[self.at..self.at + length];
        self.at += length;
        taken
    }
}

fn is_space(b: u8) -> bool {
    matches!(b, b' ' | b'\t' | b'\n' | b'\r' | b'\x0c')
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(source: &str) -> String {
        let show = |token| match token {
            Token::Text(text) => format!("[{text}]"),
            Token::Open { name, attributes } => format!("<{name} {attributes:?}>"),
            Token::Close { name } => format!("</{name}>"),
        };
        Tokens::new(source).map(show).collect()
    }

    #[test]
    fn html_is_split_into_tags_attributes_and_text() {
        assert_eq!(
            shown("a<B c = 'd\"' e=f/g h>i</b ><br/>"),
            r#"[a]<B [("c", "d\""), ("e", "f/g"), ("h", "")]>[i]</b><br []>"#
        );
        assert_eq!(shown("<!-- x > -->a<!DOCTYPE html><?x?>b</ c>d<!-->e"), "[a][b][d][e]");
    }

    #[test]
    fn markup_that_is_not_a_tag_is_text() {
        for source in ["<", "a < b", "<a", "<a b='>", "<!-- a", "<1>", "</", "<é>"] {
            assert_eq!(shown(source).replace(['[', ']'], ""), source);
        }
        assert_eq!(shown("<p a<b>"), "[<][p a]<b []>");
        assert_eq!(shown("<p é='ü' ö=ä>"), r#"<p [("é", "ü"), ("ö", "ä")]>"#);
    }
}
