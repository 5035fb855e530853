//! Reads the output of the sanitiser. Its
//! [serialisation](https://html.spec.whatwg.org/#serialising-html-fragments) is regular: attribute values
//! are in double quotes, and only five character references occur.

use std::borrow::Cow;

use crate::text::is_shown;

/// The attributes of an element, as pairs of name and raw value.
pub(crate) struct Attributes<'a>(pub Vec<(&'a str, &'a str)>);

impl<'a> Attributes<'a> {
    /// Returns the value of an attribute as written, with character references.
    pub(crate) fn raw(&self, name: &str) -> Option<&'a str> {
        self.0.iter().find(|(known, _)| *known == name).map(|(_, raw)| *raw)
    }

    /// Returns the decoded value of an attribute, without invisible characters.
    pub(crate) fn get(&self, name: &str) -> Option<Cow<'a, str>> {
        let shown = |text: Cow<'a, str>| {
            if text.contains(|c| !is_shown(c)) {
                Cow::Owned(text.chars().filter(|c| is_shown(*c)).collect())
            } else {
                text
            }
        };
        self.raw(name).map(|raw| shown(decoded(raw)))
    }
}

/// Encodes text. It is the inverse of [`decoded`].
pub(crate) fn encoded(text: &str) -> String {
    let escaped = text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;");
    escaped.replace('\u{a0}', "&nbsp;")
}

/// Decodes the five character references that the
/// [serialisation](https://html.spec.whatwg.org/#escapingString) writes.
pub(crate) fn decoded(raw: &str) -> Cow<'_, str> {
    if !raw.contains('&') {
        return Cow::Borrowed(raw);
    }
    let known = [("amp;", "&"), ("lt;", "<"), ("gt;", ">"), ("quot;", "\""), ("nbsp;", "\u{a0}")];
    let mut parts = raw.split('&');
    let mut out = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        let found = known.iter().find_map(|(name, c)| Some((c, part.strip_prefix(name)?)));
        let (c, rest) = found.unwrap_or((&"&", part));
        out.push_str(c);
        out.push_str(rest);
    }
    Cow::Owned(out)
}
