//! Property tests of the internal stages.

use proptest::prelude::*;

use crate::balance::balanced;
use crate::markdown::body_html;
use crate::sanitise::sanitised;
use crate::verbatim::verbatim;

/// Tags in any order, so that every repair rule of an HTML parser is needed.
fn soup() -> impl Strategy<Value = String> {
    let names: Vec<&str> = crate::elements::ELEMENTS.iter().map(|element| element.name).collect();
    let name = prop::sample::select(names);
    let piece = prop_oneof![
        4 => name.clone().prop_map(|name| format!("<{name}>")),
        2 => name.prop_map(|name| format!("</{name}>")),
        1 => prop::sample::select(vec!["a", " ", "\n", "&amp;", "&", "<", ">", "&#13;", "<x>", "<p dir=ltr>", "<pre>\n\n"]).prop_map(str::to_owned),
        1 => prop::sample::select(vec!["<img src=a alt='&lt;&quot;\u{a0}'>", "<img alt='&lt;&quot;\u{a0}&#7;'>", "<a href='http://x'>", "<a href='y' id=fnref-1>", "<input type=checkbox>"]).prop_map(str::to_owned),
    ];
    prop::collection::vec(piece, 0..40).prop_map(|pieces| pieces.concat())
}

/// Markdown as editors write it. Most of its HTML passes `verbatim`.
fn prose() -> impl Strategy<Value = String> {
    let words = "[a-zé—\"'&<>. ]{1,12}";
    let url = prop_oneof![
        "/[a-z?=&#%+.~-]{0,6}",
        "https?://[a-z0-9.-]{1,6}[/?#]?[a-z0-9=&%:]{0,4}",
        "[a-z:/@#.]{0,8}",
    ];
    let inline = prop_oneof![
        4 => words.prop_map(|text| text),
        1 => words.prop_map(|text| format!("**{text}**")),
        1 => words.prop_map(|text| format!("*{text}*")),
        2 => (words, url).prop_map(|(text, url)| format!("[{text}]({url})")),
        1 => Just("  \n".to_owned()),
    ];
    let line = prop::collection::vec(inline, 1..4).prop_map(|pieces| pieces.concat());
    let start =
        prop::sample::select(vec!["", "", "", "# ", "### ", "- ", "  - ", "1. ", "> ", "> - ", "---\n"]);
    let block = (start, line, prop::sample::select(vec!["\n", "\n\n"]));
    let blocks =
        prop::collection::vec(block.prop_map(|(start, line, end)| start.to_owned() + &line + end), 0..8);
    blocks.prop_map(|blocks| blocks.concat())
}

/// Leaves out which HTML was removed: it is not in the result, so that it cannot be found in the result again.
fn without_removed(text: crate::RichText) -> crate::RichText {
    crate::RichText { removed_html: Vec::new(), ..text }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 2048, failure_persistence: None, ..ProptestConfig::default() })]

    /// The HTML parser has nothing to move, close or reopen, which bounds its work.
    #[test]
    fn balanced_html_needs_no_repair(html in soup()) {
        let names = |html: &str| -> Vec<String> {
            html.split('<').skip(1).map(|part| part.split([' ', '>']).next().unwrap_or_default().to_owned()).collect()
        };
        let balanced = balanced(&html);
        prop_assert_eq!(names(&sanitised(&balanced)), names(&balanced));
    }

    #[test]
    fn reading_the_resulting_html_again_changes_nothing(html in soup()) {
        let once = without_removed(crate::read(&html));
        prop_assert_eq!(crate::read(&once.html), once);
    }

    #[test]
    fn reading_rendered_markdown_again_changes_nothing(markdown in "([<>&;#*_`|\\[\\]()!\\n a-c1-]|\\PC){0,80}") {
        let once = without_removed(crate::render(&markdown));
        prop_assert_eq!(crate::read(&once.html), once);
    }

    #[test]
    fn the_sanitiser_would_not_change_html_that_skips_it(html in prop_oneof![soup(), prose().prop_map(|text| body_html(&text))]) {
        let balanced = balanced(&html);
        if let Some(verbatim) = verbatim(&balanced) {
            prop_assert_eq!(verbatim, sanitised(&balanced));
        }
    }
}
