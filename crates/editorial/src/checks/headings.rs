//! Checks of the outline: assistive technology reads it as the table of contents.

use richtext::Heading;

use super::issue::{IssueCode, Issues, shorten};

/// Checks the levels. The title is of the first level, so the body begins with the second.
pub(super) fn check(outline: &[Heading], issues: &mut Issues) {
    let mut above: u8 = 1;
    for Heading { level, id: _, text } in outline {
        let text = shorten(text);
        if *level == 1 {
            issues.warning(
                IssueCode::HeadingLevelOne,
                "body",
                format!("the heading `{text}` is of level 1, which is the title's: make it `##`"),
            );
        } else if *level > above.saturating_add(1) {
            let wanted = "#".repeat(usize::from(above) + 1);
            issues.warning(
                IssueCode::HeadingLevelSkipped,
                "body",
                format!(
                    "the heading `{text}` is of level {level} and follows level {above}: make it `{wanted}`, or add a heading between"
                ),
            );
        }
        above = *level;
    }
}
