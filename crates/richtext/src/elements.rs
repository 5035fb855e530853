//! The HTML elements that we know, and what each may carry.

/// How an element behaves when it meets others.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    /// Text-level; may hold other text-level elements.
    Inline,
    /// `a`: text-level, never inside another.
    Link,
    /// Text-level without content.
    VoidInline,
    /// Ends an open paragraph.
    Block,
    /// `p`.
    Paragraph,
    /// `h1` to `h6`, never inside another.
    Heading,
    /// `ul`, `ol`.
    List,
    /// `li`: ends the open item of the same list.
    Item,
    /// `dl`.
    Terms,
    /// `dt`, `dd`: end the open one of the same list.
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
    /// Dropped with all it holds: code, or a fallback for code.
    Hidden,
}

impl Kind {
    /// No content, no end tag.
    pub(crate) fn is_void(self) -> bool {
        matches!(self, Self::VoidInline | Self::VoidBlock)
    }

    /// Stands on lines of its own.
    pub(crate) fn is_block(self) -> bool {
        !matches!(self, Self::Inline | Self::Link | Self::VoidInline)
    }

    /// What is inside does not see the elements outside.
    pub(crate) fn is_cell(self) -> bool {
        matches!(self, Self::Cell | Self::Caption)
    }

    /// Holds nothing but other parts of a table.
    pub(crate) fn is_table_frame(self) -> bool {
        matches!(self, Self::Table | Self::Rows | Self::Row)
    }
}

/// One element. Compare by `name`.
#[derive(Debug)]
pub(crate) struct Element {
    pub name: &'static str,
    pub kind: Kind,
    /// Attributes of its own, besides [`EVERYWHERE`].
    pub attributes: &'static [&'static str],
}

/// Attributes that any element may carry.
pub(crate) const EVERYWHERE: &[&str] = &["dir", "lang"];

const fn plain(name: &'static str, kind: Kind) -> Element {
    with(name, kind, &[])
}

const fn with(name: &'static str, kind: Kind, attributes: &'static [&'static str]) -> Element {
    Element { name, kind, attributes }
}

const CELL: &[&str] = &["align", "colspan", "rowspan", "scope"];

/// Sorted by name.
pub(crate) static ELEMENTS: &[Element] = &[
    with("a", Kind::Link, &["aria-label", "class", "href", "id", "rel", "title"]),
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
    plain("div", Kind::Block),
    plain("dl", Kind::Terms),
    plain("dt", Kind::Term),
    plain("em", Kind::Inline),
    plain("figcaption", Kind::Block),
    plain("figure", Kind::Block),
    with("h1", Kind::Heading, &["id"]),
    with("h2", Kind::Heading, &["id"]),
    with("h3", Kind::Heading, &["id"]),
    with("h4", Kind::Heading, &["id"]),
    with("h5", Kind::Heading, &["id"]),
    with("h6", Kind::Heading, &["id"]),
    plain("hr", Kind::VoidBlock),
    plain("i", Kind::Inline),
    plain("iframe", Kind::Hidden),
    with("img", Kind::VoidInline, &["alt", "height", "loading", "src", "title", "width"]),
    with("input", Kind::VoidInline, &["checked", "disabled", "type"]),
    plain("ins", Kind::Inline),
    plain("kbd", Kind::Inline),
    with("li", Kind::Item, &["id"]),
    plain("mark", Kind::Inline),
    plain("noembed", Kind::Hidden),
    plain("noframes", Kind::Hidden),
    with("ol", Kind::List, &["start"]),
    plain("p", Kind::Paragraph),
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

/// The element of that name, in any case. Elements that only structure a page become a `div`,
/// obsolete ones what replaced them. `None`: the tag is dropped, what it holds stays.
pub(crate) fn lookup(name: &str) -> Option<&'static Element> {
    if name.bytes().any(|b| b.is_ascii_uppercase()) {
        return lookup(&name.to_ascii_lowercase());
    }
    let find = |name: &str| ELEMENTS.binary_search_by(|element| element.name.cmp(name)).ok();
    let at = find(name).or_else(|| find(stand_in(name)?))?;
    ELEMENTS.get(at)
}

fn stand_in(name: &str) -> Option<&'static str> {
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
    /// The attribute's own spelling, if the element may carry it.
    pub(crate) fn attribute(&self, name: &str) -> Option<&'static str> {
        let known = self.attributes.iter().chain(EVERYWHERE);
        known.copied().find(|known| known.eq_ignore_ascii_case(name))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sorted_so_that_lookup_finds_all() {
        assert!(ELEMENTS.is_sorted_by_key(|element| element.name));
        assert_eq!(lookup("TBODY").map(|element| element.name), Some("tbody"));
        assert_eq!(lookup("article").map(|element| element.name), Some("div"));
        assert!(lookup("object").is_none());
    }
}
