//! Resolves relative addresses against the path of their file: of pictures and attachments, and of links to other files.

use super::template::paths;

/// Resolves an address that a file names. `base` is the address of the folder that is imported.
///
/// Addresses of other sites stay, and paths from the root of the site only get its host. A link to another Markdown file
/// becomes the path of its article.
pub(crate) fn resolve(address: &str, file: &str, base: &str) -> String {
    let address = address.trim();
    if is_absolute(address) || address.is_empty() || address.starts_with(['#', '?']) {
        return address.to_owned();
    }
    if address.starts_with('/') {
        return format!("{}{}", origin(base), encoded(address));
    }
    let (path, rest) = address.split_at(address.find(['?', '#']).unwrap_or(address.len()));
    let folder = file.rsplit_once('/').map_or("", |(folder, _)| folder);
    let mut segments: Vec<&str> = folder.split('/').filter(|segment| !segment.is_empty()).collect();
    for segment in path.split('/') {
        match segment {
            "" | "." => {}
            ".." => _ = segments.pop(),
            segment => segments.push(segment),
        }
    }
    let slash = if base.ends_with('/') { "" } else { "/" };
    format!("{base}{slash}{}{rest}", encoded(&segments.join("/")))
}

/// Resolves the relative addresses of pictures, attachments and Markdown files in a body. Code stays as it is.
pub(crate) fn resolve_all(body: &str, file: &str, base: &str) -> String {
    let mut out = String::with_capacity(body.len());
    let mut fence: Option<&str> = None;
    for line in body.split_inclusive('\n') {
        let text = line.trim_start();
        let is_code = fence.is_some();
        fence = match fence {
            Some(open) if text.starts_with(open) => None,
            Some(open) => Some(open),
            None => ["```", "~~~"].into_iter().find(|open| text.starts_with(open)),
        };
        if is_code || fence.is_some() || !line.contains(['(', ':', '<']) {
            out.push_str(line);
        } else {
            resolve_line(line, file, base, &mut out);
        }
    }
    out
}

fn resolve_line(line: &str, file: &str, base: &str, out: &mut String) {
    let mut rest = line;
    if let Some((label, address)) = definition(line) {
        out.push_str(label);
        rest = put_address(address, file, base, out);
    }
    while let Some(at) = rest.find(['`', ']', '<', '\\']) {
        let (before, found) = rest.split_at(at);
        out.push_str(before);
        let skipped = match found.as_bytes() {
            [b'`', ..] => code(found),
            [b'\\', ..] => 1 + found[1..].chars().next().map_or(0, char::len_utf8),
            [b']', b'(', ..] => {
                out.push_str("](");
                let inside = &found[2..];
                let blank = inside.len() - inside.trim_start_matches([' ', '\t']).len();
                out.push_str(&inside[..blank]);
                rest = put_address(&inside[blank..], file, base, out);
                continue;
            }
            [b'<', ..] => {
                if let Some(source) = picture_source(found) {
                    out.push_str(&found[..source]);
                    let quote = found[..source].chars().next_back().unwrap_or('"');
                    let address = found[source..].split(quote).next().unwrap_or_default();
                    out.push_str(&resolved(address, file, base));
                    rest = &found[source + address.len()..];
                    continue;
                }
                1
            }
            _ => 1,
        };
        out.push_str(&found[..skipped]);
        rest = &found[skipped..];
    }
    out.push_str(rest);
}

/// The length of the code in a line that starts here, or of its mark, if it does not end in this line.
fn code(text: &str) -> usize {
    let run = text.bytes().take_while(|byte| *byte == b'`').count();
    let mut from = run;
    while let Some(at) = text[from..].find('`').map(|at| from + at) {
        let length = text[at..].bytes().take_while(|byte| *byte == b'`').count();
        if length == run {
            return at + length;
        }
        from = at + length;
    }
    run
}

/// Splits a line `[label]: address`.
fn definition(line: &str) -> Option<(&str, &str)> {
    let text = line.trim_start();
    let indent = line.len() - text.len();
    let label = text.strip_prefix('[').filter(|label| indent < 4 && !label.starts_with('^'))?;
    let end = label.find(']')?;
    let after = label[end + 1..].strip_prefix(':')?;
    let address = after.trim_start_matches([' ', '\t']);
    Some(line.split_at(line.len() - address.len()))
}

/// Writes the address at the start of a text, resolved. Returns the text after it.
fn put_address<'a>(text: &'a str, file: &str, base: &str, out: &mut String) -> &'a str {
    if let Some(inside) = text.strip_prefix('<')
        && let Some(end) = inside.find('>')
    {
        let address = resolved(&inside[..end], file, base);
        out.push_str(&format!("<{address}>"));
        return &inside[end + 1..];
    }
    let mut depth = 0_usize;
    let end = text.find(|c: char| {
        match c {
            '(' => depth += 1,
            ')' if depth > 0 => depth -= 1,
            ')' => return true,
            _ => {}
        }
        c.is_whitespace()
    });
    let (address, rest) = text.split_at(end.unwrap_or(text.len()));
    out.push_str(&resolved(address, file, base));
    rest
}

/// The place of the address in `<img … src="address"`.
fn picture_source(text: &str) -> Option<usize> {
    let name = text.get(1..4)?;
    if !name.eq_ignore_ascii_case("img") {
        return None;
    }
    let tag = text.split('>').next()?;
    let lower = tag.to_ascii_lowercase();
    ["src=\"", "src='"].into_iter().find_map(|key| {
        let at = lower.find(key)?;
        tag[..at].ends_with(char::is_whitespace).then_some(at + key.len())
    })
}

