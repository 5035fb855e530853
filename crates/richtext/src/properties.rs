//! Properties of the stages that cannot be seen from outside.

use proptest::prelude::*;

use crate::balance::balanced;
use crate::sanitise::sanitised;

/// Tags in all the orders that HTML's parser has rules about.
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

proptest! {
    #![proptest_config(ProptestConfig { cases: 2048, failure_persistence: None, ..ProptestConfig::default() })]

    /// The HTML parser finds nothing to move, close or reopen: that is what bounds its work.
    #[test]
    fn balanced_html_needs_no_repair(html in soup()) {
        let names = |html: &str| -> Vec<String> {
            html.split('<').skip(1).map(|part| part.split([' ', '>']).next().unwrap_or_default().to_owned()).collect()
        };
        let balanced = balanced(&html);
        prop_assert_eq!(names(&sanitised(&balanced)), names(&balanced));
    }

    #[test]
    fn reading_again_changes_nothing(html in soup()) {
        let once = crate::read(&html);
        prop_assert_eq!(crate::read(&once.html), once);
    }

    #[test]
    fn rendered_markdown_read_again_changes_nothing(markdown in "([<>&;#*_`|\\[\\]()!\\n a-c1-]|\\PC){0,80}") {
        let once = crate::render(&markdown);
        prop_assert_eq!(crate::read(&once.html), once);
    }
}
