//! Processes the body after the template tags are removed: the excerpt marker, and the heading that repeats the title.

use crate::markdown::plain;

/// Removes the first excerpt marker outside code, such as `<!--more-->` or `<!-- excerpt -->`, on its own line or at
/// the end of one. Returns the text before it as plain text. `separator` is the marker that the front matter
/// defines, if it is an HTML comment.
pub(crate) fn take_excerpt(body: &mut String, separator: Option<&str>) -> Option<String> {
    let mut fence: Option<&str> = None;
    let mut start = 0;
    let mut found = None;
    for line in body.split_inclusive('\n') {
        let text = line.trim();
        if let Some(open) = fence {
            if text.starts_with(open) {
                fence = None;
            }
        } else if let Some(open) = ["```", "~~~"].iter().find(|open| text.starts_with(**open)) {
            fence = Some(open);
        } else if text.ends_with("-->") {
            let marker = text.rfind("<!--").filter(|at| is_marker(&text[*at..], separator));
            if let Some(at) = marker {
                let indent = line.len() - line.trim_start().len();
                found = Some((start + indent + at, start + indent + text.len()));
                break;
            }
        }
        start += line.len();
    }
    let (from, to) = found?;
    let before: String = body[..from].lines().map(without_block_marks).collect::<Vec<_>>().join(" ");
    let starts_line = body[..from].is_empty() || body[..from].ends_with('\n');
    let follows_blank_line = body[..from].is_empty() || body[..from].ends_with("\n\n");
    let end = match &body[to..] {
        after if follows_blank_line && after.starts_with("\n\n") => to + 2,
        after if starts_line && after.starts_with('\n') => to + 1,
        _ => to,
    };
    body.replace_range(from..end, "");
    Some(plain::line(&before)).filter(|excerpt| !excerpt.is_empty())
}

fn is_marker(comment: &str, separator: Option<&str>) -> bool {
    let inner = comment.trim_start_matches("<!--").trim_end_matches("-->").trim().to_ascii_lowercase();
    let words = [
        "more",
        "excerpt",
        "/excerpt",
        "excerpt-end",
        "excerpt_end",
        "end excerpt",
        "end-excerpt",
        "end_excerpt",
    ];
    words.contains(&inner.as_str())
        || inner.starts_with("more ")
        || separator.is_some_and(|text| text.trim() == comment)
}

fn without_block_marks(line: &str) -> &str {
    let line = line.trim_start();
    let line = line.strip_prefix("> ").unwrap_or(line);
    let bare = line.trim_start_matches('#');
    if bare.len() < line.len() && bare.starts_with(' ') {
        bare
    } else {
        line.strip_prefix("- ").unwrap_or(line)
    }
}

/// Returns the level 1 heading at the start of the body as plain text, and the position of the text after it.
pub(crate) fn leading_heading(body: &str) -> Option<(String, usize)> {
    let start = body.len() - body.trim_start_matches('\n').len();
    let rest = &body[start..];
    let end = rest.find('\n').map_or(rest.len(), |at| at + 1);
    let line = &rest[..end];
    if line.starts_with("    ") {
        return None;
    }
    if let Some(text) = line.trim().strip_prefix("# ") {
        let text = text.trim_end_matches('#').trim_end();
        let text = text.rsplit_once(" {#").filter(|(_, id)| id.ends_with('}')).map_or(text, |(text, _)| text);
        return Some((plain::line(text), start + end)).filter(|(text, _)| !text.is_empty());
    }
    let below = rest[end..].split('\n').next().unwrap_or_default();
    let underlined =
        !below.is_empty() && below.trim_end().bytes().all(|byte| byte == b'=') && !line.trim().is_empty();
    let after = (start + end + below.len() + 1).min(body.len());
    underlined.then(|| (plain::line(line), after)).filter(|(text, _)| !text.is_empty())
}

/// Removes blank lines at the start, and ends the text with one line feed.
pub(crate) fn trimmed(body: &str) -> String {
    let mut body = body.trim_end();
    while let Some((line, rest)) = body.split_once('\n') {
        if !line.trim().is_empty() {
            break;
        }
        body = rest;
    }
    if body.is_empty() { String::new() } else { format!("{body}\n") }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_excerpt_is_the_text_before_the_marker() {
        let cases: [(&str, Option<&str>, &str); 6] = [
            (
                "# Top\n\nA **bold** start.\n<!--more-->\nRest\n",
                Some("Top A bold start."),
                "# Top\n\nA **bold** start.\nRest\n",
            ),
            ("Start. <!-- more -->\nRest\n", Some("Start."), "Start. \nRest\n"),
            ("Start.\n<!-- excerpt -->", Some("Start."), "Start.\n"),
            ("```\n<!--more-->\n```\n", None, "```\n<!--more-->\n```\n"),
            ("<!-- a comment -->\n", None, "<!-- a comment -->\n"),
            ("Start.\n<!-- cut -->\nRest", Some("Start."), "Start.\nRest"),
        ];
        for (text, excerpt, left) in cases {
            let mut body = text.to_owned();
            assert_eq!(take_excerpt(&mut body, Some("<!-- cut -->")).as_deref(), excerpt, "{text:?}");
            assert_eq!(body, left);
        }
    }

    #[test]
    fn only_a_heading_at_the_start_can_be_the_title() {
        let cases: [(&str, Option<(&str, &str)>); 7] = [
            ("\n# A *title* #\nText", Some(("A title", "Text"))),
            ("# A {#id}\n", Some(("A", ""))),
            ("A\n===\nText", Some(("A", "Text"))),
            ("A\n===", Some(("A", ""))),
            ("## A\n", None),
            ("Text\n# A\n", None),
            ("", None),
        ];
        for (body, expected) in cases {
            let found = leading_heading(body);
            assert_eq!(found.as_ref().map(|(text, at)| (text.as_str(), &body[*at..])), expected, "{body:?}");
        }
    }
}