/// Resolves the address of a picture, an attachment or a Markdown file. Other addresses stay.
fn resolved(address: &str, file: &str, base: &str) -> String {
    if is_absolute(address) {
        return address.to_owned();
    }
    let path = address.split(['?', '#']).next().unwrap_or_default();
    if let Some(page) = address.strip_prefix("@/") {
        return paths::of_source(page);
    }
    let name = path.rsplit('/').next().unwrap_or_default();
    let extension = name.rsplit_once('.').map(|(_, extension)| extension.to_ascii_lowercase());
    match extension.as_deref() {
        Some("md" | "markdown" | "mdx") => {
            let page =
                if address.starts_with('/') { address.to_owned() } else { resolve(address, file, "/") };
            paths::of_source(&page.replace(".mdx", ".md"))
        }
        Some(extension) if is_file(extension) => resolve(address, file, base),
        _ => address.to_owned(),
    }
}

/// Whether a file with this extension is a picture or an attachment, and no page.
fn is_file(extension: &str) -> bool {
    let is_short = (2..=5).contains(&extension.len());
    let is_page = matches!(extension, "html" | "htm" | "php" | "aspx" | "com" | "org" | "net");
    is_short && !is_page && extension.chars().all(|c| c.is_ascii_alphanumeric())
}

fn is_absolute(address: &str) -> bool {
    let scheme = address.split(['/', '?', '#']).next().unwrap_or_default();
    scheme.contains(':') || address.starts_with("//")
}

/// The scheme and the host of an address; empty for a path.
fn origin(base: &str) -> &str {
    match base.find("://") {
        Some(at) => base[at + 3..].find('/').map_or(base, |end| &base[..at + 3 + end]),
        None => "",
    }
}

/// Percent-encodes white space, which addresses cannot contain.
fn encoded(path: &str) -> String {
    if !path.contains(char::is_whitespace) {
        return path.to_owned();
    }
    path.chars().map(|c| if c.is_whitespace() { "%20".to_owned() } else { c.to_string() }).collect()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn addresses_are_resolved_against_the_file() {
        for (address, file, base, expected) in [
            ("lift.png", "2022/02/tour/index.md", "/", "/2022/02/tour/lift.png"),
            ("./lift.png", "tour.md", "/", "/lift.png"),
            ("../img/a b.png?x#y", "posts/tour.md", "/media", "/media/img/a%20b.png?x#y"),
            ("../../../a.png", "posts/tour.md", "/", "/a.png"),
            (
                "lift.png",
                "tour/index.md",
                "https://cdn.example/blog/",
                "https://cdn.example/blog/tour/lift.png",
            ),
            ("/lift.png", "tour/index.md", "https://cdn.example/blog/", "https://cdn.example/lift.png"),
            ("/lift.png", "tour/index.md", "https://cdn.example", "https://cdn.example/lift.png"),
            ("/lift.png", "tour/index.md", "/media/", "/lift.png"),
            ("https://a.example/x.png", "a.md", "/", "https://a.example/x.png"),
            ("//a.example/x.png", "a.md", "/", "//a.example/x.png"),
            ("data:image/png;base64,AA", "a.md", "/", "data:image/png;base64,AA"),
            ("#top", "a.md", "/", "#top"),
        ] {
            assert_eq!(resolve(address, file, base), expected, "{address} in {file}");
        }
    }

    #[test]
    fn the_addresses_of_a_body_are_resolved() {
        for (text, expected) in [
            ("![Lift](lift.png)", "![Lift](/tour/lift.png)"),
            (
                "![Lift](lift.png \"The lift\") and ![B](<b c.png>)",
                "![Lift](/tour/lift.png \"The lift\") and ![B](</tour/b%20c.png>)",
            ),
            ("[![A](a_(1).png)](a.png)", "[![A](/tour/a_(1).png)](/tour/a.png)"),
            ("[map]: map.pdf \"Map\"\n", "[map]: /tour/map.pdf \"Map\"\n"),
            (
                "<img alt=\"A\" src=\"a.png\"> <IMG src='b.png'/>",
                "<img alt=\"A\" src=\"/tour/a.png\"> <IMG src='/tour/b.png'/>",
            ),
            ("[a](../ward/visit.md#hours) [b](@/ward/visit.md)", "[a](/ward/visit/#hours) [b](/ward/visit/)"),
            ("`![x](a.png)` \\](a.png)", "`![x](a.png)` \\](a.png)"),
            ("```\n![x](a.png)\n```\n", "```\n![x](a.png)\n```\n"),
            (
                "[a](other) [b](/c/) [d](https://e.example) [f](g.html)",
                "[a](other) [b](/c/) [d](https://e.example) [f](g.html)",
            ),
            ("[^1]: a.png", "[^1]: a.png"),
        ] {
            assert_eq!(resolve_all(text, "tour/index.md", "/"), expected, "{text}");
        }
    }

    proptest! {
        #[test]
        fn texts_without_addresses_stay_unchanged(text in "[a-z \n*_#`>é\\[\\]-]{0,80}") {
            prop_assert_eq!(resolve_all(&text, "a/b.md", "/"), text);
        }

        #[test]
        fn no_text_makes_it_panic(text in "[\\[\\]()<>`\\\\ \nimgsrc=\"'.:/#é]{0,80}", file in "[a/.]{0,6}") {
            resolve_all(&text, &file, "/");
        }
    }
}
