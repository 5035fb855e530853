//! The known HTML elements and their allowed attributes.

/// How an element nests with other elements.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    /// An inline element, which can contain other inline elements.
    Inline,
    /// `a`: inline, never inside another link.
    Link,
    /// An inline element without content.
    VoidInline,
    /// A block, which closes an open paragraph.
    Block,
    /// `p`.
    Paragraph,
    /// `h1` to `h6`, never inside another heading.
    Heading,
    /// `ul`, `ol`.
    List,
    /// `li`: closes the open item of the same list.
    Item,
    /// `dl`.
    Terms,
    /// `dt`, `dd`: close the open `dt` or `dd` of the same list.
    Term,
    /// `hr`.
    VoidBlock,
    /// `table`.
    Table,
    /// `caption`.
    Caption,
    /// `thead`, `tbody`, `tfoot`.
    Rows,
    /// `tr`.
    Row,
    /// `td`, `th`.
    Cell,
    /// Dropped with its content, which is code or a fallback for code.
    Hidden,
}

impl Kind {
    /// Whether the element has neither content nor an end tag.
    pub(crate) fn is_void(self) -> bool {
        matches!(self, Self::VoidInline | Self::VoidBlock)
    }

    /// Whether the element starts on a new line.
    pub(crate) fn is_block(self) -> bool {
        !matches!(self, Self::Inline | Self::Link | Self::VoidInline)
    }

    /// Whether the element is a boundary: content inside never closes an element outside.
    pub(crate) fn is_cell(self) -> bool {
        matches!(self, Self::Cell | Self::Caption)
    }

    /// Whether the element contains only other parts of a table.
    pub(crate) fn is_table_frame(self) -> bool {
        matches!(self, Self::Table | Self::Rows | Self::Row)
    }
}

/// One element. Compare by `name`.
#[derive(Debug)]
pub(crate) struct Element {
    pub name: &'static str,
    pub kind: Kind,
    /// The attributes that it may have besides [`EVERYWHERE`].
    pub attributes: &'static [&'static str],
}

/// The attributes that every element may have.
pub(crate) const EVERYWHERE: &[&str] = &["dir", "id", "lang"];

const fn plain(name: &'static str, kind: Kind) -> Element {
    with(name, kind, &[])
}

const fn with(name: &'static str, kind: Kind, attributes: &'static [&'static str]) -> Element {
    Element { name, kind, attributes }
}

const CELL: &[&str] = &["align", "colspan", "rowspan", "scope"];

/// The known elements, sorted by name.
pub(crate) static ELEMENTS: &[Element] = &[
    with("a", Kind::Link, &["aria-label", "class", "href", "rel", "title"]),
    with("abbr", Kind::Inline, &["title"]),
    plain("b", Kind::Inline),
    plain("blockquote", Kind::Block),
    plain("br", Kind::VoidInline),
    plain("caption", Kind::Caption),
    plain("cite", Kind::Inline),
    with("code", Kind::Inline, &["class"]),
    plain("dd", Kind::Term),
    plain("del", Kind::Inline),
    with("details", Kind::Block, &["open"]),
    with("dfn", Kind::Inline, &["title"]),
    with("div", Kind::Block, &["class"]),
    plain("dl", Kind::Terms),
    plain("dt", Kind::Term),
    plain("em", Kind::Inline),
    plain("figcaption", Kind::Block),
    plain("figure", Kind::Block),
    plain("h1", Kind::Heading),
    plain("h2", Kind::Heading),
    plain("h3", Kind::Heading),
    plain("h4", Kind::Heading),
    plain("h5", Kind::Heading),
    plain("h6", Kind::Heading),
    plain("hr", Kind::VoidBlock),
    plain("i", Kind::Inline),
    plain("iframe", Kind::Hidden),
    with("img", Kind::VoidInline, &["alt", "height", "loading", "src", "title", "width"]),
    with("input", Kind::VoidInline, &["checked", "disabled", "type"]),
    plain("ins", Kind::Inline),
    plain("kbd", Kind::Inline),
    plain("li", Kind::Item),
    plain("mark", Kind::Inline),
    plain("noembed", Kind::Hidden),
    plain("noframes", Kind::Hidden),
    with("ol", Kind::List, &["start"]),
    with("p", Kind::Paragraph, &["class"]),
    plain("pre", Kind::Block),
    plain("q", Kind::Inline),
    plain("s", Kind::Inline),
    plain("samp", Kind::Inline),
    plain("script", Kind::Hidden),
    with("section", Kind::Block, &["class"]),
    plain("small", Kind::Inline),
    plain("span", Kind::Inline),
    plain("strong", Kind::Inline),
    plain("style", Kind::Hidden),
    plain("sub", Kind::Inline),
    plain("summary", Kind::Block),
    with("sup", Kind::Inline, &["class"]),
    plain("table", Kind::Table),
    plain("tbody", Kind::Rows),
    with("td", Kind::Cell, CELL),
    plain("tfoot", Kind::Rows),
    with("th", Kind::Cell, CELL),
    plain("thead", Kind::Rows),
    with("time", Kind::Inline, &["datetime"]),
    plain("tr", Kind::Row),
    plain("u", Kind::Inline),
    plain("ul", Kind::List),
    plain("var", Kind::Inline),
    plain("wbr", Kind::VoidInline),
];

/// Returns the element with that name, in any letter case. Elements that only structure a page become a `div`, and
/// obsolete elements become their successors. `None` for unknown elements, whose tags are dropped; their content
/// stays.
pub(crate) fn lookup(name: &str) -> Option<&'static Element> {
    if name.bytes().any(|b| b.is_ascii_uppercase()) {
        return lookup(&name.to_ascii_lowercase());
    }
    let find = |name: &str| ELEMENTS.binary_search_by(|element| element.name.cmp(name)).ok();
    let at = find(name).or_else(|| find(replacement(name)?))?;
    ELEMENTS.get(at)
}

/// The element that replaces a structural or an obsolete element.
fn replacement(name: &str) -> Option<&'static str> {
    Some(match name {
        "address" | "article" | "aside" | "center" | "dialog" | "fieldset" | "footer" | "form" | "header"
        | "hgroup" | "legend" | "main" | "nav" | "option" | "search" => "div",
        "acronym" => "abbr",
        "dir" | "menu" => "ul",
        "strike" => "s",
        "tt" => "code",
        _ => return None,
    })
}

impl Element {
    /// Returns the canonical name of an attribute, if the element may have it.
    pub(crate) fn attribute(&self, name: &str) -> Option<&'static str> {
        let known = self.attributes.iter().chain(EVERYWHERE);
        known.copied().find(|known| known.eq_ignore_ascii_case(name))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_elements_are_sorted_so_that_lookup_finds_them() {
        assert!(ELEMENTS.is_sorted_by_key(|element| element.name));
        assert_eq!(lookup("TBODY").map(|element| element.name), Some("tbody"));
        assert_eq!(lookup("article").map(|element| element.name), Some("div"));
        assert!(lookup("object").is_none());
    }
}
