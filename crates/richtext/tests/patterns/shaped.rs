//! Hostile Markdown whose parts interact, or whose parts are numbered.

use super::{Inputs, numbered, repeat};

/// `(name, input)` pairs, each input about `size` bytes long.
pub(super) fn inputs(size: usize) -> Inputs {
    [nesting(size), tables(size), references(size), dialects(size)].concat()
}

/// Nested containers and brackets.
fn nesting(size: usize) -> Inputs {
    let half = size / 2;
    let mut staircase = String::new();
    let mut depth = 0;
    while staircase.len() < half {
        staircase.push_str(&"  ".repeat(depth));
        staircase.push_str("- a\n");
        depth += 1;
    }
    let mut tabs = String::new();
    depth = 0;
    while tabs.len() < half {
        tabs.push_str(&"\t".repeat(depth / 2));
        tabs.push_str(if depth % 2 == 0 { "- a\n" } else { "  - a\n" });
        depth += 1;
    }
    vec![
        ("deep quotes, then blank lines", repeat(">", half) + &repeat("\n", half)),
        ("deep quotes, then lazy lines", repeat(">", half) + "a\n" + &repeat("a\n", half)),
        ("deep quotes, then quotes", repeat(">", half) + "a\n" + &repeat(">\n", half)),
        ("deep lists, then blank lines", repeat("- ", half) + "a\n" + &repeat("\n", half)),
        ("quotes and lists, blank lines", repeat("> - ", half) + "a\n" + &repeat("\n", half)),
        ("1. lists, then blank lines", repeat("1. ", half) + "a\n" + &repeat("\n", half)),
        ("list staircase, blank lines", staircase.clone() + &repeat("\n", half)),
        ("list staircase, lazy lines", staircase + &repeat("a\n", half)),
        ("tab staircase, blank lines", tabs + &repeat("\n", half)),
        ("quote staircase", numbered(size, |n| ">".repeat(n + 1) + "a\n")),
        ("footnote nest, blank lines", repeat("[^a]: ", half) + "a\n" + &repeat("\n", half)),
        ("nested brackets", repeat("[", half) + "a" + &repeat("]", half)),
        ("nested links", repeat("[", half) + "a" + &repeat("](b)", half)),
        ("nested images", repeat("![", half) + "a" + &repeat("](b)", half)),
        ("nested emphasis", repeat("*a ", half) + &repeat(" a*", half)),
        ("nested strong", repeat("**a ", half) + &repeat(" a**", half)),
        ("nested parens", "[a](".to_owned() + &repeat("(", half) + &repeat(")", half)),
    ]
}

/// What other dialects of Markdown add.
fn dialects(size: usize) -> Inputs {
    let half = size / 2;
    vec![
        ("nested alerts", repeat(":::tip\n", half) + "a\n" + &repeat(":::\n", half)),
        ("open alerts", repeat(":::tip\n", size)),
        ("alerts in alerts", numbered(size, |n| " ".repeat(4 * (n % 40)) + "!!! note\n")),
        ("alerts and blank lines", repeat("!!! note\n\n\n\n", size)),
        ("callouts", repeat("> [!tip] a\n\n", size)),
        ("ids of headings", numbered(size, |n| format!("# a {{#a{}}}\n", n % 9))),
        ("attribute lists", repeat("{: #a .b}\n", size)),
        ("attribute lists of blocks", repeat("a\n{: #a .b}\n\n", size)),
        ("attribute lists of links", repeat("[a](b){: .c", half) + &repeat("}", half)),
        ("open attribute lists", repeat("*a*{: .b\n", size)),
        ("carets", repeat("^\n", size)),
        ("tables of contents", repeat("- a\n{:toc}\n\n", size)),
        ("named anchors", numbered(size, |n| format!("<a name=a{n} href=b>"))),
        ("empty elements", repeat("<b><p></p>", size)),
        ("addresses in Chinese", repeat("https://a.org。www.", size)),
        ("Thai without spaces", repeat("ภาษาไทย", size)),
        ("Chinese without spaces", repeat("医院每天", size)),
    ]
}

/// Wide and long tables.
fn tables(size: usize) -> Inputs {
    let half = size / 2;
    let wide = size / 8;
    vec![
        (
            "wide table, empty rows",
            repeat("|a", wide) + "|\n" + &repeat("|-", wide) + "|\n" + &repeat("|\n", size - 2 * wide),
        ),
        (
            "wide table, short rows",
            repeat("|a", wide) + "|\n" + &repeat("|-", wide) + "|\n" + &repeat("a\n", size - 2 * wide),
        ),
        ("table 500 wide", repeat("|a", 1000) + "|\n" + &repeat("|-", 1000) + "|\n" + &repeat("a\n", size)),
        ("table 30 wide", repeat("|a", 60) + "|\n" + &repeat("|-", 60) + "|\n" + &repeat("a\n", size)),
        ("long table", "|a|b|\n|-|-|\n".to_owned() + &repeat("|a|b|\n", size)),
        ("header without table", repeat("|a", half) + "|\n" + &repeat("|-", half - 2) + "\n"),
        ("long lines of pipes in code", "```\n".to_owned() + &repeat("|", size)),
    ]
}

/// Many definitions, references and headings.
fn references(size: usize) -> Inputs {
    let half = size / 2;
    vec![
        ("one link definition, used", format!("[a]: /{}\n\n", "u".repeat(half)) + &repeat("[a] ", half)),
        ("link definitions", numbered(size, |n| format!("[{n}]: /u\n"))),
        ("link definitions, used", numbered(size, |n| format!("[{n}]: /u\n\n[{n}]\n\n"))),
        ("footnotes", numbered(size, |n| format!("[^{n}]: b\n\n[^{n}]\n\n"))),
        ("footnote definitions", numbered(size, |n| format!("[^{n}]: b\n\n"))),
        ("footnote references", "[^a]: b\n\n".to_owned() + &repeat("[^a] ", size)),
        ("footnotes in footnotes", numbered(size, |n| format!("[^{n}]: [^{}]\n\n", n + 1)) + "[^0]"),
        (
            "long footnote name, used",
            format!("[^{}]: b\n\n", "n".repeat(900)) + &repeat(&format!("[^{}] ", "n".repeat(900)), size),
        ),
        ("headings, suffixed", numbered(size, |n| format!("# a-{n}\n")) + &repeat("# a\n", half)),
        ("headings, nested suffixes", repeat("# a\n# a-1\n# a-1-1\n# a 1\n", size)),
        ("one long heading", "# ".to_owned() + &"a".repeat(size)),
        ("setext after long paragraph", repeat("a\n", size) + "==="),
        ("long paragraph of definitions", repeat("[a]: b\n", half) + &repeat("[a\n", half)),
    ]
}
