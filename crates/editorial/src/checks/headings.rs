//! Checks of the outline, which assistive technology presents as the table of contents.

use richtext::Heading;

use super::issue::{IssueCode, Issues, shorten};

/// Checks the heading levels. The title has level 1, so the headings of the body start at level 2.
pub(super) fn check(outline: &[Heading], issues: &mut Issues) {
    let mut above: u8 = 1;
    for Heading { level, id: _, text } in outline {
        let text = shorten(text);
        if *level == 1 {
            issues.warning(
                IssueCode::HeadingLevelOne,
                "body",
                format!("the heading `{text}` has level 1, which is reserved for the title: make it `##`"),
            );
        } else if *level > above.saturating_add(1) {
            let expected = "#".repeat(usize::from(above) + 1);
            issues.warning(
                IssueCode::HeadingLevelSkipped,
                "body",
                format!(
                    "the heading `{text}` has level {level} and follows level {above}: make it `{expected}`, or add a heading between them"
                ),
            );
        }
        above = *level;
    }
}
