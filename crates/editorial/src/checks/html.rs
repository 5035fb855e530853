//! Checks of raw HTML: whether some of it is removed from the page.

use richtext::{RemovedHtml, RichText};

use super::issue::{IssueCode, Issues, shorten};

/// Checks the raw HTML of the body.
pub(super) fn check(rendered: &RichText, issues: &mut Issues) {
    for RemovedHtml { name, line } in &rendered.removed_html {
        let name = shorten(name);
        let remedy = match name.as_str() {
            "iframe" | "video" | "audio" | "object" | "embed" => "write a link to what it shows",
            "script" | "style" | "link" => "remove it",
            _ => "write the text in Markdown",
        };
        let message = format!("line {line}: `<{name}>` is removed from the page: {remedy}");
        issues.warning(IssueCode::HtmlRemoved, "body", message);
    }
}
